import { NONE, type Distribution } from './types.js';

/** A distribution by label from probabilities[at, at + labels.length). */
export function distributionOf(labels: readonly string[], probabilities: ArrayLike<number>, at = 0): Distribution {
  return Object.fromEntries(labels.map((label, k) => [label, probabilities[at + k]!]));
}

/** The labels and 'none' behind them. Throws a RangeError where a label is itself called 'none' or occurs twice. */
export function withNone(labels: readonly string[]): string[] {
  if (labels.includes(NONE)) throw new RangeError(`'${NONE}' stands for no label and cannot be the name of one`);
  if (new Set(labels).size < labels.length) throw new RangeError(`a label occurs twice in ${labels.join(', ')}`);
  return [...labels, NONE];
}

/** The same labels in the same order. */
export function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, k) => label === b[k]);
}

/** Label and probability of the likeliest outcome; of several the first. */
export function best(distribution: Distribution): { label: string; probability: number } {
  let label = '';
  let probability = -1;
  for (const [name, p] of Object.entries(distribution)) {
    if (p > probability) [label, probability] = [name, p];
  }
  return { label, probability };
}
