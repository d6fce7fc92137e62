import type { Strategy } from '../strategies/names.js';
import type { Query } from '../strategies/query.js';
import type { Asking } from './query.js';

/** `default` is the product's own head; `logistic-regression` plain L2 on the given vectors alone (heads/plain.ts). */
export const HEADS = ['default', 'logistic-regression'] as const;
export type HeadName = (typeof HEADS)[number];

export interface SimulationOptions {
  readonly strategy: Strategy;
  /** Records of the first batch. */
  readonly seedSize: number;
  /** The first batch holds every label equally often, as far as there are records. */
  readonly balancedSeed: boolean;
  /** The first batch itself, as indices of the training records; the two settings above are then not used. */
  readonly initial?: readonly number[];
  readonly batch: number;
  /** Rounds after the first batch; ends earlier when every record is labelled. */
  readonly rounds: number;
  readonly seed: number;
  /** Share of the full score for which the labels needed are to be told. */
  readonly target?: number;
  /** The scores with all labels, where they are known from an earlier run on the same records: fitting takes its time. */
  readonly full?: Simulation['full'];
  /** Called after every round with what the head predicts. */
  readonly observe?: (observation: Observation) => void;
  /** Milliseconds on any steady clock. */
  readonly clock: () => number;
}

/** Quality on the test records. What a task does not have is left out. */
export interface Scores {
  /** Class: share of the records that are right. */
  readonly accuracy?: number;
  /** Mean of the labels' F1. */
  readonly macroF1: number;
  /** Entities: exact matches of span and label. Relations: between gold entities, pairs without a relation among them. */
  readonly microF1?: number;
  /**
   * Expected calibration error of the likeliest outcome: of records (class), of pairs, 'none' among the outcomes
   * (relation), of suggestions (entity).
   */
  readonly ece: number;
}

/**
 * One state of the head. Round 0 is the first batch; round i was queried with the head of round i − 1. So `labels` is the
 * number of all records queried up to here.
 */
export interface Round extends Scores {
  readonly labels: number;
  /** Words of the labelled records. */
  readonly tokens: number;
  /** To fit on the labels; to score the pool with that head; to select the next batch by those scores. */
  readonly ms: { readonly fit: number; readonly score: number; readonly select: number };
  /** Indices of the records that this round asked about, most informative first. */
  readonly queried: readonly number[];
}

export interface Simulation {
  readonly rounds: readonly Round[];
  /** Normalised trapezoid of the accuracy (class) or micro-F1 over labels. */
  readonly aulc: number;
  /** The same head with every training record labelled. */
  readonly full: Scores & { readonly labels: number; readonly tokens: number };
  /** What it took to reach a share of the full score: the first round that did, null where none did. */
  readonly target?: {
    readonly share: number;
    readonly score: number;
    readonly labels: number | null;
    readonly tokens: number | null;
  };
}

/** What a head says of units that stay the same from round to round: records, words, or pairs of all training records. */
export interface Predictions {
  /** Index of the likeliest outcome of each unit. */
  readonly outcomes: Int32Array;
  /** Its probability. */
  readonly confidence: Float64Array;
  /** Entropy of its distribution, as a share of the highest possible; of a word, that of the span over it in most doubt. */
  readonly entropy: Float64Array;
  /** Which record each unit belongs to, ascending. */
  readonly records: Int32Array;
}

/** What the hook of a simulation sees of a round. */
export interface Observation extends Predictions {
  readonly round: Round;
  /** All records labelled so far, in the order in which they were. */
  readonly labelled: readonly number[];
}

/** What a task brings to the loop. Records are indices into the training data. */
export interface Learner<Head> {
  readonly size: number;
  /** Groups that a balanced seed draws from in turn; together they hold every record, and may share some. */
  readonly groups: readonly (readonly number[])[];
  /** Words of a record. */
  tokens(record: number): number;
  /** @param previous the head of the round before, which only saves time */
  fit(records: readonly number[], previous: Head | undefined): Head;
  /** What a strategy may look at: without a head, before the first batch, nothing but vectors. */
  query(asking: Asking, head?: Head): Query;
  evaluate(head: Head): Scores;
  predictions(head: Head): Predictions;
}
