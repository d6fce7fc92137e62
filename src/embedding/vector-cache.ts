import { mkdir, readdir } from 'node:fs/promises';
import type { Encoded, ModelInfo } from './types.js';
import { decodeBody, encodeBody, encodeHead, headVector } from './vector-record.js';
import {
  deleteSegment,
  isInUse,
  newSegmentName,
  parseSegmentFile,
  Segment,
  segmentBytes,
  segmentUsed,
  touchSegment,
  type SegmentName,
} from './vector-segment.js';

export interface CachedText {
  /** 32 hex digits: the first half of SHA-256 of the text. */
  readonly key: string;
  readonly encoded: Encoded;
}

export interface VectorCacheOptions {
  /** Bytes on disk, for all models together, above which the segments go that were not used for the longest time. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
/** One of about this many segments goes at a time. */
const SEGMENTS = 8;
/** Bodies read at once: neighbours in a file are read together. */
const READ_BYTES = 1 << 20;

interface Place {
  readonly segment: Segment;
  readonly row: number;
}

/** Where a text's body lies in its segment. */
interface StoredText {
  readonly key: string;
  readonly row: number;
  readonly offset: number;
  readonly end: number;
}

/**
 * Vectors of texts on disk, by model and text. Several processes may have the same folder open: each appends to a
 * segment of its own, and sees what was there when it opened the folder. A crash at any byte loses at most what was
 * being written: whatever is torn or damaged counts as missing. Values are stored as bytes (see quantise.ts), so what
 * is read differs a little from what was put.
 */
export class VectorCache {
  readonly #places = new Map<string, Place>();
  readonly #segments: Segment[] = [];
  #target: Segment | undefined;
  #lastPut: Promise<void> = Promise.resolve();

  private constructor(
    private readonly folder: string,
    private readonly model: Pick<ModelInfo, 'hash' | 'dimensions'>,
    private readonly maxBytes: number,
  ) {}

  /**
   * Opens the cache in a folder, which is made if it is not there, and reads which texts of the model it has.
   * @throws Error where the folder cannot be used; the cache can always be done without.
   */
  static async open(
    folder: string,
    model: Pick<ModelInfo, 'hash' | 'dimensions'>,
    { maxBytes = DEFAULT_MAX_BYTES }: VectorCacheOptions = {},
  ): Promise<VectorCache> {
    const cache = new VectorCache(folder, model, maxBytes);
    try {
      await mkdir(folder, { recursive: true });
      const own = (await cache.#list()).filter((name) => name.model === model.hash);
      for (const { id } of own) await touchSegment(folder, id);
      await cache.#dropUnused();
      for (const name of own) {
        const segment = await Segment.read(folder, name, model.dimensions);
        if (segment) cache.#add(segment);
      }
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new Error(`The vector cache in ${folder} cannot be opened: ${detail}`, { cause: error });
    }
    return cache;
  }

  /** Texts whose vectors are there. */
  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** The vector of a text, from memory. */
  pooled(key: string): Float32Array | undefined {
    const place = this.#places.get(key);
    return place && headVector(place.segment.headBytes(place.row), this.model.dimensions);
  }

  /**
   * Stores vectors; ones that are there already stay. Written, not synchronised, when it returns: after a loss of power
   * they may be missing, but never wrong.
   * @throws Error where the disk does not take them; what was there before is untouched.
   */
  put(texts: readonly CachedText[]): Promise<void> {
    const result = this.#lastPut.then(() => this.#put(texts));
    this.#lastPut = result.catch(() => undefined);
    return result;
  }

  /**
   * Reads pieces and token vectors, in the order in which they lie on disk. Texts that are not there, or turn out to be
   * damaged, are not among the results, and `has` is false for them from then on.
   */
  async *read(keys: Iterable<string>): AsyncGenerator<CachedText> {
    for (const { segment, texts } of this.#bySegment(keys)) {
      for (let i = 0; i < texts.length;) {
        const start = texts[i]!.offset;
        let end = start;
        let next = i;
        for (; next < texts.length && (next === i || texts[next]!.end - start <= READ_BYTES); next++) {
          end = Math.max(end, texts[next]!.end);
        }
        const bytes = await segment.readBodies(start, end - start).catch(() => Buffer.alloc(0));
        for (; i < next; i++) {
          const { key, row, offset, end: bodyEnd } = texts[i]!;
          const body = decodeBody(key, bytes.subarray(offset - start, bodyEnd - start), this.model.dimensions);
          if (body)
            yield { key, encoded: { vector: headVector(segment.headBytes(row), this.model.dimensions), ...body } };
          else this.#places.delete(key);
        }
      }
    }
  }

  async close(): Promise<void> {
    await this.#lastPut;
    await Promise.all(this.#segments.map((segment) => segment.close()));
    this.#segments.length = 0;
    this.#places.clear();
  }

  #add(segment: Segment): void {
    this.#segments.push(segment);
    for (const { row, key } of segment.rows()) this.#places.set(key, { segment, row });
  }

  async #list(): Promise<SegmentName[]> {
    const names = (await readdir(this.folder)).map(parseSegmentFile).filter((name) => name !== undefined);
    return names.sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
  }

