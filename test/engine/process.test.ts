import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { EngineSettings, QueuedPassage } from '../../src/protocol/engine.js';
import { call, notifyEngine, onEngineNotification } from '../../src/protocol/rpc.js';
import { repository, scratchSample, type Scratch } from './support.js';

const settings: EngineSettings = {
  strategy: 'margin',
  annotator: 'somebody',
  model: 'marginalia-en-small',
  runtime: 'auto',
  seed: 0,
};

interface Engine {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
}

describe('the engine process', () => {
  let scratch: Scratch;
  let engine: Engine;

  const start = async (): Promise<Engine> => {
    const child = fork(path.join(repository, 'dist/engine.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
    const { pid } = await call(connection, 'start', {
      folder: scratch.folder,
      storage: scratch.storage,
      models: path.join(repository, 'media/models'),
      settings,
    });
    expect(pid).toBe(child.pid);
    return { child, connection };
  };
  const first = async (): Promise<QueuedPassage> => {
    const { items } = await call(engine.connection, 'passages', { exclude: [], offset: 0, limit: 1 });
    expect(items).toHaveLength(1);
    return items[0]!;
  };
  const idle = (): Promise<void> =>
    new Promise((resolve) => onEngineNotification(engine.connection, 'idle', () => resolve()));

  beforeAll(async () => {
    scratch = await scratchSample();
    engine = await start();
    await idle();
  });
  afterAll(async () => {
    engine.child.kill('SIGKILL');
    await scratch.remove();
  });

  it('lets the processes of the editor go first', () => {
    expect(getPriority(engine.child.pid)).toBe(Math.max(getPriority(), 10));
  });

  it('answers with ranked passages, their candidates and suggestions', async () => {
    const { status, items } = await call(engine.connection, 'passages', { exclude: [], offset: 0, limit: 5 });
    expect(status.passages).toBeGreaterThan(400);
    expect(status.reviewed).toBeGreaterThan(40);
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
    for (const { candidates, model } of items) {
      expect(candidates.length).toBeGreaterThan(0);
      expect(model).toMatch(/^[0-9a-f]{16}$/);
    }
    const [{ key }] = items as [QueuedPassage];
    const rest = await call(engine.connection, 'passages', { exclude: [key], offset: 0, limit: 1 });
    expect(rest.items[0]!.key).toEqual(items[1]!.key);
  });

  it('learns from a verdict: the passage leaves the queue, the heads are fitted on a new state', async () => {
    const before = await first();
    const changed = idle();
    const passage = { doc: before.key.doc, by: 'somebody', at: '2026-11-24T10:00:00Z' };
    await notifyEngine(engine.connection, 'labelsChanged', {
      put: [
        {
          ...passage,
          id: '0000000000000001',
          type: 'review',
          answer: 'accept',
          spans: [{ start: before.key.start, end: before.key.end }],
          first: '',
          last: '',
          sha: await shaOf(before, engine.connection),
          scope: ['Person', 'Organisation', 'Place', 'Product', 'worksFor', 'locatedIn', 'makes', 'tone'],
        },
      ],
      removed: [],
    });
    await changed;
    const after = await first();
    expect(after.key).not.toEqual(before.key);
    expect(after.state).not.toBe(before.state);
  });

  it('refuses what is not of the form, and goes on', async () => {
    await expect(engine.connection.sendRequest('passages', { limit: 'many' })).rejects.toThrow(/passages/);
    await first();
  });

  it('loses nothing when it is killed: a new one starts from the files and the cache', async () => {
    const before = await call(engine.connection, 'candidates', { kind: 'class', offset: 0, limit: 1000 });
    const places = before.items.map(({ doc, passage }) => `${doc} ${passage.start}`);
    expect(new Set(places).size).toBe(places.length);
    engine.child.kill('SIGKILL');
    await once(engine.child, 'exit');
    engine = await start();
    // It has nothing to answer with yet: a request waits, and can be given up.
    const source = new CancellationTokenSource();
    const waiting = call(engine.connection, 'candidates', { offset: 0, limit: 10 }, source.token);
    source.cancel();
    await expect(waiting).rejects.toThrow(/abort|cancel/i);
    await idle();
    const after = await call(engine.connection, 'candidates', { kind: 'class', offset: 0, limit: 1000 });
    // The verdict of the test before was never written to a file: its passage is back.
    expect(after.items.length).toBe(before.items.length + 1);
  });

  it('ends with its host', async () => {
    const exited = once(engine.child, 'exit');
    engine.child.disconnect();
    await exited;
  });
});

/** The anchor of a passage: the engine verifies it like any other line. */
async function shaOf({ key }: QueuedPassage, connection: MessageConnection): Promise<string> {
  const { item } = await call(connection, 'passage', { key });
  const { sha16 } = await import('../../src/labels/annotation.js');
  const { candidates } = item!;
  const whole = candidates.find(({ kind }) => kind === 'class');
  return sha16(whole?.text ?? '');
}
