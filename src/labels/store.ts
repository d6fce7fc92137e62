import { join } from 'node:path';
import type { Problem } from '../corpus/types.js';
import type { Annotation } from './annotation.js';
import { nodeDisk } from './disk.js';
import type { Disk } from './disk.js';
import type { Edit } from './edits.js';
import { damagedName, decodeJournal, journalName } from './journal.js';
import type { Changes } from './journal.js';
import { LabelFile } from './label-file.js';
import type { FileChange } from './label-file.js';
import type { Line } from './serialise.js';
import { isAbandoned, newWriter } from './writer.js';
import type { Writer } from './writer.js';

export { ConflictError } from './label-file.js';
export type { FileChange } from './label-file.js';

/** Whose labels a file holds: those of one annotator, adjudicated ones, or proposals that nobody has accepted. */
export type LabelSource = 'annotator' | 'gold' | 'proposal';

export interface StoredAnnotation {
  /** Workspace-relative POSIX path of its label file. */
  readonly file: string;
  readonly source: LabelSource;
  /** One-based, as the file will stand once all edits are in it. */
  readonly line: () => number;
  readonly annotation: Annotation;
}

/** All lines of one label file, in order, those that were not understood included. */
export interface StoredFile {
  readonly file: string;
  readonly source: LabelSource;
  readonly lines: Iterable<Line>;
}

export interface StoreOptions {
  /** Called with what others (git, an editor, a second window) did to label files, however it was noticed. */
  readonly onChange?: (change: FileChange) => void;
  /** Milliseconds in which edits gather before a label file is rewritten; they are safe in a journal meanwhile. */
  readonly delay?: number;
  readonly disk?: Disk;
  /** Under which process the journals and locks are left. */
  readonly pid?: number;
}

const proposals = 'proposals';

/**
 * The label files of a workspace folder (design, section 2): `<labels>/<annotator>.jsonl`, `gold.jsonl` and
 * `proposals/*.jsonl`. Several stores, in this process or others, may be open on one folder.
 */
export class LabelStore {
  readonly #folder: string;
  readonly #labels: string;
  readonly #disk: Disk;
  readonly #writer: Writer;
  readonly #options: StoreOptions;
  readonly #files = new Map<string, LabelFile>();
  readonly #damaged: Problem[] = [];
  #unlisted: Problem[] = [];
  /** What others changed since the last `refresh`. */
  readonly #noticed: FileChange[] = [];
  #open = false;

  /**
   * @param folder the workspace folder
   * @param labelsFolder the label files' folder in it: `Project.labels`
   */
  constructor(folder: string, labelsFolder: string, options: StoreOptions = {}) {
    this.#folder = folder;
    this.#labels = labelsFolder;
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#writer = newWriter(options.pid);
  }

