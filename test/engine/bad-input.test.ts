import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { marginalia } from './support.js';

const Check = z.object({
  problems: z.array(
    z.object({ file: z.string(), line: z.int(), severity: z.string(), code: z.string(), message: z.string() }),
  ),
});

const project = `{
  "corpus": ["text/**/*.txt", { "include": "data/*.jsonl", "text": "body", "id": "uid" }, { "include": "data/*.csv", "text": "text" }],
  "entities": { "Person": { "key": "p" } }
}
`;

/** What a workspace may hold that nobody meant to: each is reported with file and line, and the rest goes on working. */
describe('marginalia check on bad input', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'marginalia-bad-'));
    await write('marginalia.json', project);
    await write('text/good.txt', 'Ada Lovelace wrote the first program.\n');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (file: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  };
  const check = async (): Promise<{ code: number; problems: string[]; messages: string }> => {
    const ran = await marginalia(['check', '--workspace', folder, '--json'], folder);
    const { problems } = Check.parse(JSON.parse(ran.stdout));
    return {
      code: ran.code,
      problems: problems.map(({ file, line, code }) => `${file}:${line} ${code}`),
      messages: problems.map(({ message }) => message).join('\n'),
    };
  };
  const documents = async (): Promise<number> => {
    const ran = await marginalia(['stats', '--workspace', folder, '--json'], folder);
    return z.object({ documents: z.int() }).parse(JSON.parse(ran.stdout)).documents;
  };

  it('finds nothing wrong where nothing is', async () => {
    await write('data/a.jsonl', '{"uid":"1","body":"One."}\n');
    await write('data/a.csv', 'text\nTwo.\n');
    expect(await check()).toEqual({ code: 0, problems: [], messages: '' });
  });

  it('a broken project file', async () => {
    await write('marginalia.json', '{\n  "corpus": ["a.txt"],\n  "unit": "chapter"\n}\n');
    const { code, problems } = await check();
    expect(code).toBe(1);
    expect(problems).toEqual(['marginalia.json:3 project-invalid']);
    await write('marginalia.json', '{\n  "corpus": ["a.txt",\n');
    expect((await check()).problems[0]).toMatch(/^marginalia\.json:\d+ project-invalid$/);
  });

  it('records: not JSON, without text, too long', async () => {
    const long = JSON.stringify({ uid: 'long', body: 'x'.repeat(10_000_000) });
    await write(
      'data/a.jsonl',
      `{"uid":"1","body":"One."}\nno JSON\n{"uid":"2"}\n${long}\n{"uid":"3","body":"Three."}\n`,
    );
    const { code, problems } = await check();
    expect(code).toBe(1);
    expect(problems).toEqual(
      expect.arrayContaining([
        'data/a.jsonl:2 not-json',
        'data/a.jsonl:3 record-without-text',
        'data/a.jsonl:4 line-too-long',
      ]),
    );
    expect(await documents()).toBe(3);
  });

  it('files: binary, not UTF-8, empty', async () => {
    await write('text/binary.txt', Uint8Array.of(0x89, 0x50, 0, 0, 1));
    await write('text/latin.txt', Buffer.concat([Buffer.from('one\ntwo '), Uint8Array.of(0xe9), Buffer.from('\n')]));
    await write('text/empty.txt', '');
    const { problems } = await check();
    expect(problems).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^text\/binary\.txt:1 binary-file$/),
        'text/latin.txt:2 invalid-utf8',
        'text/empty.txt:1 empty-file',
      ]),
    );
    expect(await documents()).toBe(1);
  });

  it('a text file of 200 MB', async () => {
    const line = `${'word '.repeat(199)}word\n`;
    await write('text/huge.txt', Buffer.alloc(200_000_000, line));
    const { problems } = await check();
    expect(problems).toContain('text/huge.txt:1 file-too-large');
    expect(await documents()).toBe(1);
  });

  it.skipIf(process.platform === 'win32')('a folder without permission', async () => {
    await write('text/secret/a.txt', 'Nobody may read this.\n');
    await chmod(path.join(folder, 'text/secret'), 0);
    try {
      // Root reads everything: then somebody else has to look.
      if (process.getuid?.() === 0) {
        await chmod(folder, 0o755);
        const cli = path.resolve(import.meta.dirname, '../../dist/cli.mjs');
        const copy = path.join(folder, '.cli.mjs');
        await writeFile(copy, await readFile(cli));
        const run = (): string =>
          execFileSync(process.execPath, [copy, 'check', '--workspace', folder, '--json'], {
            uid: 65534,
            encoding: 'utf8',
          });
        let output: string;
        try {
          output = run();
        } catch (error) {
          output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
        }
        if (output === '') return;
        expect(output).toContain('"unreadable"');
      } else expect((await check()).problems).toEqual([expect.stringMatching(/^text\/secret:1 unreadable$/)]);
    } finally {
      await chmod(path.join(folder, 'text/secret'), 0o755);
    }
  });

  it('label lines: not JSON, unknown label, past the end; all stay as they are', async () => {
    const entity = (label: string, start: number, end: number, text: string): string =>
      JSON.stringify({
        id: `${label}${start}`,
        type: 'entity',
        label,
        doc: 'text/good.txt',
        spans: [{ start, end, text }],
        before: '',
        after: '',
        by: 'mei',
        at: '2026-11-24T10:00:00Z',
      });
    const lines = `${entity('Person', 0, 12, 'Ada Lovelace')}\n${entity('Robot', 0, 3, 'Ada')}\n{"id": oops\n${entity('Person', 990, 999, 'Ada Byron')}\n`;
    await write('labels/mei.jsonl', lines);
    const { code, problems, messages } = await check();
    expect(code).toBe(1);
    expect(problems).toEqual(
      expect.arrayContaining([
        'labels/mei.jsonl:2 label-unknown',
        'labels/mei.jsonl:3 label-not-json',
        expect.stringMatching(/^labels\/mei\.jsonl:4 (offset-out-of-range|anchor-stale)$/),
      ]),
    );
    expect(messages).toContain("'Robot'");
    expect(await readFile(path.join(folder, 'labels/mei.jsonl'), 'utf8')).toBe(lines);
  });

  it('a project whose corpus is empty', async () => {
    await rm(path.join(folder, 'text'), { recursive: true });
    const { problems } = await check();
    expect(problems).toContain('marginalia.json:1 corpus-empty');
    expect(problems).toContain('marginalia.json:1 no-match');
  });

  it('no project at all', async () => {
    await rm(path.join(folder, 'marginalia.json'));
    const { code, problems, messages } = await check();
    expect(code).toBe(1);
    expect(problems).toEqual(['marginalia.json:1 project-missing']);
    expect(messages).toContain('marginalia init');
  });
});
