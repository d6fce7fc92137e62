import { readFile } from 'node:fs/promises';
import { EndOfLine, EventEmitter, workspace, type TextDocument, type TextDocumentChangeEvent } from 'vscode';
import { byteOrderMarkLength, decodeUtf8 } from '../corpus/decode.js';
import { withLineFeeds } from '../corpus/source-map.js';
import { trace } from './describe.js';
import type { Disposes } from './disposes.js';
import { corpusFileOf } from './file-documents.js';
import { FollowedFile } from './followed-file.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import { hunksBetween } from './text-edits.js';

/** Milliseconds in which the editor has told that a text is unsaved, or that it was saved. */
const SAVED = 500;

/** What was saved: the file as it was before, and as it is now. */
export interface Saved {
  readonly before: FollowedFile;
  readonly after: FollowedFile;
}

/** Follows the text of every file of the corpus that is open in the editor, on screen or not, saved or not. */
export class OpenFiles implements Disposes {
  readonly #host: Host;
  readonly #log: Log;
  readonly #changed = new EventEmitter<TextDocument>();
  readonly #saved = new EventEmitter<Saved>();
  readonly #files = new Map<TextDocument, FollowedFile>();
  readonly #timers = new Map<TextDocument, NodeJS.Timeout>();
  readonly #disposables: Disposes[];

  constructor(host: Host, log: Log) {
    this.#host = host;
    this.#log = log;
    this.#disposables = [
      this.#changed,
      this.#saved,
      // The project may name other files now, or read them otherwise.
      host.onLabels(() => workspace.textDocuments.forEach((document) => this.#track(document))),
      workspace.onDidOpenTextDocument((document) => this.#track(document)),
      workspace.onDidCloseTextDocument((document) => void this.#files.delete(document)),
      workspace.onDidChangeTextDocument((event) => this.#textChanged(event)),
      workspace.onDidSaveTextDocument((document) => {
        this.#wasSaved(document).catch((error: unknown) => this.#log.error(`After saving: ${trace(error)}`));
      }),
    ];
  }

  /** The text of an open file was changed, by typing or from outside; its documents may be others. */
  readonly onChange = this.#changed.event;
  /** The text of an open file was saved and is not what it was. */
  readonly onSave = this.#saved.event;

  /** Whether a text editor shows a file of the corpus: cheap enough to be asked at every key. */
  has(document: TextDocument): boolean {
    return this.#track(document) !== undefined;
  }

  /** The file that a text editor shows; undefined where it is none of the corpus. */
  of(document: TextDocument): FollowedFile | undefined {
    const file = this.#track(document);
    file?.settle(() => document.getText());
    return file;
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #track(document: TextDocument): FollowedFile | undefined {
    const session = this.#host.session;
    const corpus = session?.project?.corpus;
    const name = session && corpusFileOf(session, document);
    if (name === undefined || corpus === undefined) {
      this.#files.delete(document);
      return undefined;
    }
    const known = this.#files.get(document);
    if (known?.corpus === corpus) return known;
    if (known === undefined && document.isDirty) {
      void this.#trackUnsaved(document, name);
      return undefined;
    }
    const file =
      known === undefined
        ? new FollowedFile(name, document.getText(), corpus)
        : new FollowedFile(name, known.saved, corpus, known.hunks);
    this.#files.set(document, file);
    return file;
  }

  /** One whose unsaved text was restored: what was saved stands on disk. */
  async #trackUnsaved(document: TextDocument, name: string): Promise<void> {
    const text = await textOnDisk(document);
    const corpus = this.#host.session?.project?.corpus;
    if (text === undefined || corpus === undefined || this.#files.has(document) || document.isClosed) return;
    this.#files.set(document, new FollowedFile(name, text, corpus, hunksBetween(text, document.getText())));
    this.#changed.fire(document);
  }

  #textChanged({ document, contentChanges }: TextDocumentChangeEvent): void {
    const file = this.#files.get(document);
    if (file === undefined) return;
    // What is typed first after a save comes before the word that there is something unsaved.
    if (!document.isDirty) this.#compareSoon(document);
    if (hasOtherLineEnds(document, file)) {
      const text = document.getText();
      const saved = withLineEnds(file.saved, document.eol);
      this.#files.set(document, new FollowedFile(file.file, saved, file.corpus, hunksBetween(saved, text)));
    } else if (contentChanges.length === 0) {
      // Whether it is saved has changed, not what it says.
      return;
    } else {
      file.change(
        contentChanges.map(({ rangeOffset, rangeLength, text }) => ({
          offset: rangeOffset,
          length: rangeLength,
          inserted: text.length,
        })),
      );
    }
    this.#changed.fire(document);
  }

  #compareSoon(document: TextDocument): void {
    clearTimeout(this.#timers.get(document));
    const timer = setTimeout(() => {
      this.#timers.delete(document);
      this.#compare(document);
    }, SAVED);
    this.#timers.set(document, timer);
  }

  /** What differs from the saved text without being unsaved was read again from disk, where somebody else changed it. */
  #compare(document: TextDocument): void {
    const file = this.#files.get(document);
    if (file === undefined || document.isDirty || document.isClosed) return;
    const text = document.getText();
    if (text === file.saved) return;
    this.#files.set(document, new FollowedFile(file.file, text, file.corpus));
    this.#changed.fire(document);
  }

  async #wasSaved(document: TextDocument): Promise<void> {
    const before = this.#files.get(document);
    if (before === undefined) return;
    const current = document.getText();
    before.settle(() => current);
    if (!document.isDirty) {
      this.#take(document, before, new FollowedFile(before.file, current, before.corpus));
      return;
    }
    // Typing went on while it was saved.
    const text = await textOnDisk(document);
    if (text === undefined || this.#files.get(document) !== before) return;
    const saved = new FollowedFile(before.file, before.saved, before.corpus, hunksBetween(before.saved, text));
    const after = new FollowedFile(before.file, text, before.corpus, hunksBetween(text, document.getText()));
    this.#take(document, saved, after);
  }

  #take(document: TextDocument, before: FollowedFile, after: FollowedFile): void {
    if (before.saved === after.saved) return;
    this.#files.set(document, after);
    this.#saved.fire({ before, after });
    this.#changed.fire(document);
  }
}

/** The editor was told to end lines otherwise. */
function hasOtherLineEnds({ eol }: TextDocument, { lineEnd }: FollowedFile): boolean {
  return lineEnd !== undefined && (lineEnd === '\r\n') !== (eol === EndOfLine.CRLF);
}

function withLineEnds(text: string, eol: EndOfLine): string {
  return withLineFeeds(text).replaceAll('\n', eol === EndOfLine.CRLF ? '\r\n' : '\n');
}

/** The text of a file as the editor would read it; undefined where that cannot be told. */
async function textOnDisk(document: TextDocument): Promise<string | undefined> {
  const bytes = await readFile(document.uri.fsPath).catch(() => undefined);
  return bytes && decodeUtf8(bytes.subarray(byteOrderMarkLength(bytes)));
}
