import {
  commands,
  Disposable,
  l10n,
  window,
  type ExtensionContext,
  type LogOutputChannel,
  type QuickPickItem,
} from 'vscode';
import { commandOf } from '../labels/panel-keys.js';
import { PassageKey, type CandidateKind } from '../protocol/engine.js';
import { everything } from '../protocol/queue-filter.js';
import { formatQuery, withTerm } from '../protocol/queue-query.js';
import { panelCommands } from '../protocol/panel.js';
import { createProject, openProjectFile } from './create-project.js';
import { describe, trace } from './describe.js';
import type { FolderSession } from './folder-session.js';
import { openSample, openWalkthrough, reached } from './get-started.js';
import type { Host } from './host.js';
import { labelSelection } from './label-selection.js';
import { chooseModel } from './model-picker.js';
import type { MarkedTexts } from './marked-text.js';
import type { Panel } from './panel.js';
import { chooseStrategy } from './choose-strategy.js';
import type { ProgressPanel } from './progress-panel.js';
import { filterQueue, findPassage, moreLikeThis, sortQueue } from './queue-search.js';
import { kindName, rowKey, type QueueTree } from './queue-tree.js';
import { synthesisePassages } from './synthesise.js';
import type { TextCommands } from './text-commands.js';

const kinds: readonly CandidateKind[] = ['entity', 'relation', 'class'];

class KindItem implements QuickPickItem {
  readonly label: string;

  constructor(readonly only: CandidateKind | undefined) {
    this.label = only === undefined ? l10n.t('All kinds') : kindName(only);
  }
}

export interface CommandTargets {
  readonly context: ExtensionContext;
  readonly host: Host;
  readonly panel: Panel;
  readonly progress: ProgressPanel;
  readonly queue: QueueTree;
  readonly texts: MarkedTexts;
  readonly textCommands: TextCommands;
  readonly log: LogOutputChannel;
}

/** Registers all commands. What goes wrong in one is logged and shown. */
export function registerCommands({
  context,
  host,
  panel,
  progress,
  queue,
  texts,
  textCommands,
  log,
}: CommandTargets): Disposable {
  const withSession = (work: (session: FolderSession) => Promise<void>) => async (): Promise<void> => {
    if (host.session !== undefined) await work(host.session);
  };
  const table: Record<string, (argument: unknown) => unknown> = {
    openPanel: () => panel.open(),
    showProgress: () => progress.open(),
    toggleProgress: () => progress.toggle(),
    getStarted: () => openWalkthrough(context),
    openSample: () => openSample(context),
    init: async () => {
      if (!(await createProject())) return;
      reached('createdProject');
      await host.reopen();
      panel.open();
    },
    openProject: withSession((session) => openProjectFile(session.folder)),
    nextPassage: () => panel.perform({ do: 'next' }),
    accept: () => panel.perform({ do: 'verdict', answer: 'accept' }),
    reject: () => panel.perform({ do: 'verdict', answer: 'reject' }),
    skip: () => panel.perform({ do: 'verdict', answer: 'skip' }),
    flag: () => panel.perform({ do: 'flag' }),
    undo: () => panel.perform({ do: 'undo' }),
    redo: () => panel.perform({ do: 'redo' }),
    labelSelection: () => labelSelection(texts),
    ...textCommands.table(),
    restartEngine: withSession((session) => session.engine.restart()),
    chooseModel: withSession((session) => chooseModel(session, log)),
    showLog: () => log.show(),
    synthesise: withSession(synthesisePassages),
    refresh: () => host.session?.refresh(),
    toggleQueueGrouping: () => queue.toggleGrouping(),
    filterKind: async () => {
      const picked = await window.showQuickPick(
        [undefined, ...kinds].map((kind) => new KindItem(kind)),
        { placeHolder: l10n.t('What the queue shows') },
      );
      const filter = host.session?.filter?.filter ?? everything;
      if (picked !== undefined) await host.setFilter(formatQuery(withTerm(filter, 'kind', picked.only)));
    },
    filterQueue: () => filterQueue(host),
    clearFilter: () => host.setFilter(''),
    sortQueue: () => sortQueue(host),
    moreLikeThis: async (row: unknown) => {
      const key = rowKey(row) ?? shownKey(host.session);
      if (key === undefined) throw new Error(l10n.t('Open a passage first: others are found that are like it.'));
      panel.open(true);
      await moreLikeThis(host, key);
    },
    goToPassage: withSession(async (session) => {
      const key = await findPassage(session);
      if (key === undefined) return;
      panel.open();
      await session.show(key);
    }),
    chooseStrategy: withSession((session) => chooseStrategy(session.folder)),
    openQueued: async (key: unknown) => {
      const parsed = PassageKey.parse(key);
      panel.open(true);
      await host.session?.show(parsed);
    },
    showMore: () => queue.more(),
  };
  for (const name of panelCommands) table[commandOf(name)] = () => panel.command(name);
  const registered = Object.entries(table).map(([name, run]) =>
    commands.registerCommand(`marginalia.${name}`, async (argument: unknown) => {
      try {
        await run(argument);
      } catch (error) {
        log.error(`Command '${name}': ${trace(error)}`);
        void window.showErrorMessage(describe(error));
      }
    }),
  );
  return Disposable.from(...registered);
}

/** The passage on screen. */
function shownKey(session: FolderSession | undefined): PassageKey | undefined {
  const shown = session?.shown;
  return shown && { doc: shown.document.ref.id, start: shown.passage.start, end: shown.passage.end };
}
