import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { marginalia, repository } from './support.js';

describe('marginalia init', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'marginalia-init-'));
    await cp(path.join(repository, 'media/sample/reviews'), path.join(folder, 'reviews'), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const init = (...more: string[]): ReturnType<typeof marginalia> =>
    marginalia(['init', '--workspace', folder, ...more], folder);
  const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');

  it('writes a project that checks without a problem, once, and keeps the git attributes that are there', async () => {
    await writeFile(path.join(folder, '.gitattributes'), '*.png binary');
    expect(JSON.parse((await init('--json')).stdout)).toEqual({
      written: ['marginalia.json', '.gitattributes'],
      template: 'relations',
      corpus: [{ include: 'reviews/*.jsonl', text: 'body', id: 'uid' }],
      withoutText: [],
    });
    expect(await read('.gitattributes')).toBe('*.png binary\nlabels/**/*.jsonl text eol=lf\n');
    const check = await marginalia(['check', '--workspace', folder], folder);
    expect(check).toMatchObject({ code: 0, stdout: 'No problems.\n' });
    const project = await read('marginalia.json');
    expect(project).toContain('{ "include": "reviews/*.jsonl", "text": "body", "id": "uid" }');
    expect(JSON.parse((await init('--json')).stdout)).toEqual({ written: [] });
    expect(await read('marginalia.json')).toBe(project);
  });

  it('takes a template by name, and says which there are', async () => {
    const wrong = await init('--template', 'nerd');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain('--template takes one of ner, relations, sentiment, pii');
    const done = await init('--template', 'sentiment');
    expect(done.stdout).toContain('reviews/*.jsonl: text in "body", records named by "uid"');
    expect(await read('marginalia.json')).toContain('"values": ["positive", "negative", "neutral", "mixed"]');
    expect(await marginalia(['check', '--workspace', folder], folder)).toMatchObject({ stdout: 'No problems.\n' });
  });
});
