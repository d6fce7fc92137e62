import { expect, test } from 'vitest';
import { quantiseRows, restoreRows } from '../../../src/embedding/quantise.js';
import { ClassPool } from '../../../src/learning/features/class-pool.js';
import { classFeatures, classSpace } from '../../../src/learning/features/class.js';
import { lexicalRows } from '../../../src/learning/features/lexical.js';
import { classProbabilities, fitClassHead, pooledProbabilities } from '../../../src/learning/heads/class.js';
import { selectSparse } from '../../../src/learning/linear/design.js';
import { Random } from '../../../src/learning/random.js';
import { worded } from './support.js';

/** Passages of made-up words with made-up vectors, `values` of them telling each value apart. */
function madeUp(rows: number, dimensions: number, values: number) {
  const random = new Random(rows + dimensions);
  const topics = Array.from({ length: rows }, (_, r) => r % values);
  const texts = topics.map((topic) =>
    worded(Array.from({ length: 6 }, (_, i) => `w${i < 2 ? `topic${topic}` : random.below(40)}`).join(' ')),
  );
  const quantised = quantiseRows(
    Float32Array.from({ length: rows * dimensions }, (_, i) => {
      return random.uniform() - 0.5 + (i % dimensions === topics[Math.floor(i / dimensions)]! % dimensions ? 1 : 0);
    }),
    dimensions,
  );
  const vectors = { rows, dimensions, data: restoreRows(quantised, dimensions) };
  const lexical = lexicalRows(texts);
  const features = classFeatures(vectors, lexical, classSpace(vectors, lexical));
  return { topics, quantised, features };
}

test.each([
  { rows: 1, dimensions: 5, values: 1, multiple: false },
  { rows: 61, dimensions: 40, values: 3, multiple: false },
  { rows: 61, dimensions: 64, values: 9, multiple: true },
  { rows: 4500, dimensions: 8, values: 4, multiple: false },
])(
  'a pool of $rows × $dimensions is scored as its passages are, $values values',
  ({ rows, dimensions, values, multiple }) => {
    const { topics, quantised, features } = madeUp(rows, dimensions, values);
    const names = Array.from({ length: values }, (_, k) => `v${k}`);
    const examples = topics.slice(0, 40).map((topic, row) => ({ row, values: [names[topic]!], scope: names }));
    const head = fitClassHead({ values: names, multiple }, features, examples);
    const pool = new ClassPool(dimensions);
    // In two parts, and the second begins in the middle of a block.
    const half = Math.floor(rows / 3);
    for (const [from, to] of [
      [0, half],
      [half, rows],
    ] as const) {
      const range = Array.from({ length: to - from }, (_, i) => from + i);
      pool.append(
        {
          codes: quantised.codes.subarray(from * dimensions, to * dimensions),
          scales: quantised.scales.subarray(from, to),
        },
        selectSparse(features.lexical, range),
      );
    }
    expect(pool.size).toBe(rows);
    const expected = classProbabilities(head, features);
    pooledProbabilities(head, pool).forEach((found, m) => {
      expect(found).toHaveLength(expected[m]!.length);
      expect(Math.max(...found.map((p, i) => Math.abs(p - expected[m]![i]!)))).toBeLessThan(1e-3);
    });
  },
);

test('more outputs than a kernel takes at once', () => {
  const { quantised, features } = madeUp(50, 8, 23);
  const names = Array.from({ length: 23 }, (_, k) => `v${k}`);
  const head = fitClassHead(
    { values: names, multiple: false },
    features,
    names.map((name, row) => ({ row, values: [name] })),
  );
  const pool = new ClassPool(8);
  pool.append(quantised, features.lexical);
  const [expected, found] = [classProbabilities(head, features)[0]!, pooledProbabilities(head, pool)[0]!];
  expect(Math.max(...found.map((p, i) => Math.abs(p - expected[i]!)))).toBeLessThan(1e-3);
  expect(Math.max(...expected)).toBeGreaterThan(0.1);
});

test('an empty pool has no scores', () => {
  const { features } = madeUp(6, 4, 2);
  const head = fitClassHead({ values: ['a', 'b'], multiple: false }, features, [{ row: 0, values: ['a'] }]);
  expect(pooledProbabilities(head, new ClassPool(4))).toEqual([new Float64Array(0)]);
});
