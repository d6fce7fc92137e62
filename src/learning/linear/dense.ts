import { allocate, call, GRADIENT_ROWS, OUTPUT_BLOCK, scope, SCORE_ROWS, STEP, view } from './kernels.js';

/** Rows of numbers one after the other: row r is `data[r·dimensions, (r+1)·dimensions)`. */
export interface DenseRows {
  readonly rows: number;
  readonly dimensions: number;
  /** Its precision is that of the arithmetic. */
  readonly data: Float32Array | Float64Array;
}

/** The rows selected, in the order given. */
export function selectDense({ dimensions: d, data }: DenseRows, selection: ArrayLike<number>): DenseRows {
  const length = selection.length * d;
  const selected = data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
  for (let i = 0; i < selection.length; i++) {
    selected.set(data.subarray(selection[i]! * d, (selection[i]! + 1) * d), i * d);
  }
  return { rows: selection.length, dimensions: d, data: selected };
}

/** The same rows, for arithmetic of 64 bits. */
export function doublePrecision(rows: DenseRows): DenseRows {
  return { ...rows, data: Float64Array.from(rows.data) };
}

const upTo = (count: number, multiple: number) => Math.ceil(count / multiple) * multiple;

/** Rows that go into the kernels' memory at a time where they are read only once. */
const CHUNK_BYTES = 1 << 20;

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
  const chunk = Math.max(GRADIENT_ROWS, Math.floor(CHUNK_BYTES / (d * data.BYTES_PER_ELEMENT)));
  for (let from = 0; from < rows; from += chunk) {
    const to = Math.min(rows, from + chunk);
    const part = { rows: to - from, dimensions: d, data: data.subarray(from * d, to * d) };
    scope(() => {
      new ResidentRows(part).addScores(weights, outputs, scores.subarray(from * stride), stride);
    });
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
  scope(() => {
    new ResidentRows(dense).addGradient(residuals, outputs, gradient, stride);
  });
}

/** Rows in the kernels' memory: for calls that read them again and again. Valid until the scope that it was made in ends. */
export class ResidentRows {
  readonly #bytes: 4 | 8;
  readonly #address: number;
  readonly #rows: number;
  readonly #dimensions: number;
  /** Numbers a row. */
  readonly #width: number;

  constructor({ rows, dimensions, data }: DenseRows) {
    this.#bytes = data instanceof Float32Array ? 4 : 8;
    this.#rows = rows;
    this.#dimensions = dimensions;
    this.#width = upTo(dimensions, STEP / this.#bytes);
    const all = upTo(rows, GRADIENT_ROWS);
    this.#address = allocate(all * this.#width * this.#bytes);
    const to = this.#view(this.#address, all * this.#width);
    this.#fill(to, data, rows);
    to.fill(0, rows * this.#width);
  }

  /** As addDenseScores. */
  addScores(weights: Float64Array, outputs: number, scores: Float64Array, stride = outputs): void {
    if (outputs === 0) return;
    scope(() => {
      const all = upTo(outputs, OUTPUT_BLOCK);
      const rows = upTo(this.#rows, SCORE_ROWS);
      const w = allocate(all * this.#width * this.#bytes);
      const out = allocate(rows * all * this.#bytes);
      const to = this.#view(w, all * this.#width);
      this.#fill(to, weights, outputs);
      to.fill(0, outputs * this.#width);
      call(`scores${this.#bytes}`, this.#address, rows, this.#width * this.#bytes, w, all, out);
      const found = this.#view(out, rows * all);
      for (let r = 0; r < this.#rows; r++) {
        for (let o = 0; o < outputs; o++) scores[r * stride + o]! += found[r * all + o]!;
      }
    });
  }

  /** As addDenseGradient. */
  addGradient(residuals: Float64Array, outputs: number, gradient: Float64Array, stride = outputs): void {
    if (outputs === 0) return;
    scope(() => {
      const all = upTo(outputs, OUTPUT_BLOCK);
      const rows = upTo(this.#rows, GRADIENT_ROWS);
      const p = allocate(rows * all * this.#bytes);
      const g = allocate(all * this.#width * this.#bytes);
      const from = this.#view(p, rows * all);
      from.fill(0);
      for (let r = 0; r < this.#rows; r++) {
        for (let o = 0; o < outputs; o++) from[r * all + o] = residuals[r * stride + o]!;
      }
      const sums = this.#view(g, all * this.#width);
      sums.fill(0);
      call(`gradient${this.#bytes}`, this.#address, rows, this.#width * this.#bytes, p, all, g);
      for (let o = 0; o < outputs; o++) {
        for (let i = 0; i < this.#dimensions; i++) {
          gradient[o * this.#dimensions + i]! += sums[o * this.#width + i]!;
        }
      }
    });
  }

  #view(address: number, length: number): Float32Array | Float64Array {
    return this.#bytes === 4 ? view.f32(address, length) : view.f64(address, length);
  }

  /** Rows of `dimensions` numbers into rows of `width` numbers. */
  #fill(to: Float32Array | Float64Array, data: Float32Array | Float64Array, rows: number): void {
    const d = this.#dimensions;
    const width = this.#width;
    if (width === d) {
      to.set(data.subarray(0, rows * d));
      return;
    }
    for (let r = 0; r < rows; r++) {
      to.set(data.subarray(r * d, (r + 1) * d), r * width);
      to.fill(0, r * width + d, (r + 1) * width);
    }
  }
}
