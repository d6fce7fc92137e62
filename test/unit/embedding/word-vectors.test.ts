import { describe, expect, it } from 'vitest';
import { wordVectors } from '../../../src/embedding/word-vectors.js';

describe('word vectors', () => {
  // "un|aff|able dog" and a word that has no piece
  const encoded = {
    vector: new Float32Array(2),
    pieces: [
      { start: 0, end: 2 },
      { start: 2, end: 5 },
      { start: 5, end: 9 },
      { start: 10, end: 13 },
      { start: 14, end: 14 },
    ],
    tokens: Float32Array.from([1, 0, 2, 0, 6, 3, -1, 4, 100, 100]),
  };

  it('are the mean of the pieces that overlap a word', () => {
    const rows = wordVectors(encoded, [
      { start: 0, end: 9 },
      { start: 10, end: 13 },
    ]);
    expect([...rows]).toEqual([3, 1, -1, 4]);
  });

  it('take a piece for every word that it overlaps', () => {
    const rows = wordVectors(encoded, [
      { start: 0, end: 3 },
      { start: 3, end: 9 },
    ]);
    expect([...rows]).toEqual([1.5, 0, 4, 1.5]);
  });

  it('are zeros where a word has no piece, whatever stands beside it', () => {
    const rows = wordVectors(encoded, [
      { start: 9, end: 10 },
      { start: 14, end: 16 },
    ]);
    expect([...rows]).toEqual([0, 0, 0, 0]);
  });
});
