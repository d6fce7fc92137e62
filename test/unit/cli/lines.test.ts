import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/cli/arguments.js';
import { appendedLines, linesOf } from '../../../src/cli/lines.js';

describe('linesOf', () => {
  it('gives lines as they come, whatever they end with and wherever the bytes were cut', async () => {
    const bytes = Buffer.from('Ärger\r\nzwei\n\n𝒳 drei');
    const chunks = Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
    const found: unknown[] = [];
    for await (const { line, text } of linesOf(Readable.from(chunks), 'stdin', new AbortController().signal))
      found.push([line, text]);
    expect(found).toEqual([
      [1, 'Ärger'],
      [2, 'zwei'],
      [3, ''],
      [4, '𝒳 drei'],
    ]);
  });

  it('ends with the signal', async () => {
    const end = new AbortController();
    const input = new Readable({ read: () => undefined });
    input.push('one\n');
    const found: string[] = [];
    for await (const { text } of linesOf(input, 'stdin', end.signal)) {
      found.push(text);
      end.abort();
    }
    expect(found).toEqual(['one']);
  });
});

describe('appendedLines', () => {
  let folder: string;
  let end: AbortController;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'marginalia-lines-'));
    end = new AbortController();
  });
  afterEach(async () => {
    end.abort();
    await rm(folder, { recursive: true, force: true });
  });

  const follow = async (...names: string[]) => {
    const files = names.map((name) => join(folder, name));
    const lines = await appendedLines(files, end.signal, 2);
    const next = async () => {
      const step = await lines.next();
      return step.done === true ? undefined : [files.indexOf(step.value.source), step.value.line, step.value.text];
    };
    return { files, next };
  };

  it('gives what is appended, with its line, and a line that was unfinished as a whole', async () => {
    await writeFile(join(folder, 'a.log'), 'old\nolder\nhalf');
    await writeFile(join(folder, 'b.log'), '');
    const { files, next } = await follow('a.log', 'b.log');
    const first = next();
    await appendFile(files[0]!, ' a line\r\nfo');
    expect(await first).toEqual([0, 3, 'half a line']);
    const second = next();
    await appendFile(files[1]!, 'ü\n');
    expect(await second).toEqual([1, 1, 'ü']);
    const third = next();
    await appendFile(files[0]!, 'ur\nfive\n');
    expect(await third).toEqual([0, 4, 'four']);
    expect(await next()).toEqual([0, 5, 'five']);
    end.abort();
    expect(await next()).toBeUndefined();
  });

  it('reads a file that was replaced or cut short from its start', async () => {
    await writeFile(join(folder, 'a.log'), 'one\ntwo\n');
    const { files, next } = await follow('a.log');
    const first = next();
    await appendFile(files[0]!, 'three\nfo');
    expect(await first).toEqual([0, 3, 'three']);
    await writeFile(files[0]!, 'a\n');
    expect(await next()).toEqual([0, 4, 'fo']);
    expect(await next()).toEqual([0, 1, 'a']);
    await writeFile(join(folder, 'new'), 'another one\n');
    await rename(join(folder, 'new'), files[0]!);
    expect(await next()).toEqual([0, 1, 'another one']);
  });

  it('says which file is not there', async () => {
    await expect(follow('missing.log')).rejects.toThrow(UsageError);
    await expect(follow('missing.log')).rejects.toThrow(/missing\.log cannot be read/);
  });
});
