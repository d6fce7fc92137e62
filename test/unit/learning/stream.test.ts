import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/learning/random.js';
import { decide, startStream, type StreamState } from '../../../src/learning/stream.js';

function run(scores: readonly number[], budget: number, seed = 0): { queried: boolean[]; state: StreamState } {
  let state = startStream(seed);
  const queried = scores.map((score) => {
    const decision = decide(state, budget, score);
    state = decision.state;
    return decision.query;
  });
  return { queried, state };
}

const count = (queried: readonly boolean[]): number => queried.filter(Boolean).length;

/** Streams as they come: shuffled, with a sudden or a gradual drift up or down, constant, with heavy ties. */
const streams: Record<string, (random: Random, at: number) => number> = {
  shuffled: (random) => random.uniform(),
  'sudden drift up': (random, at) => random.uniform() + (at < 0.5 ? 0 : 5),
  'sudden drift down': (random, at) => random.uniform() - (at < 0.5 ? 0 : 5),
  'gradual drift up': (random, at) => random.uniform() + 3 * at,
  'gradual drift down': (random, at) => random.uniform() - 3 * at,
  constant: () => 0.5,
  'heavy ties': (random) => random.below(2),
  'nearly all zero': (random) => (random.uniform() < 0.01 ? random.uniform() : 0),
  'ever falling': (_, at) => -at,
  'ever rising': (_, at) => at,
};

describe('the stream setting', () => {
  it.each(Object.keys(streams))('keeps the budget within a tenth on a stream that is %s', (name) => {
    for (const budget of [0.05, 0.1, 0.3, 0.8]) {
      for (const seed of [1, 2, 3]) {
        const random = new Random(seed);
        const length = 2000;
        const scores = Array.from({ length }, (_, i) => streams[name]!(random, i / length));
        const { queried } = run(scores, budget, seed);
        expect(Math.abs(count(queried) / (budget * length) - 1)).toBeLessThanOrEqual(0.1);
      }
    }
  });

  it('is never off by more than the slack and one, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(0, 1), fc.double({ noNaN: true })), { maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        (scores, budget, seed) => {
          const { queried } = run(scores, budget, seed);
          queried.forEach((_, i) => {
            const allowed = budget * (i + 1);
            const slack = Math.min(8, Math.max(1, 0.08 * allowed));
            expect(Math.abs(count(queried.slice(0, i + 1)) - allowed)).toBeLessThanOrEqual(slack + 1);
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('queries what is more informative than the rest', () => {
    const random = new Random(5);
    const scores = Array.from({ length: 2000 }, () => random.uniform());
    const { queried } = run(scores, 0.1);
    const chosen = scores.filter((_, i) => queried[i]);
    const mean = chosen.reduce((sum, score) => sum + score, 0) / chosen.length;
    // The best tenth has a mean of .95, chance of .5.
    expect(mean).toBeGreaterThan(0.85);
  });

  it('queries nothing without a budget and everything with a whole one', () => {
    const scores = [0.3, 0.9, 0, 0.9, 1];
    expect(count(run(scores, 0).queried)).toBe(0);
    expect(count(run(scores, 1).queried)).toBe(5);
  });

  it('depends on seed and stream alone, and goes on from its written state', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 60 }), fc.integer(), (scores, seed) => {
        const whole = run(scores, 0.3, seed);
        expect(run(scores, 0.3, seed)).toEqual(whole);
        const half = Math.floor(scores.length / 2);
        let state = JSON.parse(JSON.stringify(run(scores.slice(0, half), 0.3, seed).state)) as StreamState;
        for (const score of scores.slice(half)) state = decide(state, 0.3, score).state;
        expect(state.queried).toBe(whole.state.queried);
      }),
    );
  });

  it('refuses what is not a share or not a number', () => {
    expect(() => decide(startStream(0), 1.2, 0)).toThrow(RangeError);
    expect(() => decide(startStream(0), 0.1, NaN)).toThrow(RangeError);
  });
});

describe('the threshold of the stream setting', () => {
  it('is what is passed and what is not', () => {
    const level = fc.constantFrom(0, 0.25, 0.5, 1);
    fc.assert(
      fc.property(
        fc.array(level, { maxLength: 80 }),
        level,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (scores, next, budget) => {
          const { state } = run(scores, budget);
          const { query, threshold } = decide(state, budget, next);
          if (next > threshold) expect(query).toBe(true);
          if (next < threshold) expect(query).toBe(false);
          // And it is one of the scores that came before, or none.
          if (Number.isFinite(threshold)) expect(scores).toContain(threshold);
        },
      ),
    );
  });
});
