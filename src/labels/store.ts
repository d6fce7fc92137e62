import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Annotation } from './annotation.js';
import { nodeDisk, type Appender, type Disk, type Stamp } from './disk.js';
import type { Edit } from './edits.js';
import { Lines } from './lines.js';
import { parseLine, parseRaw, serialise, splitLines, type AnnotationLine } from './serialise.js';

/** Names an annotator's file: `labels/<owner>.jsonl`; 'gold' is what was adjudicated. */
export type Owner = string;

export interface StoredAnnotation {
  readonly owner: Owner;
  readonly annotation: Annotation;
}

export interface StoreOptions {
  readonly disk?: Disk;
  /** Milliseconds between an acknowledged edit and the rewrite of the file; further edits share the rewrite. */
  readonly rewriteAfter?: number;
  /** Told when a rewrite failed (it is tried again) and when it succeeded again (undefined). */
  readonly onFailure?: (error: Error | undefined) => void;
}

interface Pending {
  readonly id: string;
  /** The line that the edit replaced, and the one it left; undefined where there is none. */
  readonly before: AnnotationLine | undefined;
  readonly after: AnnotationLine | undefined;
}

interface LabelFile {
  lines: Lines;
  /** What is on disk, as far as we know; undefined where there is no file. */
  stamp: Stamp | undefined;
  /** Edits acknowledged but not yet in the file. */
  pending: Pending[];
  journal: { readonly path: string; readonly appender: Appender } | undefined;
  /** Journals whose edits the next rewrite brings into the file. */
  readonly retired: string[];
  /** Edits and rewrites of one file follow one another. */
  queue: Promise<void>;
  rewrite: Promise<void> | undefined;
}

const LOCK_STALE_AFTER = 10_000;
const LOCK_RETRIES = 200;

/**
 * The label files of a workspace folder. An edit is acknowledged when it would survive a crash: it is appended to a
 * journal beside the file and fsynced; the file itself is rewritten atomically a moment later, and the journal goes.
 * Journals of processes that died are taken up when the store is opened.
 *
 * Several windows may work on one folder. Before a rewrite a file that changed on disk is read again and the pending
 * edits are made on top of it, id by id. Where somebody else changed the very line that we changed, ours stands and
 * theirs is kept in its `conflict` key, for a person to decide: nothing is lost.
 */
export class LabelStore {
  readonly #files = new Map<Owner, LabelFile>();
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #rewriteAfter: number;
  readonly #onFailure: (error: Error | undefined) => void;
  readonly #writer = `${process.pid}-${Math.random().toString(36).slice(2, 10)}`;
  #closed = false;

  /**
   * @param folder the workspace folder, absolute
   * @param labels the labels folder, relative to it
   */
  constructor(folder: string, labels: string, { disk, rewriteAfter, onFailure }: StoreOptions = {}) {
    this.#folder = join(folder, labels);
    this.#disk = disk ?? nodeDisk;
    this.#rewriteAfter = rewriteAfter ?? 30;
    this.#onFailure = onFailure ?? (() => undefined);
  }

  /** Reads the files, and takes up what a crashed process had acknowledged. */
  async open(): Promise<void> {
    await this.refresh();
    for (const name of await this.#disk.list(this.#folder)) {
      const match = /^\.(.+)\.jsonl\.(\d+)-[a-z0-9]+\.journal$/.exec(name);
      if (match === null || isAlive(Number(match[2]))) continue;
      await this.#replay(match[1]!, join(this.#folder, name));
    }
  }

