import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The annotation lines of a label file (design, section 2). Keys that this version does not know pass through. */

const offset = z.int().nonnegative();

export const TextSpan = z.looseObject({ start: offset, end: offset, text: z.string() });
export const PlainSpan = z.looseObject({ start: offset, end: offset });

export const Origin = z.looseObject({
  kind: z.enum(['suggestion', 'import', 'rule']),
  model: z.string().optional(),
  probability: z.number().min(0).max(1).optional(),
});

const common = {
  id: z.string().min(1),
  doc: z.string().min(1),
  by: z.string().min(1),
  at: z.string(),
  note: z.string().optional(),
  flag: z.literal(true).optional(),
  origin: Origin.optional(),
  from: z.array(z.string()).optional(),
  conflict: z.unknown().optional(),
  synthetic: z.literal(true).optional(),
};

const passageAnchor = {
  spans: z.array(PlainSpan).length(1),
  first: z.string(),
  last: z.string(),
  sha: z.string(),
};

export const Entity = z.looseObject({
  ...common,
  type: z.literal('entity'),
  label: z.string(),
  spans: z.array(TextSpan).min(1),
  before: z.string(),
  after: z.string(),
});

export const Relation = z.looseObject({
  ...common,
  type: z.literal('relation'),
  label: z.string(),
  head: z.string(),
  tail: z.string(),
});

export const ClassLabel = z.looseObject({
  ...common,
  type: z.literal('class'),
  label: z.string(),
  value: z.string(),
  ...passageAnchor,
});

/** A suggestion that a person turned down: of an entity (spans), a relation (head, tail) or a class value (spans, value). */
export const Rejection = z.looseObject({
  ...common,
  type: z.literal('rejection'),
  of: z.enum(['entity', 'relation', 'class']),
  label: z.string(),
  spans: z.array(z.looseObject({ start: offset, end: offset, text: z.string().optional() })).optional(),
  head: z.string().optional(),
  tail: z.string().optional(),
  value: z.string().optional(),
});

export const Answer = z.enum(['accept', 'reject', 'skip']);

export const Query = z.looseObject({
  strategy: z.string(),
  score: z.number(),
  seed: z.int(),
  model: z.string(),
  state: z.string(),
});

export const Review = z.looseObject({
  ...common,
  type: z.literal('review'),
  answer: Answer,
  ...passageAnchor,
  scope: z.array(z.string()),
  query: Query.optional(),
});

export const Annotation = z.discriminatedUnion('type', [Entity, Relation, ClassLabel, Rejection, Review]);

export type TextSpan = z.infer<typeof TextSpan>;
export type Entity = z.infer<typeof Entity>;
export type Relation = z.infer<typeof Relation>;
export type ClassLabel = z.infer<typeof ClassLabel>;
export type Rejection = z.infer<typeof Rejection>;
export type Review = z.infer<typeof Review>;
export type Answer = z.infer<typeof Answer>;
export type Query = z.infer<typeof Query>;
export type Annotation = z.infer<typeof Annotation>;
export type AnnotationType = Annotation['type'];

/** What an annotation's id is computed from. `place` is its spans as [start, end] pairs, or its ends' ids. */
export interface Identity {
  readonly type: AnnotationType;
  readonly label: string;
  readonly doc: string;
  readonly place: readonly (readonly [number, number])[] | readonly string[];
  readonly by: string;
}

/**
 * The id at creation: the first 16 hex digits of SHA-256 over the UTF-8 of
 * `JSON.stringify([type, label, doc, place, by])`, so that the same annotation made on two branches has one id.
 * A review's label is ''; a class's value is left out, since editing it keeps the id.
 */
export function annotationId({ type, label, doc, place, by }: Identity): string {
  return sha16(JSON.stringify([type, label, doc, place, by]));
}

/** First 16 hex digits of SHA-256 over the UTF-8 of a text. */
export function sha16(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}
