import { MARK, proseText } from './prose.js';
import type { Document, Range } from './types.js';

const segmenters = new Map<string, Intl.Segmenter>();

/**
 * The words of a text in UTF-16 units, as UAX #29 finds them: numbers and words of every script, without spaces and
 * punctuation. "don't" is one word, "well-kept" two. English unless a locale is given, so that words do not
 * depend on the machine.
 */
export function wordsOf(text: string, locale = 'en'): Range[] {
  return piecesOf(text, ({ isWordLike }) => isWordLike === true, locale);
}

/** Those of the pieces into which UAX #29 takes a text apart that are wanted, in UTF-16 units. */
export function piecesOf(text: string, wanted: (piece: Intl.SegmentData) => boolean, locale = 'en'): Range[] {
  let segmenter = segmenters.get(locale);
  if (segmenter === undefined) {
    segmenter = new Intl.Segmenter(locale, { granularity: 'word' });
    segmenters.set(locale, segmenter);
  }
  const pieces: Range[] = [];
  for (const { start, end } of chunksOf(text)) {
    for (const piece of segmenter.segment(text.slice(start, end))) {
      const at = start + piece.index;
      if (wanted(piece)) pieces.push({ start: at, end: at + piece.segment.length });
    }
  }
  return pieces;
}

/** UTF-16 units that the segmenter is given at least: its time grows with the square of the length. */
const CHUNK = 512;

/**
 * A text in stretches of little more than CHUNK. It is cut only where UAX #29 always has a boundary, whatever surrounds
 * it: between a space, a line end or a full stop of Chinese and Japanese and a letter or digit.
 */
function* chunksOf(text: string): Iterable<Range> {
  const cut = /[ \n。！？](?=[\p{L}\p{N}])/gu;
  let start = 0;
  while (text.length - start > CHUNK) {
    cut.lastIndex = start + CHUNK;
    if (cut.exec(text) === null) break;
    yield { start, end: cut.lastIndex };
    start = cut.lastIndex;
  }
  yield { start, end: text.length };
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
