import type { Range } from '../corpus/types.js';

export type RuntimeName = 'native' | 'wasm';

/** What is running, and why: shown to the person and recorded with every review. */
export interface ModelInfo {
  /** Name in the catalogue or folder. */
  readonly name: string;
  /** First 16 hex digits of SHA-256 over the weights, the tokenizer, the recipe and `maxPieces`: the key of the vector cache. */
  readonly hash: string;
  readonly dimensions: number;
  /** Longest input in pieces, special ones included; longer passages are windowed with overlap. */
  readonly maxPieces: number;
  readonly runtime: RuntimeName;
  /** One sentence: why this runtime. */
  readonly reason: string;
}

/** One text as the transformer sees it. */
export interface Encoded {
  /** Pooled and L2-normalised, `dimensions` long. */
  readonly vector: Float32Array;
  /** Where each piece stands in the text, in UTF-16 units; special pieces are left out. */
  readonly pieces: readonly Range[];
  /** A row a piece: pieces.length × dimensions. */
  readonly tokens: Float32Array;
}

export interface EmbedOptions {
  readonly signal?: AbortSignal;
  /** Called with the number of texts done so far. */
  readonly onProgress?: (done: number) => void;
}

export interface Embedder {
  readonly info: ModelInfo;
  /** Encodes texts in the order given; batches by length inside. Throws AbortError when cancelled. */
  encode(texts: readonly string[], options?: EmbedOptions): Promise<Encoded[]>;
  dispose(): Promise<void>;
}
