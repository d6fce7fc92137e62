/** Vectors in one block of memory. */
const BLOCK = 4096;
/** Passages whose vectors are kept: 100,000 × 256 dimensions are 100 MB. Of a larger pool, an even sample. */
export const VECTORS_KEPT = 100_000;

/** Share of the limit that a sample aims at, so that the limit itself, which goes by order, does not cut it. */
const AIM = 0.9;

/** Pooled vectors of the pool's texts by hash, up to a limit. */
export class PassageVectors {
  readonly #rows = new Map<string, number>();
  readonly #blocks: Float32Array[] = [];
  readonly #limit: number;
  #dimensions = 0;

  constructor(limit = VECTORS_KEPT) {
    this.#limit = limit;
  }

  /**
   * Keeps a copy of a vector. Those of another length than before replace all.
   * @param total texts in the pool: of more than the limit, those whose hashes are lowest are kept
   */
  put(hash: string, vector: Float32Array, total: number): void {
    if (vector.length !== this.#dimensions) {
      this.#rows.clear();
      this.#blocks.length = 0;
      this.#dimensions = vector.length;
    }
    if (this.#rows.has(hash) || this.#rows.size >= this.#limit) return;
    if (total > this.#limit && parseInt(hash.slice(0, 8), 16) / 2 ** 32 >= (AIM * this.#limit) / total) return;
    const row = this.#rows.size;
    if (row % BLOCK === 0) this.#blocks.push(new Float32Array(BLOCK * this.#dimensions));
    this.#blocks.at(-1)!.set(vector, (row % BLOCK) * this.#dimensions);
    this.#rows.set(hash, row);
  }

  get(hash: string): Float32Array | undefined {
    const row = this.#rows.get(hash);
    if (row === undefined) return undefined;
    const at = (row % BLOCK) * this.#dimensions;
    return this.#blocks[Math.floor(row / BLOCK)]!.subarray(at, at + this.#dimensions);
  }

  /** Forgets everything: another model's vectors mean something else. */
  clear(): void {
    this.#rows.clear();
    this.#blocks.length = 0;
  }
}
