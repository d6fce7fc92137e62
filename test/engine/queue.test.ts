import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Candidate } from '../../src/protocol/engine.js';
import { marginalia, scratchSample, type Scratch } from './support.js';

const Queue = z.object({ items: z.array(Candidate) });

/** Scores recomputed from nothing but the printed distribution. */
const formulas = {
  entropy: (p: number[]) => -p.reduce((sum, q) => sum + (q > 0 ? q * Math.log(q) : 0), 0),
  margin: (p: number[]) => 1 - (p[0]! - (p[1] ?? 0)),
  'least-confidence': (p: number[]) => 1 - p[0]!,
} as const;

describe('marginalia queue --json', () => {
  let scratch: Scratch;
  beforeAll(async () => {
    scratch = await scratchSample();
  });
  afterAll(() => scratch.remove());

  const queue = async (...args: string[]): Promise<z.infer<typeof Queue>['items']> => {
    const ran = await marginalia(
      ['queue', '--workspace', scratch.folder, '--json', '--annotator', 'somebody', ...args],
      scratch.storage,
    );
    expect(ran.code, ran.stderr).toBe(0);
    return Queue.parse(JSON.parse(ran.stdout)).items;
  };

  for (const [strategy, formula] of Object.entries(formulas)) {
    it(`ranks by ${strategy}, and the scores follow from the distributions`, async () => {
      const items = await queue('--strategy', strategy, '--limit', '400');
      expect(items.length).toBeGreaterThan(100);
      for (const { distribution, score, kind } of items) {
        const p = Object.values(distribution).sort((a, b) => b - a);
        expect(p.reduce((sum, q) => sum + q, 0)).toBeCloseTo(1, 6);
        expect(score).toBeCloseTo(formula(p), 6);
        if (kind !== 'class') expect(distribution).toHaveProperty('none');
      }
      const scores = items.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    });
  }

  it('asks about every kind, and only about relations that a signature allows', async () => {
    const relations = await queue('--kind', 'relation', '--limit', '50');
    expect(relations.length).toBeGreaterThan(0);
    for (const { distribution, spans } of relations) {
      expect(spans).toHaveLength(2);
      for (const label of Object.keys(distribution))
        expect(['worksFor', 'locatedIn', 'makes', 'none']).toContain(label);
    }
    const entities = await queue('--kind', 'entity', '--limit', '50');
    expect(entities.every(({ kind }) => kind === 'entity')).toBe(true);
    const classes = await queue('--kind', 'class', '--limit', '1000');
    expect(classes.every(({ distribution }) => !('none' in distribution))).toBe(true);
    // Of 433 passages somebody has accepted 62: they are not asked about again.
    const places = new Set(classes.map(({ doc, passage }) => `${doc} ${passage.start}`));
    expect(places.size).toBeGreaterThan(400);
    expect(places).not.toContain('letters/letters.csv#L003 0');
  });

  it('orders at random by seed alone', async () => {
    const order = async (seed: string): Promise<string[]> =>
      (await queue('--strategy', 'random', '--kind', 'class', '--limit', '40', '--seed', seed)).map(({ text }) => text);
    const first = await order('1');
    expect(await order('1')).toEqual(first);
    expect(await order('2')).not.toEqual(first);
  });

  it('says what is wrong with its arguments, and exits with 2', async () => {
    const ran = await marginalia(['queue', '--workspace', scratch.folder, '--strategy', 'clever'], scratch.storage);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain("--strategy takes one of entropy, margin, least-confidence, random, not 'clever'");
  });
});
