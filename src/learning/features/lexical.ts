import type { SparseRows } from '../linear/design.js';
import { combine32, hash32 } from '../random.js';
import type { PassageInput } from '../types.js';

/**
 * Sparse lexical features: what a passage or a word is made of, hashed into a fixed number of columns (Weinberger et al.,
 * "Feature hashing for large scale multitask learning", 2009, without the sign), so that no vocabulary has to be kept.
 */

/** Number of columns that hashes are folded into. */
export const COLUMNS = 1 << 18;

const SALT = {
  word: 1,
  pair: 2,
  gram: 3,
  shape: 4,
  prefix: 5,
  suffix: 6,
  before: 7,
  after: 8,
  opening: 9,
  span: 10,
  spanShape: 11,
};

const column = (hash: number): number => hash & (COLUMNS - 1);

export type WordedText = Pick<PassageInput, 'text' | 'words'>;

/** Length of the character n-grams of passages. */
const GRAM = 4;

/**
 * Counts of a passage's lower-cased words, pairs of neighbouring words and character 4-grams (over each word with its
 * borders marked), by sublinear term frequency 1 + ln(tf). One row a passage.
 */
export function lexicalRows(passages: readonly WordedText[]): SparseRows {
  const starts = new Uint32Array(passages.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  const counts = new Map<number, number>();
  const count = (hash: number) => counts.set(column(hash), (counts.get(column(hash)) ?? 0) + 1);
  passages.forEach(({ text, words }, row) => {
    counts.clear();
    let previous = 0;
    for (const { start, end } of words) {
      const word = `<${text.slice(start, end).toLowerCase()}>`;
      const hash = hash32(word, SALT.word);
      count(hash);
      count(combine32(previous, hash) ^ SALT.pair);
      previous = hash;
      for (let i = 0; i + GRAM < word.length; i++) count(hash32(word, SALT.gram, i, i + GRAM));
      if (word.length > GRAM) count(hash32(word, SALT.gram, word.length - GRAM));
    }
    for (const [c, tf] of counts) {
      columns.push(c);
      values.push(1 + Math.log(tf));
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

/** TF-IDF: rows times the worth of their columns, each scaled to length 1; columns worth nothing are left out. */
export function weightedRows(rows: SparseRows, worth: Float32Array): SparseRows {
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
    const norm = Math.sqrt(squared);
    for (let e = starts[r]!; e < at; e++) values[e]! /= norm;
    starts[r + 1] = at;
  }
  return { starts, columns: columns.slice(0, at), values: values.slice(0, at) };
}

/** Rows [r…] of sparse rows, in the order given. */
export function selectSparse(rows: SparseRows, selection: ArrayLike<number>): SparseRows {
  const starts = new Uint32Array(selection.length + 1);
  for (let i = 0; i < selection.length; i++) {
    const r = selection[i]!;
    starts[i + 1] = starts[i]! + rows.starts[r + 1]! - rows.starts[r]!;
  }
  const columns = new Uint32Array(starts[selection.length]!);
  const values = new Float32Array(columns.length);
  for (let i = 0; i < selection.length; i++) {
    const [from, to] = [rows.starts[selection[i]!]!, rows.starts[selection[i]! + 1]!];
    columns.set(rows.columns.subarray(from, to), starts[i]);
    values.set(rows.values.subarray(from, to), starts[i]);
  }
  return { starts, columns, values };
}
