import type { FilePosition, Range } from '../corpus/types.js';

/**
 * What was typed into a text since it was saved, and where what stood in the saved text is now. Offsets are UTF-16
 * units into the file's text, line ends as the editor has them. Pure.
 */

/** A change as the editor tells it: `length` units from `offset` on gave way to `inserted` units. */
export interface TextChange {
  readonly offset: number;
  readonly length: number;
  readonly inserted: number;
}

/** A stretch [start, end) of the saved text that `length` units stand for now. */
export interface Hunk extends Range {
  readonly length: number;
}

/** In order; between them the two texts run in step, and no two touch. */
export type Hunks = readonly Hunk[];

/** The hunks after one more change, whose offset is into the text as it was before it. */
export function withChange(hunks: Hunks, { offset, length, inserted }: TextChange): Hunks {
  const before: Hunk[] = [];
  const after: Hunk[] = [];
  let start = offset;
  let end = offset + length;
  // Units that the text has gained: up to the hunk at hand, before the first one that the change touches, after the last.
  let gained = 0;
  let gainedBefore = 0;
  let gainedAfter: number | undefined;
  for (const hunk of hunks) {
    const from = hunk.start + gained;
    const to = from + hunk.length;
    const next = gained + hunk.length - (hunk.end - hunk.start);
    if (to < offset) {
      before.push(hunk);
      gainedBefore = next;
    } else if (from > offset + length) {
      after.push(hunk);
    } else {
      start = Math.min(start, from);
      end = Math.max(end, to);
      gainedAfter = next;
    }
    gained = next;
  }
  const merged = {
    start: start - gainedBefore,
    end: end - (gainedAfter ?? gainedBefore),
    length: end - start - length + inserted,
  };
  return [...before, merged, ...after];
}

/**
 * The hunks without what is the same in both texts: what was undone, or typed as it was, has not changed. Never cuts a
 * surrogate pair.
 */
export function trimmed(hunks: Hunks, saved: string, current: string): Hunks {
  const result: Hunk[] = [];
  let gained = 0;
  for (const hunk of hunks) {
    const from = hunk.start + gained;
    gained += hunk.length - (hunk.end - hunk.start);
    const [left, right] = common(saved.slice(hunk.start, hunk.end), current.slice(from, from + hunk.length));
    const rest = { start: hunk.start + left, end: hunk.end - right, length: hunk.length - left - right };
    if (rest.start < rest.end || rest.length > 0) result.push(rest);
  }
  return result;
}

/** The one hunk between two texts of which nothing else is known. */
export function hunksBetween(saved: string, current: string): Hunks {
  return trimmed([{ start: 0, end: saved.length, length: current.length }], saved, current);
}

/** Lengths of the beginning and of the end that two texts share. */
function common(a: string, b: string): [left: number, right: number] {
  const most = Math.min(a.length, b.length);
  let left = 0;
  while (left < most && a.charCodeAt(left) === b.charCodeAt(left)) left++;
  if (left > 0 && left < Math.max(a.length, b.length) && isHigh(a, left - 1)) left--;
  let right = 0;
  while (right < most - left && a.charCodeAt(a.length - 1 - right) === b.charCodeAt(b.length - 1 - right)) right++;
  if (right > 0 && isLow(a, a.length - right)) right--;
  return [left, right];
}

function isHigh(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit < 0xe000;
}

/**
 * Where a stretch of the saved text stands now. Text that is typed at its edges stays outside, text that is typed
 * inside belongs to it; undefined where nothing is left of what stood there, or less than half of it beside new text:
 * that is another text, which happens to share some letters.
 */
export function follow(hunks: Hunks, { start, end }: Range): Range | undefined {
  let gained = 0;
  let kept = end - start;
  let isTypedOver = false;
  let from: number | undefined;
  let to: number | undefined;
  for (const hunk of hunks) {
    if (hunk.start >= end) break;
    const grown = hunk.length - (hunk.end - hunk.start);
    if (hunk.end <= start) {
      gained += grown;
      continue;
    }
    const gone = Math.min(hunk.end, end) - Math.max(hunk.start, start);
    kept -= gone;
    isTypedOver ||= gone > 0 && hunk.length > 0;
    // Of a change across an edge it cannot be told which part of the new text would belong here.
    if (hunk.start < start) from = hunk.start + gained + hunk.length;
    if (hunk.end > end) to = hunk.start + gained;
    from ??= start + gained;
    gained += grown;
  }
  if (kept <= 0 || (isTypedOver && kept * 2 < end - start)) return undefined;
  return { start: from ?? start + gained, end: to ?? end + gained };
}

/** Where something that stands in the text now stood in the saved text; in new text, where that was put. */
export function followBack(hunks: Hunks, offset: number): number {
  let gained = 0;
  for (const hunk of hunks) {
    const from = hunk.start + gained;
    if (offset <= from) break;
    if (offset < from + hunk.length) return hunk.start;
    gained += hunk.length - (hunk.end - hunk.start);
  }
  return offset - gained;
}

/** Offsets of a text's lines: LF, CRLF and CR each end one, as in the editor. */
export class Lines {
  readonly #starts: readonly number[];
  readonly #length: number;

  constructor(text: string) {
    const starts = [0];
    for (const { index, 0: end } of text.matchAll(/\r\n?|\n/g)) starts.push(index + end.length);
    this.#starts = starts;
    this.#length = text.length;
  }

  offsetOf({ line, character }: FilePosition): number {
    const start = this.#starts[line];
    return start === undefined ? this.#length : Math.min(start + character, this.#starts[line + 1] ?? this.#length);
  }

  positionOf(offset: number): FilePosition {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle;
    }
    return { line: low, character: offset - this.#starts[low]! };
  }
}
