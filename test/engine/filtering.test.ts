import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../../src/engine/session.js';
import type { QueuedPassage } from '../../src/protocol/engine.js';
import { parseQuery } from '../../src/protocol/queue-query.js';
import { repository, scratchSample, type Scratch } from './support.js';

describe('a filtered queue', () => {
  let scratch: Scratch;
  let session: Session;
  beforeAll(async () => {
    scratch = await scratchSample();
    session = new Session({
      ...scratch,
      models: path.join(repository, 'media/models'),
      settings: { strategy: 'margin', annotator: 'somebody', model: 'marginalia-en-small', runtime: 'auto', seed: 0 },
      emit: () => undefined,
    });
    session.start();
    await session.whenIdle();
  });
  afterAll(async () => {
    await session.dispose();
    await scratch.remove();
  });

  const ask = async (query: string, limit = 1000): Promise<{ items: QueuedPassage[]; matching: number }> => {
    const { filter, problems } = parseQuery(query);
    expect(problems).toEqual([]);
    const { items, matching = -1 } = await session.passages({ exclude: [], filter, offset: 0, limit });
    return { items, matching };
  };
  const docsOf = async (query: string): Promise<string[]> => (await ask(query)).items.map(({ key }) => key.doc);
  const place = ({ key }: QueuedPassage): string => `${key.doc} ${key.start}`;

  it('shows what is to be reviewed, in the order of the queue, unless it says otherwise', async () => {
    const all = await session.passages({ exclude: [], offset: 0, limit: 1000 });
    const { items, matching } = await ask('');
    expect(items.map(place)).toEqual(all.items.map(place));
    expect(matching).toBe(430);
    expect((await ask('status:unreviewed', 7)).items).toHaveLength(7);
  });

  it('by file: a glob, a folder, or not', async () => {
    const letters = await docsOf('file:letters');
    expect(letters.length).toBeGreaterThan(10);
    expect(letters.every((doc) => doc.startsWith('letters/'))).toBe(true);
    expect(await docsOf('file:*/letters.csv')).toEqual(letters);
    const others = await docsOf('-file:letters');
    expect(others.some((doc) => doc.startsWith('letters/'))).toBe(false);
    expect(letters.length + others.length).toBe(430);
  });

  it('by words, whatever their case and accents', async () => {
    const { items } = await ask('HÁRBOUR ferry');
    expect(items.length).toBeGreaterThan(0);
    const without = await docsOf('harbour -ferry');
    const withIt = await docsOf('harbour');
    expect(without.length + items.length).toBe(withIt.length);
  });

  it('by verdict and annotator', async () => {
    const by = async (query: string): Promise<number> => (await ask(query)).matching;
    expect(await by('by:tomas status:accepted')).toBe(41);
    expect(await by('by:tomas status:rejected')).toBe(1);
    expect(await by('by:tomas status:accepted status:skipped')).toBe(42);
    expect(await by('by:nobody')).toBe(0);
    expect(await by('status:flagged')).toBeGreaterThan(0);
    expect((await by('by:mei -by:tomas')) + (await by('by:tomas'))).toBe(await by('by:mei by:tomas'));
  });

  it('by label: given ones, and those that the model thinks of', async () => {
    const { items } = await ask('label:makes status:accepted');
    expect(items.length).toBeGreaterThan(0);
    const thought = await ask('label:Place');
    expect(thought.matching).toBeGreaterThan(0);
    expect(thought.matching).toBeLessThan(430);
    expect((await ask('label:Nothing')).matching).toBe(0);
    const { filter } = parseQuery('label:Place kind:entity');
    const candidates = (await session.candidates({ filter, offset: 0, limit: 1000 })).items;
    expect(candidates.length).toBeGreaterThan(0);
    expect(candidates.every(({ kind, distribution }) => kind === 'entity' && distribution['Place']! >= 0.25)).toBe(
      true,
    );
  });

  it('by score', async () => {
    const { items } = await ask('score>0.5 score<=0.9');
    const scores = items.map(({ score }) => score);
    expect(scores.every((score) => score > 0.5 && score <= 0.9)).toBe(true);
    expect((await ask('score<=0.5')).matching + (await ask('score>0.5')).matching).toBe(430);
  });

  it('in document order', async () => {
    const { items } = await ask('file:minutes sort:document');
    const ends = new Map<string, number>();
    for (const { key } of items) {
      expect(key.start).toBeGreaterThanOrEqual(ends.get(key.doc) ?? 0);
      ends.set(key.doc, key.end);
    }
    expect(items.length).toBeGreaterThan(ends.size);
  });

  it('by likeness to a passage, itself left out', async () => {
    const [ferry] = (await ask('file:logs/ferry-incidents.txt')).items;
    const { doc, start, end } = ferry!.key;
    const { items } = await ask(`like:${doc}:${start}-${end}`);
    expect(items.length).toBe(429);
    expect(items.map(place)).not.toContain(place(ferry!));
    const near = items.slice(0, 10).filter(({ key }) => key.doc === doc).length;
    const far = items.slice(-10).filter(({ key }) => key.doc === doc).length;
    expect(near).toBeGreaterThan(far);
    await expect(ask('like:gone.txt:0-1')).rejects.toThrow(/no longer holds/);
  });

  it('by disagreement: where people contradict one another, then where the model does', async () => {
    const { items } = await ask('sort:disagreement');
    expect(items.length).toBeGreaterThan(1);
    expect(items.length).toBeLessThan(62);
  });

  it('finds a passage by its text, with a slip too', async () => {
    const [exact] = await session.find('brackwater council', 5);
    expect(exact?.text.toLowerCase()).toContain('brackwater');
    const [slip] = await session.find('brackwatre', 5);
    expect(slip?.text.toLowerCase()).toContain('brackwat');
    expect(await session.find('xylophonist zebra', 5)).toEqual([]);
  });

  it('tells of whole documents what the queue would', async () => {
    const items = await session.documents([{ doc: 'notices/town.txt' }, { doc: 'gone.txt' }]);
    expect(items.length).toBeGreaterThan(1);
    expect(items.map(({ key }) => key.start)).toEqual(items.map(({ key }) => key.start).sort((a, b) => a - b));
    const [, second, third] = items;
    const within = { start: second!.key.end - 1, end: third!.key.start + 1 };
    const some = await session.documents([{ doc: 'notices/town.txt', within }]);
    expect(some.map(({ key }) => key)).toEqual([second!.key, third!.key]);
  });
});
