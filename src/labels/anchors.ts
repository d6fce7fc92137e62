import type { Document, Range } from '../corpus/types.js';
import { sha16 } from './annotation.js';
import type { Annotation, ClassLabel, Entity, Review } from './annotation.js';
import { textOf } from './create.js';

/** Where an annotation stands in the document as it is now. Offsets are code points. */
export type Anchoring =
  | { readonly state: 'exact' }
  /** The text is found elsewhere. Nothing has been changed: whoever uses the new spans must report it. */
  | { readonly state: 'moved'; readonly spans: readonly Range[] }
  /** `reason` is a sentence for a person. */
  | { readonly state: 'stale'; readonly reason: string };

type Text = Pick<Document, 'text' | 'map'>;

const exact: Anchoring = { state: 'exact' };

/** Code points of agreeing context that make a place believable; a quote of this length needs no more. */
const enough = 8;
/** By how many code points the best place must agree better than the next. */
const margin = 4;

/**
 * Checks an annotation against its document and, where the text has moved, finds it again: an entity by its quote and
 * the context around it, a passage by its ends and hash. Of several places none is guessed: that is stale, as is what
 * was changed itself. Relations, and rejections of relations, stand where their ends do and are always exact.
 */
export function anchor(annotation: Annotation, document: Text): Anchoring {
  switch (annotation.type) {
    case 'entity':
      return quoteAnchor(annotation.spans, annotation, document);
    case 'class':
    case 'review':
      return passageAnchor(annotation, document);
    case 'rejection': {
      const spans = annotation.spans ?? [];
      const quotes = spans.flatMap(({ start, end, text }) => (text === undefined ? [] : [{ start, end, text }]));
      if (quotes.length === spans.length && quotes.length > 0) {
        return quoteAnchor(quotes, { before: '', after: '' }, document);
      }
      const inside = spans.every(({ start, end }) => start < end && end <= document.map.length);
      return inside ? exact : { state: 'stale', reason: 'it reaches past the end of the document' };
    }
    case 'relation':
      return exact;
  }
}

function quoteAnchor(
  spans: Entity['spans'],
  { before, after }: Pick<Entity, 'before' | 'after'>,
  document: Text,
): Anchoring {
  if (spans.every((span) => stands(span, span.text, document))) return exact;
  const first = spans[0]!;
  const quote = spans.map(({ text }) => text).join(' … ');
  if (first.text === '') return { state: 'stale', reason: 'it quotes nothing' };

  // Several spans are looked for at the distance that they had from each other.
  const places: { shift: number; agreement: number }[] = [];
  for (const start of occurrences(first.text, document)) {
    const shift = start - first.start;
    const moved = spans.every((span) =>
      stands({ start: span.start + shift, end: span.end + shift }, span.text, document),
    );
    if (moved) places.push({ shift, agreement: agreementAt(spans, shift, before, after, document) });
  }
  if (places.length === 0) return { state: 'stale', reason: `'${quote}' is no longer there` };

  const [best, next] = places.sort((a, b) => b.agreement - a.agreement);
  const context = lengthOf(before) + lengthOf(after);
  const believable =
    best!.agreement >= Math.min(enough, context) && (context > 0 || lengthOf(first.text) >= enough || spans.length > 1);
  if (!believable) {
    // A long quote that occurs once speaks for itself.
    if (places.length > 1 || lengthOf(first.text) < 2 * enough) {
      return { state: 'stale', reason: `'${quote}' occurs, but in other surroundings` };
    }
  } else if (next !== undefined && best!.agreement - next.agreement < margin) {
    return { state: 'stale', reason: `'${quote}' occurs ${places.length} times, and more than one place fits` };
  }
  return {
    state: 'moved',
    spans: spans.map(({ start, end }) => ({ start: start + best!.shift, end: end + best!.shift })),
  };
}

/** How many code points before and after the spans are as they were. */
function agreementAt(spans: Entity['spans'], shift: number, before: string, after: string, document: Text): number {
  const start = Math.min(...spans.map((span) => span.start)) + shift;
  const end = Math.max(...spans.map((span) => span.end)) + shift;
  const earlier = Array.from(textOf(document, { start: Math.max(0, start - lengthOf(before)), end: start })).reverse();
  const later = Array.from(textOf(document, { start: end, end: Math.min(document.map.length, end + lengthOf(after)) }));
  return commonPrefix(Array.from(before).reverse(), earlier) + commonPrefix(Array.from(after), later);
}

function commonPrefix(a: readonly string[], b: readonly string[]): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

function passageAnchor(
  { spans, first, sha }: Pick<ClassLabel | Review, 'spans' | 'first' | 'sha'>,
  document: Text,
): Anchoring {
  const { start, end } = spans[0]!;
  const here = (passage: Range): boolean =>
    passage.end <= document.map.length && sha16(textOf(document, passage)) === sha;
  if (start < end && here({ start, end })) return exact;
  if (first === '') return { state: 'stale', reason: 'it quotes nothing' };
  const length = end - start;
  const candidates = [...occurrences(first, document)];
  const places = candidates.filter((at) => here({ start: at, end: at + length }));
  if (places.length === 1) return { state: 'moved', spans: [{ start: places[0]!, end: places[0]! + length }] };
  const head = `the passage that begins '${first}'`;
  if (places.length > 1) return { state: 'stale', reason: `${head} occurs ${places.length} times` };
  if (candidates.length > 0) return { state: 'stale', reason: `${head} was changed` };
  return { state: 'stale', reason: `${head} is no longer there` };
}

function stands({ start, end }: Range, text: string, document: Text): boolean {
  return start >= 0 && start < end && end <= document.map.length && textOf(document, { start, end }) === text;
}

/** Starts of all occurrences of a text, in code points; overlapping ones too. */
function* occurrences(text: string, document: Text): Iterable<number> {
  for (let at = document.text.indexOf(text); at !== -1; at = document.text.indexOf(text, at + 1)) {
    yield document.map.toCodePoint(at);
  }
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
