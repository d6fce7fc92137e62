import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Problem } from '../corpus/types.js';
import type { Annotation } from './annotation.js';
import type { Appender, Disk, Stamp } from './disk.js';
import type { Edit } from './edits.js';
import { encodeChanges, gitignore, journalPath } from './journal.js';
import type { Changes, LineChange } from './journal.js';
import { Lines } from './lines.js';
import { acquireLock } from './lock.js';
import { lineProblems, parseLine, parseRaw, serialise, splitLines } from './serialise.js';
import type { AnnotationLine, Line } from './serialise.js';
import type { Writer } from './writer.js';

/** What others did to a label file. */
export interface FileChange {
  /** Workspace-relative POSIX path. */
  readonly file: string;
  readonly put: readonly Annotation[];
  /** Both are empty where only lines that are not understood changed. */
  readonly removed: readonly string[];
  /** Ids that both changed and of which neither version could be given up: see `ConflictError`. */
  readonly conflicts: readonly string[];
}

/**
 * The edit was made on lines that someone else has changed meanwhile; nothing of it was written, and the store now
 * holds their version. An edit wins over the line that it was made on, never over one that it has not seen.
 *
 * In the moment between acknowledging and writing the file the same can only be noticed afterwards. Then an edit wins
 * over a removal; of two edits theirs becomes the line and ours is kept in its `conflict`, which `check` reports.
 */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly file: string;
  readonly ids: readonly string[];

  constructor(file: string, ids: readonly string[]) {
    super(`${file} was changed elsewhere meanwhile, so this edit was not made. Look at it again and repeat it.`);
    this.file = file;
    this.ids = ids;
  }
}

export interface Surroundings {
  readonly disk: Disk;
  readonly writer: Writer;
  /** Milliseconds from an acknowledgement to the rewrite of the file, in which further edits join it. */
  readonly delay: number;
  readonly onChange: (change: FileChange) => void;
}

interface Pending {
  changes: Map<string, LineChange>;
  /** Acknowledged: in a journal. Committing: on the way there. */
  stage: 'waiting' | 'committing' | 'acknowledged';
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How many lines are parsed or joined before others get their turn on this thread. */
const batch = 500;
const longestRetry = 30_000;

/**
 * One label file with the edits that are not in it yet. An edit shows in `lines` at once, is acknowledged when a
 * journal holds it, and reaches the file in one atomic rewrite with its neighbours; the journal goes after that.
 */
export class LabelFile {
  /** The file's lines with all edits made. */
  lines = new Lines([]);
  /** Workspace-relative POSIX path. */
  readonly name: string;
  readonly #path: string;
  readonly #folder: string;
  readonly #around: Surroundings;

  #stamp: Stamp | undefined;
  #hash: string | undefined;
  /** Why the file could not be read: then nothing is written over it. */
  #unreadable: string | undefined;
  #unwritten: string | undefined;

  /** In the order they were made. */
  #pending: Pending[] = [];
  #journal: { path: string; appender: Appender } | undefined;
  /** All journals whose edits are not in the file yet. */
  #journals: string[] = [];
  #journalCount = 0;

  #committing: Promise<void> | undefined;
  /** Rewrites that have begun or stand in the queue. */
  #rewriting = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastRewrite = 0;
  #failures = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(name: string, path: string, around: Surroundings) {
    this.name = name;
    this.#path = path;
    this.#folder = dirname(path);
    this.#around = around;
  }

  /** What is wrong with the file as a whole or with single lines of it. */
  problems(): Problem[] {
    const at = (line: number, code: string, message: string): Problem => ({
      file: this.name,
      line,
      severity: 'error',
      code,
      message,
    });
    const problems: Problem[] = [];
    if (this.#unreadable !== undefined) {
      problems.push(at(1, 'label-file-unreadable', `The labels in this file could not be read: ${this.#unreadable}`));
    }
    if (this.#unwritten !== undefined) {
      const where = this.#journals.map((path) => basename(path)).join(', ');
      const message = `This file could not be written: ${this.#unwritten}. The labels are safe in ${where} and will be written as soon as that is possible.`;
      problems.push(at(1, 'label-file-unwritten', message));
    }
    return [...problems, ...lineProblems(this.name, this.lines)];
  }

