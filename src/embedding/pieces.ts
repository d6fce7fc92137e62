import type { Range } from '../corpus/types.js';
import { align, byteUnits, foldedUnits, printableByteUnits, sourceStretch, type Alignment } from './align.js';
import type { PieceModel, TokenizerStages } from './tokenizer.js';

/** The pieces of a text, special ones left out. */
export interface Pieces {
  /** As whole-text tokenisation gives them. */
  readonly ids: readonly number[];
  /**
   * Where each piece stands in the text, in UTF-16 units, white space at its ends left out. Starts and ends never
   * decrease. Pieces that are parts of one character (bytes, an expanded ligature) each have the whole of it.
   */
  readonly ranges: readonly Range[];
}

/** A piece and its stretch, of the pre-token or of the text. */
interface Piece extends Range {
  readonly id: number;
}

/** Words seen lately; texts repeat few words very often. */
const WORDS_REMEMBERED = 50_000;
const LONGEST_REMEMBERED = 64;

/** Makes the function that cuts texts into pieces, as the tokenizer does, with offsets. */
export function createPieceEncoder(stages: TokenizerStages): (text: string) => Pieces {
  const words = new Map<string, readonly Piece[]>();
  const space = stages.byteLevel ? BYTE_SPACE : SPACE;
  const unknownId = stages.model.unknown === undefined ? undefined : stages.idOf(stages.model.unknown);
  const idOf = (piece: string): number => {
    const id = stages.idOf(piece) ?? unknownId;
    if (id !== undefined) return id;
    throw new Error(`tokenizer.json: the piece "${piece}" is not in the vocabulary, and there is no unknown piece.`);
  };
  const piecesOf = (preToken: string): readonly Piece[] => {
    const known = words.get(preToken);
    if (known) return known;
    const pieces = locatePieces(stages.model, preToken).map(({ piece, start, end }) => ({
      id: idOf(piece),
      ...withoutSpace(start, end, preToken, space),
    }));
    if (preToken.length <= LONGEST_REMEMBERED) {
      if (words.size >= WORDS_REMEMBERED) words.clear();
      words.set(preToken, pieces);
    }
    return pieces;
  };

  return (text) => {
    const ids: number[] = [];
    const ranges: Range[] = [];
    const emit = (id: number, start: number, end: number): void => {
      ids.push(id);
      ranges.push(trim(text, start, end));
    };

    let sectionIndex = -1;
    for (const section of splitOff(stages.splitAdded(text), stages)) {
      sectionIndex++;
      if (section.text.length === 0) continue;
      if (stages.addedToken(section.text)) {
        emit(idOf(section.text), section.start, section.start + section.text.length);
        continue;
      }
      const normalised = normalise(section.text, stages);
      for (const part of splitOff(stages.splitAddedNormalised(normalised.text), stages)) {
        if (part.text.length === 0) continue;
        const inText = (start: number, end: number): Range => {
          const stretch = sourceStretch(normalised.alignment, part.start + start, part.start + end);
          return { start: section.start + stretch.start, end: section.start + stretch.end };
        };
        if (stages.addedToken(part.text)) {
          const { start, end } = inText(0, part.text.length);
          emit(idOf(part.text), start, end);
          continue;
        }
        const preTokens = stages.preTokenise?.(part.text, sectionIndex) ?? [part.text];
        const located = locatePreTokens(part.text, preTokens, stages.byteLevel);
        const found: Piece[] = [];
        preTokens.forEach((preToken, index) => {
          const base = located.bases[index]!;
          for (const { id, start, end } of piecesOf(preToken)) {
            const stretch = sourceStretch(located.alignment, base + start, base + end);
            const range = inText(stretch.start, stretch.end);
            found.push({ id, start: range.start, end: range.end });
          }
        });
        const pieces = stages.model.fusesUnknown ? fuseUnknown(found, unknownId) : found;
        for (const { id, start, end } of pieces) emit(id, start, end);
      }
    }
    return { ids, ranges };
  };
}

interface Section {
  readonly text: string;
  readonly start: number;
}

/** Sections that follow one another, with their starts; added tokens take white space beside them along. */
function splitOff(parts: readonly string[], stages: TokenizerStages): Section[] {
  let at = 0;
  const sections = parts.map((text) => {
    const section = { text, start: at };
    at += text.length;
    return section;
  });
  parts.forEach((part, i) => {
    const token = stages.addedToken(part);
    if (token?.lstrip && i > 0) sections[i - 1]!.text = sections[i - 1]!.text.trimEnd();
    if (token?.rstrip && i + 1 < sections.length) {
      const next = sections[i + 1]!;
      const trimmed = next.text.trimStart();
      next.start += next.text.length - trimmed.length;
      next.text = trimmed;
    }
  });
  return sections;
}

function normalise(text: string, stages: TokenizerStages): { text: string; alignment: Alignment | undefined } {
  let result = text;
  if (stages.removesSpace) result = result.trim().split(/\s+/).join(' ');
  if (stages.lowersAndStripsAccents) result = result.toLowerCase().replace(/\p{M}/gu, '');
  if (stages.normalise) result = stages.normalise(result);
  return { text: result, alignment: alignText(text, result) };
}

/** Undefined where every character stayed in its place. */
function alignText(source: string, result: string): Alignment | undefined {
  if (source === result || samePlaces(source, result)) return undefined;
  return align(foldedUnits(source), foldedUnits(result), result.length);
}

