import { describe, expect, it } from 'vitest';
import { adviceCheck, kappa, stoppingAdvice, type StoppingRound } from '../../../src/learning/stopping.js';

const round = (labels: number, decisions: number[], uncertainty = 0.5): StoppingRound => ({
  labels,
  decisions,
  uncertainty,
});
const settled = Array.from({ length: 200 }, (_, i) => i % 2);
/** As settled, with `changed` decisions turned round. */
const turned = (changed: number): number[] => settled.map((d, i) => (i < changed ? 1 - d : d));
const rule = (rounds: readonly StoppingRound[], name: string, quality = {}) =>
  stoppingAdvice(rounds, quality).rules.find((one) => one.name === name);

describe('kappa', () => {
  it('is agreement beyond chance', () => {
    // Observed .75; by chance ½·¼ + ½·¾ = ½.
    expect(kappa([0, 0, 1, 1], [0, 1, 1, 1])).toBeCloseTo(0.5, 12);
    expect(kappa([0, 0, 1, 1], [1, 1, 0, 0])).toBeCloseTo(-1, 12);
    expect(kappa([0, 1, 2], [0, 1, 2])).toBe(1);
    expect(kappa([3, 3], [3, 3])).toBe(1);
    expect(() => kappa([1], [])).toThrow(RangeError);
  });
});

describe('stopping', () => {
  it('needs three agreements in a row to call the predictions stable', () => {
    const rounds = [round(25, settled), round(50, settled), round(75, settled)];
    expect(rule(rounds, 'stability')).toMatchObject({ value: undefined, met: false });
    expect(stoppingAdvice([...rounds, round(100, settled)])).toMatchObject({ verdict: 'stop' });
  });

  it('averages the last three kappas against .99', () => {
    // Two of 200 decisions turn: kappa .98. (.98 + 1 + 1) / 3 = .9933 is stable, (.98 + .98 + 1) / 3 is not.
    const first = round(25, turned(2));
    const calm = [first, round(50, settled), round(75, settled), round(100, settled)];
    expect(rule(calm, 'stability')!.value).toBeCloseTo(0.99333, 4);
    expect(stoppingAdvice(calm).verdict).toBe('stop');
    const restless = [round(25, settled), round(50, turned(2)), round(75, settled), round(100, settled)];
    expect(rule(restless, 'stability')!.value).toBeCloseTo(0.98667, 4);
    expect(stoppingAdvice(restless).verdict).toBe('continue');
  });

  it('looks at the uncertainty of the last round', () => {
    expect(rule([round(25, settled, 0.5), round(50, settled, 0.04)], 'uncertainty')).toMatchObject({
      value: 0.04,
      met: true,
    });
    expect(rule([round(25, settled, 0.01), round(50, settled, 0.06)], 'uncertainty')).toMatchObject({ met: false });
    expect(rule([], 'uncertainty')).toMatchObject({ value: undefined, met: false });
  });

  it('lets the target decide where there is one: the whole interval must lie above it', () => {
    const rounds = [1, 2, 3, 4].map((n) => round(25 * n, settled));
    expect(stoppingAdvice(rounds, { target: 0.8, interval: { low: 0.81, high: 0.9 } }).verdict).toBe('stop');
    expect(stoppingAdvice(rounds, { target: 0.85, interval: { low: 0.81, high: 0.9 } }).verdict).toBe('plateau');
    expect(stoppingAdvice(rounds.slice(2), { target: 0.85 }).verdict).toBe('continue');
  });

  it('tells in a simulation how right it was', () => {
    const rounds = [
      { labels: 25, score: 0.5, stop: false },
      { labels: 50, score: 0.72, stop: true },
      { labels: 75, score: 0.7, stop: false },
    ];
    expect(adviceCheck(rounds, 0.8)).toEqual({ labels: 50, score: 0.72, share: 0.72 / 0.8 });
    expect(adviceCheck(rounds.slice(0, 1), 0.8)).toEqual({ labels: null, score: null, share: null });
  });
});
