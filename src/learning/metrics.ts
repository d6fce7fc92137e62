import type { Range } from '../corpus/types.js';

/** Share of predictions that are right; NaN for none. */
export function accuracy(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  sameLength(gold, predicted);
  let right = 0;
  for (let i = 0; i < gold.length; i++) if (gold[i] === predicted[i]) right++;
  return right / gold.length;
}

/** Mean of the classes' F1 over the classes that occur in gold or predicted, as scikit-learn's `average="macro"`. */
export function macroF1(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  sameLength(gold, predicted);
  const counts = new Map<number, { both: number; either: number }>();
  const count = (label: number) => {
    let entry = counts.get(label);
    if (!entry) counts.set(label, (entry = { both: 0, either: 0 }));
    return entry;
  };
  for (let i = 0; i < gold.length; i++) {
    count(gold[i]!).either++;
    count(predicted[i]!).either++;
    if (gold[i] === predicted[i]) count(gold[i]!).both++;
  }
  let sum = 0;
  for (const { both, either } of counts.values()) sum += (2 * both) / either;
  return sum / counts.size;
}

/**
 * F1 of labelled things that a passage holds any number of (entities, relations), over passages in the same order. A
 * prediction is right where the passage holds a thing of the same label and key; doubles count once.
 * @param key what has to be the same besides the label
 * @returns F1 over all of them, and the mean of the labels' F1 over the labels that occur in gold or predicted; 1 for none
 */
export function matchF1<T extends { readonly label: string }>(
  gold: readonly (readonly T[])[],
  predicted: readonly (readonly T[])[],
  key: (thing: T) => string,
): { micro: number; macro: number } {
  sameLength(gold, predicted);
  const counts = new Map<string, { both: number; either: number }>();
  const byLabel = (things: readonly T[]) =>
    new Map(things.map((thing) => [`${key(thing)}\0${thing.label}`, thing.label]));
  const count = (label: string) => {
    let entry = counts.get(label);
    if (!entry) counts.set(label, (entry = { both: 0, either: 0 }));
    return entry;
  };
  gold.forEach((things, i) => {
    const truth = byLabel(things);
    const guesses = byLabel(predicted[i]!);
    for (const label of truth.values()) count(label).either++;
    for (const [guess, label] of guesses) {
      count(label).either++;
      if (truth.has(guess)) count(label).both++;
    }
  });
  const f1 = ({ both, either }: { both: number; either: number }) => (either === 0 ? 1 : (2 * both) / either);
  const all = [...counts.values()];
  const total = all.reduce((sum, { both, either }) => ({ both: sum.both + both, either: sum.either + either }), {
    both: 0,
    either: 0,
  });
  return { micro: f1(total), macro: all.length === 0 ? 1 : all.reduce((sum, one) => sum + f1(one), 0) / all.length };
}

/** Key of an entity for matchF1: its place. */
export const spanKey = ({ start, end }: Range): string => `${start} ${end}`;

export const ECE_BINS = 15;

/**
 * Expected calibration error (Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017): the mean over predictions of
 * |accuracy − mean confidence| of their bin; 15 bins of equal width, (0, 1/15], (1/15, 2/15], …
 * @param confidence probability of each prediction's label
 */
export function expectedCalibrationError(confidence: ArrayLike<number>, right: ArrayLike<boolean>): number {
  sameLength(confidence, right);
  const gaps = new Float64Array(ECE_BINS);
  for (let i = 0; i < confidence.length; i++) {
    const bin = Math.min(ECE_BINS - 1, Math.max(0, Math.ceil(confidence[i]! * ECE_BINS) - 1));
    gaps[bin]! += (right[i] ? 1 : 0) - confidence[i]!;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / confidence.length;
}

/**
 * Area under a learning curve by the trapezoid rule, divided by the width of the curve: the mean score along the way. A
 * curve of one point is that point.
 * @param at labels given, ascending
 */
export function areaUnderLearningCurve(at: readonly number[], scores: readonly number[]): number {
  sameLength(at, scores);
  const width = at.at(-1)! - at[0]!;
  if (!(width > 0)) return scores.at(-1)!;
  let area = 0;
  for (let i = 1; i < at.length; i++) area += ((at[i]! - at[i - 1]!) * (scores[i]! + scores[i - 1]!)) / 2;
  return area / width;
}

function sameLength(a: ArrayLike<unknown>, b: ArrayLike<unknown>): void {
  if (a.length !== b.length) throw new RangeError(`lengths differ: ${a.length} and ${b.length}`);
}
