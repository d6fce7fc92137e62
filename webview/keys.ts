import { actionNames, defaultKeys, type ActionName } from '../src/labels/panel-keys.js';
import type { PanelView } from '../src/protocol/panel.js';

/** The panel's keys: what a key press is called, and what it means. */

/** What each action does, in the words of tooltips and of the key overlay. */
export const actionTitles: Readonly<Record<ActionName, string>> = {
  accept: 'Accept the passage: what is labelled is right and complete',
  reject: 'Reject the passage: it is not fit for labelling',
  skip: 'Skip the passage for now',
  flag: 'Flag the passage for someone else to look at',
  note: 'Write a note on the passage',
  undo: 'Undo',
  redo: 'Redo',
  next: 'Next passage, without a verdict',
  back: 'Back to the passage before',
  openSource: 'Open the passage in its file',
  acceptSuggestion: 'Accept the selected suggestion, else the first',
  rejectSuggestion: 'Reject the selected suggestion, else the first',
  nextItem: 'Next entity, relation or suggestion',
  previousItem: 'Previous entity, relation or suggestion',
  delete: 'Delete the selected entity or relation',
  addPart: 'Keep this stretch and select another: one entity of several parts',
  goToWord: 'Go to a word: then the letters that stand over it',
  retargetHead: 'Let the selected relation start elsewhere',
  retargetTail: 'Let the selected relation end elsewhere',
  reverse: 'Turn the selected relation round',
  acceptSuggestions: 'Accept many suggestions at once, by label and probability',
  rejectSuggestions: 'Reject many suggestions at once, by label and probability',
  visibility: 'Show or hide labels: then a label’s key, with Shift only that one, or again this key for all',
  guidelines: 'Show or hide the guidelines beside the passage',
  progress: 'Show or hide the progress view beside the passage',
  help: 'Show all keys',
};

export type Move = 'left' | 'right' | 'up' | 'down' | 'lineStart' | 'lineEnd';

/** What a press means. Whether it can be done now is another question (labelling.ts). */
export type Command =
  | { readonly do: 'label'; readonly label: string }
  | { readonly do: 'relation'; readonly label: string }
  | { readonly do: 'class'; readonly label: string; readonly value: string }
  | { readonly do: ActionName }
  | { readonly do: 'move'; readonly to: Move; readonly by: 'word' | 'character'; readonly extend: boolean }
  | { readonly do: 'tab'; readonly direction: 1 | -1 }
  | { readonly do: 'confirm' }
  | { readonly do: 'cancel' };

/** The part of a KeyboardEvent that names the key. */
export interface Press {
  readonly key: string;
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** Is AltGr down? Windows reports it as Ctrl+Alt too. */
  readonly altGraph: boolean;
}

/**
 * The name of a press: the character itself ('p', 'U', '?'), or modifiers and the key's name ('Alt+Shift+ArrowLeft').
 * Undefined for what the panel leaves to VS Code: Ctrl and Meta chords (except undo and redo) and Alt with a character.
 * Caps Lock changes nothing, and a key that types no Latin letter counts as the Latin letter in its place.
 */
export function strokeOf(press: Press): string | undefined {
  if (!press.altGraph && (press.ctrlKey || press.metaKey)) {
    const key = latin(press).toUpperCase();
    const stroke = `Ctrl+${press.shiftKey ? 'Shift+' : ''}${key}`;
    return !press.altKey && ['Ctrl+Z', 'Ctrl+Y', 'Ctrl+Shift+Z'].includes(stroke) ? stroke : undefined;
  }
  if (/^\w{2,}$/.test(press.key)) {
    const alt = press.altKey && !press.altGraph ? 'Alt+' : '';
    return `${alt}${press.shiftKey ? 'Shift+' : ''}${press.key}`;
  }
  if (press.altKey && !press.altGraph) return undefined;
  const character = latin(press);
  if (/^\p{L}$/u.test(character)) return press.shiftKey ? character.toUpperCase() : character.toLowerCase();
  return character;
}

function latin({ key, code }: Press): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter !== undefined && /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key)) return letter.toLowerCase();
  return key;
}

