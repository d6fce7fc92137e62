import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { PassageVectors } from '../../../src/engine/passage-vectors.js';

const hash = (i: number): string => createHash('sha256').update(String(i)).digest('hex').slice(0, 32);

test('vectors are found again, as they were when they were put', () => {
  const vectors = new PassageVectors();
  const shared = new Float32Array(3);
  for (let i = 0; i < 5000; i++) vectors.put(hash(i), shared.fill(i), 5000);
  expect([...vectors.get(hash(4321))!]).toEqual([4321, 4321, 4321]);
  expect(vectors.get(hash(5000))).toBeUndefined();
});

test('of more texts than may be kept a sample is, whatever their order', () => {
  const kept = (order: readonly number[]): number[] => {
    const vectors = new PassageVectors(500);
    for (const i of order) vectors.put(hash(i), Float32Array.of(i), 2000);
    return order.filter((i) => vectors.get(hash(i)) !== undefined).sort((a, b) => a - b);
  };
  const all = Array.from({ length: 2000 }, (_, i) => i);
  const forwards = kept(all);
  expect(forwards.length).toBeGreaterThan(400);
  expect(forwards.length).toBeLessThanOrEqual(500);
  expect(kept([...all].reverse())).toEqual(forwards);
});

test('vectors of another model replace those before', () => {
  const vectors = new PassageVectors();
  vectors.put(hash(1), Float32Array.of(1, 2), 10);
  vectors.put(hash(2), Float32Array.of(1, 2, 3), 10);
  expect(vectors.get(hash(1))).toBeUndefined();
  expect([...vectors.get(hash(2))!]).toEqual([1, 2, 3]);
});
