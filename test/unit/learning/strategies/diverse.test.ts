import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseBatch } from '../../../../src/learning/strategies/index.js';
import { queryOf } from './support.js';

describe('diverse margin', () => {
  test('takes one of each group of doubtful items, the most doubtful first', () => {
    // Items 0–3 are alike and most doubtful, 4 and 5 are alike and less so, 6 is sure.
    const probabilities = [0.5, 0.5, 0.51, 0.52, 0.55, 0.56, 0.99].map((p) => [p, 1 - p]);
    const vectors = [[1, 0], [1, 0.01], [1, 0.02], [1, 0.03], [0, 1], [0.01, 1], [-1, 0]]; // prettier-ignore
    const [first, second] = chooseBatch('diverse-margin', queryOf({ probabilities: probabilities.slice(0, 6), vectors: vectors.slice(0, 6) }), 2); // prettier-ignore
    expect([0, 1, 2, 3]).toContain(first);
    expect([4, 5]).toContain(second);
  });

  test('looks only at the ten most doubtful for each that it chooses', () => {
    const probabilities = Array.from({ length: 30 }, (_, i) => [0.5 + i / 100, 0.5 - i / 100]);
    // The sure ones lie elsewhere: they are diverse, but not asked.
    const vectors = Array.from({ length: 30 }, (_, i) => (i < 20 ? [1, i / 100] : [-1, i]));
    const chosen = chooseBatch('diverse-margin', queryOf({ probabilities, vectors }), 2);
    expect(Math.max(...chosen)).toBeLessThan(20);
  });
});

describe('BADGE', () => {
  const outer = (r: readonly number[], x: readonly number[]) => r.flatMap((a) => x.map((b) => a * b));

  test('by hand: first the longest gradient, then never one that repeats what is taken', () => {
    // g = (p − e_ŷ) ⊗ x. Lengths: ‖(−.5, .5)‖ · 2 for items 0 and 1, which are equal; shorter for 2; zero for 3.
    const probabilities = [[0.5, 0.5], [0.5, 0.5], [0.9, 0.1], [1, 0]]; // prettier-ignore
    const vectors = [[2, 0], [2, 0], [0, 1], [5, 5]]; // prettier-ignore
    for (const seed of [1, 2, 3, 4]) {
      const [first, second] = chooseBatch('badge', queryOf({ probabilities, vectors, seed }), 2);
      expect([0, 1]).toContain(first);
      expect([2, 3]).toContain(second);
    }
  });

  test('draws in proportion to the squared distances of the gradients written out', () => {
    const probabilities = [[0.6, 0.4], [0.3, 0.7], [0.8, 0.2]]; // prettier-ignore
    const vectors = [[3, 1], [1, 2], [2, -1]]; // prettier-ignore
    const residuals = [[-0.4, 0.4], [0.3, -0.3], [-0.2, 0.2]]; // prettier-ignore
    const gradients = residuals.map((r, i) => outer(r, vectors[i]!));
    const squared = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);
    const [toSecond, toThird] = [squared(gradients[0]!, gradients[1]!), squared(gradients[0]!, gradients[2]!)];
    let second = 0;
    const draws = 2000;
    for (let seed = 0; seed < draws; seed++) {
      const chosen = chooseBatch('badge', queryOf({ probabilities, vectors, seed }), 2);
      expect(chosen[0]).toBe(0);
      if (chosen[1] === 1) second++;
    }
    expect(second / draws).toBeCloseTo(toSecond / (toSecond + toThird), 1);
  });
});

test('information density by hand: entropy times the mean cosine to the pool', () => {
  const vectors = [[2, 0], [0, 3], [1, 0], [1, 0]]; // prettier-ignore
  // Cosines: of items 0, 2 and 3 three of four are 1, of item 1 one. Entropies: ln 2, ln 2, 0, and .198 for (.95, .05).
  const probabilities = [[0.5, 0.5], [0.5, 0.5], [1, 0], [0.95, 0.05]]; // prettier-ignore
  // So the scores are .75·.693, .25·.693 = .173, 0 and .75·.198 = .149.
  expect(chooseBatch('density', queryOf({ probabilities, vectors }), 4)).toEqual([0, 1, 3, 2]);
});

/** Strategies that look at heads, vectors and labelled items, on pools without ties. */
const item = fc.record({
  p: fc.integer({ min: 1, max: 10_000 }),
  x: fc.integer({ min: -1000, max: 1000 }),
  y: fc.integer({ min: -1000, max: 1000 }),
});
describe('the order of the pool', () => {
  test.each([
    'diverse-margin', 'typical', 'badge', 'core-set', 'density', 'contrastive', 'error-reduction', 'gradient-length',
    'random', 'margin', 'bald', 'mnlp',
  ] as const)('does not change what %s chooses', (strategy) => {
    fc.assert(
      fc.property(
        fc.uniqueArray(item, { minLength: 2, maxLength: 20, selector: ({ p }) => p }),
        fc.integer({ min: 1, max: 6 }),
        fc.nat(1000),
        (items, count, shuffle) => {
          const query = (of: typeof items) => {
            const probabilities = of.map(({ p }) => [p / 20_001, 1 - p / 20_001]);
            return queryOf({
              probabilities,
              vectors: of.map(({ x, y }) => [x + 0.5, y]),
              names: of.map(({ p }) => String(p)),
              members: [probabilities, probabilities.map(([a, b]) => [b! / 2, 1 - b! / 2, a!].slice(0, 2))],
              labelled: {
                vectors: [[900, 3], [-7, 700]], // prettier-ignore
                probabilities: [[0.8, 0.2], [0.1, 0.9]], // prettier-ignore
                truth: [[1, 0], [0, 1]], // prettier-ignore
              },
            });
          };
          const other = items.map((_, i) => items[(i * 7 + shuffle) % items.length]!);
          fc.pre(new Set(other).size === items.length);
          const names = (of: typeof items) => chooseBatch(strategy, query(of), count).map((i) => of[i]!.p);
          expect(names(other)).toEqual(names(items));
        },
      ),
      { numRuns: 40 },
    );
  }); // prettier-ignore
});
