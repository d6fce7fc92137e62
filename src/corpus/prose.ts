import type { Document, Range } from './types.js';

/**
 * Stands for inline markup: word joiner, which segmentation sees through (UAX #29, class Format), so that
 * `un**believ**able` is one word and the full stop of `**Dr.** Smith` no end of a sentence.
 */
export const MARK = '\u2060';

/**
 * The text of a stretch of a document (code points), with what is not prose replaced unit for unit: by spaces where
 * it parts lines (the `>` of a quote, `<br>`), else by `MARK`.
 */
export function proseText({ text, map, prose }: Document, stretch: Range): string {
  const start = map.toUtf16(stretch.start);
  const whole = text.slice(start, map.toUtf16(stretch.end));
  if (prose === undefined) return whole;

  let masked = '';
  const keep = (from: number, to: number): void => {
    masked += maskMarkup(whole.slice(masked.length, from)) + whole.slice(from, to);
  };
  for (let i = firstEndingAfter(prose, stretch.start); i < prose.length && prose[i]!.start < stretch.end; i++) {
    const piece = prose[i]!;
    keep(Math.max(0, map.toUtf16(piece.start) - start), Math.min(whole.length, map.toUtf16(piece.end) - start));
  }
  keep(whole.length, whole.length);
  return masked;
}

function maskMarkup(markup: string): string {
  if (/^>+$/.test(markup)) return ' '.repeat(markup.length);
  return markup.replace(/<br\b[^>]*>|[^]/gi, (part) => (part.length > 1 ? ' ' : MARK).repeat(part.length));
}

/** Index of the first range that ends after `offset`. Ranges are in order. */
function firstEndingAfter(ranges: readonly Range[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
