import { window, type TextEditor } from 'vscode';
import { CancellationTokenSource, Emitter } from 'vscode-jsonrpc/node';
import type { Document } from '../corpus/types.js';
import type { QueuedPassage } from '../protocol/engine.js';
import { describe } from './describe.js';
import type { Disposes } from './disposes.js';
import { fitting } from './fitting.js';
import type { FolderSession } from './folder-session.js';
import { documentsOn, type FollowedFile } from './followed-file.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import type { OpenFiles } from './open-files.js';
import type { Stretch } from './walk.js';

/** Milliseconds that changes are gathered before the engine is asked. */
const CALM = 250;
/** Documents that are asked about at a time. */
const MOST = 100;
/** Code points around what is seen of a long document that are asked about too. */
const AROUND = 2000;

/** What the engine has to say about the passages that text editors show. Asks anew whenever that may have changed. */
export class Questions implements Disposes {
  readonly #host: Host;
  readonly #files: OpenFiles;
  readonly #log: Log;
  readonly #changed = new Emitter<undefined>();
  readonly #disposables: Disposes[];
  /** Answers by file, then by document. They belong to the text as it was when they were asked for. */
  readonly #answers = new WeakMap<FollowedFile, Map<string, readonly QueuedPassage[]>>();
  #asking: CancellationTokenSource | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: Host, files: OpenFiles, log: Log) {
    this.#host = host;
    this.#files = files;
    this.#log = log;
    const soon = (): void => {
      this.#timer ??= this.#askSoon();
    };
    this.#disposables = [
      this.#changed,
      host.onQueue(soon),
      files.onChange(() => {
        // Typing is waited for; the queue may change all the time.
        clearTimeout(this.#timer);
        this.#timer = this.#askSoon();
      }),
      window.onDidChangeVisibleTextEditors(soon),
      window.onDidChangeTextEditorVisibleRanges(soon),
    ];
    soon();
  }

  /** There are new answers. */
  readonly onChange = this.#changed.event;

  /** What is known of a document by now. */
  of(file: FollowedFile, document: Document): readonly QueuedPassage[] {
    return this.#answers.get(file)?.get(document.ref.id) ?? [];
  }

  /** Asks about some stretches of a file, and keeps the answers; those about a text that is not this one are left out. */
  async ask(
    session: FolderSession,
    file: FollowedFile,
    stretches: readonly Stretch[],
    token: CancellationTokenSource['token'],
  ): Promise<void> {
    const places = stretches.map(({ document, within }) => ({ doc: document.ref.id, within }));
    const { items } = await session.engine.request('documents', { places }, token);
    let known = this.#answers.get(file);
    if (known === undefined) this.#answers.set(file, (known = new Map<string, readonly QueuedPassage[]>()));
    for (const document of new Set(stretches.map((stretch) => stretch.document))) {
      const doc = document.ref.id;
      const fresh = items.filter(({ key }) => key.doc === doc);
      // A passage that two stretches share is told of twice.
      const passages = new Map(
        [...(known.get(doc) ?? []), ...fitting(fresh, document, session.unit)].map((one) => [one.key.start, one]),
      );
      known.set(doc, [...passages.values()]);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#asking?.cancel();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #askSoon(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#askAll().catch((error: unknown) => this.#log.debug(`Suggestions could not be had: ${describe(error)}`));
    }, CALM);
  }

  async #askAll(): Promise<void> {
    this.#asking?.cancel();
    const session = this.#host.session;
    if (session === undefined || !session.settings.decorations) return;
    const asking = new CancellationTokenSource();
    this.#asking = asking;
    for (const editor of window.visibleTextEditors) {
      const file = this.#files.of(editor.document);
      // What is being typed is not what the engine reads.
      if (file === undefined || file.hunks.length > 0) continue;
      const stretches = seen(file, await file.documents(), editor);
      if (stretches.length === 0) continue;
      await this.ask(session, file, stretches, asking.token);
      if (asking.token.isCancellationRequested) return;
    }
    this.#changed.fire(undefined);
  }
}

/** What an editor shows of its documents, with what is around it. */
function seen(
  file: FollowedFile,
  documents: readonly Document[],
  { document: text, visibleRanges }: TextEditor,
): Stretch[] {
  const found = visibleRanges.flatMap(({ start, end }) => documentsOn(documents, start.line, end.line));
  const offsets = visibleRanges.flatMap(({ start, end }) => [text.offsetAt(start), text.offsetAt(end)]);
  return [...new Set(found)].slice(0, MOST).map((document) => {
    const places = offsets.map((offset) => codePointAt(file, document, offset));
    const within = { start: Math.min(...places) - AROUND, end: Math.max(...places) + AROUND };
    return { document, within };
  });
}

function codePointAt(file: FollowedFile, document: Document, offset: number): number {
  const place = file.placeAt([document], offset);
  if (place !== undefined) return place.at;
  return offset <= file.inSaved(document, { start: 0, end: 0 }).start ? 0 : document.map.length;
}
