import type { Interval } from './estimate.js';

/**
 * When to stop labelling. Two rules need no labels that were held out:
 *
 * - stability (Bloodgood & Vijay-Shanker 2009, "A method for stopping active learning based on stabilizing predictions"):
 *   the predictions of successive heads on a fixed set of passages that nobody has labelled agree, by Cohen's kappa, .99
 *   or more on average over the last three rounds;
 * - overall uncertainty (Zhu, Wang, Hovy & Ma 2010, "Confidence-based stopping criteria for active learning for data
 *   annotation"): the mean entropy on them is below a threshold.
 *
 * A target is reached when the whole interval of an honest estimate lies above it.
 */

/** The state of the head after a round of labels, seen on the stop set. */
export interface StoppingRound {
  readonly labels: number;
  /** Decisions on the stop set, the same places in the same order in every round. */
  readonly decisions: ArrayLike<number>;
  /** Mean entropy of the decisions, as a share of the highest possible. */
  readonly uncertainty: number;
}

export const STOPPING = { kappa: 0.99, window: 3, uncertainty: 0.05 } as const;

export interface StoppingRule {
  readonly name: 'stability' | 'uncertainty' | 'target';
  /** Undefined while there is not enough to tell. */
  readonly value: number | undefined;
  readonly threshold: number;
  readonly met: boolean;
}

/**
 * `stop`: the target is reached or, without one, the predictions are stable. `plateau`: they are stable, and the target
 * is not reached: more labels of the same kind will hardly help. `continue`: neither.
 */
export interface StoppingAdvice {
  readonly verdict: 'continue' | 'stop' | 'plateau';
  readonly rules: readonly StoppingRule[];
}

/** Cohen's kappa (Cohen 1960): agreement beyond chance; 1 for two equal constant sequences, NaN for empty ones. */
export function kappa(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`lengths differ: ${a.length} and ${b.length}`);
  const counts = new Map<number, { a: number; b: number }>();
  const count = (label: number): { a: number; b: number } => {
    let entry = counts.get(label);
    if (entry === undefined) counts.set(label, (entry = { a: 0, b: 0 }));
    return entry;
  };
  let same = 0;
  for (let i = 0; i < a.length; i++) {
    count(a[i]!).a++;
    count(b[i]!).b++;
    if (a[i] === b[i]) same++;
  }
  const observed = same / a.length;
  let chance = 0;
  for (const { a: left, b: right } of counts.values()) chance += (left / a.length) * (right / a.length);
  return chance === 1 ? 1 : (observed - chance) / (1 - chance);
}

/**
 * What the rules say after the last of the rounds.
 * @param rounds in order; the last few are looked at
 * @param quality an honest estimate's interval, and the target that the user has set
 */
export function stoppingAdvice(
  rounds: readonly StoppingRound[],
  quality: { readonly target?: number | undefined; readonly interval?: Interval | undefined } = {},
): StoppingAdvice {
  const { window, kappa: stable, uncertainty: certain } = STOPPING;
  const recent = rounds.slice(-(window + 1));
  const kappas = recent.slice(1).map(({ decisions }, i) => kappa(recent[i]!.decisions, decisions));
  const agreement = kappas.length < window ? undefined : kappas.reduce((sum, k) => sum + k, 0) / window;
  const uncertainty = rounds.at(-1)?.uncertainty;
  const stability: StoppingRule = {
    name: 'stability',
    value: agreement,
    threshold: stable,
    met: agreement !== undefined && agreement >= stable,
  };
  const rules: StoppingRule[] = [
    stability,
    {
      name: 'uncertainty',
      value: uncertainty,
      threshold: certain,
      met: uncertainty !== undefined && uncertainty <= certain,
    },
  ];
  const { target, interval } = quality;
  if (target === undefined) return { verdict: stability.met ? 'stop' : 'continue', rules };
  const reached = interval !== undefined && interval.low >= target;
  rules.push({ name: 'target', value: interval?.low, threshold: target, met: reached });
  return { verdict: reached ? 'stop' : stability.met ? 'plateau' : 'continue', rules };
}

/** How right the advice was in a simulation, where the scores are known. */
export interface AdviceCheck {
  /** Labels when a rule first said stop; null where it never did. */
  readonly labels: number | null;
  /** Score then, and its share of the score with all labels. */
  readonly score: number | null;
  readonly share: number | null;
}

/** Looks up the first round in which the advice was to stop. */
export function adviceCheck(
  rounds: readonly { readonly labels: number; readonly score: number; readonly stop: boolean }[],
  full: number,
): AdviceCheck {
  const first = rounds.find(({ stop }) => stop);
  if (first === undefined) return { labels: null, score: null, share: null };
  return { labels: first.labels, score: first.score, share: first.score / full };
}
