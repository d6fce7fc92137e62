import { isUtf8 } from 'node:buffer';
import type { Problem } from '../corpus/types.js';
import { Annotation } from './annotation.js';
import type { AnnotationType } from './annotation.js';
import { comparePlaces, entityStarts, placeOf } from './order.js';

/** One line of a label file, without its line feed. */
export type Line = AnnotationLine | OpaqueLine;

export interface AnnotationLine {
  /** As it stands in the file; what nobody edits is written back as it was. */
  readonly raw: string;
  readonly annotation: Annotation;
}

/** A line that this version does not understand: kept byte for byte. */
export interface OpaqueLine {
  /** Bytes where it is not UTF-8. */
  readonly raw: string | Uint8Array;
  readonly annotation?: undefined;
  /** Undefined for a blank line. */
  readonly problem?: LineProblem;
}

export interface LineProblem {
  readonly code: 'label-not-utf8' | 'label-not-json' | 'label-invalid' | 'label-merge-conflict';
  readonly message: string;
}

const optional = ['note', 'flag', 'origin', 'from', 'conflict', 'synthetic'];
const passage = ['spans', 'first', 'last', 'sha'];

/** The order of the keys (design, section 2). */
const keyOrder: Readonly<Record<AnnotationType, readonly string[]>> = {
  entity: ['id', 'type', 'label', 'doc', 'spans', 'before', 'after', 'by', 'at', ...optional],
  relation: ['id', 'type', 'label', 'doc', 'head', 'tail', 'by', 'at', ...optional],
  class: ['id', 'type', 'label', 'value', 'doc', ...passage, 'by', 'at', ...optional],
  rejection: ['id', 'type', 'of', 'label', 'value', 'doc', 'spans', 'head', 'tail', 'by', 'at', ...optional],
  review: ['id', 'type', 'answer', 'doc', ...passage, 'scope', 'query', 'by', 'at', ...optional],
};
const spanKeys = ['start', 'end', 'text'];
const originKeys = ['kind', 'model', 'probability'];
const queryKeys = ['strategy', 'score', 'seed', 'model', 'state'];

/** An annotation as one line: known keys in the design's order, unknown ones after them in the order they had. */
export function serialise(annotation: Annotation): string {
  return JSON.stringify(ordered(annotation, keyOrder[annotation.type]), nested);
}

function nested(key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (key === 'spans' && Array.isArray(value)) {
    return value.map((span: unknown) => (typeof span === 'object' && span !== null ? ordered(span, spanKeys) : span));
  }
  if (key === 'origin') return ordered(value, originKeys);
  if (key === 'query') return ordered(value, queryKeys);
  return value;
}

function ordered(object: object, keys: readonly string[]): object {
  const entries = Object.entries(object);
  const known = keys.flatMap((key) => entries.filter(([name]) => name === key));
  return Object.fromEntries([...known, ...entries.filter(([name]) => !keys.includes(name))]);
}

/** Parses one line; never throws. */
export function parseLine(raw: string): Line {
  if (raw.trim() === '') return { raw };
  if (/^(<{7}|={7}|>{7}|\|{7})( |\r?$)/.test(raw)) {
    const message = 'This is the mark of a merge conflict that git left: resolve it first.';
    return { raw, problem: { code: 'label-merge-conflict', message } };
  }
  // A line feed is ours to write; a carriage return before it, or a byte-order mark, is nobody's label.
  const text = raw.replace(/^\uFEFF/, '').replace(/\r$/, '');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { raw, problem: { code: 'label-not-json', message: `This line is not JSON and is left as it is: ${why}` } };
  }
  if (isAnnotation(value)) return { raw: text, annotation: value };
  const message = `This line is not a label that this version knows and is left as it is: ${wrongForm(value)}`;
  return { raw, problem: { code: 'label-invalid', message } };
}

/** The value itself is kept rather than the schema's copy, which would reorder keys. */
function isAnnotation(value: unknown): value is Annotation {
  return Annotation.safeParse(value).success;
}

function wrongForm(value: unknown): string {
  const issue = Annotation.safeParse(value).error?.issues[0];
  if (issue === undefined || issue.path.length === 0) return issue?.message ?? 'unknown form';
  return `${issue.path.join('.')}: ${issue.message}`;
}

/** Splits the bytes of a label file into its raw lines. The line feed at its end begins no further line. */
export function splitLines(bytes: Uint8Array): (string | Uint8Array)[] {
  if (bytes.length === 0) return [];
  if (isUtf8(bytes)) {
    // Not a TextDecoder, which would drop a byte-order mark.
    const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
  const lines: (string | Uint8Array)[] = [];
  for (let start = 0; start < bytes.length;) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed === -1 ? bytes.length : feed;
    const line = bytes.subarray(start, end);
    lines.push(isUtf8(line) ? Buffer.from(line).toString('utf8') : line);
    start = end + 1;
  }
  return lines;
}

/** As `parseLine`, for a line that may not be UTF-8. */
export function parseRaw(raw: string | Uint8Array): Line {
  if (typeof raw === 'string') return parseLine(raw);
  return { raw, problem: { code: 'label-not-utf8', message: 'This line is not UTF-8 and is left as it is.' } };
}

/** Problems of the lines of a file that were not understood. */
export function lineProblems(file: string, lines: Iterable<Line>): Problem[] {
  const problems: Problem[] = [];
  let number = 0;
  for (const line of lines) {
    number++;
    if (line.annotation !== undefined || line.problem === undefined) continue;
    problems.push({ file, line: number, severity: 'error', ...line.problem });
  }
  return problems;
}

/**
 * Sorts the lines of one file (design, section 2). Lines without an annotation stay behind the line they followed.
 * Of two lines with one id, the order they had is kept.
 */
export function sortLines(lines: readonly Line[]): Line[] {
  const starts = entityStarts(lines.flatMap(({ annotation }) => annotation ?? []));
  const leading: Line[] = [];
  const groups: { place: ReturnType<typeof placeOf>; lines: Line[] }[] = [];
  for (const line of lines) {
    if (line.annotation !== undefined) {
      groups.push({ place: placeOf(line.annotation, (id) => starts.get(id)), lines: [line] });
    } else (groups.at(-1)?.lines ?? leading).push(line);
  }
  groups.sort((a, b) => comparePlaces(a.place, b.place));
  return [...leading, ...groups.flatMap((group) => group.lines)];
}
