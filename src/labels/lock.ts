import { setTimeout as wait } from 'node:timers/promises';
import type { Disk } from './disk.js';
import { isAbandoned } from './writer.js';
import type { Writer } from './writer.js';

/** A lock is held for one rewrite: seconds at most, even for a large file on a slow disk. */
const staleAfter = 30_000;
/** The holder's name is written right after the lock is made: without one, its process died in between. */
const namelessAfter = 2_000;
const patience = 10_000;

export interface Lock {
  /** Whether it is still ours: another process may have taken it over while this one slept. */
  held(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Takes the lock at a path: a file that can be created once and names its holder. A lock whose holder's process has
 * ended, or that is older than half a minute, is taken over.
 * @throws Error when others hold it for ten seconds
 */
export async function acquireLock(disk: Disk, path: string, writer: Writer): Promise<Lock> {
  const until = Date.now() + patience;
  while (!(await disk.create(path, writer.name))) {
    await removeIfStale(disk, path, writer);
    if (Date.now() > until) {
      throw new Error(`another window holds ${path}; if none is open, delete that file`);
    }
    await wait(5 + Math.random() * 20);
  }
  const held = async (): Promise<boolean> => (await contentOf(disk, path)) === writer.name;
  return {
    held,
    async release() {
      if (await held()) await disk.remove(path);
    },
  };
}

async function removeIfStale(disk: Disk, path: string, writer: Writer): Promise<void> {
  const stamp = await disk.stamp(path);
  const holder = await contentOf(disk, path);
  if (stamp === undefined || holder === undefined) return;
  const limit = holder === '' ? namelessAfter : staleAfter;
  if (Date.now() - stamp.modified < limit && !isAbandoned(holder, stamp.modified)) return;
  // Renaming lets one of several who see the same stale lock win; who comes late finds a fresh lock in its hand.
  const aside = `${path.slice(0, -'.lock'.length)}.${writer.name}.lock`;
  try {
    await disk.rename(path, aside);
  } catch {
    return;
  }
  const taken = await contentOf(disk, aside);
  if (taken !== undefined && taken !== holder) await disk.create(path, taken);
  await disk.remove(aside);
}

async function contentOf(disk: Disk, path: string): Promise<string | undefined> {
  const bytes = await disk.read(path);
  return bytes && Buffer.from(bytes).toString('utf8');
}
