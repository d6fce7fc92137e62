import type { Document, Range } from '../corpus/types.js';
import { annotationId, sha16 } from './annotation.js';
import type { Answer, ClassLabel, Entity, Identity, Query, Rejection, Relation, Review } from './annotation.js';

/** What a line is made from: the document with its text and offsets. */
export type Source = Pick<Document, 'text' | 'map'> & { readonly ref: Pick<Document['ref'], 'id'> };

export type Origin = NonNullable<Entity['origin']>;

/** Who makes the line and when; `taken` tells ids that other lines of the file have. */
export interface Signature {
  /** The annotator's slug. */
  readonly by: string;
  readonly at: Date;
  readonly origin?: Origin;
  /** The text is made up: the line says so. */
  readonly synthetic?: boolean;
  readonly taken?: (id: string) => boolean;
}

/** Length, in code points, of the context and of the ends of a passage that a line quotes. */
const quoted = 24;

/** UTC to the second: 2026-11-23T10:00:00Z. */
export function timestamp(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The stretch of a document, in code points. */
export function textOf(source: Pick<Document, 'text' | 'map'>, { start, end }: Range): string {
  return source.text.slice(source.map.toUtf16(start), source.map.toUtf16(end));
}

/**
 * The id at creation. It stays when a line is edited, so a later line may come to the same one (an entity relabelled,
 * then the old label given again): the annotator is then counted up, which any two branches do alike.
 */
export function newId(identity: Identity, taken: (id: string) => boolean = () => false): string {
  let id = annotationId(identity);
  for (let n = 2; taken(id); n++) id = annotationId({ ...identity, by: `${identity.by} ${n}` });
  return id;
}

/** An entity over one or more spans, in code points and in order. */
export function entity(source: Source, label: string, spans: readonly Range[], signature: Signature): Entity {
  const doc = source.ref.id;
  const place = spans.map(({ start, end }): [number, number] => [start, end]);
  const id = newId({ type: 'entity', label, doc, place, by: signature.by }, signature.taken);
  return { id, type: 'entity', label, doc, ...entityAnchor(source, spans), ...signed(signature) };
}

/** The spans of an entity with their text and up to 24 code points around them. */
export function entityAnchor(source: Source, spans: readonly Range[]): Pick<Entity, 'spans' | 'before' | 'after'> {
  const first = Math.min(...spans.map(({ start }) => start));
  const last = Math.max(...spans.map(({ end }) => end));
  return {
    spans: spans.map(({ start, end }) => ({ start, end, text: textOf(source, { start, end }) })),
    before: textOf(source, { start: Math.max(0, first - quoted), end: first }),
    after: textOf(source, { start: last, end: Math.min(source.map.length, last + quoted) }),
  };
}

/** A relation between two entities of the same document and file, by their ids. */
export function relation(source: Source, label: string, head: string, tail: string, signature: Signature): Relation {
  const doc = source.ref.id;
  const id = newId({ type: 'relation', label, doc, place: [head, tail], by: signature.by }, signature.taken);
  return { id, type: 'relation', label, doc, head, tail, ...signed(signature) };
}

/**
 * The class of a passage. The id of a class with one value leaves the value out, since editing it keeps the id;
 * where several values may stand beside each other (`multiple`) the value is part of it.
 */
export function classLabel(
  source: Source,
  label: string,
  value: string,
  passage: Range,
  multiple: boolean,
  signature: Signature,
): ClassLabel {
  const doc = source.ref.id;
  const identity = { type: 'class', label: multiple ? `${label}=${value}` : label, doc, by: signature.by } as const;
  const id = newId({ ...identity, place: [[passage.start, passage.end]] }, signature.taken);
  return { id, type: 'class', label, value, doc, ...passageAnchor(source, passage), ...signed(signature) };
}

/** What a rejection turns down. */
export type Rejected =
  | { readonly of: 'entity'; readonly label: string; readonly spans: readonly Range[] }
  | { readonly of: 'relation'; readonly label: string; readonly head: string; readonly tail: string }
  | { readonly of: 'class'; readonly label: string; readonly value: string; readonly passage: Range };

/** A suggestion that a person turned down. */
export function rejection(source: Source, rejected: Rejected, signature: Signature): Rejection {
  const doc = source.ref.id;
  const { of, label } = rejected;
  const common = { type: 'rejection', doc, by: signature.by } as const;
  switch (rejected.of) {
    case 'entity': {
      const { spans } = entityAnchor(source, rejected.spans);
      const place = spans.map(({ start, end }): [number, number] => [start, end]);
      const id = newId({ ...common, label, place }, signature.taken);
      return { id, type: 'rejection', of, label, doc, spans, ...signed(signature) };
    }
    case 'relation': {
      const { head, tail } = rejected;
      const id = newId({ ...common, label, place: [head, tail] }, signature.taken);
      return { id, type: 'rejection', of, label, doc, head, tail, ...signed(signature) };
    }
    case 'class': {
      const { value } = rejected;
      const { start, end } = rejected.passage;
      const id = newId({ ...common, label: `${label}=${value}`, place: [[start, end]] }, signature.taken);
      return { id, type: 'rejection', of, label, value, doc, spans: [{ start, end }], ...signed(signature) };
    }
  }
}

/** A person's verdict on a passage. `scope` holds the labels that exist now. */
export function review(
  source: Source,
  passage: Range,
  answer: Answer,
  scope: readonly string[],
  query: Query | undefined,
  signature: Signature,
): Review {
  const doc = source.ref.id;
  const place = [[passage.start, passage.end]] as const;
  const id = newId({ type: 'review', label: '', doc, place, by: signature.by }, signature.taken);
  return {
    id,
    type: 'review',
    answer,
    doc,
    ...passageAnchor(source, passage),
    scope: [...scope],
    ...(query === undefined ? {} : { query }),
    ...signed(signature),
  };
}

/** What a line about a passage quotes of it. */
export function passageAnchor(source: Source, { start, end }: Range): Pick<Review, 'spans' | 'first' | 'last' | 'sha'> {
  return {
    spans: [{ start, end }],
    first: textOf(source, { start, end: Math.min(end, start + quoted) }),
    last: textOf(source, { start: Math.max(start, end - quoted), end }),
    sha: sha16(textOf(source, { start, end })),
  };
}

function signed({ by, at, origin, synthetic }: Signature): {
  by: string;
  at: string;
  origin?: Origin;
  synthetic?: true;
} {
  return {
    by,
    at: timestamp(at),
    ...(origin === undefined ? {} : { origin }),
    ...(synthetic === true && { synthetic }),
  };
}
