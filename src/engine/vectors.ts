import type { Embedder, Encoded, ModelInfo } from '../embedding/types.js';
import { VectorCache, type CachedText } from '../embedding/vector-cache.js';

/** A text and the key of its vectors. */
export interface KeyedText {
  readonly hash: string;
  readonly text: string;
}

/** The vectors of the pool's texts: from the cache on disk, else from the transformer. */
export class Vectors {
  readonly #embedder: Embedder;
  /** Undefined where its folder cannot be used: it can be done without. */
  readonly #cache: VectorCache | undefined;
  readonly #onLog: (message: string) => void;
  /** What the disk did not take. */
  readonly #memory = new Map<string, Encoded>();
  /** Texts that cannot be had, so that nobody waits for them. */
  readonly #skipped = new Set<string>();

  private constructor(embedder: Embedder, cache: VectorCache | undefined, onLog: (message: string) => void) {
    this.#embedder = embedder;
    this.#cache = cache;
    this.#onLog = onLog;
  }

  /** @param folder where the cache is; made if it is not there */
  static async open(folder: string, embedder: Embedder, onLog: (message: string) => void): Promise<Vectors> {
    const cache = await VectorCache.open(folder, embedder.info).catch((error: unknown) => {
      onLog(`Vectors are kept in memory: ${messageOf(error)}`);
      return undefined;
    });
    return new Vectors(embedder, cache, onLog);
  }

  get info(): ModelInfo {
    return this.#embedder.info;
  }

  /** Number of texts whose vectors are there. */
  get size(): number {
    return (this.#cache?.size ?? 0) + this.#memory.size;
  }

  has(hash: string): boolean {
    return this.#there(hash) || this.#skipped.has(hash);
  }

  #there(hash: string): boolean {
    return this.#cache?.has(hash) === true || this.#memory.has(hash);
  }

  /** Gives a text up: its file no longer holds it. */
  skip(hash: string): void {
    this.#skipped.add(hash);
  }

  /** Embeds the texts that are not there yet. */
  async ensure(texts: readonly KeyedText[], signal?: AbortSignal): Promise<void> {
    const missing = [...new Map(texts.map((text) => [text.hash, text])).values()].filter(
      ({ hash }) => !this.#there(hash),
    );
    if (missing.length === 0) return;
    const encoded = await this.#embedder.encode(
      missing.map(({ text }) => text),
      { ...(signal && { signal }) },
    );
    const cached = missing.map(({ hash }, i): CachedText => ({ key: hash, encoded: encoded[i]! }));
    try {
      if (this.#cache) {
        await this.#cache.put(cached);
        return;
      }
    } catch (error) {
      this.#onLog(`Vectors are kept in memory, since the cache cannot be written: ${messageOf(error)}`);
    }
    for (const { key, encoded: vectors } of cached) this.#memory.set(key, vectors);
  }

  /** The pooled vector of a text, from memory; undefined where it is not there. */
  pooled(hash: string): Float32Array | undefined {
    return this.#memory.get(hash)?.vector ?? this.#cache?.pooled(hash);
  }

  /** Token vectors of texts, by hash; what is not there is left out. */
  async encoded(hashes: readonly string[]): Promise<Map<string, Encoded>> {
    const found = new Map<string, Encoded>();
    for (const hash of hashes) {
      const vectors = this.#memory.get(hash);
      if (vectors !== undefined) found.set(hash, vectors);
    }
    const stored = this.#cache?.read(hashes.filter((hash) => !found.has(hash))) ?? [];
    for await (const { key, encoded } of stored) found.set(key, encoded);
    return found;
  }

  async close(): Promise<void> {
    await this.#cache?.close();
    await this.#embedder.dispose();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
