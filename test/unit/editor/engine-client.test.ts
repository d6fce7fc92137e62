import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EngineClient } from '../../../src/editor/engine-client.js';

/** Answers `start` and `locate`; a document named 'crash' ends it, the first time or every time. */
const program = `
const { existsSync, writeFileSync } = require('node:fs');
const mark = __filename + '.crashed';
process.on('message', ({ id, method, params }) => {
  const answer = (result) => process.send({ jsonrpc: '2.0', id, result });
  if (method === 'start') answer({ pid: process.pid });
  if (method === 'stop') { answer({}); setImmediate(() => process.exit(0)); }
  if (method === 'locate') {
    if (params.doc === 'always') process.exit(3);
    if (params.doc === 'once' && !existsSync(mark)) { writeFileSync(mark, ''); process.exit(3); }
    answer({ ref: null });
  }
});
`;

let folder: string;
let messages: string[];
let client: EngineClient;
let prepared: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'marginalia-'));
  await writeFile(path.join(folder, 'engine.cjs'), program);
  messages = [];
  prepared = 0;
  const note = (message: string): void => void messages.push(message);
  client = new EngineClient({
    program: path.join(folder, 'engine.cjs'),
    prepare: () => {
      prepared++;
      const settings = { strategy: 'margin', annotator: 'me', model: 'm', runtime: 'auto', seed: 0 } as const;
      return Promise.resolve({ folder, storage: folder, models: folder, settings });
    },
    log: { debug: note, info: note, warn: note, error: note },
  });
});
afterEach(async () => {
  await client.stop();
  await rm(folder, { recursive: true });
});

it('asks again what was asked of an engine that died, and tells its pid', async () => {
  client.start();
  await expect(client.request('locate', { doc: 'once' })).resolves.toEqual({ ref: null });
  expect(prepared).toBe(2);
  expect(messages.filter((message) => /^Engine started, pid \d+/.test(message))).toHaveLength(2);
});

it('gives up a request that ends the engine each time, but not the engine', async () => {
  client.start();
  await expect(client.request('locate', { doc: 'always' })).rejects.toThrow(/each time/);
  await expect(client.request('locate', { doc: 'other' })).resolves.toEqual({ ref: null });
});

it('comes back after a kill from outside', async () => {
  client.start();
  await client.request('locate', { doc: 'a' });
  const pid = Number(/pid (\d+)/.exec(messages.find((message) => message.startsWith('Engine started'))!)![1]);
  const states: string[] = [];
  client.onState((state) => states.push(state));
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => states).toContain('restarting');
  await expect(client.request('locate', { doc: 'b' })).resolves.toEqual({ ref: null });
});

it('rejects what is asked after it was stopped', async () => {
  client.start();
  await client.request('locate', { doc: 'a' });
  await client.stop();
  await expect(client.request('locate', { doc: 'a' })).rejects.toThrow(/not running/);
});
