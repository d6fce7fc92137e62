import { open, type FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from './arguments.js';

/** A line that has arrived, without its end. */
export interface ArrivedLine {
  /** File as it was named, or `stdin`. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** The lines of a stream as they come; the last one also without a line end. Ends when the signal is aborted. */
export async function* linesOf(
  input: NodeJS.ReadableStream,
  source: string,
  signal: AbortSignal,
): AsyncGenerator<ArrivedLine> {
  const lines = createInterface({ input, crlfDelay: Infinity });
  const close = (): void => lines.close();
  signal.addEventListener('abort', close, { once: true });
  let line = 0;
  try {
    for await (const text of lines) yield { source, line: ++line, text };
  } finally {
    signal.removeEventListener('abort', close);
    lines.close();
  }
}

/** Milliseconds between looks at files: file systems do not report appended lines in one way. */
const LOOK_EVERY = 200;
const CHUNK = 1 << 16;
const LINE_END = 0x0a;

/**
 * The lines that are appended to files from now on, until the signal is aborted. A line has arrived when its end has; one
 * that is unfinished now arrives with what was there of it. A file that was replaced or cut short is read from its start;
 * what it held of an unfinished line has then arrived. Settles when all ends have been found.
 * @throws UsageError for a file that cannot be read
 */
export async function appendedLines(
  files: readonly string[],
  signal: AbortSignal,
  lookEvery = LOOK_EVERY,
): Promise<AsyncGenerator<ArrivedLine>> {
  const followed: Followed[] = [];
  for (const file of files) {
    const place = { file, inode: 0, offset: 0, line: 0, rest: Buffer.alloc(0) };
    await readOn(place, () => undefined);
    followed.push(place);
  }
  return lookedFor(followed, signal, lookEvery);
}

async function* lookedFor(
  followed: readonly Followed[],
  signal: AbortSignal,
  lookEvery: number,
): AsyncGenerator<ArrivedLine> {
  while (!signal.aborted) {
    for (const place of followed) {
      const arrived: ArrivedLine[] = [];
      await readOn(place, (text) => arrived.push({ source: place.file, line: place.line, text }));
      yield* arrived;
    }
    await pause(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}

interface Followed {
  readonly file: string;
  inode: number;
  /** Bytes read so far, and how many lines they hold. */
  offset: number;
  line: number;
  /** What was read of a line that has no end yet. */
  rest: Buffer;
}

/** Reads what a file holds beyond what was read of it. */
async function readOn(place: Followed, onLine: (text: string) => void): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(place.file);
  } catch (error) {
    // A log that is rotated is gone for a moment.
    if (place.inode !== 0 && error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw new UsageError(`${place.file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  try {
    const { ino, size } = await handle.stat();
    if ((place.inode !== 0 && ino !== place.inode) || size < place.offset) {
      place.line++;
      if (place.rest.length > 0) onLine(place.rest.toString('utf8'));
      Object.assign(place, { offset: 0, line: 0, rest: Buffer.alloc(0) });
    }
    place.inode = ino;
    const chunk = Buffer.alloc(CHUNK);
    while (place.offset < size) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, place.offset);
      if (bytesRead === 0) break;
      place.offset += bytesRead;
      place.rest = Buffer.concat([place.rest, chunk.subarray(0, bytesRead)]);
      for (let end = place.rest.indexOf(LINE_END); end >= 0; end = place.rest.indexOf(LINE_END)) {
        const text = place.rest.toString('utf8', 0, end).replace(/\r$/, '');
        place.rest = place.rest.subarray(end + 1);
        place.line++;
        onLine(text);
      }
    }
  } catch (error) {
    throw new UsageError(`${place.file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    await handle.close();
  }
}
