import { addDenseScores, type DenseRows } from './linear/design.js';
import type { Random } from './random.js';

/**
 * Geometry of rows of numbers: distances, k-means and k-centre. Everything depends on the order of the rows and on the
 * generator only, so whoever wants a result that does not depend on the order of a pool brings the rows into a canonical
 * one first.
 */

/** Rows whose products are in memory at a time. */
const CHUNK = 4096;

/** Squared Euclidean length of every row. */
export function squaredNorms({ rows, dimensions: d, data }: DenseRows): Float64Array {
  const norms = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let i = r * d; i < (r + 1) * d; i++) sum += data[i]! * data[i]!;
    norms[r] = sum;
  }
  return norms;
}

/** The rows scaled to length 1; a row of zeros stays one. */
export function unitRows(rows: DenseRows): DenseRows {
  const norms = squaredNorms(rows);
  const d = rows.dimensions;
  const data = new Float32Array(rows.rows * d);
  for (let r = 0; r < rows.rows; r++) {
    if (norms[r] === 0) continue;
    const length = Math.sqrt(norms[r]!);
    for (let i = r * d; i < (r + 1) * d; i++) data[i] = rows.data[i]! / length;
  }
  return { ...rows, data };
}

/** One row as weights of addDenseScores. */
export function rowOf({ dimensions: d, data }: DenseRows, row: number): Float64Array {
  return Float64Array.from(data.subarray(row * d, (row + 1) * d));
}

/** Calls back with the products of every row with each of `centres`, piece by piece: products[(row − from)·k + centre]. */
function forProducts(
  rows: DenseRows,
  centres: DenseRows,
  use: (from: number, to: number, products: Float64Array) => void,
): void {
  const d = rows.dimensions;
  const weights = Float64Array.from(centres.data);
  for (let from = 0; from < rows.rows; from += CHUNK) {
    const to = Math.min(rows.rows, from + CHUNK);
    const products = new Float64Array((to - from) * centres.rows);
    addDenseScores(
      { rows: to - from, dimensions: d, data: rows.data.subarray(from * d, to * d) },
      weights,
      centres.rows,
      products,
    );
    use(from, to, products);
  }
}

/** Lowers distances[row] to the squared distance from the row to the nearest of `centres`. */
export function lowerDistances(
  rows: DenseRows,
  norms: Float64Array,
  centres: DenseRows,
  distances: Float64Array,
  nearest?: Int32Array,
): void {
  const lengths = squaredNorms(centres);
  const k = centres.rows;
  forProducts(rows, centres, (from, to, products) => {
    for (let r = from; r < to; r++) {
      for (let c = 0; c < k; c++) {
        const distance = Math.max(0, norms[r]! + lengths[c]! - 2 * products[(r - from) * k + c]!);
        if (distance >= distances[r]!) continue;
        distances[r] = distance;
        if (nearest) nearest[r] = c;
      }
    }
  });
}

/** A draw from [0, weights.length) in proportion to weights ≥ 0; the first where all are zero. */
export function drawn(random: Random, weights: Float64Array): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = random.uniform() * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!(weights[i]! > 0)) continue;
    last = i;
    rest -= weights[i]!;
    if (rest < 0) break;
  }
  return last;
}

export interface Clustering {
  readonly centres: DenseRows;
  /** Centre of every row, and the squared distance to it. */
  readonly assignment: Int32Array;
  readonly distances: Float64Array;
}

/**
 * k-means: seeds by k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's iterations until nothing moves or `iterations`
 * are done. A cluster that loses all its rows keeps its centre. O(rows · k · dimensions) an iteration.
 * @param k clusters; at most as many as there are rows
 * @param weights how much each row counts; 1 by default
 */
