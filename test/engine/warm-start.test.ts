import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/corpus/types.js';
import { Session } from '../../src/engine/session.js';
import type { EngineSettings, QueuedPassage } from '../../src/protocol/engine.js';
import { writeTinyModel, type TinyModelOptions } from '../unit/embedding/tiny-model.js';

const TEXT = [
  'Ada Lovelace wrote the first program.',
  'Charles Babbage drew the engine in London.',
  'The ferry to Harwich leaves at nine.',
  'Grace Hopper found a moth.',
  'Nothing happened on Tuesday.',
];
const entity = {
  id: '00000000000000aa',
  type: 'entity' as const,
  label: 'Person',
  doc: 'text/0.txt',
  spans: [{ start: 0, end: 12, text: 'Ada Lovelace' }],
  before: '',
  after: ' wrote the first program',
  by: 'mei',
  at: '2026-11-24T10:00:00Z',
};

describe('a session after another one', () => {
  let root: string;
  let folder: string;
  let settings: EngineSettings;
  const models: string[] = [];
  const tinyModel = async (options?: TinyModelOptions): Promise<string> => {
    const { folder: model } = await writeTinyModel(options);
    models.push(model);
    return model;
  };

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'marginalia-warm-'));
    folder = path.join(root, 'folder');
    for (const name of ['text', 'labels']) await mkdir(path.join(folder, name), { recursive: true });
    const project = {
      corpus: ['text/*.txt'],
      entities: { Person: {}, Place: {} },
      classes: { tone: { values: ['plain', 'odd'] } },
    };
    await writeFile(path.join(folder, 'marginalia.json'), JSON.stringify(project));
    for (const [i, text] of TEXT.entries()) await writeFile(path.join(folder, 'text', `${i}.txt`), `${text}\n`);
    await writeFile(path.join(folder, 'labels/mei.jsonl'), `${JSON.stringify(entity)}\n`);
    settings = { strategy: 'margin', annotator: 'mei', model: await tinyModel(), runtime: 'auto', seed: 0 };
  });
  afterEach(async () => {
    for (const made of [root, ...models.splice(0)]) await rm(made, { recursive: true, force: true, maxRetries: 5 });
  });

  interface Told {
    readonly session: Session;
    readonly log: string[];
    readonly problems: () => readonly Problem[];
    readonly model: () => string | undefined;
  }
  const start = async (): Promise<Told> => {
    const log: string[] = [];
    let problems: readonly Problem[] = [];
    let model: string | undefined;
    const session = new Session({
      folder,
      storage: path.join(root, 'storage'),
      models: root,
      settings,
      emit: (name, params) => {
        if (name === 'problems' && 'problems' in params) ({ problems } = params);
        if (name === 'model' && 'info' in params) model = params.info.hash;
        if (name === 'log' && 'message' in params) log.push(params.message);
      },
    });
    session.start();
    await session.whenIdle();
    return { session, log, problems: () => problems, model: () => model };
  };
  const queue = async (session: Session): Promise<QueuedPassage[]> =>
    (await session.passages({ exclude: [], offset: 0, limit: 20 })).items;
  const loaded = (log: readonly string[]): boolean => log.some((message) => / ready in /.test(message));

  /** Runs one session to its end, and gives its queue. */
  const once = async (): Promise<{ items: QueuedPassage[]; log: string[] }> => {
    const { session, log } = await start();
    const items = await queue(session);
    await session.dispose();
    return { items, log };
  };

  it('has the same queue, without loading the model', async () => {
    const before = await once();
    expect(before.items).toHaveLength(TEXT.length);
    expect(loaded(before.log)).toBe(true);
    const after = await once();
    expect(after.items).toEqual(before.items);
    expect(loaded(after.log)).toBe(false);
  });

  it('ranks what is new, and learns on', async () => {
    const before = await once();
    await writeFile(path.join(folder, 'text/5.txt'), 'Alan Turing ran to Cambridge.\n');
    await writeFile(path.join(folder, 'text/2.txt'), 'The ferry to Dover leaves at ten.\n');
    await rm(path.join(folder, 'text/4.txt'));
    const { session, log } = await start();
    const items = await queue(session);
    expect(items.map(({ key }) => key.doc).sort()).toEqual([0, 1, 2, 3, 5].map((i) => `text/${i}.txt`));
    expect(items.find(({ key }) => key.doc === 'text/2.txt')?.text).toContain('Dover');
    expect(loaded(log)).toBe(true);
    expect(items[0]?.state).toBe(before.items[0]?.state);
    const put = {
      id: '00000000000000ab',
      doc: 'text/3.txt',
      spans: [{ start: 0, end: 12, text: 'Grace Hopper' }],
      after: ' found a moth.',
    };
    session.labelsChanged([{ ...entity, ...put }], []);
    await session.whenIdle();
    expect((await queue(session))[0]?.state).not.toBe(before.items[0]?.state);
    await session.dispose();
  });

  it('begins anew when labels changed meanwhile', async () => {
    const before = await once();
    await writeFile(path.join(folder, 'labels/mei.jsonl'), '');
    const { items } = await once();
    expect(items[0]?.state).not.toBe(before.items[0]?.state);
    await rm(path.join(root, 'storage/queue'), { recursive: true });
    expect((await once()).items).toEqual(items);
  });

  it('begins anew when another model was chosen meanwhile', async () => {
    // Without labels nothing but the model itself is a reason to learn anew.
    await writeFile(path.join(folder, 'labels/mei.jsonl'), '');
    await once();
    settings = { ...settings, model: await tinyModel({ dimensions: 8 }) };
    const { session, problems } = await start();
    const items = await queue(session);
    expect(problems()).toEqual([]);
    await session.dispose();
    await rm(path.join(root, 'storage'), { recursive: true });
    expect(items).toEqual((await once()).items);
  });

  it('has the same queue when what was kept of it is damaged', async () => {
    const before = await once();
    const kept = path.join(root, 'storage/queue');
    const [name] = await readdir(kept);
    const file = path.join(kept, name!);
    const bytes = await readFile(file);
    for (const at of [0, 4, 40, bytes.length >> 1, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 16;
      await writeFile(file, at % 2 === 0 ? damaged : bytes.subarray(0, at));
      expect((await once()).items).toEqual(before.items);
    }
  });

  it.each([
    ['cut off', {}, /onnx\/model\.onnx cannot be loaded/],
    ['without token vectors', { outputs: ['logits'] }, /gives logits, not token vectors/],
    ['of another width than it says', { claimedDimensions: 384, seed: 9 }, /config\.json promises \[1, \d+, 384\]/],
    ['with fewer pieces than its tokenizer', { rows: 3 }, /model\.onnx fails on .* ids up to \d+/],
  ])('refuses a model %s, and keeps the one in use', async (what, options, message) => {
    const { session, problems, model } = await start();
    const [before, used] = [await queue(session), model()];
    const broken = await tinyModel(options);
    if (what === 'cut off') {
      const file = path.join(broken, 'onnx/model.onnx');
      await writeFile(file, (await readFile(file)).subarray(0, 50_000));
    }
    session.configure({ ...settings, model: broken });
    await session.whenIdle();
    expect(problems()).toMatchObject([{ code: 'model-unusable', severity: 'error' }]);
    expect(problems()[0]?.message).toMatch(message);
    expect(problems()[0]?.message).toContain(broken);
    expect(model()).toBe(used);
    expect(await queue(session)).toEqual(before);
    session.configure(settings);
    await session.whenIdle();
    expect(problems()).toEqual([]);
    await session.dispose();
  });
});
