// @ts-check
// Takes the panel's pictures, all or those that the documentation keeps: node test/webview/pictures.mjs [--kept] FOLDER [NAME]
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
// Beside the sources, so that its imports resolve as theirs do.
const built = await mkdtemp(join(here, '.pictures-'));
try {
  const outfile = join(built, 'pictures.mjs');
  await build({
    entryPoints: [join(here, 'pictures.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    define: { 'import.meta.url': JSON.stringify(new URL('pictures.ts', import.meta.url).href) },
  });
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(built, { recursive: true, force: true });
}
