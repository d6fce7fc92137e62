import { wordsOf } from '../corpus/words.js';
import { openEmbedder } from '../embedding/open-embedder.js';
import type { ModelInfo } from '../embedding/types.js';
import { wordVectors } from '../embedding/word-vectors.js';
import { hashOf } from '../engine/pool.js';
import { Vectors } from '../engine/vectors.js';
import type { WordedText } from '../learning/features/lexical.js';
import type { DenseRows } from '../learning/linear/design.js';
import type { PassageInput } from '../learning/types.js';
import { log } from './output.js';

/**
 * Passages of records, embedded as the engine does. Vectors always come from the cache, which keeps them as bytes: so the
 * first run sees what every later one does.
 */
export class EmbeddedTexts {
  private constructor(private readonly vectors: Vectors) {}

  /**
   * @param model folder of the model
   * @param cache folder where vectors are kept
   */
  static async open(model: string, cache: string): Promise<EmbeddedTexts> {
    const embedder = await openEmbedder({ folder: model, runtime: 'auto', onLog: log });
    return new EmbeddedTexts(await Vectors.open(cache, embedder, log));
  }

  get info(): ModelInfo {
    return this.vectors.info;
  }

  /** Words and one vector a text. */
  async pooled(texts: readonly string[]): Promise<{ passages: WordedText[]; vectors: DenseRows }> {
    const { dimensions } = this.info;
    const data = new Float32Array(texts.length * dimensions);
    const passages: WordedText[] = [];
    for await (const { text, words, vector } of this.#passages(texts)) {
      data.set(vector, passages.length * dimensions);
      passages.push({ text, words });
    }
    return { passages, vectors: { rows: texts.length, dimensions, data } };
  }

  /** Words, and a vector a word. */
  async worded(texts: readonly string[]): Promise<PassageInput[]> {
    const passages: PassageInput[] = [];
    for await (const passage of this.#passages(texts)) passages.push(passage);
    return passages;
  }

  close(): Promise<void> {
    return this.vectors.close();
  }

  /** In waves: the vectors of all pieces of a large file would not fit into memory. */
  async *#passages(texts: readonly string[]): AsyncGenerator<PassageInput> {
    const wave = 512;
    const never = new AbortController().signal;
    for (let at = 0; at < texts.length; at += wave) {
      const keyed = texts.slice(at, at + wave).map((text) => ({ text, hash: hashOf(text) }));
      await this.vectors.ensure([...new Map(keyed.map((entry) => [entry.hash, entry])).values()], never);
      const encoded = await this.vectors.encoded([...new Set(keyed.map(({ hash }) => hash))]);
      for (const { text, hash } of keyed) {
        const found = encoded.get(hash);
        if (found === undefined)
          throw new Error(`The vectors of a text are missing from the cache: “${text.slice(0, 60)}”`);
        const words = wordsOf(text);
        yield { text, words, vector: found.vector, wordVectors: wordVectors(found, words) };
      }
      if (texts.length > wave) log(`${Math.min(texts.length, at + wave)} of ${texts.length} passages embedded`);
    }
  }
}
