import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from './arguments.js';

export const BUNDLED = 'marginalia-en-small';

/** Folder of the bundled models: beside the bundle in an installed extension, at the repository's root in development. */
export function modelsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const up of ['..', '../..', '../../..']) {
    const folder = resolve(here, up, 'media', 'models');
    if (existsSync(folder)) return folder;
  }
  throw new UsageError('The bundled models are missing: reinstall the extension, or name a folder with --model.');
}

/** The folder of a model: the bundled one by default or by name, else a folder of the person's. */
export function bundledModel(name = BUNDLED): string {
  return isAbsolute(name) || name.startsWith('.') ? resolve(name) : join(modelsFolder(), name);
}
