import type { Design } from './linear/design.js';
import { fitSoftmax, lossCurvature, type LinearWeights, type SoftmaxOptions } from './linear/softmax.js';
import type { Partial } from './types.js';

/**
 * Temperature scaling (Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", 2017): scores are divided by
 * one number before the softmax, so that probabilities mean what they say while the likeliest label stays the
 * likeliest. The number is fitted on scores that the examples get from models that did not see them
 * (cross-validation), since there is no held-out set where people label.
 */
export interface Calibration {
  readonly temperature: number;
  /** Number of examples that it was fitted on. */
  readonly examples: number;
}

export const UNCALIBRATED: Calibration = { temperature: 1, examples: 0 };

/** Fewer examples than this say nothing about calibration. */
const FEWEST = 12;
/** A calibration holds until there are this much more examples: it changes slowly, and costs several fits. */
const GROWTH = 1.2;
/** Spread of ln T that is expected before anything is known: with few examples it keeps the temperature near 1. */
const SPREAD = 0.5;
const LARGEST = Math.log(8);

/** Whether a calibration still holds for a number of examples. */
export function holds({ examples }: Calibration, now: number): boolean {
  return now < FEWEST ? true : examples > 0 && now >= examples / GROWTH && now <= examples * GROWTH;
}

/** Scores of rows by models that did not see them. */
export interface HeldOut {
  /** rows × classes, offsets included. */
  readonly scores: Float64Array;
  readonly classes: number;
  readonly examples: readonly Partial[];
}

/**
 * Scores the rows of the folds given, each by a model that is fitted without its fold.
 * @param fitted the model of all rows, from which the others start. They are to converge: what they have not unlearned of the
 *   rows of their fold would pass for foreseen
 * @param fold of every row
 */
export function heldOutScores(
  design: Design,
  examples: readonly Partial[],
  options: SoftmaxOptions,
  fitted: LinearWeights,
  fold: readonly number[],
  folds: readonly number[],
): HeldOut {
  const { classes, offsets } = options;
  const rows = [...fold.keys()];
  const offsetsOf = (selection: readonly number[]) =>
    offsets &&
    Float64Array.from({ length: selection.length * classes }, (_, i) => {
      return offsets[selection[Math.floor(i / classes)]! * classes + (i % classes)]!;
    });
  const found: number[] = [];
  const held: Partial[] = [];
  for (const number of folds) {
    const inside = rows.filter((row) => fold[row] !== number);
    const outside = rows.filter((row) => fold[row] === number);
    if (inside.length === 0 || outside.length === 0) continue;
    const given = offsetsOf(inside);
    const part = design.select(inside);
    const own = inside.map((row) => examples[row]!);
    const curvature = lossCurvature(part, own, fitted, given);
    const { weights, intercept } = fitSoftmax(part, own, {
      ...options,
      start: fitted,
      ...(given && { offsets: given }),
      ...(curvature && { curvature }),
    });
    const scores = offsetsOf(outside) ?? new Float64Array(outside.length * classes);
    for (let i = 0; i < scores.length; i++) scores[i]! += intercept[i % classes]!;
    design.select(outside).addScores(weights, classes, scores);
    for (const score of scores) found.push(score);
    for (const row of outside) held.push(examples[row]!);
  }
  return { scores: Float64Array.from(found), classes, examples: held };
}

/**
 * The temperature at which the examples are likeliest, by golden-section search over its logarithm. 1 for fewer examples
 * than can tell.
 */
export function fitTemperature(held: readonly HeldOut[]): number {
  const weight = held.reduce((sum, { examples }) => sum + examples.length, 0);
  if (weight < FEWEST) return 1;
  const loss = (logarithm: number) => {
    const temperature = Math.exp(logarithm);
    const prior = logarithm ** 2 / (2 * SPREAD ** 2);
    return held.reduce((sum, part) => sum + negativeLogLikelihood(part, temperature), prior);
  };
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [-LARGEST, LARGEST];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [lossA, lossB] = [loss(a), loss(b)];
  while (high - low > 1e-3) {
    if (lossA <= lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - ratio * (high - low);
      lossA = loss(a);
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + ratio * (high - low);
      lossB = loss(b);
    }
  }
  return Math.exp((low + high) / 2);
}

function negativeLogLikelihood({ scores, classes, examples }: HeldOut, temperature: number): number {
  let loss = 0;
  examples.forEach(({ allowed, weight }, row) => {
    const at = row * classes;
    let max = -Infinity;
    for (let k = at; k < at + classes; k++) if (scores[k]! > max) max = scores[k]!;
    let [all, some] = [0, 0];
    for (let k = at; k < at + classes; k++) all += Math.exp((scores[k]! - max) / temperature);
    for (const k of allowed) some += Math.exp((scores[at + k]! - max) / temperature);
    loss += weight * (Math.log(all) - Math.log(Math.max(some, Number.MIN_VALUE)));
  });
  return loss;
}

/**
 * Folds of items, by item: as even as they can be, also within each group. They depend on nothing but the keys and groups,
 * not on the order of the items.
 */
export function evenFolds(items: readonly { readonly key: number; readonly group: number }[], folds: number): number[] {
  const order = [...items.keys()].sort(
    (a, b) => items[a]!.group - items[b]!.group || items[a]!.key - items[b]!.key || a - b,
  );
  const result = new Array<number>(items.length);
  order.forEach((item, i) => (result[item] = i % folds));
  return result;
}
