import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  consensusEntropy,
  consensusMargin,
  divergence,
  voteEntropy,
} from '../../../../src/learning/strategies/committee.js';
import { chooseBatch, strategies } from '../../../../src/learning/strategies/index.js';
import { uncertainty } from '../../../../src/learning/strategies/uncertainty.js';
import { queryOf } from './support.js';

/** Three members on one candidate of three outcomes; they vote for outcomes 0, 0 and 1. */
const three = [
  [0.6, 0.3, 0.1],
  [0.5, 0.1, 0.4],
  [0.1, 0.7, 0.2],
].map((p) => Float64Array.from(p));
const mean = [0.4, 1.1 / 3, 0.7 / 3];

describe('a committee', () => {
  test('by hand: vote entropy, consensus entropy and margin', () => {
    expect(voteEntropy(three, 0, 3)).toBeCloseTo((2 / 3) * Math.log(3 / 2) + (1 / 3) * Math.log(3), 12);
    expect(consensusEntropy(three, 0, 3)).toBeCloseTo(-mean.reduce((sum, p) => sum + p * Math.log(p), 0), 12);
    expect(consensusMargin(three, 0, 3)).toBeCloseTo(1 - (0.4 - 1.1 / 3), 12);
  });

  test('by hand: two members that are sure of different outcomes diverge by ln 2, each from their mean', () => {
    expect(divergence([Float64Array.of(1, 0), Float64Array.of(0, 1)], 0, 2)).toBeCloseTo(Math.LN2, 12);
    // KL((.75, .25) ‖ (.5, .5)) = .75·ln 1.5 + .25·ln .5, and the same the other way round.
    expect(divergence([Float64Array.of(0.75, 0.25), Float64Array.of(0.25, 0.75)], 0, 2)).toBeCloseTo(
      0.75 * Math.log(1.5) + 0.25 * Math.log(0.5),
      12,
    );
  });

  test('diverges by the mutual information that BALD is defined as: H(mean) − mean H', () => {
    const distribution = fc
      .array(fc.double({ min: 0.001, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
      .map((w) => Float64Array.from(w, (x) => x / w.reduce((a, b) => a + b)));
    fc.assert(
      fc.property(fc.array(distribution, { minLength: 1, maxLength: 6 }), (members) => {
        const entropies = members.reduce((sum, p) => sum + uncertainty('entropy', p), 0) / members.length;
        const information = consensusEntropy(members, 0, 3) - entropies;
        expect(divergence(members, 0, 3)).toBeCloseTo(information, 10);
        expect(voteEntropy(members, 0, 3)).toBeLessThanOrEqual(Math.log(Math.min(3, members.length)) + 1e-12);
      }),
    );
  });

  test('asks where its members disagree, not where all of them are unsure', () => {
    const members = [
      [[0.5, 0.5], [0.9, 0.1], [0.8, 0.2]],
      [[0.5, 0.5], [0.1, 0.9], [0.8, 0.2]],
    ]; // prettier-ignore
    const query = queryOf({ probabilities: [[0.5, 0.5], [0.5, 0.5], [0.8, 0.2]], members }); // prettier-ignore
    for (const strategy of ['vote-entropy', 'committee-divergence', 'bald', 'bald-dropout'] as const) {
      expect(chooseBatch(strategy, query, 1)).toEqual([1]);
    }
    expect(strategies['consensus-entropy'].scores?.(query)[0]).toBeCloseTo(Math.LN2, 12);
  });
});