/** Whether a normaliser only lower-cased, and put spaces for other white space. */
function samePlaces(source: string, result: string): boolean {
  if (source.length !== result.length) return false;
  for (let i = 0; i < source.length; i++) {
    if (source.charCodeAt(i) === result.charCodeAt(i)) continue;
    const from = source.charAt(i);
    const to = result.charAt(i);
    if (from.toLowerCase() !== to && !(to === ' ' && /\s/.test(from))) return false;
  }
  return true;
}

interface LocatedPreTokens {
  /** Where each pre-token begins: in the text or, where there is an alignment, in all pre-tokens joined. */
  readonly bases: readonly number[];
  readonly alignment: Alignment | undefined;
}

function locatePreTokens(text: string, preTokens: readonly string[], byteLevel: boolean): LocatedPreTokens {
  if (!byteLevel) {
    const bases = findInOrder(text, preTokens);
    if (bases) return { bases, alignment: undefined };
  }
  const bases: number[] = [];
  let joined = '';
  for (const preToken of preTokens) {
    bases.push(joined.length);
    joined += preToken;
  }
  const alignment = byteLevel
    ? align(byteUnits(text), printableByteUnits(joined, BYTE_OF), joined.length)
    : align(foldedUnits(text), foldedUnits(joined), joined.length);
  return { bases, alignment };
}

/** Starts of the pre-tokens where they follow one another in the text with nothing but white space between. */
function findInOrder(text: string, preTokens: readonly string[]): number[] | undefined {
  const bases: number[] = [];
  let at = 0;
  for (const preToken of preTokens) {
    while (!text.startsWith(preToken, at)) {
      if (at >= text.length || !/\s/.test(text.charAt(at))) return undefined;
      at++;
    }
    bases.push(at);
    at += preToken.length;
  }
  return bases;
}

/** GPT-2's alphabet: printable Latin-1 characters are themselves, the other bytes follow from U+0100. */
const BYTE_OF: ReadonlyMap<string, number> = (() => {
  const byteOf = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    byteOf.set(String.fromCharCode(printable ? byte : next++), byte);
  }
  return byteOf;
})();

/** White space in a pre-token: as itself, as ▁ or in GPT-2's alphabet (space, tab, line feed, carriage return). */
const SPACE = /[\s▁]/;
const BYTE_SPACE = /[ĠĉĊč]/;

function withoutSpace(start: number, end: number, preToken: string, space: RegExp): Range {
  let from = start;
  while (from < end && space.test(preToken.charAt(from))) from++;
  return { start: from < end ? from : start, end };
}

/** A piece as the model spells it, and its stretch of the pre-token. */
interface SpelledPiece extends Range {
  readonly piece: string;
}

/** Finds the pieces of a pre-token in it. What the model skipped for want of an unknown piece is passed over. */
function locatePieces(model: PieceModel, preToken: string): SpelledPiece[] {
  const pieces = model.encode(preToken);
  const only = pieces[0];
  if (pieces.length === 1 && only === model.unknown && only !== undefined) {
    return [{ piece: only, start: 0, end: preToken.length }];
  }
  const located: SpelledPiece[] = [];
  let at = 0;
  let bytesLeft = 0;
  for (const piece of pieces) {
    const character = characterAt(preToken, at);
    if (bytesLeft > 0 || (model.fallsBackToBytes && isByte(piece) && !preToken.startsWith(piece, at))) {
      if (bytesLeft === 0) bytesLeft = new TextEncoder().encode(character).length;
      located.push({ piece, start: at, end: at + character.length });
      if (--bytesLeft === 0) at += character.length;
      continue;
    }
    const found = findSurface(model, piece, preToken, at);
    if (found) {
      located.push({ piece, ...found });
      at = found.end;
    } else {
      // An unknown piece stands for one character.
      located.push({ piece, start: at, end: at + character.length });
      at += character.length;
    }
  }
  return located;
}

function findSurface(model: PieceModel, piece: string, preToken: string, at: number): Range | undefined {
  const surfaces = [piece];
  if (model.continuingPrefix && at > 0 && piece.startsWith(model.continuingPrefix)) {
    surfaces.unshift(piece.slice(model.continuingPrefix.length));
  }
  for (const suffix of [model.continuingSuffix, model.endOfWordSuffix]) {
    if (suffix && piece.endsWith(suffix)) surfaces.unshift(piece.slice(0, -suffix.length));
  }
  for (const surface of surfaces) {
    if (preToken.startsWith(surface, at)) return { start: at, end: at + surface.length };
  }
  if (piece === model.unknown) return undefined;
  for (const surface of surfaces) {
    const later = preToken.indexOf(surface, at);
    if (later >= 0) return { start: later, end: later + surface.length };
  }
  return undefined;
}

const isByte = (piece: string): boolean => /^<0x[0-9A-F]{2}>$/.test(piece);

function characterAt(text: string, at: number): string {
  const codePoint = text.codePointAt(at);
  return codePoint === undefined ? '' : String.fromCodePoint(codePoint);
}

/** Joins neighbouring unknown pieces. */
function fuseUnknown(pieces: readonly Piece[], unknownId: number | undefined): readonly Piece[] {
  const fused: Piece[] = [];
  for (const piece of pieces) {
    const before = fused.at(-1);
    if (piece.id === unknownId && before?.id === unknownId) {
      fused[fused.length - 1] = { ...before, end: piece.end };
    } else fused.push(piece);
  }
  return fused;
}

/** Leaves white space at the ends of a range out, unless nothing would be left. */
function trim(text: string, start: number, end: number): Range {
  let from = start;
  let to = end;
  while (from < to && /\s/.test(text.charAt(from))) from++;
  while (to > from && /\s/.test(text.charAt(to - 1))) to--;
  return from < to ? { start: from, end: to } : { start, end };
}
