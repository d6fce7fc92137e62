import type { Annotation } from './annotation.js';
import type { Edit } from './edits.js';
import { serialise } from './serialise.js';

/** One step that can be undone: the lines that it changed, as they were and as they became. */
interface Step {
  readonly annotator: string;
  readonly changes: readonly Change[];
  /** What it belongs to, for whoever shows it: the passage that was on screen. */
  readonly context: unknown;
}

interface Change {
  readonly id: string;
  readonly before: Annotation | undefined;
  readonly after: Annotation | undefined;
}

export interface Reversal {
  readonly annotator: string;
  readonly edit: Edit;
  readonly context: unknown;
}

/** An undo or redo of lines that somebody else has changed meanwhile: it is refused rather than done. */
export class HistoryConflict extends Error {
  override readonly name = 'HistoryConflict';
}

/**
 * Undo and redo without limit. A step is one action, however many lines it changed.
 * `current` looks up a line as it is now in an annotator's file.
 */
export class History {
  readonly #undo: Step[] = [];
  #redo: Step[] = [];

  constructor(private readonly current: (annotator: string, id: string) => Annotation | undefined) {}

  /** Remembers an edit; call it before the edit is applied. An edit that changes nothing is no step. */
  record(annotator: string, { put, remove }: Edit, context: unknown): void {
    const ids = new Set([...put.map(({ id }) => id), ...remove]);
    const changes = [...ids]
      .map((id) => ({ id, before: this.current(annotator, id), after: put.find((line) => line.id === id) }))
      .filter(({ before, after }) => !same(before, after));
    if (changes.length === 0) return;
    this.#undo.push({ annotator, changes, context });
    this.#redo = [];
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  get canRedo(): boolean {
    return this.#redo.length > 0;
  }

  /**
   * Takes back the last step: returns the edit to apply, undefined where there is none. Throws HistoryConflict where a
   * line is no longer as the step left it; the step is then dropped, since it could never be taken back.
   */
  undo(): Reversal | undefined {
    const step = this.#undo.pop();
    if (step === undefined) return undefined;
    this.#verify(step, 'after', 'undone');
    this.#redo.push(step);
    return reversal(step, 'before');
  }

  /** Does the step that was last taken back again; as undo(). */
  redo(): Reversal | undefined {
    const step = this.#redo.pop();
    if (step === undefined) return undefined;
    this.#verify(step, 'before', 'redone');
    this.#undo.push(step);
    return reversal(step, 'after');
  }

  #verify({ annotator, changes }: Step, side: 'before' | 'after', what: string): void {
    for (const change of changes) {
      const now = this.current(annotator, change.id);
      if (!same(now, change[side]))
        throw new HistoryConflict(
          `This step cannot be ${what}: ${nameOf(change)} was changed meanwhile, by git, by hand or in another window.`,
        );
    }
  }
}

function same(a: Annotation | undefined, b: Annotation | undefined): boolean {
  return a === undefined || b === undefined ? a === b : serialise(a) === serialise(b);
}

/** A line as a person knows it. */
function nameOf({ id, before, after }: Change): string {
  const line = after ?? before;
  if (line?.type === 'entity') return `${line.label} '${line.spans.map(({ text }) => text).join(' … ')}'`;
  if (line?.type === 'review') return 'the verdict on the passage';
  return line === undefined ? `the label '${id}'` : `the ${line.type} '${line.label}'`;
}

function reversal({ annotator, changes, context }: Step, side: 'before' | 'after'): Reversal {
  const put = changes.flatMap((change) => change[side] ?? []);
  const remove = changes.filter((change) => change[side] === undefined).map(({ id }) => id);
  return { annotator, edit: { put, remove }, context };
}
