import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * The file operations that the label store rests on, and what each guarantees after a crash. Paths are absolute.
 * A file that is not there is an answer (undefined, empty, nothing to do); everything else that fails throws.
 */
export interface Disk {
  /** Names in a folder. */
  list(folder: string): Promise<string[]>;
  read(path: string): Promise<Uint8Array | undefined>;
  stamp(path: string): Promise<Stamp | undefined>;
  /** Makes a folder and those above it. */
  makeFolder(folder: string): Promise<void>;
  /** Creates a file with a content; false where there is one already. */
  create(path: string, content: string): Promise<boolean>;
  /** Creates a file that must not exist, to append to. The folder must still be synced. */
  journal(path: string): Promise<Appender>;
  /** Writes a file anew; resolves when its content would outlive a crash. */
  write(path: string, chunks: Iterable<Uint8Array>, mode?: number): Promise<Stamp>;
  /** Replaces `to` atomically. The folder must still be synced. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves when creations, renames and removals in the folder would outlive a crash. */
  syncFolder(folder: string): Promise<void>;
}

/** Tells whether a file is still the one that was read, without reading it: inode, size and time of change. */
export interface Stamp {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly mode: number;
}

export interface Appender {
  /** Resolves when the bytes would outlive a crash. When it throws, what was appended is cut off again if possible. */
  append(bytes: Uint8Array): Promise<void>;
  /** Whether the file still stands under the name that it was created with. */
  linked(): Promise<boolean>;
  close(): Promise<void>;
}

export const nodeDisk: Disk = {
  async list(folder) {
    return (await orAbsent(readdir(folder))) ?? [];
  },

  async read(path) {
    return orAbsent(readFile(path));
  },

  async stamp(path) {
    const stats = await orAbsent(stat(path, { bigint: true }));
    return stats && stampOf(stats);
  },

  async makeFolder(folder) {
    const first = await mkdir(folder, { recursive: true });
    if (first !== undefined) await nodeDisk.syncFolder(dirname(first));
  },

  async create(path, content) {
    let handle: FileHandle;
    try {
      handle = await open(path, 'wx');
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  },

  async journal(path) {
    return new NodeAppender(path, await open(path, 'wx'));
  },

  async write(path, chunks, mode) {
    const handle = await open(path, 'w', mode);
    try {
      for (const chunk of chunks) await handle.writeFile(chunk);
      if (mode !== undefined) await handle.chmod(mode);
      await handle.sync();
      return stampOf(await handle.stat({ bigint: true }));
    } finally {
      await handle.close();
    }
  },

  async rename(from, to) {
    // On Windows a scanner or watcher that has the file open for a moment makes this fail.
    for (let attempt = 1; ; attempt++) {
      try {
        await rename(from, to);
        return;
      } catch (error) {
        const busy = ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '');
        if (process.platform !== 'win32' || !busy || attempt === 8) throw error;
        await wait(5 * 2 ** attempt);
      }
    }
  },

  async remove(path) {
    await rm(path, { force: true });
  },

  async syncFolder(folder) {
    // Windows cannot open a folder to sync it; its file systems keep names in a journal of their own.
    if (process.platform === 'win32') return;
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

class NodeAppender implements Appender {
  readonly #path: string;
  readonly #handle: FileHandle;
  #size = 0;

  constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(bytes);
      await this.#handle.datasync();
      this.#size += bytes.length;
    } catch (error) {
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw error;
    }
  }

  async linked(): Promise<boolean> {
    const [named, opened] = await Promise.all([orAbsent(stat(this.#path)), this.#handle.stat()]);
    return named?.ino === opened.ino;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function stampOf(stats: { ino: bigint; size: bigint; mtimeNs: bigint; mtimeMs: bigint; mode: bigint }): Stamp {
  return {
    key: `${stats.ino}:${stats.size}:${stats.mtimeNs}`,
    modified: Number(stats.mtimeMs),
    mode: Number(stats.mode & 0o777n),
  };
}

async function orAbsent<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
