import type { FileHandle } from 'node:fs/promises';
import { byteOrderMarkLength, LONGEST_RECORD } from '../decode.js';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** Bytes read at a time. */
const CHUNK = 256 * 1024;

/** One record of a file, as bytes. */
export interface ByteRecord {
  /** Byte range in the file, without the line end. */
  readonly start: number;
  readonly end: number;
  /** Zero-based line of the file on which the record begins. */
  readonly line: number;
  /** Undefined where the record is longer than `LONGEST_RECORD`. Valid until the next record is asked for. */
  readonly bytes: Buffer | undefined;
  /** Why the record has no clear end; the next record then begins on the next line. */
  readonly fault: string | undefined;
}

/** Finds where records end. One at a time; keeps its state between chunks. */
export interface Splitter {
  /** A record begins. */
  begin(): void;
  /** Looks through `bytes` from `from`: the index of the record's line end, or -1 when the record goes on. */
  find(bytes: Buffer, from: number): number;
  /** What is wrong with the record so far, were it to end here. */
  fault(): string | undefined;
  /** Line ends inside the record. */
  innerLines(): number;
}

/** Records that are lines. LF, CRLF and CR each end one, as the editor counts. */
export function lineSplitter(): Splitter {
  return {
    begin: () => undefined,
    find: (bytes, from) => {
      for (let i = from; i < bytes.length; i++) {
        const byte = bytes[i];
        if (byte === LF || byte === CR) return i;
      }
      return -1;
    },
    fault: () => undefined,
    innerLines: () => 0,
  };
}

const enum State {
  FieldStart,
  Bare,
  Quoted,
  /** After a quote inside a quoted field: its end, or the first of two. */
  Quote,
  Broken,
}

/** Records of RFC 4180: a line end inside quotes belongs to the field. Quotes inside a bare field are plain text. */
export function csvSplitter(delimiter: ',' | '\t'): Splitter {
  const comma = delimiter.charCodeAt(0);
  let state = State.FieldStart;
  let lines = 0;
  let last = 0;
  return {
    begin: () => {
      state = State.FieldStart;
      lines = 0;
      last = 0;
    },
    find: (bytes, from) => {
      for (let i = from; i < bytes.length; i++) {
        const byte = bytes[i]!;
        if (state === State.Quoted) {
          if (byte === QUOTE) state = State.Quote;
          else if (byte === CR || (byte === LF && last !== CR)) lines++;
          last = byte;
        } else if (byte === LF || byte === CR) {
          return i;
        } else if (byte === comma) {
          state = State.FieldStart;
        } else if (byte === QUOTE && state !== State.Bare) {
          state = State.Quoted;
          last = byte;
        } else if (state === State.Quote) {
          state = State.Broken;
          return i;
        } else {
          state = State.Bare;
        }
      }
      return -1;
    },
    fault: () => {
      if (state === State.Quoted) return 'a quoted field is not closed';
      if (state === State.Broken) return 'text follows the closing quote of a field';
      return undefined;
    },
    innerLines: () => lines,
  };
}

/**
 * The records of a file in order, read in chunks: never more in memory than one record of at most `LONGEST_RECORD`.
 * A byte-order mark at the beginning of the file belongs to no record.
 * Throws the signal's reason when aborted, and the file system's errors.
 */
export async function* byteRecords(
  file: FileHandle,
  splitter: Splitter,
  signal?: AbortSignal,
): AsyncGenerator<ByteRecord> {
  const lineEnds = lineSplitter();
  // What is in memory: `bytes` stands at `base` in the file.
  let bytes: Buffer = Buffer.alloc(0);
  let base = 0;

  /** Reads on at `offset`, keeping what is in memory from `keep`. False at the end of the file. */
  const readOn = async (offset: number, keep: number): Promise<boolean> => {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await file.read(chunk, 0, CHUNK, offset);
    if (bytesRead === 0) return false;
    const fresh = chunk.subarray(0, bytesRead);
    bytes = keep < offset ? Buffer.concat([bytes.subarray(keep - base), fresh]) : fresh;
    base = Math.min(keep, offset);
    return true;
  };

  /** Finds the end of the record at `start`. */
  const delimit = async (start: number, by: Splitter) => {
    by.begin();
    if (start < base || start > base + bytes.length) {
      bytes = Buffer.alloc(0);
      base = start;
    }
    let whole = true;
    let searched = start;
    for (;;) {
      const found = by.find(bytes, searched - base);
      if (found >= 0) return { end: base + found, whole: whole && base + found - start <= LONGEST_RECORD, last: false };
      searched = base + bytes.length;
      whole &&= searched - start <= LONGEST_RECORD;
      if (!(await readOn(searched, whole ? start : searched))) return { end: searched, whole, last: true };
    }
  };

  /** The offset after the line end at `offset`. */
  const afterLineEnd = async (offset: number, keep: number): Promise<number> => {
    if (bytes[offset - base] !== CR) return offset + 1;
    const next = offset + 1;
    if (next >= base + bytes.length && !(await readOn(next, keep))) return next;
    return bytes[next - base] === LF ? next + 1 : next;
  };

  if (!(await readOn(0, 0))) return;
  let start = byteOrderMarkLength(bytes);
  let line = 0;
  for (;;) {
    let { end, whole, last } = await delimit(start, splitter);
    const fault = splitter.fault();
    const lines = fault === undefined ? splitter.innerLines() + 1 : 1;
    if (fault !== undefined) ({ end, whole, last } = await delimit(start, lineEnds));
    if (last && end === start) return;
    const next = last ? end : await afterLineEnd(end, whole ? start : end);
    yield { start, end, line, bytes: whole ? bytes.subarray(start - base, end - base) : undefined, fault };
    if (last) return;
    start = next;
    line += lines;
  }
}

/**
 * The bytes of one record, or undefined where the range no longer begins and ends at a line's border: the file was
 * edited since.
 */
export async function readRecordBytes(file: FileHandle, start: number, end: number): Promise<Buffer | undefined> {
  if (end - start > LONGEST_RECORD) return undefined;
  const before = Math.min(start, 3);
  const around = Buffer.alloc(before + (end - start) + 1);
  const { bytesRead } = await file.read(around, 0, around.length, start - before);
  if (bytesRead < before + (end - start)) return undefined;
  const begins =
    start === byteOrderMarkLength(around.subarray(0, before)) || isLineEnd(around[before - 1]) || start === 0;
  const ends = bytesRead < around.length || isLineEnd(around[bytesRead - 1]);
  return begins && ends ? around.subarray(before, before + (end - start)) : undefined;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}
