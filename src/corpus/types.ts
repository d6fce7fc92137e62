/** A half-open stretch [start, end). The unit (code points or UTF-16) is named where it is used. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export type SourceKind = 'text' | 'markdown' | 'jsonl' | 'csv';

/** What a passage is: the unit that is shown and reviewed. */
export type Unit = 'sentence' | 'paragraph' | 'document';

/** Where a document lives, without its text: small enough to keep a million of them. */
export interface DocumentRef {
  /** `path` for a whole file, `path#id` for a record (design, section 2). */
  readonly id: string;
  /** Workspace-relative POSIX path. */
  readonly file: string;
  readonly kind: SourceKind;
  /** Byte range of the file or of the record's line(s) in the file. */
  readonly start: number;
  readonly end: number;
  /** One-based line of the file on which the document begins. */
  readonly line: number;
}

/** Zero-based position in a file as the editor counts: line, UTF-16 character. */
export interface FilePosition {
  readonly line: number;
  readonly character: number;
}

/**
 * Converts the offsets of one document. Code points are the only offsets that are stored;
 * UTF-16 and file positions exist only at the borders. Nothing else converts.
 */
export interface SourceMap {
  /** Length of the document in code points. */
  readonly length: number;
  /** Code-point offset to an index into the document's JavaScript string. */
  toUtf16(codePoint: number): number;
  /** Index into the document's JavaScript string to a code-point offset (inside a surrogate pair: its start). */
  toCodePoint(utf16: number): number;
  /** Code-point offset to a position in the file, through JSON escapes, CSV quoting and line ends. */
  toFile(codePoint: number): FilePosition;
  /** Position in the file to a code-point offset, clamped to the document; undefined where the position lies outside it. */
  fromFile(position: FilePosition): number | undefined;
}

export interface Document {
  readonly ref: DocumentRef;
  /** Decoded text: CRLF and CR read as LF, byte-order mark dropped. */
  readonly text: string;
  readonly map: SourceMap;
  /** Stretches that are prose, in code points and in order; undefined when all of it is. */
  readonly prose?: readonly Range[];
  /**
   * The headings, paragraphs and the like, in code points and in order; undefined where blank lines say it.
   * A block holds inline markup (emphasis marks, link targets) that `prose` leaves out.
   */
  readonly blocks?: readonly Range[];
}

/** A passage, in code points into its document. `index` counts passages within the document. */
export interface Passage extends Range {
  readonly index: number;
}

export type Severity = 'error' | 'warning' | 'information';

/** Something a person should know about a file; `check` prints it and the Problems panel shows it. */
export interface Problem {
  /** Workspace-relative POSIX path. */
  readonly file: string;
  /** One-based. */
  readonly line: number;
  readonly severity: Severity;
  /** Stable kebab-case name, e.g. `label-unknown`. */
  readonly code: string;
  /** What happened and what to do. */
  readonly message: string;
}

/** One entry of the project file's `corpus`, normalised. */
export interface SourceRule {
  readonly include: string;
  /** Field (JSONL, dots reach into objects) or column (CSV/TSV) that holds the text. */
  readonly text?: string;
  readonly id?: string;
}

/** What the corpus stage needs to know of the project. All paths are workspace-relative globs. */
export interface CorpusConfig {
  readonly rules: readonly SourceRule[];
  readonly exclude: readonly string[];
  /** Folder of made-up passages: its JSONL files are read too, whatever the rules and `exclude` say. */
  readonly synthetic?: string;
  readonly unit: Unit;
}
