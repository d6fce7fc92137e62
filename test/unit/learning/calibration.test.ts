import { describe, expect, test } from 'vitest';
import { evenFolds, fitTemperature, heldOutScores, holds, UNCALIBRATED } from '../../../src/learning/calibration.js';
import { JoinedRows } from '../../../src/learning/linear/design.js';
import { fitSoftmax, softmaxRows } from '../../../src/learning/linear/softmax.js';
import { Random } from '../../../src/learning/random.js';

describe('temperature', () => {
  /** Scores of two classes whose labels are drawn from the probabilities at a temperature. */
  function drawn(rows: number, temperature: number) {
    const random = new Random(7);
    const scores = Float64Array.from({ length: 2 * rows }, () => 8 * random.uniform() - 4);
    const probabilities = scores.slice();
    softmaxRows(probabilities, 2, temperature);
    const examples = Array.from({ length: rows }, (_, r) => {
      return { allowed: [random.uniform() < probabilities[2 * r]! ? 0 : 1], weight: 1 };
    });
    return { scores, classes: 2, examples };
  }

  test.each([0.5, 1, 3])('finds the one that labels were drawn at, %s', (temperature) => {
    expect(Math.abs(fitTemperature([drawn(4000, temperature)]) / temperature - 1)).toBeLessThan(0.1);
  });

  test('takes several models as one set', () => {
    const all = drawn(300, 2);
    const parts = [0, 150].map((from) => ({
      classes: 2,
      scores: all.scores.subarray(2 * from, 2 * (from + 150)),
      examples: all.examples.slice(from, from + 150),
    }));
    expect(fitTemperature(parts)).toBeCloseTo(fitTemperature([all]), 6);
  });

  test('stays at 1 where examples are too few to tell', () => {
    expect(fitTemperature([])).toBe(1);
    expect(fitTemperature([drawn(5, 3)])).toBe(1);
  });

  test('what may be anything says nothing', () => {
    const { scores } = drawn(50, 1);
    const anything = Array.from({ length: 50 }, () => ({ allowed: [0, 1], weight: 1 }));
    expect(fitTemperature([{ scores, classes: 2, examples: anything }])).toBeCloseTo(1, 2);
  });
});

test('a calibration holds until there are a fifth more examples', () => {
  expect(holds(UNCALIBRATED, 5)).toBe(true);
  expect(holds(UNCALIBRATED, 40)).toBe(false);
  const calibration = { temperature: 1.5, examples: 100 };
  expect([80, 84, 100, 120, 121].map((now) => holds(calibration, now))).toEqual([false, true, true, true, false]);
});

test('folds are even, within each group too, and do not depend on the order', () => {
  const random = new Random(2);
  const items = Array.from({ length: 31 }, (_, i) => ({ key: random.uint32(), group: i % 4 }));
  const folds = evenFolds(items, 5);
  for (const group of [0, 1, 2, 3]) {
    const counts = [0, 1, 2, 3, 4].map((f) => folds.filter((x, i) => x === f && items[i]!.group === group).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  }
  const order = random.shuffled(items.keys());
  const other = evenFolds(
    order.map((i) => items[i]!),
    5,
  );
  expect(order.map((i) => folds[i])).toEqual(other);
});

test('rows are scored by models that did not see them', () => {
  // One column a row: a model that saw a row is sure of it, and one that did not knows nothing.
  const rows = 8;
  const data = Float64Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 3 : 0));
  const design = new JoinedRows({ rows, dimensions: rows, data });
  const examples = Array.from({ length: rows }, (_, r) => ({ allowed: [r % 2], weight: 1 }));
  const offsets = new Float64Array(rows * 2).map((_, i) => (i < 2 ? 5 : 0));
  const options = { classes: 2, C: 100, tolerance: 1e-6, offsets, interceptPenalty: 1e6 };
  const fitted = fitSoftmax(design, examples, options);
  const { scores, examples: held } = heldOutScores(design, examples, options, fitted, [0, 0, 1, 1, 2, 2, 3, 3], [0, 2]);
  expect(held).toEqual([0, 1, 0, 1].map((k) => ({ allowed: [k], weight: 1 })));
  [5, 5, 0, 0, 0, 0, 0, 0].forEach((score, i) => expect(scores[i]).toBeCloseTo(score, 3));
});

test('where fits end before they converge, nothing that was known of a fold shows through', () => {
  // Every row is known by heart, in one column of its own: some of them large, others small.
  const rows = 24;
  const size = (row: number): number => 10 ** ((row % 6) / 2 - 1);
  const data = Float64Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? size(i % rows) : 0));
  const plain = new JoinedRows({ rows, dimensions: rows, data });
  const curved = Object.assign(new JoinedRows({ rows, dimensions: rows, data }), { select: selected });
  function selected(selection: readonly number[]) {
    const part = plain.select(selection);
    const addCurvature = (curvature: Float64Array, classes: number, diagonal: Float64Array): void => {
      selection.forEach((row, i) => {
        for (let k = 0; k < classes; k++) diagonal[k * rows + row]! += curvature[i * classes + k]! * size(row) ** 2;
      });
    };
    return Object.assign(part, { addCurvature });
  }
  const examples = Array.from({ length: rows }, (_, r) => ({ allowed: [r % 2], weight: 1 }));
  const options = { classes: 2, C: 100, tolerance: 1e-6, interceptPenalty: 1e6 };
  const fitted = fitSoftmax(plain, examples, options);
  const fold = examples.map((_, r) => Number(r >= rows / 2));
  const farthest = (design: JoinedRows): number => {
    const { scores } = heldOutScores(design, examples, { ...options, maxIterations: 4 }, fitted, fold, [0, 1]);
    return Math.max(...scores.map(Math.abs));
  };
  expect(farthest(curved)).toBeLessThan(0.01);
  expect(farthest(plain)).toBeGreaterThan(0.2);
});
