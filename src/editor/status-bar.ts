import { l10n, MarkdownString, StatusBarAlignment, ThemeColor, window, type StatusBarItem } from 'vscode';
import type { Disposes } from './disposes.js';
import type { FolderSession } from './folder-session.js';
import type { Host } from './host.js';

/** Progress, and how the engine does. */
export function createStatusBar(host: Host): Disposes {
  const item = window.createStatusBarItem('marginalia.progress', StatusBarAlignment.Left, 10);
  item.name = 'Marginalia';
  item.command = 'marginalia.openPanel';
  const update = (): void => {
    if (host.session === undefined) item.hide();
    else {
      show(item, host.session);
      item.show();
    }
  };
  const listening = host.onChange(update);
  update();
  return {
    dispose: () => {
      listening.dispose();
      item.dispose();
    },
  };
}

function show(item: StatusBarItem, session: FolderSession): void {
  const { state } = session.engine;
  const { passages, reviewed } = session.status;
  const icon =
    state === 'failed'
      ? '$(error)'
      : state === 'restarting' || state === 'starting' || state === 'working'
        ? '$(sync~spin)'
        : '$(tag)';
  const labelled = passages === 0 ? 'Marginalia' : l10n.t('{0}/{1} labelled', reviewed, passages);
  const { modelChange } = session;
  const text =
    modelChange?.state === 'embedding' && modelChange.total > 0
      ? `${labelled} · ${l10n.t('new model {0} %', Math.floor((100 * modelChange.done) / modelChange.total))}`
      : labelled;
  const background = state === 'failed' ? new ThemeColor('statusBarItem.errorBackground') : undefined;
  const tooltip = tooltipOf(session);
  // Each assignment is a message to the window.
  if (item.text !== `${icon} ${text}`) item.text = `${icon} ${text}`;
  if (!(item.tooltip instanceof MarkdownString) || item.tooltip.value !== tooltip)
    item.tooltip = new MarkdownString(tooltip);
  if ((item.backgroundColor === undefined) !== (background === undefined)) item.backgroundColor = background;
  item.accessibilityInformation = { label: `Marginalia: ${text}, ${stateText(session)}` };
}

function tooltipOf(session: FolderSession): string {
  const { model, progress } = session;
  const lines = [l10n.t('Marginalia, labelling as {0}', session.annotator), l10n.t('Engine: {0}', stateText(session))];
  if (session.engine.state === 'working' && progress !== undefined)
    lines.push(`${stageText(progress.stage)}${progress.total > 0 ? ` ${progress.done}/${progress.total}` : ''}`);
  if (model !== undefined) lines.push(l10n.t('Model: {0}, {1} runtime', model.name, model.runtime), model.reason);
  const change = changeText(session);
  if (change !== undefined) lines.push(change);
  return lines.join('\n\n');
}

/** What becomes of a model that was chosen, while the one before is still in use. */
function changeText({ modelChange }: FolderSession): string | undefined {
  if (modelChange === undefined) return undefined;
  const { model, state, done, total, message } = modelChange;
  switch (state) {
    case 'inUse':
      return undefined;
    case 'loading':
      return l10n.t('Loading the model {0}', model);
    case 'embedding':
      return l10n.t('Next model: {0}, {1} of {2} passages read', model, done, total);
    case 'missing':
      return l10n.t('Not downloaded: {0}', model);
    case 'refused':
      return l10n.t('Cannot be used: {0}. {1}', model, message);
  }
}

function stateText({ engine }: FolderSession): string {
  switch (engine.state) {
    case 'starting':
      return l10n.t('starting');
    case 'working':
      return l10n.t('working');
    case 'ready':
      return l10n.t('ready');
    case 'restarting':
      return l10n.t('starting again');
    case 'failed':
      return l10n.t("failed: run 'Marginalia: Restart Engine'");
    case 'stopped':
      return l10n.t('stopped');
  }
}

function stageText(stage: 'scan' | 'model' | 'embed' | 'train' | 'rank'): string {
  switch (stage) {
    case 'scan':
      return l10n.t('Reading the corpus');
    case 'model':
      return l10n.t('Loading the model');
    case 'embed':
      return l10n.t('Embedding passages');
    case 'train':
      return l10n.t('Learning from the labels');
    case 'rank':
      return l10n.t('Ranking');
  }
}
