import { uniformOf } from './random.js';

/**
 * The stream setting: each text that arrives is queried or passed over at once, so that a given share of all is queried.
 *
 * Its informativeness is compared with that of the texts that arrived lately: what is among the highest share of them is
 * queried. This is the incremental quantile filter of Kottke, Krempl & Spiliopoulou (2015, "Probabilistic active learning
 * in datastreams"); as the variable threshold of Žliobaitė, Bifet, Pfahringer & Holmes (2014, "Active learning with
 * drifting streaming data") it follows a drifting stream. The balance between what was queried and what the budget allows
 * moves the share itself instead of the threshold, so it holds too where all scores are equal; ties are broken at random.
 *
 * At every moment |queried − budget·seen| ≤ slack + 1, with slack 8 % of what the budget has allowed so far, but at
 * least 1 and at most 8: within a tenth from a hundred allowed queries on, and mostly long before.
 */
export interface StreamState {
  readonly seed: number;
  readonly seen: number;
  readonly queried: number;
  /** Scores of the latest texts with the numbers that break their ties, oldest first. */
  readonly window: readonly (readonly [score: number, tie: number])[];
}

/** Texts that an arriving one is compared with. */
const WINDOW = 256;
const SLACK = { least: 1, most: 8, share: 0.08 };

export function startStream(seed: number): StreamState {
  return { seed, seen: 0, queried: 0, window: [] };
}

export interface Decision {
  readonly state: StreamState;
  readonly query: boolean;
  /**
   * What the score was held against: a higher one is queried, a lower one passed over, and an equal one as the draw falls.
   * ∞ where no score would have been queried, −∞ where any would.
   */
  readonly threshold: number;
}

/**
 * Decides on one text.
 * @param budget share of texts to query, in [0, 1]
 * @param score its informativeness, on any scale that stays the same; not NaN
 */
export function decide(state: StreamState, budget: number, score: number): Decision {
  if (!(budget >= 0 && budget <= 1)) throw new RangeError(`a budget of ${budget} is not a share`);
  if (Number.isNaN(score)) throw new RangeError('a score is not a number');
  const { seed, seen, queried, window } = state;
  const tie = uniformOf(seed, String(seen));
  const above = window.filter(([other, draw]) => other > score || (other === score && draw > tie)).length;
  const rank = (above + tie) / (window.length + 1);
  const allowed = allowedShare(budget, budget * seen - queried, slackOf(budget, seen));
  const query = rank < allowed;
  return {
    query,
    threshold: thresholdOf(window, allowed * (window.length + 1) - tie),
    state: {
      seed,
      seen: seen + 1,
      queried: queried + (query ? 1 : 0),
      window: [...window, [score, tie] as const].slice(-WINDOW),
    },
  };
}

/** The lowest score that fewer than `most` scores of the window are above. */
function thresholdOf(window: StreamState['window'], most: number): number {
  if (most <= 0) return Infinity;
  const falling = window.map(([score]) => score).sort((a, b) => b - a);
  return falling[Math.ceil(most) - 1] ?? -Infinity;
}

/**
 * The share to query next: the budget when nothing is owed, 0 when the slack is used up, 1 when that much is owed. What
 * is owed raises it slowly at first: a few dull texts should not be queried because no better ones came.
 */
function allowedShare(budget: number, owed: number, slack: number): number {
  const part = Math.max(-1, Math.min(1, owed / slack));
  return part < 0 ? budget * (1 + part) : budget + (1 - budget) * part ** 3;
}

function slackOf(budget: number, seen: number): number {
  return Math.min(SLACK.most, Math.max(SLACK.least, SLACK.share * budget * seen));
}
