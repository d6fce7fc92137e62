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
}

/** Rows of numbers one after the other: row r is `data[r·dimensions, (r+1)·dimensions)`. */
export interface DenseRows {
  readonly rows: number;
  readonly dimensions: number;
  readonly data: Float32Array | Float64Array;
}

/** Compressed sparse rows: row r has the entries [starts[r], starts[r+1]). A column occurs at most once in a row. */
export interface SparseRows {
  readonly starts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

/** The rows selected, in the order given. */
export function selectDense({ dimensions: d, data }: DenseRows, selection: ArrayLike<number>): DenseRows {
  const selected = new Float32Array(selection.length * d);
  for (let i = 0; i < selection.length; i++) {
    selected.set(data.subarray(selection[i]! * d, (selection[i]! + 1) * d), i * d);
  }
  return { rows: selection.length, dimensions: d, data: selected };
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

/** scores[row·outputs + o] += dense[row]·weights[o], with `weights` outputs × dimensions. */
export function addDenseScores(
  dense: DenseRows,
  weights: Float32Array | Float64Array,
  outputs: number,
  scores: Float64Array,
): void {
  const { rows, dimensions: d, data } = dense;
  for (let r = 0; r < rows; r++) {
    const at = r * d;
    const out = r * outputs;
    let o = 0;
    // Four outputs at a time: every number of the row is read once for four products.
    for (; o + 4 <= outputs; o += 4) {
      let [w0, w1, w2, w3] = [o * d, (o + 1) * d, (o + 2) * d, (o + 3) * d];
      let [s0, s1, s2, s3] = [0, 0, 0, 0];
      for (let c = at; c < at + d; c++) {
        const x = data[c]!;
        s0 += x * weights[w0++]!;
        s1 += x * weights[w1++]!;
        s2 += x * weights[w2++]!;
        s3 += x * weights[w3++]!;
      }
      scores[out + o]! += s0;
      scores[out + o + 1]! += s1;
      scores[out + o + 2]! += s2;
      scores[out + o + 3]! += s3;
    }
    for (; o < outputs; o++) {
      let w = o * d;
      let s = 0;
      for (let c = at; c < at + d; c++) s += data[c]! * weights[w++]!;
      scores[out + o]! += s;
    }
  }
}

/** gradient[o] += Σ over rows of residuals[row·outputs + o] · dense[row]. */
export function addDenseGradient(
  dense: DenseRows,
  residuals: Float64Array,
  outputs: number,
  gradient: Float64Array,
): void {
  const { rows, dimensions: d, data } = dense;
  let r = 0;
  // Four rows at a time: the gradient is read and written once for four of them.
  for (; r + 4 <= rows; r += 4) {
    const [a, b, c, e] = [r * d, (r + 1) * d, (r + 2) * d, (r + 3) * d];
    for (let o = 0; o < outputs; o++) {
      const at = r * outputs + o;
      const r0 = residuals[at]!;
      const r1 = residuals[at + outputs]!;
      const r2 = residuals[at + 2 * outputs]!;
      const r3 = residuals[at + 3 * outputs]!;
      if (r0 === 0 && r1 === 0 && r2 === 0 && r3 === 0) continue;
      let g = o * d;
      for (let i = 0; i < d; i++, g++) {
        gradient[g]! += r0 * data[a + i]! + r1 * data[b + i]! + r2 * data[c + i]! + r3 * data[e + i]!;
      }
    }
  }
  for (; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      const residual = residuals[r * outputs + o]!;
      if (residual === 0) continue;
      let g = o * d;
      for (let i = r * d; i < (r + 1) * d; i++) gradient[g++]! += residual * data[i]!;
    }
  }
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
  for (let r = 0; r + 1 < starts.length; r++) {
    const out = r * outputs;
    const end = starts[r + 1]!;
    for (let e = starts[r]!; e < end; e++) {
      const column = columns[e]!;
      const at = (position ? position[column]! : column) * outputs;
      if (at < 0) continue;
      const value = values[e]!;
      for (let o = 0; o < outputs; o++) scores[out + o]! += value * weights[at + o]!;
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
  const ids = Uint32Array.from(new Set(sparse.columns)).sort();
  const position = new Map<number, number>();
  ids.forEach((id, i) => position.set(id, i));
  return { sparse: { ...sparse, columns: sparse.columns.map((column) => position.get(column)!) }, ids };
}

/**
 * Dense rows joined with compact sparse rows. Weights: classes × dimensions for the dense part, then sparse
 * columns × classes (of the same column together), so that either part runs through memory in order.
 */
export class JoinedRows implements Design {
  readonly rows: number;
  readonly columns: number;

  constructor(
    readonly dense: DenseRows,
    readonly sparse?: CompactRows,
  ) {
    if (sparse !== undefined && sparse.sparse.starts.length !== dense.rows + 1) {
      throw new RangeError(`${dense.rows} dense rows cannot be joined with ${sparse.sparse.starts.length - 1} sparse`);
    }
    this.rows = dense.rows;
    this.columns = dense.dimensions + (sparse?.ids.length ?? 0);
  }

  addScores(weights: Float64Array, classes: number, scores: Float64Array): void {
    addDenseScores(this.dense, weights, classes, scores);
    if (this.sparse) {
      addSparseScores(this.sparse.sparse, weights.subarray(classes * this.dense.dimensions), classes, scores);
    }
  }

  addGradient(residuals: Float64Array, classes: number, gradient: Float64Array): void {
    addDenseGradient(this.dense, residuals, classes, gradient);
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
