import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { onTestFinished } from 'vitest';
import { textMap } from '../../../src/corpus/source-map.js';
import type { Document } from '../../../src/corpus/types.js';
import { Annotation } from '../../../src/labels/annotation.js';
import { entity } from '../../../src/labels/create.js';

export function documentOf(text: string, id = 'docs/a.md'): Document {
  return {
    ref: { id, file: id, kind: 'text', start: 0, end: Buffer.byteLength(text), line: 1 },
    text,
    map: textMap(text),
  };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'marginalia-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An entity with an id of its own, over the nth ten code points of a document. */
export function entityAt(n: number, options: { label?: string; doc?: string; by?: string } = {}): Annotation {
  const { label = 'Person', doc = 'docs/a.md', by = 'mei' } = options;
  const text = 'x'.repeat(10 * (n + 1));
  const at = new Date('2026-11-23T10:00:00Z');
  return entity(documentOf(text, doc), label, [{ start: 10 * n, end: 10 * n + 10 }], { by, at });
}

const text = fc.string({ unit: 'binary', maxLength: 8 });
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 });
const offset = fc.nat({ max: 50 });
const double = fc.double({ min: 0, max: 1, noNaN: true }).map((x) => x + 0); // No -0, which JSON does not know.
/** Keys that this version does not know; those that look like numbers come first in every JavaScript object. */
const unknownKeys = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 5 }).map((key) => `x${key}`),
  fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  { maxKeys: 2 },
);
const span = fc.record({ start: offset, end: offset });
const quote = fc.record({ start: offset, end: offset, text });

function line(fields: Record<string, fc.Arbitrary<unknown>>, optional: Record<string, fc.Arbitrary<unknown>> = {}) {
  const required = fc.record({
    id: fc.string({ unit: fc.constantFrom('0', '1', '2', '\u{1F600}', '\uFFFD'), minLength: 1, maxLength: 4 }),
    doc: fc.constantFrom('a.md', 'b.md', 'b.md#1', '\u{1F600}.md', '\uFFFD.md'),
    by: name,
    at: fc.constantFrom('2026-11-23T10:00:00Z', 'yesterday'),
    ...fields,
  });
  const extra = {
    note: text,
    flag: fc.constant(true),
    origin: fc.record({ kind: fc.constantFrom('suggestion', 'import', 'rule'), model: text, probability: double }),
    from: fc.array(name, { maxLength: 2 }),
    synthetic: fc.constant(true),
    ...optional,
  };
  return fc
    .tuple(required, fc.record(extra, { requiredKeys: [] }), unknownKeys)
    .map(([known, some, unknown]) => ({ ...known, ...some, ...unknown }));
}

const passage = { spans: fc.array(span, { minLength: 1, maxLength: 1 }), first: text, last: text, sha: name };

/** Any annotation that the schema accepts, few ids and documents among them. */
export const annotations: fc.Arbitrary<Annotation> = fc
  .oneof(
    line({
      type: fc.constant('entity'),
      label: name,
      spans: fc.array(quote, { minLength: 1, maxLength: 3 }),
      before: text,
      after: text,
    }),
    line({ type: fc.constant('relation'), label: name, head: fc.constantFrom('0', '1', '2'), tail: name }),
    line({ type: fc.constant('class'), label: name, value: name, ...passage }),
    line(
      { type: fc.constant('rejection'), of: fc.constantFrom('entity', 'relation', 'class'), label: name },
      { spans: fc.array(span, { maxLength: 2 }), head: fc.constantFrom('0', '1'), tail: name, value: name },
    ),
    line(
      {
        type: fc.constant('review'),
        answer: fc.constantFrom('accept', 'reject', 'skip'),
        scope: fc.array(name, { maxLength: 2 }),
        ...passage,
      },
      { query: fc.record({ strategy: name, score: double, seed: offset, model: name, state: name }) },
    ),
  )
  .map((value) => Annotation.parse(value));
