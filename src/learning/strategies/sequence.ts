import type { SpanScores } from '../heads/span-scorer.js';
import type { Outputs, Query, Sequences } from './query.js';
import type { QueryStrategy } from './strategy.js';

/**
 * What span distributions say about whole passages. Taken as independent but for one thing, that labelled spans do not
 * overlap, they are a semi-Markov model (Sarawagi & Cohen, "Semi-Markov conditional random fields", 2004): a sequence is a
 * set of labelled spans that do not overlap, and its probability is in proportion to the product of their odds p/p(none).
 * Sums and maxima over all sequences come from dynamic programming over the words.
 */
export interface SequenceScore {
  /** Words. */
  readonly length: number;
  /** Natural logarithm of the probability of the best sequence. */
  readonly best: number;
  /** Entropy of each word's label ('none' among them), summed; nats. */
  readonly tokenEntropy: number;
  /** Entropy of the N_BEST best sequences, their probabilities made to sum to 1; nats. */
  readonly nBestEntropy: number;
}

export const N_BEST = 10;
/** Least probability of 'none': odds stay finite. */
const LEAST = 1e-9;

/**
 * Scores a passage of `words` words from the distributions of its spans.
 * @param scores spans ordered by first word; the last outcome of each is 'none'
 */
export function sequenceScore(
  { count, outcomes, first, last, probabilities }: SpanScores,
  words: number,
): SequenceScore {
  const labels = outcomes - 1;
  const odds = (span: number, k: number): number =>
    Math.log(probabilities[span * outcomes + k]! / Math.max(LEAST, probabilities[span * outcomes + labels]!));
  const whole = new Float64Array(count);
  for (let s = 0; s < count; s++) {
    const none = Math.max(LEAST, probabilities[s * outcomes + labels]!);
    let some = 0;
    for (let k = 0; k < labels; k++) some += probabilities[s * outcomes + k]!;
    whole[s] = Math.log(some / none);
  }

  // before[w]: log of the sum over sequences of the words before w; bests[w]: logs of the N best of them.
  const before = new Float64Array(words + 1).fill(-Infinity);
  before[0] = 0;
  const bests: number[][] = Array.from({ length: words + 1 }, (_, w) => (w === 0 ? [0] : []));
  for (let w = 0, s = 0; w < words; w++) {
    // Everything that ends before word w has been added.
    before[w + 1] = logSum(before[w + 1]!, before[w]!);
    bests[w + 1] = merged(bests[w + 1]!, bests[w]!);
    for (; s < count && first[s] === w; s++) {
      const next = last[s]! + 1;
      before[next] = logSum(before[next]!, before[w]! + whole[s]!);
      for (let k = 0; k < labels; k++) {
        const gain = odds(s, k);
        if (gain > -Infinity) bests[next] = merged(bests[next]!, bests[w]!, gain);
      }
    }
  }
  const after = new Float64Array(words + 1).fill(-Infinity);
  after[words] = 0;
  for (let w = words - 1, s = count - 1; w >= 0; w--) {
    after[w] = after[w + 1]!;
    for (; s >= 0 && first[s] === w; s--) after[w] = logSum(after[w]!, whole[s]! + after[last[s]! + 1]!);
  }

  const total = before[words]!;
  // Differences along the words, which running sums turn into each word's probability of each label.
  const covered = new Float64Array((words + 1) * labels);
  for (let s = 0; s < count; s++) {
    const around = before[first[s]!]! + after[last[s]! + 1]! - total;
    for (let k = 0; k < labels; k++) {
      const p = Math.exp(around + odds(s, k));
      covered[first[s]! * labels + k]! += p;
      covered[(last[s]! + 1) * labels + k]! -= p;
    }
  }
  let tokenEntropy = 0;
  for (let w = 0; w < words; w++) {
    let none = 1;
    for (let k = 0; k < labels; k++) {
      if (w > 0) covered[w * labels + k]! += covered[(w - 1) * labels + k]!;
      none -= covered[w * labels + k]!;
      tokenEntropy += surprise(covered[w * labels + k]!);
    }
    tokenEntropy += surprise(none);
  }
  return {
    length: words,
    best: Math.min(0, bests[words]![0]! - total),
    tokenEntropy,
    nBestEntropy: nBestEntropy(bests[words]!),
  };
}

