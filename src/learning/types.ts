import type { Range } from '../corpus/types.js';

/** A distribution over labels and 'none', by label; sums to 1. Class candidates have no 'none'. */
export type Distribution = Readonly<Record<string, number>>;

export const NONE = 'none';

/** A passage as the heads see it: everything in UTF-16 units into `text`. */
export interface PassageInput {
  readonly text: string;
  readonly words: readonly Range[];
  /** Pooled vector of the passage, `dimensions` long. */
  readonly vector: Float32Array;
  /** A row a word (mean of the pieces that overlap it): words.length × dimensions. */
  readonly wordVectors: Float32Array;
}

/**
 * A training example with a partial label (Cour, Sapp & Taskar 2011): the truth is one of `allowed`.
 * A gold label is the case of one; "none of the labels that existed then" allows 'none' and all later labels;
 * a rejection allows everything but the rejected label.
 */
export interface Partial {
  readonly allowed: readonly number[];
  readonly weight: number;
}

/** A labelled stretch of a passage, in UTF-16 units into its text. */
export interface Mention extends Range {
  readonly label: string;
}

/** Entity span over words [first, last] of a passage, with its distribution. */
export interface ScoredSpan extends Range {
  readonly distribution: Distribution;
}

export type { Measure, Strategy } from './strategies/names.js';
