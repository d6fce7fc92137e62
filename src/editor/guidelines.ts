import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { env, l10n, RelativePattern, Uri, ViewColumn, window, workspace } from 'vscode';
import { labelExamples } from '../labels/examples.js';
import type { GuidelinesAnswer, GuidelinesRequest, GuidelinesView, LabelExamples } from '../protocol/guidelines.js';
import { describe } from './describe.js';
import type { Disposes } from './disposes.js';
import type { FolderSession } from './folder-session.js';
import { linkTarget } from './guidelines-links.js';
import { readGuidelines } from './guidelines-markdown.js';
import type { Host } from './host.js';
import type { Log } from './log.js';

/** Characters beyond which a file is no guidelines to read beside a passage. */
const LONGEST = 1_000_000;
/** Milliseconds that examples may be old: there may be a hundred thousand lines to go through. */
const FRESH = 3000;

/** The panel's guidelines and examples: read when they are asked for; shown ones follow their file. */
export class Guidelines implements Disposes {
  readonly #host: Host;
  readonly #log: Log;
  readonly #post: (answer: GuidelinesAnswer) => void;
  readonly #labelsListener: Disposes;
  #open = false;
  #watched: string | undefined;
  #watcher: Disposes | undefined;
  #examples: { readonly session: FolderSession; readonly at: number; readonly labels: LabelExamples[] } | undefined;

  constructor(host: Host, log: Log, post: (answer: GuidelinesAnswer) => void) {
    this.#host = host;
    this.#log = log;
    this.#post = post;
    // marginalia.json may name others now.
    this.#labelsListener = host.onLabels(() => {
      if (this.#open && this.#file() !== this.#watched) void this.#send();
    });
  }

  /** A page was made anew: what was open before is open again. */
  ready(): void {
    if (this.#open) void this.#send();
  }

  received(request: GuidelinesRequest): void {
    switch (request.type) {
      case 'guidelines':
        this.#open = request.open;
        if (request.open) void this.#send();
        else this.#unwatch();
        break;
      case 'examples':
        this.#post({ type: 'examples', labels: this.#labels() });
        break;
      case 'link':
        void this.#follow(request.href).catch((error: unknown) => void window.showWarningMessage(describe(error)));
        break;
    }
  }

  dispose(): void {
    this.#unwatch();
    this.#labelsListener.dispose();
  }

  async #send(): Promise<void> {
    this.#watch();
    this.#post({ type: 'guidelines', guidelines: await this.#read() });
  }

  /** Absolute path of the guidelines. */
  #file(): string | undefined {
    const session = this.#host.session;
    const file = session?.project?.guidelines;
    return session === undefined || file === undefined ? undefined : path.join(session.folder, file);
  }

  async #read(): Promise<GuidelinesView> {
    const file = this.#host.session?.project?.guidelines;
    const absolute = this.#file();
    if (file === undefined || absolute === undefined)
      return {
        blocks: [],
        notice: l10n.t(
          'marginalia.json names no guidelines. Write them in Markdown and name the file there: "guidelines": "GUIDELINES.md".',
        ),
      };
    try {
      const text = (await readFile(absolute, 'utf8')).replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
      if (text.length > LONGEST) return { file, blocks: [], notice: l10n.t('{0} is too long to be shown here.', file) };
      return { file, blocks: readGuidelines(text, file) };
    } catch (error) {
      this.#log.warn(`Guidelines: ${describe(error)}`);
      return { file, blocks: [], notice: l10n.t('{0} cannot be read: {1}', file, describe(error)) };
    }
  }

  #watch(): void {
    const file = this.#file();
    if (file === this.#watched) return;
    this.#unwatch();
    this.#watched = file;
    if (file === undefined) return;
    const watcher = workspace.createFileSystemWatcher(
      new RelativePattern(Uri.file(path.dirname(file)), path.basename(file)),
    );
    const changed = (): void => void this.#send();
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    watcher.onDidDelete(changed);
    this.#watcher = watcher;
  }

  #unwatch(): void {
    this.#watcher?.dispose();
    this.#watcher = undefined;
    this.#watched = undefined;
  }

  #labels(): LabelExamples[] {
    const session = this.#host.session;
    if (session?.project === undefined) return [];
    const known = this.#examples;
    if (known?.session === session && Date.now() - known.at < FRESH) return known.labels;
    const labels = labelExamples(session.project, session.acceptedFiles());
    this.#examples = { session, at: Date.now(), labels };
    return labels;
  }

  /** Web addresses are opened by VS Code, which asks first; files beside the panel. */
  async #follow(href: string): Promise<void> {
    const session = this.#host.session;
    const file = session?.project?.guidelines;
    if (session === undefined || file === undefined) return;
    const target = linkTarget(href, file);
    if (target?.to === 'web') await env.openExternal(Uri.parse(target.href, true));
    else if (target?.to === 'file')
      await window.showTextDocument(Uri.joinPath(Uri.file(session.folder), target.path), {
        viewColumn: ViewColumn.Beside,
      });
    else if (target === undefined) this.#log.warn(`A link of the guidelines was not followed: ${href}`);
  }
}
