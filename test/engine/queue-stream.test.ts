import { spawn } from 'node:child_process';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { marginalia, repository, scratchSample, type Scratch } from './support.js';

const Decision = z.object({
  source: z.string(),
  line: z.int(),
  text: z.string(),
  query: z.boolean(),
  score: z.number(),
  seen: z.int(),
  queried: z.int(),
  candidates: z.array(z.looseObject({ kind: z.string() })).optional(),
});
type Decision = z.infer<typeof Decision>;

const sentences = Array.from({ length: 40 }, (_, i) =>
  i % 3 === 0
    ? `Ada Holm ${i} of Ferrow Marine sailed to Port Ellery.`
    : i % 3 === 1
      ? `The ferry was late by ${i} minutes again, said nobody.`
      : `Nothing happened on day ${i}.`,
);

describe('queue --stream', () => {
  let sample: Scratch;
  beforeAll(async () => {
    sample = await scratchSample();
  });
  afterAll(() => sample.remove());

  /** Runs the command; `next` is its next decision, `ended` its exit code and what it said on stderr. */
  function stream(...args: string[]) {
    const child = spawn(
      process.execPath,
      [path.join(repository, 'dist/cli.mjs'), 'queue', '--stream', '--workspace', sample.folder, ...args],
      { env: { ...process.env, XDG_CACHE_HOME: sample.storage } },
    );
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<Decision | undefined> => {
      const step = await lines.next();
      return step.done === true ? undefined : Decision.parse(JSON.parse(step.value));
    };
    const ended = new Promise<{ code: number | null; said: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, said })),
    );
    const until = async (words: string): Promise<void> => {
      while (!said.includes(words)) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    return { child, next, ended, until };
  }

  test('decides on each line of stdin before the next one comes, and the same when it is run again', async () => {
    const first = stream('--budget', '0.3');
    const live: Decision[] = [];
    for (const sentence of sentences) {
      first.child.stdin.write(`${sentence}\n`);
      live.push((await first.next())!);
    }
    first.child.stdin.end();
    expect(await first.next()).toBeUndefined();
    expect((await first.ended).code).toBe(0);
    expect(live.map(({ text }) => text)).toEqual(sentences);
    expect(live.at(-1)).toMatchObject({ source: 'stdin', line: 40, seen: 40 });
    expect(Math.abs(live.at(-1)!.queried - 12)).toBeLessThanOrEqual(2);
    for (const { query, candidates } of live) expect(candidates !== undefined).toBe(query);

    const again = stream('--budget', '0.3');
    again.child.stdin.end(sentences.join('\n'));
    for (const decision of live) expect(await again.next()).toEqual(decision);
    expect((await again.ended).code).toBe(0);
  });

  test('follows files until enough was queried, and until it is told to stop', async () => {
    const file = path.join(sample.folder, 'new.log');
    await writeFile(file, 'This was here before.\n');
    const limited = stream('--budget', '1', '--limit', '2', file);
    await limited.until('Following');
    await appendFile(file, `${sentences[0]!}\n${sentences[1]!}\n${sentences[2]!}\n`);
    expect(await limited.next()).toMatchObject({ source: file, line: 2, text: sentences[0]!, query: true });
    expect(await limited.next()).toMatchObject({ line: 3, queried: 2 });
    expect((await limited.ended).code).toBe(0);

    const endless = stream(file);
    await endless.until('Following');
    await appendFile(file, `${sentences[3]!}\n`);
    expect(await endless.next()).toMatchObject({ line: 5, text: sentences[3]! });
    endless.child.kill('SIGTERM');
    expect((await endless.ended).code).toBe(0);
  });

  test.each([
    [['--stream', '--kind', 'class'], /--kind does not go with --stream/],
    [['--stream', '--budget', '2'], /--budget takes a number from 0 to 1/],
    [['--budget', '0.2'], /--budget takes --stream/],
    [['--stream', 'missing.log'], /missing\.log cannot be read/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await marginalia(['queue', '--workspace', sample.folder, ...args], sample.storage);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
