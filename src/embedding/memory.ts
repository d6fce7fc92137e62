import { readdir, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ModelError, type ModelFolder } from './model-folder.js';
import type { RuntimeName } from './types.js';

/** Bytes that a loaded model takes for each byte of its weights: as they are read, and as they are laid out for the processor. */
const TIMES_WEIGHTS = { native: 2, wasm: 3 } as const;
/** For everything else: the runtime itself and the layers' values of a batch. */
const BESIDES = 64 * 2 ** 20;
/** WASM addresses memory with 32 bits. */
const WASM_LIMIT = 4 * 2 ** 30;

/**
 * Refuses a model that memory is too small for, before it is loaded: running out of memory ends the whole process.
 * @param free bytes; by default what the system can give
 * @throws ModelError that says how much is needed and how much there is
 */
export async function checkMemory(files: ModelFolder, runtime: RuntimeName, free = freeMemory()): Promise<void> {
  const weights = await weightBytes(files);
  const needed = weights * TIMES_WEIGHTS[runtime] + BESIDES;
  const what = `${files.weights} (${gigabytes(weights)}) needs about ${gigabytes(needed)} of memory`;
  const remedy = 'Close other programs, or choose a smaller model.';
  if (runtime === 'wasm' && needed > WASM_LIMIT) {
    throw new ModelError(files.path, `${what}, and WASM has ${gigabytes(WASM_LIMIT)}`, {
      remedy: 'Choose a smaller model.',
    });
  }
  if (needed > free) throw new ModelError(files.path, `${what}, and ${gigabytes(free)} are free`, { remedy });
}

/** Weights kept beside the ONNX file (`model.onnx_data`) included. */
async function weightBytes({ path, weights }: ModelFolder): Promise<number> {
  const file = join(path, weights);
  const names = (await readdir(dirname(file))).filter((name) => name.startsWith(basename(file)));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dirname(file), name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** What the system can give to this process. macOS counts as free only what nothing at all uses: half of all is nearer. */
function freeMemory(): number {
  return process.platform === 'darwin'
    ? Math.max(process.availableMemory(), totalmem() / 2)
    : process.availableMemory();
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
