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
  /** Undefined where the record is longer than `LONGEST_RECORD`. */
  readonly bytes: Buffer | undefined;
  /** Why the record has no clear end; the next record then begins on the next line. */
  readonly fault: string | undefined;
}

/** What records are read from: an open file, or something that is read like one. */
export interface ByteSource {
  /** Copies up to `length` bytes that stand at `position` into `buffer`; none at the end. */
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
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
      const lineFeed = bytes.indexOf(LF, from);
      const carriageReturn = bytes.subarray(from, lineFeed < 0 ? bytes.length : lineFeed).indexOf(CR);
      return carriageReturn < 0 ? lineFeed : from + carriageReturn;
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
 * The records of a file in order, in batches of what one read completes: never more in memory than a chunk and one record
 * of at most `LONGEST_RECORD`. A byte-order mark at the beginning of the file belongs to no record.
 * Throws the signal's reason when aborted, and the file system's errors.
 */
export async function* byteRecords(
  file: ByteSource,
  splitter: Splitter,
  signal?: AbortSignal,
): AsyncGenerator<readonly ByteRecord[]> {
  const reader = recordReader(splitter);
  for (;;) {
    const batch = reader.records();
    if (batch.length > 0) yield batch;
    if (reader.isDone()) return;
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await file.read(chunk, 0, CHUNK, reader.wants());
    reader.read(chunk.subarray(0, bytesRead));
  }
}

interface RecordReader {
  /** The records that what was read completes. */
  records(): ByteRecord[];
  isDone(): boolean;
  /** The offset in the file that must be read next. */
  wants(): number;
  /** Takes what stands there; nothing at the end of the file. */
  read(chunk: Buffer): void;
}

function recordReader(splitter: Splitter): RecordReader {
  const lineEnds = lineSplitter();
  // What is in memory: `bytes` stands at `base` in the file.
  let bytes: Buffer = Buffer.alloc(0);
  let base = 0;
  let atEnd = false;
  // The record that is being read, and how far it has been looked through.
  let start = 0;
  let line = 0;
  let searched = 0;
  let isWhole = true;
  let by = splitter;
  let fault: string | undefined;

  const begin = (at: number): void => {
    start = at;
    searched = at;
    isWhole = true;
    by = splitter;
    fault = undefined;
    by.begin();
  };

  /** The end of the record, and the beginning of the next; undefined when more must be read. */
  const delimit = (): { end: number; next: number } | undefined => {
    const limit = base + bytes.length;
    const found = by.find(bytes, searched - base);
    if (found < 0) {
      searched = limit;
      return atEnd ? { end: limit, next: limit } : undefined;
    }
    const end = base + found;
    searched = end;
    if (bytes[found] !== CR) return { end, next: end + 1 };
    if (end + 1 === limit && !atEnd) return undefined;
    return { end, next: bytes[found + 1] === LF ? end + 2 : end + 1 };
  };

  /** Looks through the record again, as a line. */
  const startOver = (): void => {
    by = lineEnds;
    searched = start;
    if (isWhole) return;
    bytes = Buffer.alloc(0);
    base = start;
    atEnd = false;
  };

  begin(0);
  return {
    records: () => {
      const records: ByteRecord[] = [];
      while (start < base + bytes.length) {
        const found = delimit();
        if (found === undefined) break;
        fault ??= by.fault();
        if (fault !== undefined && by !== lineEnds) {
          startOver();
          continue;
        }
        const { end, next } = found;
        isWhole &&= end - start <= LONGEST_RECORD;
        records.push({
          start,
          end,
          line,
          bytes: isWhole ? bytes.subarray(start - base, end - base) : undefined,
          fault,
        });
        line += by.innerLines() + 1;
        begin(next);
      }
      return records;
    },
    isDone: () => atEnd && start >= base + bytes.length,
    wants: () => base + bytes.length,
    read: (chunk) => {
      atEnd = chunk.length === 0;
      const isFirst = base + bytes.length === 0;
      isWhole &&= searched - start <= LONGEST_RECORD;
      const keep = isWhole ? start : searched;
      bytes = Buffer.concat([bytes.subarray(keep - base), chunk]);
      base = keep;
      if (isFirst) begin(byteOrderMarkLength(bytes));
    },
  };
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
