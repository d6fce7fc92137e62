import { dirname } from 'node:path';
import type { Appender, Disk, Stamp } from '../../../src/labels/disk.js';

export class Crash extends Error {}

interface File {
  readonly inode: number;
  /** What a reader sees, and what is left of it after a power cut. */
  content: Buffer;
  synced: Buffer;
  modified: number;
}

type Names = Map<string, File>;

/**
 * A disk that forgets what was not synced. Contents are durable when synced; creations, renames and removals when
 * their folder is. After the nth operation everything throws, as if the process had been killed there; `crash` then
 * gives the disk as the next process may find it.
 */
export class SimulatedDisk implements Disk {
  operations = 0;
  /** Operations until the process dies. */
  budget = Infinity;
  #names: Names = new Map();
  /** What is durable of each folder that was changed since it was synced, and those changes. */
  #unsynced = new Map<string, { durable: Names; changes: ((names: Names) => void)[] }>();
  #inode = 0;

  constructor(files: Readonly<Record<string, string | Buffer>> = {}) {
    for (const [path, content] of Object.entries(files)) {
      const bytes = Buffer.from(content);
      this.#names.set(path, { inode: ++this.#inode, content: bytes, synced: bytes, modified: 0 });
    }
  }

  /** What the next process finds. Of changes of names that were not synced, any may have survived. */
  crash(keep: (choices: number) => number): SimulatedDisk {
    const next = new SimulatedDisk();
    const folders = new Set([...Array.from(this.#names.keys(), (path) => dirname(path)), ...this.#unsynced.keys()]);
    for (const folder of folders) {
      const { durable, changes } = this.#unsynced.get(folder) ?? { durable: this.#in(folder), changes: [] };
      const survived = new Map(durable);
      for (const change of changes) {
        if (keep(2) === 1) change(survived);
      }
      for (const [path, file] of survived) {
        const cut = file.synced.length + keep(Math.max(1, file.content.length - file.synced.length + 1));
        // What was appended since the last sync may have been written in part.
        const appended = file.content.subarray(0, file.synced.length).equals(file.synced);
        const content = appended ? file.content.subarray(0, cut) : file.synced;
        next.#names.set(path, { ...file, content, synced: content, modified: 0 });
      }
    }
    next.#inode = this.#inode;
    return next;
  }

  isDead(): boolean {
    return this.operations >= this.budget;
  }

  text(path: string): string | undefined {
    return this.#names.get(path)?.content.toString('utf8');
  }

  paths(): string[] {
    return [...this.#names.keys()];
  }

  /** As git or an editor does it: in no one's lock. */
  overwrite(path: string, content: string): void {
    const bytes = Buffer.from(content);
    this.#change(dirname(path), (names) =>
      names.set(path, { inode: ++this.#inode, content: bytes, synced: bytes, modified: Date.now() }),
    );
  }

  async list(folder: string): Promise<string[]> {
    await this.#step();
    return Array.from(this.#in(folder).keys(), (path) => path.slice(folder.length + 1));
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    await this.#step();
    return this.#names.get(path)?.content;
  }

  async stamp(path: string): Promise<Stamp | undefined> {
    await this.#step();
    const file = this.#names.get(path);
    return file && stampOf(file);
  }

  async makeFolder(): Promise<void> {
    await this.#step();
  }

  async create(path: string, content: string): Promise<boolean> {
    await this.#step();
    if (this.#names.has(path)) return false;
    this.#new(path, Buffer.from(content));
    return true;
  }

  async journal(path: string): Promise<Appender> {
    await this.#step();
    if (this.#names.has(path)) throw new Error(`${path} exists`);
    const file = this.#new(path, Buffer.alloc(0));
    return {
      append: async (bytes) => {
        await this.#step();
        file.content = Buffer.concat([file.content, bytes]);
        await this.#step();
        file.synced = file.content;
      },
      linked: async () => {
        await this.#step();
        return this.#names.get(path) === file;
      },
      close: () => this.#step(),
    };
  }

  async write(path: string, chunks: Iterable<Uint8Array>): Promise<Stamp> {
    await this.#step();
    const file = this.#new(path, Buffer.alloc(0));
    for (const chunk of chunks) {
      await this.#step();
      file.content = Buffer.concat([file.content, chunk]);
    }
    await this.#step();
    file.synced = file.content;
    return stampOf(file);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step();
    const file = this.#names.get(from);
    if (file === undefined) throw Object.assign(new Error(`no ${from}`), { code: 'ENOENT' });
    this.#change(dirname(to), (names) => {
      names.delete(from);
      names.set(to, file);
    });
  }

  async remove(path: string): Promise<void> {
    await this.#step();
    this.#change(dirname(path), (names) => names.delete(path));
  }

  async syncFolder(folder: string): Promise<void> {
    await this.#step();
    this.#unsynced.delete(folder);
  }

  /** Other tasks get their turn at every operation, as with a real disk. */
  async #step(): Promise<void> {
    if (this.isDead()) throw new Crash();
    this.operations++;
    await new Promise(setImmediate);
    if (this.isDead()) throw new Crash();
  }

  #new(path: string, content: Buffer): File {
    const file = { inode: ++this.#inode, content, synced: Buffer.alloc(0), modified: Date.now() };
    this.#change(dirname(path), (names) => names.set(path, file));
    return file;
  }

  #change(folder: string, change: (names: Names) => void): void {
    const unsynced = this.#unsynced.get(folder) ?? { durable: this.#in(folder), changes: [] };
    this.#unsynced.set(folder, unsynced);
    unsynced.changes.push(change);
    change(this.#names);
  }

  #in(folder: string): Names {
    return new Map(Array.from(this.#names).filter(([path]) => dirname(path) === folder));
  }
}

function stampOf(file: File): Stamp {
  return { key: `${file.inode}:${file.content.length}`, modified: file.modified, mode: 0o644 };
}