  /**
   * Makes an edit: visible in `lines` when this returns, on disk when the promise resolves.
   * @throws ConflictError where someone else changed these lines meanwhile; any other error where the disk refuses.
   * After either, `lines` is as if the edit had not been made.
   */
  apply(edit: Edit): Promise<void> {
    const wanted = new Map<string, AnnotationLine | undefined>();
    for (const id of edit.remove) wanted.set(id, undefined);
    for (const annotation of edit.put) wanted.set(annotation.id, validLine(annotation));
    const changes = new Map<string, LineChange>();
    for (const [id, after] of wanted) {
      const before = this.lines.get(id);
      if (before?.raw !== after?.raw) changes.set(id, { before, after });
    }
    // What is so already may be so by an edit that is still on its way, and shares its fate.
    if (changes.size === 0 && this.#committing === undefined) return Promise.resolve();
    for (const [id, { after }] of changes) this.lines.set(id, after);
    return new Promise((resolve, reject) => {
      this.#pending.push({ changes, stage: 'waiting', resolve, reject });
      this.#committing ??= this.#commit();
    });
  }

  /** Takes over the edits of a journal that a crash left; they show after the next `refresh`. */
  adopt(journal: string, edits: readonly Changes[]): void {
    this.#journals.push(journal);
    for (const changes of edits) {
      const nobody = (): void => undefined;
      this.#pending.push({ changes: new Map(changes), stage: 'acknowledged', resolve: nobody, reject: nobody });
    }
    // Even where it holds nothing: it must go.
    this.#hash = undefined;
    this.#stamp = undefined;
  }

  nextJournalPath(): string {
    return journalPath(this.#path, this.#around.writer, ++this.#journalCount);
  }

  /** Reads the file again if it is not the one that was read or written last. */
  refresh(): Promise<void> {
    return this.#exclusively(() => this.#reload());
  }

  /** Resolves when everything is in the file and no journal is left. @throws where the file cannot be written. */
  async flush(): Promise<void> {
    while (this.#committing !== undefined || this.#rewriting > 0 || this.#journals.length > 0) {
      await this.#committing;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      await this.#rewrite();
    }
  }

  /** Writes what can be written and lets go of the journals; one that could not be emptied is replayed at the next start. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      clearTimeout(this.#timer);
      await this.#journal?.appender.close();
      this.#journal = undefined;
    }
  }

  /** One task of this file at a time reads it or writes it. */
  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Moves waiting edits to the journal, all that have gathered in one go. Never rejects. */
  async #commit(): Promise<void> {
    await Promise.resolve(); // Edits made in the same turn go together.
    while (this.#stage('waiting').length > 0) {
      try {
        // A rewrite looks by itself, and waits for this: so this must not queue behind one.
        if (!this.#isRewriting() && (await this.#isOutdated()) && !this.#isRewriting()) {
          await this.#exclusively(() => this.#reload());
        }
        this.#refuseUnwritable();
        const taken = this.#stage('waiting');
        if (taken.length === 0) continue;
        for (const edit of taken) edit.stage = 'committing';
        await this.#record(taken);
        for (const edit of taken) {
          edit.stage = 'acknowledged';
          edit.resolve();
        }
        this.#schedule();
      } catch (error) {
        this.#undo([...this.#stage('committing'), ...this.#stage('waiting')], error);
      }
    }
    this.#committing = undefined;
  }

  #isRewriting(): boolean {
    return this.#rewriting > 0;
  }

