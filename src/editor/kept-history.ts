import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { History, type Current, type HistoryEvent } from '../labels/history.js';
import { decodeSteps, encodeEvent, encodeSteps } from '../labels/history-log.js';
import { isAbandoned, newWriter } from '../labels/writer.js';
import { describe } from './describe.js';
import type { Log } from './log.js';

export interface KeptHistoryOptions {
  /** Where the histories of this workspace's windows lie. */
  readonly folder: string;
  readonly current: Current;
  readonly log: Log;
  /** Tells the person. */
  readonly tell: (message: string) => void;
  /** Does something between two actions of the person, when all labels are as they are on disk. */
  readonly between: (work: () => void) => Promise<void>;
  /** Steps of before are there. */
  readonly onTaken: () => void;
}

/** A history is kept for the next window this long after its last step, in milliseconds: a working day. */
const keptFor = 12 * 60 * 60_000;
/** Length at which a log is made shorter, in characters, and how much of each direction is left then. */
const longest = 4_000_000;
const shortened = 1_000_000;
/** A reloaded window may begin before the one that it replaces has ended: how long and how often it looks again, in milliseconds. */
const patience = 20_000;
const pause = 250;

const logName = /^undo\.([^.]+)\.jsonl$/;
/** Stands for the name of a writer that has ended in good order. */
const closed = 'closed';

/**
 * The undo history of a window, kept in a file so that it outlives a reload of the window. The editor's own id of a
 * session changes with a reload, so a window takes over what the last one that has ended has left, if it is not too
 * old. Of two windows each has its own.
 */
export class KeptHistory {
  readonly history: History;
  readonly #options: KeptHistoryOptions;
  readonly #writer = newWriter().name;
  #length = 0;
  /** Writes follow one another. */
  #writes: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: KeptHistoryOptions) {
    this.#options = options;
    this.history = new History(options.current, (event) => this.#keep(event));
  }

  /** Takes over what was left. Never rejects. */
  async open(): Promise<void> {
    await this.#look(Date.now() + patience);
  }

  /** Lets go of the file, for the next window. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#write(async () => {
      if (this.#length > 0) await rename(this.#path(this.#writer), this.#path(closed));
    });
  }

  async #look(until: number): Promise<void> {
    const found = await this.#safely(() => this.#take());
    if (found === 'later' && Date.now() < until && !this.#isClosed)
      this.#timer = setTimeout(() => void this.#look(until), pause);
  }

  /** Takes over the latest log that nobody writes any more; 'later' where there is none yet, but others' that may end. */
  async #take(): Promise<'later' | undefined> {
    const { folder, log } = this.#options;
    const left: { file: string; modified: number }[] = [];
    let others = false;
    for (const name of await readdir(folder).catch(() => [])) {
      const writer = logName.exec(name)?.[1];
      if (writer === undefined || writer === this.#writer) continue;
      const file = path.join(folder, name);
      const modified = (await stat(file)).mtimeMs;
      const isOld = Date.now() - modified > keptFor;
      if (isOld) log.info('An undo history of too long ago was dropped.');
      // Of a writer that runs, what it has left is not looked at, however long ago that was.
      if (isOld) await rm(file, { force: true });
      else if (writer === closed || isAbandoned(writer, Date.now())) left.push({ file, modified });
      else others = true;
    }
    const [latest, ...older] = left.sort((a, b) => b.modified - a.modified);
    for (const { file } of older) await rm(file, { force: true });
    if (latest === undefined) return others ? 'later' : undefined;
    const taken = path.join(folder, `undo.${this.#writer}.taken`);
    // Of two windows that open at once, one gets it.
    await rename(latest.file, taken);
    const text = await readFile(taken, 'utf8');
    await rm(taken, { force: true });
    await this.#options.between(() => this.#precede(text));
    return undefined;
  }

  #precede(text: string): void {
    const { log, tell, onTaken } = this.#options;
    const decoded = decodeSteps(text);
    if (decoded === undefined) {
      log.warn('The undo history of this window could not be read.');
      tell(
        'What was done before this window was reloaded can no longer be undone: the undo history was damaged. The labels are as they were.',
      );
      return;
    }
    const dropped = this.history.precede(decoded.steps);
    if (dropped > 0) {
      const what = dropped === 1 ? 'A step' : `${dropped} steps`;
      tell(
        `${what} from before this window was reloaded can no longer be undone: the labels were changed meanwhile, by git, by hand or in another window.`,
      );
    }
    const { steps } = this.history;
    log.info(`Undo history: ${steps.undo.length} steps to undo, ${steps.redo.length} to redo.`);
    this.#rewrite();
    onTaken();
  }

  #keep(event: HistoryEvent): void {
    const line = encodeEvent(event, Date.now());
    this.#length += line.length;
    if (this.#length > longest) {
      this.#rewrite();
      return;
    }
    void this.#write(async () => {
      await mkdir(this.#options.folder, { recursive: true });
      await appendFile(this.#path(this.#writer), line);
    });
  }

  #rewrite(): void {
    const text = encodeSteps(this.history.steps, Date.now(), shortened);
    this.#length = text.length;
    void this.#write(async () => {
      const part = path.join(this.#options.folder, `undo.${this.#writer}.part`);
      await writeFile(part, text);
      await rename(part, this.#path(this.#writer));
    });
  }

  #write(work: () => Promise<void>): Promise<void> {
    this.#writes = this.#writes.then(() => this.#safely(work));
    return this.#writes;
  }

  async #safely<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      // A history that cannot be kept is still there until the window closes.
      this.#options.log.warn(`The undo history could not be kept: ${describe(error)}`);
      return undefined;
    }
  }

  #path(writer: string): string {
    return path.join(this.#options.folder, `undo.${writer}.jsonl`);
  }
}
