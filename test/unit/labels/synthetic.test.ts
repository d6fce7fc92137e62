import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanCorpus } from '../../../src/corpus/scan.js';
import { parseProject } from '../../../src/labels/project.js';
import {
  addSynthetic,
  isSynthetic,
  readSynthetic,
  syntheticId,
  type SyntheticRecord,
} from '../../../src/labels/synthetic.js';
import { temporaryFolder } from './helpers.js';

const record = (text: string, seed = 1): SyntheticRecord => ({
  id: syntheticId(text),
  text,
  entities: [{ start: 0, end: 1, label: 'Person' }],
  making: 'swap',
  from: [{ doc: 'a.txt', start: 0, end: 5 }],
  seed,
  synthetic: true,
});

describe('made-up passages on disk', () => {
  it('are added sorted by id; what was there stays, lines that are not understood too', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'labels/synthetic/mei.jsonl');
    await addSynthetic(folder, 'labels', 'mei', [record('🦉 one'), record('two')]);
    await writeFile(file, `${await readFile(file, 'utf8')}{"from":"a later version"}\n`);
    await addSynthetic(folder, 'labels', 'mei', [record('three'), record('two', 9)]);
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines).toContain('{"from":"a later version"}');
    const read = await readSynthetic(folder, 'labels');
    expect([...read.keys()]).toEqual([...read.keys()].toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set([...read.values()].map(({ text }) => text))).toEqual(new Set(['🦉 one', 'two', 'three']));
    expect(read.get(`labels/synthetic/mei.jsonl#${syntheticId('two')}`)).toMatchObject({ seed: 1 });
  });

  it('are none where there is no such folder', async () => {
    expect((await readSynthetic(await temporaryFolder(), 'labels')).size).toBe(0);
  });

  it('are documents of the corpus, which label files are not, whatever the project file includes or excludes', async () => {
    const folder = await temporaryFolder();
    await addSynthetic(folder, 'labels', 'mei', [record('two')]);
    await mkdir(join(folder, 'labels/proposals'));
    await writeFile(join(folder, 'labels/mei.jsonl'), '{"text":"a label file"}\n');
    await writeFile(join(folder, 'labels/proposals/x.jsonl'), '{"text":"a label file"}\n');
    await writeFile(join(folder, 'a.jsonl'), '{"body":"found"}\n');
    const { project } = parseProject(
      '{"corpus":[{"include":"**/*.jsonl","text":"body"}],"exclude":["**/synthetic/**"],"classes":{"c":{"values":["x"]}}}',
    );
    const documents: { id: string; text: string }[] = [];
    for await (const { ref, text } of scanCorpus(folder, project!.corpus)) documents.push({ id: ref.id, text });
    expect(documents.map(({ text }) => text)).toEqual(['found', 'two']);
    expect(documents.map(({ id }) => isSynthetic('labels', id))).toEqual([false, true]);
    expect(documents[1]!.id).toBe(`labels/synthetic/mei.jsonl#${syntheticId('two')}`);
  });
});
