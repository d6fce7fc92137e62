import type { Document, Range } from '../corpus/types.js';

/** A stretch of a document, in code points. */
export interface Stretch {
  readonly document: Document;
  readonly within: Range;
}

export type Direction = 'next' | 'previous';

/** Code points, and documents, that are looked through at a time. */
const CODE_POINTS = 20_000;
const DOCUMENTS = 50;

/**
 * The text of a file once around, from a place on (or back from it) to the same place: in pieces that are small enough
 * to be asked about, nearest first. `index` names the document of the place; `at` is in code points.
 */
export function* around(
  documents: readonly Document[],
  { index, at }: { readonly index: number; readonly at: number },
  direction: Direction,
): Generator<Stretch[]> {
  let piece: Stretch[] = [];
  let size = 0;
  for (const stretch of stretches(documents, index, at, direction)) {
    const length = stretch.within.end - stretch.within.start;
    if (piece.length > 0 && (size + length > CODE_POINTS || piece.length === DOCUMENTS)) {
      yield piece;
      piece = [];
      size = 0;
    }
    piece.push(stretch);
    size += length;
  }
  if (piece.length > 0) yield piece;
}

function* stretches(
  documents: readonly Document[],
  index: number,
  at: number,
  direction: Direction,
): Generator<Stretch> {
  const step = direction === 'next' ? 1 : documents.length - 1;
  // The document of the place comes first and last: once from the place on, once up to it.
  for (let i = 0; i <= documents.length; i++) {
    const document = documents[(index + step * i) % documents.length];
    if (document === undefined) return;
    const { length } = document.map;
    const isAhead = (direction === 'next') === (i === 0);
    if (i > 0 && i < documents.length) yield* parts(document, 0, length, direction);
    else if (isAhead) yield* parts(document, at, length, direction);
    else yield* parts(document, 0, at, direction);
  }
}

function* parts(document: Document, start: number, end: number, direction: Direction): Generator<Stretch> {
  if (direction === 'next') {
    for (let from = start; from < end; from += CODE_POINTS)
      yield { document, within: { start: from, end: Math.min(end, from + CODE_POINTS) } };
  } else {
    for (let to = end; to > start; to -= CODE_POINTS)
      yield { document, within: { start: Math.max(start, to - CODE_POINTS), end: to } };
  }
}
