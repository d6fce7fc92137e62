import { describe, expect, test } from 'vitest';
import { classLearner, plainLearner, type ClassRecords } from '../../../../src/learning/simulate/class.js';
import { finish, simulate } from '../../../../src/learning/simulate/loop.js';
import type { HeadName, Observation, SimulationOptions } from '../../../../src/learning/simulate/types.js';
import { strategies, STRATEGIES, type Strategy } from '../../../../src/learning/strategies/index.js';
import fixture from '../fixtures/sklearn.json' with { type: 'json' };
import { worded } from '../support.js';

const records = (vectors: readonly (readonly number[])[], classes: readonly number[]): ClassRecords => ({
  passages: classes.map((k, i) => worded(`record ${i} speaks of ${['apples', 'boats', 'clouds', 'drums'][k]!}`)),
  vectors: {
    rows: vectors.length,
    dimensions: vectors[0]!.length,
    data: Float32Array.from(vectors.flat()),
  },
  labels: classes.map((k) => `class ${k}`),
});
const train = records(fixture.train, fixture.trainClasses);
const tests = records(fixture.test, fixture.testClasses);
let ticks = 0;
const options: SimulationOptions = {
  strategy: 'margin',
  seedSize: 8,
  balancedSeed: false,
  batch: 10,
  rounds: 3,
  seed: 1,
  clock: () => ticks++,
};
function run({ head = 'default', ...changed }: Partial<SimulationOptions> & { head?: HeadName }, data = train) {
  const all = { ...options, ...changed };
  return finish(
    head === 'default' ? simulate(classLearner(data, tests), all) : simulate(plainLearner(data, tests), all),
  );
}

