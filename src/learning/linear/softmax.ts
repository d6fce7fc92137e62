import type { Partial } from '../types.js';
import type { Design } from './design.js';
import { minimise } from './lbfgs.js';

/**
 * Multinomial logistic regression with an L2 penalty. Minimises
 *
 *   1/(2C)·‖W‖² + interceptPenalty/2·‖b‖² + Σ over rows of  −weight · log Σ over allowed classes of p(class | row)
 *
 * with p the softmax of W·x + b + offset. With one allowed class a row this is scikit-learn's LogisticRegression
 * (multinomial; the intercept is not penalised by default); several are a partial label (Cour, Sapp & Taskar, "Learning
 * from partial labels", 2011).
 */
export interface SoftmaxOptions {
  readonly classes: number;
  /** Inverse strength of the penalty, against the sum of the losses. */
  readonly C: number;
  /** columns × classes: what each weight's square costs, twice over, in place of 1/C. */
  readonly penalties?: Float64Array;
  readonly interceptPenalty?: number;
  /** rows × classes, added to the scores and not learned: a prior. −Infinity makes a class impossible for a row. */
  readonly offsets?: Float64Array;
  /** That of the loss about where the fit will end, without the penalties: a fit that starts near it ends sooner. */
  readonly curvature?: Curvature;
  /** Where to start: zero by default. */
  readonly start?: LinearWeights;
  /** The fit ends when no element of the gradient is larger: PARITY, or interactiveTolerance(). */
  readonly tolerance: number;
  readonly maxIterations?: number;
}

export interface LinearWeights {
  /** columns × classes, in the design's order. */
  readonly weights: Float64Array;
  readonly intercept: Float64Array;
}

/** The diagonal of the Hessian of the losses. */
export interface Curvature {
  /** In the order of the weights. */
  readonly weights: Float32Array | Float64Array;
  /** The mean of the classes'. */
  readonly intercept: number;
}

