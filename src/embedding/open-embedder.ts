import { infoOf, loadEmbedder } from './embedder.js';
import { checkMemory } from './memory.js';
import { readModelFolder } from './model-folder.js';
import { loadRuntime, type RuntimeSetting } from './runtime.js';
import type { Embedder } from './types.js';

export interface EmbedderOptions {
  /** The model's folder, in the hub's layout. */
  readonly folder: string;
  /** What the model is called; the folder's name by default. */
  readonly name?: string;
  readonly runtime: RuntimeSetting;
  readonly onLog?: (message: string) => void;
}

/** An embedder that loads its model when the first text comes, or when it is told to. */
export interface LazyEmbedder extends Embedder {
  /** @throws ModelError where the folder does not hold a usable model, or memory is too small for it */
  load(): Promise<void>;
}

/**
 * Reads what a folder's model is, without loading it; nothing is ever downloaded.
 * @throws ModelError where the folder does not hold a model; Error where the runtime cannot be had.
 */
export async function openEmbedder({ folder, name, runtime, onLog }: EmbedderOptions): Promise<LazyEmbedder> {
  const read = await readModelFolder(folder);
  const files = name === undefined ? read : { ...read, name };
  const chosen = await loadRuntime(runtime);
  const info = infoOf(files, chosen);
  let loaded: Promise<Embedder> | undefined;
  let disposed = false;
  const load = async (): Promise<Embedder> => {
    const started = performance.now();
    await checkMemory(files, chosen.name);
    const embedder = await loadEmbedder(files, chosen);
    const took = Math.round(performance.now() - started);
    onLog?.(`Model ${files.name} (${files.hash}, ${files.weights}) ready in ${took} ms. ${chosen.reason}`);
    return embedder;
  };
  const loading = (): Promise<Embedder> => {
    if (disposed) return Promise.reject(new Error(`The model ${info.name} was disposed of while it was in use.`));
    // What failed for want of memory may go well the next time.
    return (loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    }));
  };
  return {
    info,
    load: async () => {
      await loading();
    },
    encode: async (texts, options) => {
      options?.signal?.throwIfAborted();
      return (await loading()).encode(texts, options);
    },
    dispose: async () => {
      disposed = true;
      await loaded?.then(
        (embedder) => embedder.dispose(),
        () => undefined,
      );
    },
  };
}

/** Opens and loads the model of a folder. Throws what `openEmbedder` and `load` throw. */
export async function createEmbedder(options: EmbedderOptions): Promise<Embedder> {
  const embedder = await openEmbedder(options);
  await embedder.load();
  return embedder;
}
