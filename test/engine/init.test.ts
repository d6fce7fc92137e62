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

  const init = (): ReturnType<typeof marginalia> => marginalia(['init', '--workspace', folder, '--json'], folder);
  const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');

  it('writes a project that checks without a problem, once, and keeps the git attributes that are there', async () => {
    await writeFile(path.join(folder, '.gitattributes'), '*.png binary');
    expect(JSON.parse((await init()).stdout)).toEqual({ written: ['marginalia.json', '.gitattributes'] });
    expect(await read('.gitattributes')).toBe('*.png binary\nlabels/**/*.jsonl text eol=lf\n');
    const check = await marginalia(['check', '--workspace', folder], folder);
    expect(check).toMatchObject({ code: 0, stdout: 'No problems.\n' });
    const project = await read('marginalia.json');
    expect(project).toContain('{ "include": "reviews/*.jsonl", "text": "body", "id": "uid" }');
    expect(JSON.parse((await init()).stdout)).toEqual({ written: [] });
    expect(await read('marginalia.json')).toBe(project);
  });
});
