import type { Annotation } from '../../../src/labels/annotation.js';
import type { Edit } from '../../../src/labels/edits.js';
import { History, type Reversal } from '../../../src/labels/history.js';
import { encodeEvent } from '../../../src/labels/history-log.js';

/** Lines by id, and a history over them. */
export class Desk {
  lines = new Map<string, Annotation>();
  /** What the history tells, as it is kept. */
  log = '';
  readonly history = new History(
    (annotator, id) => (annotator === 'mei' ? this.lines.get(id) : undefined),
    (event) => (this.log += encodeEvent(event, 1)),
  );

  apply({ put, remove }: Edit): void {
    for (const id of remove) this.lines.delete(id);
    for (const line of put) this.lines.set(line.id, line);
  }

  do(edit: Edit, context?: unknown): void {
    const step = this.history.stepOf('mei', edit, context);
    this.apply(edit);
    if (step !== undefined) this.history.add(step);
  }

  /** A line goes with its text. */
  follow(line: Annotation): void {
    const step = this.history.stepOf('mei', { put: [line], remove: [] }, undefined);
    this.apply({ put: [line], remove: [] });
    if (step !== undefined) this.history.follow(step);
  }

  undo(): unknown {
    return this.#made(this.history.undo());
  }

  redo(): unknown {
    return this.#made(this.history.redo());
  }

  #made(reversal: Reversal | undefined): unknown {
    if (reversal === undefined) return undefined;
    this.apply(reversal.edit);
    this.history.made(reversal);
    return reversal.context;
  }
}
