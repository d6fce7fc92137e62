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

/**
 * scores[row·stride + o] += dense[row]·weights[o], with `weights` outputs × dimensions.
 * @param stride distance between rows of scores, which may hold more than these outputs
 */
export function addDenseScores(
  dense: DenseRows,
  weights: Float64Array,
  outputs: number,
  scores: Float64Array,
  stride = outputs,
): void {
  const { rows, dimensions: d, data } = dense;
  const blocked = outputs - (outputs % 4);
  for (let r = 0; r < rows; r += 2) {
    // Two rows by four outputs at a time: six numbers are read for eight products. An odd last row stands in twice.
    const pair = r + 1 < rows;
    const a = r * d;
    const b = pair ? a + d : a;
    const outA = r * stride;
    const outB = outA + stride;
    for (let o = 0; o < blocked; o += 4) {
      const w0 = o * d;
      const w1 = w0 + d;
      const w2 = w1 + d;
      const w3 = w2 + d;
      let [a0, a1, a2, a3, b0, b1, b2, b3] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = 0; i < d; i++) {
        const x = data[a + i]!;
        const y = data[b + i]!;
        const v0 = weights[w0 + i]!;
        const v1 = weights[w1 + i]!;
        const v2 = weights[w2 + i]!;
        const v3 = weights[w3 + i]!;
        a0 += x * v0;
        a1 += x * v1;
        a2 += x * v2;
        a3 += x * v3;
        b0 += y * v0;
        b1 += y * v1;
        b2 += y * v2;
        b3 += y * v3;
      }
      scores[outA + o]! += a0;
      scores[outA + o + 1]! += a1;
      scores[outA + o + 2]! += a2;
      scores[outA + o + 3]! += a3;
      if (!pair) continue;
      scores[outB + o]! += b0;
      scores[outB + o + 1]! += b1;
      scores[outB + o + 2]! += b2;
      scores[outB + o + 3]! += b3;
    }
    for (let o = blocked; o < outputs; o++) {
      const w = o * d;
      let [sumA, sumB] = [0, 0];
      for (let i = 0; i < d; i++) {
        sumA += data[a + i]! * weights[w + i]!;
        sumB += data[b + i]! * weights[w + i]!;
      }
      scores[outA + o]! += sumA;
      if (pair) scores[outB + o]! += sumB;
    }
  }
}

/** gradient[o] += Σ over rows of residuals[row·stride + o] · dense[row]. */
export function addDenseGradient(
  dense: DenseRows,
  residuals: Float64Array,
  outputs: number,
  gradient: Float64Array,
  stride = outputs,
): void {
  const { rows, dimensions: d, data } = dense;
  const blocked = rows - (rows % 4);
  for (let r = 0; r < blocked; r += 4) {
    // Four rows by two outputs at a time; an odd last output stands in twice, the second time with nothing to add.
    const [x0, x1, x2, x3] = [r * d, (r + 1) * d, (r + 2) * d, (r + 3) * d];
    for (let o = 0; o < outputs; o += 2) {
      const pair = o + 1 < outputs;
      const at = r * stride + o;
      const p0 = residuals[at]!;
      const p1 = residuals[at + stride]!;
      const p2 = residuals[at + 2 * stride]!;
      const p3 = residuals[at + 3 * stride]!;
      const q0 = pair ? residuals[at + 1]! : 0;
      const q1 = pair ? residuals[at + 1 + stride]! : 0;
      const q2 = pair ? residuals[at + 1 + 2 * stride]! : 0;
      const q3 = pair ? residuals[at + 1 + 3 * stride]! : 0;
      const g = o * d;
      const h = pair ? g + d : g;
      for (let i = 0; i < d; i++) {
        const v0 = data[x0 + i]!;
        const v1 = data[x1 + i]!;
        const v2 = data[x2 + i]!;
        const v3 = data[x3 + i]!;
        gradient[g + i]! += p0 * v0 + p1 * v1 + p2 * v2 + p3 * v3;
        gradient[h + i]! += q0 * v0 + q1 * v1 + q2 * v2 + q3 * v3;
      }
    }
  }
  for (let r = blocked; r < rows; r++) {
    for (let o = 0; o < outputs; o++) {
      const residual = residuals[r * stride + o]!;
      for (let i = 0; i < d; i++) gradient[o * d + i]! += residual * data[r * d + i]!;
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
