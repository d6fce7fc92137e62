import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEmbedder } from '../embedding/open-embedder.js';
import type { ModelInfo } from '../embedding/types.js';
import { BUNDLED } from '../models/catalogue.js';
import { modelFolder, ModelNotDownloaded, modelReference } from '../models/reference.js';
import { UsageError } from './arguments.js';
import { log } from './output.js';

/** Which model a command uses. */
export interface CommandModel {
  /** As the engine is given it: a name, or an absolute path. */
  readonly model: string;
  readonly folder: string;
  /** One sentence: why this model. */
  readonly reason: string;
}

/** Folder of the bundled models: beside the bundle in an installed extension, at the repository's root in development. */
export function modelsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['..', '../..', '../../..']) {
    const folder = resolve(here, up, 'media', 'models');
    if (existsSync(folder)) return folder;
  }
  throw new UsageError('The bundled models are missing: reinstall the extension.');
}

/**
 * The model of `--model`, named in the editor's setting; the bundled one without it. Relative folders are relative
 * to the current one.
 * @throws UsageError where there is none of that name
 */
export function commandModel(named: string | undefined): CommandModel {
  const model = named ?? BUNDLED;
  const bundled = modelsFolder();
  try {
    const folder = modelFolder(model, process.cwd(), { bundled, downloads: undefined });
    const reason = named === undefined ? 'The bundled one, because --model names no other.' : 'Named by --model.';
    const isBundled = modelReference(model, process.cwd()).kind === 'bundled';
    return { model: isBundled ? model : folder, folder, reason };
  } catch (error) {
    if (error instanceof ModelNotDownloaded)
      throw new UsageError(
        `--model ${model}: commands download nothing. Download it with 'Marginalia: Choose Model…' in the editor, which says to which folder, and name that folder.`,
        { cause: error },
      );
    throw new UsageError(`--model: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** What a command's model is, and which runtime it would run on; it is not loaded. */
export async function describeModel({ model, folder }: CommandModel): Promise<ModelInfo> {
  const embedder = await openEmbedder({ folder, name: model, runtime: 'auto', onLog: log });
  await embedder.dispose();
  return embedder.info;
}
