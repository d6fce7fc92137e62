import type { SparseRows } from '../linear/design.js';
import { combine32, hash32 } from '../random.js';
import type { PassageInput } from '../types.js';

/**
 * Sparse lexical features: what a passage or a word is made of, hashed into a fixed number of columns (Weinberger et al.,
 * "Feature hashing for large scale multitask learning", 2009, without the sign), so that no vocabulary has to be kept.
 */

/** Number of columns that hashes are folded into. */
export const COLUMNS = 1 << 18;

/** Tells features of different kinds apart. */
const SALT = { word: 1, pair: 2, gram: 3, shape: 4, prefix: 5, suffix: 6, ending: 7, opening: 8, before: 9, after: 10 };

const column = (hash: number) => hash & (COLUMNS - 1);

export type WordedText = Pick<PassageInput, 'text' | 'words'>;

/** Length of the character n-grams of passages, and what one counts against a word: a word has several. */
const GRAM = 4;
const GRAM_VALUE = 0.5;

/** How lexicalRows hashes, for those who want to do the same (docs/export-head.md). */
export const LEXICAL_HASHING = {
  salts: { word: SALT.word, pair: SALT.pair, gram: SALT.gram },
  gram: GRAM,
  gramValue: GRAM_VALUE,
} as const;

/** How wordFeatures salts its hashes, for the same. */
export const WORD_HASHING = {
  word: SALT.word,
  shape: SALT.shape,
  prefix: SALT.prefix,
  suffix: SALT.suffix,
  ending: SALT.ending,
  opening: SALT.opening,
  before: SALT.before,
  after: SALT.after,
} as const;

/**
 * Counts of a passage's lower-cased words, pairs of neighbouring words and character 4-grams (within each word, its borders
 * marked), by sublinear term frequency 1 + ln(tf). One row a passage.
 */
