// @ts-check
/**
 * `npm test [-- STEP …]`: installs what is missing, then runs format, lint, types, build and tests, and ends with the
 * line 'N passed, N failed'. STEP is one of format, lint, types, build, unit, engine, webview, e2e; without one, all.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium, ensureInstalled } from './install.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const projects = ['unit', 'engine', 'webview', 'e2e'];
const checks = {
  format: ['prettier', ['--check', '--log-level', 'warn', '.']],
  lint: ['eslint', ['--max-warnings', '0', '.']],
  types: ['tsc', ['-p', '.']],
  'webview types': ['tsc', ['-p', 'webview']],
  'panel test types': ['tsc', ['-p', 'test/webview']],
  build: ['node', ['scripts/build.mjs']],
};

const asked = process.argv.slice(2);
/** @param {string} step */
const wanted = (step) => asked.length === 0 || asked.some((name) => step === name || step.endsWith(` ${name}`));

let passed = 0;
let failed = 0;

/**
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function run(name, command, args, env = process.env) {
  const started = Date.now();
  console.log(`\n— ${name}`);
  const local = path.join(root, 'node_modules', '.bin', command);
  const windows = process.platform === 'win32';
  const program = existsSync(local) ? (windows ? `${local}.cmd` : local) : command;
  const { status } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env, shell: windows });
  console.log(`  ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return status === 0;
}

await ensureInstalled();
for (const [name, [command, args]] of Object.entries(checks)) {
  if (!wanted(name)) continue;
  if (run(name, /** @type {string} */ (command), /** @type {string[]} */ (args))) passed++;
  else failed++;
}

const chosen = projects.filter(wanted);
if (chosen.length > 0) {
  const env = { ...process.env };
  if (chosen.includes('webview') || chosen.includes('e2e')) env['CHROME_PATH'] = await ensureChromium();
  if (chosen.includes('e2e')) {
    const { ensureCodeServer, OLDEST } = await import('./code-server.mjs');
    await ensureCodeServer(OLDEST);
  }
  const scratch = mkdtempSync(path.join(tmpdir(), 'marginalia-tests-'));
  for (const project of chosen) {
    const report = path.join(scratch, `${project}.json`);
    const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const ok = run(project, 'vitest', args, env);
    if (existsSync(report)) {
      /** @type {{ numPassedTests: number, numFailedTests: number }} */
      const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
      passed += numPassedTests;
      failed += numFailedTests;
      // A suite that could not even be loaded has no failed test of its own.
      if (!ok && numFailedTests === 0) failed++;
    } else failed++;
  }
  rmSync(scratch, { recursive: true, force: true });
}

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
