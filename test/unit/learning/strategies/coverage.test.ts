import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kCentre, kMeans, nearestRows } from '../../../../src/learning/cluster.js';
import { Random } from '../../../../src/learning/random.js';
import { typicalItems } from '../../../../src/learning/strategies/coverage.js';
import { chooseBatch } from '../../../../src/learning/strategies/index.js';
import { queryOf, rowsOf } from './support.js';

const points = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: -20, max: 20 })), {
  minLength: 1,
  maxLength: 9,
});

function radius(rows: readonly (readonly number[])[], centres: readonly number[]): number {
  const far = (a: readonly number[], b: readonly number[]) => Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
  return Math.max(...rows.map((row) => Math.min(...centres.map((c) => far(row, rows[c]!)))));
}

function* subsets(n: number, k: number, from = 0): Generator<number[]> {
  if (k === 0) yield [];
  else for (let i = from; i <= n - k; i++) for (const rest of subsets(n, k - 1, i + 1)) yield [i, ...rest];
}

describe('core-set', () => {
  test('by hand: takes the farthest, again and again', () => {
    // From 0 the farthest is 10, then 4 (4 away from 0), then 7 (3 away from 4 and 10).
    const vectors = [[1], [4], [7], [10]];
    const query = queryOf({ vectors, labelled: { vectors: [[0]] } });
    expect(chooseBatch('core-set', query, 4)).toEqual([3, 1, 2, 0]);
  });

  test('covers within twice the best possible radius', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 4 }), (rows, k) => {
        const count = Math.min(k, rows.length);
        const best = Math.min(...[...subsets(rows.length, count)].map((centres) => radius(rows, centres)));
        const taken = kCentre(rowsOf(rows), count);
        expect(new Set(taken).size).toBe(count);
        expect(radius(rows, taken)).toBeLessThanOrEqual(2 * best + 1e-6);
      }),
    );
  });
});

/** Two tight groups of directions, of 12 and 8, and one outlier. */
const around = (angle: number, n: number) =>
  Array.from({ length: n }, (_, i) => angle + (i - (n - 1) / 2) * 0.02).map((a) => [Math.cos(a), Math.sin(a)]);
const groups = [...around(0, 13), ...around(1.5, 9), [-1, 0]];

describe('typical items', () => {
  test('come from the middle of the largest groups, outliers last', () => {
    const chosen = typicalItems(queryOf({ vectors: groups, labelled: { vectors: [] } }), 2);
    expect(chosen.map(({ item }) => item)).toEqual([6, 17]);
    expect(chosen.reduce((sum, { cluster }) => sum + cluster, 0)).toBe(groups.length);
  });

  test('come from groups that nothing labelled lies in, while there are any', () => {
    const query = queryOf({ vectors: groups, labelled: { vectors: [[1, 0]] } });
    expect(typicalItems(query, 1)[0]?.item).toBe(17);
  });

  test('are as many as asked for, each once', () => {
    const query = queryOf({ vectors: groups, labelled: { vectors: [] } });
    for (const count of [1, 5, groups.length, 50]) {
      const items = typicalItems(query, count).map(({ item }) => item);
      expect(new Set(items).size).toBe(Math.min(count, groups.length));
    }
  });
});

describe('k-means', () => {
  test('assigns every row to its nearest centre, which is the mean of its rows', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 4 }), fc.nat(), (rows, k, seed) => {
        const { centres, assignment, distances } = kMeans(rowsOf(rows), k, new Random(seed), { iterations: 100 });
        const centre = (c: number) => [centres.data[2 * c]!, centres.data[2 * c + 1]!] as const;
        rows.forEach(([x, y], r) => {
          const away = Array.from(
            { length: centres.rows },
            (_, c) => (x - centre(c)[0]) ** 2 + (y - centre(c)[1]) ** 2,
          );
          expect(distances[r]).toBeCloseTo(Math.min(...away), 6);
          expect(away[assignment[r]!]).toBeCloseTo(Math.min(...away), 6);
        });
        for (let c = 0; c < centres.rows; c++) {
          const own = rows.filter((_, r) => assignment[r] === c);
          if (own.length === 0) continue;
          expect(centre(c)[0]).toBeCloseTo(own.reduce((sum, [x]) => sum + x, 0) / own.length, 6);
        }
      }),
    );
  });
});

test('the nearest rows are those that sorting finds', () => {
  fc.assert(
    fc.property(points, points, fc.integer({ min: 1, max: 4 }), (rows, others, count) => {
      const { width, indices } = nearestRows(rowsOf(rows), rowsOf(others), count);
      rows.forEach(([x, y], r) => {
        const sorted = others
          .map(([a, b], o) => [(x - a) ** 2 + (y - b) ** 2, o] as const)
          .sort(([a, i], [b, j]) => a - b || i - j);
        const found = [...indices.subarray(r * width, (r + 1) * width)];
        expect(found).toEqual(sorted.slice(0, count).map(([, o]) => o));
      });
    }),
  );
});
