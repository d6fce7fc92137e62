import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/learning/simulate/types.js';
import { watchStopping } from '../../../src/learning/stopping-watch.js';

/** A round in which the records with an index below `changed` are decided the other way. */
function observation(labels: number, accuracy: number, changed: number): Observation {
  const records = Int32Array.from({ length: 100 }, (_, i) => i);
  return {
    round: { labels, tokens: 0, accuracy, macroF1: 0, ece: 0, ms: { fit: 0, score: 0, select: 0 }, queried: [] },
    labelled: [],
    records,
    outcomes: records.map((i) => (i < changed ? 1 - (i % 2) : i % 2)),
    confidence: new Float64Array(100).fill(0.9),
    entropy: new Float64Array(100).fill(0.25),
  };
}

describe('stopping rules in a simulation', () => {
  it('tell when they would have advised to stop, and how right that was', () => {
    const watch = watchStopping(1);
    for (const [i, changed] of [100, 50, 0, 0, 0, 0, 0].entries())
      watch.observe(observation(25 * (i + 1), 0.5 + 0.05 * i, changed));
    const { labels, score, share, rounds } = watch.result(0.9);
    // Three steps without a change come first after the sixth round.
    expect(labels).toBe(150);
    expect(score).toBeCloseTo(0.75, 12);
    expect(share).toBeCloseTo(0.75 / 0.9, 12);
    expect(rounds).toHaveLength(7);
    expect(rounds[0]).toMatchObject({ labels: 25, stability: undefined, uncertainty: 0.25, stop: false });
  });

  it('say so where they never did', () => {
    const watch = watchStopping(1);
    for (let i = 0; i < 6; i++) watch.observe(observation(25 * (i + 1), 0.5, i % 2 === 0 ? 0 : 60));
    expect(watch.result(0.9)).toMatchObject({ labels: null, share: null });
  });
});
