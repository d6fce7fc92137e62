import type { Placement, Respelling } from '../source-map.js';

/**
 * Finds the string at a path of object keys in one line of JSON that `JSON.parse` has accepted, and where its escapes
 * are. Of several members with one key the last counts, as in `JSON.parse`.
 */
export function placeOfString(source: string, keys: readonly string[]): Omit<Placement, 'source' | 'line'> {
  const start = valueStart(source, keys) + 1;
  const end = skipString(source, start - 1) - 1;
  return { value: { start, end }, respellings: escapes(source, start, end) };
}

/** The number literal at a path, as written: JavaScript's numbers cannot hold every id. */
export function literalAt(source: string, keys: readonly string[]): string {
  const start = valueStart(source, keys);
  return source.slice(start, skipValue(source, start));
}

function valueStart(source: string, keys: readonly string[]): number {
  let at = skipSpace(source, 0);
  for (const key of keys) at = memberStart(source, at, key);
  return at;
}

/** Where the value of a key begins, in the object that begins at `at`. */
function memberStart(source: string, at: number, key: string): number {
  let found = -1;
  let i = skipSpace(source, at + 1);
  while (source[i] === '"') {
    const keyEnd = skipString(source, i);
    const value = skipSpace(source, skipSpace(source, keyEnd) + 1);
    if (JSON.parse(source.slice(i, keyEnd)) === key) found = value;
    i = skipSpace(source, skipValue(source, value));
    if (source[i] === ',') i = skipSpace(source, i + 1);
  }
  if (found < 0) throw new Error(`No member "${key}" in the object at ${at}.`);
  return found;
}

/** The index after the value that begins at `at`. */
function skipValue(source: string, at: number): number {
  if (source[at] === '"') return skipString(source, at);
  let depth = 0;
  let i = at;
  while (i < source.length) {
    const char = source[i]!;
    if (char === '"') {
      i = skipString(source, i);
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth === 0) return i;
      depth--;
      if (depth === 0) return i + 1;
    } else if (depth === 0 && (char === ',' || isSpace(char))) return i;
    i++;
  }
  return i;
}

/** The index after the string literal that begins at `at`. */
function skipString(source: string, at: number): number {
  let i = at + 1;
  while (source[i] !== '"') i += source[i] === '\\' ? 2 : 1;
  return i + 1;
}

function skipSpace(source: string, at: number): number {
  let i = at;
  while (i < source.length && isSpace(source[i]!)) i++;
  return i;
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r';
}

/** The escapes between `start` and `end`; CR and LF escaped one after the other are one line feed of the text. */
function escapes(source: string, start: number, end: number): Respelling[] {
  const found: Respelling[] = [];
  // Source units minus text units, up to here.
  let surplus = start;
  let carriageReturnEnd = -1;
  for (let i = source.indexOf('\\', start); i >= 0 && i < end;) {
    const length = source[i + 1] === 'u' ? 6 : 2;
    const unit = length === 6 ? Number.parseInt(source.slice(i + 2, i + 6), 16) : source.charCodeAt(i + 1);
    const isLineFeed = length === 6 ? unit === 0x0a : source[i + 1] === 'n';
    const isCarriageReturn = length === 6 ? unit === 0x0d : source[i + 1] === 'r';
    const previous = found.at(-1);
    if (isLineFeed && previous !== undefined && carriageReturnEnd === i) {
      found[found.length - 1] = { ...previous, length: previous.length + length };
      surplus += length;
    } else {
      found.push({ text: i - surplus, source: i, length });
      surplus += length - 1;
    }
    carriageReturnEnd = isCarriageReturn ? i + length : -1;
    i = source.indexOf('\\', i + length);
  }
  return found;
}
