// @ts-check
/**
 * `npm start [-- FOLDER]`: installs, builds and opens VS Code with the extension under development on a scratch copy
 * of the sample workspace, or on FOLDER. Ctrl+C ends everything that it started.
 *
 *   --web        code-server in the browser, also where a desktop VS Code is installed
 *   --port N     code-server's port (a free one otherwise)
 *   --keep       leaves the scratch copy of the sample where it is
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureCodeServer, preferredVersion, startCodeServer, writeSettings } from './code-server.mjs';
import { ensureInstalled, repository } from './install.mjs';
import { cleanEnvironment, onPath, onShutdown, run, shutdown, startGroup } from './processes.mjs';
import { copySample, temporaryFolder } from './sample.mjs';

/** The extension opens its panel by itself when it finds this in its environment. */
const OPEN_PANEL = { MARGINALIA_OPEN: '1' };

/** Whether there is a screen to open a window on. */
const hasDisplay = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      web: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      port: { type: 'string', default: '0' },
    },
  });
  const port = Number(values.port);
  if (positionals.length > 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error('usage: npm start [-- [--web] [--port N] [--keep] [FOLDER]]');
  }
  const given = positionals[0] === undefined ? undefined : resolve(process.env['INIT_CWD'] ?? '.', positionals[0]);
  if (given !== undefined && !(await isFolder(given))) throw new Error(`${given} is not a folder.`);

  await ensureInstalled();
  console.log('Building the extension…');
  await run('npm', ['run', '--silent', 'build'], { cwd: repository, show: true });

  const scratch = await temporaryFolder();
  const workspace = given ?? join(scratch, 'sample');
  const kept = given === undefined && values.keep;
  onShutdown(async () => {
    // An editor that is just ending may still write.
    const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
    await rm(kept ? join(scratch, 'user') : scratch, options);
    if (kept) console.log(`The sample is left in ${workspace}.`);
  });
  if (given === undefined) await copySample(workspace);

  const userDataDir = join(scratch, 'user');
  await mkdir(userDataDir);
  const code = values.web ? undefined : desktopCode();
  await (code === undefined
    ? openInBrowser(workspace, userDataDir, port)
    : openOnDesktop(code, workspace, userDataDir));
}

/**
 * @param {string} path
 * @returns {Promise<boolean>}
 */
async function isFolder(path) {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/**
 * The desktop editor's command, where it can open a window. In a remote terminal of VS Code, `code` is another
 * program, which cannot load an extension under development.
 * @returns {string | undefined}
 */
function desktopCode() {
  return hasDisplay && process.env['VSCODE_IPC_HOOK_CLI'] === undefined ? onPath('code') : undefined;
}

/**
 * Opens the desktop editor and waits until its window is closed. It gets a profile of its own: the person's is left
 * alone, their other extensions cannot interfere, and it is a process of its own instead of a window of an editor that
 * is running already, so that Ctrl+C can end it.
 * @param {string} code
 * @param {string} workspace
 * @param {string} userDataDir
 */
async function openOnDesktop(code, workspace, userDataDir) {
  await writeSettings(userDataDir);
  const args = [
    `--extensionDevelopmentPath=${repository}`,
    `--user-data-dir=${userDataDir}`,
    `--extensions-dir=${join(userDataDir, 'extensions')}`,
    '--new-window',
    '--wait',
    '--disable-workspace-trust',
    '--disable-telemetry',
    '--skip-welcome',
    '--skip-release-notes',
    // As root it refuses to start with one.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    workspace,
  ];
  // The command starts the editor in a group of its own; the editor notes its process in its user data folder.
  onShutdown(async () => {
    const pid = Number(await readFile(join(userDataDir, 'code.lock'), 'utf8').catch(() => ''));
    if (!Number.isInteger(pid) || pid <= 0) return;
    try {
      process.kill(pid);
    } catch {
      // The window is closed already.
    }
  });
  const editor = startGroup(code, args, {
    env: cleanEnvironment(OPEN_PANEL),
    onOutput: (text) => process.stderr.write(text),
  });
  console.log(
    `Marginalia is open in VS Code on ${workspace}, ${seconds()} s after the start. Close its window or press Ctrl+C to end.`,
  );
  process.exitCode = (await editor.ended) === 0 ? 0 : 1;
  await shutdown();
}

/**
 * Serves VS Code on the loopback address until Ctrl+C.
 * @param {string} workspace
 * @param {string} userDataDir
 * @param {number} port
 */
async function openInBrowser(workspace, userDataDir, port) {
  const codeServer = await ensureCodeServer(preferredVersion());
  const server = await startCodeServer({
    codeServer,
    workspace,
    extension: repository,
    userDataDir,
    env: OPEN_PANEL,
    port,
  });
  console.log(`Marginalia is open at ${server.url}\nReady ${seconds()} s after the start. Press Ctrl+C to end.`);
  if (hasDisplay && process.stdout.isTTY) {
    const opener = onPath(process.platform === 'darwin' ? 'open' : 'xdg-open');
    if (opener !== undefined)
      await run(opener, [server.url]).catch(() => console.log('No browser opened: visit the address above.'));
  }
  // Never, after Ctrl+C.
  const code = await server.ended;
  throw new Error(`code-server ended with ${code}:\n${server.output()}`);
}

/** @returns {string} */
function seconds() {
  return (performance.now() / 1000).toFixed(1);
}

main().catch(async (/** @type {unknown} */ error) => {
  console.error(error instanceof Error ? error.message : error);
  await shutdown();
  process.exit(1);
});
