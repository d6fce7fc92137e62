import type { WordedText } from '../../../src/learning/features/lexical.js';
import { hash32, Random } from '../../../src/learning/random.js';
import type { Mention, PassageInput } from '../../../src/learning/types.js';

export const DIMENSIONS = 8;

/** A text with its words, roughly: enough for tests. */
export function worded(text: string): WordedText {
  const words = [...text.matchAll(/[\p{L}\p{N}]+(?:\.\p{L})*/gu)].map(({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
  }));
  return { text, words };
}

/** A passage whose word vectors are random by word: equal words have equal vectors, and nothing else is alike. */
export function passage(text: string): PassageInput {
  const { words } = worded(text);
  const wordVectors = Float32Array.from(
    words.flatMap(({ start, end }) => {
      const random = new Random(hash32(text.slice(start, end).toLowerCase()));
      return Array.from({ length: DIMENSIONS }, () => random.uniform() - 0.5);
    }),
  );
  const vector = Float32Array.from({ length: DIMENSIONS }, (_, i) =>
    words.reduce((sum, __, w) => sum + wordVectors[w * DIMENSIONS + i]! / words.length, 0),
  );
  return { text, words, vector, wordVectors };
}

/** The first occurrence of a quotation in a text, labelled. */
export function mention(text: string, quotation: string, label: string): Mention {
  const start = text.indexOf(quotation);
  if (start < 0) throw new Error(`'${quotation}' does not occur in '${text}'`);
  return { start, end: start + quotation.length, label };
}

/** Sum of the values of a distribution. */
export function total(distribution: Readonly<Record<string, number>>): number {
  return Object.values(distribution).reduce((sum, p) => sum + p, 0);
}
