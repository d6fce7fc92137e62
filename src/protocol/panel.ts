import { z } from 'zod';
import { GuidelinesRequest, type GuidelinesAnswer } from './guidelines.js';
import type { ViewChange } from './panel-change.js';

/**
 * Host ↔ panel. The host sends a whole `view` to a page that has none, and what changed of it later (a page can be
 * rebuilt from one view at any moment: it says 'ready'); the panel sends actions, each answered by `done` once it is on
 * disk.
 * Offsets are UTF-16 units into `view.text`.
 */

const span = z.object({ start: z.int(), end: z.int() });
export type ViewSpan = z.infer<typeof span>;

/** What the panel offers to do next besides its own actions: commands of the editor, by the names that the page knows. */
export const hostCommands = {
  openFolder: 'vscode.openFolder',
  openSample: 'marginalia.openSample',
  init: 'marginalia.init',
  openProject: 'marginalia.openProject',
  showProblems: 'workbench.actions.view.problems',
  restartEngine: 'marginalia.restartEngine',
  showLog: 'marginalia.showLog',
  clearFilter: 'marginalia.clearFilter',
  filterQueue: 'marginalia.filterQueue',
  sortQueue: 'marginalia.sortQueue',
  showProgress: 'marginalia.showProgress',
} as const;
export type HostCommand = keyof typeof hostCommands;
const HostCommand = z.enum(Object.keys(hostCommands) as [HostCommand, ...HostCommand[]]);

/** Panel → host: what a person did. */
export const Action = z.discriminatedUnion('do', [
  z.object({ do: z.literal('entity'), label: z.string(), spans: z.array(span).min(1) }),
  z.object({ do: z.literal('relabel'), id: z.string(), label: z.string() }),
  z.object({ do: z.literal('respan'), id: z.string(), spans: z.array(span).min(1) }),
  z.object({ do: z.literal('relation'), label: z.string(), head: z.string(), tail: z.string() }),
  /** Gives a relation other ends. */
  z.object({ do: z.literal('relink'), id: z.string(), head: z.string(), tail: z.string() }),
  /** Deletes an entity (with its relations) or a relation. */
  z.object({ do: z.literal('delete'), id: z.string() }),
  /** Sets a class; for a multiple class toggles the value; null clears. */
  z.object({ do: z.literal('class'), label: z.string(), value: z.string().nullable() }),
  z.object({ do: z.literal('acceptSuggestion'), key: z.string() }),
  z.object({ do: z.literal('rejectSuggestion'), key: z.string() }),
  /** Several at once, as one step of the history. */
  z.object({ do: z.literal('acceptSuggestions'), keys: z.array(z.string()).min(1) }),
  z.object({ do: z.literal('rejectSuggestions'), keys: z.array(z.string()).min(1) }),
  /** Writes the review and moves on to the next passage. */
  z.object({ do: z.literal('verdict'), answer: z.enum(['accept', 'reject', 'skip']) }),
  z.object({ do: z.literal('flag') }),
  z.object({ do: z.literal('note'), text: z.string() }),
  z.object({ do: z.literal('undo') }),
  z.object({ do: z.literal('redo') }),
  /** Moves without a verdict: to the next of the queue, or back to the one before. */
  z.object({ do: z.literal('next') }),
  z.object({ do: z.literal('back') }),
  /** Moves to the passage of an entity of this document that is not in the part shown. */
  z.object({ do: z.literal('show'), id: z.string() }),
  z.object({ do: z.literal('openSource') }),
  z.object({ do: z.literal('command'), command: HostCommand }),
]);
export type Action = z.infer<typeof Action>;

export const FromPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('action'), id: z.int(), action: Action }),
  /** Shows the progress view beside the panel, or closes it. */
  z.object({ type: z.literal('progress') }),
  ...GuidelinesRequest.options,
  /** Milliseconds from a key to the frame after the view that answered it: logged and benchmarked. */
  z.object({ type: z.literal('timing'), what: z.enum(['paint', 'next']), ms: z.number() }),
]);
export type FromPanel = z.infer<typeof FromPanel>;

