import type { PassageView, ViewEntity, ViewSpan } from '../src/protocol/panel.js';
import { byPlace, extent, holds, joined, lengthOf, sameSpans } from './spans.js';
import { entityById, relationById, suggestionByKey } from './lookup.js';
import { step, trimmed, wordFrom } from './snapping.js';

/**
 * What a person has selected. It is all the state that the panel has of its own; everything else comes with the view.
 * A stretch of text lies between two units, the one where it began and the one where it ends now; a unit is a word, or
 * an empty span when going by character.
 */
export type Selection =
  | { readonly kind: 'none' }
  | TextSelection
  | { readonly kind: 'entity'; readonly id: string }
  | { readonly kind: 'relation'; readonly id: string }
  | { readonly kind: 'suggestion'; readonly key: string }
  /** Two entities that the model doubts the relation of. */
  | { readonly kind: 'pair'; readonly head: string; readonly tail: string };

export interface TextSelection {
  readonly kind: 'text';
  /** Parts of a discontinuous selection that are already fixed. */
  readonly parts: readonly ViewSpan[];
  readonly anchor: ViewSpan;
  readonly focus: ViewSpan;
  /** The entity whose bounds this changes, until it is confirmed. */
  readonly entity?: string;
}

export const nothing: Selection = { kind: 'none' };

/** Text selected as one unit: a word, or what a drag has snapped to. */
export function textAt(span: ViewSpan, parts: readonly ViewSpan[] = []): TextSelection {
  return { kind: 'text', parts, anchor: span, focus: span };
}

/** Text over given spans; the last is the one that arrows go on from. */
export function textOver(spans: readonly ViewSpan[]): Selection {
  const last = spans.at(-1);
  return last === undefined ? nothing : textAt(last, spans.slice(0, -1));
}

/** The part of a text selection that still moves, as it is, with white space at its edges if there is any. */
export function moving({ anchor, focus }: TextSelection): ViewSpan {
  return { start: Math.min(anchor.start, focus.start), end: Math.max(anchor.end, focus.end) };
}

/** What would be labelled now. */
export function spansOf(passage: PassageView, selection: Selection): readonly ViewSpan[] {
  switch (selection.kind) {
    case 'none':
      return [];
    case 'text': {
      const span = trimmed(passage.text, moving(selection));
      return joined(span === undefined ? selection.parts : [...selection.parts, span]);
    }
    case 'entity':
      return entityById(passage, selection.id)?.spans ?? [];
    case 'relation': {
      const relation = relationById(passage, selection.id);
      return relation === undefined ? [] : endSpans(passage, relation);
    }
    case 'suggestion': {
      const suggestion = suggestionByKey(passage, selection.key);
      if (suggestion?.head === undefined || suggestion.tail === undefined) return suggestion?.spans ?? [];
      return endSpans(passage, { head: suggestion.head, tail: suggestion.tail });
    }
    case 'pair':
      return endSpans(passage, selection);
  }
}

function endSpans(passage: PassageView, ends: { readonly head: string; readonly tail: string }): ViewSpan[] {
  return [ends.head, ends.tail].flatMap((end) => entityById(passage, end)?.spans ?? []);
}

/** The person's own entity that holds a stretch most closely: the smallest of those around it. */
export function innermost(passage: PassageView, span: ViewSpan): ViewEntity | undefined {
  let best: ViewEntity | undefined;
  for (const entity of passage.entities) {
    if (!entity.own || !holds(entity.spans, span)) continue;
    if (best === undefined || lengthOf(entity.spans) < lengthOf(best.spans)) best = entity;
  }
  return best;
}

/** Where the selection is, for what goes on from there. */
export function placeOf(passage: PassageView, selection: Selection): ViewSpan | undefined {
  if (selection.kind === 'text') return moving(selection);
  const spans = spansOf(passage, selection);
  return spans.length === 0 ? undefined : extent(spans);
}

/** What Tab and j/k go through, in document order: own entities, relations at their head, suggestions. */
export function itemsOf(passage: PassageView): Selection[] {
  const items: { readonly spans: readonly ViewSpan[]; readonly selection: Selection }[] = [];
  const heads = new Map(passage.entities.map((entity) => [entity.id, entity.spans]));
  for (const { id, own, spans } of passage.entities) {
    if (own) items.push({ spans, selection: { kind: 'entity', id } });
  }
  for (const { id, head } of passage.relations) {
    items.push({ spans: heads.get(head) ?? [], selection: { kind: 'relation', id } });
  }
  for (const { key, kind, head, spans } of passage.suggestions) {
    if (kind === 'class') continue;
    const place = head === undefined ? spans : (heads.get(head) ?? spans);
    items.push({ spans: place, selection: { kind: 'suggestion', key } });
  }
  return items.sort((a, b) => byPlace(a.spans, b.spans)).map(({ selection }) => selection);
}

/**
 * Names a selected entity, relation or suggestion; '' for anything else. The parts that show what is selected take this:
 * it stays the same while a cursor moves through text.
 */
export function itemName(selection: Selection): string {
  switch (selection.kind) {
    case 'entity':
    case 'relation':
      return `${selection.kind} ${selection.id}`;
    case 'suggestion':
      return `${selection.kind} ${selection.key}`;
    case 'none':
    case 'text':
    case 'pair':
      return '';
  }
}

