import { MARK, proseText } from './prose.js';
import type { Document, Range } from './types.js';

const segmenters = new Map<string, Intl.Segmenter>();

/**
 * The words of a text in UTF-16 units, as UAX #29 finds them: numbers and words of every script, without spaces and
 * punctuation. "don't" is one word, "well-kept" two. English unless a locale is given, so that words do not
 * depend on the machine.
 */
export function wordsOf(text: string, locale = 'en'): Range[] {
  let segmenter = segmenters.get(locale);
  if (segmenter === undefined) {
    segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
    segmenters.set(locale, segmenter);
  }
  const words: Range[] = [];
  for (const { segment, index, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true) words.push({ start: index, end: index + segment.length });
  }
  return words;
}

/**
 * The words of a stretch of a document (code points), in UTF-16 units into that stretch's text. No word lies in
 * markup: a link's target, an HTML tag.
 */
export function wordsIn(document: Document, stretch: Range, locale?: string): Range[] {
  const text = proseText(document, stretch);
  // The segmenter leaves marks that follow a word with the word.
  return wordsOf(text, locale).map((word) => withoutMarks(text, word));
}

function withoutMarks(text: string, { start, end }: Range): Range {
  let last = end;
  while (text[last - 1] === MARK) last--;
  return { start, end: last };
}
