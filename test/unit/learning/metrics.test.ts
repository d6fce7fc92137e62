import { describe, expect, test } from 'vitest';
import {
  accuracy,
  areaUnderLearningCurve,
  expectedCalibrationError,
  macroF1,
  microF1,
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

  test('micro-F1 wants span and label exactly, and counts an entity once', () => {
    const a = { start: 0, end: 3, label: 'Person' };
    const b = { start: 4, end: 9, label: 'Place' };
    expect(microF1([[a, b], [a]], [[a, { ...b, label: 'Person' }, { ...a, end: 2 }], []])).toBeCloseTo(2 / 6, 12);
    expect(microF1([[a]], [[a, a]])).toBe(1);
    expect(microF1([[]], [[]])).toBe(1);
    expect(microF1([[a]], [[]])).toBe(0);
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
