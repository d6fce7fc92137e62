// @ts-check
/**
 * A real VS Code without the editor's own downloads: code-server from the npm registry, which is VS Code's server and
 * workbench with a Node extension host. `ensureCodeServer` builds it once into the user's cache folder,
 * `startCodeServer` runs it on a folder with the extension in it.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readJson } from './install.mjs';
import { cleanEnvironment, onPath, onShutdown, run, startGroup } from './processes.mjs';

/** VS Code 1.100, the oldest that the extension supports. */
export const OLDEST = '4.100.3';
/** VS Code 1.139. */
export const NEWEST = '4.139.1';

/** The major version of Node that each code-server runs on: its native modules and its engine are made for that one. */
const NODE_OF = new Map([
  [OLDEST, 20],
  [NEWEST, 24],
]);

/** Changes whenever the steps of `build` do, so that an older result in somebody's cache is not taken for a new one. */
const RECIPE = 1;

/** Modules with native code that VS Code runs without if it must, and what is lost then. */
const NATIVE = new Map([
  ['node-pty', 'the integrated terminal'],
  ['@vscode/spdlog', 'output channels and log files'],
  ['native-watchdog', 'ending the extension host after a crash of the server'],
  ['@vscode/native-watchdog', 'ending the extension host after a crash of the server'],
]);

/**
 * @typedef {object} CodeServer A code-server that is ready to run.
 * @property {string} version
 * @property {string} node the Node to run it with
 * @property {string} entry the script that starts it
 */

/**
 * The version that runs on the present Node, so that no second Node has to be fetched; the oldest where none does.
 * @returns {string}
 */
export function preferredVersion() {
  const present = Number.parseInt(process.versions.node, 10);
  return [...NODE_OF].find(([, major]) => major === present)?.[0] ?? OLDEST;
}

/**
 * Finds or builds a code-server. The first time takes a minute or so and prints what it does.
 * @param {string} version `OLDEST` or `NEWEST`
 * @returns {Promise<CodeServer>}
 */
export async function ensureCodeServer(version) {
  const major = NODE_OF.get(version);
  if (major === undefined)
    throw new Error(`code-server ${version} is not known here; known are ${[...NODE_OF.keys()].join(' and ')}.`);
  if (process.platform === 'win32')
    throw new Error(
      'code-server does not run on Windows. Install VS Code, with its command `code` on the PATH, or use WSL.',
    );

  const node = await ensureNode(major);
  const root = await cached(
    `code-server/${version}-node${major}-${process.platform}-${process.arch}-r${RECIPE}`,
    (folder) => build(version, node, folder),
  );
  const missing = /** @type {string[]} */ (readJson(join(root, 'missing.json')));
  if (missing.length > 0) {
    console.warn(
      `code-server runs without ${missing.map((name) => NATIVE.get(name) ?? name).join(', ')}: native modules could not be built. ` +
        `For all of it install ${missingTools().join(', ') || 'a working C++ compiler'}, then delete ${root} and start again.`,
    );
  }
  return { version, node, entry: join(root, 'out', 'node', 'entry.js') };
}

/**
 * The path of a Node of this major version: the one that runs this script, or one from the npm registry.
 * @param {number} major
 * @returns {Promise<string>}
 */
async function ensureNode(major) {
  if (Number.parseInt(process.versions.node, 10) === major) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const root = await cached(`node/${major}-${platform}`, async (folder) => {
    console.log(`Fetching Node ${major}…`);
    await unpack(`node-${platform}@${major}`, folder);
  });
  return join(root, 'bin', 'node');
}

/**
 * @param {string} version
 * @param {string} node
 * @param {string} folder
 */
