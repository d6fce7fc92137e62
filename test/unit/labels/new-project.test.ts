import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { corpusFiles } from '../../../src/corpus/files.js';
import { parse } from 'jsonc-parser';
import { newProject, writeProject } from '../../../src/labels/new-project.js';
import { parseProject, readProject } from '../../../src/labels/project.js';
import { projectText } from '../../../src/labels/project-text.js';
import { TEMPLATES, templates } from '../../../src/labels/templates.js';
import { temporaryFolder } from './helpers.js';

async function filled(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  }
  return folder;
}

async function made(files: Record<string, string>) {
  const folder = await filled(files);
  const { written, made: choice } = await newProject(folder);
  expect(written).toEqual(['marginalia.json', '.gitattributes']);
  const { project, problems } = await readProject(folder);
  expect(problems).toEqual([]);
  const text = await readFile(path.join(folder, 'marginalia.json'), 'utf8');
  return { text, choice, project: project!, corpus: (await corpusFiles(folder, project!.corpus)).files };
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
      'broken.jsonl': '{"text":',
    });
    expect(project.corpus.rules).toEqual([
      { include: 'data/odd.jsonl', text: 'data.text', id: 'id' },
      { include: 'data/*.jsonl', text: 'body', id: 'uid' },
      { include: '*.jsonl', text: 'remark' },
      { include: '*.tsv', text: 'text', id: 'ref' },
    ]);
  });

  it('gives a folder’s pattern to what most of its files share, whichever comes first', async () => {
    const { project } = await made({
      'a.jsonl': records(2, () => ({ remark: 'An odd one.' })),
      'b.jsonl': records(2, () => ({ text: 'One of two.' })),
      'c.jsonl': records(2, () => ({ text: 'Two of two.' })),
    });
    expect(project.corpus.rules).toEqual([
      { include: 'a.jsonl', text: 'remark' },
      { include: '*.jsonl', text: 'text' },
    ]);
  });

  it('leaves tables of numbers out, also where a pattern would match them, and says so', async () => {
    const { choice, corpus } = await made({
      'data/letters.csv': 'ref,text\n1,Dear all\n2,Dear you\n',
      'data/numbers.csv': '1,2\n3,4\n',
      'data/to-come.csv': '',
    });
    expect(choice?.withoutText).toEqual(['data/numbers.csv']);
    expect(corpus).toEqual(['data/letters.csv', 'data/to-come.csv']);
  });

  it('never overwrites one that is there', async () => {
    const mine = '{ "corpus": ["mine/*.txt"], "labels": "marks" } // mine';
    const folder = await filled({ 'marginalia.json': mine });
    expect(await newProject(folder, 'ner')).toEqual({ written: ['.gitattributes'] });
    expect(await readFile(path.join(folder, 'marginalia.json'), 'utf8')).toBe(mine);
    expect(await readFile(path.join(folder, '.gitattributes'), 'utf8')).toBe('marks/**/*.jsonl text eol=lf\n');
  });

  it('refuses what would make no project, and writes nothing', async () => {
    const folder = await filled({});

    const outside = { corpus: [{ include: '../other/*.txt' }], exclude: [], template: 'ner' } as const;
    await expect(writeProject(folder, outside)).rejects.toThrow('must stay inside this folder');
    expect((await readProject(folder)).problems[0]?.code).toBe('project-missing');
  });
});

describe.each(TEMPLATES)('the template %s', (template) => {
  const text = projectText({ corpus: [{ include: 'data/*.jsonl', text: 'body' }], exclude: [], template });

  it('fits the JSON schema that editors check by', async () => {
    const file = path.resolve(import.meta.dirname, '../../../schemas/marginalia.schema.json');
    // zod compiles patterns without the flag that \p needs; VS Code sets it.
    const source = (await readFile(file, 'utf8'))
      .replaceAll('\\\\p{Cc}', '\\\\u0000-\\\\u001f')
      .replaceAll('\\\\p{Cs}', '');
    const schema = z.fromJSONSchema(JSON.parse(source) as Parameters<typeof z.fromJSONSchema>[0]);
    const value: unknown = parse(text, [], { allowTrailingComma: true });
    expect(schema.safeParse(value).error).toBeUndefined();
    // The schema can tell: without this, a schema that takes anything would do.
    expect(schema.safeParse({ ...Object(value), unit: 'page' }).success).toBe(false);
  });

  it('is a project without a problem, with a key and a description for every label', () => {
    const { project, problems } = parseProject(text);
    expect(problems).toEqual([]);
    const { entities, relations, classes } = project!;
    expect(entities.length + relations.length + classes.length).toBeGreaterThan(0);
    for (const { key, description } of [...entities, ...relations]) {
      expect(key).toMatch(/^[a-z]$/);
      expect(description).toMatch(/\w/);
    }
    for (const { values, description } of classes) {
      expect(values.every(({ key }) => key !== undefined)).toBe(true);
      expect(description).toMatch(/\w/);
    }
    // Named by the template itself, not by what was left free.
    const { entities: written, relations: links } = templates[template];
    expect(Object.values({ ...written, ...links }).every(({ key }) => key !== undefined)).toBe(true);
  });
});

it('one opinion a record is one passage; in prose it is a paragraph', () => {
  const unit = (corpus: Parameters<typeof projectText>[0]['corpus'], template: 'sentiment' | 'ner') =>
    parseProject(projectText({ corpus, exclude: [], template })).project?.corpus.unit;
  expect(unit([{ include: '*.csv', text: 'body' }], 'sentiment')).toBe('document');
  expect(unit([{ include: '*.csv', text: 'body' }, { include: '*.md' }], 'sentiment')).toBe('paragraph');
  expect(unit([{ include: '*.csv', text: 'body' }], 'ner')).toBe('paragraph');
});
