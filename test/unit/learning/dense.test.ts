import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addDenseGradient, addDenseScores, ResidentRows, type DenseRows } from '../../../src/learning/linear/dense.js';
import { allocate, scope } from '../../../src/learning/linear/kernels.js';
import { Random } from '../../../src/learning/random.js';

const numbers = (count: number, random: Random) => Float64Array.from({ length: count }, () => random.uniform() - 0.5);

/** By the definition. */
function naiveScores(
  { rows, dimensions: d, data }: DenseRows,
  weights: Float64Array,
  outputs: number,
  r: number,
  o: number,
) {
  expect(r).toBeLessThan(rows);
  expect(o).toBeLessThan(outputs);
  let sum = 0;
  for (let i = 0; i < d; i++) sum += data[r * d + i]! * weights[o * d + i]!;
  return sum;
}

const shapes = fc.record({
  rows: fc.integer({ min: 0, max: 9 }),
  dimensions: fc.integer({ min: 1, max: 19 }),
  outputs: fc.integer({ min: 0, max: 9 }),
  extra: fc.integer({ min: 0, max: 2 }),
  double: fc.boolean(),
  seed: fc.nat(),
});

describe('dense kernels', () => {
  test('add products of rows and weights, whatever the shapes', () => {
    fc.assert(
      fc.property(shapes, ({ rows, dimensions, outputs, extra, double, seed }) => {
        const random = new Random(seed);
        const data = numbers(rows * dimensions, random);
        const dense = { rows, dimensions, data: double ? data : Float32Array.from(data) };
        const weights = numbers(outputs * dimensions, random);
        const stride = outputs + extra;
        const scores = new Float64Array(rows * stride).fill(1);
        addDenseScores(dense, weights, outputs, scores, stride);
        scores.forEach((score, i) => {
          const [r, o] = [Math.floor(i / stride), i % stride];
          const expected = o < outputs ? 1 + naiveScores(dense, weights, outputs, r, o) : 1;
          expect(Math.abs(score - expected)).toBeLessThan(double ? 1e-12 : 1e-5);
        });
      }),
    );
  });

  test('the gradient is the transpose', () => {
    fc.assert(
      fc.property(shapes, ({ rows, dimensions, outputs, extra, double, seed }) => {
        const random = new Random(seed);
        const data = numbers(rows * dimensions, random);
        const dense = { rows, dimensions, data: double ? data : Float32Array.from(data) };
        const stride = outputs + extra;
        const residuals = numbers(rows * stride, random);
        const gradient = new Float64Array(outputs * dimensions).fill(1);
        addDenseGradient(dense, residuals, outputs, gradient, stride);
        gradient.forEach((value, i) => {
          const [o, c] = [Math.floor(i / dimensions), i % dimensions];
          let expected = 1;
          for (let r = 0; r < rows; r++) expected += residuals[r * stride + o]! * dense.data[r * dimensions + c]!;
          expect(Math.abs(value - expected)).toBeLessThan(double ? 1e-12 : 1e-5);
        });
      }),
    );
  });

  test('a row scores the same to the last bit wherever it stands', () => {
    const random = new Random(3);
    const dense = { rows: 7, dimensions: 33, data: Float32Array.from(numbers(7 * 33, random)) };
    const weights = numbers(3 * 33, random);
    const all = new Float64Array(21);
    addDenseScores(dense, weights, 3, all);
    const last = new Float64Array(3);
    addDenseScores({ rows: 1, dimensions: 33, data: dense.data.subarray(6 * 33) }, weights, 3, last);
    expect(last).toEqual(all.subarray(18));
  });

  test('rows stay where they are while others come and go, and memory is free again', () => {
    const random = new Random(4);
    const dense = { rows: 5, dimensions: 6, data: numbers(30, random) };
    const weights = numbers(12, random);
    const expected = new Float64Array(10);
    addDenseScores(dense, weights, 2, expected);
    const before = scope(() => allocate(16));
    scope(() => {
      const resident = new ResidentRows(dense);
      // More than a page: the memory grows, and moves in the process.
      for (let i = 0; i < 3; i++) scope(() => allocate(1 << 18));
      addDenseScores(
        { rows: 400, dimensions: 300, data: numbers(120_000, random) },
        numbers(600, random),
        2,
        new Float64Array(800),
      );
      const scores = new Float64Array(10);
      resident.addScores(weights, 2, scores);
      expect(scores).toEqual(expected);
    });
    expect(scope(() => allocate(16))).toBe(before);
  });
});
