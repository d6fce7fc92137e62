import type { Range } from '../corpus/types.js';
import type { Encoded } from './types.js';

/**
 * A row a word: the mean of the vectors of the pieces that overlap it (words and pieces in UTF-16 units, both in
 * order). A word without a piece (its characters are ones that the tokenizer drops) has zeros: nothing is known of it,
 * and a neighbour's vector would say something false.
 */
export function wordVectors(encoded: Encoded, words: readonly Range[]): Float32Array {
  const dimensions = encoded.vector.length;
  const { pieces, tokens } = encoded;
  const rows = new Float32Array(words.length * dimensions);
  let first = 0;
  words.forEach((word, w) => {
    while (first < pieces.length && pieces[first]!.end <= word.start) first++;
    const row = rows.subarray(w * dimensions, (w + 1) * dimensions);
    let count = 0;
    for (let p = first; p < pieces.length && pieces[p]!.start < word.end; p++) {
      const { start, end } = pieces[p]!;
      if (end <= word.start || start >= end) continue;
      count++;
      for (let d = 0; d < dimensions; d++) row[d]! += tokens[p * dimensions + d]!;
    }
    if (count > 1) for (let d = 0; d < dimensions; d++) row[d]! /= count;
  });
  return rows;
}