  #stage(stage: Pending['stage']): Pending[] {
    return this.#pending.filter((edit) => edit.stage === stage);
  }

  /** Appends edits to the journal; begins one where there is none, or where it was taken away. */
  async #record(edits: readonly Pending[]): Promise<void> {
    this.#journal ??= await this.#beginJournal();
    await this.#journal.appender.append(encoded(edits));
    while (!(await this.#journal.appender.linked())) {
      // Someone took this process for dead and the journal with it. They may have missed what came last.
      await this.#journal.appender.close();
      this.#journal = await this.#beginJournal();
      await this.#journal.appender.append(encoded(this.#pending.filter(({ stage }) => stage !== 'waiting')));
    }
  }

  async #beginJournal(): Promise<{ path: string; appender: Appender }> {
    const { disk } = this.#around;
    await disk.makeFolder(this.#folder);
    await disk.create(join(this.#folder, '.gitignore'), gitignore);
    const path = this.nextJournalPath();
    const appender = await disk.journal(path);
    this.#journals.push(path);
    await disk.syncFolder(this.#folder);
    return { path, appender };
  }

  #undo(edits: readonly Pending[], error: unknown): void {
    for (const { changes } of edits.toReversed()) {
      for (const [id, { before }] of changes) this.lines.set(id, before);
    }
    this.#pending = this.#pending.filter((edit) => !edits.includes(edit));
    for (const { reject } of edits) reject(error);
  }

  #refuseUnwritable(): void {
    if (this.#unreadable !== undefined) {
      throw new Error(`${this.name} could not be read, so nothing is written to it: ${this.#unreadable}`);
    }
    const { mergeConflict } = this.lines;
    if (mergeConflict !== undefined) {
      throw new Error(`${this.name}:${mergeConflict} is the mark of a merge conflict. Resolve it, then label on.`);
    }
  }

  async #isOutdated(): Promise<boolean> {
    return (await this.#around.disk.stamp(this.#path))?.key !== this.#stamp?.key;
  }

  async #reload(): Promise<void> {
    const { disk } = this.#around;
    let read: { bytes: Uint8Array | undefined; stamp: Stamp | undefined };
    try {
      const stamp = await disk.stamp(this.#path);
      if (stamp?.key === this.#stamp?.key && this.#unreadable === undefined && this.#hash !== undefined) return;
      read = await this.#read(stamp);
    } catch (error) {
      this.#unreadable = messageOf(error);
      return;
    }
    this.#unreadable = undefined;
    this.#stamp = read.stamp;
    const hash = hashOf(read.bytes ?? new Uint8Array());
    if (hash === this.#hash) return;
    const lines: Line[] = [];
    for (const raw of splitLines(read.bytes ?? new Uint8Array())) {
      lines.push(parseRaw(raw));
      if (lines.length % batch === 0) await breathe();
    }
    this.#hash = hash;
    const change = this.#rebase(new Lines(lines));
    if (change !== undefined) this.#around.onChange(change);
  }

  /** Reads until the file stood still meanwhile: some editors write in place. */
  async #read(before: Stamp | undefined): Promise<{ bytes: Uint8Array | undefined; stamp: Stamp | undefined }> {
    const { disk } = this.#around;
    for (let stamp = before; ;) {
      const bytes = await disk.read(this.#path);
      const after = await disk.stamp(this.#path);
      if (after?.key === stamp?.key) return { bytes, stamp };
      stamp = after;
    }
  }

  /** Makes the pending edits on new lines from the disk, by the rule that `ConflictError` states. */
  #rebase(fresh: Lines): FileChange | undefined {
    const old = this.lines;
    const conflicts = this.#conflictsWith(fresh);
    if (conflicts.size > 0) {
      const first = this.#pending.findIndex(
        ({ stage, changes }) => stage === 'waiting' && Array.from(changes.keys()).some((id) => conflicts.has(id)),
      );
      // What was made after it may build on it.
      const refused = first === -1 ? [] : this.#pending.slice(first).filter(({ stage }) => stage === 'waiting');
      this.#pending = this.#pending.filter((edit) => !refused.includes(edit));
      for (const { changes, reject } of refused) reject(new ConflictError(this.name, Array.from(changes.keys())));
    }
    const kept = new Set<string>();
    for (const id of conflicts) {
      const ours = this.#pending.filter(({ changes }) => changes.has(id));
      const last = ours.at(-1);
      if (last === undefined) continue;
      kept.add(id);
      const before = fresh.get(id);
      const after = keepBoth(before, last.changes.get(id)!.after);
      for (const edit of ours) edit.changes.delete(id);
      last.changes.set(id, { before, after });
    }
    for (const { changes } of this.#pending) {
      for (const [id, { after }] of changes) {
        if (fresh.get(id)?.raw !== after?.raw) fresh.set(id, after);
      }
    }
    this.lines = fresh;
    return difference(this.name, old, fresh, kept);
  }

  /** Ids whose line on disk is none that our edits were made on or made. */
  #conflictsWith(fresh: Lines): Set<string> {
    const known = new Map<string, Set<string | undefined>>();
    for (const { stage, changes } of this.#pending) {
      for (const [id, { before, after }] of changes) {
        const states = known.get(id) ?? new Set([before?.raw]);
        known.set(id, states);
        if (stage !== 'waiting') states.add(after?.raw);
      }
    }
    return new Set(Array.from(known.keys()).filter((id) => !known.get(id)!.has(fresh.get(id)?.raw)));
  }

  /** Large files are rewritten less often: at most half of the time goes into it. */
  #schedule(): void {
    const retry = this.#failures === 0 ? 0 : Math.min(longestRetry, 500 * 2 ** this.#failures);
    const delay = Math.max(this.#around.delay, this.#lastRewrite, retry);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#rewrite().catch(() => this.#schedule());
    }, delay);
  }

  async #rewrite(): Promise<void> {
    this.#rewriting++;
    const begun = performance.now();
    try {
      await this.#exclusively(() => this.#rewriteLocked());
      this.#unwritten = undefined;
      this.#failures = 0;
    } catch (error) {
      this.#unwritten = messageOf(error);
      this.#failures++;
      throw error;
    } finally {
      this.#rewriting--;
      this.#lastRewrite = performance.now() - begun;
    }
  }

  async #rewriteLocked(): Promise<void> {
    if (this.#journals.length === 0) return;
    const { disk, writer } = this.#around;
    const lock = await acquireLock(disk, join(this.#folder, `.${basename(this.#path)}.lock`), writer);
    try {
      await this.#reload();
      this.#refuseUnwritable();
      while (this.#committing !== undefined) await this.#committing;
      // From here to the journal's change of hands nothing else runs: lines, edits and journals belong together.
      const lines = Array.from(this.lines);
      const written = this.#pending;
      const journals = this.#journals;
      const journal = this.#journal;
      this.#journals = [];
      this.#journal = undefined;
      this.#pending = [...written];
      try {
        if (written.length > 0) await this.#replace(lines, () => lock.held());
      } catch (error) {
        this.#journals = [...journals, ...this.#journals];
        throw error;
      }
      this.#pending = this.#pending.filter((edit) => !written.includes(edit));
      await journal?.appender.close();
      await this.#removeJournals(journals);
    } finally {
      await lock.release();
    }
  }

  /** The oldest first, each for good before the next: an older one that outlived a newer one would undo it. */
  async #removeJournals(journals: readonly string[]): Promise<void> {
    const { disk } = this.#around;
    const left = [...journals];
    try {
      for (const path of journals) {
        if (left.length < journals.length) await disk.syncFolder(this.#folder);
        await disk.remove(path);
        left.shift();
      }
    } catch (error) {
      this.#journals.unshift(...left);
      throw error;
    }
  }

  async #replace(lines: readonly Line[], locked: () => Promise<boolean>): Promise<void> {
    const { disk, writer } = this.#around;
    const temporary = join(this.#folder, `.${basename(this.#path)}.${writer.name}.tmp`);
    const hash = createHash('sha256');
    try {
      const stamp = await disk.write(temporary, chunks(lines, hash), this.#stamp?.mode);
      if (!(await locked())) throw new Error('another window took the lock meanwhile');
      await disk.rename(temporary, this.#path);
      this.#stamp = stamp;
    } catch (error) {
      await disk.remove(temporary).catch(() => undefined);
      throw error;
    }
    this.#hash = hash.digest('hex');
    await disk.syncFolder(this.#folder);
  }
}

/** The line of an annotation; throws where reading it back would not give one. */
function validLine(annotation: Annotation): AnnotationLine {
  const line = parseLine(serialise(annotation));
  if (line.annotation === undefined) {
    throw new Error(`The label ${annotation.id} cannot be written: ${line.problem?.message ?? 'it is empty'}`);
  }
  return line;
}

/** Both versions of a line that two people changed at once: an edit outlives a removal, two edits stay side by side. */
function keepBoth(theirs: AnnotationLine | undefined, ours: AnnotationLine | undefined): AnnotationLine | undefined {
  if (theirs === undefined || ours === undefined) return theirs ?? ours;
  const known = theirs.annotation.conflict;
  const others: unknown[] = Array.isArray(known) ? known : known === undefined ? [] : [known];
  const { conflict, ...version } = ours.annotation;
  const text = JSON.stringify(version);
  if (others.some((other) => JSON.stringify(other) === text)) return theirs;
  return validLine({
    ...theirs.annotation,
    conflict: [...others, version, ...(conflict === undefined ? [] : [conflict])],
  });
}

function difference(file: string, old: Lines, fresh: Lines, kept: ReadonlySet<string>): FileChange | undefined {
  const put: Annotation[] = [];
  const removed: string[] = [];
  for (const line of fresh.annotations()) {
    if (old.get(line.annotation.id)?.raw !== line.raw) put.push(line.annotation);
  }
  for (const { annotation } of old.annotations()) {
    if (fresh.get(annotation.id) === undefined) removed.push(annotation.id);
  }
  const same = put.length === 0 && removed.length === 0 && kept.size === 0;
  if (same && notUnderstood(old) === notUnderstood(fresh)) return undefined;
  return { file, put, removed, conflicts: Array.from(kept) };
}

/** The lines without an annotation, in order: `check` speaks of them, so a change to them is a change. */
function notUnderstood(lines: Lines): string {
  return Array.from(lines)
    .filter(({ annotation }) => annotation === undefined)
    .map(({ raw }) => Buffer.from(raw).toString('latin1'))
    .join('\n');
}

function encoded(edits: readonly Pending[]): Uint8Array {
  return Buffer.from(
    edits
      .filter(({ changes }) => changes.size > 0)
      .map(({ changes }) => encodeChanges(changes))
      .join(''),
  );
}

function* chunks(lines: readonly Line[], hash: ReturnType<typeof createHash>): Iterable<Uint8Array> {
  for (let start = 0; start < lines.length; start += batch) {
    const parts = lines.slice(start, start + batch).flatMap(({ raw }) => [Buffer.from(raw), lineFeed]);
    const chunk = Buffer.concat(parts);
    hash.update(chunk);
    yield chunk;
  }
}
const lineFeed = Buffer.from('\n');

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
