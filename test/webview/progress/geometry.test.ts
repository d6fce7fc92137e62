import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectedScore, lawScore, layoutCurve } from '../../../webview/progress/curve.js';
import {
  bandPath,
  clipped,
  linearScale,
  linePath,
  logScale,
  logSpread,
  logTicks,
  niceTicks,
  spaced,
} from '../../../webview/progress/geometry.js';
import { entityTask } from './views.js';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe('scales', () => {
  test('map the ends of the domain to the ends of the range, and keep order', () => {
    fc.assert(
      fc.property(
        finite,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (low, width, part) => {
          const scale = linearScale([low, low + width], [10, 200]);
          expect(scale(low)).toBeCloseTo(10);
          expect(scale(low + width)).toBeCloseTo(200);
          expect(scale(low + part * width)).toBeGreaterThanOrEqual(10 - 1e-6);
          expect(scale(low + part * width)).toBeLessThanOrEqual(200 + 1e-6);
        },
      ),
    );
  });

  test('a domain of no width lies in the middle', () => {
    expect(linearScale([3, 3], [0, 10])(3)).toBe(5);
    expect(logScale([8, 8], [0, 10])(8)).toBe(5);
  });

  test('equal ratios are equally far on a logarithmic scale', () => {
    const scale = logScale([10, 1000], [0, 100]);
    expect(scale(100)).toBeCloseTo(50);
    expect(scale(40) - scale(20)).toBeCloseTo(scale(400) - scale(200));
  });
});

describe('ticks', () => {
  test('are round, evenly spaced and cover what is shown', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (low, width) => {
          const ticks = niceTicks(low, low + width, 5);
          expect(ticks[0]).toBeLessThanOrEqual(low + 1e-9);
          expect(ticks.at(-1)).toBeGreaterThanOrEqual(low + width - 1e-9);
          expect(ticks.length).toBeLessThanOrEqual(8);
          const steps = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
          for (const step of steps) expect(step).toBeCloseTo(steps[0]!, 9);
        },
      ),
    );
  });

  test('have no rounding errors in them', () => {
    expect(niceTicks(0.1, 0.7, 6)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
    expect(niceTicks(0, 96, 4)).toEqual([0, 50, 100]);
    expect(niceTicks(0, 1, 4)).toEqual([0, 0.5, 1]);
  });

  test('of logarithms are 1, 2 and 5 times powers of ten within the domain', () => {
    expect(logTicks(8, 336)).toEqual([10, 20, 50, 100, 200]);
    expect(logTicks(8, 9)).toEqual([]);
  });

  test('those that would run into one another are left out', () => {
    expect(spaced([0, 10, 34, 40, 80], (x) => x, 34)).toEqual([0, 34, 80]);
  });
});

test('a path goes through its points; a band goes back under itself', () => {
  expect(
    linePath([
      [1, 2],
      [3.04, 4.06],
    ]),
  ).toBe('M1 2L3 4.1');
  expect(
    bandPath(
      [
        [0, 0],
        [10, 0],
      ],
      [
        [0, 5],
        [10, 5],
      ],
    ),
  ).toBe('M0 0L10 0L10 5L0 5Z');
  expect(bandPath([], [])).toBe('');
});

test('a spread begins and ends where it should', () => {
  const spread = logSpread(8, 800, 3);
  expect(spread.map(Math.round)).toEqual([8, 80, 800]);
});

test('a text is cut between characters, and only where it is too long', () => {
  expect(clipped('Person', 6)).toBe('Person');
  expect(clipped('Organisation', 6)).toBe('Organ…');
  expect(clipped('😀😀😀', 2)).toBe('😀…');
});

describe('the learning curve', () => {
  const box = { left: 40, right: 400, top: 10, bottom: 200 };

  test('everything that is drawn lies in the box', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const point = fc.tuple(share, share, share).map((three) => three.sort((a, b) => a - b));
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 8, max: 5000 }), { minLength: 1, maxLength: 6 }),
        fc.array(point, { minLength: 6, maxLength: 6 }),
        fc.option(share, { nil: undefined }),
        share,
        (labels, scores, target, asymptote) => {
          const task = entityTask({
            curve: labels
              .sort((a, b) => a - b)
              .map((size, i) => {
                const [low, score, high] = scores[i]!;
                return { measure: 'micro-f1', low, score, high, passages: 20, labels: size };
              }),
            law: { asymptote, scale: 0.8, rate: 0.4 },
          });
          const layout = layoutCurve(task, target, box);
          const places = [
            ...layout.marks.flatMap(({ at, low, high }) => [at, low, high]),
            ...layout.law,
            ...(layout.expected === undefined ? [] : [layout.expected.at]),
          ];
          for (const [x, y] of places) {
            expect(x).toBeGreaterThanOrEqual(box.left - 1e-6);
            expect(x).toBeLessThanOrEqual(box.right + 1e-6);
            expect(y).toBeGreaterThanOrEqual(box.top - 1e-6);
            expect(y).toBeLessThanOrEqual(box.bottom + 1e-6);
          }
          for (const { at, low, high } of layout.marks) {
            expect(high[1]).toBeLessThanOrEqual(at[1] + 1e-6);
            expect(at[1]).toBeLessThanOrEqual(low[1] + 1e-6);
          }
        },
      ),
    );
  });

  test('what is expected lies on the fitted law', () => {
    const task = entityTask();
    const { law, gain } = task;
    const last = task.curve.at(-1)!.labels;
    const gained = lawScore(law!, last + 100) - lawScore(law!, last);
    const expected = expectedScore({ ...task, gain: { ...gain!, score: gained } });
    expect(expected?.labels).toBe(last + 100);
    expect(expected?.score).toBeCloseTo(lawScore(law!, last + 100));
  });

  test('without a law nothing is expected, and only what was measured is drawn', () => {
    const { law, gain, ...task } = entityTask();
    expect([law, gain]).not.toContain(undefined);
    const layout = layoutCurve(task, undefined, box);
    expect(layout.expected).toBeUndefined();
    expect(layout.law).toEqual([]);
    expect(layout.target).toBeUndefined();
    expect(layout.marks).toHaveLength(6);
  });
});
