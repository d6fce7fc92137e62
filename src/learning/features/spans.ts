import type { Range } from '../../corpus/types.js';
import { combine32 } from '../random.js';
import type { PassageInput } from '../types.js';
import type { WordSpace } from './entity.js';
import { COLUMNS, type WordFeatures, type WordedText } from './lexical.js';

/** The candidate spans of a passage, and what their words tell of them: all of it from the text alone. */

/** Longest candidate, in words. */
export const MAX_WIDTH = 8;

/** Throws a RangeError for a passage that does not have a vector of the space for each word. */
export function checkPassage({ scale }: WordSpace, { words, wordVectors }: PassageInput): void {
  const d = scale.mean.length;
  if (wordVectors.length === words.length * d) return;
  throw new RangeError(
    `${words.length} words need ${words.length} × ${d} numbers, but there are ${wordVectors.length}`,
  );
}

/**
 * Stretches of words that no candidate crosses the border of: a blank line ends one. As [first, end) word indices.
 */
export function segments({ text, words }: WordedText): Range[] {
  const result: Range[] = [];
  let start = 0;
  for (let w = 1; w <= words.length; w++) {
    if (w < words.length && !/\n\s*\n/.test(text.slice(words[w - 1]!.end, words[w]!.start))) continue;
    result.push({ start, end: w });
    start = w;
  }
  return result.filter(({ start: from, end }) => end > from);
}

/**
 * Where the span of words [first, last] stands in the text, in UTF-16 units. A full stop directly after the last word
 * belongs to it where it does not end a sentence ("Calif., U.S. and").
 */
export function spanRange({ text, words }: WordedText, first: number, last: number): Range {
  const { start } = words[first]!;
  const { start: lastStart, end } = words[last]!;
  if (text[end] !== '.') return { start, end };
  const abbreviated =
    text.slice(lastStart, end).includes('.') || /^\.\s*[\p{Ll}\p{N},;)]/u.test(text.slice(end, end + 8));
  return { start, end: abbreviated ? end + 1 : end };
}

/** The words that a stretch of the text covers or touches, as indices; undefined where there are none. */
export function wordsCovered({ words }: WordedText, range: Range): { first: number; last: number } | undefined {
  const first = words.findIndex((word) => word.end > range.start);
  const last = words.findLastIndex((word) => word.start < range.end);
  return first < 0 || last < first ? undefined : { first, last };
}

/** Tells features of spans apart. */
export const SPAN_SALT = { width: 21, words: 22, shapes: 23, memory: 24 };

/** Running hashes of a span that grows by a word at a time. */
export class SpanHash {
  #words = SPAN_SALT.words;
  #shapes = SPAN_SALT.shapes;
  #width = 0;

  reset(): void {
    this.#words = SPAN_SALT.words;
    this.#shapes = SPAN_SALT.shapes;
    this.#width = 0;
  }

  add(features: WordFeatures, word: number): void {
    this.#words = combine32(this.#words, features.identity[word]!);
    this.#shapes = combine32(this.#shapes, features.shape[word]!);
    this.#width++;
  }

  /** Names the words of the span, in [0, COLUMNS): the key of the memory of labelled mentions. */
  get words(): number {
    return this.#words & (COLUMNS - 1);
  }

  /** Column of the shapes of all its words. */
  get shapes(): number {
    return this.#shapes & (COLUMNS - 1);
  }

  /** Column of its width. */
  get width(): number {
    return combine32(SPAN_SALT.width, this.#width) & (COLUMNS - 1);
  }
}

/** Column of 'the same words were given label k elsewhere'. */
export function memoryColumn(label: number): number {
  return combine32(SPAN_SALT.memory, label) & (COLUMNS - 1);
}
