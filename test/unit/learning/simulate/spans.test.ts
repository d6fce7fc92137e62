import { describe, expect, test } from 'vitest';
import type { Link } from '../../../../src/learning/heads/relation.js';
import { Random } from '../../../../src/learning/random.js';
import { entityLearner } from '../../../../src/learning/simulate/entity.js';
import { finish, simulate } from '../../../../src/learning/simulate/loop.js';
import { relationLearner, signaturesOf, type RelationRecords } from '../../../../src/learning/simulate/relation.js';
import type { Observation, SimulationOptions } from '../../../../src/learning/simulate/types.js';
import { mention, passage } from '../support.js';

/** Sentences in which every name has its label, and 'works for' tells a relation from 'avoids'. */
function records(count: number, seed: number): RelationRecords {
  const random = new Random(seed);
  const people = ['Ada', 'Grace', 'Linus', 'Margaret', 'Edsger', 'Barbara'];
  const firms = ['Acme', 'Globex', 'Initech', 'Umbrella', 'Hooli', 'Stark'];
  const fillers = ['yesterday', 'in spring', 'as they say', 'after all', 'by the river', 'at last'];
  const made = Array.from({ length: count }, (_, i) => {
    const [person, firm] = [random.choice(people), random.choice(firms)];
    const linked = random.uniform() < 0.5;
    const plain = i % 5 === 4;
    const text = plain
      ? `nothing happened ${random.choice(fillers)}`
      : `${random.choice(fillers)} ${person} ${linked ? 'works for' : 'avoids'} ${firm} ${random.choice(fillers)}`;
    const entities = plain ? [] : [mention(text, person, 'Person'), mention(text, firm, 'Firm')];
    const relations: Link[] = linked && !plain ? [{ head: 0, tail: 1, label: 'worksFor' }] : [];
    return { passage: passage(text), entities, relations };
  });
  return {
    passages: made.map((record) => record.passage),
    entities: made.map(({ entities }) => entities),
    relations: made.map(({ relations }) => relations),
  };
}

const train = records(60, 1);
const tests = records(30, 2);
const options: SimulationOptions = {
  strategy: 'margin',
  seedSize: 6,
  balancedSeed: false,
  batch: 6,
  rounds: 4,
  seed: 1,
  clock: () => 0,
};
const entities = (changed: Partial<SimulationOptions> = {}) =>
  finish(simulate(entityLearner(train, tests, 1), { ...options, ...changed }));
const relations = (changed: Partial<SimulationOptions> = {}) =>
  finish(simulate(relationLearner(train, tests, 1), { ...options, ...changed }));

