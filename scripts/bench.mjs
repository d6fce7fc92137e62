// @ts-check
/**
 * `npm run bench [-- NAME [OPTIONS]]`: builds and runs the benchmarks of `test/bench/`, all or those whose name holds NAME,
 * with the options that they say they take.
 */
import { rm, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureChromium, ensureInstalled, repository } from './install.mjs';
import { run } from './processes.mjs';

const [wanted = '', ...options] = process.argv.slice(2);
const folder = join(repository, 'dist', 'bench');

await ensureInstalled();
if ('panel'.includes(wanted)) process.env['CHROME_PATH'] = await ensureChromium();
await rm(folder, { recursive: true, force: true });
await run('node', ['scripts/build.mjs', '--bench'], { cwd: repository });
for (const name of (await readdir(folder)).sort()) {
  if (!name.endsWith('.mjs') || !name.includes(wanted)) continue;
  console.log(`\n${name}`);
  await run('node', ['--expose-gc', join(folder, name), ...options], { cwd: repository, show: true });
}
