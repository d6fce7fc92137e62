import { Random, uniformOf } from './random.js';

/**
 * Honest estimates of quality: what a head, fitted without a passage, says about it against what a person said. Each
 * passage is one draw, so that several entities of one passage do not count as independent.
 */

/** `accuracy`: the share of passages that are right. `micro-f1`: over everything predicted or true (entities, relations, values). */
export type Measure = 'accuracy' | 'micro-f1';

/**
 * One passage: of what was predicted or is true, how much is both. For accuracy `total` is 1; for F1 it is true positives,
 * false positives and false negatives together.
 */
export interface Outcome {
  readonly hits: number;
  readonly total: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Estimate extends Interval {
  readonly measure: Measure;
  readonly score: number;
  /** Passages that it rests on. */
  readonly passages: number;
}

/** z of a two-sided interval of 95 %. */
const Z95 = 1.959963984540054;

/** The score of outcomes; undefined where nothing was predicted or true. */
export function scoreOf(measure: Measure, outcomes: readonly Outcome[]): number | undefined {
  let hits = 0;
  let total = 0;
  for (const outcome of outcomes) {
    hits += outcome.hits;
    total += outcome.total;
  }
  return total === 0 ? undefined : fromShare(measure, hits / total);
}

/** F1 = 2·tp / (2·tp + fp + fn) grows with the Jaccard share s = tp / (tp + fp + fn): it is 2s / (1 + s). */
function fromShare(measure: Measure, share: number): number {
  return measure === 'accuracy' ? share : (2 * share) / (1 + share);
}

/**
 * Score with an interval of 95 %; undefined where nothing was predicted or true.
 *
 * Accuracy: Wilson's interval (Wilson 1927; Brown, Cai & DasGupta 2001). Micro-F1: Wilson's interval of the Jaccard share
 * with the effective sample size that its linearised variance between passages gives (as Dean & Pagano 2015 do for
 * clustered surveys), carried over to F1. Where every share is 0 or 1 the variance says nothing, and each passage counts
 * once.
 */
export function estimate(measure: Measure, outcomes: readonly Outcome[]): Estimate | undefined {
  const told = outcomes.filter(({ total }) => total > 0);
  const score = scoreOf(measure, told);
  if (score === undefined) return undefined;
  const total = told.reduce((sum, outcome) => sum + outcome.total, 0);
  const share = told.reduce((sum, { hits }) => sum + hits, 0) / total;
  const size = measure === 'accuracy' ? total : effectiveSize(told, share, total);
  const { low, high } = wilson(share, size);
  return { measure, score, low: fromShare(measure, low), high: fromShare(measure, high), passages: told.length };
}

/** Wilson's score interval of a proportion of `size` draws, 95 % by default. */
export function wilson(share: number, size: number, z = Z95): Interval {
  const square = z * z;
  const centre = (share + square / (2 * size)) / (1 + square / size);
  const half = (z / (1 + square / size)) * Math.sqrt((share * (1 - share)) / size + square / (4 * size * size));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

function effectiveSize(outcomes: readonly Outcome[], share: number, total: number): number {
  const n = outcomes.length;
  if (share === 0 || share === 1 || n === 1) return n;
  const residual = outcomes.reduce((sum, { hits, total: t }) => sum + (hits - share * t) ** 2, 0);
  const variance = ((n / (n - 1)) * residual) / total ** 2;
  return Math.min(total, (share * (1 - share)) / variance);
}

/** A reviewed passage: what names it from one scan to the next, and how it came to be asked. */
export interface Asked {
  readonly identity: string;
  readonly query?: { readonly strategy: string; readonly seed: number } | undefined;
}

/**
 * Which reviewed passages are a random sample of the corpus. A random query asks for the open passage with the highest
 * uniformOf(seed, identity). So the passages above the lowest number that a random query has reached are the beginning of
 * a random permutation of the corpus, whoever asked about them: what a strategy took from there before must not be
 * missing, or the sample would lack what the strategy likes. The one at that number is left out, since the sample ends
 * where a passage was still open (inverse sampling: Haldane 1945).
 */
export function randomSample(asked: readonly Asked[]): boolean[] {
  const reached = new Map<number, number>();
  for (const { identity, query } of asked) {
    if (query?.strategy !== 'random') continue;
    reached.set(query.seed, Math.min(reached.get(query.seed) ?? 1, uniformOf(query.seed, identity)));
  }
  return asked.map(({ identity }) => [...reached].some(([seed, least]) => uniformOf(seed, identity) > least));
}

/** What is estimated, as cross-fitting sees it: labelled passages by index, and heads that it does not look into. */
export interface Subject<Head> {
  fit(passages: readonly number[]): Head;
  /** A head's answer against the person's; undefined where the person said nothing about it. */
  judge(head: Head, passage: number): Outcome | undefined;
}

export interface CrossFitOptions {
  /** Labelled passages in the order in which they were labelled. */
  readonly order: readonly number[];
  /** Those among them to judge. */
  readonly judged: readonly number[];
  /** Numbers of labels to fit on, ascending; the last may be all of them. */
  readonly sizes: readonly number[];
  readonly folds: number;
  readonly seed: number;
}

export interface CrossFit {
  /** Mean number of passages that the heads were fitted on. */
  readonly labels: number;
  /** One for each of `judged` that says something, in that order. */
  readonly outcomes: readonly (Outcome | undefined)[];
}

/**
 * Cross-fitted outcomes at each size: every judged passage is judged by a head that has not seen it, fitted on the first
 * labels of the others. A generator, so that the caller can rest between fits.
 */
export function* crossFit<Head>(subject: Subject<Head>, options: CrossFitOptions): Generator<void, CrossFit[]> {
  const { order, judged, sizes, seed } = options;
  const folds = Math.min(options.folds, judged.length);
  const foldOf = new Map(new Random(seed).shuffled(judged).map((passage, i) => [passage, i % folds]));
  const results: CrossFit[] = [];
  for (const size of sizes) {
    const outcomes = new Map<number, Outcome>();
    let fitted = 0;
    for (let fold = 0; fold < folds; fold++) {
      const others = order.filter((passage) => foldOf.get(passage) !== fold);
      const training = others.slice(0, Math.round((size / order.length) * others.length));
      fitted += training.length / folds;
      const head = subject.fit(training);
      for (const passage of judged) {
        const outcome = foldOf.get(passage) === fold ? subject.judge(head, passage) : undefined;
        if (outcome !== undefined) outcomes.set(passage, outcome);
      }
      yield;
    }
    results.push({ labels: Math.round(fitted), outcomes: judged.map((passage) => outcomes.get(passage)) });
  }
  return results;
}
