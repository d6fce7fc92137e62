import type { Problem } from '../corpus/types.js';
import type { PanelView } from '../protocol/panel.js';

/** Where there is no passage to show: what the matter is, and what to do next. */

export type Notice = NonNullable<PanelView['notice']>;

/** What of a session decides it. */
export interface Situation {
  /** Whether marginalia.json could be used. */
  readonly project: boolean;
  readonly problems: readonly Problem[];
  readonly engine: 'starting' | 'working' | 'ready' | 'restarting' | 'failed' | 'stopped';
  /** The engine has been asked, and has no further passage. */
  readonly exhausted: boolean;
  /** Passages of the corpus. */
  readonly passages: number;
  /** What the queue is narrowed to. */
  readonly filter: string | undefined;
}

export type Matter = 'reading' | 'broken' | 'failed' | 'noCorpus' | 'noMatch' | 'done' | 'starting' | 'restarting';

/** The matter where there is a project file. The queue's welcome texts go by it, too. */
export function matterOf({ project, problems, engine, exhausted, passages, filter }: Situation): Matter {
  if (!project) return problems.some(isError) ? 'broken' : 'reading';
  if (engine === 'failed') return 'failed';
  if (exhausted && passages === 0) return 'noCorpus';
  if (exhausted) return filter === undefined ? 'done' : 'noMatch';
  return engine === 'restarting' ? 'restarting' : 'starting';
}

const openProject = { title: 'Open marginalia.json', command: 'openProject' } as const;
const openSample = { title: 'Open Sample', command: 'openSample' } as const;

/** For a panel whose session has no passage on screen. */
export function noticeOf(situation: Situation): Notice {
  switch (matterOf(situation)) {
    case 'reading':
      return { message: 'Reading the project…', actions: [] };
    case 'broken': {
      const error = situation.problems.find(isError);
      const where = error === undefined ? '' : `${error.file}, line ${error.line}: ${error.message} `;
      return {
        message: `${where}It is read again as soon as it is saved.`,
        actions: [openProject, { title: 'Show Problems', command: 'showProblems' }],
      };
    }
    case 'failed':
      return {
        message: 'The engine has stopped and was not started again. The log says why.',
        actions: [
          { title: 'Restart Engine', command: 'restartEngine' },
          { title: 'Show Log', command: 'showLog' },
        ],
      };
    case 'noCorpus':
      return {
        message:
          'No text matches the corpus of marginalia.json, or none of what matches can be read. Name some files there, such as "docs/**/*.md".',
        actions: [openProject, { title: 'Show Problems', command: 'showProblems' }],
      };
    case 'noMatch':
      return {
        message: `No passage is left that fits “${situation.filter ?? ''}”.`,
        actions: [
          { title: 'Clear Filter', command: 'clearFilter' },
          { title: 'Change Filter…', command: 'filterQueue' },
        ],
      };
    case 'done':
      return {
        message:
          'Every passage has been reviewed. See how good the model is, look at what annotators or the model disagree about, or add texts to the corpus.',
        actions: [
          { title: 'Show Progress', command: 'showProgress' },
          { title: 'Sort by Disagreement…', command: 'sortQueue' },
          openProject,
        ],
      };
    case 'restarting':
      return { message: 'The engine is starting again…', actions: [] };
    case 'starting':
      return { message: 'Reading the corpus: the first passage will be here in a moment…', actions: [] };
  }
}

/** For a panel without a session. */
export function noProjectNotice(hasFolder: boolean): Notice {
  if (!hasFolder)
    return {
      message: 'Open a folder that holds texts to label them, or the sample: invented texts with some labels.',
      actions: [{ title: 'Open Folder…', command: 'openFolder' }, openSample],
    };
  return {
    message:
      'This folder has no marginalia.json yet: it says which texts to label, and with which labels. It is made from what is here, and you confirm each guess.',
    actions: [{ title: 'Create Project', command: 'init' }, openSample],
  };
}

function isError({ severity }: Problem): boolean {
  return severity === 'error';
}
