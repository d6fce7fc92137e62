import { scanText } from '../corpus/scan.js';
import type { CorpusConfig, Document, FilePosition, Range } from '../corpus/types.js';
import { follow, followBack, Lines, trimmed, withChange, type Hunks, type TextChange } from './text-edits.js';

/** A place in a document, in code points. */
export interface Place {
  readonly document: Document;
  readonly at: number;
}

/**
 * A file of the corpus that is open in the editor: its documents as they were saved, and where their text stands now.
 * Offsets into the file's text are UTF-16 units with the editor's line ends. It knows nothing of the editor.
 */
export class FollowedFile {
  readonly file: string;
  /** The text as it was saved. */
  readonly saved: string;
  readonly corpus: CorpusConfig;
  /** How lines of it end, the first of them; undefined where there is one line. */
  readonly lineEnd: '\n' | '\r\n' | undefined;
  #hunks: Hunks;
  #lines: Lines | undefined;
  #documents: Promise<readonly Document[]> | undefined;

  /** @param hunks what was changed since it was saved */
  constructor(file: string, saved: string, corpus: CorpusConfig, hunks: Hunks = []) {
    this.file = file;
    this.saved = saved;
    this.corpus = corpus;
    const end = saved.indexOf('\n');
    this.lineEnd = end < 0 ? undefined : saved[end - 1] === '\r' ? '\r\n' : '\n';
    this.#hunks = hunks;
  }

  /** The documents of the saved text, in order; read when they are first asked for. */
  documents(): Promise<readonly Document[]> {
    return (this.#documents ??= (async () => {
      const documents: Document[] = [];
      for await (const document of scanText(this.file, this.saved, this.corpus)) documents.push(document);
      return documents;
    })());
  }

  get hunks(): Hunks {
    return this.#hunks;
  }

  /** The text is changed; all changes of one event are told in offsets into the text before the first of them. */
  change(changes: readonly TextChange[]): void {
    for (const change of changes.toSorted((a, b) => b.offset - a.offset)) this.#hunks = withChange(this.#hunks, change);
  }

  /** Forgets what is as it was: call it when the text has come to rest. `current` is only asked for where it is needed. */
  settle(current: () => string): void {
    if (this.#hunks.length > 0) this.#hunks = trimmed(this.#hunks, this.saved, current());
  }

  /** Where a stretch of a document (code points) stands in the text now; undefined where nothing is left of it. */
  find(document: Document, range: Range): Range | undefined {
    return follow(this.#hunks, this.inSaved(document, range));
  }

  /** Where a stretch of a document (code points) stood in the saved text. */
  inSaved({ map }: Document, { start, end }: Range): Range {
    const lines = this.#savedLines();
    return { start: lines.offsetOf(map.toFile(start)), end: lines.offsetOf(map.toFile(end)) };
  }

  /** What document an offset into the text now belongs to, and where in it; in new text, where that was put. */
  placeAt(documents: readonly Document[], offset: number): Place | undefined {
    return placeIn(documents, this.#savedLines().positionOf(followBack(this.#hunks, offset)));
  }

  #savedLines(): Lines {
    return (this.#lines ??= new Lines(this.saved));
  }
}

/** The document of a file that holds a position, among all of the file's in order. */
export function placeIn(documents: readonly Document[], position: FilePosition): Place | undefined {
  const document = documents[lastBefore(documents, position.line)];
  const at = document?.map.fromFile(position);
  return document === undefined || at === undefined ? undefined : { document, at };
}

/** The documents of a file that have text on some of its lines, both included; zero-based. */
export function documentsOn(documents: readonly Document[], first: number, last: number): Document[] {
  return documents.slice(Math.max(0, lastBefore(documents, first)), lastBefore(documents, last) + 1);
}

/** Index of the last document that begins on a line or before it; -1 where none does. */
function lastBefore(documents: readonly Document[], line: number): number {
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (documents[middle]!.ref.line - 1 <= line) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
