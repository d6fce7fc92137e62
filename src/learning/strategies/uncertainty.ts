import { uniformOf } from '../random.js';
import type { Distribution } from '../types.js';
import { UNCERTAINTIES, type Measure, type Strategy, type Uncertainty } from './names.js';

/**
 * Query strategies: how much would be learned from asking about a candidate, seen from its distribution. Higher is more
 * informative. With p1 ≥ p2 ≥ … the probabilities of a candidate's outcomes, 'none' among them:
 *
 * | strategy         | score                        | range        | source                          |
 * | ---------------- | ---------------------------- | ------------ | ------------------------------- |
 * | entropy          | −Σ p·ln p (0·ln 0 = 0)       | [0, ln K]    | Shannon 1948; Settles 2009, 3.1 |
 * | margin           | 1 − (p1 − p2)                | [0, 1]       | Scheffer et al. 2001            |
 * | least-confidence | 1 − p1                       | [0, 1 − 1/K] | Lewis & Gale 1994               |
 * | random           | uniform, by seed and identity | [0, 1)      |                                 |
 *
 * Entropy is in nats and not normalised: candidates with more outcomes can be more uncertain.
 */
export interface QueryContext {
  /** Seed of the random strategy. */
  readonly seed: number;
  /** What names the candidate from one ranking to the next; the random strategy hashes it. */
  readonly identity: string;
}

/**
 * What candidates are scored by under a strategy: by itself, if it looks at nothing but a distribution; under those that
 * look at more, which choose among passages, by entropy where they are about entropy, else by margin.
 */
export function candidateMeasure(strategy: Strategy): Measure {
  if (strategy === 'random') return 'random';
  return UNCERTAINTIES.find((name) => name === strategy) ?? (strategy.endsWith('entropy') ? 'entropy' : 'margin');
}

/** The score of a candidate. */
export function score(strategy: Strategy, distribution: Distribution, context: QueryContext): number {
  const measure = candidateMeasure(strategy);
  if (measure === 'random') return uniformOf(context.seed, context.identity);
  return uncertainty(measure, Object.values(distribution));
}

/** The score of probabilities[at, at + count), for the strategies that look at nothing else. */
export function uncertainty(
  strategy: Uncertainty,
  probabilities: ArrayLike<number>,
  at = 0,
  count = probabilities.length - at,
): number {
  if (strategy === 'entropy') {
    let entropy = 0;
    for (let k = at; k < at + count; k++) {
      const p = probabilities[k]!;
      if (p > 0) entropy -= p * Math.log(p);
    }
    return entropy;
  }
  let first = 0;
  let second = 0;
  for (let k = at; k < at + count; k++) {
    const p = probabilities[k]!;
    if (p > first) {
      second = first;
      first = p;
    } else if (p > second) {
      second = p;
    }
  }
  return strategy === 'margin' ? 1 - (first - second) : 1 - first;
}

/** How many candidates speak for their passage. */
export const SPEAKERS = 3;

/**
 * The score of a passage: the mean of the three highest scores among its candidates (of fewer, if it has fewer). One
 * doubtful candidate among hundreds does not decide, nor does a long passage win by its length alone. Of candidate spans
 * that overlap, only the highest is to be passed in: one doubtful mention is one doubt. With the random strategy a
 * passage has a score of its own, `score('random', {}, passage)`, or long passages would win.
 */
export function passageScore(scores: Iterable<number>): number {
  const top = [...scores].sort((a, b) => b - a).slice(0, SPEAKERS);
  return top.length === 0 ? 0 : top.reduce((sum, s) => sum + s, 0) / top.length;
}

/** Indices of the `count` highest scores, highest first; equal ones by index. */
export function topK(scores: ArrayLike<number>, count: number): number[] {
  if (count <= 0) return [];
  const ascending = Float64Array.from(scores).sort();
  const cut = ascending[Math.max(0, ascending.length - count)]!;
  const above: number[] = [];
  for (let i = 0; i < scores.length; i++) if (scores[i]! >= cut) above.push(i);
  return above.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, count);
}