async function build(version, node, folder) {
  console.log(`Fetching code-server ${version} (once; about 150 MB)…`);
  await unpack(`code-server@${version}`, folder);
  const vscode = join(folder, 'lib', 'vscode');

  /** @type {NodeJS.ProcessEnv} */
  const env = { PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}` };
  // Node's headers often lie beside it; node-gyp would fetch them from the internet again.
  const home = dirname(dirname(node));
  if (existsSync(join(home, 'include', 'node', 'node.h'))) env['npm_config_nodedir'] = home;
  const options = { env: cleanEnvironment(env) };

  // Install scripts are off: some fail, some download from elsewhere, and the ones we need are run below.
  for (const [index, cwd] of [folder, vscode, join(vscode, 'extensions')].entries()) {
    console.log(`Installing its packages (${index + 1} of 3)…`);
    await run('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      ...options,
      cwd,
    });
  }
  await replaceArgon2(folder);
  await addRipgrep(vscode);
  // VS Code and extensions look for some files under the name that the desktop's archive of modules has.
  await symlink('node_modules', join(vscode, 'node_modules.asar'));

  /** @type {string[]} */
  const missing = [];
  for (const name of NATIVE.keys()) {
    if (!existsSync(join(vscode, 'node_modules', name))) continue;
    console.log(`Building ${name}…`);
    // node-pty's last install step fails without harm after the module is built: what counts is whether the module loads.
    await run('npm', ['rebuild', name], { ...options, cwd: vscode }).catch(() => undefined);
    const loads = await run(node, ['-e', `require(${JSON.stringify(name)})`], { ...options, cwd: vscode }).then(
      () => true,
      () => false,
    );
    if (!loads) missing.push(name);
  }
  await writeFile(join(folder, 'missing.json'), JSON.stringify(missing));
}

/**
 * code-server hashes passwords with argon2, a native module that it cannot even start without. Nobody logs in here
 * (`--auth none`, on the loopback address), so a compiler for it would be asked for in vain.
 * @param {string} folder
 */
async function replaceArgon2(folder) {
  const argon2 = join(folder, 'node_modules', 'argon2');
  await rm(argon2, { recursive: true, force: true });
  await mkdir(argon2);
  await writeFile(join(argon2, 'package.json'), JSON.stringify({ name: 'argon2', version: '0.0.0', main: 'index.js' }));
  await writeFile(
    join(argon2, 'index.js'),
    "exports.hash = exports.verify = () => Promise.reject(new Error('no passwords here'));\n",
  );
}

/**
 * VS Code searches with ripgrep (also for `workspace.findFiles`). 1.100 expects a binary that its install script
 * downloads; the registry has the same one in packages by platform. Later versions depend on such packages.
 * @param {string} vscode
 */
async function addRipgrep(vscode) {
  const ripgrep = join(vscode, 'node_modules', '@vscode', 'ripgrep');
  if (!existsSync(ripgrep)) return;
  const unpacked = join(vscode, 'ripgrep');
  await unpack(`@vscode/ripgrep-${process.platform}-${process.arch}`, unpacked);
  await cp(join(unpacked, 'bin'), join(ripgrep, 'bin'), { recursive: true });
  await rm(unpacked, { recursive: true });
}

/** @returns {string[]} the tools that node-gyp needs and that are not on the PATH */
function missingTools() {
  const needed = [['python3'], ['make'], ['g++', 'clang++', 'c++']];
  return needed.filter((names) => names.every((name) => onPath(name) === undefined)).map(([name]) => String(name));
}

/**
 * Unpacks a package from the npm registry.
 * @param {string} specifier
 * @param {string} folder
 */
async function unpack(specifier, folder) {
  await mkdir(folder, { recursive: true });
  const download = await mkdtemp(join(folder, '.download-'));
  await run('npm', ['pack', specifier, '--loglevel=error', `--pack-destination=${download}`], { cwd: folder });
  const [archive] = await readdir(download);
  if (archive === undefined) throw new Error(`npm pack ${specifier} left no archive.`);
  await run('tar', ['-xzf', join(download, archive), '-C', folder, '--strip-components=1']);
  await rm(download, { recursive: true });
}

/**
 * A folder in the user's cache that `fill` fills once. It is filled beside its place and renamed when complete, so a
 * folder in its place is always whole; a lock keeps a second process from doing the same work meanwhile.
 * @param {string} name
 * @param {(folder: string) => Promise<void>} fill
 * @returns {Promise<string>}
 */
async function cached(name, fill) {
  const base = process.env['XDG_CACHE_HOME'];
  const target = join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'marginalia', name);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const unlock = onShutdown(await lock(`${target}.lock`, () => existsSync(target)));
  try {
    if (existsSync(target)) return target;
    const partial = `${target}.partial`;
    // A run that was cut off may have left one.
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial);
    await fill(partial);
    await rename(partial, target);
    return target;
  } finally {
    await unlock();
  }
}

const HEARTBEAT = 2_000;

/**
 * Takes a lock, or waits until whoever has it is done. A holder touches its lock all the time: one that has died
 * without removing it is known by that, also across containers that share a cache folder but not their processes.
 * @param {string} path
 * @param {() => boolean} done
 * @returns {Promise<() => Promise<void>>}
 */
async function lock(path, done) {
  for (let waiting = false; !done(); waiting = true) {
    try {
      await mkdir(path);
      const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT);
      return async () => {
        clearInterval(heartbeat);
        await rm(path, { recursive: true, force: true });
      };
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
    if (!waiting) console.log('Waiting for another process that prepares the same…');
    await delay(HEARTBEAT / 4);
    const touched = await stat(path).then(
      (stats) => stats.mtimeMs,
      () => undefined,
    );
    if (touched !== undefined && Date.now() - touched > 10 * HEARTBEAT)
      await rm(path, { recursive: true, force: true });
  }
  return async () => {};
}

/**
 * Settings under which VS Code shows nothing but the work, and asks nothing of hosts elsewhere.
 * @type {Readonly<Record<string, unknown>>}
 */
export const QUIET_SETTINGS = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.openRepositoryInParentFolders': 'never',
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/**
 * Writes the user's settings of a fresh user data folder.
 * @param {string} userDataDir
 * @param {Readonly<Record<string, unknown>>} [settings] beside, or instead of, the quiet ones
 */
export async function writeSettings(userDataDir, settings = {}) {
  await mkdir(join(userDataDir, 'User'), { recursive: true });
  await writeFile(
    join(userDataDir, 'User', 'settings.json'),
    JSON.stringify({ ...QUIET_SETTINGS, ...settings }, undefined, 2),
  );
}

/**
 * @typedef {object} StartOptions
 * @property {CodeServer} codeServer
 * @property {string} workspace the folder to open
 * @property {string} extension a `.vsix`, which is installed, or the folder of a built extension, which is linked
 * @property {string} userDataDir a fresh folder for settings, state and installed extensions
 * @property {Readonly<Record<string, unknown>>} [settings] user settings beside the quiet ones
 * @property {NodeJS.ProcessEnv} [env] variables for the server, and so for the extension
 * @property {number} [port] a free one unless given
 */

/**
 * Starts code-server on a folder, with the extension in it.
 * @param {StartOptions} options
 * @returns {Promise<{ url: string, output: () => string, ended: Promise<number | NodeJS.Signals>, stop: () => Promise<void> }>}
 */
export async function startCodeServer({ codeServer, workspace, extension, userDataDir, settings, env = {}, port = 0 }) {
  const extensionsDir = join(userDataDir, 'extensions');
  await writeSettings(userDataDir, settings);
  await mkdir(extensionsDir, { recursive: true });
  const environment = cleanEnvironment({
    // Without a gallery nothing is looked up in one.
    EXTENSIONS_GALLERY: JSON.stringify({ serviceUrl: '' }),
    // Else the person's own configuration is read, or one written.
    CODE_SERVER_CONFIG: join(userDataDir, 'config.yaml'),
    ...env,
  });
  const folders = ['--user-data-dir', userDataDir, '--extensions-dir', extensionsDir];

  if (extension.endsWith('.vsix')) {
    await run(codeServer.node, [codeServer.entry, ...folders, '--install-extension', extension], { env: environment });
  } else {
    const { publisher, name, version } = /** @type {{ publisher: string, name: string, version: string }} */ (
      readJson(join(extension, 'package.json'))
    );
    await symlink(extension, join(extensionsDir, `${publisher}.${name}-${version}`));
  }

  let output = '';
  /** @type {(address: string) => void} */
  let listening = () => {};
  /** @type {Promise<string>} */
  const address = new Promise((resolve) => (listening = resolve));
  const server = startGroup(
    codeServer.node,
    [
      codeServer.entry,
      ...folders,
      '--auth',
      'none',
      '--bind-addr',
      `127.0.0.1:${port}`,
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      workspace,
    ],
    {
      env: environment,
      onOutput(text) {
        output = (output + text).slice(-50_000);
        const found = /listening on (http:\/\/[\d.:]+)\//.exec(output);
        if (found?.[1] !== undefined) listening(found[1]);
      },
    },
  );
  const base = await Promise.race([
    address,
    server.ended.then(() => undefined),
    delay(60_000, undefined, { ref: false }),
  ]);
  if (base === undefined) {
    await server.stop();
    throw new Error(`code-server ${codeServer.version} did not start:\n${output}`);
  }
  return { ...server, output: () => output, url: `${base}/?folder=${encodeURIComponent(workspace)}` };
}
