import { compareCodePoints } from '../corpus/code-points.js';
import type { Annotation, AnnotationType } from './annotation.js';

const rank: Readonly<Record<AnnotationType, number>> = { entity: 0, relation: 1, class: 2, rejection: 3, review: 4 };

/** Where a line stands in its file (design, section 2). */
export interface Place {
  readonly doc: string;
  readonly start: number;
  readonly type: AnnotationType;
  readonly id: string;
}

/** @param startOf first start of the entity with this id in the same file; undefined where there is none. */
export function placeOf(annotation: Annotation, startOf: (id: string) => number | undefined): Place {
  const { doc, type, id } = annotation;
  return { doc, type, id, start: firstStart(annotation) ?? startOf(headOf(annotation) ?? '') ?? 0 };
}

/** First start in code points; undefined for a relation, and for the rejection of one, which stand with their head. */
export function firstStart(annotation: Annotation): number | undefined {
  if (annotation.type === 'relation' || annotation.spans === undefined) return undefined;
  return annotation.spans.reduce((least, { start }) => Math.min(least, start), Infinity);
}

/**
 * Where entities start, by id. Of several with one id, which a careless merge leaves, the one that starts last decides
 * where relations stand.
 */
export function entityStarts(annotations: Iterable<Annotation>): Map<string, number> {
  const starts = new Map<string, number>();
  for (const annotation of annotations) {
    if (annotation.type !== 'entity') continue;
    starts.set(annotation.id, Math.max(firstStart(annotation) ?? 0, starts.get(annotation.id) ?? 0));
  }
  return starts;
}

/** Id of the head of a relation or of a rejected relation. */
export function headOf(annotation: Annotation): string | undefined {
  return annotation.type === 'relation' || annotation.type === 'rejection' ? annotation.head : undefined;
}

/** By document, first start, type (entity, relation, class, rejection, review) and id. */
export function comparePlaces(a: Place, b: Place): number {
  return (
    (a.doc === b.doc ? 0 : compareCodePoints(a.doc, b.doc)) ||
    a.start - b.start ||
    rank[a.type] - rank[b.type] ||
    compareCodePoints(a.id, b.id)
  );
}
