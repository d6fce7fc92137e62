import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeUp, mostTorn, type Context } from '../../../src/learning/synthesis.js';

/** Texts with what shifts offsets: emoji of two units, combining marks, right-to-left letters. */
const piece = fc.string({
  unit: fc.constantFrom('a', 'Z', '🦉', '👩‍🔬', 'e\u0301', 'ß', 'ש', '漢', '-'),
  minLength: 1,
  maxLength: 4,
});

const context = fc
  .array(fc.record({ before: piece, name: piece, label: fc.constantFrom('Person', 'Place', 'Thing') }), {
    maxLength: 4,
  })
  .map((parts): Context => {
    let text = '';
    const mentions = parts.map(({ before, name, label }) => {
      text += `${before} `;
      const start = text.length;
      text += `${name} `;
      return { start, end: start + name.length, label };
    });
    return { text: `${text}end`, mentions };
  });

const slice = (text: string, start: number, end: number): string => Array.from(text).slice(start, end).join('');

describe('synthesis', () => {
  it('carries entities over with exact code-point offsets', () => {
    fc.assert(
      fc.property(fc.array(context, { minLength: 1, maxLength: 5 }), fc.integer(), (contexts, seed) => {
        const names = new Set(
          contexts.flatMap(({ text, mentions }) => mentions.map((m) => text.slice(m.start, m.end))),
        );
        for (const { text, entities, making, from } of madeUp(contexts, { seed, count: 10, combine: true })) {
          const before = from.flatMap((i) => contexts[i]!.mentions);
          const given = from.flatMap((i) =>
            contexts[i]!.mentions.map(({ start, end }) => contexts[i]!.text.slice(start, end)),
          );
          const now = entities.map(({ start, end }) => slice(text, start, end));
          for (const name of now) expect(names).toContain(name);
          if (making === 'combine') expect(now).toEqual(given);
          // Of a rival nobody knows the label: it is what is asked about.
          expect(entities.length).toBe(before.length - (making === 'rival' ? 1 : 0));
          if (making === 'swap') expect(now.filter((name, i) => name !== given[i]).length).toBe(1);
          const labels = entities.map(({ label }) => label);
          const all = before.map(({ label }) => label);
          if (making === 'rival') expect(all).toEqual(expect.arrayContaining(labels));
          else expect(labels).toEqual(all);
        }
      }),
    );
  });

  it('depends on nothing but contexts and seed, repeats nothing and makes no context', () => {
    fc.assert(
      fc.property(fc.array(context, { minLength: 1, maxLength: 5 }), fc.integer(), (contexts, seed) => {
        const options = { seed, count: 10, combine: true };
        const made = madeUp(contexts, options);
        expect(madeUp(contexts, options)).toEqual(made);
        const texts = made.map(({ text }) => text);
        expect(new Set([...texts, ...contexts.map(({ text }) => text)]).size).toBe(
          texts.length + new Set(contexts.map(({ text }) => text)).size,
        );
      }),
    );
  });

  it('swaps mentions of one label, puts rivals in their place, and combines passages', () => {
    const ada = {
      text: 'Ada 🦉 sang in Bath.',
      mentions: [mention('Ada 🦉 sang in Bath.', 'Ada', 'Person'), mention('Ada 🦉 sang in Bath.', 'Bath', 'Place')],
    };
    const emmy = { text: 'Emmy left.', mentions: [mention('Emmy left.', 'Emmy', 'Person')] };
    const made = madeUp([ada, emmy], { seed: 0, count: 50, combine: true });
    expect(new Map(made.map(({ text, entities }) => [text, entities]))).toEqual(
      new Map([
        [
          'Emmy 🦉 sang in Bath.',
          [
            { start: 0, end: 4, label: 'Person' },
            { start: 15, end: 19, label: 'Place' },
          ],
        ],
        ['Ada left.', [{ start: 0, end: 3, label: 'Person' }]],
        ['Bath 🦉 sang in Bath.', [{ start: 15, end: 19, label: 'Place' }]],
        ['Ada 🦉 sang in Ada.', [{ start: 0, end: 3, label: 'Person' }]],
        ['Ada 🦉 sang in Emmy.', [{ start: 0, end: 3, label: 'Person' }]],
        ['Bath left.', []],
        [
          'Ada 🦉 sang in Bath. Emmy left.',
          [
            { start: 0, end: 3, label: 'Person' },
            { start: 14, end: 18, label: 'Place' },
            { start: 20, end: 24, label: 'Person' },
          ],
        ],
        [
          'Emmy left. Ada 🦉 sang in Bath.',
          [
            { start: 0, end: 4, label: 'Person' },
            { start: 11, end: 14, label: 'Person' },
            { start: 25, end: 29, label: 'Place' },
          ],
        ],
      ]),
    );
  });

  it('does not combine where a passage is a sentence, nor replaces what overlaps another mention', () => {
    const text = 'The Bank of Bath opened.';
    const nested = { text, mentions: [mention(text, 'Bank of Bath', 'Organisation'), mention(text, 'Bath', 'Place')] };
    const other = { text: 'Ada left.', mentions: [mention('Ada left.', 'Ada', 'Person')] };
    const made = madeUp([nested, other], { seed: 1, count: 50, combine: false });
    expect(made.map((one) => one.text).sort()).toEqual(['Bank of Bath left.', 'Bath left.']);
  });

  it('takes those in most doubt, few of one context', () => {
    const made = [{ from: [0] }, { from: [0] }, { from: [0] }, { from: [1, 2] }, { from: [2] }];
    expect(mostTorn(made, [0.9, 0.8, 0.7, 0.2, 0.3], 3)).toEqual([made[0], made[1], made[4]]);
    expect(mostTorn(made, [0.9, 0.8, 0.7, 0.2, 0.3], 9)).toEqual([made[0], made[1], made[4], made[3]]);
  });
});

function mention(text: string, name: string, label: string): { start: number; end: number; label: string } {
  const start = text.indexOf(name);
  return { start, end: start + name.length, label };
}
