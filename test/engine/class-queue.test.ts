import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Session } from '../../src/engine/session.js';
import { sha16, type Annotation } from '../../src/labels/annotation.js';
import type { QueuedPassage } from '../../src/protocol/engine.js';
import { writeTinyModel } from '../unit/embedding/tiny-model.js';

const WORDS = {
  calm: ['lake', 'tea', 'garden', 'slow', 'quiet'],
  cross: ['late', 'broken', 'refund', 'never', 'awful'],
};
const PASSAGES = 300;

describe('the queue of a project with a class alone', () => {
  let root: string;
  let model: string;
  const texts = Array.from({ length: PASSAGES }, (_, i) => {
    const words = WORDS[i % 2 === 0 ? 'calm' : 'cross'];
    return Array.from({ length: 6 }, (_, w) => (w % 2 === 0 ? words[(i * 7 + w * 3) % 5] : `n${(i * w) % 17}`)).join(
      ' ',
    );
  });
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'marginalia-class-'));
    ({ folder: model } = await writeTinyModel());
  });
  afterEach(async () => {
    for (const made of [root, model]) await rm(made, { recursive: true, force: true, maxRetries: 5 });
  });

  const start = async (name: string): Promise<{ session: Session; folder: string }> => {
    const folder = path.join(root, name);
    await mkdir(path.join(folder, 'text'), { recursive: true });
    const classes = { tone: { values: ['calm', 'cross'] } };
    await writeFile(path.join(folder, 'marginalia.json'), JSON.stringify({ corpus: ['text/*.txt'], classes }));
    for (const [i, text] of texts.entries()) await writeFile(path.join(folder, 'text', `${i}.txt`), text);
    const session = new Session({
      folder,
      storage: path.join(root, `${name}-storage`),
      models: root,
      settings: { strategy: 'margin', annotator: 'mei', model, runtime: 'auto', seed: 0 },
      emit: () => undefined,
    });
    session.start();
    await session.whenIdle();
    return { session, folder };
  };
  const say = async (session: Session, numbers: readonly number[]): Promise<void> => {
    const put = numbers.flatMap((i): Annotation[] => {
      const text = texts[i]!;
      const spans = [{ start: 0, end: text.length }];
      const anchor = { spans, first: text.slice(0, 24), last: text.slice(-24), sha: sha16(text) };
      const common = { doc: `text/${i}.txt`, by: 'mei', at: '2026-11-24T10:00:00Z', ...anchor };
      return [
        { ...common, id: sha16(`class ${i}`), type: 'class', label: 'tone', value: i % 2 === 0 ? 'calm' : 'cross' },
        { ...common, id: sha16(`review ${i}`), type: 'review', answer: 'accept', scope: ['tone'] },
      ];
    });
    session.labelsChanged(put, []);
    await session.whenIdle();
  };
  const queue = async (session: Session): Promise<QueuedPassage[]> =>
    (await session.passages({ exclude: [], offset: 0, limit: PASSAGES })).items;

  it('is in the order of what the newest heads say, and so are the candidates', async () => {
    const { session } = await start('one');
    await say(session, [0, 1, 2, 3, 4, 5]);
    const before = await queue(session);
    await say(session, [10, 11]);
    const items = await queue(session);
    expect(items).toHaveLength(PASSAGES - 8);
    expect(items[0]?.state).not.toBe(before[0]?.state);
    // Behind the batch the scores decide; a passage that is shown is scored by itself.
    const scores = items.slice(20).map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    const { items: candidates } = await session.candidates({ kind: undefined, offset: 0, limit: PASSAGES });
    expect(candidates).toHaveLength(PASSAGES - 8);
    const shown = new Map(items.map(({ key, candidates: [own] }) => [key.doc, own]));
    for (const candidate of candidates) expect(candidate).toEqual(shown.get(candidate.doc));
    await session.dispose();
  });

  it('is the same in another session to which the same was said', async () => {
    const queues: QueuedPassage[][] = [];
    for (const name of ['one', 'other']) {
      const { session } = await start(name);
      await say(session, [0, 1, 2, 3, 4, 5]);
      await say(session, [10, 11]);
      queues.push(await queue(session));
      await session.dispose();
    }
    expect(queues[1]).toEqual(queues[0]);
  });

  it('forgets what the corpus no longer holds, and learns on', async () => {
    const { session, folder } = await start('one');
    await say(session, [0, 1, 2, 3, 4, 5]);
    await rm(path.join(folder, 'text', '20.txt'));
    await writeFile(path.join(folder, 'text', '21.txt'), 'a refund that never came');
    session.filesChanged(['text/20.txt', 'text/21.txt']);
    await session.whenIdle();
    // After a scan the label files count, and nobody wrote these.
    await say(session, [0, 1, 2, 3, 4, 5, 10, 11]);
    const items = await queue(session);
    expect(items).toHaveLength(PASSAGES - 9);
    expect(items.map(({ key }) => key.doc)).not.toContain('text/20.txt');
    expect(items.find(({ key }) => key.doc === 'text/21.txt')?.text).toBe('a refund that never came');
    await session.dispose();
  });
});
