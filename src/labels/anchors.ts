import type { Document, Range } from '../corpus/types.js';
import { sha16, type Annotation, type ClassLabel, type Entity, type Rejection, type Review } from './annotation.js';
import { textOf } from './create.js';

/** A line that has a place of its own in the text; a relation's place is that of its ends. */
export type Anchored = Exclude<Annotation, { type: 'relation' }>;

export type AnchorState =
  | { readonly state: 'exact' }
  /** The text moved; the line still says where it was. */
  | { readonly state: 'moved'; readonly spans: readonly Range[] }
  | { readonly state: 'stale'; readonly reason: string };

/**
 * Compares a line with the text as it is now. A line whose text stands elsewhere is 'moved' only where there is one
 * best place for it: the quotation with the same surroundings, else the only such quotation. Nothing is changed here;
 * the caller says what it does.
 */
export function anchor(annotation: Annotation, document: Document): AnchorState {
  switch (annotation.type) {
    case 'relation':
      return { state: 'exact' };
    case 'entity':
      return anchorQuotes(annotation, document);
    case 'class':
    case 'review':
      return anchorPassage(annotation, document);
    case 'rejection':
      return anchorRejection(annotation, document);
  }
}

function anchorRejection(annotation: Rejection, document: Document): AnchorState {
  const { spans } = annotation;
  if (spans === undefined) return { state: 'exact' };
  if (spans.every((span) => span.text === undefined)) {
    const past = spans.some(({ end }) => end > document.map.length);
    return past ? { state: 'stale', reason: pastTheEnd(document) } : { state: 'exact' };
  }
  return anchorQuotes(
    { spans: spans.map((span) => ({ ...span, text: span.text ?? '' })), before: '', after: '' },
    document,
  );
}

function anchorQuotes(
  { spans, before, after }: Pick<Entity, 'spans' | 'before' | 'after'>,
  document: Document,
): AnchorState {
  if (spans.every((span) => span.end <= document.map.length && textOf(document, span) === span.text))
    return { state: 'exact' };
  // A discontinuous entity moves as a whole: its parts keep their distances.
  const [first] = spans;
  if (first === undefined || first.text === '') return { state: 'stale', reason: 'it quotes nothing' };
  const places = occurrences(document, first.text)
    .map((start) =>
      spans.map((span) => ({ start: span.start - first.start + start, end: span.end - first.start + start })),
    )
    .filter((moved) =>
      moved.every(
        (range, i) =>
          range.start >= 0 && range.end <= document.map.length && textOf(document, range) === spans[i]!.text,
      ),
    );
  const quote = `“${spans.map(({ text }) => text).join(' … ')}”`;
  if (places.length === 0) return { state: 'stale', reason: `the text no longer holds ${quote}` };
  if (places.length === 1) return { state: 'moved', spans: places[0]! };
  const likeness = places.map((moved) => surroundings(document, moved, before, after));
  const best = Math.max(...likeness);
  const alike = places.filter((_, i) => likeness[i] === best);
  if (alike.length === 1 && best > 0) return { state: 'moved', spans: alike[0]! };
  return {
    state: 'stale',
    reason: `the text holds ${quote} ${places.length} times, and which one is meant is not clear`,
  };
}

/** Number of code points next to a place that are as they were. */
function surroundings(document: Document, spans: readonly Range[], before: string, after: string): number {
  const start = Math.min(...spans.map((span) => span.start));
  const end = Math.max(...spans.map((span) => span.end));
  const left = Array.from(
    textOf(document, { start: Math.max(0, start - codePoints(before).length), end: start }),
  ).reverse();
  const right = Array.from(
    textOf(document, { start: end, end: Math.min(document.map.length, end + codePoints(after).length) }),
  );
  return commonPrefix(left, codePoints(before).reverse()) + commonPrefix(right, codePoints(after));
}

function codePoints(text: string): string[] {
  return Array.from(text);
}

function commonPrefix(a: readonly string[], b: readonly string[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

function anchorPassage(
  { spans, first, last, sha }: Pick<ClassLabel | Review, 'spans' | 'first' | 'last' | 'sha'>,
  document: Document,
): AnchorState {
  const [span] = spans;
  if (span === undefined) return { state: 'stale', reason: 'it names no passage' };
  if (span.end <= document.map.length && sha16(textOf(document, span)) === sha) return { state: 'exact' };
  const length = span.end - span.start;
  const places = occurrences(document, first)
    .map((start) => ({ start, end: start + length }))
    .filter((range) => range.end <= document.map.length && sha16(textOf(document, range)) === sha);
  if (places.length === 1) return { state: 'moved', spans: places };
  const passage = `“${first} … ${last}”`;
  return places.length === 0
    ? { state: 'stale', reason: `the passage ${passage} was changed or removed` }
    : { state: 'stale', reason: `the passage ${passage} occurs ${places.length} times` };
}

/** Code-point offsets at which a quotation begins, overlapping ones too. */
function occurrences({ text, map }: Document, quote: string): number[] {
  const found: number[] = [];
  if (quote === '') return found;
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) found.push(map.toCodePoint(at));
  return found;
}

function pastTheEnd(document: Document): string {
  return `it lies past the end of the text, which has ${document.map.length} code points`;
}
