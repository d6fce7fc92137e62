/** A stretch of pieces that the transformer reads at once, and the part of it whose vectors are kept. */
export interface Window {
  /** Pieces [start, end) are read. */
  readonly start: number;
  readonly end: number;
  /** Of these, [keepStart, keepEnd) are nearer to the middle of this window than of any other. */
  readonly keepStart: number;
  readonly keepEnd: number;
}

/** Neighbouring windows share at least this part of a window. */
const OVERLAP = 1 / 4;

/**
 * Cuts `count` pieces into windows of at most `capacity`, evenly spread. Each piece is kept from the window in which it
 * has most context; together the kept parts are all pieces, each once.
 */
export function windowsOf(count: number, capacity: number): Window[] {
  if (count <= capacity) return [{ start: 0, end: count, keepStart: 0, keepEnd: count }];
  const step = Math.max(1, Math.floor(capacity * (1 - OVERLAP)));
  const last = Math.ceil((count - capacity) / step);
  const starts = Array.from({ length: last + 1 }, (_, i) => Math.floor((i * (count - capacity)) / last));
  // The border between two windows' kept parts is the middle of what they share.
  const border = (i: number): number => Math.floor((starts[i]! + starts[i - 1]! + capacity) / 2);
  return starts.map((start, i) => ({
    start,
    end: start + capacity,
    keepStart: i === 0 ? 0 : border(i),
    keepEnd: i === last ? count : border(i + 1),
  }));
}

/** A batch: indices of sequences that are run together. */
export type Batch = readonly number[];

/**
 * Packs sequences of the given lengths into batches of at most `budget` pieces, padding included; one that is longer is
 * a batch of its own. Sequences of like length go together, so that little is padded.
 */
export function packBatches(lengths: readonly number[], budget: number): Batch[] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const index of order) {
    // In ascending order, the newest is the longest.
    if (batch.length > 0 && (batch.length + 1) * lengths[index]! > budget) {
      batches.push(batch);
      batch = [];
    }
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
