import type { DenseRows } from '../linear/design.js';
import { uniformOf } from '../random.js';
import { passageScore, uncertainty } from './uncertainty.js';

/**
 * Distributions of items' candidates. An item is what is asked about at a time: a passage. It has one candidate (a class)
 * or several (classes, spans, pairs): those of item i are [starts[i], starts[i + 1]).
 */
export interface Outputs {
  /** items + 1. */
  readonly starts: Uint32Array;
  /** Outcomes of a candidate, 'none' among them. One that is impossible for a candidate has probability 0. */
  readonly classes: number;
  /** candidates × classes. */
  readonly probabilities: Float64Array;
}

/** Outputs of items with one candidate each. */
export function singleOutputs(probabilities: Float64Array, classes: number): Outputs {
  return {
    starts: Uint32Array.from({ length: probabilities.length / classes + 1 }, (_, i) => i),
    classes,
    probabilities,
  };
}

/**
 * Other heads that could have come of the same labels: fitted on bootstrap samples of them, fitted with other settings,
 * drawn from the Laplace posterior of the head, or the head with some of its inputs dropped.
 */
export type MemberKind = 'bootstrap' | 'ensemble' | 'laplace' | 'dropout';

/** What a model of whole label sequences says about each item (sequence.ts). */
export interface Sequences {
  /** Words. */
  readonly lengths: Float64Array;
  /** Natural logarithm of the probability of the best sequence. */
  readonly best: Float64Array;
  /** Entropy of each word's label, summed over the words; nats. */
  readonly tokenEntropy: Float64Array;
  /** Entropy of the distribution over the N best sequences; nats. */
  readonly nBestEntropy: Float64Array;
}

export interface LabelledItems {
  readonly vectors: DenseRows;
  /** What the head says about them now. */
  readonly outputs: Outputs;
  /** Items × classes, each row summing to 1: what people said. Only for tasks whose items have one candidate. */
  readonly truth?: Float64Array;
}

/**
 * What a strategy may look at: the items that may be asked about, numbered from 0, and what is known about them. The
 * functions are called only by strategies that need them and may be costly; each is called at most once (see remembered()).
 */
export interface Query {
  readonly size: number;
  readonly seed: number;
  /** What names an item from one ranking to the next. No choice depends on the order of the items beyond ties. */
  readonly identity: (item: number) => string;
  readonly outputs: () => Outputs;
  /** A row an item: its pooled vector. */
  readonly vectors: () => DenseRows;
  readonly labelled: () => LabelledItems;
  /** Probabilities of the same candidates as in outputs(), of each member. */
  readonly members: (kind: MemberKind) => readonly Float64Array[];
  /** Absent for tasks without sequences: candidates then count as independent words. */
  readonly sequences?: () => Sequences;
}

/** The same query; each of its functions runs once. */
export function remembered(query: Query): Query {
  const members = new Map<MemberKind, readonly Float64Array[]>();
  const { sequences } = query;
  return {
    size: query.size,
    seed: query.seed,
    identity: query.identity,
    outputs: once(query.outputs),
    vectors: once(query.vectors),
    labelled: once(query.labelled),
    members: (kind) => {
      let known = members.get(kind);
      if (known === undefined) members.set(kind, (known = query.members(kind)));
      return known;
    },
    ...(sequences && { sequences: once(sequences) }),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/**
 * Up to `limit` of the items in an order that depends only on the seed and their identities: where a strategy cannot look
 * at everything, it looks at these, and what it draws does not depend on how the pool is ordered.
 */
export function sampled({ size, seed, identity }: Query, limit = Infinity): number[] {
  const keys = Float64Array.from({ length: size }, (_, item) => uniformOf(seed, identity(item)));
  return Array.from({ length: size }, (_, item) => item)
    .sort((a, b) => keys[a]! - keys[b]!)
    .slice(0, limit);
}

/** Scores of items from scores of candidates; that of an item is the mean of its highest three (passageScore). */
export function itemScores({ starts }: Outputs, candidate: (c: number) => number): Float64Array {
  const scores = new Float64Array(starts.length - 1);
  for (let item = 0; item < scores.length; item++) {
    const [from, to] = [starts[item]!, starts[item + 1]!];
    if (to - from === 1) scores[item] = candidate(from);
    else if (to > from) {
      scores[item] = passageScore(Array.from({ length: to - from }, (_, i) => candidate(from + i)));
    }
  }
  return scores;
}

/** The candidate of each item that is in most doubt, by margin; −1 for an item without candidates. */
export function leads({ starts, classes, probabilities }: Outputs): Int32Array {
  return Int32Array.from({ length: starts.length - 1 }, (_, item) => {
    let lead = -1;
    let most = -1;
    for (let c = starts[item]!; c < starts[item + 1]!; c++) {
      const doubt = uncertainty('margin', probabilities, c * classes, classes);
      if (doubt > most) [lead, most] = [c, doubt];
    }
    return lead;
  });
}

/** Items × classes: the mean distribution of each item's candidates; uniform for an item without any. */
export function meanDistributions({ starts, classes, probabilities }: Outputs): Float64Array {
  const means = new Float64Array((starts.length - 1) * classes);
  for (let item = 0; item + 1 < starts.length; item++) {
    const [from, to] = [starts[item]!, starts[item + 1]!];
    for (let k = 0; k < classes; k++) {
      let sum = 0;
      for (let c = from; c < to; c++) sum += probabilities[c * classes + k]!;
      means[item * classes + k] = to > from ? sum / (to - from) : 1 / classes;
    }
  }
  return means;
}
