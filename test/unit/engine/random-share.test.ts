import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interleave, isRandomPlace, RandomOrder } from '../../../src/engine/random-share.js';
import { identity, type Entry } from '../../../src/engine/pool.js';
import { uniformOf } from '../../../src/learning/random.js';

const entry = (id: string): Entry => ({
  ref: { id, file: id, kind: 'text', start: 0, end: 1, line: 1 },
  start: 0,
  end: 1,
  hash: '',
  text: '',
});
const name = (item: string): string => item;

describe('the random share', () => {
  it('is kept, give or take one, over any places in a row', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        fc.nat(500),
        fc.nat(300),
        (share, seed, from, length) => {
          const places = Array.from({ length }, (_, i) => from + i);
          const chance = places.filter((place) => isRandomPlace(place, share, seed)).length;
          expect(Math.abs(chance - share * length)).toBeLessThanOrEqual(1 + 1e-9);
        },
      ),
    );
  });

  it('gives every passage one place and loses none', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string()),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer(),
        fc.nat(50),
        (items, share, seed, from) => {
          const queue = interleave(items, [...items].reverse(), name, { from, share, seed, count: items.length });
          expect(queue.map(({ item }) => item).sort()).toEqual([...items].sort());
        },
      ),
    );
  });

  it('puts what chance chooses at its places, and goes on where the person is', () => {
    const ranked = ['a', 'b', 'c', 'd', 'e', 'f'];
    const random = ['f', 'c', 'a', 'b', 'd', 'e'];
    const options = { share: 0.5, seed: 1 };
    const whole = interleave(ranked, random, name, { ...options, from: 0, count: 6 });
    expect(whole.filter((one) => one.random).length).toBe(3);
    whole.forEach((one, place) => expect(one.random).toBe(isRandomPlace(place, 0.5, 1)));
    // After two answers the queue begins with what stood third.
    const answered = new Set(whole.slice(0, 2).map(({ item }) => item));
    const isOpen = (item: string): boolean => !answered.has(item);
    const rest = interleave(ranked.filter(isOpen), random.filter(isOpen), name, { ...options, from: 2, count: 4 });
    expect(rest).toEqual(whole.slice(2));
  });

  it('takes the open passages in the order of their numbers, beyond those that it kept', () => {
    const corpus = Array.from({ length: 50_000 }, (_, i) => entry(`doc ${i}`));
    const order = new RandomOrder();
    const byNumber = corpus
      .map((one) => ({ one, number: uniformOf(9, identity(one)) }))
      .sort((a, b) => b.number - a.number)
      .map(({ one }) => one);
    expect(
      order.first(
        5,
        9,
        () => corpus,
        () => true,
      ),
    ).toEqual(byNumber.slice(0, 5));
    const late = new Set(byNumber.slice(40_000));
    expect(
      order.first(
        5,
        9,
        () => corpus,
        (one) => late.has(one),
      ),
    ).toEqual(byNumber.slice(40_000, 40_005));
  });
});
