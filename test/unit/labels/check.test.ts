import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDocument, scanCorpus } from '../../../src/corpus/scan.js';
import type { Document } from '../../../src/corpus/types.js';
import type { Annotation } from '../../../src/labels/annotation.js';
import { checkLabels } from '../../../src/labels/check.js';
import { classLabel, entity, rejection, relation, review } from '../../../src/labels/create.js';
import { parseProject, readProject } from '../../../src/labels/project.js';
import { parseLine, parseRaw, serialise, sortLines, splitLines } from '../../../src/labels/serialise.js';
import { documentOf } from './helpers.js';

const project = parseProject(`{
  "corpus": ["docs/*.md"],
  "entities": { "Person": {}, "Place": {} },
  "relations": { "livesIn": { "head": ["Person"], "tail": ["Place"] } },
  "classes": { "tone": { "values": ["neutral"] } }
}`).project!;

const text = 'Ada Lovelace lived in London, in the house of her mother, who lived there too.';
const document = documentOf(text);
const signature = { by: 'mei', at: new Date('2026-11-23T10:00:00Z') };
const at = (quote: string) => ({ start: text.indexOf(quote), end: text.indexOf(quote) + quote.length });
const ada = entity(document, 'Person', [at('Ada Lovelace')], signature);
const london = entity(document, 'Place', [at('London')], signature);
const lives = relation(document, 'livesIn', ada.id, london.id, signature);
const tone = classLabel(document, 'tone', 'neutral', at(text), false, signature);
const verdict = review(document, at(text), 'accept', ['Person'], undefined, signature);
const rejected = rejection(document, { of: 'entity', label: 'Person', spans: [at('her mother')] }, signature);
const good = [ada, london, lives, tone, verdict, rejected];

/** Problems of a file of lines, as `line severity code: message`. */
async function check(lines: (Annotation | string)[], documents: Document[] = [document]): Promise<string[]> {
  const files = [
    {
      file: 'labels/mei.jsonl',
      lines: lines.map((line) => parseLine(typeof line === 'string' ? line : serialise(line))),
    },
  ];
  const read = (doc: string) => Promise.resolve(documents.find(({ ref }) => ref.id === doc));
  const found = await checkLabels(project, files, read);
  expect(found.every(({ file }) => file === 'labels/mei.jsonl')).toBe(true);
  return found.map(({ line, severity, code, message }) => `${line} ${severity} ${code}: ${message}`);
}

/** The good lines, one of them changed, in order. */
function changed<T extends Annotation>(line: T, change: Partial<T>): Annotation[] {
  const lines = good.map((one): Annotation => (one === line ? { ...line, ...change } : one));
  return sortLines(lines.map(serialise).map(parseLine)).flatMap(({ annotation }) => annotation ?? []);
}

