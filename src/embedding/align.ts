/**
 * Aligns a text with what a tokenizer made of it (lower-cased, stripped of accents, composed, with spaces added or
 * replaced), so that every character of the result knows where it came from.
 *
 * Both sides are folded to comparable units: compatibility decomposition, then case folding, one code point at a time.
 * By the stability of Unicode normalisation (UAX #15) NFC, NFD, NFKC and NFKD leave those units as they are up to the
 * order of marks, and lower-casing and accent stripping change or remove nothing but case and marks. So units match one
 * to one except for spaces, marks and invisible characters, which may appear and vanish.
 */

const SOLID = 0;
/** White space, and the ▁ that stands for it in SentencePiece. */
const SPACE = 1;
/** Combining marks: normalisers drop and reorder them. */
const MARK = 2;
/** Control, format and unassigned characters: normalisers drop them or put a space in their place. */
const INVISIBLE = 3;
type Kind = typeof SOLID | typeof SPACE | typeof MARK | typeof INVISIBLE;

/** Comparable units of a string, each with the UTF-16 stretch that it came from. */
export interface Units {
  readonly codes: number[];
  readonly kinds: Kind[];
  readonly starts: number[];
  readonly ends: number[];
}

/** For each UTF-16 unit of the result, the UTF-16 stretch of the source; both arrays never decrease. */
export interface Alignment {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** How far to look for a place where two sides agree again after something unknown was replaced. */
const LOOKAHEAD = 24;

const SPACE_CODE = 0x20;
const foldedCodes = new Map<number, { codes: readonly number[]; kinds: readonly Kind[] }>();

/** Units of a string for `align`. */
export function foldedUnits(text: string): Units {
  const units: Units = { codes: [], kinds: [], starts: [], ends: [] };
  for (let start = 0; start < text.length;) {
    const codePoint = text.codePointAt(start) ?? 0;
    const end = start + (codePoint > 0xffff ? 2 : 1);
    const { codes, kinds } = fold(codePoint);
    for (let i = 0; i < codes.length; i++) {
      units.codes.push(codes[i]!);
      units.kinds.push(kinds[i]!);
      units.starts.push(start);
      units.ends.push(end);
    }
    start = end;
  }
  return units;
}

/** What a code point is compared by. */
function fold(codePoint: number): { codes: readonly number[]; kinds: readonly Kind[] } {
  const known = foldedCodes.get(codePoint);
  if (known) return known;
  const character = String.fromCodePoint(codePoint);
  // Lower, upper, lower: ß, ẞ and SS, or σ and ς, meet.
  const decomposed = character.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().normalize('NFKD');
  const codes: number[] = [];
  const kinds: Kind[] = [];
  for (const part of decomposed) {
    const kind = kindOf(part);
    codes.push(kind === SPACE ? SPACE_CODE : (part.codePointAt(0) ?? 0));
    kinds.push(kind);
  }
  const folded = { codes, kinds };
  foldedCodes.set(codePoint, folded);
  return folded;
}

function kindOf(character: string): Kind {
  if (/[\s\u2581]/.test(character)) return SPACE;
  if (/\p{M}/u.test(character)) return MARK;
  return /[\p{C}\uFFFD]/u.test(character) ? INVISIBLE : SOLID;
}

/** UTF-8 bytes of a text as units: what byte-level BPE compares by. Lone surrogates encode as U+FFFD. */
export function byteUnits(text: string): Units {
  const units: Units = { codes: [], kinds: [], starts: [], ends: [] };
  const encoder = new TextEncoder();
  for (let start = 0; start < text.length;) {
    const codePoint = text.codePointAt(start) ?? 0;
    const end = start + (codePoint > 0xffff ? 2 : 1);
    if (codePoint < 0x80) pushByte(units, codePoint, start, end);
    else for (const byte of encoder.encode(text.slice(start, end))) pushByte(units, byte, start, end);
    start = end;
  }
  return units;
}

/** Characters that each stand for a byte (GPT-2's printable alphabet) as units. */
export function printableByteUnits(text: string, byteOf: ReadonlyMap<string, number>): Units {
  const units: Units = { codes: [], kinds: [], starts: [], ends: [] };
  for (let i = 0; i < text.length; i++) pushByte(units, byteOf.get(text.charAt(i)) ?? -1, i, i + 1);
  return units;
}

function pushByte(units: Units, byte: number, start: number, end: number): void {
  units.codes.push(byte);
  units.kinds.push(byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) ? SPACE : SOLID);
  units.starts.push(start);
  units.ends.push(end);
}

/**
 * Aligns the units of a result (a string of `length` UTF-16 units) with those of its source.
 * What was inserted has an empty stretch where it was inserted; what was dropped (other than white space) belongs to
 * the character before it.
 */
