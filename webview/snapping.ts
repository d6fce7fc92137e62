import { piecesOf } from '../src/corpus/words.js';
import type { ViewSpan } from '../src/protocol/panel.js';

/**
 * How a drag or a key press becomes a stretch of whole words. Offsets are UTF-16 units; nothing here ever splits a
 * grapheme cluster (UAX #29), so emoji sequences and combining marks stay whole even by character.
 */

/** Scripts that are written without spaces between words: a dictionary's word there is a guess, so a drag is not snapped to it. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

/** Shown as a picture: by itself, by what it is made of (flags), or because a variation selector says so (UTS #51). */
const emoji = /\p{Emoji_Presentation}|\p{Regional_Indicator}|\uFE0F/u;

/** What arrows move by and drags snap to: words, and emoji, which people label too. */
export function unitsOf(text: string): ViewSpan[] {
  return piecesOf(text, ({ segment, isWordLike }) => isWordLike === true || emoji.test(segment));
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
/** The segmenter copies its text, so the last text's segments are kept: a drag asks for them at every move. */
let segmented: { readonly text: string; readonly segments: Intl.Segments } | undefined;

function segmentsOf(text: string): Intl.Segments {
  if (segmented?.text !== text) segmented = { text, segments: graphemes.segment(text) };
  return segmented.segments;
}

/** The grapheme cluster that holds the unit at `offset`; empty at the end of the text. */
export function graphemeAt(text: string, offset: number): ViewSpan {
  const cluster = offset < 0 ? undefined : segmentsOf(text).containing(offset);
  if (cluster === undefined) return { start: text.length, end: text.length };
  return { start: cluster.index, end: cluster.index + cluster.segment.length };
}

/** The nearest cluster boundary at or before `offset`. */
export function boundaryBefore(text: string, offset: number): number {
  return offset >= text.length ? text.length : graphemeAt(text, offset).start;
}

/** The nearest cluster boundary at or after `offset`. */
export function boundaryAfter(text: string, offset: number): number {
  if (offset <= 0) return 0;
  if (offset >= text.length) return text.length;
  const cluster = graphemeAt(text, offset);
  return cluster.start === offset ? offset : cluster.end;
}

/** The cluster boundary one cluster further in a direction. */
export function step(text: string, offset: number, direction: 1 | -1): number {
  if (direction === 1) return offset >= text.length ? text.length : graphemeAt(text, offset).end;
  return offset <= 0 ? 0 : graphemeAt(text, offset - 1).start;
}

/** A stretch without white space at its edges; undefined when nothing else is in it. */
export function trimmed(text: string, span: ViewSpan): ViewSpan | undefined {
  const part = text.slice(span.start, span.end);
  const start = span.start + (part.length - part.trimStart().length);
  const end = span.end - (part.length - part.trimEnd().length);
  return start < end ? { start, end } : undefined;
}

/** Index of the first word that ends after `offset` (words.length when there is none). Binary search. */
export function wordFrom(words: readonly ViewSpan[], offset: number): number {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle]!.end > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The word at a caret: the one around it, else the one that ends there. */
export function wordAt(words: readonly ViewSpan[], offset: number): ViewSpan | undefined {
  const i = wordFrom(words, offset);
  const word = words[i];
  if (word !== undefined && word.start <= offset) return word;
  const before = words[i - 1];
  return before?.end === offset ? before : undefined;
}

/**
 * What a drag between two carets selects. By word: every word it touches, whole, and no punctuation at the edges;
 * an edge in a script without spaces stays where it was put. By character: exactly the clusters between, without
 * white space at the edges. A drag over punctuation alone takes that punctuation.
 */
export function snap(
  text: string,
  words: readonly ViewSpan[],
  anchor: number,
  focus: number,
  by: 'word' | 'character',
): ViewSpan | undefined {
  const low = Math.min(anchor, focus);
  const high = Math.max(anchor, focus);
  if (low === high) return by === 'word' ? wordAt(words, low) : undefined;
  const exact = { start: boundaryBefore(text, low), end: boundaryAfter(text, high) };
  if (by === 'character') return trimmed(text, exact);
  const first = wordFrom(words, low);
  let last = first;
  while (last < words.length && words[last]!.start < high) last++;
  const from = words[first];
  const to = words[last - 1];
  if (from === undefined || to === undefined || last === first) return trimmed(text, exact);
  return {
    start: isUnspaced(text, from) ? Math.max(from.start, exact.start) : from.start,
    end: isUnspaced(text, to) ? Math.min(to.end, exact.end) : to.end,
  };
}

function isUnspaced(text: string, word: ViewSpan): boolean {
  return unspaced.test(text.slice(word.start, word.end));
}
