import { window, type ExtensionContext } from 'vscode';
import { registerCommands } from './editor/commands.js';
import { watchCorpusEditor } from './editor/corpus-editor.js';
import { Decorations } from './editor/decorations.js';
import { describe, trace } from './editor/describe.js';
import { takesPanelRequest } from './editor/get-started.js';
import { Host } from './editor/host.js';
import { createHovers } from './editor/label-hovers.js';
import { createLabelMoves } from './editor/label-moves.js';
import { createLog } from './editor/log.js';
import { MarkedTexts } from './editor/marked-text.js';
import { OpenFiles } from './editor/open-files.js';
import { Panel } from './editor/panel.js';
import { createProblems } from './editor/problems.js';
import { ProgressPanel } from './editor/progress-panel.js';
import { Questions } from './editor/questions.js';
import { QueueTree } from './editor/queue-tree.js';
import { createStatusBar } from './editor/status-bar.js';
import { TextCommands } from './editor/text-commands.js';

let host: Host | undefined;

export function activate(context: ExtensionContext): void {
  const started = performance.now();
  const log = createLog();
  context.subscriptions.push(log);
  try {
    host = new Host(context, log);
    const panel = new Panel(host, context.extensionUri, log);
    const progress = new ProgressPanel(host, context, log, () => panel.open());
    const queue = new QueueTree(host, log);
    const files = new OpenFiles(host, log);
    const questions = new Questions(host, files, log);
    const texts = new MarkedTexts(host, files, questions);
    context.subscriptions.push(
      host,
      panel,
      progress,
      queue,
      createStatusBar(host),
      createProblems(host),
      files,
      questions,
      new Decorations(host, texts, questions, log),
      createHovers(texts),
      createLabelMoves(host, files, log),
      watchCorpusEditor(host, files),
      registerCommands({
        context,
        host,
        panel,
        progress,
        queue,
        texts,
        textCommands: new TextCommands(texts, questions, panel),
        log,
      }),
    );
    void host.reopen();
    if (takesPanelRequest(context) || process.env['MARGINALIA_OPEN'] === '1') panel.open();
    log.info(`Activated in ${(performance.now() - started).toFixed(1)} ms`);
  } catch (error) {
    log.error(`Activation failed: ${trace(error)}`);
    void window.showErrorMessage(`Marginalia could not start: ${describe(error)}`);
  }
}

export async function deactivate(): Promise<void> {
  await host?.close();
}
