import type { WordedText } from '../../../src/learning/features/lexical.js';

/** A text with its words and punctuation marks, roughly: enough for tests. */
export function worded(text: string): WordedText {
  const words = [...text.matchAll(/[\p{L}\p{N}]+/gu)].map(({ index, 0: word }) => ({
    start: index,
    end: index + word.length,
  }));
  return { text, words };
}
