import { describe, expect, test } from 'vitest';
import {
  accuracy,
  areaUnderLearningCurve,
  expectedCalibrationError,
  macroF1,
  matchF1,
  spanKey,
} from '../../../src/learning/metrics.js';

describe('metrics', () => {
  test('accuracy and macro-F1 by hand', () => {
    const gold = [0, 0, 1, 1, 2];
    const predicted = [0, 1, 1, 1, 3];
    expect(accuracy(gold, predicted)).toBeCloseTo(0.6, 12);
    // F1: class 0 2/3, class 1 4/5, class 2 (never predicted) 0, class 3 (never true) 0.
    expect(macroF1(gold, predicted)).toBeCloseTo((2 / 3 + 4 / 5) / 4, 12);
    expect(() => accuracy([1], [])).toThrow(/1 and 0/);
  });

  test('an entity counts where span and label are exact, and once', () => {
    const a = { start: 0, end: 3, label: 'Person' };
    const b = { start: 4, end: 9, label: 'Place' };
    const f1 = (gold: (typeof a)[][], predicted: (typeof a)[][]) => matchF1(gold, predicted, spanKey);
    const mixed = f1([[a, b], [a]], [[a, { ...b, label: 'Person' }, { ...a, end: 2 }], []]);
    expect(mixed.micro).toBeCloseTo(2 / 6, 12);
    // Person: one of two true and three predicted; Place: never predicted.
    expect(mixed.macro).toBeCloseTo((2 / 5 + 0) / 2, 12);
    expect(f1([[a]], [[a, a]])).toEqual({ micro: 1, macro: 1 });
    expect(f1([[]], [[]])).toEqual({ micro: 1, macro: 1 });
    expect(f1([[a]], [[]])).toEqual({ micro: 0, macro: 0 });
    expect(() => f1([[a]], [])).toThrow(/1 and 0/);
  });

  test('calibration error by hand', () => {
    // One bin: confidence 0.9 on average, half of them right. Another: 0.35, all right.
    const confidence = [0.89, 0.91, 0.35];
    expect(expectedCalibrationError(confidence, [true, false, true])).toBeCloseTo((2 * 0.4 + 0.65) / 3, 12);
    expect(expectedCalibrationError([1, 1], [true, true])).toBe(0);
    expect(expectedCalibrationError([0], [true])).toBe(1);
    // (1/15, 2/15] and (2/15, 3/15] are different bins: errors in opposite directions do not cancel out.
    expect(expectedCalibrationError([0.13, 0.14], [false, true])).toBeCloseTo((0.13 + 0.86) / 2, 12);
  });

  test('area under a learning curve by hand', () => {
    expect(areaUnderLearningCurve([25, 50, 100], [0.4, 0.6, 0.8])).toBeCloseTo((25 * 0.5 + 50 * 0.7) / 75, 12);
    expect(areaUnderLearningCurve([25], [0.4])).toBe(0.4);
  });
});
