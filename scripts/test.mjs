// @ts-check
/**
 * `npm test [-- STEP …]`: installs what is missing, then runs format, lint, types, build and tests, and ends with the
 * line 'N passed, N failed'. STEP is one of format, lint, types, build, unit, engine, webview, e2e; without one, all.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium, ensureInstalled } from './install.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const projects = ['unit', 'engine', 'webview', 'e2e'];
const checks = {
  lint: ['eslint', ['--max-warnings', '0', '.']],
  format: ['prettier', ['--check', '--log-level', 'warn', '.']],
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
 * What to start for a command of the repository's packages.
 * @param {string} command
 */
function program(command) {
  const local = path.join(root, 'node_modules', '.bin', command);
  const shell = process.platform === 'win32';
  return { file: existsSync(local) ? (shell ? `${local}.cmd` : local) : command, shell };
}

/**
 * @param {string} name
 * @param {boolean} ok
 * @param {number} started
 */
function tell(name, ok, started) {
  console.log(`  ${name}: ${ok ? 'ok' : 'FAILED'} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/**
 * Runs a command and shows what it prints when it has ended, so that several can run side by side.
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<boolean>}
 */
function check(name, command, args) {
  const started = Date.now();
  const { file, shell } = program(command);
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const output = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (/** @type {Buffer} */ part) => output.push(part));
    child.on('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (status) => {
      process.stdout.write(Buffer.concat(output));
      tell(name, status === 0, started);
      resolve(status === 0);
    });
  });
}

/**
 * @param {string} name
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function run(name, command, args, env) {
  const started = Date.now();
  console.log(`\n— ${name}`);
  const { file, shell } = program(command);
  const { status } = spawnSync(file, args, { cwd: root, stdio: 'inherit', env, shell });
  tell(name, status === 0, started);
  return status === 0;
}

await ensureInstalled();
const due = Object.entries(checks).filter(([name]) => wanted(name));
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    for (let next = due.shift(); next !== undefined; next = due.shift()) {
      const [name, [command, args]] = next;
      if (await check(name, /** @type {string} */ (command), /** @type {string[]} */ (args))) passed++;
      else failed++;
    }
  }),
);

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
