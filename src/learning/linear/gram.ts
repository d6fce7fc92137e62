import { addDenseScores, type CompactRows, type DenseRows, type SparseRows } from './design.js';

/**
 * Linear models in the span of their examples. The weights of an L2-regularised model are a combination of its examples'
 * rows, W = Xᵀ·A (the representer theorem, Kimeldorf & Wahba 1971). So with G = X·Xᵀ = L·Lᵀ (Cholesky) the rows of L serve
 * as features in place of those of X: the fit is the same and n numbers wide, however many columns X has; and W = Xᵀ·A with
 * Lᵀ·A = V, where V are the weights on L. One more example is one more row of L.
 */
export interface ExampleSpan {
  readonly size: number;
  /** L, size × size, with zeros above the diagonal. */
  readonly lower: Float64Array;
}

/** Pivots smaller than this share of the row's squared length count as zero: the row adds nothing to the span. */
const RANK_TOLERANCE = 1e-10;

/**
 * The span of rows, dense joined with compact sparse ones.
 * @param known a span of which the first `shared` rows are these rows' first: saves their work
 */
export function exampleSpan(
  dense: DenseRows,
  { sparse, ids }: CompactRows,
  known?: ExampleSpan,
  shared = 0,
): ExampleSpan {
  const size = dense.rows;
  const lower = new Float64Array(size * size);
  if (known) {
    for (let r = 0; r < shared; r++) {
      lower.set(known.lower.subarray(r * known.size, r * known.size + shared), r * size);
    }
  }
  const { dimensions: d, data } = dense;
  const fresh = { rows: size - shared, dimensions: d, data: data.subarray(shared * d) };
  addDenseScores(fresh, Float64Array.from(data), size, lower.subarray(shared * size));
  const row = new Float64Array(ids.length);
  for (let i = shared; i < size; i++) {
    addSparseProducts(sparse, i, row, lower.subarray(i * size, (i + 1) * size));
    factorRow(lower, size, i);
  }
  return { size, lower };
}

/** products[j] += row i · row j, up to the diagonal. `scratch` has a number for each column, all zero. */
function addSparseProducts(
  { starts, columns, values }: SparseRows,
  i: number,
  scratch: Float64Array,
  products: Float64Array,
): void {
  const [from, to] = [starts[i]!, starts[i + 1]!];
  for (let e = from; e < to; e++) scratch[columns[e]!] = values[e]!;
  for (let j = 0; j <= i; j++) {
    let sum = 0;
    const end = starts[j + 1]!;
    for (let e = starts[j]!; e < end; e++) sum += values[e]! * scratch[columns[e]!]!;
    products[j]! += sum;
  }
  for (let e = from; e < to; e++) scratch[columns[e]!] = 0;
}

/** Turns row i of products into row i of L, given the rows before it (Cholesky–Banachiewicz); zeros where it adds nothing. */
export function factorRow(lower: Float64Array, size: number, i: number): void {
  const row = lower.subarray(i * size, (i + 1) * size);
  const squared = row[i]!;
  let rest = squared;
  for (let j = 0; j < i; j++) {
    const other = lower.subarray(j * size, j * size + j + 1);
    const pivot = other[j]!;
    let sum = row[j]!;
    for (let k = 0; k < j; k++) sum -= row[k]! * other[k]!;
    row[j] = pivot === 0 ? 0 : sum / pivot;
    rest -= row[j]! * row[j]!;
  }
  row[i] = rest > RANK_TOLERANCE * squared ? Math.sqrt(rest) : 0;
  row.fill(0, i + 1);
}

/**
 * Weights on L (classes × size) that give the examples these scores (size × classes), as far as weights in the span can:
 * V = L⁻¹·scores.
 */
export function weightsForScores({ size, lower }: ExampleSpan, scores: Float64Array, classes: number): Float64Array {
  const weights = new Float64Array(classes * size);
  for (let k = 0; k < classes; k++) {
    const w = weights.subarray(k * size, (k + 1) * size);
    for (let i = 0; i < size; i++) {
      const pivot = lower[i * size + i]!;
      if (pivot === 0) continue;
      let sum = scores[i * classes + k]!;
      for (let j = 0; j < i; j++) sum -= lower[i * size + j]! * w[j]!;
      w[i] = sum / pivot;
    }
  }
  return weights;
}

/** The combination A (size × classes) of the examples that weights on L (classes × size) stand for: Lᵀ·A = V. */
export function combination({ size, lower }: ExampleSpan, weights: Float64Array, classes: number): Float64Array {
  const result = new Float64Array(size * classes);
  const rest = Float64Array.from(weights);
  for (let i = size - 1; i >= 0; i--) {
    const pivot = lower[i * size + i]!;
    if (pivot === 0) continue;
    for (let k = 0; k < classes; k++) {
      const a = rest[k * size + i]! / pivot;
      result[i * classes + k] = a;
      for (let j = 0; j < i; j++) rest[k * size + j]! -= a * lower[i * size + j]!;
    }
  }
  return result;
}

/** Rows and the span that was made of them. */
export interface KnownRows {
  readonly dense: DenseRows;
  readonly sparse: SparseRows;
  readonly span: ExampleSpan;
}

/**
 * An order of rows in which the first `shared` are the known rows' first, number for number: their work need not be done
 * again. Rows are recognised by what is in them, whatever they were called before.
 */
export function inKnownOrder(
  dense: DenseRows,
  sparse: SparseRows,
  known: KnownRows | undefined,
): { order: number[]; shared: number } {
  const byHash = new Map<number, number[]>();
  for (let r = 0; r < dense.rows; r++) {
    const hash = rowHash(dense, sparse, r);
    byHash.set(hash, [...(byHash.get(hash) ?? []), r]);
  }
  const order: number[] = [];
  for (let r = 0; known && r < known.dense.rows; r++) {
    const same = byHash.get(rowHash(known.dense, known.sparse, r)) ?? [];
    const at = same.findIndex((other) => sameRow(known, r, { dense, sparse }, other));
    if (at < 0) break;
    order.push(...same.splice(at, 1));
  }
  const shared = order.length;
  for (const rest of byHash.values()) order.push(...rest);
  return { order, shared };
}

/** A hash of what is in a row. */
export function rowHash({ dimensions: d, data }: DenseRows, { starts, columns }: SparseRows, r: number): number {
  let hash = 0;
  for (let i = r * d; i < (r + 1) * d; i++) hash = Math.imul(hash, 31) ^ (data[i]! * 0x4000_0000);
  for (let e = starts[r]!; e < starts[r + 1]!; e++) hash = Math.imul(hash, 31) ^ columns[e]!;
  return hash;
}

type Rows = Pick<KnownRows, 'dense' | 'sparse'>;

function sameRow(a: Rows, r: number, b: Rows, q: number): boolean {
  const entries = (of: Rows, row: number) => [of.sparse.starts[row]!, of.sparse.starts[row + 1]!] as const;
  const [[from, to], [other, otherEnd]] = [entries(a, r), entries(b, q)];
  const d = a.dense.dimensions;
  if (d !== b.dense.dimensions || to - from !== otherEnd - other) return false;
  for (let i = 0; i < d; i++) if (a.dense.data[r * d + i] !== b.dense.data[q * d + i]) return false;
  for (let i = 0; i < to - from; i++) {
    if (a.sparse.columns[from + i] !== b.sparse.columns[other + i]) return false;
    if (a.sparse.values[from + i] !== b.sparse.values[other + i]) return false;
  }
  return true;
}
