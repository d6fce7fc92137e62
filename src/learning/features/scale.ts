import type { DenseRows } from '../linear/design.js';

/**
 * Puts vectors on a common scale: every dimension centred and divided by its standard deviation, then by √dimensions,
 * so that a row is about one long, whatever the transformer. One penalty then suits every transformer, and dense and
 * lexical features weigh alike.
 */
export interface Scale {
  readonly mean: Float64Array;
  /** 1 / (standard deviation · √dimensions); 0 for a dimension that does not vary. */
  readonly factor: Float64Array;
}

/** The scale of a pool's vectors. Without rows nothing varies; callers fit on the pool, or on a sample of it. */
export function fitScale({ rows, dimensions, data }: DenseRows): Scale {
  const mean = new Float64Array(dimensions);
  const squared = new Float64Array(dimensions);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < dimensions; c++) mean[c]! += data[r * dimensions + c]! / rows;
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < dimensions; c++) squared[c]! += (data[r * dimensions + c]! - mean[c]!) ** 2 / rows;
  }
  const factor = squared.map((variance, c) =>
    variance > 1e-12 * (1 + mean[c]! ** 2) ? 1 / Math.sqrt(variance * dimensions) : 0,
  );
  return { mean, factor };
}

/** The scaled vectors of the rows selected. */
export function scaledRows(vectors: DenseRows, scale: Scale, selection: ArrayLike<number>): DenseRows {
  const d = vectors.dimensions;
  const data = new Float64Array(selection.length * d);
  for (let i = 0; i < selection.length; i++) {
    const from = selection[i]! * d;
    for (let c = 0; c < d; c++) data[i * d + c] = (vectors.data[from + c]! - scale.mean[c]!) * scale.factor[c]!;
  }
  return { rows: selection.length, dimensions: d, data };
}

/**
 * Weights on scaled vectors (outputs × dimensions) as weights on the vectors themselves, and what they add to each
 * output: W·((x − mean)·factor) = (W·factor)·x − Σ W·factor·mean.
 */
export function unscaleWeights(
  weights: Float64Array,
  { mean, factor }: Scale,
): { weights: Float64Array; constants: Float64Array } {
  const d = mean.length;
  const constants = new Float64Array(d === 0 ? 0 : weights.length / d);
  const unscaled = new Float64Array(weights.length);
  for (let i = 0; i < weights.length; i++) {
    const c = i % d;
    unscaled[i] = weights[i]! * factor[c]!;
    constants[(i - c) / d]! -= unscaled[i]! * mean[c]!;
  }
  return { weights: unscaled, constants };
}
