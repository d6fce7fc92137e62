/**
 * The panel's own actions and their keys, for everybody who must know them: the page that takes the keys, the project
 * file's check that no label shadows one, and the editor's commands.
 */

/**
 * `marginalia.keys` rebinds them by these names. A capital letter is the letter with Shift. Arrows, Tab, Enter, Escape
 * and Ctrl+Z are what they are everywhere and not rebound.
 */
export const defaultKeys = {
  accept: 'a',
  reject: 'r',
  skip: 's',
  flag: 'f',
  note: '/',
  undo: 'u',
  redo: 'U',
  next: ']',
  back: '[',
  openSource: 'e',
  acceptSuggestion: 'y',
  rejectSuggestion: 'n',
  nextItem: 'j',
  previousItem: 'k',
  delete: 'Delete',
  addPart: '+',
  goToWord: '.',
  retargetHead: 'h',
  retargetTail: 't',
  reverse: 'x',
  acceptSuggestions: 'Y',
  rejectSuggestions: 'N',
  visibility: 'v',
  guidelines: 'g',
  progress: '%',
  help: '?',
} as const satisfies Readonly<Record<string, string>>;

export type ActionName = keyof typeof defaultKeys;

export const actionNames = Object.keys(defaultKeys).filter((name): name is ActionName => name in defaultKeys);

/** Where the command of the palette has another name than the action. */
const commandNames: Readonly<Partial<Record<ActionName, string>>> = {
  next: 'nextPassage',
  delete: 'deleteLabel',
  progress: 'showProgress',
  help: 'keys',
};

/** The command that does what an action's key does, without the 'marginalia.' before it. */
export function commandOf(action: ActionName): string {
  return commandNames[action] ?? action;
}
