import { window, type ExtensionContext } from 'vscode';
import { registerCommands } from './editor/commands.js';
import { Decorations } from './editor/decorations.js';
import { describe, trace } from './editor/describe.js';
import { takesPanelRequest } from './editor/get-started.js';
import { Host } from './editor/host.js';
import { createLog } from './editor/log.js';
import { Panel } from './editor/panel.js';
import { createProblems } from './editor/problems.js';
import { ProgressPanel } from './editor/progress-panel.js';
import { QueueTree } from './editor/queue-tree.js';
import { createStatusBar } from './editor/status-bar.js';

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
    context.subscriptions.push(
      host,
      panel,
      progress,
      queue,
      createStatusBar(host),
      createProblems(host),
      new Decorations(host, log),
      registerCommands({ context, host, panel, progress, queue, log }),
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