  async #put(texts: readonly CachedText[]): Promise<void> {
    const fresh = new Map(texts.filter(({ key }) => !this.#places.has(key)).map((text) => [text.key, text]));
    const items = [...fresh.values()];
    if (items.length === 0) return;
    const { dimensions } = this.model;
    const bodies = items.map(({ key, encoded }) => encodeBody(key, encoded, dimensions));
    try {
      const target = await this.#writable();
      const first = await target.write(bodies, (index, place) => {
        const { key, encoded } = items[index]!;
        return encodeHead(key, encoded.vector, place);
      });
      items.forEach(({ key }, index) => this.#places.set(key, { segment: target, row: first + index }));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new Error(`Vectors cannot be kept in ${this.folder}: ${detail}`, { cause: error });
    }
  }

  /** The segment to append to: the newest that is neither full nor in use, or a new one. */
  async #writable(): Promise<Segment> {
    const full = this.maxBytes / SEGMENTS;
    if (this.#target) {
      if (this.#target.bytes < full) return this.#target;
      await this.#target.seal();
      this.#target = undefined;
    } else {
      for (const segment of this.#segments.toReversed()) {
        const bytes = await segmentBytes(this.folder, segment.name.id);
        if (bytes > 0 && bytes < full && (await segment.append())) return (this.#target = segment);
      }
    }
    await this.#dropUnused();
    const segment = await Segment.create(this.folder, newSegmentName(this.model.hash), this.model.dimensions);
    this.#segments.push(segment);
    return (this.#target = segment);
  }

  /** Deletes the segments least recently used, whatever model they are of, until there is room for a new one. */
  async #dropUnused(): Promise<void> {
    const sizes: { name: SegmentName; bytes: number; used: number }[] = [];
    for (const name of await this.#list()) {
      const [bytes, used] = [await segmentBytes(this.folder, name.id), await segmentUsed(this.folder, name.id)];
      sizes.push({ name, bytes, used });
    }
    // Of those used at the same time, such as all of one model, the oldest goes first.
    sizes.sort((a, b) => a.used - b.used);
    let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of sizes) {
      if (total <= this.maxBytes * (1 - 1 / SEGMENTS)) break;
      if (await isInUse(this.folder, name.id)) continue;
      await this.#forget(name.id);
      await deleteSegment(this.folder, name.id);
      total -= bytes;
    }
  }

  async #forget(id: string): Promise<void> {
    const index = this.#segments.findIndex(({ name }) => name.id === id);
    const segment = this.#segments[index];
    if (!segment) return;
    this.#segments.splice(index, 1);
    for (const [key, place] of this.#places) if (place.segment === segment) this.#places.delete(key);
    await segment.close();
  }

  #bySegment(keys: Iterable<string>): { segment: Segment; texts: StoredText[] }[] {
    const groups = new Map<Segment, StoredText[]>();
    for (const key of new Set(keys)) {
      const place = this.#places.get(key);
      const head = place?.segment.head(place.row);
      if (!place || !head) continue;
      const { offset, length } = head.place;
      const text = { key, row: place.row, offset, end: offset + length };
      const group = groups.get(place.segment);
      if (group) group.push(text);
      else groups.set(place.segment, [text]);
    }
    return [...groups].map(([segment, texts]) => ({ segment, texts: texts.sort((a, b) => a.offset - b.offset) }));
  }
}
