// @ts-check
/**
 * Child processes for the scripts: run one to its end, keep one running and end it with all that it started,
 * and clean up when this process is told to stop.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const windows = process.platform === 'win32';

/**
 * The absolute path of a command, or undefined where PATH has none.
 * @param {string} name
 * @returns {string | undefined}
 */
export function onPath(name) {
  const names = windows ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const file of names) {
      const path = join(folder, file);
      try {
        accessSync(path, constants.X_OK);
        if (folder !== '' && statSync(path).isFile()) return path;
      } catch {
        // Not here: go on with the next folder.
      }
    }
  }
  return undefined;
}

/**
 * The environment for a child that must not take itself for a part of what runs us: npm's lifecycle variables
 * would move a nested npm into this repository, git's (set inside hooks) would move a nested git, and VS Code's
 * (set in its terminal) make a new editor hand its arguments to the one around us and leave. Nor does a panel open by
 * itself in an editor that is started from a terminal inside `npm start`'s.
 * @param {NodeJS.ProcessEnv} [extra]
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(extra = {}) {
  const foreign =
    /^(npm_(package|lifecycle|node|command|execpath|config_local_prefix)|INIT_CWD$|GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR)$|VSCODE_|ELECTRON_|CODE_SERVER_|PORT$|MARGINALIA_OPEN$)/;
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

/**
 * Runs a command to its end and returns what it wrote to stdout.
 * Its output is shown as it comes with `show`, else it becomes part of the error when the command fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, { cwd, env = cleanEnvironment(), show = false } = {}) {
  return new Promise((resolve, reject) => {
    // npm is a .cmd on Windows, and only a shell runs those.
    const child = spawn(command, args, {
      cwd,
      env,
      shell: windows,
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let stdout = '';
    let all = '';
    child.stdout?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      stdout += text;
      all += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      all += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) {
        resolve(stdout);
        return;
      }
      const output = all.trim().split('\n').slice(-30).join('\n');
      reject(
        new Error(`${[command, ...args].join(' ')} ended with ${code ?? signal}${output === '' ? '' : `:\n${output}`}`),
      );
    });
  });
}

/** @type {Set<() => void | Promise<void>>} */
const cleanups = new Set();
/** @type {Promise<void> | undefined} */
let ending;

/**
 * Runs `cleanup` when this process is told to stop by a signal, and once only.
 * Returns a function that runs it earlier.
 * @param {() => void | Promise<void>} cleanup
 * @returns {() => Promise<void>}
 */
export function onShutdown(cleanup) {
  listen();
  cleanups.add(cleanup);
  return async () => {
    if (cleanups.delete(cleanup)) await cleanup();
  };
}

/**
 * Runs every cleanup, the latest first: a server stops before the folder that it works in is removed.
 * Asked again meanwhile (npm passes on a Ctrl+C that the terminal has sent to us as well), it is the same end.
 * @returns {Promise<void>}
 */
export function shutdown() {
  return (ending ??= (async () => {
    for (const cleanup of [...cleanups].reverse()) {
      if (!cleanups.delete(cleanup)) continue;
      try {
        await cleanup();
      } catch (error) {
        console.error(error);
      }
    }
  })());
}

let listening = false;

function listen() {
  if (listening) return;
  listening = true;
  /** @param {number} code */
  const end = (code) => void shutdown().finally(() => process.exit(code));
  for (const [signal, number] of /** @type {const} */ ([
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ])) {
    process.on(signal, () => end(128 + number));
  }
  // npm that is told to stop leaves without a word to the script that it runs.
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end(1);
  }, 1000).unref();
}

/**
 * Starts a command at the head of its own process group, so that `stop` reaches its grandchildren too.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, onOutput: (text: string) => void }} options
 * @returns {{ ended: Promise<number | NodeJS.Signals>, stop: () => Promise<void> }} `ended` resolves when the command
 *   has ended by itself, not when it was stopped
 */
export function startGroup(command, args, { env, onOutput }) {
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8').on('data', onOutput);
  child.stderr.setEncoding('utf8').on('data', onOutput);

  /** @param {NodeJS.Signals} signal */
  const signalGroup = (signal) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The whole group has ended already.
    }
  };
  const killGroup = () => signalGroup('SIGKILL');
  process.once('exit', killGroup);

  /** @type {Promise<number | NodeJS.Signals>} */
  const exited = new Promise((resolve) => {
    child.once('error', (error) => {
      onOutput(String(error));
      resolve(-1);
    });
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  let stopped = false;
  const stop = onShutdown(async () => {
    stopped = true;
    signalGroup('SIGTERM');
    const impatience = setTimeout(killGroup, 5000);
    await exited;
    clearTimeout(impatience);
    // The leader is gone; whatever of its group ignored the request goes now.
    killGroup();
    process.off('exit', killGroup);
  });
  /** @type {Promise<number | NodeJS.Signals>} */
  const ended = new Promise((resolve) => {
    void exited.then((code) => {
      if (!stopped) resolve(code);
    });
  });
  return { ended, stop };
}
