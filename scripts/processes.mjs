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
 * (set in its terminal) make a new editor hand its arguments to the one around us and leave.
 * @param {NodeJS.ProcessEnv} [extra]
 * @returns {NodeJS.ProcessEnv}
 */
export function cleanEnvironment(extra = {}) {
  const foreign =
    /^(npm_(package|lifecycle|node|command|execpath|config_local_prefix)|INIT_CWD$|GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|OBJECT_DIRECTORY|COMMON_DIR)$|VSCODE_|ELECTRON_|CODE_SERVER_|PORT$)/;
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
let listening = false;

/**
 * Runs `cleanup` when this process is told to stop by a signal, and once only.
 * Returns a function that runs it earlier.
 * @param {() => void | Promise<void>} cleanup
 * @returns {() => Promise<void>}
 */
export function onShutdown(cleanup) {
  cleanups.add(cleanup);
  if (!listening) {
    listening = true;
    for (const [signal, number] of /** @type {const} */ ([
      ['SIGINT', 2],
      ['SIGTERM', 15],
      ['SIGHUP', 1],
    ])) {
      process.on(signal, () => void shutdown().finally(() => process.exit(128 + number)));
    }
  }
  return async () => {
    if (cleanups.delete(cleanup)) await cleanup();
  };
}

/** Runs every cleanup, the latest first: a server stops before the folder that it works in is removed. */
export async function shutdown() {
  for (const cleanup of [...cleanups].reverse()) {
    if (!cleanups.delete(cleanup)) continue;
    try {
      await cleanup();
    } catch (error) {
      console.error(error);
    }
  }
}

/**
 * Starts a command at the head of its own process group, so that `stop` reaches its grandchildren too.
 * The output goes to `onOutput`; a parent that dies without a word takes the group with it where it still can.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env: NodeJS.ProcessEnv, onOutput: (text: string) => void }} options
 * @returns {{ exited: Promise<number | NodeJS.Signals>, stop: () => Promise<void> }}
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
  const stop = onShutdown(async () => {
    signalGroup('SIGTERM');
    const impatience = setTimeout(killGroup, 5000);
    await exited;
    clearTimeout(impatience);
    // The leader is gone; whatever of its group ignored the request goes now.
    killGroup();
    process.off('exit', killGroup);
  });
  return { exited, stop };
}
