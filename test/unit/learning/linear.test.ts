import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compact, JoinedRows, type Design } from '../../../src/learning/linear/design.js';
import { minimise } from '../../../src/learning/linear/lbfgs.js';
import { fitSoftmax, PARITY, softmaxRows, type SoftmaxOptions } from '../../../src/learning/linear/softmax.js';
import { Random } from '../../../src/learning/random.js';
import type { Partial } from '../../../src/learning/types.js';
import fixture from './fixtures/sklearn.json' with { type: 'json' };

const dense = (rows: readonly (readonly number[])[]) => ({
  rows: rows.length,
  dimensions: rows[0]!.length,
  data: Float64Array.from(rows.flat()),
});
const gold = (classes: readonly number[], weights?: readonly number[]): Partial[] =>
  classes.map((k, i) => ({ allowed: [k], weight: weights?.[i] ?? 1 }));

/** Three dense and some sparse columns of random rows. */
function randomDesign(rows: number, seed: number): { design: JoinedRows; random: Random } {
  const random = new Random(seed);
  const starts = [0];
  const columns: number[] = [];
  for (let r = 0; r < rows; r++) {
    columns.push(...random.shuffled([3, 70, 500, 9000]).slice(0, random.below(4)));
    starts.push(columns.length);
  }
  const design = new JoinedRows(
    dense(Array.from({ length: rows }, () => Array.from({ length: 3 }, () => random.uniform() * 2 - 1))),
    compact({
      starts: Uint32Array.from(starts),
      columns: Uint32Array.from(columns),
      values: Float32Array.from(columns, () => random.uniform() + 0.5),
    }),
  );
  return { design, random };
}

describe('L-BFGS', () => {
  test("finds Rosenbrock's minimum", () => {
    const { x, converged } = minimise(
      (p, g) => {
        const [a, b] = [p[0]!, p[1]!];
        g[0] = -2 * (1 - a) - 400 * a * (b - a * a);
        g[1] = 200 * (b - a * a);
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2;
      },
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-10, maxIterations: 200 },
    );
    expect(converged).toBe(true);
    expect(x[0]).toBeCloseTo(1, 9);
    expect(x[1]).toBeCloseTo(1, 9);
  });

  test('says when it has not converged', () => {
    const quartic = (p: Float64Array, g: Float64Array) => {
      g[0] = 4 * p[0]! ** 3;
      return p[0]! ** 4;
    };
    const cut = minimise(quartic, Float64Array.of(5), { tolerance: 1e-12, maxIterations: 3 });
    expect(cut.converged).toBe(false);
    expect(cut.iterations).toBe(3);
  });
});

test('L-BFGS that knows how curved each variable is does not mind how different they are', () => {
  const curvature = Float64Array.from({ length: 12 }, (_, i) => 10 ** (i - 6));
  const quadratic = (x: Float64Array, gradient: Float64Array) => {
    let value = 0;
    for (let i = 0; i < x.length; i++) {
      gradient[i] = curvature[i]! * (x[i]! - 1);
      value += (gradient[i]! * (x[i]! - 1)) / 2;
    }
    return value;
  };
  const options = { tolerance: 1e-9, maxIterations: 3 };
  const known = minimise(quadratic, new Float64Array(12), { ...options, curvature });
  expect(known.converged).toBe(true);
  for (const value of known.x) expect(value).toBeCloseTo(1, 6);
  expect(minimise(quadratic, new Float64Array(12), options).converged).toBe(false);
});

describe('design', () => {
  test('scores and gradient are each other’s transpose', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(), (rows, classes, seed) => {
        const { design, random } = randomDesign(rows, seed);
        const numbers = (n: number) => Float64Array.from({ length: n }, () => random.uniform() - 0.5);
        const weights = numbers(design.columns * classes);
        const residuals = numbers(rows * classes);
        const scores = new Float64Array(rows * classes);
        const gradient = new Float64Array(weights.length);
        design.addScores(weights, classes, scores);
        design.addGradient(residuals, classes, gradient);
        const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
        expect(inner(scores, residuals)).toBeCloseTo(inner(weights, gradient), 9);
      }),
    );
  });

  test('refuses rows that do not fit together', () => {
    const sparse = compact({ starts: Uint32Array.of(0, 0), columns: new Uint32Array(), values: new Float32Array() });
    expect(() => new JoinedRows(dense([[1], [2]]), sparse)).toThrow(/2 dense rows .* 1 sparse/);
  });
});

