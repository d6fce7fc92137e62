import { env, l10n, Uri, ViewColumn, window, workspace, type ExtensionContext, type WebviewPanel } from 'vscode';
import { FromProgressPage, type ProgressView, type ToProgressPage } from '../protocol/progress-panel.js';
import { describe } from './describe.js';
import type { Disposes } from './disposes.js';
import { Feed } from './feed.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import { pageHtml, pageOptions } from './webview-page.js';

export const progressType = 'marginalia.progress';

/** Milliseconds from one question to the engine to the next. */
const CALM = 500;
/** Milliseconds that the status bar says that something was copied or saved. */
const BRIEFLY = 4000;

/**
 * The progress view: at most one, an editor of its own, so that it can stand beside the passage, in another group or in
 * another window. Asks the engine only while it is seen.
 */
export class ProgressPanel implements Disposes {
  readonly #host: Host;
  readonly #context: ExtensionContext;
  readonly #log: Log;
  readonly #openLabelling: () => void;
  readonly #disposables: Disposes[];
  readonly #feed: Feed<ProgressView>;
  #panel: WebviewPanel | undefined;

  constructor(host: Host, context: ExtensionContext, log: Log, openLabelling: () => void) {
    this.#host = host;
    this.#context = context;
    this.#log = log;
    this.#openLabelling = openLabelling;
    this.#feed = new Feed({ ask: () => this.#ask(), send: (view) => this.#post({ type: 'view', view }), calm: CALM });
    this.#disposables = [
      this.#feed,
      host.onQueue(() => this.#feed.changed()),
      host.onEstimates(() => this.#feed.changed()),
      window.registerWebviewPanelSerializer(progressType, {
        deserializeWebviewPanel: (panel) => {
          this.#adopt(panel);
          return Promise.resolve();
        },
      }),
    ];
  }

  /** Opens the view beside what is in front, or brings it to the front; the keyboard stays where it is if so asked. */
  open(preserveFocus = false): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, preserveFocus);
      return;
    }
    this.#adopt(
      window.createWebviewPanel(
        progressType,
        l10n.t('Progress'),
        { viewColumn: ViewColumn.Beside, preserveFocus },
        pageOptions(this.#context.extensionUri),
      ),
    );
  }

  /** Shows the view beside the passage, or closes it; the keyboard stays with the passage. */
  toggle(): void {
    if (this.#panel?.visible === true) this.#panel.dispose();
    else this.open(true);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #adopt(panel: WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    const { extensionUri } = this.#context;
    panel.iconPath = Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.options = pageOptions(extensionUri);
    panel.webview.onDidReceiveMessage((message: unknown) => this.#received(message));
    panel.onDidChangeViewState(() => {
      // The page is made anew when it is seen again, and says 'ready'.
      if (!panel.visible) this.#feed.hide();
    });
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#feed.hide();
    });
    panel.webview.html = pageHtml(panel.webview, extensionUri, 'progress');
  }

  #received(message: unknown): void {
    const parsed = FromProgressPage.safeParse(message);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      this.#log.warn(
        `A message of the progress view was refused: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
      );
      return;
    }
    switch (parsed.data.type) {
      case 'ready':
        this.#feed.show();
        break;
      case 'labelling':
        this.#openLabelling();
        break;
      case 'copy':
        void this.#reported(this.#copy(parsed.data.text));
        break;
      case 'save':
        void this.#reported(this.#save(parsed.data.name, parsed.data.text));
        break;
    }
  }

  async #reported(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      this.#log.error(`Progress view: ${describe(error)}`);
      void window.showErrorMessage(describe(error));
    });
  }

  async #copy(text: string): Promise<void> {
    await env.clipboard.writeText(text);
    this.#done(l10n.t('Copied as Markdown'));
  }

  async #save(name: string, text: string): Promise<void> {
    const folder = this.#host.session?.folder;
    const extension = name.slice(name.lastIndexOf('.') + 1);
    const uri = await window.showSaveDialog({
      ...(folder !== undefined && { defaultUri: Uri.joinPath(Uri.file(folder), name) }),
      filters: { [extension.toUpperCase()]: [extension] },
      title: l10n.t('Save {0}', name),
    });
    if (uri === undefined) return;
    await workspace.fs.writeFile(uri, new TextEncoder().encode(text));
    this.#done(l10n.t('Saved {0}', workspace.asRelativePath(uri, false)));
  }

  #done(message: string): void {
    window.setStatusBarMessage(`$(check) ${message}`, BRIEFLY);
    this.#post({ type: 'done', message });
  }

  async #ask(): Promise<ProgressView> {
    const session = this.#host.session;
    if (session === undefined)
      return {
        annotator: '',
        notice: l10n.t('There is no marginalia.json in this folder yet: ‘Label’ leads to what makes one.'),
      };
    const { annotator } = session;
    try {
      return { annotator, progress: await session.engine.request('progress', {}) };
    } catch (error) {
      return { annotator, notice: describe(error) };
    }
  }

  #post(message: ToProgressPage): void {
    void this.#panel?.webview.postMessage(message);
  }
}
