import { join } from 'node:path';
import { openEmbedder } from '../embedding/open-embedder.js';
import type { ModelInfo } from '../embedding/types.js';
import type { EngineSettings } from '../protocol/engine.js';
import { Vectors } from './vectors.js';

export interface ModelOptions {
  /** Folder of the model. */
  readonly folder: string;
  /** What the model is called. */
  readonly name: string;
  readonly runtime: EngineSettings['runtime'];
  /** Folder of the caches. */
  readonly storage: string;
  readonly onLog: (message: string) => void;
}

function sameModel(a: ModelInfo, b: ModelInfo): boolean {
  return a.hash === b.hash && a.runtime === b.runtime && a.dimensions === b.dimensions && a.maxPieces === b.maxPieces;
}

/**
 * The vectors of a model; `current` where that is it. The transformer is loaded when a text is met whose vectors are not
 * cached. Before that only what is to take another model's place, or has not embedded a text yet, is loaded, to see that
 * it works.
 * @throws Error where the model cannot be used
 */
export async function openVectors(
  { folder, name, runtime, storage, onLog }: ModelOptions,
  current: Vectors | undefined,
): Promise<Vectors> {
  const embedder = await openEmbedder({ folder, name, runtime, onLog });
  if (current !== undefined && sameModel(current.info, embedder.info)) return current;
  const vectors = await Vectors.open(join(storage, 'vectors'), embedder, onLog);
  try {
    if (current !== undefined || vectors.size === 0) await embedder.load();
  } catch (error) {
    await vectors.close();
    throw error;
  }
  return vectors;
}