  /** All owners that have a file. */
  owners(): Owner[] {
    return [...this.#files.keys()];
  }

  get(owner: Owner, id: string): Annotation | undefined {
    return this.#files.get(owner)?.lines.get(id)?.annotation;
  }

  /** The lines of one document, of all owners. */
  *byDocument(doc: string): Generator<StoredAnnotation> {
    for (const [owner, { lines }] of this.#files)
      for (const { annotation } of lines.document(doc)) yield { owner, annotation };
  }

  /** The lines of one owner, in file order. */
  *of(owner: Owner): Generator<Annotation> {
    for (const { annotation } of this.#files.get(owner)?.lines.annotations() ?? []) yield annotation;
  }

  /**
   * Makes an edit; resolves when it would survive a crash. Throws where it cannot be written: the edit is then taken
   * back and nothing has changed.
   */
  apply(owner: Owner, edit: Edit): Promise<void> {
    const file = this.#file(owner);
    return this.#inTurn(file, () => this.#apply(owner, file, edit));
  }

  /** Resolves when every acknowledged edit is in its file. Throws what the last rewrite failed with. */
  async flush(): Promise<void> {
    for (const [owner, file] of this.#files) {
      await file.queue.catch(() => undefined);
      await file.rewrite?.catch(() => undefined);
      if (file.pending.length > 0 || file.retired.length > 0)
        await this.#inTurn(file, () => this.#rewrite(owner, file));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  /**
   * Reads the files that somebody else changed; returns their owners. Our own writes do not count as changes.
   */
  async refresh(): Promise<Owner[]> {
    const changed: Owner[] = [];
    const found = new Set<Owner>();
    for (const name of await this.#disk.list(this.#folder)) {
      if (!name.endsWith('.jsonl') || name.startsWith('.')) continue;
      const owner = name.slice(0, -'.jsonl'.length);
      found.add(owner);
      const file = this.#file(owner);
      await this.#inTurn(file, async () => {
        if (await this.#reread(owner, file)) changed.push(owner);
      });
    }
    for (const [owner, file] of this.#files) {
      if (found.has(owner) || file.stamp === undefined) continue;
      await this.#inTurn(file, async () => {
        if (await this.#reread(owner, file)) changed.push(owner);
      });
    }
    return changed;
  }

  async #apply(owner: Owner, file: LabelFile, { put, remove }: Edit): Promise<void> {
    const changes = new Map<string, AnnotationLine | undefined>(remove.map((id) => [id, undefined]));
    for (const annotation of put) changes.set(annotation.id, lineOf(annotation));
    const made: Pending[] = [];
    for (const [id, after] of changes) {
      const before = file.lines.get(id);
      if (before?.raw === after?.raw) continue;
      made.push({ id, before, after });
    }
    if (made.length === 0) return;
    await this.#append(owner, file, made);
    for (const { id, after } of made) file.lines.set(id, after);
    file.pending.push(...made);
    this.#schedule(owner, file);
  }

  async #append(owner: Owner, file: LabelFile, made: readonly Pending[]): Promise<void> {
    // Somebody may have removed it, by cleaning the folder: what is appended to a nameless file is lost.
    if (file.journal !== undefined && !(await file.journal.appender.linked())) {
      await file.journal.appender.close();
      file.journal = undefined;
      made = [...file.pending, ...made];
    }
    if (file.journal === undefined) {
      await this.#disk.makeFolder(this.#folder);
      await this.#disk.create(join(this.#folder, '.gitignore'), '.*.journal\n.*.lock\n.*.tmp\n');
      const path = this.#hidden(
        owner,
        `${this.#writer}${file.retired.length === 0 ? '' : file.retired.length}.journal`,
      );
      file.journal = { path, appender: await this.#disk.journal(path) };
      await this.#disk.syncFolder(this.#folder);
    }
    const rows = made.map(({ id, before, after }) => JSON.stringify({ id, before: before?.raw, after: after?.raw }));
    await file.journal.appender.append(Buffer.from(`${rows.join('\n')}\n`));
  }

  #schedule(owner: Owner, file: LabelFile, delay = this.#rewriteAfter): void {
    if (file.rewrite !== undefined) return;
    file.rewrite = wait(this.#closed ? 0 : delay, undefined, { ref: false })
      .then(() => {
        file.rewrite = undefined;
        return this.#inTurn(file, () => this.#rewrite(owner, file));
      })
      .then(
        () => this.#onFailure(undefined),
        (error: unknown) => {
          this.#onFailure(error instanceof Error ? error : new Error(String(error)));
          // What was acknowledged is safe in the journal meanwhile.
          if (!this.#closed) this.#schedule(owner, file, 2_000);
        },
      );
  }

  async #rewrite(owner: Owner, file: LabelFile): Promise<void> {
    if (file.pending.length === 0 && file.retired.length === 0) return;
    await this.#locked(owner, async () => {
      await this.#reread(owner, file);
      const temporary = this.#hidden(owner, `${this.#writer}.tmp`);
      const stamp = await this.#disk.write(temporary, chunks(file.lines), file.stamp?.mode);
      await this.#disk.rename(temporary, this.#path(owner));
      await this.#disk.syncFolder(this.#folder);
      // A rename leaves what the stamp is made of as it was.
      file.stamp = stamp;
      file.pending = [];
      if (file.journal !== undefined) {
        await file.journal.appender.close();
        file.retired.push(file.journal.path);
        file.journal = undefined;
      }
      for (const path of file.retired.splice(0)) await this.#disk.remove(path);
    });
  }

  /** Reads a file again if it is not the one that we know, and makes the pending edits on top of it. */
  async #reread(owner: Owner, file: LabelFile): Promise<boolean> {
    const stamp = await this.#disk.stamp(this.#path(owner));
    if (stamp?.key === file.stamp?.key) return false;
    const bytes = await this.#disk.read(this.#path(owner));
    const lines = new Lines(bytes === undefined ? [] : splitLines(bytes).map(parseRaw));
    for (const { id, before, after } of file.pending) {
      const theirs = lines.get(id);
      const theirOwn = theirs?.raw !== before?.raw && theirs?.raw !== after?.raw;
      lines.set(id, theirOwn && theirs !== undefined ? withConflict(after, theirs) : after);
    }
    file.lines = lines;
    file.stamp = stamp;
    return true;
  }

  async #replay(owner: Owner, path: string): Promise<void> {
    const file = this.#file(owner);
    const bytes = await this.#disk.read(path);
    if (bytes === undefined) return;
    await this.#inTurn(file, () => {
      for (const row of splitLines(bytes)) {
        const change = typeof row === 'string' ? parseChange(row) : undefined;
        // A torn end: it was never acknowledged.
        if (change === undefined) break;
        // Already in the file, if the process died between the rewrite and the removal of its journal.
        if (file.lines.get(change.id)?.raw === change.after?.raw) continue;
        file.lines.set(change.id, change.after);
        file.pending.push(change);
      }
      file.retired.push(path);
      return Promise.resolve();
    });
    this.#schedule(owner, file, 0);
    await file.rewrite;
  }

  async #locked(owner: Owner, work: () => Promise<void>): Promise<void> {
    const path = this.#hidden(owner, 'lock');
    const content = JSON.stringify({ pid: process.pid, writer: this.#writer });
    await this.#disk.makeFolder(this.#folder);
    for (let attempt = 0; !(await this.#disk.create(path, content)); attempt++) {
      const stamp = await this.#disk.stamp(path);
      if (stamp !== undefined && Date.now() - stamp.modified > LOCK_STALE_AFTER) await this.#disk.remove(path);
      else if (attempt === LOCK_RETRIES)
        throw new Error(`Another process has held ${path} for a while; the file is written when it is released.`);
      else await wait(5 + 20 * Math.random());
    }
    try {
      await work();
    } finally {
      await this.#disk.remove(path);
    }
  }

  #inTurn(file: LabelFile, work: () => Promise<void>): Promise<void> {
    const result = file.queue.then(work);
    // What failed was told to its caller; those behind it still get their turn.
    file.queue = result.catch(() => undefined);
    return result;
  }

  #file(owner: Owner): LabelFile {
    let file = this.#files.get(owner);
    if (file === undefined) {
      file = {
        lines: new Lines([]),
        stamp: undefined,
        pending: [],
        journal: undefined,
        retired: [],
        queue: Promise.resolve(),
        rewrite: undefined,
      };
      this.#files.set(owner, file);
    }
    return file;
  }

  #path(owner: Owner): string {
    return join(this.#folder, `${owner}.jsonl`);
  }

  #hidden(owner: Owner, ending: string): string {
    return join(this.#folder, `.${owner}.jsonl.${ending}`);
  }
}

