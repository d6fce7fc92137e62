import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { scanFile } from '../../src/corpus/scan.js';
import { Session } from '../../src/engine/session.js';
import { classLabel, review } from '../../src/labels/create.js';
import { readProject } from '../../src/labels/project.js';
import { serialise, sortLines, parseLine } from '../../src/labels/serialise.js';
import { uniformOf } from '../../src/learning/random.js';
import type { EngineSettings } from '../../src/protocol/engine.js';
import { call, onEngineNotification } from '../../src/protocol/rpc.js';
import { Progress } from '../../src/protocol/progress.js';
import { marginalia, repository } from './support.js';

const settings: EngineSettings = {
  strategy: 'margin',
  annotator: 'mei',
  model: 'marginalia-en-small',
  runtime: 'auto',
  seed: 3,
};

const SEED = 3;
const records = Array.from({ length: 60 }, (_, i) => ({
  id: `r${i}`,
  text: `${['Ada', 'Emmy', 'Alan'][i % 3]!} ${i % 2 === 0 ? 'loved' : 'hated'} the concert in town number ${i}.`,
  tone: i % 2 === 0 ? 'glad' : 'sad',
}));

/** Records of which mei has reviewed the first two thirds; those that chance put first, because it did. */
async function workspace(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'marginalia-progress-'));
  await mkdir(path.join(folder, 'data'));
  await mkdir(path.join(folder, 'labels'));
  const lines = records.map(({ id, text }) => JSON.stringify({ id, text }));
  await writeFile(path.join(folder, 'data/a.jsonl'), `${lines.join('\n')}\n`);
  await writeFile(
    path.join(folder, 'marginalia.json'),
    JSON.stringify({
      corpus: [{ include: 'data/*.jsonl', text: 'text', id: 'id' }],
      unit: 'document',
      classes: { tone: { values: ['glad', 'sad'] } },
    }),
  );
  const { project } = await readProject(folder);
  const written: string[] = [];
  let at = Date.UTC(2026, 10, 23, 10);
  for await (const document of scanFile(folder, 'data/a.jsonl', project!.corpus)) {
    const number = Number(document.ref.id.slice('data/a.jsonl#r'.length));
    if (number >= 40) continue;
    const passage = { start: 0, end: document.map.length };
    const drawn = uniformOf(SEED, `${document.ref.id}\n0\n${passage.end}`);
    const signature = { by: 'mei', at: new Date((at += 20_000)) };
    const query = { strategy: drawn > 0.5 ? 'random' : 'margin', score: drawn, seed: SEED, model: '', state: '' };
    written.push(
      serialise(classLabel(document, 'tone', records[number]!.tone, passage, false, signature)),
      serialise(review(document, passage, 'accept', ['tone'], query, signature)),
    );
  }
  const sorted = sortLines(written.map(parseLine)).map(({ raw }) => String(raw));
  await writeFile(path.join(folder, 'labels/mei.jsonl'), `${sorted.join('\n')}\n`);
  return folder;
}

