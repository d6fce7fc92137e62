import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { parseLine } from './serialise.js';
import type { AnnotationLine } from './serialise.js';
import type { Writer } from './writer.js';

/**
 * A journal stands beside a label file, `.<file>.<writer>-<n>.journal`, and holds the acknowledged changes that are
 * not in it yet: a line for each edit, `{"changes":[[id, line before or null, line after or null], …]}`.
 */

/** What an edit does to one id. */
export interface LineChange {
  readonly before: AnnotationLine | undefined;
  readonly after: AnnotationLine | undefined;
}

export type Changes = ReadonlyMap<string, LineChange>;

const Entry = z.object({
  changes: z.array(z.tuple([z.string(), z.string().nullable(), z.string().nullable()])),
});

export function encodeChanges(changes: Changes): string {
  const list = Array.from(changes, ([id, { before, after }]) => [id, before?.raw ?? null, after?.raw ?? null]);
  return `${JSON.stringify({ changes: list })}\n`;
}

/**
 * The changes that a journal holds. What a crash cut off at its end was never acknowledged and is left out; anything
 * else that cannot be read makes it `damaged`.
 */
export function decodeJournal(bytes: Uint8Array): { edits: Changes[]; damaged: boolean } {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  const edits: Changes[] = [];
  let damaged = false;
  lines.forEach((line, index) => {
    const changes = decodeChanges(line);
    if (changes !== undefined) edits.push(changes);
    else if (index < lines.length - 1) damaged = true;
  });
  return { edits, damaged };
}

function decodeChanges(line: string): Changes | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const entry = Entry.safeParse(value);
  if (!entry.success) return undefined;
  const changes = new Map<string, LineChange>();
  for (const [id, before, after] of entry.data.changes) {
    changes.set(id, { before: annotationLine(before), after: annotationLine(after) });
  }
  return changes;
}

function annotationLine(raw: string | null): AnnotationLine | undefined {
  const line = raw === null ? undefined : parseLine(raw);
  return line?.annotation === undefined ? undefined : line;
}

/** @param file path of the label file */
export function journalPath(file: string, writer: Writer, n: number): string {
  return join(dirname(file), `.${basename(file)}.${writer.name}-${n}.journal`);
}

/** What the name of a journal says; undefined for any other name. */
export function journalName(name: string): { file: string; writer: string; n: number } | undefined {
  const match = /^\.(.+\.jsonl)\.([^.]+)-(\d+)\.journal$/.exec(name);
  return match === null ? undefined : { file: match[1]!, writer: match[2]!, n: Number(match[3]) };
}

/** A journal that cannot be read is put aside under a name that nobody replays. */
export function damagedName(path: string): string {
  return path.replace(/\.journal$/, '.damaged.journal');
}

/** What git ignores in the labels folder. */
export const gitignore = '.*.journal\n.*.lock\n.*.tmp\n';
