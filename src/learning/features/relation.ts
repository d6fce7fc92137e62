import type { Range } from '../../corpus/types.js';
import type { DenseRows, SparseRows } from '../linear/design.js';
import { combine32, hash32 } from '../random.js';
import type { Mention, PassageInput } from '../types.js';
import type { WordSpace } from './entity.js';
import { checkPassage, wordsCovered } from './spans.js';
import { COLUMNS, wordFeatures } from './lexical.js';
import type { Scale } from './scale.js';

/**
 * What the relation head sees of a pair of mentions in a passage: the mean vector of the head's words, of the tail's, the
 * product of both, and the mean of the words between them, all scaled; joined with the labels of the ends, order,
 * distance, and the words of both, between them and beside them, hashed.
 */

/** Mentions of a passage by the words that they cover, as [start, end) word indices; empty where they cover none. */
export function placeMentions(passage: PassageInput, mentions: readonly Range[]): Range[] {
  return mentions.map((mention) => {
    const covered = wordsCovered(passage, mention);
    return covered ? { start: covered.first, end: covered.last + 1 } : { start: 0, end: 0 };
  });
}

/** The words between two placed mentions; empty where they touch or overlap. */
export function wordsBetween(a: Range, b: Range): Range {
  const start = Math.min(a.end, b.end);
  return { start, end: Math.max(start, Math.max(a.start, b.start)) };
}

/** Indices of mentions of one passage. */
export interface Pair {
  readonly head: number;
  readonly tail: number;
}

export interface PassagePairs {
  readonly passage: PassageInput;
  readonly mentions: readonly Mention[];
  readonly pairs: readonly Pair[];
}

const SALT = { ends: 31, distance: 32, order: 33, head: 34, tail: 35, between: 36, left: 37, right: 38, bridge: 39 };
/** Words between mentions that are looked at one by one; a longer way says little by its words. */
const MAX_BETWEEN = 12;
/** Value of each word of a mention or beside it, of which there are several to a mention. */
const WORD_VALUE = 0.5;

/** How pairEntries hashes, for those who want to do the same (docs/export-head.md). */
export const PAIR_HASHING = { salts: SALT, maxBetween: MAX_BETWEEN, wordValue: WORD_VALUE } as const;

/** Features of the pairs of passages, a row a pair: dense rows of four times the words' dimensions, and sparse rows. */
export function relationFeatures(
  passages: readonly PassagePairs[],
  space: WordSpace,
): { dense: DenseRows; sparse: SparseRows } {
  const { scale } = space;
  const d = scale.mean.length;
  const rows = passages.reduce((sum, { pairs }) => sum + pairs.length, 0);
  const data = new Float64Array(rows * 4 * d);
  const starts = new Uint32Array(rows + 1);
  const columns: number[] = [];
  const values: number[] = [];
  let row = 0;
  for (const { passage, mentions, pairs } of passages) {
    checkPassage(space, passage);
    const { identity } = wordFeatures(passage);
    const placed = placeMentions(passage, mentions);
    for (const pair of pairs) {
      addVectors(data.subarray(row * 4 * d, (row + 1) * 4 * d), passage, scale, placed[pair.head]!, placed[pair.tail]!);
      for (const [column, value] of pairEntries(passage.text, identity, mentions, placed, pair)) {
        columns.push(column);
        values.push(value);
      }
      starts[++row] = columns.length;
    }
  }
  return {
    dense: { rows, dimensions: 4 * d, data },
    sparse: { starts, columns: Uint32Array.from(columns), values: Float32Array.from(values) },
  };
}

function addVectors(row: Float64Array, passage: PassageInput, scale: Scale, head: Range, tail: Range): void {
  const d = scale.mean.length;
  const [h, t] = [row.subarray(0, d), row.subarray(d, 2 * d)];
  addScaledMean(h, passage, scale, head);
  addScaledMean(t, passage, scale, tail);
  addScaledMean(row.subarray(3 * d), passage, scale, wordsBetween(head, tail));
  // A product of two vectors that are one long is about 1/√d long.
  for (let i = 0; i < d; i++) row[2 * d + i] = h[i]! * t[i]! * Math.sqrt(d);
}

function addScaledMean(target: Float64Array, { wordVectors }: PassageInput, scale: Scale, words: Range): void {
  const d = target.length;
  const share = 1 / (words.end - words.start);
  for (let w = words.start; w < words.end; w++) {
    for (let i = 0; i < d; i++) {
      target[i]! += share * (wordVectors[w * d + i]! - scale.mean[i]!) * scale.factor;
    }
  }
}

/**
 * The sparse features of a pair: columns with their values.
 * @param identity of the passage's words (lexical.ts)
 * @param placed the mentions by their words (placeMentions)
 */
export function pairEntries(
  text: string,
  identity: Uint32Array,
  mentions: readonly Mention[],
  placed: readonly Range[],
  pair: Pair,
): Map<number, number> {
  const entries = new Map<number, number>();
  const add = (hash: number, value = 1) => {
    const column = hash & (COLUMNS - 1);
    entries.set(column, (entries.get(column) ?? 0) + value);
  };
  const addWords = (salt: number, { start, end }: Range, value: number) => {
    for (const word of identity.subarray(start, end)) add(combine32(salt, word), value);
  };
  const [head, tail] = [mentions[pair.head]!, mentions[pair.tail]!];
  const [headWords, tailWords] = [placed[pair.head]!, placed[pair.tail]!];
  const headFirst = head.start <= tail.start;
  const order = combine32(SALT.order, headFirst ? 1 : 2);
  const ends = hash32(`${head.label}\0${tail.label}`, SALT.ends);
  const between = wordsBetween(headWords, tailWords);
  const length = between.end - between.start;
  add(ends);
  add(order);
  add(combine32(ends, order));
  add(combine32(SALT.distance, Math.round(2 * Math.log2(1 + length))));
  addWords(SALT.head, headWords, WORD_VALUE);
  addWords(SALT.tail, tailWords, WORD_VALUE);
  const shown = { start: between.start, end: Math.min(between.end, between.start + MAX_BETWEEN) };
  const value = 1 / Math.sqrt(Math.max(1, shown.end - shown.start));
  addWords(SALT.between, shown, value);
  addWords(combine32(SALT.between, order), shown, value);
  if (length < MAX_BETWEEN) {
    const bridge = text.slice(Math.min(head.end, tail.end), Math.max(head.start, tail.start)).trim().toLowerCase();
    add(combine32(order, hash32(bridge, SALT.bridge)));
  }
  const left = Math.min(headWords.start, tailWords.start);
  const right = Math.max(headWords.end, tailWords.end);
  addWords(SALT.left, { start: Math.max(0, left - 1), end: left }, WORD_VALUE);
  addWords(SALT.right, { start: right, end: right + 1 }, WORD_VALUE);
  return entries;
}
