import path from 'node:path';
import type { Document } from '../corpus/types.js';
import { sha16, type Annotation } from '../labels/annotation.js';
import type { Draft, Edit } from '../labels/edits.js';
import type { Reversal } from '../labels/history.js';
import type { Project } from '../labels/project.js';
import { LabelStore, type FileChange } from '../labels/store.js';
import { describe, trace } from './describe.js';
import { KeptHistory, type KeptHistoryOptions } from './kept-history.js';
import type { Log } from './log.js';
import { revive } from './revive.js';
import type { Lines } from './view.js';

export interface SessionLabelsOptions extends Pick<KeptHistoryOptions, 'tell' | 'between' | 'onTaken'> {
  /** The workspace folder, absolute. */
  readonly folder: string;
  /** Where undo histories are kept. */
  readonly storage: string;
  readonly log: Log;
  /** An edit is on disk. */
  readonly onWritten: (edit: Edit) => void;
}

/** The label files of a session and what was done to them, which can be undone. Whoever calls sees to it that edits follow one another. */
export class SessionLabels {
  readonly #options: SessionLabelsOptions;
  readonly #log: Log;
  #store: LabelStore | undefined;
  #history: KeptHistory | undefined;
  #saving = 0;
  #failure: Error | undefined;

  constructor(options: SessionLabelsOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /** Opens the label files of another folder, and closes those that were open. */
  async open(labels: string): Promise<void> {
    await this.close();
    const { folder, storage, log, tell, between, onTaken } = this.#options;
    const store = new LabelStore(folder, labels);
    await store.open();
    this.#store = store;
    this.#history = new KeptHistory({
      folder: path.join(storage, 'undo', sha16(labels)),
      current: (owner, id) => store.get(store.fileOf(owner), id)?.annotation,
      log,
      tell,
      between,
      onTaken,
    });
  }

  /** Takes over what the window before this one could undo. */
  async takeHistory(): Promise<void> {
    await this.#history?.open();
  }

  /** The history last: who takes it over finds the labels in their files. */
  async close(): Promise<void> {
    try {
      await this.#store?.close();
    } finally {
      await this.#history?.close();
    }
  }

  /** Brings the label files up to date with what was acknowledged. Rejects where one cannot be written. */
  async flush(): Promise<void> {
    await this.#store?.flush();
  }

  /** Reads again what others have changed. */
  async refresh(): Promise<FileChange[]> {
    return (await this.#store?.refresh()) ?? [];
  }

  get canUndo(): boolean {
    return this.#history?.history.canUndo === true;
  }

  get canRedo(): boolean {
    return this.#history?.history.canRedo === true;
  }

  get disk(): 'failed' | 'saving' | 'saved' {
    return this.#failure !== undefined ? 'failed' : this.#saving > 0 ? 'saving' : 'saved';
  }

  /** Why the last edit is not on disk. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Annotators with label files. */
  get annotators(): string[] {
    return (this.#store?.files() ?? [])
      .filter(({ source }) => source !== 'proposal')
      .map(({ file }) => path.posix.basename(file, '.jsonl'));
  }

  /** What people have accepted, file by file: annotators' lines and gold, no proposals. */
  *acceptedFiles(): Generator<Annotation[]> {
    for (const { source, lines } of this.#store?.files() ?? []) {
      if (source === 'proposal') continue;
      yield Array.from(lines).flatMap((line) => (line.annotation === undefined ? [] : [line.annotation]));
    }
  }

  /** The lines of a document: an annotator's own, and everybody else's by file. */
  lines(doc: string, annotator: string): Lines {
    const own: Annotation[] = [];
    const others = new Map<string, Annotation[]>();
    const ownFile = this.#store?.fileOf(annotator);
    for (const { file, source, annotation } of this.#store?.byDocument(doc) ?? []) {
      const owner = path.posix.basename(file, '.jsonl');
      if (file === ownFile) own.push(annotation);
      else if (source !== 'proposal') {
        const lines = others.get(owner);
        if (lines === undefined) others.set(owner, [annotation]);
        else lines.push(annotation);
      }
    }
    return { own, others: [...others].map(([by, lines]) => ({ by, lines })) };
  }

  /** What an annotator's edit of a document is made from. Throws, with a message for the person, where there can be none. */
  draft(document: Document, project: Project | undefined, by: string): Draft {
    const store = this.#store;
    if (project === undefined || store === undefined)
      throw new Error('marginalia.json cannot be used as it is: see the Problems panel.');
    return {
      source: document,
      project,
      lines: revive(this.lines(document.ref.id, by).own, document),
      by,
      at: new Date(),
      taken: (id) => store.get(store.fileOf(by), id) !== undefined,
    };
  }

  /** Makes an edit, as one step of the history. @param context what the step belongs to: plain data */
  async apply(by: string, edit: Edit, context: unknown): Promise<void> {
    if (edit.put.length === 0 && edit.remove.length === 0) return;
    const step = this.#history?.history.stepOf(by, edit, context);
    await this.#write(by, edit);
    if (step !== undefined) this.#history?.history.add(step);
  }

  /** Writes lines where their text went, which is no step: those that can be undone go on with them. */
  async follow(by: string, put: readonly Annotation[]): Promise<void> {
    const edit = { put, remove: [] };
    const step = this.#history?.history.stepOf(by, edit, undefined);
    if (step === undefined) return;
    await this.#write(by, edit);
    this.#history?.history.follow(step);
  }

  /** What an undo or a redo would do; throws where that was changed meanwhile. */
  reversal(direction: 'undo' | 'redo'): Reversal | undefined {
    return this.#history?.history[direction]();
  }

  async reverse(reversal: Reversal): Promise<void> {
    await this.#write(reversal.annotator, reversal.edit);
    this.#history?.history.made(reversal);
  }

  /** Settles when the edit is on disk. */
  async #write(by: string, edit: Edit): Promise<void> {
    const store = this.#store;
    if (store === undefined) throw new Error('There is no place for labels yet: marginalia.json cannot be used.');
    this.#saving++;
    try {
      await store.apply(by, edit);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#log.error(`Labels could not be written: ${trace(error)}`);
      throw new Error(`Not saved, and taken back: ${describe(error)}`, { cause: error });
    } finally {
      this.#saving--;
    }
    this.#options.onWritten(edit);
  }
}
