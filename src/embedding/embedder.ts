import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PreTrainedModel, Tensor } from '@huggingface/transformers';
import { ModelError, type ModelFolder } from './model-folder.js';
import { createPieceEncoder, type Pieces } from './pieces.js';
import { withTransformers, type Runtime } from './runtime.js';
import { stagesOf, type TokenizerStages } from './tokenizer.js';
import type { Embedder, EmbedOptions, Encoded, ModelInfo } from './types.js';
import { packBatches, windowsOf, type Window } from './windows.js';

/**
 * Pieces run together, padding included. Larger batches are hardly faster, and a run blocks the process's event loop
 * until it ends.
 */
export const BATCH_PIECES = 1024;
/** Texts cut into pieces before others get their turn. */
const TEXTS_PER_TURN = 64;

/**
 * Loads the transformer of a folder that has been read.
 *
 * Token vectors are the model's last layer. A text's vector follows the model's recipe: the mean of all of them, special
 * pieces and the prefix's included, as models are trained (Reimers & Gurevych 2019), or the first piece's; always at
 * length 1, since what is built on them takes their cosines; a text without pieces has zeros. The prefix's own pieces
 * are not among a text's pieces. Texts longer than the model reads are read in overlapping windows, each with the
 * prefix: the mean is over all pieces of the text, not over windows.
 * @throws ModelError where it is not a usable model.
 */
export async function loadEmbedder(files: ModelFolder, runtime: Runtime): Promise<Embedder> {
  const { tokenizer, model, tensorClass } = await withTransformers(runtime, async (library) => {
    library.env.localModelPath = files.path;
    // An absolute path with forward slashes is what transformers.js takes for a folder on every system.
    const source = files.path.replaceAll('\\', '/');
    const options = { local_files_only: true } as const;
    const load = async <T>(file: string, what: Promise<T>): Promise<T> => {
      try {
        return await what;
      } catch (error) {
        throw new ModelError(files.path, `${file} cannot be loaded: ${messageOf(error)}`, { cause: error });
      }
    };
    return {
      tokenizer: await load('tokenizer.json', library.AutoTokenizer.from_pretrained(source, options)),
      // 'auto' leaves the choice of execution provider to the runtime.
      model: await load(
        files.weights,
        library.AutoModel.from_pretrained(source, { ...options, dtype: files.dtype, device: 'auto' }),
      ),
      tensorClass: library.Tensor,
    };
  });
  const stages = readStages(files, () => stagesOf(tokenizer));
  const embedder = new TransformerEmbedder(files, model, tensorClass, stages, infoOf(files, runtime));
  try {
    // A model of the wrong shape fails here rather than in the middle of someone's work.
    await embedder.probe();
  } catch (error) {
    await embedder.dispose();
    throw error;
  }
  return embedder;
}

/** What can be said of a model without loading it. */
export function infoOf(files: ModelFolder, runtime: Runtime): ModelInfo {
  const { name, hash, dimensions, maxPieces } = files;
  return { name, hash, dimensions, maxPieces, runtime: runtime.name, reason: runtime.reason };
}

