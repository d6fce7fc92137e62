import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { STRATEGIES } from '../../src/learning/strategies/names.js';
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
    const items = await queue('--strategy', 'random', '--limit', '10000');
    expect(items.every(({ score }) => score >= 0 && score < 1)).toBe(true);
    const of = (wanted: string): typeof items => items.filter(({ kind }) => kind === wanted);
    expect(of('entity').length).toBeGreaterThan(400);
    expect(of('relation').length).toBeGreaterThan(0);
    for (const { distribution, spans } of of('relation')) {
      expect(spans).toHaveLength(2);
      for (const label of Object.keys(distribution))
        expect(['worksFor', 'locatedIn', 'makes', 'none']).toContain(label);
    }
    const classes = of('class');
    expect(classes.every(({ distribution }) => !('none' in distribution))).toBe(true);
    // Of 492 passages somebody has accepted 62: they are not asked about again.
    const places = new Set(classes.map(({ doc, passage }) => `${doc} ${passage.start}`));
    expect(places.size).toBeGreaterThan(400);
    expect(places).not.toContain('letters/letters.csv#L003 0');
  });

  it('says what is wrong with its arguments, and exits with 2', async () => {
    const ran = await marginalia(['queue', '--workspace', scratch.folder, '--strategy', 'clever'], scratch.storage);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(`--strategy takes one of ${STRATEGIES.join(', ')}, not 'clever'`);
  });
});
