import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { corpusFiles } from '../../../src/corpus/files.js';
import { initialProject } from '../../../src/labels/initial-project.js';
import { parseProject } from '../../../src/labels/project.js';
import { temporaryFolder } from './helpers.js';

async function made(files: Record<string, string>) {
  const folder = await temporaryFolder();
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  }
  const text = await initialProject(folder);
  const { project, problems } = parseProject(text);
  expect(problems).toEqual([]);
  return { text, project: project!, corpus: (await corpusFiles(folder, project!.corpus)).files };
}

const records = (count: number, make: (i: number) => unknown): string =>
  Array.from({ length: count }, (_, i) => `${JSON.stringify(make(i))}\n`).join('');

describe('the first project file', () => {
  it('is a valid, commented one, in an empty folder too', async () => {
    const { text, project, corpus } = await made({});
    expect(text).toContain('// Which files hold the text.');
    expect(project.entities.length).toBeGreaterThan(0);
    expect(corpus).toEqual([]);
  });

  it('takes the texts that are there, but not those about the repository', async () => {
    const { project, corpus } = await made({
      'README.md': 'about',
      'GUIDELINES.md': 'how',
      'requirements.txt': 'zod',
      'notes.txt': 'text',
      'docs/a.md': 'text',
      'docs/deep/b.md': 'text',
      'docs/deep/README.md': 'about',
      'docs [old]/c.md': 'text',
      'labels/mei.jsonl': '{"text":"no text to label"}',
      'data.json': '{}',
    });
    expect(corpus).toEqual(['docs [old]/c.md', 'docs/a.md', 'docs/deep/b.md', 'notes.txt']);
    expect(project.guidelines).toBe('GUIDELINES.md');
  });

  it('guesses the fields of records', async () => {
    const { project } = await made({
      'data/a.jsonl': records(5, (i) => ({ uid: `u${i}`, title: 'A long enough title', body: 'Prose.', n: i })),
      'data/b.jsonl': records(5, (i) => ({ uid: `v${i}`, body: 'More prose.' })),
      'data/odd.jsonl': records(3, (i) => ({ id: i, data: { text: 'Some prose.', source: 'here' } })),
      'same.jsonl': records(3, () => ({ id: 1, remark: 'The longest of all.', by: 'me' })),
      'table.tsv': 'ref\ttext\n1\t"a\nb"\n2\tc\n',
      'numbers.csv': '1,2\n3,4\n',
      'broken.jsonl': '{"text":',
    });
    expect(project.corpus.rules).toEqual([
      { include: 'data/odd.jsonl', text: 'data.text', id: 'id' },
      { include: 'data/*.jsonl', text: 'body', id: 'uid' },
      { include: '*.jsonl', text: 'remark' },
      { include: '*.tsv', text: 'text', id: 'ref' },
    ]);
  });
});