/** −p·ln p, for a p that rounding may have brought below zero. */
function surprise(p: number): number {
  return p > 0 ? -p * Math.log(p) : 0;
}

function logSum(a: number, b: number): number {
  const max = Math.max(a, b);
  return max === -Infinity ? max : max + Math.log1p(Math.exp(Math.min(a, b) - max));
}

/** The N highest of `a` and of `b` plus `gain`, both descending. */
function merged(a: readonly number[], b: readonly number[], gain = 0): number[] {
  const result: number[] = [];
  for (let i = 0, j = 0; result.length < N_BEST && (i < a.length || j < b.length);) {
    const [x, y] = [a[i] ?? -Infinity, (b[j] ?? -Infinity) + gain];
    if (j >= b.length || x >= y) {
      result.push(x);
      i++;
    } else {
      result.push(y);
      j++;
    }
  }
  return result;
}

/** Entropy over sequences with these logarithms of probabilities, once they sum to 1. */
function nBestEntropy(logs: readonly number[]): number {
  const weights = logs.map((log) => Math.exp(log - logs[0]!));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.reduce((entropy, weight) => entropy + surprise(weight / sum), 0);
}

/** Scores of passages, as a query wants them. */
export function sequencesOf(scores: readonly SequenceScore[]): Sequences {
  return {
    lengths: Float64Array.from(scores, ({ length }) => length),
    best: Float64Array.from(scores, ({ best }) => best),
    tokenEntropy: Float64Array.from(scores, ({ tokenEntropy }) => tokenEntropy),
    nBestEntropy: Float64Array.from(scores, (score) => score.nBestEntropy),
  };
}

/** Candidates as words that know nothing of each other: what sequences are where a task has none. */
export function independentSequences({ starts, classes, probabilities }: Outputs): Sequences {
  const items = Array.from({ length: starts.length - 1 }, (_, item): SequenceScore => {
    let best = 0;
    let tokenEntropy = 0;
    let bests = [0];
    for (let c = starts[item]!; c < starts[item + 1]!; c++) {
      const logs = Array.from(probabilities.subarray(c * classes, (c + 1) * classes), (p) => Math.log(p));
      best += Math.max(...logs);
      for (const log of logs) tokenEntropy += surprise(Math.exp(log));
      bests = logs.filter((log) => log > -Infinity).reduce<number[]>((all, log) => merged(all, bests, log), []);
    }
    return { length: starts[item + 1]! - starts[item]!, best, tokenEntropy, nBestEntropy: nBestEntropy(bests) };
  });
  return sequencesOf(items);
}

function bySequence(source: string, score: (sequences: Sequences, item: number) => number): QueryStrategy {
  return {
    source,
    sequences: true,
    scores: (query: Query) => {
      const sequences = query.sequences?.() ?? independentSequences(query.outputs());
      return Float64Array.from({ length: query.size }, (_, item) => score(sequences, item));
    },
  };
}

const perWord = (value: number, { lengths }: Sequences, item: number): number => value / Math.max(1, lengths[item]!);

/** Strategies for whole sequences; higher is more informative. */
export const sequenceStrategies = {
  'token-entropy': bySequence('Settles & Craven 2008', (sequences, item) =>
    perWord(sequences.tokenEntropy[item]!, sequences, item),
  ),
  'total-token-entropy': bySequence('Settles & Craven 2008', ({ tokenEntropy }, item) => tokenEntropy[item]!),
  // Maximum normalised log-probability: the best sequence's, divided by the words; the lowest is asked first.
  mnlp: bySequence('Shen et al. 2018', (sequences, item) => perWord(-sequences.best[item]!, sequences, item)),
  'n-best-entropy': bySequence(
    'Kim et al. 2006; Settles & Craven 2008',
    ({ nBestEntropy: entropy }, item) => entropy[item]!,
  ),
} as const;
