import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KeptHistory } from '../../../src/editor/kept-history.js';
import type { Annotation } from '../../../src/labels/annotation.js';
import { newWriter } from '../../../src/labels/writer.js';
import { entityAt } from '../labels/helpers.js';

let folder: string;
let lines: Map<string, Annotation>;
let said: string[];
let opened: KeptHistory[];

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'marginalia-')), 'undo');
  lines = new Map();
  said = [];
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await rm(path.dirname(folder), { recursive: true });
});

async function open(): Promise<KeptHistory> {
  const quiet = (): void => undefined;
  const kept = new KeptHistory({
    folder,
    current: (_annotator, id) => lines.get(id),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    tell: (message) => said.push(message),
    between: (work) => Promise.resolve().then(work),
    onTaken: quiet,
  });
  opened.push(kept);
  await kept.open();
  return kept;
}

function label({ history }: KeptHistory, n: number): void {
  const line = entityAt(n);
  const step = history.stepOf('mei', { put: [line], remove: [] }, { doc: 'a', start: n });
  lines.set(line.id, line);
  history.add(step!);
}

const counts = ({ history }: KeptHistory): number[] => [history.steps.undo.length, history.steps.redo.length];
/** A process that has ended: the numbers of processes are far below. */
const ended = newWriter(2 ** 30).name;
/** What a window that was killed leaves behind. */
async function killed(kept: KeptHistory): Promise<void> {
  await kept.close();
  const log = await readFile(path.join(folder, 'undo.closed.jsonl'));
  await rm(path.join(folder, 'undo.closed.jsonl'));
  await writeFile(path.join(folder, `undo.${ended}.jsonl`), log);
}

it('is taken over by the next window, whether the one before was closed or killed', async () => {
  const first = await open();
  label(first, 0);
  label(first, 1);
  first.history.made(first.history.undo()!);
  lines.delete(entityAt(1).id);
  const { steps } = first.history;
  await first.close();
  const second = await open();
  expect(second.history.steps).toEqual(steps);
  label(second, 2);
  await killed(second);
  const third = await open();
  expect(counts(third)).toEqual([2, 0]);
  expect(said).toEqual([]);
});

it('belongs to one window: another that is open at the same time has none of it', async () => {
  const first = await open();
  label(first, 0);
  await expect.poll(() => readdir(folder).catch(() => [])).toHaveLength(1);
  const second = await open();
  expect(counts(second)).toEqual([0, 0]);
  label(second, 1);
  await first.close();
  // The second window looks again for a while, since it might have replaced the first; its own step stays on top.
  await expect.poll(() => counts(second), { timeout: 5000 }).toEqual([2, 0]);
  expect(second.history.undo()?.edit.remove).toEqual([entityAt(1).id]);
});

it('leaves out steps whose lines were changed meanwhile, and says so', async () => {
  const first = await open();
  label(first, 0);
  label(first, 1);
  await first.close();
  lines.set(entityAt(0).id, { ...entityAt(0), note: 'theirs' });
  const second = await open();
  expect(counts(second)).toEqual([1, 0]);
  expect(said).toEqual([
    expect.stringMatching(/^A step .* can no longer be undone: the labels were changed meanwhile/),
  ]);
});

it('is dropped with a message where it is damaged', async () => {
  const first = await open();
  label(first, 0);
  await first.close();
  const file = path.join(folder, 'undo.closed.jsonl');
  await writeFile(file, (await readFile(file, 'utf8')).replace('Person', 'Person"'));
  const second = await open();
  expect(counts(second)).toEqual([0, 0]);
  expect(said).toEqual([expect.stringMatching(/damaged/)]);
  // It is gone, and what is done now is kept.
  label(second, 1);
  await second.close();
  expect(counts(await open())).toEqual([1, 0]);
});

it('does without what a crash cut off', async () => {
  const first = await open();
  label(first, 0);
  await killed(first);
  await appendFile(path.join(folder, `undo.${ended}.jsonl`), '{"do":"undo","a');
  expect(counts(await open())).toEqual([1, 0]);
});

it('is not taken over after a day, and leaves no file', async () => {
  const first = await open();
  label(first, 0);
  await first.close();
  const yesterday = new Date(Date.now() - 24 * 60 * 60_000);
  await utimes(path.join(folder, 'undo.closed.jsonl'), yesterday, yesterday);
  expect(counts(await open())).toEqual([0, 0]);
  expect(await readdir(folder)).toEqual([]);
});

it('goes on without a file where none can be written', async () => {
  await mkdir(path.dirname(folder), { recursive: true });
  await writeFile(folder, 'a file where the folder should be');
  const kept = await open();
  label(kept, 0);
  expect(counts(kept)).toEqual([1, 0]);
  await kept.close();
});
