import { describe, expect, test } from 'vitest';
import { fitLatent, latentRows, lexicalWeights } from '../../../src/learning/features/latent.js';
import { addSparseScores, type SparseRows } from '../../../src/learning/linear/design.js';
import { addDenseScores } from '../../../src/learning/linear/dense.js';
import { Random } from '../../../src/learning/random.js';

/** Passages of one of two subjects, each of which has words of its own; `from` makes columns sparse. */
function pool(passages: number, from = 1000): SparseRows {
  const random = new Random(7);
  const rows = Array.from({ length: passages }, (_, i) => {
    const own = Array.from({ length: 20 }, (__, w) => from + 20 * (i % 2) + w);
    return random
      .shuffled(own)
      .slice(0, 4)
      .sort((a, b) => a - b);
  });
  return sparse(rows);
}

function sparse(rows: readonly (readonly number[])[]): SparseRows {
  const starts = Uint32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]);
  const columns = Uint32Array.from(rows.flat());
  return { starts, columns, values: new Float32Array(columns.length).fill(0.5) };
}

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return dot / Math.sqrt(aa * bb);
};

describe('latent features', () => {
  test('passages of one subject are alike without a word in common', () => {
    // Few passages, so few directions: the subjects come first.
    const latent = fitLatent(pool(96));
    const { data, dimensions } = latentRows(
      sparse([
        [1000, 1001, 1002],
        [1010, 1011, 1012],
        [1025, 1026, 1027],
      ]),
      latent,
    );
    const row = (r: number): Float64Array => Float64Array.from(data.subarray(r * dimensions, (r + 1) * dimensions));
    expect(cosine(row(0), row(1))).toBeGreaterThan(0.4);
    expect(Math.abs(cosine(row(0), row(2)))).toBeLessThan(0.2);
  });

  test('directions are orthonormal, and the same every time', () => {
    const latent = fitLatent(pool(400));
    const { shares, dimensions: d } = latent;
    expect(d).toBeGreaterThan(1);
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let at = 0; at < shares.length; at += d) sum += shares[at + i]! * shares[at + j]!;
        expect(sum).toBeCloseTo(i === j ? 1 : 0, 4);
      }
    expect(fitLatent(pool(400))).toEqual(latent);
  });

  test('weights on projections score as weights on the lexical columns do', () => {
    const rows = pool(300);
    const latent = fitLatent(rows);
    const random = new Random(3);
    const weights = Float64Array.from({ length: 3 * latent.dimensions }, () => random.uniform() - 0.5);
    const [projected, direct] = [new Float64Array(3 * 300), new Float64Array(3 * 300)];
    addDenseScores(latentRows(rows, latent), weights, 3, projected);
    const position = new Int32Array(1 << 18).fill(-1);
    latent.columns.forEach((column, i) => (position[column] = i));
    addSparseScores(rows, lexicalWeights(latent, weights, 3), 3, direct, position);
    projected.forEach((score, i) => expect(direct[i]).toBeCloseTo(score, 5));
  });

  test('scaled projections of a large pool are about one long, with their mean at zero', () => {
    const rows = pool(1000);
    const latent = fitLatent(rows);
    const { data, dimensions: d } = latentRows(rows, latent);
    const mean = new Float64Array(d);
    let squared = 0;
    for (let i = 0; i < data.length; i++) {
      const value = (data[i]! - latent.scale.mean[i % d]!) * latent.scale.factor;
      mean[i % d]! += value / 1000;
      squared += value ** 2 / 1000;
    }
    mean.forEach((value) => expect(value).toBeCloseTo(0, 5));
    expect(squared).toBeCloseTo(1, 5);
  });

  test.each([0, 1, 15])('a pool of %d passages has no directions', (passages) => {
    const latent = fitLatent(pool(passages));
    expect(latent.dimensions).toBe(0);
    expect(latentRows(pool(5), latent).data).toHaveLength(0);
    expect(lexicalWeights(latent, new Float64Array(0), 3)).toHaveLength(0);
  });

  test('passages that are all the same have one direction and nothing beside it', () => {
    const latent = fitLatent(sparse(Array.from({ length: 64 }, () => [5, 6, 7])));
    const { data, dimensions: d } = latentRows(sparse([[5, 6, 7], []]), latent);
    expect([...data].every(Number.isFinite)).toBe(true);
    expect([...data.subarray(d)]).toEqual(new Array(d).fill(0));
  });
});
