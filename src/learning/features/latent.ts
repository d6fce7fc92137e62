import { addDenseScores, type DenseRows, type SparseRows } from '../linear/design.js';
import { factorRow } from '../linear/gram.js';
import { Random } from '../random.js';
import { COLUMNS } from './lexical.js';
import { fitScale, type Scale } from './scale.js';

/**
 * Latent semantic features (Deerwester et al., "Indexing by latent semantic analysis", 1990): lexical features projected onto
 * the directions in which the passages of a pool vary most, so that words which the corpus uses alike count alike, labelled or
 * not. They are linear in the lexical features: a head's weights on them can be handed over to the lexical columns.
 */
export interface Latent {
  /** Lexical columns with a share in the directions, ascending. */
  readonly columns: Uint32Array;
  /** columns × dimensions; the directions are orthonormal. */
  readonly shares: Float32Array;
  readonly dimensions: number;
  /** Of a pool's projections: brought to a length of about one, less where there are few directions. */
  readonly scale: Scale;
}

/** Directions at most; small pools have fewer, one for so many passages. */
const DIMENSIONS = 32;
const PASSAGES_EACH = 16;
/** Passages that directions are learned from at most, spread evenly over the pool. */
const SAMPLE = 4000;
/** A column that fewer passages of the sample have says nothing about what words go together. */
const LEAST = 4;
/** Rounds of subspace iteration. */
const ROUNDS = 3;
const SEED = 32;

const NO_DIRECTIONS: Latent = {
  columns: new Uint32Array(0),
  shares: new Float32Array(0),
  dimensions: 0,
  scale: { mean: new Float64Array(0), factor: 0 },
};

/** The directions of a pool's weighted lexical rows, by randomised subspace iteration (Halko, Martinsson & Tropp 2011). */
export function fitLatent(pool: SparseRows): Latent {
  const { starts, columns, values, ids } = sampled(pool);
  const rows = starts.length - 1;
  const dimensions = Math.min(DIMENSIONS, Math.floor(rows / PASSAGES_EACH), ids.length);
  if (dimensions === 0) return NO_DIRECTIONS;
  const d = dimensions;
  const forth = (right: Float64Array): Float64Array => {
    const left = new Float64Array(rows * d);
    eachEntry(starts, (row, e) => addScaled(left, row * d, right, columns[e]! * d, values[e]!, d));
    return left;
  };
  const back = (left: Float64Array): Float64Array => {
    const right = new Float64Array(ids.length * d);
    eachEntry(starts, (row, e) => addScaled(right, columns[e]! * d, left, row * d, values[e]!, d));
    return right;
  };
  const random = new Random(SEED);
  let left = orthonormal(
    Float64Array.from({ length: rows * d }, () => random.uniform() - 0.5),
    d,
  );
  for (let round = 0; round < ROUNDS; round++) left = orthonormal(forth(back(left)), d);
  const shares = orthonormal(back(left), d);
  const { mean, factor } = fitScale({ rows, dimensions, data: forth(shares) });
  const scale = { mean, factor: factor * Math.sqrt(dimensions / DIMENSIONS) };
  return { columns: ids, shares: Float32Array.from(shares), dimensions, scale };
}

/** Weighted lexical rows, projected; not scaled yet. */
export function latentRows({ starts, columns, values }: SparseRows, latent: Latent): DenseRows {
  const { dimensions: d, shares } = latent;
  const data = new Float64Array((starts.length - 1) * d);
  const position = positionsOf(latent);
  eachEntry(starts, (row, e) => {
    const at = position[columns[e]!]!;
    if (at >= 0) addScaled(data, row * d, shares, at * d, values[e]!, d);
  });
  return { rows: starts.length - 1, dimensions: d, data };
}

/**
 * Weights on projections (outputs × dimensions) as weights on the lexical columns: `latent.columns` × outputs.
 */
export function lexicalWeights(
  { columns, shares, dimensions }: Latent,
  weights: Float64Array,
  outputs: number,
): Float64Array {
  const result = new Float64Array(columns.length * outputs);
  addDenseScores({ rows: columns.length, dimensions, data: shares }, weights, outputs, result);
  return result;
}

const positions = new WeakMap<Latent, Int32Array>();

/** Of each lexical column, where its share is; −1 for those without. */
function positionsOf(latent: Latent): Int32Array {
  let known = positions.get(latent);
  if (known === undefined) {
    known = new Int32Array(COLUMNS).fill(-1);
    for (let i = 0; i < latent.columns.length; i++) known[latent.columns[i]!] = i;
    positions.set(latent, known);
  }
  return known;
}

/** Evenly spread rows, with the columns that are frequent among them renumbered; `ids` are their former numbers. */
function sampled({ starts, columns, values }: SparseRows): SparseRows & { readonly ids: Uint32Array } {
  const rows = starts.length - 1;
  const step = Math.max(1, rows / SAMPLE);
  const chosen: number[] = [];
  for (let at = 0; at < rows; at += step) chosen.push(Math.floor(at));
  const frequency = new Uint32Array(COLUMNS);
  for (const row of chosen) for (let e = starts[row]!; e < starts[row + 1]!; e++) frequency[columns[e]!]!++;
  const ids: number[] = [];
  const position = new Int32Array(COLUMNS).fill(-1);
  frequency.forEach((count, column) => {
    if (count >= LEAST) position[column] = ids.push(column) - 1;
  });
  const kept = { starts: new Uint32Array(chosen.length + 1), columns: [] as number[], values: [] as number[] };
  chosen.forEach((row, i) => {
    for (let e = starts[row]!; e < starts[row + 1]!; e++) {
      const at = position[columns[e]!]!;
      if (at < 0) continue;
      kept.columns.push(at);
      kept.values.push(values[e]!);
    }
    kept.starts[i + 1] = kept.columns.length;
  });
  return {
    starts: kept.starts,
    columns: Uint32Array.from(kept.columns),
    values: Float32Array.from(kept.values),
    ids: Uint32Array.from(ids),
  };
}

function eachEntry(starts: Uint32Array, visit: (row: number, entry: number) => void): void {
  for (let row = 0; row + 1 < starts.length; row++) for (let e = starts[row]!; e < starts[row + 1]!; e++) visit(row, e);
}

/** target[at …] += factor · source[from …], `d` numbers. */
function addScaled(
  target: Float64Array,
  at: number,
  source: Float64Array | Float32Array,
  from: number,
  factor: number,
  d: number,
): void {
  for (let i = 0; i < d; i++) target[at + i]! += factor * source[from + i]!;
}

/** Orthonormal columns that span those of a matrix (rows × d), by Cholesky; columns that add nothing become zero. */
function orthonormal(matrix: Float64Array, d: number): Float64Array {
  const products = new Float64Array(d * d);
  for (let at = 0; at < matrix.length; at += d)
    for (let i = 0; i < d; i++) {
      const value = matrix[at + i]!;
      if (value !== 0) addScaled(products, i * d, matrix, at, value, i + 1);
    }
  for (let i = 0; i < d; i++) factorRow(products, d, i);
  const result = new Float64Array(matrix.length);
  for (let at = 0; at < matrix.length; at += d)
    for (let i = 0; i < d; i++) {
      const pivot = products[i * d + i]!;
      if (pivot === 0) continue;
      let sum = matrix[at + i]!;
      for (let j = 0; j < i; j++) sum -= products[i * d + j]! * result[at + j]!;
      result[at + i] = sum / pivot;
    }
  return result;
}
