import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  curvePoints,
  curveSizes,
  expectedGain,
  fitPowerLaw,
  labelsFor,
  scoreAt,
} from '../../../src/learning/learning-curve.js';
import { Random } from '../../../src/learning/random.js';

describe('learning curves', () => {
  it('have nested sizes, evenly spread on a logarithmic scale, up to all labels', () => {
    expect(curveSizes(100)).toEqual([8, 13, 22, 36, 60, 100]);
    expect(curveSizes(20)).toEqual([10, 14, 20]);
    expect(curveSizes(7)).toEqual([]);
    expect(curveSizes(8)).toEqual([8]);
  });

  it('find the law that made the points', () => {
    const law = { asymptote: 0.9, scale: 0.8, rate: 0.5 };
    const points = [25, 50, 100, 200, 400].map((labels) => ({ labels, score: scoreAt(law, labels) }));
    const found = fitPowerLaw(points)!;
    for (const labels of [25, 100, 400, 1000]) expect(scoreAt(found, labels)).toBeCloseTo(scoreAt(law, labels), 2);
  });

  it('never fall nor end above 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 8 }), (scores) => {
        const law = fitPowerLaw(scores.map((score, i) => ({ labels: 10 * 2 ** i, score })))!;
        expect(law.asymptote).toBeLessThanOrEqual(1);
        expect(law.asymptote).toBeGreaterThanOrEqual(0);
        expect(scoreAt(law, 1e6)).toBeGreaterThanOrEqual(scoreAt(law, 100));
      }),
    );
  });

  it('say nothing with fewer than four sizes', () => {
    expect(
      fitPowerLaw([
        { labels: 10, score: 0.5 },
        { labels: 20, score: 0.6 },
        { labels: 40, score: 0.7 },
      ]),
    ).toBeUndefined();
  });

  it('tell how many labels a score needs', () => {
    // .9 − .8 / √n = .82 at n = 100.
    const law = { asymptote: 0.9, scale: 0.8, rate: 0.5 };
    expect(labelsFor(law, 0.82)).toBe(100);
    expect(labelsFor(law, 0.9)).toBe(Infinity);
    expect(labelsFor(law, 0.05)).toBe(1);
  });

  it('expect of further labels what the law says, with an interval around it', () => {
    const random = new Random(4);
    const sizes = [25, 50, 100, 200];
    const draws = Array.from({ length: 300 }, () => random.uniform());
    const curve = sizes.map((labels) => ({
      labels,
      outcomes: draws.map((draw) => ({ hits: draw < 0.9 - 0.8 / Math.sqrt(labels) ? 1 : 0, total: 1 })),
    }));
    const gain = expectedGain('accuracy', curve, 200, 100, 1)!;
    // The law itself gains .8/√200 − .8/√300 = .0104.
    expect(gain.score).toBeGreaterThan(0);
    expect(gain.score).toBeLessThan(0.04);
    expect(gain.low).toBeLessThanOrEqual(gain.score);
    expect(gain.high).toBeGreaterThanOrEqual(gain.score);
    expect(expectedGain('accuracy', curve, 200, 100, 1)).toEqual(gain);
  });

  it('leave out sizes at which nothing was predicted or true', () => {
    const curve = [
      { labels: 10, outcomes: [undefined, { hits: 0, total: 0 }] },
      { labels: 20, outcomes: [undefined, { hits: 1, total: 2 }] },
    ];
    expect(curvePoints('micro-f1', curve)).toEqual([{ labels: 20, score: 2 / 3 }]);
  });
});