describe('progress', () => {
  let folder: string;
  let session: Session | undefined;
  beforeEach(async () => {
    folder = await workspace();
  });
  afterEach(async () => {
    await session?.dispose();
    session = undefined;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  async function started(extra: Partial<EngineSettings> = {}): Promise<Session> {
    session = new Session({
      folder,
      storage: path.join(folder, '.cache'),
      models: path.join(repository, 'media/models'),
      settings: { ...settings, ...extra },
      emit: () => undefined,
    });
    session.start();
    await session.whenIdle();
    return session;
  }

  it('tells how far the person is at once, and the estimates when they are there', async () => {
    const running = await started({ target: 0.1 });
    expect(await running.progress()).toMatchObject({
      passages: 60,
      reviewed: 40,
      balance: [
        { kind: 'class', label: 'tone', value: 'glad', count: 20 },
        { kind: 'class', label: 'tone', value: 'sad', count: 20 },
      ],
      pace: { seconds: 20, perHour: 180, left: 400 },
      target: 0.1,
      tasks: [],
      current: false,
      working: true,
    });
    await running.whenEstimated();
    const progress = Progress.parse(await running.progress());
    expect(progress).toMatchObject({ current: true, working: false, synthetic: 0 });
    const [tone] = progress.tasks;
    expect(tone).toMatchObject({ kind: 'class', name: 'tone', labels: 40, basis: 'random' });
    expect(tone!.estimate!.passages).toBe(progress.random);
    expect(tone!.estimate!.low).toBeGreaterThan(0.1);
    expect(tone!.advice).toMatchObject({ verdict: 'stop', message: expect.stringContaining('target') as string });
    expect(tone!.uncertainty.reduce((sum, count) => sum + count, 0)).toBe(20);
  });

  it('is brought up to date when the labels or the target change', async () => {
    const running = await started();
    await running.whenEstimated();
    const before = (await running.progress()).tasks[0]!;
    expect(before.advice.rules.map(({ name }) => name)).toEqual(['stability', 'uncertainty']);
    running.configure({ ...settings, target: 1 });
    await running.whenIdle();
    expect(await running.progress()).toMatchObject({ current: false, working: true });
    await running.whenEstimated();
    const after = (await running.progress()).tasks[0]!;
    expect(after.estimate).toEqual(before.estimate);
    expect(after.advice.verdict).not.toBe('stop');
  });

  it('puts passages that chance chose into the queue, and says so', async () => {
    const running = await started({ randomShare: 0.5 });
    const { items } = await running.passages({ exclude: [], offset: 0, limit: 20 });
    const random = items.filter(({ strategy }) => strategy === 'random');
    expect(items).toHaveLength(20);
    expect(Math.abs(random.length - 10)).toBeLessThanOrEqual(1);
    expect(new Set(items.map(({ key }) => JSON.stringify(key))).size).toBe(20);
    // Chance goes from its highest number down.
    for (const { key, score } of random) expect(score).toBe(uniformOf(SEED, `${key.doc}\n${key.start}\n${key.end}`));
    const scores = random.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    running.configure({ ...settings, randomShare: 0 });
    await running.whenIdle();
    const { items: ranked } = await running.passages({ exclude: [], offset: 0, limit: 20 });
    expect(ranked.every(({ strategy }) => strategy === 'margin')).toBe(true);
  });

  it('is estimated in a thread of the engine process, unasked', async () => {
    const child = fork(path.join(repository, 'dist/engine.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    try {
      const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
      const changed = new Promise<void>((resolve) =>
        onEngineNotification(connection, 'progressChanged', () => resolve()),
      );
      connection.listen();
      const models = path.join(repository, 'media/models');
      await call(connection, 'start', { folder, storage: path.join(folder, '.cache'), models, settings });
      await changed;
      const progress = await call(connection, 'progress', {});
      expect(progress).toMatchObject({ current: true, tasks: [{ name: 'tone', labels: 40, basis: 'random' }] });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is on the command line', async () => {
    const cache = path.join(folder, '.cache');
    const { code, stdout } = await marginalia(['stats', '--json', '--workspace', folder, '--target', '0.8'], cache);
    expect(code).toBe(0);
    const { progress, model } = z
      .object({ progress: Progress, model: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(stdout));
    expect(model).toMatchObject({
      name: 'marginalia-en-small',
      reason: 'The bundled one, because --model names no other.',
      runtime: expect.stringMatching(/^(native|wasm)$/) as unknown,
      runtimeReason: expect.stringMatching(/^(Native|WASM), because /) as unknown,
    });
    expect(progress).toMatchObject({ current: true, target: 0.8, tasks: [{ name: 'tone', basis: 'random' }] });
    const counts = await marginalia(['stats', '--json', '--counts-only', '--workspace', folder], cache);
    expect(JSON.parse(counts.stdout)).not.toHaveProperty('progress');
    expect(JSON.parse(counts.stdout)).not.toHaveProperty('model');
    const wrong = await marginalia(['stats', '--target', '80'], cache);
    expect(wrong).toMatchObject({ code: 2, stderr: "marginalia: --target takes a number from 0 to 1, not '80'.\n" });
  });
});