export function lexicalRows(passages: readonly WordedText[]): SparseRows {
  const starts = new Uint32Array(passages.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  const words = new Map<number, number>();
  const grams = new Map<number, number>();
  const count = (counts: Map<number, number>, hash: number) =>
    counts.set(column(hash), (counts.get(column(hash)) ?? 0) + 1);
  passages.forEach((passage, row) => {
    words.clear();
    grams.clear();
    let previous = 0;
    for (const { start, end } of passage.words) {
      const word = `<${passage.text.slice(start, end).toLowerCase()}>`;
      const hash = hash32(word, SALT.word);
      count(words, hash);
      count(words, combine32(combine32(SALT.pair, previous), hash));
      previous = hash;
      // A word as long as one n-gram is counted as a word already.
      for (let i = word.length > GRAM ? GRAM : Infinity; i <= word.length; i++) {
        count(grams, hash32(word, SALT.gram, i - GRAM, i));
      }
    }
    for (const [c, tf] of words) {
      columns.push(c);
      values.push(1 + Math.log(tf));
    }
    for (const [c, tf] of grams) {
      if (words.has(c)) continue;
      columns.push(c);
      values.push(GRAM_VALUE * (1 + Math.log(tf)));
    }
    starts[row + 1] = columns.length;
  });
  return { starts, columns: Uint32Array.from(columns), values: Float32Array.from(values) };
}

/**
 * What each column is worth in a pool: inverse document frequency ln((1 + n) / (1 + df)) + 1, and nothing for a column
 * that occurs in a single passage, from which nothing can be concluded about another.
 */
export function rarity(pool: SparseRows): Float32Array {
  const frequency = new Uint32Array(COLUMNS);
  for (const c of pool.columns) frequency[c]!++;
  const n = pool.starts.length - 1;
  return Float32Array.from(frequency, (df) => (df < 2 ? 0 : Math.log((1 + n) / (1 + df)) + 1));
}

/** TF-IDF: rows times the worth of their columns, each brought to a length; columns worth nothing are left out. */
export function weightedRows(rows: SparseRows, worth: Float32Array, length: number): SparseRows {
  const n = rows.starts.length - 1;
  const starts = new Uint32Array(n + 1);
  const columns = new Uint32Array(rows.columns.length);
  const values = new Float32Array(rows.columns.length);
  let at = 0;
  for (let r = 0; r < n; r++) {
    let squared = 0;
    for (let e = rows.starts[r]!; e < rows.starts[r + 1]!; e++) {
      const c = rows.columns[e]!;
      const value = rows.values[e]! * worth[c]!;
      if (value === 0) continue;
      columns[at] = c;
      values[at++] = value;
      squared += value * value;
    }
    const factor = length / Math.sqrt(squared);
    for (let e = starts[r]!; e < at; e++) values[e]! *= factor;
    starts[r + 1] = at;
  }
  return { starts, columns: columns.slice(0, at), values: values.slice(0, at) };
}

/** Lexical features of one word, as many for each. */
export const WORD_FEATURES = 8;

export interface WordFeatures {
  /** words × WORD_FEATURES columns: word, shape, prefix, suffixes, shape at the start of a sentence, gaps around it. */
  readonly columns: Uint32Array;
  /** A hash of each word, lower-cased, and of its shape: spans combine them. */
  readonly identity: Uint32Array;
  readonly shape: Uint32Array;
  /** Kind of each word, from WordKind. */
  readonly kinds: Uint8Array;
}

/** How a word is written, as far as that tells names from other words. */
export const WordKind = {
  /** Lower case, or a script without case, or no letters at all. */
  plain: 0,
  /** Begins with a capital where any word would: after a full stop or at the very start. */
  opening: 1,
  /** A capital elsewhere, or letters mixed with digits. */
  name: 2,
} as const;

/** What depends on a word's spelling alone, worked out once a spelling. */
interface Spelling {
  readonly identity: number;
  readonly shape: number;
  /** Columns of word, shape, prefix, suffix, ending; then of the shape within and at the start of a sentence. */
  readonly columns: readonly number[];
  readonly within: number;
  readonly opening: number;
  readonly kindWithin: number;
  readonly kindOpening: number;
}

/** Spellings met so far. Pass the same one again to save time; it is emptied before it grows large. */
export type Spellings = Map<string, Spelling>;

const MAX_SPELLINGS = 100_000;

/** Features of every word of a passage. */
export function wordFeatures({ text, words }: WordedText, spellings: Spellings = new Map()): WordFeatures {
  const n = words.length;
  const columns = new Uint32Array(n * WORD_FEATURES);
  const identity = new Uint32Array(n);
  const shape = new Uint32Array(n);
  const kinds = new Uint8Array(n);
  for (let w = 0; w < n; w++) {
    const { start, end } = words[w]!;
    const word = text.slice(start, end);
    let spelling = spellings.get(word);
    if (spelling === undefined) {
      if (spellings.size >= MAX_SPELLINGS) spellings.clear();
      spellings.set(word, (spelling = spell(word)));
    }
    const before = gap(text, w > 0 ? words[w - 1]!.end : 0, start);
    const after = gap(text, end, w + 1 < n ? words[w + 1]!.start : text.length);
    const opening = w === 0 || (before !== ' ' && /[.!?:"“«\n]/u.test(before));
    identity[w] = spelling.identity;
    shape[w] = spelling.shape;
    kinds[w] = opening ? spelling.kindOpening : spelling.kindWithin;
    const at = w * WORD_FEATURES;
    columns.set(spelling.columns, at);
    columns[at + 5] = opening ? spelling.opening : spelling.within;
    columns[at + 6] = column(hash32(before, SALT.before));
    columns[at + 7] = column(hash32(after, SALT.after));
  }
  return { columns, identity, shape, kinds };
}

function spell(word: string): Spelling {
  const lower = word.toLowerCase();
  const form = wordShape(word);
  const identity = hash32(lower, SALT.word);
  const shape = hash32(form, SALT.shape);
  const capital = /^\p{Lu}/u.test(word);
  const name = /\p{L}.*\p{N}|\p{N}.*\p{L}|\p{Ll}.*\p{Lu}|^\p{Lu}{2}/u.test(word);
  return {
    identity,
    shape,
    columns: [
      identity,
      shape,
      hash32(lower.slice(0, 3), SALT.prefix),
      hash32(lower.slice(-3), SALT.suffix),
      hash32(lower.slice(-2), SALT.ending),
    ].map(column),
    within: column(hash32(form, SALT.opening)),
    opening: column(hash32(`^${form}`, SALT.opening)),
    kindWithin: name || capital ? WordKind.name : WordKind.plain,
    kindOpening: name ? WordKind.name : capital ? WordKind.opening : WordKind.plain,
  };
}

/** Upper-case letters as X, lower-case and caseless ones as x, digits as 9, the rest as itself; runs shortened to one. */
export function wordShape(word: string): string {
  return word
    .replace(/\p{Lu}+/gu, 'X')
    .replace(/[\p{L}\p{M}]+/gu, (run) => (run === 'X' ? run : run.replace(/[^X]+/gu, 'x')))
    .replace(/\p{N}+/gu, '9');
}

/** What stands between two words: white space as one character, no more than three characters. */
function gap(text: string, start: number, end: number): string {
  if (end - start === 1 && text.charCodeAt(start) === 32) return ' ';
  return text
    .slice(start, end)
    .replace(/\s*\n\s*/g, '\n')
    .replace(/[^\S\n]+/g, ' ')
    .slice(0, 3);
}
