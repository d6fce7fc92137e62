import { addDenseGradient, addDenseScores, ResidentRows, selectDense, type DenseRows } from './dense.js';
import { scope } from './kernels.js';

export { addDenseGradient, addDenseScores, selectDense, type DenseRows } from './dense.js';

/**
 * The matrix of a linear model, as the operator that a fit needs: scores = X·W and gradient = Xᵀ·R. What X is made of
 * (dense rows, sparse rows, spans put together from words) is the design's own business, and so is the order of its
 * parameters.
 */
export interface Design {
  readonly rows: number;
  /** Parameters per class, the intercept not counted. */
  readonly columns: number;
  /** scores (rows × classes) += X·W; `weights` holds columns × classes numbers. */
  addScores(weights: Float64Array, classes: number, scores: Float64Array): void;
  /** gradient (columns × classes, in the order of the weights) += Xᵀ·residuals. */
  addGradient(residuals: Float64Array, classes: number, gradient: Float64Array): void;
  /**
   * diagonal (as the weights) += Σ over rows of curvature[row·classes + k] · X²: for the diagonal of a Hessian, which may be
   * an approximation. Only where fits are helped by it.
   */
  addCurvature?(curvature: Float64Array, classes: number, diagonal: Float64Array): void;
  /** The design of the rows selected, with the same columns. */
  select(rows: readonly number[]): Design;
  /** Runs `work`, in which the operator is used again and again: what it reads each time may be made ready once. */
  during<T>(work: () => T): T;
}

/** The dense part of a design: in the kernels' memory while the design is used again and again. */
export class DensePart {
  #resident: ResidentRows | undefined;

  constructor(readonly rows: DenseRows) {}

  during<T>(work: () => T): T {
    return scope(() => {
      this.#resident = new ResidentRows(this.rows);
      try {
        return work();
      } finally {
        this.#resident = undefined;
      }
    });
  }

