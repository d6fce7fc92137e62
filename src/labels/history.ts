import type { Annotation } from './annotation.js';
import type { Edit } from './edits.js';
import { serialise } from './serialise.js';

/** One step that can be undone: the lines that it changed, as they were and as they became. */
export interface Step {
  readonly annotator: string;
  readonly changes: readonly Change[];
  /** What it belongs to, for whoever shows it: the passage that was on screen. Plain data. */
  readonly context: unknown;
}

export interface Change {
  readonly id: string;
  readonly before: Annotation | undefined;
  readonly after: Annotation | undefined;
}

export interface Reversal {
  readonly direction: Direction;
  readonly annotator: string;
  readonly edit: Edit;
  readonly context: unknown;
}

export type Direction = 'undo' | 'redo';

/** The steps that can be taken back and those that can be made again; of each, the next one last. */
export interface Steps {
  readonly undo: readonly Step[];
  readonly redo: readonly Step[];
}

/**
 * What happened to a history, in order: enough to have the same again. `drop`: the next step of a direction was given
 * up; `follow`: lines went with their text, which is no step of its own.
 */
export type HistoryEvent =
  | { readonly do: 'step'; readonly step: Step }
  | { readonly do: 'follow'; readonly step: Step }
  | { readonly do: Direction }
  | { readonly do: 'drop'; readonly of: Direction };

/** Looks up a line as it is now in an annotator's file. */
export type Current = (annotator: string, id: string) => Annotation | undefined;

/** An undo or redo of lines that somebody else has changed meanwhile: it is refused rather than done. */
export class HistoryConflict extends Error {
  override readonly name = 'HistoryConflict';
}

/**
 * Undo and redo without limit. A step is one action, however many lines it changed. A step, an undo and a redo count
 * from when their edit is made: before that it is asked for, after that it is told.
 */
export class History {
  readonly #current: Current;
  readonly #onEvent: (event: HistoryEvent) => void;
  #steps: Steps = { undo: [], redo: [] };

  constructor(current: Current, onEvent: (event: HistoryEvent) => void = () => undefined) {
    this.#current = current;
    this.#onEvent = onEvent;
  }

  get steps(): Steps {
    return this.#steps;
  }

  get canUndo(): boolean {
    return this.#steps.undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#steps.redo.length > 0;
  }

