import { describe, expect, test } from 'vitest';
import { plainLearner, type ClassRecords } from '../../../../src/learning/simulate/class.js';
import { finish, simulate } from '../../../../src/learning/simulate/loop.js';
import type { SimulationOptions } from '../../../../src/learning/simulate/types.js';
import fixture from '../fixtures/margin-queries.json' with { type: 'json' };

/**
 * Margin sampling as modAL and small-text do it on scikit-learn's logistic regression (fixtures/make_margin_queries.py):
 * given the same labelled records, whatever lies more than 1e-6 from the cut is asked for, or not, alike.
 */
describe.each(fixture.sets)('margin on $name', ({ features, labels, initial, batch, rounds }) => {
  const records: ClassRecords = {
    passages: labels.map(() => ({ text: '', words: [] })),
    vectors: { rows: labels.length, dimensions: features[0]!.length, data: Float32Array.from(features.flat()) },
    labels: labels.map((k) => `class ${k}`),
  };
  const learner = plainLearner(records, records);
  const options: SimulationOptions = {
    strategy: 'margin',
    seedSize: initial.length,
    balancedSeed: false,
    initial,
    batch,
    rounds: 1,
    seed: 0,
    clock: () => 0,
    full: { labels: 0, tokens: 0, macroF1: 0, ece: 0 },
  };
  const apart = (asked: readonly number[], near: readonly number[]) =>
    asked.filter((record) => !near.includes(record)).sort((a, b) => a - b);

  test('asks for the same, given the same labels', () => {
    expect(rounds.length).toBeGreaterThanOrEqual(20);
    const labelled = [...initial];
    for (const { queried, near } of rounds) {
      const [, next] = finish(simulate(learner, { ...options, initial: labelled })).rounds;
      expect(next!.queried).toHaveLength(batch);
      expect(apart(next!.queried, near)).toEqual(apart(queried, near));
      labelled.push(...queried);
    }
  });

  test.runIf(rounds.every(({ near }) => near.length === 0))('asks for the same on its own, round after round', () => {
    const told = finish(simulate(learner, { ...options, rounds: rounds.length })).rounds.slice(1);
    expect(told.map((round) => apart(round.queried, []))).toEqual(rounds.map(({ queried }) => queried));
  });
});