export function align(source: Units, result: Units, length: number): Alignment {
  const starts = new Int32Array(length).fill(-1);
  const ends = new Int32Array(length).fill(-1);
  let i = 0;
  let j = 0;
  /** The result's unit that was last given a stretch. */
  let last = -1;
  const give = (unit: number, start: number, end: number): void => {
    for (let at = result.starts[unit]!; at < result.ends[unit]!; at++) {
      if (starts[at] === -1 || start < starts[at]!) starts[at] = start;
      if (end > ends[at]!) ends[at] = end;
    }
    last = unit;
  };
  const drop = (): void => {
    const visible = source.kinds[i] !== SPACE && last >= 0 && result.kinds[last] !== SPACE;
    if (visible) give(last, source.starts[i]!, source.ends[i]!);
    i++;
  };
  const insert = (): void => {
    if (result.kinds[j] !== SPACE && last >= 0) {
      const at = result.starts[last]!;
      give(j, starts[at]!, ends[at]!);
    } else {
      const at = i < source.codes.length ? source.starts[i]! : (source.ends.at(-1) ?? 0);
      give(j, at, at);
    }
    j++;
  };
  const match = (): void => give(j++, source.starts[i]!, source.ends[i++]!);
  const perform = { match, drop, insert };

  while (i < source.codes.length || j < result.codes.length) {
    if (i < source.codes.length && source.codes[i] === result.codes[j]) {
      match();
      continue;
    }
    const loose = looseRuns(source, result, i, j);
    if (loose.inSource > 0 || loose.inResult > 0) {
      for (const step of alignRuns(source, result, i, i + loose.inSource, j, j + loose.inResult)) perform[step]();
      continue;
    }
    const { inSource, inResult } = resynchronise(source, result, i, j);
    const start = source.starts[i] ?? source.ends.at(-1) ?? 0;
    const end = inSource > 0 ? source.ends[i + inSource - 1]! : start;
    for (let k = 0; k < inResult; k++) give(j + k, start, end);
    i += inSource;
    j += inResult;
  }
  return monotone({ starts, ends });
}

interface Skip {
  readonly inSource: number;
  readonly inResult: number;
}

/** How many units that may appear and vanish stand at i and j. */
function looseRuns(source: Units, result: Units, i: number, j: number): Skip {
  let inSource = 0;
  while (i + inSource < source.kinds.length && source.kinds[i + inSource] !== SOLID) inSource++;
  let inResult = 0;
  while (j + inResult < result.kinds.length && result.kinds[j + inResult] !== SOLID) inResult++;
  return { inSource, inResult };
}

type Step = 'match' | 'drop' | 'insert';

/** Aligns two runs of loose units [i, iEnd) and [j, jEnd) by their longest common subsequence. */
function alignRuns(source: Units, result: Units, i: number, iEnd: number, j: number, jEnd: number): Step[] {
  const rows = iEnd - i;
  const columns = jEnd - j;
  // Runs this long are a few characters over and over: their order says nothing.
  if (rows * columns > 250_000) {
    const paired = Math.min(rows, columns);
    return [...repeat('match', paired), ...repeat('drop', rows - paired), ...repeat('insert', columns - paired)];
  }
  const width = columns + 1;
  const common = new Float64Array((rows + 1) * width);
  const worth = (row: number, column: number): number => {
    if (source.codes[i + row] === result.codes[j + column]) return source.kinds[i + row] === SPACE ? 0.5 : 1;
    // A character that was replaced by a space is better paired with it than dropped, but only just.
    return source.kinds[i + row] === INVISIBLE && result.kinds[j + column] === SPACE ? 1e-4 : 0;
  };
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = columns - 1; column >= 0; column--) {
      const gain = worth(row, column);
      const paired = gain > 0 ? gain + common[(row + 1) * width + column + 1]! : 0;
      common[row * width + column] = Math.max(
        paired,
        common[(row + 1) * width + column]!,
        common[row * width + column + 1]!,
      );
    }
  }
  const steps: Step[] = [];
  let row = 0;
  let column = 0;
  while (row < rows && column < columns) {
    const best = common[row * width + column]!;
    const gain = worth(row, column);
    if (gain > 0 && gain + common[(row + 1) * width + column + 1]! === best) {
      steps.push('match');
      row++;
      column++;
    } else if (common[(row + 1) * width + column] === best) {
      steps.push('drop');
      row++;
    } else {
      steps.push('insert');
      column++;
    }
  }
  return [...steps, ...repeat('drop', rows - row), ...repeat('insert', columns - column)];
}

function repeat(step: Step, count: number): Step[] {
  return new Array<Step>(count).fill(step);
}

/** The shortest stretches to skip on both sides until they agree for a few units; one each where they never do. */
function resynchronise(source: Units, result: Units, i: number, j: number): Skip {
  const left = source.codes.length - i;
  const right = result.codes.length - j;
  for (let skip = 1; skip <= 2 * LOOKAHEAD; skip++) {
    for (let inSource = Math.max(0, skip - LOOKAHEAD); inSource <= Math.min(skip, LOOKAHEAD); inSource++) {
      const inResult = skip - inSource;
      if (inSource > left || inResult > right) continue;
      let agree = 0;
      while (agree < 3 && source.codes[i + inSource + agree] === result.codes[j + inResult + agree]) agree++;
      if (agree === 3) return { inSource, inResult };
    }
  }
  return { inSource: Math.min(1, left), inResult: Math.min(1, right) };
}

/** Normalisers may reorder marks; pieces must still come in order. */
function monotone({ starts, ends }: Alignment): Alignment {
  for (let i = 1; i < ends.length; i++) ends[i] = Math.max(ends[i]!, ends[i - 1]!);
  for (let i = 0; i < starts.length; i++) if (starts[i] === -1) starts[i] = i > 0 ? starts[i - 1]! : 0;
  for (let i = starts.length - 2; i >= 0; i--) starts[i] = Math.min(starts[i]!, starts[i + 1]!);
  for (let i = 0; i < ends.length; i++) ends[i] = Math.max(ends[i]!, starts[i]!);
  return { starts, ends };
}

/** The source of a stretch [start, end) of the result, carried through an alignment; undefined stands for identity. */
export function sourceStretch(
  alignment: Alignment | undefined,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } {
  if (!alignment) return { start, end };
  if (start >= alignment.starts.length) {
    const at = alignment.ends.at(-1) ?? 0;
    return { start: at, end: at };
  }
  const from = alignment.starts[start]!;
  return end > start ? { start: from, end: alignment.ends[end - 1]! } : { start: from, end: from };
}
