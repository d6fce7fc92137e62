// @ts-check
/**
 * What has to be on the machine before the repository can be built and tested: its npm packages, and for the
 * tests a Chromium. Uses nothing but Node, since it runs before there is a `node_modules`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onPath, run } from './processes.mjs';

/** The root of this repository. */
export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Installs the npm packages unless those of the lockfile are there already.
 * @returns {Promise<void>}
 */
export async function ensureInstalled() {
  if (isInstalled(repository)) return;
  const command = existsSync(join(repository, 'package-lock.json')) ? 'ci' : 'install';
  console.log(`Installing packages (npm ${command})…`);
  // NODE_ENV=production would leave out the build's own packages.
  await run('npm', [command, '--include=dev', '--no-audit', '--no-fund'], { cwd: repository, show: true });
}

/**
 * Whether node_modules holds what package-lock.json asks for. Versions are compared rather than times: a checkout
 * touches the lockfile without changing it. npm records what it installed in a lockfile of its own.
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (installed === undefined) return false;
  if (wanted === undefined) return true;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    const found = installed[path];
    // The root has no entry in node_modules; optional packages may be for other platforms.
    return path === '' || (found === undefined ? optional === true : found.version === version);
  });
}

/** @typedef {Record<string, { version?: string, optional?: boolean }>} Packages the packages of a lockfile by path */

/**
 * @param {string} lockfile
 * @returns {Packages | undefined}
 */
function readPackages(lockfile) {
  try {
    return /** @type {{ packages: Packages }} */ (readJson(lockfile)).packages;
  } catch {
    // Missing or half-written: the same as nothing installed.
    return undefined;
  }
}

/**
 * @param {string} path
 * @returns {unknown}
 */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * The path of a Chromium or Chrome: CHROME_PATH, else what is installed, else (as root, with apt) it is installed now.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const chosen = process.env['CHROME_PATH'];
  if (chosen !== undefined && chosen !== '') {
    if (!existsSync(chosen)) throw new Error(`CHROME_PATH names ${chosen}, which does not exist.`);
    return chosen;
  }
  const found = findChromium();
  if (found !== undefined) return found;

  const apt = onPath('apt-get');
  if (apt === undefined || process.getuid?.() !== 0) {
    throw new Error(
      'The tests need Chromium or Chrome, and none was found. Install one (on Debian: sudo apt-get install chromium) or name it in CHROME_PATH.',
    );
  }
  console.log('Installing Chromium (apt-get install chromium)…');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another package manager may be at work on a machine that has just started.
  const patience = ['-o', 'DPkg::Lock::Timeout=300'];
  await run(apt, [...patience, 'update'], { env });
  await run(apt, [...patience, 'install', '-y', '--no-install-recommends', 'chromium'], { env });
  const installed = findChromium();
  if (installed === undefined)
    throw new Error(
      'apt-get installed chromium, but no such command is on the PATH. Name a Chromium or Chrome in CHROME_PATH.',
    );
  return installed;
}

/** @returns {string | undefined} */
function findChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']) {
    const path = onPath(name);
    if (path !== undefined) return path;
  }
  const windowsRoots = [process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']];
  return [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    ...windowsRoots.flatMap((root) =>
      root === undefined ? [] : [join(root, 'Google', 'Chrome', 'Application', 'chrome.exe')],
    ),
  ].find((path) => existsSync(path));
}
