import { unitRows } from '../cluster.js';
import type { DenseRows } from '../linear/design.js';

/** Cosine of two pooled vectors from which on passages count as near-duplicates. */
export const DUPLICATE = 0.97;
/** Passages of one document in a batch. */
export const PER_DOCUMENT = 3;

export interface BatchOptions {
  readonly count: number;
  /** The document of an item. */
  readonly document: (item: number) => string;
  readonly duplicate?: number;
  readonly perDocument?: number;
}

/**
 * A batch from items in order of preference: takes each unless it nearly repeats one taken before, or its document has
 * given as many as it may. Where that leaves too few, the best of those passed over fill the batch, behind the others.
 * @param order rows of `vectors`, the most wanted first
 */
export function buildBatch(
  order: readonly number[],
  vectors: DenseRows,
  { count, document, duplicate = DUPLICATE, perDocument = PER_DOCUMENT }: BatchOptions,
): number[] {
  const d = vectors.dimensions;
  const given = new Map<string, number>();
  const taken: number[] = [];
  const passed: number[] = [];
  const { data } = unitRows(vectors);
  const repeats = (item: number): boolean =>
    taken.some((other) => {
      let cosine = 0;
      for (let i = 0; i < d; i++) cosine += data[item * d + i]! * data[other * d + i]!;
      return cosine >= duplicate;
    });
  for (const item of order) {
    if (taken.length === count) break;
    const from = document(item);
    const already = given.get(from) ?? 0;
    if (already >= perDocument || repeats(item)) {
      passed.push(item);
      continue;
    }
    given.set(from, already + 1);
    taken.push(item);
  }
  return [...taken, ...passed.slice(0, count - taken.length)];
}
