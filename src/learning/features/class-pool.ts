import type { SparseRows } from '../linear/design.js';
import {
  allocate,
  call,
  COLUMN_BITS,
  OUTPUT_BLOCK,
  scope,
  SCORE_ROWS,
  SPARSE_BLOCKS,
  STEP,
  VALUE_STEPS,
  view,
} from '../linear/kernels.js';
import { COLUMNS } from './lexical.js';

/** Rows of signed bytes with one scale a row. */
export interface ByteRows {
  readonly codes: Int8Array;
  readonly scales: Float32Array;
}

/** A linear model on class features: score o = dense[o]·vector + sparse·lexical + intercept[o]. */
export interface PooledModel {
  readonly classes: number;
  /** classes × dimensions, on vectors as they are. */
  readonly dense: Float64Array;
  /** Lexical columns in ascending order, and columns × classes weights. */
  readonly columns: Uint32Array;
  readonly sparse: Float64Array;
  readonly intercept: Float64Array;
}

interface Block {
  rows: number;
  readonly codes: Int8Array;
  readonly scales: Float32Array;
  readonly starts: Uint32Array;
  /** Of each row, what one step of a packed value stands for. */
  readonly steps: Float32Array;
  entries: Uint32Array;
}

const BLOCK_ROWS = 4096;
const UPPER_I32 = 2 ** 31 - 1;

/**
 * Class features of very many passages, packed to be scored all at once (linear/kernels.ts): vectors as bytes, and four bytes a
 * lexical feature, its value in 16,383 steps of the row's largest. A score differs from that of the unpacked features by
 * some hundred-thousandths of its size. A passage of 32 words takes about half a kilobyte beside its vector.
 */
export class ClassPool {
  readonly #blocks: Block[] = [];
  readonly #width: number;
  #size = 0;

  constructor(readonly dimensions: number) {
    this.#width = Math.ceil(dimensions / STEP) * STEP;
  }

