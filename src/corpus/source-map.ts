import type { FilePosition, Range, SourceMap } from './types.js';

/** One UTF-16 unit of a document that its file spells with another number of units: `\n`, `""`, CRLF. */
export interface Respelling {
  /** Index into the document's text. */
  readonly text: number;
  /** Index into the record's source. */
  readonly source: number;
  /** Units in the source. */
  readonly length: number;
}

/** Where a record's text stands in its file. */
export interface Placement {
  /** The record's source as the editor shows it: whole lines, decoded, with its own line ends. UTF-16 indices below are into it. */
  readonly source: string;
  /** Zero-based line of the file on which the source begins. */
  readonly line: number;
  /** The stretch of the source that holds the text, without quotes. */
  readonly value: Range;
  /** In order. Between them text and source run in step. */
  readonly respellings: readonly Respelling[];
}

/**
 * The map of a document that is a whole file. Every line end of the file is one LF of the text, so the file's lines
 * are the text's.
 */
export function textMap(text: string): SourceMap {
  return new LazyMap(text, () => ({ source: text, line: 0, value: { start: 0, end: text.length }, respellings: [] }));
}

/**
 * The map of a document that is part of a file. `place` is called once, when a file position is first asked for:
 * most documents of a large corpus never need one.
 */
export function recordMap(text: string, place: () => Placement): SourceMap {
  return new LazyMap(text, place);
}

/** Decoded text as documents hold it: CRLF and CR are read as LF. */
export function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** What is only needed for some documents is made when it is first asked for. */
class LazyMap implements SourceMap {
  readonly length: number;
  /** Indices of the surrogate pairs; the k-th stands at code point pairs[k] - k. */
  private readonly pairs: readonly number[];
  private placed: FileMap | undefined;

  constructor(
    private readonly text: string,
    private readonly place: () => Placement,
  ) {
    this.pairs = surrogatePairs(text);
    this.length = text.length - this.pairs.length;
  }

  toUtf16(codePoint: number): number {
    const offset = clamp(codePoint, this.length);
    return offset + countBelow(this.pairs.length, (k) => this.pairs[k]! - k < offset);
  }

  toCodePoint(utf16: number): number {
    const index = clamp(utf16, this.text.length);
    return index - countBelow(this.pairs.length, (k) => this.pairs[k]! < index);
  }

  toFile(codePoint: number): FilePosition {
    return this.inFile().toFile(this.toUtf16(codePoint));
  }

  fromFile(position: FilePosition): number | undefined {
    const utf16 = this.inFile().fromFile(position);
    return utf16 === undefined ? undefined : this.toCodePoint(utf16);
  }

  private inFile(): FileMap {
    return (this.placed ??= fileMap(this.place()));
  }
}

interface FileMap {
  toFile(utf16: number): FilePosition;
  fromFile(position: FilePosition): number | undefined;
}

function fileMap({ source, line: firstLine, value, respellings }: Placement): FileMap {
  const lines = sourceLines(source);

  const toFile = (utf16: number): FilePosition => {
    const before = countBelow(respellings.length, (k) => respellings[k]!.text < utf16);
    const last = respellings[before - 1];
    const index = last === undefined ? value.start + utf16 : last.source + last.length + (utf16 - last.text - 1);
    const line = countBelow(lines.length, (k) => lines[k]!.start <= index) - 1;
    return { line: firstLine + line, character: index - lines[line]!.start };
  };

  const fromFile = ({ line, character }: FilePosition): number | undefined => {
    const range = lines[line - firstLine];
    if (range === undefined) return undefined;
    const index = Math.min(range.start + Math.max(0, character), range.end);
    if (index < value.start || index > value.end) return undefined;
    const before = countBelow(respellings.length, (k) => respellings[k]!.source < index);
    const last = respellings[before - 1];
    if (last === undefined) return index - value.start;
    const past = index - last.source - last.length;
    return past < 0 ? last.text : last.text + 1 + past;
  };
  return { toFile, fromFile };
}

/** The lines of a source as the editor counts them: LF, CRLF and CR each end one. Ends exclude the line end. */
function sourceLines(source: string): Range[] {
  const lines: Range[] = [];
  let start = 0;
  for (const { index, 0: end } of source.matchAll(/\r\n?|\n/g)) {
    lines.push({ start, end: index });
    start = index + end.length;
  }
  lines.push({ start, end: source.length });
  return lines;
}

/** Indices of the surrogate pairs of a text, in order. Lone surrogates are code points of their own, as in JavaScript. */
function surrogatePairs(text: string): readonly number[] {
  if (!/[\ud800-\udbff]/.test(text)) return none;
  const pairs: number[] = [];
  for (const { index } of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) pairs.push(index);
  return pairs;
}

const none: readonly number[] = [];

function clamp(offset: number, length: number): number {
  return Math.min(Math.max(0, offset), length);
}

/** Number of leading indices below `count` for which `below` holds; it must hold for a prefix. */
function countBelow(count: number, below: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (below(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
