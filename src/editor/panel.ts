import { commands, l10n, Range, Uri, ViewColumn, window, type WebviewPanel } from 'vscode';
import { EditError } from '../labels/edits.js';
import { HistoryConflict } from '../labels/history.js';
import { FromPanel, hostCommands, type Action, type PanelCommand, type ToPanel } from '../protocol/panel.js';
import { describe, trace } from './describe.js';
import type { Disposes } from './disposes.js';
import { reached } from './get-started.js';
import { Guidelines } from './guidelines.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import { editorPosition } from './positions.js';
import { ViewSender } from './view-sender.js';
import { pageHtml, pageOptions } from './webview-page.js';

export const panelType = 'marginalia.panel';

/** Milliseconds that changes which nobody on the keyboard made are gathered before a view is sent. */
const CALM = 50;

/** The labelling panel: at most one. Sends the host's view whenever it changed, and does what the page asks for. */
export class Panel implements Disposes {
  readonly #host: Host;
  readonly #log: Log;
  readonly #extensionUri: Uri;
  readonly #disposables: Disposes[];
  #panel: WebviewPanel | undefined;
  /** Whether the page listens: it is made anew each time that it becomes visible. */
  #ready = false;
  readonly #sender = new ViewSender();
  readonly #guidelines: Guidelines;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: Host, extensionUri: Uri, log: Log) {
    this.#host = host;
    this.#log = log;
    this.#extensionUri = extensionUri;
    this.#guidelines = new Guidelines(host, log, (answer) => this.#post(answer));
    this.#disposables = [
      this.#guidelines,
      host.onChange(() => this.#sendSoon()),
      window.registerWebviewPanelSerializer(panelType, {
        deserializeWebviewPanel: (panel) => {
          this.#adopt(panel);
          return Promise.resolve();
        },
      }),
    ];
  }

  /** Opens the panel, or brings it to the front. */
  open(preserveFocus = false): void {
    if (this.#panel !== undefined) {
      this.#panel.reveal(undefined, preserveFocus);
      return;
    }
    const panel = window.createWebviewPanel(
      panelType,
      'Marginalia',
      { viewColumn: ViewColumn.Active, preserveFocus },
      pageOptions(this.#extensionUri),
    );
    this.#adopt(panel);
  }

  /** As if the page had asked for it; shows what went wrong. */
  async perform(action: Action): Promise<void> {
    try {
      await this.#do(action);
      this.#send();
    } catch (error) {
      void window.showWarningMessage(describe(error));
    }
  }

  /** Has the page do what one of its keys does. */
  command(name: PanelCommand): void {
    this.#post({ type: 'command', name });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #adopt(panel: WebviewPanel): void {
    this.#panel?.dispose();
    this.#panel = panel;
    this.#ready = false;
    panel.iconPath = Uri.joinPath(this.#extensionUri, 'media', 'icon.png');
    panel.webview.options = pageOptions(this.#extensionUri);
    panel.webview.onDidReceiveMessage((message: unknown) => this.#received(message));
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#ready = false;
      setActive(panel.active);
    });
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#ready = false;
      setActive(false);
    });
    panel.webview.html = pageHtml(panel.webview, this.#extensionUri, 'panel');
    setActive(panel.active);
  }

  #received(message: unknown): void {
    const parsed = FromPanel.safeParse(message);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      this.#log.warn(`A message of the panel was refused: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
      return;
    }
    switch (parsed.data.type) {
      case 'ready':
        this.#ready = true;
        this.#sender.forget();
        this.#send();
        this.#guidelines.ready();
        break;
      case 'guidelines':
      case 'examples':
      case 'link':
        this.#guidelines.received(parsed.data);
        break;
      case 'timing':
        this.#log.debug(`Panel: ${parsed.data.what} in ${parsed.data.ms.toFixed(1)} ms`);
        break;
      case 'progress':
        void commands.executeCommand('marginalia.toggleProgress');
        break;
      case 'action':
        void this.#answer(parsed.data.id, parsed.data.action);
        break;
    }
  }

  async #answer(id: number, action: Action): Promise<void> {
    const started = performance.now();
    try {
      await this.#do(action);
      this.#send();
      this.#post({ type: 'done', id });
      this.#log.debug(`'${action.do}' done in ${(performance.now() - started).toFixed(1)} ms`);
    } catch (error) {
      const isExpected = error instanceof EditError || error instanceof HistoryConflict;
      this.#log[isExpected ? 'info' : 'error'](`'${action.do}': ${isExpected ? error.message : trace(error)}`);
      this.#send();
      this.#post({ type: 'done', id, error: describe(error) });
    }
  }

  async #do(action: Action): Promise<void> {
    switch (action.do) {
      case 'command':
        await commands.executeCommand(hostCommands[action.command]);
        return;
      case 'openSource':
        await this.#openSource();
        return;
      default: {
        const session = this.#host.session;
        if (session === undefined) throw new Error(l10n.t('There is no marginalia.json in this folder yet.'));
        await session.perform(action);
        if (action.do === 'verdict') reached('gaveVerdict');
      }
    }
  }

  async #openSource(): Promise<void> {
    const session = this.#host.session;
    const shown = session?.shown;
    if (session === undefined || shown === undefined) return;
    const { document, passage } = shown;
    await window.showTextDocument(Uri.joinPath(Uri.file(session.folder), document.ref.file), {
      viewColumn: ViewColumn.Beside,
      selection: new Range(
        editorPosition(document.map.toFile(passage.start)),
        editorPosition(document.map.toFile(passage.end)),
      ),
    });
  }

  #sendSoon(): void {
    this.#timer ??= setTimeout(() => this.#send(), CALM);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#ready) return;
    const message = this.#sender.message(this.#host.view(0));
    if (message !== undefined) this.#post(message);
  }

  #post(message: ToPanel): void {
    void this.#panel?.webview.postMessage(message);
  }
}

function setActive(active: boolean): void {
  void commands.executeCommand('setContext', 'marginalia.panelActive', active);
}
