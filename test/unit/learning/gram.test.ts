import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compact, JoinedRows, selectDense, selectSparse } from '../../../src/learning/linear/design.js';
import { combination, exampleSpan, inKnownOrder, weightsForScores } from '../../../src/learning/linear/gram.js';
import { fitSoftmax } from '../../../src/learning/linear/softmax.js';
import { Random } from '../../../src/learning/random.js';

const CLASSES = 3;

/** Rows of which some repeat earlier ones, so that they span less than their number. */
function rows(count: number, seed: number) {
  const random = new Random(seed);
  const number = () => random.uniform() * 2 - 1;
  const list = Array.from({ length: count }, () => ({
    dense: [number(), number()],
    sparse: random.shuffled([2, 30, 31, 400]).slice(0, random.below(4)),
  }));
  for (let r = 2; r < count; r += 3) list[r] = list[r - 2]!;
  const starts = [0];
  for (const { sparse } of list) starts.push(starts.at(-1)! + sparse.length);
  const columns = list.flatMap(({ sparse }) => sparse);
  return {
    dense: { rows: count, dimensions: 2, data: Float64Array.from(list.flatMap(({ dense }) => dense)) },
    sparse: compact({
      starts: Uint32Array.from(starts),
      columns: Uint32Array.from(columns),
      values: Float32Array.from(columns, (column) => 0.5 + (column % 7) / 7),
    }),
    random,
  };
}
const closeTo = (actual: Float64Array, expected: Float64Array, digits: number) => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((v, i) => expect(v).toBeCloseTo(expected[i]!, digits));
};

describe('the span of examples', () => {
  test('gives the same fit as the rows themselves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), fc.nat(), (count, seed) => {
        const { dense, sparse, random } = rows(count, seed);
        const examples = Array.from({ length: count }, () => ({
          allowed: [random.below(CLASSES)],
          weight: 0.5 + random.uniform(),
        }));
        const options = { classes: CLASSES, C: 2, interceptPenalty: 0.1, tolerance: 1e-9 };
        const plain = new JoinedRows(dense, sparse);
        const expected = fitSoftmax(plain, examples, options);
        const span = exampleSpan(dense, sparse);
        const within = new JoinedRows({ rows: count, dimensions: count, data: span.lower });
        const fitted = fitSoftmax(within, examples, options);
        const weights = new Float64Array(plain.columns * CLASSES);
        plain.addGradient(combination(span, fitted.weights, CLASSES), CLASSES, weights);
        closeTo(weights, expected.weights, 5);
        closeTo(fitted.intercept, expected.intercept, 5);
      }),
      { numRuns: 40 },
    );
  });

  test('grows by rows as if it had been made of all of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(12), fc.nat(), (count, shared, seed) => {
        fc.pre(shared <= count);
        const { dense, sparse } = rows(count, seed);
        const all = exampleSpan(dense, sparse);
        // What lies behind the shared rows of the known span belongs to others.
        const other = { size: all.size, lower: all.lower.map((v, i) => (i < shared * count ? v : 99)) };
        closeTo(exampleSpan(dense, sparse, other, shared).lower, all.lower, 12);
      }),
    );
  });

  test('recognises rows by what is in them, up to the first that is gone', () => {
    const all = rows(9, 5);
    const span = exampleSpan(all.dense, all.sparse);
    const pick = (selection: number[]) => ({
      dense: selectDense(all.dense, selection),
      sparse: selectSparse(all.sparse.sparse, selection),
    });
    const known = { ...pick([0, 1, 3, 4, 6]), span };
    const now = pick([6, 4, 7, 3, 1, 0]);
    expect(inKnownOrder(now.dense, now.sparse, known)).toEqual({ order: [5, 4, 3, 1, 0, 2], shared: 5 });
    const withoutFour = pick([7, 6, 3, 1, 0]);
    const result = inKnownOrder(withoutFour.dense, withoutFour.sparse, known);
    expect(result.shared).toBe(3);
    expect(result.order.slice(0, 3)).toEqual([4, 3, 2]);
    expect([...result.order].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(inKnownOrder(now.dense, now.sparse, undefined).shared).toBe(0);
  });

  test('finds the weights that give scores within it', () => {
    const { dense, sparse, random } = rows(8, 3);
    const span = exampleSpan(dense, sparse);
    const within = new JoinedRows({ rows: 8, dimensions: 8, data: span.lower });
    const some = Float64Array.from({ length: 8 * CLASSES }, () => random.uniform());
    const [scores, again] = [new Float64Array(8 * CLASSES), new Float64Array(8 * CLASSES)];
    within.addScores(some, CLASSES, scores);
    within.addScores(weightsForScores(span, scores, CLASSES), CLASSES, again);
    closeTo(again, scores, 8);
  });
});