function readStages(files: ModelFolder, read: () => TokenizerStages): TokenizerStages {
  try {
    return read();
  } catch (error) {
    throw new ModelError(files.path, messageOf(error), { cause: error });
  }
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');

/** A text under way: what has been gathered from its windows so far. */
interface Progress {
  readonly pieces: Pieces;
  /** What stands before the text's own pieces in every window: special ones, and the prefix's. */
  readonly lead: readonly number[];
  readonly windows: readonly Window[];
  windowsLeft: number;
  /** A row a piece; where a text is one window, they are there when it has been run. */
  tokens: Float32Array;
  /** Of the vectors of all pieces, special ones included. */
  readonly sum: Float64Array;
}

/** What the model reads as one sequence. */
interface Sequence {
  readonly text: Progress;
  readonly window: Window;
  /** In pieces, special ones included. */
  readonly length: number;
}

class TransformerEmbedder implements Embedder {
  readonly #cut: (text: string) => Pieces;
  /** What else is run together, or the padding that it needs, would change a text's vectors. */
  readonly #oneByOne: boolean;
  #disposed = false;

  constructor(
    private readonly files: ModelFolder,
    private readonly model: PreTrainedModel,
    private readonly tensorClass: typeof Tensor,
    private readonly stages: TokenizerStages,
    readonly info: ModelInfo,
  ) {
    this.#cut = createPieceEncoder(stages);
    this.#oneByOne = files.batchDependent || !takesMask(model);
  }

  async encode(texts: readonly string[], { signal, onProgress }: EmbedOptions = {}): Promise<Encoded[]> {
    const all: Progress[] = [];
    for (const text of texts) {
      if (all.length % TEXTS_PER_TURN === 0) await nextTurn();
      signal?.throwIfAborted();
      all.push(this.#begin(text));
    }
    const sequences = all.flatMap((text) =>
      text.windows.map((window): Sequence => {
        const around = text.lead.length + this.stages.suffix.length;
        return { text, window, length: window.end - window.start + around };
      }),
    );
    let done = all.filter(({ windowsLeft }) => windowsLeft === 0).length;
    const lengths = sequences.map(({ length }) => length);
    for (const batch of packBatches(lengths, this.#oneByOne ? 1 : BATCH_PIECES)) {
      await nextTurn();
      signal?.throwIfAborted();
      const rows = batch.map((index) => sequences[index]!);
      await this.#run(rows);
      for (const { text } of rows) if (--text.windowsLeft === 0) done++;
      onProgress?.(done);
    }
    return all.map(({ pieces, tokens, sum }) => ({ vector: normalised(sum), pieces: pieces.ranges, tokens }));
  }

  /**
   * Runs the model on the longest input, with the last piece of the vocabulary, and on an ordinary text.
   * @throws ModelError where it does not take them or does not give token vectors.
   */
  async probe(): Promise<void> {
    const { maxPieces } = this.info;
    const { lastId } = this.stages;
    const ids = new BigInt64Array(maxPieces).fill(BigInt(lastId));
    const mask = new BigInt64Array(maxPieces).fill(1n);
    const inputs = {
      input_ids: new this.tensorClass('int64', ids, [1, maxPieces]),
      attention_mask: new this.tensorClass('int64', mask, [1, maxPieces]),
    };
    let outputs: unknown;
    try {
      outputs = await this.model(inputs);
    } catch (error) {
      const what = `${this.files.weights} fails on ${maxPieces} pieces with ids up to ${lastId}, which tokenizer.json and config.json promise: ${messageOf(error)}`;
      throw new ModelError(this.files.path, what, { cause: error });
    } finally {
      for (const tensor of [...this.#tensors(outputs).values(), ...Object.values(inputs)]) tensor.dispose();
    }
    await this.encode(['A short text to see that the model works.']);
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.model.dispose();
  }

  #begin(text: string): Progress {
    const { prefix } = this.files.recipe;
    const { before, pieces } = splitPrefix(this.#cut(prefix + text), prefix.length);
    const lead = [...this.stages.prefix, ...before];
    const count = pieces.ids.length;
    const capacity = this.info.maxPieces - lead.length - this.stages.suffix.length;
    if (capacity < 1) throw new ModelError(this.files.path, `The prefix '${prefix}' leaves no room for a text`);
    const windows = count === 0 ? [] : windowsOf(count, capacity);
    return {
      pieces,
      lead,
      windows,
      windowsLeft: windows.length,
      tokens: new Float32Array(windows.length > 1 ? count * this.info.dimensions : 0),
      sum: new Float64Array(this.info.dimensions),
    };
  }

  /** Runs sequences as one padded batch and gathers their vectors. */
  async #run(rows: readonly Sequence[]): Promise<void> {
    if (this.#disposed) throw new Error(`The model ${this.info.name} was disposed of while it was in use.`);
    const width = Math.max(...rows.map(({ length }) => length));
    const ids = new BigInt64Array(rows.length * width);
    const mask = new BigInt64Array(rows.length * width);
    // ONNX wants 64 bits. The low halves are written as 32 (little-endian, as wherever ONNX Runtime runs): ids are small
    // and big integers slow.
    const lowIds = new Int32Array(ids.buffer);
    const lowMask = new Int32Array(mask.buffer);
    rows.forEach(({ text, window, length }, row) => {
      let at = 2 * row * width;
      for (let i = 0; i < length; i++) lowMask[at + 2 * i] = 1;
      const put = (id: number): void => {
        lowIds[at] = id;
        at += 2;
      };
      text.lead.forEach(put);
      for (let p = window.start; p < window.end; p++) put(text.pieces.ids[p]!);
      this.stages.suffix.forEach(put);
      for (let i = length; i < width; i++) put(this.stages.padId);
    });
    const inputs = {
      input_ids: new this.tensorClass('int64', ids, [rows.length, width]),
      attention_mask: new this.tensorClass('int64', mask, [rows.length, width]),
    };
    let outputs: Tensor[] = [];
    try {
      const named = await this.#call(inputs, rows.length, width);
      outputs = [...named.values()];
      const vectors = this.#tokenVectors(named, rows.length, width);
      rows.forEach((sequence, row) => this.#gather(sequence, vectors, row * width));
    } finally {
      for (const tensor of [...outputs, ...Object.values(inputs)]) tensor.dispose();
    }
  }

  async #call(inputs: Readonly<Record<string, Tensor>>, count: number, width: number): Promise<Map<string, Tensor>> {
    let outputs: unknown;
    try {
      outputs = await this.model(inputs);
    } catch (error) {
      const what = `The model failed on ${count} text(s) of up to ${width} pieces: ${messageOf(error)}`;
      throw new ModelError(this.files.path, what, { cause: error });
    }
    return this.#tensors(outputs);
  }

  #tensors(outputs: unknown): Map<string, Tensor> {
    const named = new Map<string, Tensor>();
    for (const [name, value] of Object.entries(outputs ?? {})) {
      if (value instanceof this.tensorClass) named.set(name, value);
    }
    return named;
  }

  /** The rows of the last layer: count × width × dimensions. */
  #tokenVectors(outputs: ReadonlyMap<string, Tensor>, count: number, width: number): Float32Array {
    // The hub's exports name it in one of these two ways.
    const output = outputs.get('last_hidden_state') ?? outputs.get('token_embeddings');
    if (!output) {
      const names = [...outputs.keys()].join(', ') || 'nothing';
      throw new ModelError(
        this.files.path,
        `The model gives ${names}, not token vectors (last_hidden_state): it was not exported for feature extraction`,
      );
    }
    const data: unknown = output.data;
    if (!(data instanceof Float32Array))
      throw new ModelError(this.files.path, `The model's token vectors are ${output.type}: only float32 can be used`);
    const expected = [count, width, this.info.dimensions];
    if (output.dims.join() !== expected.join()) {
      throw new ModelError(
        this.files.path,
        `The model's token vectors are [${output.dims.join(', ')}] where config.json promises [${expected.join(', ')}]`,
      );
    }
    return data;
  }

  /** Takes over what a window contributes; its sequence begins at row `at` of the batch's vectors. */
  #gather({ text, window, length }: Sequence, vectors: Float32Array, at: number): void {
    const { dimensions } = this.info;
    const first = at + text.lead.length;
    const kept = vectors.subarray(
      (first + window.keepStart - window.start) * dimensions,
      (first + window.keepEnd - window.start) * dimensions,
    );
    if (text.windows.length === 1) text.tokens = kept.slice();
    else text.tokens.set(kept, window.keepStart * dimensions);
    // Special pieces and the prefix stand in every window, but count once.
    const share = 1 / text.windows.length;
    if (this.files.recipe.pooling === 'cls') {
      addRows(text.sum, vectors.subarray(at * dimensions, (at + 1) * dimensions), share);
      return;
    }
    addRows(text.sum, kept, 1);
    addRows(text.sum, vectors.subarray(at * dimensions, first * dimensions), share);
    const after = first + window.end - window.start;
    addRows(text.sum, vectors.subarray(after * dimensions, (at + length) * dimensions), share);
  }
}

/** Parts the pieces of a prefix from those of the text after it, whose places are then in the text alone. */
function splitPrefix({ ids, ranges }: Pieces, length: number): { before: readonly number[]; pieces: Pieces } {
  if (length === 0) return { before: [], pieces: { ids, ranges } };
  // A piece that has a part of both is the text's. One of no width between them is a space's.
  const found = ranges.findIndex(({ end }) => end > length);
  const first = found < 0 ? ids.length : found;
  const shift = (offset: number): number => Math.max(0, offset - length);
  return {
    before: ids.slice(0, first),
    pieces: {
      ids: ids.slice(first),
      ranges: ranges.slice(first).map(({ start, end }) => ({ start: shift(start), end: shift(end) })),
    },
  };
}

/** Whether padding can be hidden from the model. */
function takesMask(model: PreTrainedModel): boolean {
  const sessions: Readonly<Record<string, { readonly inputNames: readonly string[] }>> = model.sessions;
  return Object.values(sessions).every(({ inputNames }) => inputNames.includes('attention_mask'));
}

function addRows(sum: Float64Array, rows: Float32Array, weight: number): void {
  for (let i = 0; i < rows.length;) for (let d = 0; d < sum.length; d++) sum[d]! += weight * rows[i++]!;
}

/** At length 1; zeros stay zeros. */
function normalised(sum: Float64Array): Float32Array {
  let squares = 0;
  for (let d = 0; d < sum.length; d++) squares += sum[d]! ** 2;
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  const vector = new Float32Array(sum.length);
  for (let d = 0; d < sum.length; d++) vector[d] = sum[d]! * scale;
  return vector;
}