function lineOf(annotation: Annotation): AnnotationLine {
  return { raw: serialise(annotation), annotation };
}

function withConflict(ours: AnnotationLine | undefined, theirs: AnnotationLine): AnnotationLine {
  // We removed what they changed: theirs stands, so that nothing is lost.
  return ours === undefined ? theirs : lineOf({ ...ours.annotation, conflict: theirs.annotation });
}

function parseChange(row: string): Pending | undefined {
  try {
    const value: unknown = JSON.parse(row);
    if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string')
      return undefined;
    return {
      id: value.id,
      before: 'before' in value ? annotationLine(value.before) : undefined,
      after: 'after' in value ? annotationLine(value.after) : undefined,
    };
  } catch {
    return undefined;
  }
}

function annotationLine(raw: unknown): AnnotationLine | undefined {
  const line = typeof raw === 'string' ? parseLine(raw) : undefined;
  return line?.annotation === undefined ? undefined : line;
}

/** The bytes of a label file, some thousand lines at a time: a large file is never one string. */
function* chunks(lines: Lines): Generator<Uint8Array> {
  let rows: Uint8Array[] = [];
  for (const { raw } of lines) {
    rows.push(Buffer.from(typeof raw === 'string' ? `${raw}\n` : raw));
    if (typeof raw !== 'string') rows.push(Buffer.from('\n'));
    if (rows.length >= 4096) {
      yield Buffer.concat(rows);
      rows = [];
    }
  }
  yield Buffer.concat(rows);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