describe.each([
  ['entities', entities],
  ['relations', relations],
])('simulation of %s', (_, run) => {
  test('counts passages as labels and words as tokens, and repeats itself', () => {
    const first = run();
    expect(first.rounds.map(({ labels }) => labels)).toEqual([6, 12, 18, 24, 30]);
    const words = (asked: readonly number[]) => asked.reduce((sum, i) => sum + train.passages[i]!.words.length, 0);
    const asked = first.rounds.flatMap(({ queried }) => queried);
    expect(first.rounds.at(-1)!.tokens).toBe(words(asked));
    expect(new Set(asked).size).toBe(30);
    expect(first.full).toMatchObject({ labels: 60, tokens: words([...train.passages.keys()]) });
    expect(first.rounds[0]).not.toHaveProperty('accuracy');
    const f1 = first.rounds.map(({ microF1 }) => microF1!);
    expect(first.aulc).toBeCloseTo((f1[0]! / 2 + f1[1]! + f1[2]! + f1[3]! + f1[4]! / 2) / 4, 12);
    expect(run()).toEqual(first);
    expect(run({ seed: 2 }).rounds[0]!.queried).not.toEqual(first.rounds[0]!.queried);
  });

  test('learns what there is to learn', () => {
    const { full, rounds } = run();
    expect(full.microF1).toBeGreaterThan(0.95);
    expect(full.macroF1).toBeGreaterThan(0.9);
    expect(full.ece).toBeLessThan(0.3);
    expect(rounds.at(-1)!.microF1!).toBeGreaterThan(0.9);
  });

  test('shows the hook units that stay the same', () => {
    const seen: Observation[] = [];
    run({ observe: (observation) => seen.push(observation), rounds: 2 });
    expect(seen).toHaveLength(3);
    for (const { records: of, outcomes, confidence, entropy } of seen) {
      expect(of).toEqual(seen[0]!.records);
      expect([outcomes.length, confidence.length, entropy.length]).toEqual([of.length, of.length, of.length]);
      expect(confidence.every((p) => p >= 0 && p <= 1)).toBe(true);
      expect(entropy.every((share) => share >= 0 && share <= 1 + 1e-12)).toBe(true);
    }
  });

  test('a balanced seed has passages of every label, and one without', () => {
    const { rounds } = run({ balancedSeed: true, seedSize: 3, rounds: 0 });
    const asked = rounds[0]!.queried;
    expect(asked.some((i) => train.relations[i]!.length > 0 || train.entities[i]!.length > 0)).toBe(true);
    expect(asked.some((i) => train.relations[i]!.length === 0)).toBe(true);
    expect(new Set(asked).size).toBe(3);
  });
});

const known = { labels: 0, tokens: 0, macroF1: 0, microF1: 0, ece: 0 };

describe('strategies', () => {
  // One of each kind: what they look at differs.
  test.each(['diverse-margin', 'contrastive', 'vote-entropy', 'ensemble', 'bald', 'bald-dropout', 'mnlp'] as const)(
    '%s asks about entities and relations',
    (strategy) => {
      for (const run of [entities, relations]) {
        const { rounds } = run({ strategy, rounds: 1, full: known });
        expect(new Set(rounds.flatMap(({ queried }) => queried)).size).toBe(12);
      }
    },
  );

  test('what needs the truth of single classes says so', () => {
    expect(() => entities({ strategy: 'error-reduction', rounds: 1, full: known })).toThrow(/truth/);
  });
});

describe('what is scored', () => {
  test('a unit a word for entities, a unit a pair for relations', () => {
    let seen: Observation | undefined;
    const observe = (observation: Observation) => (seen = observation);
    entities({ rounds: 0, seedSize: 60, observe });
    expect(seen!.records.length).toBe(train.passages.reduce((sum, { words }) => sum + words.length, 0));
    const named = [...seen!.outcomes].filter((k) => k < 2).length;
    expect(named).toBeGreaterThan(0.9 * train.entities.flat().length);
    relations({ rounds: 0, seedSize: 60, observe });
    // Person to firm: one pair in every passage that has both.
    expect(seen!.records.length).toBe(train.entities.filter(({ length }) => length > 0).length);
  });

  test('relations that the training records do not allow are missed, not forgotten', () => {
    const turned = {
      ...tests,
      relations: tests.relations.map((links) =>
        links.map(({ head, tail, label }) => ({ head: tail, tail: head, label })),
      ),
    };
    const { full } = finish(simulate(relationLearner(train, turned, 1), { ...options, rounds: 0 }));
    expect(full.microF1).toBe(0);
  });

  test('signatures are what occurs', () => {
    expect(signaturesOf(train)).toEqual([{ label: 'worksFor', head: ['Person'], tail: ['Firm'], symmetric: false }]);
  });

  test('refuses records that do not fit together', () => {
    expect(() => entityLearner({ ...train, entities: [] }, tests, 1)).toThrow(/60 training passages/);
    expect(() => relationLearner({ ...train, relations: [] }, tests, 1)).toThrow(/training data do not fit/);
    expect(() => entityLearner(train, { passages: [], entities: [] }, 1)).toThrow(/no test records/);
  });
});