export interface SoftmaxFit extends LinearWeights {
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Least curvature: steps along what is flatter are no longer. */
const FLATTEST = 1e-9;
/** Largest element of the gradient when a fit is compared with another library's. */
export const PARITY = 1e-8;
/** Fits the model; throws a RangeError for an example whose allowed classes are empty, unknown or all impossible. */
export function fitSoftmax(design: Design, examples: readonly Partial[], options: SoftmaxOptions): SoftmaxFit {
  const { classes, C, penalties, curvature, offsets, start } = options;
  const interceptPenalty = options.interceptPenalty ?? 0;
  checkExamples(design, examples, options);
  const size = design.columns * classes;
  const x0 = new Float64Array(size + classes);
  if (start) {
    x0.set(start.weights);
    x0.set(start.intercept, size);
  }
  const scores = new Float64Array(design.rows * classes);
  const objective = (x: Float64Array, gradient: Float64Array) => {
    const weights = x.subarray(0, size);
    const intercept = x.subarray(size);
    fillScores(scores, intercept, offsets);
    design.addScores(weights, classes, scores);
    const loss = lossAndResiduals(scores, classes, examples);
    let squared = 0;
    for (let i = 0; i < size; i++) {
      const slope = x[i]! * (penalties?.[i] ?? 1 / C);
      squared += x[i]! * slope;
      gradient[i] = slope;
    }
    let interceptSquared = 0;
    for (let k = 0; k < classes; k++) {
      interceptSquared += intercept[k]! * intercept[k]!;
      gradient[size + k] = interceptPenalty * intercept[k]!;
    }
    for (let i = 0; i < scores.length; i++) gradient[size + (i % classes)]! += scores[i]!;
    design.addGradient(scores, classes, gradient.subarray(0, size));
    return loss + squared / 2 + (interceptPenalty * interceptSquared) / 2;
  };
  const minimum = design.during(() =>
    minimise(objective, x0, {
      tolerance: options.tolerance,
      maxIterations: options.maxIterations ?? 1000,
      ...(curvature && {
        curvature: Float64Array.from({ length: x0.length }, (_, i) =>
          i < size
            ? Math.max(FLATTEST, curvature.weights[i]! + (penalties?.[i] ?? 1 / C))
            : Math.max(FLATTEST, curvature.intercept + interceptPenalty),
        ),
      }),
    }),
  );
  return {
    weights: minimum.x.slice(0, size),
    intercept: minimum.x.slice(size),
    loss: minimum.value,
    iterations: minimum.iterations,
    converged: minimum.converged,
  };
}

/** The curvature at some weights; undefined for designs that cannot tell. */
export function lossCurvature(
  design: Design,
  examples: readonly Partial[],
  { weights, intercept }: LinearWeights,
  offsets?: Float64Array,
): Curvature | undefined {
  if (design.addCurvature === undefined) return undefined;
  const classes = intercept.length;
  const scores = new Float64Array(design.rows * classes);
  fillScores(scores, intercept, offsets);
  design.addScores(weights, classes, scores);
  softmaxRows(scores, classes);
  const curvature = scores.map((p, i) => examples[Math.floor(i / classes)]!.weight * p * (1 - p));
  const diagonal = new Float64Array(weights.length);
  design.addCurvature(curvature, classes, diagonal);
  return { weights: diagonal, intercept: curvature.reduce((sum, c) => sum + c, 0) / classes };
}

/**
 * The tolerance of a fit for a person at work: a share of the root of the number of examples that carry a label, since so
 * does the sampling noise of the gradient grow. What lies below it is not worth an iteration.
 */
export function interactiveTolerance(labelled: number, share: number): number {
  return share * Math.sqrt(Math.max(1, labelled));
}

/** Softmax of each row of scores divided by the temperature, in place. */
export function softmaxRows(scores: Float64Array, classes: number, temperature = 1): void {
  for (let at = 0; at + classes <= scores.length; at += classes) {
    let max = -Infinity;
    for (let k = at; k < at + classes; k++) if (scores[k]! > max) max = scores[k]!;
    let sum = 0;
    for (let k = at; k < at + classes; k++) {
      const e = Math.exp((scores[k]! - max) / temperature);
      scores[k] = e;
      sum += e;
    }
    for (let k = at; k < at + classes; k++) scores[k]! /= sum;
  }
}

function fillScores(scores: Float64Array, intercept: Float64Array, offsets: Float64Array | undefined): void {
  const classes = intercept.length;
  for (let i = 0; i < scores.length; i++) scores[i] = intercept[i % classes]! + (offsets?.[i] ?? 0);
}

/**
 * Replaces every row of scores by the derivative of its loss, weight·(p − q), where q is p restricted to the allowed
 * classes and made to sum to 1; returns the sum of the losses.
 */
function lossAndResiduals(scores: Float64Array, classes: number, examples: readonly Partial[]): number {
  let loss = 0;
  for (let r = 0; r < examples.length; r++) {
    const { allowed, weight } = examples[r]!;
    const at = r * classes;
    let max = -Infinity;
    for (let k = at; k < at + classes; k++) if (scores[k]! > max) max = scores[k]!;
    if (allowed.length === 1) {
      // The common case: one exponential a class.
      const gold = at + allowed[0]!;
      const goldScore = scores[gold]!;
      let sum = 0;
      for (let k = at; k < at + classes; k++) sum += scores[k] = Math.exp(scores[k]! - max);
      const share = weight / sum;
      for (let k = at; k < at + classes; k++) scores[k]! *= share;
      scores[gold]! -= weight;
      loss += weight * (max + Math.log(sum) - goldScore);
      continue;
    }
    let maxAllowed = -Infinity;
    for (const k of allowed) if (scores[at + k]! > maxAllowed) maxAllowed = scores[at + k]!;
    // Each sum is taken relative to its own largest term: exact also where the allowed classes have next to no mass.
    let sumAllowed = 0;
    for (const k of allowed) sumAllowed += Math.exp(scores[at + k]! - maxAllowed);
    let sum = 0;
    for (let k = at; k < at + classes; k++) sum += Math.exp(scores[k]! - max);
    loss += weight * (max + Math.log(sum) - maxAllowed - Math.log(sumAllowed));
    const q = allowed.map((k) => Math.exp(scores[at + k]! - maxAllowed) / sumAllowed);
    for (let k = at; k < at + classes; k++) scores[k] = (weight * Math.exp(scores[k]! - max)) / sum;
    allowed.forEach((k, i) => (scores[at + k]! -= weight * q[i]!));
  }
  return loss;
}

function checkExamples(design: Design, examples: readonly Partial[], { classes, offsets }: SoftmaxOptions): void {
  if (examples.length !== design.rows) {
    throw new RangeError(`${examples.length} examples do not fit ${design.rows} rows`);
  }
  examples.forEach(({ allowed, weight }, r) => {
    if (!(weight >= 0)) throw new RangeError(`example ${r}: the weight ${weight} is not a number ≥ 0`);
    if (allowed.some((k) => !(Number.isInteger(k) && k >= 0 && k < classes))) {
      throw new RangeError(`example ${r}: allows [${allowed.join(', ')}], but there are ${classes} classes`);
    }
    if (!allowed.some((k) => (offsets?.[r * classes + k] ?? 0) > -Infinity)) {
      throw new RangeError(`example ${r}: none of its allowed classes [${allowed.join(', ')}] is possible`);
    }
  });
}
