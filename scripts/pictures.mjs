// @ts-check
/**
 * `npm run pictures [-- NAME]`: takes the documentation's pictures anew, all or those whose name begins with NAME: panel
 * and progress view in a real VS Code (test/e2e/pictures.ts) to `docs/`, scripts, dense and long passages in the panel's
 * page alone (test/webview/pictures.ts) to `docs/pictures/`.
 */
import { join } from 'node:path';
import { ensureChromium, ensureInstalled, repository } from './install.mjs';
import { run } from './processes.mjs';

const [name] = process.argv.slice(2);

await ensureInstalled();
process.env['CHROME_PATH'] = await ensureChromium();
const options = { cwd: repository, show: true };
await run('node', ['scripts/build.mjs'], options);
const only = name === undefined ? [] : [name];
await run('node', ['test/webview/pictures.mjs', '--kept', join(repository, 'docs', 'pictures'), ...only], options);
const named = name === undefined ? [] : ['--testNamePattern', `docs/${name}`];
await run('npx', ['vitest', 'run', '--project', 'pictures', ...named], options);