describe('softmax regression', () => {
  const train = new JoinedRows(dense(fixture.train));
  const tests = new JoinedRows(dense(fixture.test));
  const predict = (design: Design, options: SoftmaxOptions, examples: Partial[]) => {
    const fit = fitSoftmax(train, examples, options);
    const scores = new Float64Array(design.rows * options.classes);
    for (let i = 0; i < scores.length; i++) scores[i] = fit.intercept[i % options.classes]!;
    design.addScores(fit.weights, options.classes, scores);
    softmaxRows(scores, options.classes);
    return { fit, probabilities: scores };
  };
  const expectClose = (actual: Float64Array, expected: readonly (readonly number[])[], within: number) => {
    expected.flat().forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(within));
  };

  test.each([
    ['C = 10', fixture.all, { classes: 4, C: 10, tolerance: PARITY }, gold(fixture.trainClasses)],
    [
      'example weights, C = 0.5',
      fixture.weighted,
      { classes: 4, C: 0.5, tolerance: PARITY },
      gold(fixture.trainClasses, fixture.weights),
    ],
    [
      'two classes',
      fixture.two,
      { classes: 2, C: 10, tolerance: PARITY },
      gold(fixture.trainClasses.map((k) => k % 2)),
    ],
  ])('agrees with scikit-learn: %s', (_, expected, options, examples) => {
    const { fit, probabilities } = predict(tests, options, examples);
    expect(fit.converged).toBe(true);
    // scikit-learn gives two classes one row of coefficients, of which the other is the negative.
    const rows = expected.coef.length;
    expectClose(fit.weights.slice(fit.weights.length - rows * 6), expected.coef, 1e-6);
    expectClose(fit.intercept.slice(options.classes - rows), [expected.intercept], 1e-6);
    expectClose(probabilities, expected.probabilities, 1e-7);
  });

  test('gradient agrees with finite differences, with partial labels, weights, priors and impossible classes', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { design, random } = randomDesign(7, seed);
        const classes = 4;
        const offsets = Float64Array.from({ length: 7 * classes }, () => random.uniform() * 3 - 1.5);
        offsets[1] = -Infinity;
        const examples = Array.from({ length: 7 }, () => ({
          allowed: [0, ...random.shuffled([1, 2, 3]).slice(0, random.below(3))],
          weight: random.uniform() * 2,
        }));
        // One step of the optimiser from a point gives the loss there; a fit that may not iterate returns it.
        const lossAt = (x: Float64Array) =>
          fitSoftmax(design, examples, {
            classes,
            C: 0.7,
            interceptPenalty: 0.3,
            offsets,
            start: { weights: x.slice(0, -classes), intercept: x.slice(-classes) },
            tolerance: 0,
            maxIterations: 0,
          }).loss;
        const size = (design.columns + 1) * classes;
        const point = Float64Array.from({ length: size }, () => random.uniform() - 0.5);
        const fitted = fitSoftmax(design, examples, {
          classes,
          C: 0.7,
          interceptPenalty: 0.3,
          offsets,
          tolerance: 1e-9,
        });
        // At the minimum the directional derivative vanishes in every direction; elsewhere the loss is higher.
        const minimum = Float64Array.of(...fitted.weights, ...fitted.intercept);
        const h = 1e-4;
        for (let i = 0; i < size; i++) {
          const [up, down] = [minimum.slice(), minimum.slice()];
          up[i]! += h;
          down[i]! -= h;
          expect(Math.abs(lossAt(up) - lossAt(down)) / (2 * h)).toBeLessThan(1e-5);
        }
        expect(lossAt(point)).toBeGreaterThan(fitted.loss);
      }),
      { numRuns: 20 },
    );
  });
});
