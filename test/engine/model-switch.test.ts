import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha16, type Annotation } from '../../src/labels/annotation.js';
import { Session } from '../../src/engine/session.js';
import { BUNDLED } from '../../src/models/catalogue.js';
import { downloadFolder } from '../../src/models/reference.js';
import type { EngineSettings, QueuedPassage } from '../../src/protocol/engine.js';
import type { EngineNotificationParams } from '../../src/protocol/rpc.js';
import { writeTinyModel } from '../unit/embedding/tiny-model.js';
import { repository } from './support.js';

const settings: EngineSettings = { strategy: 'margin', annotator: 'mei', model: BUNDLED, runtime: 'auto', seed: 0 };
const PASSAGES = 300;

function isChange(params: object): params is EngineNotificationParams<'modelChange'> {
  return 'state' in params && 'total' in params;
}

/** What choosing another model does to a session. */
describe('another model', () => {
  let root: string;
  let folder: string;
  let session: Session;
  let changes: EngineNotificationParams<'modelChange'>[];
  let inUse: string[];
  let problems: readonly { readonly code: string; readonly message: string }[];
  /** Called whenever vectors of the next model are made. */
  let onEmbedding: () => void;

  const open = (model = BUNDLED): void => {
    changes = [];
    inUse = [];
    problems = [];
    onEmbedding = () => undefined;
    session = new Session({
      folder,
      storage: path.join(root, 'cache'),
      models: path.join(repository, 'media/models'),
      downloads: path.join(root, 'downloads'),
      settings: { ...settings, model },
      emit: (name, params) => {
        if (name === 'modelChange' && isChange(params)) {
          changes.push(params);
          if (params.state === 'embedding') onEmbedding();
        }
        if (name === 'model' && 'info' in params) inUse.push(params.info.name);
        if (name === 'problems' && 'problems' in params) problems = params.problems;
      },
    });
    session.start();
  };

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'marginalia-switch-'));
    folder = path.join(root, 'workspace');
    await mkdir(path.join(folder, 'text'), { recursive: true });
    await mkdir(path.join(root, 'downloads'));
    await writeFile(
      path.join(folder, 'marginalia.json'),
      '{ "corpus": ["text/*.txt"], "unit": "paragraph", "classes": { "tone": { "values": ["dry", "warm"] } } }\n',
    );
    const text = Array.from({ length: PASSAGES }, (_, i) => `Ferry ${i} left pier ${(i * 7) % 50} on time.`);
    await writeFile(path.join(folder, 'text/a.txt'), text.join('\n\n'));
  });
  afterEach(async () => {
    await session.dispose();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  });

  const tiny = async (options?: Parameters<typeof writeTinyModel>[0]): Promise<string> => {
    const model = await writeTinyModel(options);
    const target = path.join(root, path.basename(model.folder));
    await cp(model.folder, target, { recursive: true });
    await rm(model.folder, { recursive: true });
    return target;
  };
  const first = async (): Promise<QueuedPassage> =>
    (await session.passages({ exclude: [], offset: 0, limit: 1 })).items[0]!;
  const accept = ({ key, text }: QueuedPassage, n: number): Annotation[] => {
    const common = {
      doc: key.doc,
      spans: [{ start: key.start, end: key.end }],
      first: text.slice(0, 24),
      last: text.slice(-24),
      sha: sha16(text),
      by: 'mei',
      at: '2026-11-23T10:00:00Z',
    };
    return [
      { ...common, type: 'class', id: `000000000000000${n}`, label: 'tone', value: 'dry' },
      { ...common, type: 'review', id: `000000000000001${n}`, answer: 'accept', scope: ['tone'] },
    ] as Annotation[];
  };

  it('takes over when its vectors are there; until then the queue answers with the old one, and labels count', async () => {
    open();
    await session.whenIdle();
    const before = await first();
    const model = await tiny();

    const answers: Promise<QueuedPassage>[] = [];
    let labelled: QueuedPassage['key'] | undefined;
    onEmbedding = () => {
      answers.push(first());
      if (answers.length !== 2) return;
      labelled = before.key;
      session.labelsChanged(accept(before, 1), []);
    };
    session.configure({ ...settings, model });
    await session.whenIdle();

    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const answer of await Promise.all(answers.slice(0, -1))) expect(answer.model).toBe(before.model);
    expect(changes.map(({ state }) => state)).toEqual([
      'loading',
      'inUse',
      'loading',
      ...Array<string>(answers.length).fill('embedding'),
      'inUse',
    ]);
    expect(changes.at(-2)).toMatchObject({ done: PASSAGES, total: PASSAGES });
    expect(inUse).toEqual([BUNDLED, model]);

    const after = await first();
    expect(after.model).not.toBe(before.model);
    // The label that was given meanwhile is in the heads, and its passage is out of the queue.
    const { items, status } = await session.passages({ exclude: [], offset: 0, limit: PASSAGES });
    expect(status).toMatchObject({ passages: PASSAGES, reviewed: 1 });
    expect(items).toHaveLength(PASSAGES - 1);
    expect(items.some(({ key }) => key.start === labelled?.start)).toBe(false);
    expect(new Set(items.map((item) => item.model))).toEqual(new Set([after.model]));
  });

  it('does not take over when the old one is chosen again meanwhile', async () => {
    open();
    await session.whenIdle();
    const before = await first();
    const model = await tiny();
    let count = 0;
    onEmbedding = () => {
      if (++count === 2) session.configure(settings);
    };
    session.configure({ ...settings, model });
    await session.whenIdle();
    expect(inUse).toEqual([BUNDLED]);
    expect((await first()).model).toBe(before.model);
    expect(changes.at(-1)).toMatchObject({ model: BUNDLED, state: 'inUse' });
  });

  it.each([
    ['is not there', () => Promise.resolve('/no/such/model'), /There is no config\.json/],
    ['is of another shape than it says', () => tiny({ claimedDimensions: 384 }), /where config\.json promises/],
    [
      'is corrupt',
      async () => {
        const model = await tiny();
        await writeFile(path.join(model, 'onnx/model.onnx'), 'this is no model');
        return model;
      },
      /cannot be loaded/,
    ],
    ['has no name that can be', () => Promise.resolve('a/b/c'), /neither a bundled model/],
  ])('that %s is refused with a reason, and the one in use stays', async (_, make, why) => {
    open();
    await session.whenIdle();
    const before = await first();
    session.configure({ ...settings, model: await make() });
    await session.whenIdle();
    expect(changes.at(-1)).toMatchObject({ state: 'refused', message: expect.stringMatching(why) as string });
    expect(problems).toMatchObject([{ code: 'model-unusable' }]);
    expect((await first()).model).toBe(before.model);
    session.configure(settings);
    await session.whenIdle();
    expect(problems).toEqual([]);
  });

  it('of the hub that is not downloaded is missing; the bundled one steps in until it is', async () => {
    const id = 'owner/tiny';
    open(id);
    await session.whenIdle();
    expect(changes).toMatchObject([
      { model: id, state: 'loading' },
      { model: id, state: 'missing' },
    ]);
    expect(problems).toMatchObject([
      { code: 'model-unusable', message: expect.stringMatching(/Choose Model/) as string },
    ]);
    expect(inUse).toEqual([BUNDLED]);
    const before = await first();

    await rename(await tiny(), downloadFolder(path.join(root, 'downloads'), id));
    session.modelsChanged();
    await session.whenIdle();
    expect(inUse).toEqual([BUNDLED, id]);
    expect(problems).toEqual([]);
    expect((await first()).model).not.toBe(before.model);
  });

  it('that ended the engine twice when it was loaded is not tried a third time, but when it is started anew', async () => {
    const model = await tiny();
    await mkdir(path.join(root, 'cache'), { recursive: true });
    await writeFile(path.join(root, 'cache/model-loading.json'), JSON.stringify({ model, deaths: 2 }));
    open(model);
    await session.whenIdle();
    expect(problems).toMatchObject([{ message: expect.stringMatching(/ended the engine 2 times.*memory/) as string }]);
    expect(inUse).toEqual([BUNDLED]);
    await session.dispose();
    open(model);
    await session.whenIdle();
    expect(inUse).toEqual([model]);
  });

  it('is made ready again from the cache, so that going back is quick', async () => {
    open();
    await session.whenIdle();
    session.configure({ ...settings, model: await tiny() });
    await session.whenIdle();
    session.configure(settings);
    changes = [];
    await session.whenIdle();
    expect(changes.filter(({ state }) => state === 'embedding')).toHaveLength(1);
    expect(inUse.at(-1)).toBe(BUNDLED);
  });
});
