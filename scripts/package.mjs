// @ts-check
/**
 * `npm run package [-- --universal]`: makes the VSIX. Without a flag it is for this platform and carries the native
 * ONNX Runtime; the universal one runs on WASM everywhere.
 */
import { cp, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { ensureInstalled, repository } from './install.mjs';
import { run } from './processes.mjs';

const universal = process.argv.includes('--universal');
const { platform, arch } = process;
const target = `${platform}-${arch}`;
/** @type {{ version: string }} */
const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8'));
const output = join(repository, `marginalia-${manifest.version}${universal ? '' : `-${target}`}.vsix`);

await ensureInstalled();
// Built afresh: nothing of an earlier build or target may travel along.
await rm(join(repository, 'dist'), { recursive: true, force: true });
await run('node', ['scripts/build.mjs', '--minify'], { cwd: repository, show: true });
if (!universal) await addNativeRuntime();
await createVSIX({
  cwd: repository,
  packagePath: output,
  dependencies: false,
  // Links of the README stay as they are: they lead into the repository, wherever it is kept.
  rewriteRelativeLinks: false,
  allowMissingRepository: true,
  ...(universal ? {} : { target }),
});
await rm(join(repository, 'dist', 'node_modules'), { recursive: true, force: true });
const { size } = await stat(output);
console.log(`${output}: ${(size / 1e6).toFixed(1)} MB`);

/** Puts the native runtime where the engine's bundle resolves it, with the binary of this platform only. */
async function addNativeRuntime() {
  for (const name of ['onnxruntime-node', 'onnxruntime-common']) {
    const from = join(repository, 'node_modules', name);
    const to = join(repository, 'dist', 'node_modules', name);
    await mkdir(to, { recursive: true });
    await cp(join(from, 'package.json'), join(to, 'package.json'));
    await cp(join(from, 'dist'), join(to, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') });
  }
  const binaries = join('onnxruntime-node', 'bin', 'napi-v6', platform, arch);
  await cp(join(repository, 'node_modules', binaries), join(repository, 'dist', 'node_modules', binaries), {
    recursive: true,
  });
}