  addScores(weights: Float64Array, outputs: number, scores: Float64Array, stride = outputs): void {
    if (this.#resident) this.#resident.addScores(weights, outputs, scores, stride);
    else addDenseScores(this.rows, weights, outputs, scores, stride);
  }

  addGradient(residuals: Float64Array, outputs: number, gradient: Float64Array, stride = outputs): void {
    if (this.#resident) this.#resident.addGradient(residuals, outputs, gradient, stride);
    else addDenseGradient(this.rows, residuals, outputs, gradient, stride);
  }
}

/** Compressed sparse rows: row r has the entries [starts[r], starts[r+1]). A column occurs at most once in a row. */
export interface SparseRows {
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** The rows selected, in the order given. */
export function selectSparse(rows: SparseRows, selection: ArrayLike<number>): SparseRows {
  const starts = new Uint32Array(selection.length + 1);
  for (let i = 0; i < selection.length; i++) {
    const r = selection[i]!;
    starts[i + 1] = starts[i]! + rows.starts[r + 1]! - rows.starts[r]!;
  }
  const columns = new Uint32Array(starts[selection.length]!);
  const values = new Float32Array(columns.length);
  for (let i = 0; i < selection.length; i++) {
    const [from, to] = [rows.starts[selection[i]!]!, rows.starts[selection[i]! + 1]!];
    columns.set(rows.columns.subarray(from, to), starts[i]);
    values.set(rows.values.subarray(from, to), starts[i]);
  }
  return { starts, columns, values };
}

/**
 * scores[row·outputs + o] += Σ value · weights[column·outputs + o].
 * @param position where a column's weights are, from columnPositions; columns at −1 are passed over
 */
export function addSparseScores(
  { starts, columns, values }: SparseRows,
  weights: Float64Array,
  outputs: number,
  scores: Float64Array,
  position?: Int32Array,
): void {
  const places: number[] = [];
  const factors: number[] = [];
  const blocked = outputs - (outputs % 4);
  for (let r = 0; r + 1 < starts.length; r++) {
    const end = starts[r + 1]!;
    let count = 0;
    for (let e = starts[r]!; e < end; e++) {
      const column = columns[e]!;
      const place = position ? position[column]! : column;
      if (place < 0) continue;
      places[count] = place * outputs;
      factors[count++] = values[e]!;
    }
    const out = r * outputs;
    // Four outputs at a time, summed where they are fastest to reach.
    for (let o = 0; o < blocked; o += 4) {
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let i = 0; i < count; i++) {
        const at = places[i]! + o;
        const factor = factors[i]!;
        s0 += factor * weights[at]!;
        s1 += factor * weights[at + 1]!;
        s2 += factor * weights[at + 2]!;
        s3 += factor * weights[at + 3]!;
      }
      scores[out + o]! += s0;
      scores[out + o + 1]! += s1;
      scores[out + o + 2]! += s2;
      scores[out + o + 3]! += s3;
    }
    for (let o = blocked; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += factors[i]! * weights[places[i]! + o]!;
      scores[out + o]! += sum;
    }
  }
}

/** gradient[column·outputs + o] += Σ value · residuals[row·outputs + o]. */
export function addSparseGradient(
  { starts, columns, values }: SparseRows,
  residuals: Float64Array,
  outputs: number,
  gradient: Float64Array,
): void {
  for (let r = 0; r + 1 < starts.length; r++) {
    const from = r * outputs;
    const end = starts[r + 1]!;
    for (let e = starts[r]!; e < end; e++) {
      const at = columns[e]! * outputs;
      const value = values[e]!;
      for (let o = 0; o < outputs; o++) gradient[at + o]! += value * residuals[from + o]!;
    }
  }
}

/** Sparse rows with their columns renumbered from 0 in ascending order of `ids`, the columns that occur. */
export interface CompactRows {
  readonly sparse: SparseRows;
  readonly ids: Uint32Array;
}

/** Leaves out the columns in which no row has an entry. */
export function compact(sparse: SparseRows): CompactRows {
  const seen = new Uint8Array(sparse.columns.reduce((max, column) => Math.max(max, column), -1) + 1);
  for (const column of sparse.columns) seen[column] = 1;
  const position = new Uint32Array(seen.length);
  const ids: number[] = [];
  for (let column = 0; column < seen.length; column++) {
    if (seen[column] === 1) position[column] = ids.push(column) - 1;
  }
  const columns = sparse.columns.map((column) => position[column]!);
  return { sparse: { ...sparse, columns }, ids: Uint32Array.from(ids) };
}

/**
 * Dense rows joined with compact sparse rows. Weights: classes × dimensions for the dense part, then sparse
 * columns × classes (of the same column together), so that either part runs through memory in order.
 */
export class JoinedRows implements Design {
  readonly rows: number;
  readonly columns: number;
  readonly #dense: DensePart;

  constructor(
    readonly dense: DenseRows,
    readonly sparse?: CompactRows,
  ) {
    if (sparse !== undefined && sparse.sparse.starts.length !== dense.rows + 1) {
      throw new RangeError(`${dense.rows} dense rows cannot be joined with ${sparse.sparse.starts.length - 1} sparse`);
    }
    this.#dense = new DensePart(dense);
    this.rows = dense.rows;
    this.columns = dense.dimensions + (sparse?.ids.length ?? 0);
  }

  select(rows: readonly number[]): JoinedRows {
    return new JoinedRows(
      selectDense(this.dense, rows),
      this.sparse && { ids: this.sparse.ids, sparse: selectSparse(this.sparse.sparse, rows) },
    );
  }

  during<T>(work: () => T): T {
    return this.#dense.during(work);
  }

  addScores(weights: Float64Array, classes: number, scores: Float64Array): void {
    this.#dense.addScores(weights, classes, scores);
    if (this.sparse) {
      addSparseScores(this.sparse.sparse, weights.subarray(classes * this.dense.dimensions), classes, scores);
    }
  }

  addGradient(residuals: Float64Array, classes: number, gradient: Float64Array): void {
    this.#dense.addGradient(residuals, classes, gradient);
    if (this.sparse) {
      addSparseGradient(this.sparse.sparse, residuals, classes, gradient.subarray(classes * this.dense.dimensions));
    }
  }
}

/**
 * The weights of sparse columns `from` (ascending) moved to where the columns `to` (ascending) are, `outputs` a column;
 * zero for columns that are new.
 */
export function carriedWeights(
  from: Uint32Array,
  weights: Float64Array,
  to: Uint32Array,
  outputs: number,
): Float64Array {
  const result = new Float64Array(to.length * outputs);
  for (let i = 0, j = 0; i < to.length && j < from.length;) {
    if (to[i]! < from[j]!) i++;
    else if (to[i]! > from[j]!) j++;
    else {
      result.set(weights.subarray(j * outputs, (j + 1) * outputs), i * outputs);
      i++;
      j++;
    }
  }
  return result;
}

/** The sums of two models' weights on sparse columns (ascending), `outputs` a column; a column may be missing in either. */
export function addedColumns(
  one: Uint32Array,
  oneWeights: Float64Array,
  other: Uint32Array,
  otherWeights: Float64Array,
  outputs: number,
): { readonly columns: Uint32Array; readonly sparse: Float64Array } {
  const columns = new Uint32Array(one.length + other.length);
  const sparse = new Float64Array(columns.length * outputs);
  let count = 0;
  for (let i = 0, j = 0; i < one.length || j < other.length; count++) {
    const column = Math.min(one[i] ?? Infinity, other[j] ?? Infinity);
    columns[count] = column;
    const add = (weights: Float64Array, at: number): void => {
      for (let o = 0; o < outputs; o++) sparse[count * outputs + o]! += weights[at * outputs + o]!;
    };
    if (one[i] === column) add(oneWeights, i++);
    if (other[j] === column) add(otherWeights, j++);
  }
  return { columns: columns.slice(0, count), sparse: sparse.slice(0, count * outputs) };
}

/** Where the columns `ids` are among themselves, by id: −1 for a column that is not one of them. */
export function columnPositions(ids: Uint32Array, columns: number): Int32Array {
  const position = new Int32Array(columns).fill(-1);
  ids.forEach((id, i) => (position[id] = i));
  return position;
}

/** One array after the other. */
export function concatenated(...parts: readonly Float64Array[]): Float64Array {
  const result = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
