import { describe, expect, test } from 'vitest';
import { gradientLengths } from '../../../../src/learning/strategies/change.js';
import { chooseBatch } from '../../../../src/learning/strategies/index.js';
import { queryOf } from './support.js';

test('expected gradient length by hand: ‖x‖ · Σ p_k‖p − e_k‖', () => {
  const [even, uneven, sure] = gradientLengths(
    queryOf({ probabilities: [[0.5, 0.5], [0.8, 0.2], [1, 0]], vectors: [[3, 4], [0, 1], [9, 9]] }), // prettier-ignore
  );
  // ‖(−.5, .5)‖ = √.5 for either answer; .8·‖(−.2, .2)‖ + .2·‖(.8, −.8)‖ = .8·.2·√2 + .2·.8·√2.
  expect(even).toBeCloseTo(5 * Math.SQRT1_2, 10);
  expect(uneven).toBeCloseTo(0.32 * Math.SQRT2, 10);
  expect(sure).toBeCloseTo(0, 10);
});

describe('contrastive', () => {
  test('asks where the head says something else than of the labelled items nearby', () => {
    const query = queryOf({
      probabilities: [[0.6, 0.4], [0.4, 0.6], [0.9, 0.1]], // prettier-ignore
      vectors: [[1, 0], [1, 0.1], [0, 1]], // prettier-ignore
      labelled: { vectors: [[1, 0.05]], probabilities: [[0.9, 0.1]] },
    });
    // KL((.9, .1) ‖ p) grows from p = (.9, .1) over (.6, .4) to (.4, .6).
    expect(chooseBatch('contrastive', query, 3)).toEqual([1, 0, 2]);
  });

  test('by hand: the mean over the neighbours', () => {
    const kl = (p: number, q: number) => p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
    // Item 0 lies with (.9, .1) and (.5, .5) alike, and so does item 1: their order is that of the sums.
    const order = kl(0.9, 0.7) + kl(0.5, 0.7) > kl(0.9, 0.6) + kl(0.5, 0.6) ? [0, 1] : [1, 0];
    const query = queryOf({
      probabilities: [[0.7, 0.3], [0.6, 0.4]], // prettier-ignore
      vectors: [[1, 0], [1, 0]], // prettier-ignore
      labelled: { vectors: [[1, 1], [1, -1]], probabilities: [[0.9, 0.1], [0.5, 0.5]] }, // prettier-ignore
    });
    expect(chooseBatch('contrastive', query, 2)).toEqual(order);
  });
});

describe('expected error reduction', () => {
  /** Ridge regression from nothing: (XᵀX + I)⁻¹Xᵀ(Y − ½) + ½ on two-dimensional, scaled vectors. */
  function refitted(
    rows: readonly (readonly [number, number])[],
    truth: readonly (readonly number[])[],
    at: readonly (readonly [number, number])[],
  ): number[][] {
    const [a, b, c] = rows.reduce(([p, q, r], [x, y]) => [p + x * x, q + x * y, r + y * y], [1, 0, 1]);
    const determinant = a * c - b * b;
    const moments = [0, 1].map((k) =>
      rows.reduce<[number, number]>(([u, v], [x, y], i) => [u + x * (truth[i]![k]! - 0.5), v + y * (truth[i]![k]! - 0.5)], [0, 0]),
    ); // prettier-ignore
    return at.map(([x, y]) => moments.map(([u, v]) => 0.5 + (x * (c * u - b * v) + y * (a * v - b * u)) / determinant));
  }

  test('is what refitting for every item and answer finds', () => {
    const vectors: [number, number][] = [[3, 1], [2, -1], [-1, 2], [-2, -3], [0, 2], [-2, -1]]; // prettier-ignore
    const probabilities = [[0.5, 0.5], [0.7, 0.3], [0.6, 0.4], [0.2, 0.8], [0.45, 0.55], [0.3, 0.7]]; // prettier-ignore
    const known: [number, number][] = [[1, 1], [-1, 0]]; // prettier-ignore
    const truth = [[1, 0], [0, 1]]; // prettier-ignore
    // As the strategy scales: the pool's mean is zero, and rows are one long on average.
    const factor = 1 / Math.sqrt(vectors.reduce((sum, [x, y]) => sum + x * x + y * y, 0) / vectors.length);
    expect(vectors.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0])).toEqual([0, 0]);
    const scaled = (of: [number, number][]) => of.map(([x, y]): [number, number] => [x * factor, y * factor]);
    const error = (item: number) =>
      [0, 1].reduce((sum, k) => {
        const rows = [...scaled(known), scaled(vectors)[item]!];
        const outputs = refitted(rows, [...truth, k === 0 ? [1, 0] : [0, 1]], scaled(vectors));
        const wrong = outputs.reduce((total, row) => {
          const cut = row.map((p) => Math.max(0, p));
          return total + 1 - Math.max(...cut) / (cut[0]! + cut[1]!);
        }, 0);
        return sum + probabilities[item]![k]! * wrong;
      }, 0);
    const byError = vectors.map((_, i) => i).sort((a, b) => error(a) - error(b));
    const query = queryOf({ probabilities, vectors, labelled: { vectors: known, truth } });
    expect(chooseBatch('error-reduction', query, 6)).toEqual(byError);
  });

  test('says what it needs', () => {
    const query = queryOf({ probabilities: [[1, 0]], vectors: [[1]], labelled: { vectors: [[1]] } });
    expect(() => chooseBatch('error-reduction', query, 1)).toThrow(/needs the truth/);
  });
});