export interface ViewEntityType {
  readonly label: string;
  readonly key?: string;
  readonly color: string;
  readonly description?: string;
}
export interface ViewRelationType {
  readonly label: string;
  readonly key?: string;
  readonly head: readonly string[];
  readonly tail: readonly string[];
  readonly symmetric: boolean;
  readonly description?: string;
}
export interface ViewClass {
  readonly label: string;
  readonly multiple: boolean;
  readonly values: readonly { readonly value: string; readonly key?: string }[];
  readonly description?: string;
}
export interface ViewEntity {
  readonly id: string;
  readonly label: string;
  readonly spans: readonly ViewSpan[];
  /** False for other annotators' entities, which are shown but not edited. */
  readonly own: boolean;
  readonly by: string;
}
export interface ViewRelation {
  readonly id: string;
  readonly label: string;
  readonly head: string;
  readonly tail: string;
}
/** An entity outside the part of the document that is shown: a relation here leads to it. */
export interface ViewBeyond {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly where: 'before' | 'after';
}
export interface ViewSuggestion {
  /** Names it in acceptSuggestion and rejectSuggestion. */
  readonly key: string;
  readonly kind: 'entity' | 'relation' | 'class';
  readonly label: string;
  readonly value?: string;
  readonly spans: readonly ViewSpan[];
  readonly head?: string;
  readonly tail?: string;
  readonly probability: number;
}

export interface PassageView {
  /** Document id and where the passage stands, for people. */
  readonly doc: string;
  readonly line: number;
  /** The passage in its surroundings. */
  readonly text: string;
  readonly passage: ViewSpan;
  readonly entities: readonly ViewEntity[];
  /** At least one end of each is among the entities; the other may be among `beyond`. */
  readonly relations: readonly ViewRelation[];
  readonly beyond: readonly ViewBeyond[];
  /** class label → values chosen. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly suggestions: readonly ViewSuggestion[];
  /** What the model is least sure of here. */
  readonly doubt?: {
    readonly kind: 'entity' | 'relation' | 'class';
    readonly spans: readonly ViewSpan[];
    readonly distribution: Readonly<Record<string, number>>;
  };
  readonly score?: number;
  readonly strategy?: string;
  /** Made up: nobody wrote it. */
  readonly synthetic?: true;
  readonly answer?: 'accept' | 'reject' | 'skip';
  readonly flag: boolean;
  readonly note: string;
}

export interface PanelView {
  /** Grows with each view that is sent. */
  readonly version: number;
  readonly types: {
    readonly entities: readonly ViewEntityType[];
    readonly relations: readonly ViewRelationType[];
    readonly classes: readonly ViewClass[];
  };
  /** Action name → key, from the setting `marginalia.keys` over the defaults. */
  readonly keys: Readonly<Record<string, string>>;
  readonly annotator: string;
  /** Undefined while the first is on its way, or when there is none: then `notice` says why and what to do. */
  readonly passage?: PassageView;
  readonly notice?: {
    readonly message: string;
    /** The first is what most people want next. */
    readonly actions: readonly { readonly title: string; readonly command: HostCommand }[];
  };
  readonly progress: { readonly reviewed: number; readonly total: number };
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** 'saved' means everything shown is on disk. */
  readonly disk: 'saved' | 'saving' | 'failed';
  readonly engine: {
    readonly state: 'starting' | 'working' | 'ready' | 'restarting' | 'failed';
    readonly detail: string;
  };
}

/** Actions of the panel that are commands of the palette too: they depend on what is selected in the page. */
export const panelCommands = [
  'back',
  'note',
  'openSource',
  'acceptSuggestion',
  'rejectSuggestion',
  'acceptSuggestions',
  'rejectSuggestions',
  'nextItem',
  'previousItem',
  'delete',
  'addPart',
  'goToWord',
  'retargetHead',
  'retargetTail',
  'reverse',
  'visibility',
  'guidelines',
  'help',
] as const;
export type PanelCommand = (typeof panelCommands)[number];

/** Host → panel. */
export type ToPanel =
  | { readonly type: 'view'; readonly view: PanelView }
  | { readonly type: 'change'; readonly change: ViewChange }
  | { readonly type: 'command'; readonly name: PanelCommand }
  | { readonly type: 'done'; readonly id: number; readonly error?: string }
  | GuidelinesAnswer;