  /** Number of passages. */
  get size(): number {
    return this.#size;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#blocks.reduce((sum, { codes, scales, starts, steps, entries }) => {
      const rows = codes.byteLength + scales.byteLength + starts.byteLength + steps.byteLength;
      return sum + rows + entries.byteLength;
    }, 0);
  }

  /**
   * Adds passages; the first of them becomes row `size`.
   * @param lexical weighted as in ClassFeatures
   */
  append(vectors: ByteRows, lexical: SparseRows): void {
    const d = this.dimensions;
    for (let r = 0; r < vectors.scales.length; r++) {
      const values = lexical.values.subarray(lexical.starts[r], lexical.starts[r + 1]);
      const columns = lexical.columns.subarray(lexical.starts[r], lexical.starts[r + 1]);
      const step = values.reduce((largest, value) => Math.max(largest, value), 0) / VALUE_STEPS;
      const packed = columns.map((column, i) => {
        const value = Math.min(VALUE_STEPS, Math.round(values[i]! / step));
        return (value << COLUMN_BITS) | column;
      });
      this.#add(vectors.codes.subarray(r * d, (r + 1) * d), vectors.scales[r]!, step, packed);
    }
  }

  /** The vector of a passage. */
  vector(row: number): Float32Array {
    const { codes, scales } = this.#blocks[Math.floor(row / BLOCK_ROWS)]!;
    const [r, d] = [row % BLOCK_ROWS, this.dimensions];
    const vector = new Float32Array(d);
    for (let i = 0; i < d; i++) vector[i] = codes[r * this.#width + i]! * scales[r]!;
    return vector;
  }

  /** Adds passages of another pool of as many dimensions, in the order given. */
  take(pool: ClassPool, rows: Iterable<number>): void {
    for (const row of rows) {
      const { codes, scales, starts, steps, entries } = pool.#blocks[Math.floor(row / BLOCK_ROWS)]!;
      const [r, from] = [row % BLOCK_ROWS, (row % BLOCK_ROWS) * this.#width];
      const packed = entries.subarray(starts[r], starts[r + 1]);
      this.#add(codes.subarray(from, from + this.dimensions), scales[r]!, steps[r]!, packed);
    }
  }

  /** Scores of all passages by each of the models, size × classes. */
  scores(models: readonly PooledModel[]): Float64Array[] {
    const results = models.map(({ classes }) => new Float64Array(this.#size * classes));
    this.eachScores(models, (scores, first) => {
      results.forEach((result, m) => result.set(scores[m]!, first * models[m]!.classes));
    });
    return results;
  }

  /**
   * As scores, some thousand passages at a time: nothing of the size of the pool is made. A passage gets the same scores
   * in every pool.
   * @param visit gets the scores of some passages by each of the models, which it may change, and the first of their rows
   */
  eachScores(models: readonly PooledModel[], visit: (scores: Float64Array[], first: number) => void): void {
    const outputs = models.reduce((sum, { classes }) => sum + classes, 0);
    if (this.#size === 0 || outputs === 0) return;
    const all = Math.ceil(outputs / OUTPUT_BLOCK) * OUTPUT_BLOCK;
    const intercept = models.flatMap((model) => [...model.intercept]);
    scope(() => {
      const dense = this.#denseWeights(models, all);
      const places = allocate(4 * COLUMNS);
      placeSparseWeights(models, all, places);
      this.#blocks.forEach((block, b) => {
        const scores = scope(() => {
          const sums = this.#denseScores(block, dense.address, all);
          const lexical = sparseScores(block, places, all);
          const [ints, floats] = [view.i32(sums, block.rows * all), view.f32(lexical, block.rows * all)];
          let from = 0;
          return models.map(({ classes }) => {
            const result = new Float64Array(block.rows * classes);
            for (let r = 0; r < block.rows; r++) {
              const scale = block.scales[r]!;
              const step = block.steps[r]!;
              for (let k = 0; k < classes; k++) {
                const i = r * all + from + k;
                result[r * classes + k] =
                  intercept[from + k]! + ints[i]! * scale * dense.scales[from + k]! + floats[i]! * step;
              }
            }
            from += classes;
            return result;
          });
        });
        visit(scores, b * BLOCK_ROWS);
      });
    });
  }

  #add(codes: Int8Array, scale: number, step: number, packed: Uint32Array): void {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.rows === BLOCK_ROWS) this.#blocks.push((block = this.#emptyBlock()));
    const row = block.rows++;
    const [at, end] = [block.starts[row]!, block.starts[row]! + packed.length];
    block.codes.set(codes, row * this.#width);
    block.scales[row] = scale;
    block.steps[row] = step;
    if (end > block.entries.length) block.entries = grown(block.entries, end);
    block.entries.set(packed, at);
    block.starts[row + 1] = end;
    if (block.rows === BLOCK_ROWS) block.entries = block.entries.slice(0, end);
    this.#size++;
  }

  #emptyBlock(): Block {
    return {
      rows: 0,
      codes: new Int8Array(BLOCK_ROWS * this.#width),
      scales: new Float32Array(BLOCK_ROWS),
      starts: new Uint32Array(BLOCK_ROWS + 1),
      steps: new Float32Array(BLOCK_ROWS),
      entries: new Uint32Array(0),
    };
  }

  /** Weights as 16-bit integers with a scale an output, so that no sum leaves 32 bits. */
  #denseWeights(models: readonly PooledModel[], all: number): { address: number; scales: Float64Array } {
    const d = this.dimensions;
    const most = Math.min(32_767, Math.floor(UPPER_I32 / (128 * d)));
    const address = allocate(all * this.#width * 2);
    const codes = view.i16(address, all * this.#width).fill(0);
    const scales = new Float64Array(all);
    let o = 0;
    for (const { classes, dense } of models) {
      for (let k = 0; k < classes; k++, o++) {
        let largest = 0;
        for (let i = k * d; i < (k + 1) * d; i++) largest = Math.max(largest, Math.abs(dense[i]!));
        if (largest === 0) continue;
        scales[o] = largest / most;
        for (let i = 0; i < d; i++) codes[o * this.#width + i] = Math.round(dense[k * d + i]! / scales[o]!);
      }
    }
    return { address, scales };
  }

  /** Address of rows × all 32-bit sums. */
  #denseScores({ rows, codes }: Block, weights: number, all: number): number {
    const even = Math.ceil(rows / SCORE_ROWS) * SCORE_ROWS;
    const x = allocate(even * this.#width);
    const out = allocate(even * all * 4);
    view.i8(x, even * this.#width).set(codes.subarray(0, even * this.#width));
    call('byteScores', x, even, this.#width, weights, all, out);
    return out;
  }
}

function grown(entries: Uint32Array, needed: number): Uint32Array {
  const larger = new Uint32Array(Math.max(needed, 2 * entries.length, BLOCK_ROWS * 16));
  larger.set(entries);
  return larger;
}

/** Writes for each column where its weights are; those of a column without weights are zeros. */
function placeSparseWeights(models: readonly PooledModel[], all: number, places: number): void {
  const rows = 1 + models.reduce((sum, { columns }) => sum + columns.length, 0);
  const address = allocate(rows * all * 4);
  const table = view.f32(address, rows * all).fill(0);
  const place = view.i32(places, COLUMNS).fill(address);
  let used = 1;
  let o = 0;
  for (const { classes, columns, sparse } of models) {
    columns.forEach((column, c) => {
      if (place[column] === address) place[column] = address + used++ * all * 4;
      const at = (place[column]! - address) / 4 + o;
      for (let k = 0; k < classes; k++) table[at + k] = sparse[c * classes + k]!;
    });
    o += classes;
  }
}

/** Address of rows × all sums. */
function sparseScores({ rows, starts, entries }: Block, places: number, all: number): number {
  const count = starts[rows]!;
  const from = allocate(4 * (rows + 1));
  const at = allocate(4 * count);
  const out = allocate(4 * rows * all);
  view.u32(from, rows + 1).set(starts.subarray(0, rows + 1));
  view.u32(at, count).set(entries.subarray(0, count));
  for (let o = 0; o < all; o += SPARSE_BLOCKS * OUTPUT_BLOCK) {
    const blocks = Math.min(SPARSE_BLOCKS, (all - o) / OUTPUT_BLOCK);
    call(`sparse${blocks}`, from, rows, at, places, 4 * o, out + 4 * o, 4 * all);
  }
  return out;
}
