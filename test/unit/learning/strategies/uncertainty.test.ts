import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { passageScore, score, topK, uncertainty } from '../../../../src/learning/strategies/uncertainty.js';

const context = { seed: 1, identity: 'docs/a.md 0 10' };
const distributions = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 6 })
  .filter((weights) => weights.some((w) => w > 1e-3))
  .map((weights) => {
    const sum = weights.reduce((a, b) => a + b);
    return Object.fromEntries(weights.map((w, k) => [`label ${k}`, w / sum]));
  });

describe('query strategies', () => {
  test('by hand: {a: 0.5, b: 0.25, none: 0.25}', () => {
    const distribution = { a: 0.5, b: 0.25, none: 0.25 };
    expect(score('entropy', distribution, context)).toBeCloseTo(1.5 * Math.LN2, 12);
    expect(score('margin', distribution, context)).toBeCloseTo(0.75, 12);
    expect(score('least-confidence', distribution, context)).toBeCloseTo(0.5, 12);
  });

  test('can be recomputed from any distribution by the formulas documented', () => {
    fc.assert(
      fc.property(distributions, (distribution) => {
        const p = Object.values(distribution).sort((a, b) => b - a);
        const entropy = p.reduce((sum, v) => sum - (v > 0 ? v * Math.log(v) : 0), 0);
        expect(score('entropy', distribution, context)).toBeCloseTo(entropy, 10);
        expect(score('margin', distribution, context)).toBeCloseTo(1 - (p[0]! - p[1]!), 10);
        expect(score('least-confidence', distribution, context)).toBeCloseTo(1 - p[0]!, 10);
        expect(entropy).toBeLessThanOrEqual(Math.log(p.length) + 1e-9);
      }),
    );
  });

  test('agree on which of two outcomes is in doubt, and are highest for even odds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
        fc.pre(Math.abs(Math.abs(a - 0.5) - Math.abs(b - 0.5)) > 1e-6);
        for (const strategy of ['entropy', 'margin', 'least-confidence'] as const) {
          const [scoreA, scoreB] = [uncertainty(strategy, [a, 1 - a]), uncertainty(strategy, [b, 1 - b])];
          expect(scoreA > scoreB).toBe(Math.abs(a - 0.5) < Math.abs(b - 0.5));
        }
      }),
    );
  });

  test('look at their stretch of an array only', () => {
    const rows = [0.9, 0.1, 0.5, 0.5, 0.2, 0.8];
    expect(uncertainty('margin', rows, 2, 2)).toBe(1);
    expect(uncertainty('entropy', rows, 4)).toBeCloseTo(uncertainty('entropy', [0.8, 0.2]), 12);
  });

  test('random depends on seed and identity, not on the distribution', () => {
    const first = score('random', { a: 1, none: 0 }, context);
    expect(score('random', { a: 0.5, none: 0.5 }, context)).toBe(first);
    expect(score('random', { a: 1, none: 0 }, { ...context, seed: 2 })).not.toBe(first);
    expect(score('random', { a: 1, none: 0 }, { ...context, identity: 'other' })).not.toBe(first);
  });

  test('a passage scores as its three highest candidates do', () => {
    expect(passageScore([0.1, 0.9, 0.6, 0.3])).toBeCloseTo(0.6, 12);
    expect(passageScore([0.4])).toBe(0.4);
    expect(passageScore([])).toBe(0);
  });

  test('the best k are those that sorting finds, equal ones by index', () => {
    expect(topK([1, 3, 2, 3, 3], 2)).toEqual([1, 3]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 })), fc.nat(8), (scores, count) => {
        const sorted = scores.map((s, i) => [s, i] as const).sort(([a, i], [b, j]) => b - a || i - j);
        expect(topK(scores, count)).toEqual(sorted.slice(0, count).map(([, i]) => i));
      }),
    );
  });
});
