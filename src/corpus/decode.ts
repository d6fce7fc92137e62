import { isUtf8 } from 'node:buffer';
import type { Problem } from './types.js';

/** A whole-text file larger than this is skipped: its text, passages and map would all be in memory at once. */
export const LARGEST_TEXT_FILE = 50_000_000;

/** A record file larger than this is worth a word: it streams, but takes its time. */
export const LARGE_RECORD_FILE = 100_000_000;

/** A record longer than this is skipped without being kept in memory. */
export const LONGEST_RECORD = 8 * 1024 * 1024;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** Number of bytes of the UTF-8 byte-order mark at the beginning of a file: 3 or 0. */
export function byteOrderMarkLength(bytes: Uint8Array): number {
  return BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte) ? BYTE_ORDER_MARK.length : 0;
}

/** NUL does not occur in text; UTF-16 and UTF-32 are full of it. */
export function isBinary(bytes: Uint8Array): boolean {
  return bytes.includes(0);
}

/**
 * Strict UTF-8 (no replacement characters, since they would shift offsets silently); undefined where the bytes are not
 * UTF-8. Keeps line ends and byte-order marks.
 */
export function decodeUtf8(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

/** Zero-based line of the first byte that is not UTF-8. LF, CRLF and CR each end a line. */
export function invalidUtf8Line(bytes: Buffer): number {
  let line = 0;
  for (let start = 0; start < bytes.length; line++) {
    const next = nextLine(bytes, start);
    // Line ends never occur inside a longer UTF-8 sequence, so lines can be judged one by one.
    if (!isUtf8(bytes.subarray(start, next))) return line;
    start = next;
  }
  return line;
}

/** Index of the first byte after the line that holds `from`; the length where it is the last. */
function nextLine(bytes: Buffer, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 0x0a) return i + 1;
    if (byte === 0x0d) return bytes[i + 1] === 0x0a ? i + 2 : i + 1;
  }
  return bytes.length;
}

/** The problem of a file or folder that the file system does not let us read. */
export function unreadable(file: string, error: unknown): Problem {
  return {
    file,
    line: 1,
    severity: 'error',
    code: 'unreadable',
    message: `This cannot be read, so it is left out: ${error instanceof Error ? error.message : String(error)}. Check its permissions, or exclude it in marginalia.json.`,
  };
}
