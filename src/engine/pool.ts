import { createHash } from 'node:crypto';
import { loadDocument } from '../corpus/scan.js';
import { passagesOf } from '../corpus/passages.js';
import { textMap } from '../corpus/source-map.js';
import { wordsIn } from '../corpus/words.js';
import type { CorpusConfig, Document, DocumentRef, Passage, Range } from '../corpus/types.js';

/** Texts up to this many UTF-16 units together stay in memory; the rest is read again from the files when needed. */
const RESIDENT_UNITS = 32 * 1024 * 1024;

/** One passage of the pool. */
export interface Entry {
  readonly ref: DocumentRef;
  /** Code points into the document. */
  readonly start: number;
  readonly end: number;
  /** First 32 hex digits of SHA-256 over the text: the key of its vectors. */
  readonly hash: string;
  text: string | undefined;
  /** Word bounds in UTF-16 units into the text, where the text alone does not tell them: no word lies in markup. */
  readonly words?: readonly Range[];
}

/** A passage that is in no file of the corpus. `id` tells it from others. */
export function looseEntry(id: string, text: string): Entry {
  const ref = { id, file: '', kind: 'text', start: 0, end: 0, line: 1 } as const;
  return { ref, start: 0, end: textMap(text).length, hash: hashOf(text), text };
}

/** What names a passage from one scan to the next; the entries themselves are made anew. */
export function identity({
  ref,
  start,
  end,
}: Pick<Entry, 'start' | 'end'> & { readonly ref: { readonly id: string } }): string {
  return `${ref.id}\n${start}\n${end}`;
}

/** The passages of the corpus, by document: an index that a million of them fit into. */
export class Pool {
  readonly #byDocument = new Map<string, Entry[]>();
  readonly #byFile = new Map<string, Set<string>>();
  #units = 0;
  #all: readonly Entry[] | undefined;

  constructor(
    private readonly folder: string,
    private readonly config: CorpusConfig,
  ) {}

  add(document: Document): void {
    const { ref } = document;
    this.removeDocument(ref.id);
    const entries = passagesOf(document, this.config.unit).map((passage) => this.#entry(document, passage));
    this.#byDocument.set(ref.id, entries);
    this.#all = undefined;
    let documents = this.#byFile.get(ref.file);
    if (documents === undefined) this.#byFile.set(ref.file, (documents = new Set()));
    documents.add(ref.id);
  }

  /** The passages of a file. */
  *inFile(file: string): Generator<Entry> {
    for (const id of this.#byFile.get(file) ?? []) yield* this.of(id);
  }

  /** Forgets everything that came from a file. */
  removeFile(file: string): void {
    for (const id of this.#byFile.get(file) ?? []) this.removeDocument(id);
    this.#byFile.delete(file);
  }

  removeDocument(id: string): void {
    for (const entry of this.#byDocument.get(id) ?? []) this.#units -= entry.text?.length ?? 0;
    this.#byDocument.delete(id);
    this.#all = undefined;
  }

  get documents(): number {
    return this.#byDocument.size;
  }

  /** All passages, in corpus order. */
  *entries(): Generator<Entry> {
    for (const entries of this.#byDocument.values()) yield* entries;
  }

  /** The same as one list, which stays the same list until the pool changes. */
  all(): readonly Entry[] {
    return (this.#all ??= [...this.entries()]);
  }

  of(doc: string): readonly Entry[] {
    return this.#byDocument.get(doc) ?? [];
  }

  find(doc: string, start: number, end: number): Entry | undefined {
    return this.of(doc).find((entry) => entry.start === start && entry.end === end);
  }

  locate(doc: string): DocumentRef | undefined {
    return this.of(doc)[0]?.ref;
  }

  /** The text of a passage: from memory, else read again; undefined where the file no longer holds it. */
  async text(entry: Entry): Promise<string | undefined> {
    if (entry.text !== undefined) return entry.text;
    const document = await loadDocument(this.folder, this.config, entry.ref);
    if (document === undefined || entry.end > document.map.length) return undefined;
    const text = slice(document, entry);
    return hashOf(text) === entry.hash ? text : undefined;
  }

  #entry(document: Document, passage: Passage): Entry {
    const text = slice(document, passage);
    const resident = this.#units + text.length <= RESIDENT_UNITS;
    if (resident) this.#units += text.length;
    return {
      ref: document.ref,
      start: passage.start,
      end: passage.end,
      hash: hashOf(text),
      text: resident ? text : undefined,
      ...(document.prose !== undefined && { words: wordsIn(document, passage) }),
    };
  }
}

function slice(document: Document, range: Range): string {
  return document.text.slice(document.map.toUtf16(range.start), document.map.toUtf16(range.end));
}

/** The key of a text's vectors. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
}
