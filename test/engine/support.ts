import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execFile } from 'node:child_process';

export const repository = path.resolve(import.meta.dirname, '../..');

export interface Scratch {
  readonly folder: string;
  readonly storage: string;
  remove(): Promise<void>;
}

/** A copy of the sample workspace and an empty cache folder, both temporary. */
export async function scratchSample(): Promise<Scratch> {
  const root = await mkdtemp(path.join(tmpdir(), 'marginalia-engine-'));
  const folder = path.join(root, 'sample');
  await cp(path.join(repository, 'media/sample'), folder, { recursive: true });
  return {
    folder,
    storage: path.join(root, 'cache'),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `marginalia` command, as a script would. */
export function marginalia(args: readonly string[], cache: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [path.join(repository, 'dist/cli.mjs'), ...args],
      { maxBuffer: 1 << 28, env: { ...process.env, XDG_CACHE_HOME: cache } },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(new Error(stderr, { cause: error }));
        else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}

export async function readLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
}
