import { Range, type TextDocument, type TextEditor } from 'vscode';
import type { Document, Range as Stretch } from '../corpus/types.js';
import type { FolderSession } from './folder-session.js';
import { documentsOn, type FollowedFile } from './followed-file.js';
import type { Host } from './host.js';
import type { OpenFiles } from './open-files.js';
import type { Questions } from './questions.js';
import { marksOf, type Marks } from './text-marks.js';

/** A file of the corpus in a text editor. */
export interface MarkedText {
  readonly session: FolderSession;
  readonly file: FollowedFile;
  readonly documents: readonly Document[];
}

/** Lines, both included; zero-based. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** Lines beyond what is seen whose labels are drawn, in long files. */
export const LINES_AROUND = 1000;

/** What is labelled and asked in the files that text editors show. */
export class MarkedTexts {
  readonly files: OpenFiles;
  readonly #host: Host;
  readonly #questions: Questions;

  constructor(host: Host, files: OpenFiles, questions: Questions) {
    this.#host = host;
    this.files = files;
    this.#questions = questions;
  }

  /** The file that a text editor shows, with its documents; undefined where it is none of the corpus. */
  async of(text: TextDocument): Promise<MarkedText | undefined> {
    const session = this.#host.session;
    const file = session && this.files.of(text);
    return file && { session, file, documents: await file.documents() };
  }

  /** The labels and questions of one document. */
  in(document: Document, { session, file }: MarkedText): Marks {
    const { project, annotator } = session;
    const asked = this.#questions.of(file, document);
    if (project === undefined) return { document, labels: [], questions: [], links: [] };
    return marksOf(document, session.lines(document.ref.id), asked, project, annotator);
  }

  /** Those of the documents that have text on some lines. */
  on({ first, last }: LineRange, text: MarkedText): Marks[] {
    return documentsOn(text.documents, first, last).map((document) => this.in(document, text));
  }
}

/** What an editor shows, and some lines around it. */
export function linesNear({ visibleRanges }: TextEditor): LineRange {
  const first = visibleRanges[0]?.start.line ?? 0;
  const last = visibleRanges.at(-1)?.end.line ?? 0;
  return { first: first - LINES_AROUND, last: last + LINES_AROUND };
}

/** Where stretches of a document (code points) stand in its text editor; what nothing is left of is left out. */
export function editorRanges(
  text: TextDocument,
  file: FollowedFile,
  document: Document,
  spans: readonly Stretch[],
): Range[] {
  return spans.flatMap((span) => {
    const found = file.find(document, span);
    return found === undefined ? [] : [new Range(text.positionAt(found.start), text.positionAt(found.end))];
  });
}