describe('a label file', () => {
  it('in which all is well has no problems', async () => {
    expect(await check(changed(ada, {}))).toEqual([]);
  });

  it.each<[string, (Annotation | string)[], string]>([
    ['{"id":', ['{"id":'], '1 error label-not-json'],
    ['another form', [ada, '{"id":"1"}'], '2 error label-invalid'],
    ['an unresolved merge', [ada, '<<<<<<< HEAD'], '2 error label-merge-conflict'],
    [
      'an unknown label',
      changed(ada, { label: 'Human' }),
      "1 error label-unknown: marginalia.json has no entity 'Human'.",
    ],
    [
      'an unknown class',
      changed(tone, { label: 'mood' }),
      "3 error label-unknown: marginalia.json has no class 'mood'.",
    ],
    [
      'an unknown value',
      changed(tone, { value: 'rude' }),
      "3 error value-unknown: The class 'tone' has no value 'rude'.",
    ],
    [
      'an unknown relation',
      changed(lives, { label: 'owns' }),
      "2 error label-unknown: marginalia.json has no relation 'owns'.",
    ],
    [
      'a rejection of an unknown label',
      changed(rejected, { label: 'Pet' }),
      "6 error label-unknown: marginalia.json has no entity 'Pet'.",
    ],
    [
      'a relation against its signature',
      changed(lives, { head: london.id, tail: ada.id }),
      '5 error relation-signature',
    ],
    [
      'a relation without its tail',
      changed(lives, { tail: 'gone' }),
      "2 error relation-end-missing: The tail 'gone' is no entity of this file.",
    ],
    [
      'an empty span',
      changed(london, { spans: [{ ...london.spans[0]!, end: 22 }] }),
      '5 error label-invalid: The span 22–22 is empty',
    ],
    ['spans out of order', changed(london, { spans: [...london.spans, ...ada.spans] }), '1 error label-invalid'],
    [
      'an offset past the end',
      changed(london, { spans: [{ start: 220, end: 226, text: 'Paris' }] }),
      '6 error offset-out-of-range: The offset 226 is past the end',
    ],
    [
      'a text that moved',
      changed(london, { spans: [{ start: 23, end: 29, text: 'London' }] }),
      '5 warning anchor-moved: The text moved: this label now belongs to 22–28.',
    ],
    [
      'a text that is gone',
      changed(london, { spans: [{ start: 22, end: 28, text: 'Lisbon' }] }),
      "5 error anchor-stale: This label no longer fits its text: 'Lisbon' is no longer there.",
    ],
    ['a passage that was changed', changed(verdict, { sha: '0' }), '4 error anchor-stale'],
    ['what a merge left', changed(ada, { conflict: [{}] }), '1 warning label-conflict'],
    ['one id twice', [ada, ada], '2 error id-duplicate: Line 1 has the same id'],
    ['one label twice', [ada, { ...ada, id: 'z' }], '2 warning label-duplicate: Line 1 says the same.'],
    ['lines out of order', [london, ada, tone], '2 information label-unsorted'],
  ])('with %s', async (_, lines, expected) => {
    const found = await check(lines);
    expect(found.map((problem) => problem.slice(0, expected.length))).toContain(expected);
  });

  it('tells of each problem alone', async () => {
    expect(await check(changed(ada, { label: 'Place', conflict: 1 }))).toHaveLength(2);
    expect(await check([ada, '{', '', london])).toHaveLength(1);
  });

  it('with a document that is not there', async () => {
    expect(await check([ada], [])).toEqual([expect.stringMatching("^1 error document-missing: .*'docs/a.md'")]);
    const elsewhere = entity(documentOf(text, 'docs/b.md'), 'Place', [at('London')], signature);
    const found = await check(
      [ada, { ...lives, tail: elsewhere.id }, elsewhere],
      [document, documentOf(text, 'docs/b.md')],
    );
    expect(found).toEqual([expect.stringMatching("^2 error relation-end-elsewhere: .*'docs/b.md'")]);
  });
});

it('documents are read one at a time, each once', async () => {
  let open = 0;
  const read: string[] = [];
  const lines = ['docs/b.md', 'docs/a.md', 'docs/b.md'].map((doc, i) =>
    parseLine(serialise({ ...ada, doc, id: String(i), spans: [{ ...ada.spans[0]! }] })),
  );
  await checkLabels(project, [{ file: 'labels/mei.jsonl', lines }], async (doc) => {
    expect(++open).toBe(1);
    await new Promise(setImmediate);
    open--;
    read.push(doc);
    return document;
  });
  expect(read.toSorted()).toEqual(['docs/a.md', 'docs/b.md']);
});

it('the labels of the sample workspace are as this version writes them, and without problems', async () => {
  const folder = path.resolve(import.meta.dirname, '../../../media/sample');
  const { project: sample, problems } = await readProject(folder);
  expect(problems).toEqual([]);
  const refs = new Map<string, Document['ref']>();
  for await (const { ref } of scanCorpus(folder, sample!.corpus)) refs.set(ref.id, ref);
  const names = (await readdir(path.join(folder, 'labels'))).filter((name) => name.endsWith('.jsonl'));
  expect(names.length).toBeGreaterThan(1);
  const files = await Promise.all(
    names.map(async (name) => {
      const lines = splitLines(await readFile(path.join(folder, 'labels', name))).map(parseRaw);
      for (const { raw, annotation } of lines) expect(annotation && serialise(annotation)).toBe(raw);
      return { file: `labels/${name}`, lines };
    }),
  );
  const found = await checkLabels(sample!, files, async (doc) => {
    const ref = refs.get(doc);
    return ref === undefined ? undefined : loadDocument(folder, sample!.corpus, ref);
  });
  expect(found).toEqual([]);
});
