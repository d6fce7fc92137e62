import type { Embedder, Encoded, ModelInfo } from '../embedding/types.js';

/** Vectors of texts by their hash (temporary: in memory). */
export class Vectors {
  readonly #known = new Map<string, Encoded>();
  readonly #skipped = new Set<string>();
  private constructor(private readonly embedder: Embedder) {}

  static async open(_folder: string, embedder: Embedder): Promise<Vectors> {
    return Promise.resolve(new Vectors(embedder));
  }

  get info(): ModelInfo {
    return this.embedder.info;
  }

  get size(): number {
    return this.#known.size;
  }

  has(hash: string): boolean {
    return this.#known.has(hash) || this.#skipped.has(hash);
  }

  skip(hash: string): void {
    this.#skipped.add(hash);
  }

  async ensure(items: readonly { hash: string; text: string }[], signal: AbortSignal): Promise<void> {
    const missing = items.filter(({ hash }) => !this.#known.has(hash));
    const encoded = await this.embedder.encode(
      missing.map(({ text }) => text),
      { signal },
    );
    missing.forEach(({ hash }, i) => this.#known.set(hash, encoded[i]!));
  }

  async encoded(hashes: readonly string[]): Promise<Map<string, Encoded>> {
    const found = new Map<string, Encoded>();
    for (const hash of hashes) {
      const encoded = this.#known.get(hash);
      if (encoded !== undefined) found.set(hash, encoded);
    }
    return Promise.resolve(found);
  }

  async close(): Promise<void> {
    await this.embedder.dispose();
  }
}