/** A key as people write it: 'Shift+U', 'Del', '←'. */
export function showKey(stroke: string): string {
  if (/^\p{Lu}$/u.test(stroke)) return `Shift+${stroke}`;
  return stroke
    .split(/(?<=.)\+(?=.)/u)
    .map((part) => shown[part] ?? (/^\p{Ll}$/u.test(part) ? part.toUpperCase() : part))
    .join('+');
}

const shown: Readonly<Record<string, string>> = {
  ' ': 'Space',
  Delete: 'Del',
  Escape: 'Esc',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** A title with its key in brackets, for tooltips. */
export function withKey(title: string, stroke: string | undefined): string {
  return stroke === undefined ? title : `${title} (${showKey(stroke)})`;
}

/** A setting may say 'Shift+u' for what is typed as 'U'. */
function normalised(stroke: string): string {
  const shifted = /^Shift\+(\p{L})$/iu.exec(stroke)?.[1];
  return shifted === undefined ? stroke : shifted.toUpperCase();
}

export interface Keymap {
  readonly commands: ReadonlyMap<string, Command>;
  /** The key of each panel action; none where a label or an action before it has taken the key. */
  readonly actions: Readonly<Partial<Record<ActionName, string>>>;
  /** What of the settings or the project cannot be had, in sentences for a person. */
  readonly conflicts: readonly string[];
}

/**
 * All keys at this moment. A label's key comes from the project, so it goes before an action's; of two labels with one
 * key the first has it (the project file's diagnostics name the other).
 */
export function keymapOf(view: Pick<PanelView, 'types' | 'keys'>): Keymap {
  const commands = new Map<string, Command>(fixed);
  const conflicts: string[] = [];
  const give = (key: string | undefined, command: Command): boolean => {
    if (key === undefined || key === '') return false;
    const other = commands.get(normalised(key));
    if (other !== undefined) {
      conflicts.push(`${showKey(normalised(key))} is ${commandName(other)}, so ${commandName(command)} has no key.`);
      return false;
    }
    commands.set(normalised(key), command);
    return true;
  };
  for (const name of Object.keys(view.keys)) {
    if (!(name in defaultKeys)) conflicts.push(`marginalia.keys names '${name}', which is no action of the panel.`);
  }
  for (const { label, key } of view.types.entities) give(key, { do: 'label', label });
  for (const { label, key } of view.types.relations) give(key, { do: 'relation', label });
  for (const { label, values } of view.types.classes) {
    for (const { value, key } of values) give(key, { do: 'class', label, value });
  }
  const actions: Partial<Record<ActionName, string>> = {};
  for (const name of actionNames) {
    const key = view.keys[name] ?? defaultKeys[name];
    if (give(key, { do: name })) actions[name] = normalised(key);
  }
  if (!commands.has('Backspace')) commands.set('Backspace', { do: 'delete' });
  return { commands, actions, conflicts };
}

/** What a command is called in a sentence. */
function commandName(command: Command): string {
  switch (command.do) {
    case 'label':
    case 'relation':
      return `the label ${command.label}`;
    case 'class':
      return `${command.label}: ${command.value}`;
    case 'move':
    case 'tab':
      return 'for moving';
    default:
      return `'${command.do}'`;
  }
}

const arrows: readonly (readonly [string, Move])[] = [
  ['ArrowLeft', 'left'],
  ['ArrowRight', 'right'],
  ['ArrowUp', 'up'],
  ['ArrowDown', 'down'],
  ['Home', 'lineStart'],
  ['End', 'lineEnd'],
];

const fixed: readonly (readonly [string, Command])[] = [
  ...arrows.flatMap(([key, to]): [string, Command][] => [
    [key, { do: 'move', to, by: 'word', extend: false }],
    [`Shift+${key}`, { do: 'move', to, by: 'word', extend: true }],
    [`Alt+${key}`, { do: 'move', to, by: 'character', extend: false }],
    [`Alt+Shift+${key}`, { do: 'move', to, by: 'character', extend: true }],
  ]),
  ['Tab', { do: 'tab', direction: 1 }],
  ['Shift+Tab', { do: 'tab', direction: -1 }],
  ['Enter', { do: 'confirm' }],
  ['Escape', { do: 'cancel' }],
  ['Ctrl+Z', { do: 'undo' }],
  ['Ctrl+Y', { do: 'redo' }],
  ['Ctrl+Shift+Z', { do: 'redo' }],
];
