import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Range } from '../corpus/types.js';
import type { Link } from '../learning/heads/relation.js';
import type { Mention } from '../learning/types.js';
import { UsageError } from './arguments.js';

/** The labelled records that simulations replay: JSONL, offsets in code points (design, section 3). */

export const TASKS = ['class', 'entity', 'relation'] as const;
export type Task = (typeof TASKS)[number];

const ClassRecord = z.looseObject({ text: z.string(), label: z.string() });
const offset = z.int().nonnegative();
const EntityRecord = z.looseObject({
  text: z.string(),
  entities: z.array(z.looseObject({ id: z.string().optional(), start: offset, end: offset, label: z.string().min(1) })),
});
const RelationRecord = EntityRecord.extend({
  relations: z.array(z.looseObject({ head: z.string(), tail: z.string(), label: z.string().min(1) })),
});

export interface LabelledClass {
  readonly text: string;
  readonly label: string;
}

/** Offsets in UTF-16 units; relations by the indices of their ends. */
export interface LabelledSpans {
  readonly text: string;
  readonly entities: readonly Mention[];
  readonly relations: readonly Link[];
}

/** Reads records with one class each. Throws UsageError with file and line. */
export async function readClassRecords(file: string): Promise<LabelledClass[]> {
  return readRecords(file, (value, place) => {
    const { text, label } = checked(ClassRecord, value, place, 'class', '{"text": "…", "label": "…"}');
    return { text, label };
  });
}

/** Reads records with entities and, for the relation task, the relations between them. Throws UsageError with file and line. */
export async function readSpanRecords(file: string, task: 'entity' | 'relation'): Promise<LabelledSpans[]> {
  const entity = '"entities": [{"id": "…", "start": 0, "end": 3, "label": "…"}]';
  return readRecords(file, (value, place) => {
    if (task === 'entity') {
      const { text, entities } = checked(EntityRecord, value, place, task, `{"text": "…", ${entity}}`);
      return { text, entities: mentionsOf(text, entities, place), relations: [] };
    }
    const example = `{"text": "…", ${entity}, "relations": [{"head": "…", "tail": "…", "label": "…"}]}`;
    const { text, entities, relations } = checked(RelationRecord, value, place, task, example);
    const ids = new Map<string, number>();
    entities.forEach(({ id }, i) => {
      if (id !== undefined && ids.has(id)) throw new UsageError(`${place}: two entities have the id '${id}'.`);
      if (id !== undefined) ids.set(id, i);
    });
    const end = (id: string): number => {
      const index = ids.get(id);
      if (index === undefined)
        throw new UsageError(`${place}: a relation names the entity '${id}', which is not there.`);
      return index;
    };
    return {
      text,
      entities: mentionsOf(text, entities, place),
      relations: relations.map(({ head, tail, label }) => ({ head: end(head), tail: end(tail), label })),
    };
  });
}

async function readRecords<T>(file: string, parse: (value: unknown, place: string) => T): Promise<T[]> {
  const records: T[] = [];
  let line = 0;
  try {
    for await (const row of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      line++;
      const content = line === 1 ? row.replace(/^\uFEFF/, '') : row;
      if (content.trim() !== '') records.push(parse(parseJson(content, `${file}:${line}`), `${file}:${line}`));
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (records.length === 0) throw new UsageError(`${file}:1: there are no records.`);
  return records;
}

function parseJson(source: string, place: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new UsageError(`${place} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, place: string, task: Task, example: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
  throw new UsageError(`${place}: a record for --task ${task} is ${example}${where}.`);
}

function mentionsOf(text: string, entities: readonly (Range & { label: string })[], place: string): Mention[] {
  const units = unitOffsets(text);
  return entities.map(({ start, end, label }) => {
    if (start >= end || end >= units.length)
      throw new UsageError(
        `${place}: the entity [${start}, ${end}) does not lie in the text of ${units.length - 1} code points.`,
      );
    return { start: units[start]!, end: units[end]!, label };
  });
}

/** The UTF-16 offset of each code point, and of the end. */
function unitOffsets(text: string): Uint32Array {
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  offsets.push(at);
  return Uint32Array.from(offsets);
}
