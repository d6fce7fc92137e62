import { createHash } from 'node:crypto';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { readAnnotator } from '../labels/identity.js';
import { Session } from '../engine/session.js';
import { DEFAULT_STRATEGY } from '../learning/strategies/names.js';
import type { EngineSettings } from '../protocol/engine.js';
import { UsageError } from './arguments.js';
import { modelsFolder } from './models.js';
import { log } from './output.js';

/** The workspace folder of a command: --workspace, else the current folder. */
export function workspaceFolder(option: string | undefined): string {
  return resolve(option ?? '.');
}

/**
 * Runs the engine's session in this process until it has ranked everything, by heads that depend on nothing but corpus,
 * labels, model and seed.
 * @throws UsageError without a usable project or model
 */
export async function rankedSession(
  folder: string,
  settings: Pick<EngineSettings, 'model'> & Partial<EngineSettings>,
): Promise<Session> {
  let last = '';
  const session = new Session({
    folder,
    storage: cacheFolder(folder),
    models: modelsFolder(),
    settled: true,
    settings: {
      strategy: DEFAULT_STRATEGY,
      annotator: settings.annotator ?? (await readAnnotator(folder)),
      runtime: 'auto',
      seed: 0,
      ...settings,
    },
    emit: (name, params) => {
      if (name === 'log' && 'level' in params && params.level !== 'debug') log(params.message);
      if (name === 'progress' && 'stage' in params && params.total > 0) {
        const line = `${params.stage} ${Math.floor((10 * params.done) / params.total) * 10} %`;
        if (line !== last && process.stderr.isTTY) log(line);
        last = line;
      }
    },
  });
  session.start();
  await session.whenIdle();
  const errors = session.problems.filter(({ severity, file }) => severity === 'error' && file === 'marginalia.json');
  if (session.project === undefined || errors.some(({ code }) => code === 'model-unusable')) {
    await session.dispose();
    throw new UsageError(errors.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  }
  return session;
}

/** Where the commands keep vectors: in the user's cache folder, one for each workspace. */
function cacheFolder(folder: string): string {
  return join(cacheRoot(), createHash('sha256').update(folder).digest('hex').slice(0, 16));
}

/** The commands' place in the user's cache folder. */
export function cacheRoot(): string {
  const root =
    process.env['XDG_CACHE_HOME'] ??
    (platform() === 'win32' ? process.env['LOCALAPPDATA'] : undefined) ??
    join(homedir(), platform() === 'darwin' ? 'Library/Caches' : '.cache');
  return join(root, 'marginalia');
}