/** Do both select the same entity, relation or suggestion? */
export function sameSelection(a: Selection, b: Selection): boolean {
  const name = itemName(a);
  return name !== '' && name === itemName(b);
}

/**
 * The item after or before the selection; undefined past the last one. From text it is the next item that begins
 * at the text or after it (before it, when going back).
 */
export function neighbour(passage: PassageView, selection: Selection, direction: 1 | -1): Selection | undefined {
  const items = itemsOf(passage);
  const at = items.findIndex((item) => sameSelection(item, selection));
  if (at !== -1) return items[at + direction];
  const place = placeOf(passage, selection);
  if (place === undefined) return direction === 1 ? items[0] : items.at(-1);
  const starts = items.map((item) => extent(spansOf(passage, item)).start);
  if (direction === 1) return items[starts.findIndex((start) => start >= place.start)];
  return items[starts.findLastIndex((start) => start < place.start)];
}

/** The word after or before a stretch. */
export function wordBeside(words: readonly ViewSpan[], span: ViewSpan, direction: 1 | -1): ViewSpan | undefined {
  if (direction === -1) {
    // The first word that ends after the start is the one at the start; before it lies the one wanted.
    return words[wordFrom(words, span.start) - 1];
  }
  const i = wordFrom(words, Math.max(span.start, span.end - 1));
  const word = words[i];
  return word !== undefined && word.start >= span.end ? word : words[i + 1];
}

/** Moves by one grapheme cluster: the selection becomes that cluster, or with `extend` its moving end goes there. */
export function moveByCharacter(text: string, from: TextSelection, direction: 1 | -1, extend: boolean): TextSelection {
  const span = moving(from);
  if (!extend) {
    const start = step(text, span.start, direction);
    const end = step(text, start, 1);
    return start === end ? from : textAt({ start, end }, from.parts);
  }
  const backward = from.focus.start < from.anchor.start;
  const anchor = backward ? span.end : span.start;
  const focus = step(text, backward ? span.start : span.end, direction);
  return { ...from, anchor: { start: anchor, end: anchor }, focus: { start: focus, end: focus } };
}

/** What a person has just asked for, so that it is selected when the view with it arrives. */
export interface Expected {
  readonly label: string;
  readonly spans: readonly ViewSpan[];
}

export function samePassage(a: PassageView | undefined, b: PassageView | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.doc === b.doc &&
    a.line === b.line &&
    a.passage.start === b.passage.start &&
    a.passage.end === b.passage.end &&
    a.text === b.text
  );
}

/** Where a new passage begins: at what the model doubts, so that one key labels it. */
export function firstSelection(passage: PassageView): Selection {
  const { doubt } = passage;
  if (doubt === undefined || doubt.kind === 'class' || doubt.spans.length === 0) return nothing;
  if (doubt.kind === 'entity') return textOver(doubt.spans);
  const own = passage.entities.filter((entity) => entity.own);
  const [first, second] = doubt.spans;
  const suggested = passage.suggestions.find(({ kind, spans }) => kind === 'relation' && sameSpans(spans, doubt.spans));
  if (suggested !== undefined) return { kind: 'suggestion', key: suggested.key };
  const head = own.find(({ spans }) => first !== undefined && sameSpans(spans, [first]));
  const tail = own.find(({ spans }) => second !== undefined && sameSpans(spans, [second]));
  return head === undefined || tail === undefined ? nothing : { kind: 'pair', head: head.id, tail: tail.id };
}

/**
 * The selection after a new view of the same passage: what was asked for if it is there now, the same thing if it is
 * still there, else what stands in its place: the next suggestion after one that was answered, the text of an entity
 * that was deleted.
 */
export function settle(
  before: PassageView,
  after: PassageView,
  selection: Selection,
  expected: Expected | undefined,
): Selection {
  if (expected !== undefined) {
    const made = after.entities.find(
      ({ own, label, spans }) => own && label === expected.label && sameSpans(spans, expected.spans),
    );
    if (made !== undefined) return { kind: 'entity', id: made.id };
  }
  switch (selection.kind) {
    case 'none':
    case 'text':
      return selection;
    case 'entity':
      return entityById(after, selection.id) !== undefined ? selection : textOver(spansOf(before, selection));
    case 'relation': {
      if (relationById(after, selection.id) !== undefined) return selection;
      const head = relationById(before, selection.id)?.head;
      return head !== undefined && entityById(after, head) !== undefined ? { kind: 'entity', id: head } : nothing;
    }
    case 'suggestion': {
      const isLeft = (key: string): boolean => suggestionByKey(after, key) !== undefined;
      if (isLeft(selection.key)) return selection;
      const order = itemsOf(before).filter((item) => item.kind === 'suggestion');
      const at = order.findIndex((item) => sameSelection(item, selection));
      const left = [...order.slice(at + 1), ...order.slice(0, Math.max(0, at))];
      const next = left.find((item) => isLeft(item.key));
      if (next !== undefined) return next;
      const { kind, head } = suggestionByKey(before, selection.key) ?? {};
      // The ends of a relation are no text to label: two entities, not one of two parts.
      if (kind === 'entity') return textOver(spansOf(before, selection));
      return head !== undefined && entityById(after, head) !== undefined ? { kind: 'entity', id: head } : nothing;
    }
    case 'pair': {
      const both = entityById(after, selection.head) !== undefined && entityById(after, selection.tail) !== undefined;
      return both ? selection : nothing;
    }
  }
}
