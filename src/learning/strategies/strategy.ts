import type { MemberKind, Query } from './query.js';

/** How to choose what to ask about. Pure: the same query gives the same answer. */
export interface QueryStrategy {
  /** Who described it. */
  readonly source: string;
  /**
   * Informativeness of every item, higher is more. Present where the score of an item does not depend on the other items
   * of the query: then a pool can be scored piece by piece.
   */
  readonly scores?: (query: Query) => Float64Array;
  /** A batch of up to `count` items, the most informative first. Default: the items with the highest scores. */
  readonly choose?: (query: Query, count: number) => number[];
  /** Which other heads it asks. */
  readonly members?: MemberKind;
  /** It looks at what whole sequences of words are labelled. */
  readonly sequences?: true;
  /** It compares with what the head says of labelled items. */
  readonly compares?: true;
  /** It needs the truth of the labelled items, and so makes sense for single classes only. */
  readonly truth?: true;
}