export function kMeans(
  rows: DenseRows,
  k: number,
  random: Random,
  { weights, iterations = 10 }: { readonly weights?: Float64Array; readonly iterations?: number } = {},
): Clustering {
  const d = rows.dimensions;
  const count = Math.min(k, rows.rows);
  const norms = squaredNorms(rows);
  const data = new Float64Array(count * d);
  const centres = { rows: count, dimensions: d, data };
  const assignment = new Int32Array(rows.rows);
  let distances = new Float64Array(rows.rows).fill(Infinity);
  let chance = weights ? Float64Array.from(weights) : new Float64Array(rows.rows).fill(1);
  for (let c = 0; c < count; c++) {
    const centre = rowOf(rows, drawn(random, chance));
    data.set(centre, c * d);
    const fresh = new Int32Array(rows.rows).fill(-1);
    lowerDistances(rows, norms, { rows: 1, dimensions: d, data: centre }, distances, fresh);
    fresh.forEach((nearer, r) => nearer === 0 && (assignment[r] = c));
    chance = distances.map((distance, r) => distance * (weights?.[r] ?? 1));
  }
  for (let iteration = 0; iteration < iterations; iteration++) {
    const sums = new Float64Array(count * d);
    const totals = new Float64Array(count);
    for (let r = 0; r < rows.rows; r++) {
      const weight = weights?.[r] ?? 1;
      const at = assignment[r]! * d;
      totals[assignment[r]!]! += weight;
      for (let i = 0; i < d; i++) sums[at + i]! += weight * rows.data[r * d + i]!;
    }
    for (let i = 0; i < sums.length; i++) {
      const total = totals[Math.floor(i / d)]!;
      if (total > 0) data[i] = sums[i]! / total;
    }
    const before = Int32Array.from(assignment);
    distances = new Float64Array(rows.rows).fill(Infinity);
    lowerDistances(rows, norms, centres, distances, assignment);
    if (before.every((c, r) => c === assignment[r])) break;
  }
  return { centres, assignment, distances };
}

/**
 * Greedy k-centre (Gonzalez 1985; as core-set selection Sener & Savarese 2018): takes, again and again, the row that is
 * farthest from all centres so far. The largest distance to a centre is then at most twice the smallest possible one.
 * @param covered centres that are there already; without any, the first row is the first centre
 * @returns rows, in the order in which they were taken
 */
export function kCentre(rows: DenseRows, count: number, covered?: DenseRows): number[] {
  const norms = squaredNorms(rows);
  const distances = new Float64Array(rows.rows).fill(Infinity);
  if (covered && covered.rows > 0) lowerDistances(rows, norms, covered, distances);
  const taken: number[] = [];
  while (taken.length < Math.min(count, rows.rows)) {
    let farthest = -1;
    for (let r = 0; r < rows.rows; r++) {
      if (distances[r]! > (farthest < 0 ? -1 : distances[farthest]!)) farthest = r;
    }
    taken.push(farthest);
    const centre = { rows: 1, dimensions: rows.dimensions, data: rowOf(rows, farthest) };
    lowerDistances(rows, norms, centre, distances);
    // Taken, even where another row lies at the same place.
    distances[farthest] = -1;
  }
  return taken;
}

/**
 * The `count` rows of `others` that are nearest to each of `rows`, nearest first; equally near ones by index.
 * @returns rows × min(count, others) indices and squared distances
 */
export function nearestRows(
  rows: DenseRows,
  others: DenseRows,
  count: number,
): { readonly width: number; readonly indices: Int32Array; readonly distances: Float64Array } {
  const width = Math.min(count, others.rows);
  const indices = new Int32Array(rows.rows * width);
  const distances = new Float64Array(rows.rows * width).fill(Infinity);
  if (width === 0) return { width, indices, distances };
  const norms = squaredNorms(rows);
  const lengths = squaredNorms(others);
  forProducts(rows, others, (from, to, products) => {
    for (let r = from; r < to; r++) {
      const at = r * width;
      for (let o = 0; o < others.rows; o++) {
        const distance = Math.max(0, norms[r]! + lengths[o]! - 2 * products[(r - from) * others.rows + o]!);
        if (distance >= distances[at + width - 1]!) continue;
        let place = width - 1;
        for (; place > 0 && distances[at + place - 1]! > distance; place--) {
          distances[at + place] = distances[at + place - 1]!;
          indices[at + place] = indices[at + place - 1]!;
        }
        distances[at + place] = distance;
        indices[at + place] = o;
      }
    }
  });
  return { width, indices, distances };
}
