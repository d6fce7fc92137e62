import { z } from 'zod';

/** Which passages the queue shows, and in which order. Offsets are code points into the document. */

export const PassageStatus = z.enum(['unreviewed', 'accepted', 'rejected', 'skipped', 'flagged']);
export type PassageStatus = z.infer<typeof PassageStatus>;

export const QueueOrder = z.enum(['uncertainty', 'document', 'disagreement', 'similarity']);
export type QueueOrder = z.infer<typeof QueueOrder>;

export const TermField = z.enum(['text', 'label', 'file', 'status', 'annotator', 'kind']);
export type TermField = z.infer<typeof TermField>;

export const FilterTerm = z.object({ field: TermField, value: z.string(), not: z.boolean() });
export type FilterTerm = z.infer<typeof FilterTerm>;

/**
 * A passage has to fit each field: all its words, and of every other field one of the values; and none of what is marked
 * `not`. Without a status, what is still to be reviewed is meant, unless an annotator is named or disagreement sought.
 */
export const QueueFilter = z.object({
  terms: z.array(FilterTerm),
  scores: z.array(z.object({ comparison: z.enum(['>', '>=', '<', '<=']), value: z.number() })),
  /** The passage that those shown should be like. */
  like: z.object({ doc: z.string(), start: z.int(), end: z.int() }).optional(),
  /** Left out: similarity where there is a passage to be like, else uncertainty. */
  order: QueueOrder.optional(),
});
export type QueueFilter = z.infer<typeof QueueFilter>;

/** Everything that is still to be reviewed, most uncertain first. */
export const everything: QueueFilter = { terms: [], scores: [] };

export function orderOf({ order, like }: QueueFilter): QueueOrder {
  return order ?? (like === undefined ? 'uncertainty' : 'similarity');
}

/** Whether passages may be shown that have been reviewed. */
export function includesReviewed(filter: QueueFilter): boolean {
  const statuses = filter.terms.filter(({ field, not }) => field === 'status' && !not);
  if (statuses.length > 0) return statuses.some(({ value }) => value !== 'unreviewed');
  return filter.order === 'disagreement' || filter.terms.some(({ field, not }) => field === 'annotator' && !not);
}