  /**
   * Reads the label files and finishes what a crash interrupted. A file that cannot be read is a problem, not an
   * error; a folder that does not exist holds no labels and is made with the first one.
   */
  async open(): Promise<void> {
    for (const folder of this.#folders()) await this.#recover(folder);
    await this.refresh();
    this.#open = true;
    for (const file of this.#files.values()) {
      // What cannot be written now is among the file's problems and stays in its journal.
      await file.flush().catch(() => undefined);
    }
  }

  /** The annotations of all files; of one file in its order. */
  *all(): Iterable<StoredAnnotation> {
    for (const file of this.#files.values()) {
      for (const { annotation } of file.lines.annotations()) yield this.#stored(file, annotation);
    }
  }

  /** The annotations of one document in all files. */
  byDocument(doc: string): StoredAnnotation[] {
    return Array.from(this.#files.values()).flatMap((file) =>
      file.lines.document(doc).map(({ annotation }) => this.#stored(file, annotation)),
    );
  }

  /** One annotator's annotations of a document: what their edits are made on. */
  own(annotator: string, doc: string): Annotation[] {
    const lines = this.#files.get(this.fileOf(annotator))?.lines.document(doc) ?? [];
    return lines.map(({ annotation }) => annotation);
  }

  get(file: string, id: string): StoredAnnotation | undefined {
    const labelFile = this.#files.get(file);
    const line = labelFile?.lines.get(id);
    return labelFile === undefined || line === undefined ? undefined : this.#stored(labelFile, line.annotation);
  }

  /** The files with all their lines, for checks. */
  files(): StoredFile[] {
    return Array.from(this.#files.values(), ({ name, lines }) => ({ file: name, source: this.#sourceOf(name), lines }));
  }

  /** Workspace-relative path of an annotator's label file; 'gold' has one like everybody. */
  fileOf(annotator: string): string {
    return `${this.#labels}/${annotator}.jsonl`;
  }

  /** Files that cannot be read or written, and lines that are not understood. */
  problems(): Problem[] {
    return [
      ...this.#unlisted,
      ...this.#damaged,
      ...Array.from(this.#files.values()).flatMap((file) => file.problems()),
    ];
  }

  /**
   * Makes an edit in an annotator's file. It shows in this store at once, and is on disk when the promise resolves:
   * at first in a journal, soon after in the file. See `LabelFile.apply` for what it throws.
   */
  async apply(annotator: string, edit: Edit): Promise<void> {
    if (!/^[\p{L}\p{M}\p{N}_-]+$/u.test(annotator)) {
      throw new Error(`'${annotator}' cannot be an annotator: use letters, digits and hyphens.`);
    }
    await this.#file(this.fileOf(annotator)).apply(edit);
  }

  /**
   * Reads files again that were changed by others, by path in the workspace; without paths, all there are, new ones
   * included. What this store wrote itself is recognised by its content.
   * @returns what others changed since the last call, also what was noticed in between while writing
   */
  async refresh(files?: readonly string[]): Promise<FileChange[]> {
    const names = files?.filter((file) => this.#isLabelFile(file)) ?? (await this.#list());
    for (const name of names) await this.#file(name).refresh();
    return this.#noticed.splice(0);
  }

  /** Resolves when all edits are in the label files. @throws where one cannot be written. */
  async flush(): Promise<void> {
    for (const file of this.#files.values()) await file.flush();
  }

  /** Writes everything and lets go of the files. @throws as `flush`; what could not be written is in a journal. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(Array.from(this.#files.values(), (file) => file.close()));
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  #folders(): string[] {
    return [this.#labels, `${this.#labels}/${proposals}`];
  }

  async #list(): Promise<string[]> {
    const names = new Set(this.#files.keys());
    this.#unlisted = [];
    for (const folder of this.#folders()) {
      for (const name of await this.#namesIn(folder)) {
        const file = `${folder}/${name}`;
        if (this.#isLabelFile(file)) names.add(file);
      }
    }
    return Array.from(names).sort();
  }

  async #namesIn(folder: string): Promise<string[]> {
    try {
      return await this.#disk.list(join(this.#folder, folder));
    } catch (error) {
      const message = `The label files in ${folder} could not be listed: ${error instanceof Error ? error.message : String(error)}`;
      this.#unlisted.push({ file: folder, line: 1, severity: 'error', code: 'label-file-unreadable', message });
      return [];
    }
  }

  #isLabelFile(file: string): boolean {
    const folder = file.slice(0, file.lastIndexOf('/'));
    const name = file.slice(folder.length + 1);
    return this.#folders().includes(folder) && name.endsWith('.jsonl') && !name.startsWith('.');
  }

  #file(name: string): LabelFile {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = new LabelFile(name, join(this.#folder, name), {
      disk: this.#disk,
      writer: this.#writer,
      delay: this.#options.delay ?? 100,
      onChange: (change) => {
        if (!this.#open) return;
        this.#noticed.push(change);
        this.#options.onChange?.(change);
      },
    });
    this.#files.set(name, file);
    return file;
  }

  /** Claims the journals that ended processes left in a folder, and removes their half-written files. */
  async #recover(folder: string): Promise<void> {
    const orphans: { path: string; file: string; modified: number; n: number }[] = [];
    for (const name of await this.#namesIn(folder)) {
      const path = join(this.#folder, folder, name);
      const journal = journalName(name);
      const writer = journal?.writer ?? /\.([^.]+)\.tmp$/.exec(name)?.[1];
      const modified = writer === undefined ? undefined : (await this.#disk.stamp(path))?.modified;
      if (writer === undefined || modified === undefined || !isAbandoned(writer, modified)) continue;
      if (journal === undefined) await this.#disk.remove(path);
      else orphans.push({ path, file: `${folder}/${journal.file}`, modified, n: journal.n });
    }
    orphans.sort((a, b) => a.modified - b.modified || a.n - b.n);
    for (const { path, file } of orphans) await this.#adopt(this.#file(file), path);
  }

  async #adopt(file: LabelFile, path: string): Promise<void> {
    const claimed = file.nextJournalPath();
    let edits: Changes[];
    let damaged: boolean;
    try {
      // Of two windows that open at once, one gets it.
      await this.#disk.rename(path, claimed);
      const bytes = await this.#disk.read(claimed);
      if (bytes === undefined) return;
      ({ edits, damaged } = decodeJournal(bytes));
    } catch {
      return;
    }
    if (damaged) {
      await this.#disk.rename(claimed, damagedName(claimed));
      const message = `A journal of ${file.name} was damaged. What could be read of it has been applied; the journal itself is kept.`;
      const name = damagedName(claimed)
        .slice(this.#folder.length + 1)
        .replaceAll('\\', '/');
      this.#damaged.push({ file: name, line: 1, severity: 'error', code: 'label-journal-damaged', message });
    }
    file.adopt(claimed, edits);
  }

  #stored(file: LabelFile, annotation: Annotation): StoredAnnotation {
    return {
      file: file.name,
      source: this.#sourceOf(file.name),
      line: () => file.lines.number(annotation.id) ?? 1,
      annotation,
    };
  }

  #sourceOf(file: string): LabelSource {
    if (file.startsWith(`${this.#labels}/${proposals}/`)) return 'proposal';
    return file === this.fileOf('gold') ? 'gold' : 'annotator';
  }
}