  /** The step that an edit will be; undefined for one that changes nothing. Ask before the edit is made. */
  stepOf(annotator: string, { put, remove }: Edit, context: unknown): Step | undefined {
    const ids = new Set([...put.map(({ id }) => id), ...remove]);
    const changes = [...ids]
      .map((id) => ({ id, before: this.#current(annotator, id), after: put.find((line) => line.id === id) }))
      .filter(({ before, after }) => !same(before, after));
    return changes.length === 0 ? undefined : { annotator, changes, context };
  }

  /** A step was made. What could be redone is forgotten. */
  add(step: Step): void {
    this.#happened({ do: 'step', step });
  }

  /** Lines were written anew where their text went: steps that left them as they were go on with them as they are. */
  follow(step: Step): void {
    this.#happened({ do: 'follow', step });
  }

  /**
   * The edit that takes the last step back, undefined where there is none; tell `made` when it is. Throws
   * HistoryConflict where a line is no longer as the step left it; the step is then dropped, since it could never be
   * taken back.
   */
  undo(): Reversal | undefined {
    return this.#next('undo');
  }

  /** The edit that makes the step again that was last taken back; as undo(). */
  redo(): Reversal | undefined {
    return this.#next('redo');
  }

  /** The edit of the last undo() or redo() was made. */
  made({ direction }: Reversal): void {
    this.#happened({ do: direction });
  }

  /**
   * Puts steps of before beneath those that were made since; what could be redone then only where none was made.
   * @returns how many of them are left out, since their lines are no longer as they left them
   */
  precede(earlier: Steps): number {
    const { undo, redo } = this.#steps;
    const all = { undo: [...earlier.undo, ...undo], redo: undo.length + redo.length === 0 ? earlier.redo : redo };
    this.#steps = stillPossible(all, this.#current);
    return countOf(all) - countOf(this.#steps);
  }

  #next(direction: Direction): Reversal | undefined {
    const step = this.#steps[direction].at(-1);
    if (step === undefined) return undefined;
    const { annotator, context } = step;
    const [now, then] = sides[direction];
    const changed = step.changes.find((change) => !same(this.#current(annotator, change.id), change[now]));
    if (changed !== undefined) {
      this.#happened({ do: 'drop', of: direction });
      throw new HistoryConflict(
        `This step cannot be ${direction === 'undo' ? 'undone' : 'redone'}: ${nameOf(changed)} was changed meanwhile, by git, by hand or in another window.`,
      );
    }
    const put = step.changes.flatMap((change) => change[then] ?? []);
    const remove = step.changes.filter((change) => change[then] === undefined).map(({ id }) => id);
    return { direction, annotator, edit: { put, remove }, context };
  }

  #happened(event: HistoryEvent): void {
    this.#steps = after(this.#steps, event) ?? this.#steps;
    this.#onEvent(event);
  }
}

/** How a change must stand for its step to go in a direction, and how it stands after. */
const sides = { undo: ['after', 'before'], redo: ['before', 'after'] } as const;

/** The steps after something happened to them; undefined where it cannot have. */
export function after({ undo, redo }: Steps, event: HistoryEvent): Steps | undefined {
  switch (event.do) {
    case 'step':
      return { undo: [...undo, event.step], redo: [] };
    case 'follow':
      return { undo: followed(undo, event.step), redo: followed(redo, event.step) };
    case 'undo': {
      const step = undo.at(-1);
      return step && { undo: undo.slice(0, -1), redo: [...redo, step] };
    }
    case 'redo': {
      const step = redo.at(-1);
      return step && { undo: [...undo, step], redo: redo.slice(0, -1) };
    }
    case 'drop': {
      const left = { undo, redo }[event.of];
      return left.length === 0 ? undefined : { undo, redo, [event.of]: left.slice(0, -1) };
    }
  }
}

/** Steps with the lines that went with their text as they are now, wherever they stand in them as they were. */
function followed(steps: readonly Step[], { annotator, changes }: Step): Step[] {
  const moves = new Map(changes.map((change) => [change.id, change]));
  return steps.map((step) => {
    if (step.annotator !== annotator || !step.changes.some(({ id }) => moves.has(id))) return step;
    const line = (id: string, old: Annotation | undefined): Annotation | undefined => {
      const move = moves.get(id);
      return move !== undefined && old !== undefined && same(old, move.before) ? move.after : old;
    };
    const follow = ({ id, before, after: later }: Change): Change => ({
      id,
      before: line(id, before),
      after: line(id, later),
    });
    return { ...step, changes: step.changes.map(follow) };
  });
}

/** The steps of which every one can be undone or redone in its turn as the lines are now. */
function stillPossible({ undo, redo }: Steps, current: Current): Steps {
  return { undo: possible(undo, 'undo', current), redo: possible(redo, 'redo', current) };
}

function countOf({ undo, redo }: Steps): number {
  return undo.length + redo.length;
}

function possible(steps: readonly Step[], direction: Direction, current: Current): Step[] {
  const [now, then] = sides[direction];
  /** Lines as they will be when the steps before this one have gone that way. */
  const changed = new Map<string, Annotation | undefined>();
  const kept = steps.toReversed().filter(({ annotator, changes }) => {
    const key = (id: string): string => JSON.stringify([annotator, id]);
    const line = (id: string): Annotation | undefined =>
      changed.has(key(id)) ? changed.get(key(id)) : current(annotator, id);
    if (!changes.every((change) => same(line(change.id), change[now]))) return false;
    for (const change of changes) changed.set(key(change.id), change[then]);
    return true;
  });
  return kept.reverse();
}

function same(a: Annotation | undefined, b: Annotation | undefined): boolean {
  return a === undefined || b === undefined ? a === b : serialise(a) === serialise(b);
}

/** A line as a person knows it. */
function nameOf({ id, before, after: later }: Change): string {
  const line = later ?? before;
  if (line?.type === 'entity') return `${line.label} '${line.spans.map(({ text }) => text).join(' … ')}'`;
  if (line?.type === 'review') return 'the verdict on the passage';
  return line === undefined ? `the label '${id}'` : `the ${line.type} '${line.label}'`;
}
