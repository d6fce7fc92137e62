import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildBatch } from '../../../../src/learning/strategies/batch.js';
import { rowsOf } from './support.js';

const cosine = (a: readonly number[], b: readonly number[]) =>
  (a[0]! * b[0]! + a[1]! * b[1]!) / (Math.hypot(a[0]!, a[1]!) * Math.hypot(b[0]!, b[1]!));

test('a batch keeps its bounds as long as there is anything else to take, and the order of preference', () => {
  const item = fc.record({ x: fc.integer({ min: 1, max: 9 }), y: fc.integer({ min: 1, max: 9 }), doc: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(item, { maxLength: 15 }), fc.nat(8), (items, count) => {
      const vectors = items.map(({ x, y }) => [x, y]);
      const order = items.map((_, i) => i);
      const document = (i: number) => String(items[i]!.doc);
      const options = { count, document, duplicate: 0.99, perDocument: 2 };
      const batch = buildBatch(order, rowsOf(vectors), options);
      expect(batch).toHaveLength(Math.min(count, items.length));
      expect(new Set(batch).size).toBe(batch.length);
      const fits = (i: number, taken: readonly number[]) =>
        taken.every((other) => cosine(vectors[i]!, vectors[other]!) < 0.99 - 1e-6) &&
        taken.filter((other) => document(other) === document(i)).length < 2;
      // Up to the first that does not fit, what was left out does not fit either.
      const free = batch.findIndex((i, at) => !fits(i, batch.slice(0, at)));
      const bound = free < 0 ? batch : batch.slice(0, free);
      expect(bound).toEqual([...bound].sort((a, b) => a - b));
      if (free >= 0) for (const i of order) if (!bound.includes(i)) expect(fits(i, bound)).toBe(false);
    }),
  );
});

test('what repeats an earlier item comes behind what does not', () => {
  const vectors = rowsOf([[1, 0], [1, 0.001], [0, 1]]); // prettier-ignore
  expect(buildBatch([0, 1, 2], vectors, { count: 3, document: String })).toEqual([0, 2, 1]);
});
