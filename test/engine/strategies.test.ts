import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../../src/engine/session.js';
import { explanationLines, QueuedPassage, type EngineSettings } from '../../src/protocol/engine.js';
import { repository, scratchSample, type Scratch } from './support.js';

const settings: EngineSettings = {
  strategy: 'diverse-margin',
  annotator: 'somebody',
  model: 'marginalia-en-small',
  runtime: 'auto',
  seed: 0,
  randomShare: 0,
};

describe('the queue of the sample', () => {
  let scratch: Scratch;
  let session: Session;
  beforeAll(async () => {
    scratch = await scratchSample();
    session = new Session({
      folder: scratch.folder,
      storage: scratch.storage,
      models: path.join(repository, 'media/models'),
      settings,
      emit: () => undefined,
    });
    session.start();
    await session.whenIdle();
  }, 600_000);
  afterAll(async () => {
    await session.dispose();
    await scratch.remove();
  });

  const first = async (limit: number): Promise<QueuedPassage[]> => {
    const { items } = await session.passages({ exclude: [], offset: 0, limit });
    return items.map((item) => QueuedPassage.parse(item));
  };

  // One of each sort: what they compute is tested by itself.
  it.each(['diverse-margin', 'mnlp', 'bald-dropout', 'contrastive', 'core-set', 'error-reduction', 'random'] as const)(
    'is led by what %s chooses, and says why',
    async (strategy) => {
      session.configure({ ...settings, strategy });
      await session.whenIdle();
      const items = await first(12);
      expect(items).toHaveLength(12);
      expect(new Set(items.map(({ key }) => `${key.doc} ${key.start}`)).size).toBe(12);
      // The project has several heads: what needs a single class stands back.
      const chosenBy = strategy === 'error-reduction' ? 'diverse-margin' : strategy;
      for (const { explanation, strategy: used, candidates } of items) {
        expect(used).toBe(chosenBy);
        expect(explanation.strategy).toBe(chosenBy);
        expect(explanation.doubts.length).toBe(Math.min(3, candidates.length));
        expect(explanation.neighbours).toHaveLength(3);
        const similar = explanation.neighbours.map(({ similarity }) => similarity);
        expect(similar).toEqual([...similar].sort((a, b) => b - a));
        expect(explanationLines(explanation).length).toBeGreaterThan(0);
      }
      if (strategy === 'random') return;
      const documents = new Map<string, number>();
      for (const { key } of items) documents.set(key.doc, (documents.get(key.doc) ?? 0) + 1);
      expect(Math.max(...documents.values())).toBeLessThanOrEqual(3);
    },
  );

  it('begins with typical passages when nothing is labelled yet', async () => {
    for (const strategy of ['diverse-margin', 'entropy'] as const) {
      await rm(path.join(scratch.folder, 'labels'), { recursive: true, force: true });
      session.labelsReloaded();
      session.configure({ ...settings, strategy });
      await session.whenIdle();
      const items = await first(10);
      expect(items.map((item) => item.strategy)).toEqual(Array(10).fill('typical'));
      for (const { explanation } of items) {
        expect(explanation.standsFor).toBeGreaterThan(0);
        expect(explanation.neighbours).toEqual([]);
      }
    }
  });
}, 600_000);