describe('simulation of a class', () => {
  test('queries what margin sampling on scikit-learn queries, ten rounds long', () => {
    const { rounds, full } = run({
      head: 'logistic-regression',
      initial: fixture.initial,
      batch: fixture.batch,
      rounds: 10,
    });
    expect(rounds.map(({ queried }) => queried)).toEqual(fixture.rounds.map(({ queried }) => queried));
    rounds.forEach((round, i) => {
      expect(round.accuracy).toBeCloseTo(fixture.rounds[i]!.accuracy, 12);
      expect(round.macroF1).toBeCloseTo(fixture.rounds[i]!.macroF1, 12);
    });
    const predicted = fixture.all.probabilities.map((p) => p.indexOf(Math.max(...p)));
    const right = predicted.filter((k, i) => k === fixture.testClasses[i]).length;
    expect(full.accuracy).toBeCloseTo(right / predicted.length, 12);
  });

  test.each(['default', 'logistic-regression'] as const)(
    'with the %s head counts, measures and repeats itself',
    (head) => {
      const first = run({ head });
      expect(first.rounds.map(({ labels }) => labels)).toEqual([8, 18, 28, 38]);
      const asked = first.rounds.flatMap(({ queried }) => queried);
      expect(new Set(asked).size).toBe(38);
      expect(first.rounds.at(-1)!.tokens).toBe(38 * 5);
      expect(first.rounds[0]!.ms).toEqual({ fit: 1, score: 1, select: 1 });
      expect(first.full).toMatchObject({ labels: 220, tokens: 220 * 5 });
      const accuracies = first.rounds.map(({ accuracy }) => accuracy!);
      const [a, b, c, d] = [accuracies[0]!, accuracies[1]!, accuracies[2]!, accuracies[3]!];
      expect(first.aulc).toBeCloseTo((a / 2 + b + c + d / 2) / 3, 12);
      expect(run({ head })).toEqual(first);
      expect(run({ head, seed: 2 }).rounds[0]!.queried).not.toEqual(first.rounds[0]!.queried);
    },
  );

  test('the default head reads the words', () => {
    const blind = { ...train, vectors: { ...train.vectors, data: new Float32Array(train.vectors.data.length) } };
    const unseen = { ...tests, vectors: { ...tests.vectors, data: new Float32Array(40 * 6) } };
    const { full } = finish(simulate(classLearner(blind, unseen), { ...options, rounds: 0 }));
    expect(full.accuracy).toBe(1);
  });

  test('a balanced seed has every class equally often', () => {
    const { rounds } = run({ balancedSeed: true, seedSize: 10, rounds: 0 });
    const counts = [0, 0, 0, 0];
    for (const i of rounds[0]!.queried) counts[fixture.trainClasses[i]!]!++;
    expect(counts.sort()).toEqual([2, 2, 3, 3]);
  });

  test('begins with what needs no head: typical records for all but random and core-set', () => {
    const first = (strategy: Strategy) => run({ strategy, rounds: 0 }).rounds[0]!.queried;
    for (const strategy of ['margin', 'badge', 'diverse-margin'] as const)
      expect(first(strategy)).toEqual(first('typical'));
    expect(first('random')).not.toEqual(first('typical'));
    expect(first('core-set')).not.toEqual(first('typical'));
    expect(new Set(first('core-set')).size).toBe(8);
  });

  test.each(STRATEGIES)('asks by %s, and says so where a head cannot be asked', (strategy) => {
    const full = { labels: 0, tokens: 0, macroF1: 0, accuracy: 0, ece: 0 };
    const { rounds } = run({ strategy, rounds: 1, seedSize: 12, full });
    expect(new Set(rounds.flatMap(({ queried }) => queried)).size).toBe(22);
    const { members } = strategies[strategy];
    const plain = () => run({ head: 'logistic-regression', strategy, rounds: 1, seedSize: 12, full });
    if (members) expect(plain).toThrow(`'${strategy}' asks other heads (${members})`);
    else expect(plain().rounds).toHaveLength(2);
  });

  test('ends when every record is labelled', () => {
    const { rounds } = run({ seedSize: 100, batch: 100, rounds: 9 });
    expect(rounds.map(({ labels }) => labels)).toEqual([100, 200, 220]);
  });

  test('tells what a share of the full score took', () => {
    const { rounds, full, target } = run({ target: 0.9, batch: 20, rounds: 10 });
    const first = rounds.findIndex(({ accuracy }) => accuracy! >= 0.9 * full.accuracy!);
    expect(first).toBeGreaterThan(0);
    expect(target).toEqual({
      share: 0.9,
      score: 0.9 * full.accuracy!,
      labels: rounds[first]!.labels,
      tokens: rounds[first]!.tokens,
    });
    expect(run({ target: 1, rounds: 0 }).target).toMatchObject({ labels: null, tokens: null });
    expect(run({ rounds: 0 })).not.toHaveProperty('target');
  });

  test('shows the hook what the head predicts for every record', () => {
    const seen: Observation[] = [];
    const { rounds } = run({ observe: (observation) => seen.push(observation) });
    expect(seen.map(({ round }) => round)).toEqual(rounds);
    for (const { round, labelled, records, outcomes, confidence, entropy } of seen) {
      expect(labelled).toEqual(rounds.slice(0, rounds.indexOf(round) + 1).flatMap(({ queried }) => queried));
      expect([...records]).toEqual([...train.labels.keys()]);
      expect(outcomes.every((k) => k >= 0 && k < 4)).toBe(true);
      expect(confidence.every((p) => p >= 0.25 && p <= 1)).toBe(true);
      expect(entropy.every((share) => share >= 0 && share <= 1)).toBe(true);
    }
    // What it was told, it repeats.
    const right = seen.at(-1)!.labelled.filter((i) => `class ${seen.at(-1)!.outcomes[i]!}` === train.labels[i]);
    expect(right.length).toBeGreaterThan(30);
  });

  test('does not measure again what is known', () => {
    const full = { labels: 1, tokens: 2, macroF1: 0.1, accuracy: 0.3, ece: 0.2 };
    expect(run({ full, rounds: 0 }).full).toBe(full);
  });

  test('random queries do not depend on the head', () => {
    const random = run({ strategy: 'random' });
    const other = run({ strategy: 'random', head: 'logistic-regression' });
    expect(random.rounds.map(({ queried }) => queried)).toEqual(other.rounds.map(({ queried }) => queried));
  });

  test.each([
    [{ initial: [3, 220] }, /initial index 220 is not one of 220 records/],
    [{ initial: [3, 3] }, /twice/],
    [{ initial: [] }, /no initial/],
    [{ seedSize: 0 }, /seed of 0/],
  ])('refuses %j', (changed, message) => {
    expect(() => run(changed)).toThrow(message);
  });

  test('refuses data that do not fit together', () => {
    expect(() => run({}, { ...train, labels: train.labels.slice(1) })).toThrow(/219 labels, 220 texts, 220 vectors/);
  });
});
