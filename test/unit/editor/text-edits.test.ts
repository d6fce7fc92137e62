import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  follow,
  followBack,
  hunksBetween,
  Lines,
  trimmed,
  withChange,
  type Hunks,
} from '../../../src/editor/text-edits.js';

interface Typed {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** The text after some typing, with the hunks that were told of it. */
function type(saved: string, edits: readonly Typed[]): { text: string; hunks: Hunks } {
  let text = saved;
  let hunks: Hunks = [];
  for (const edit of edits) {
    const offset = Math.min(edit.offset, text.length);
    const length = Math.min(edit.length, text.length - offset);
    hunks = withChange(hunks, { offset, length, inserted: edit.text.length });
    text = text.slice(0, offset) + edit.text + text.slice(offset + length);
  }
  return { text, hunks };
}

const quote = (text: string, range: { start: number; end: number } | undefined): string | undefined =>
  range && text.slice(range.start, range.end);
const placeOf = (text: string, part: string) => ({ start: text.indexOf(part), end: text.indexOf(part) + part.length });

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '🙂'), maxLength: 30 });
const edits = fc.array(
  fc.record({
    offset: fc.nat(40),
    length: fc.nat(6),
    text: fc.string({ unit: fc.constantFrom('a', 'c', '🙂'), maxLength: 4 }),
  }),
  { maxLength: 8 },
);

describe('hunks', () => {
  it('stay in order and apart, and what is between them is the same in both texts', () => {
    fc.assert(
      fc.property(letters, edits, fc.boolean(), (saved, typing, settled) => {
        const { text, hunks: all } = type(saved, typing);
        const hunks = settled ? trimmed(all, saved, text) : all;
        let at = 0;
        let rebuilt = '';
        for (const { start, end, length } of hunks) {
          expect(start).toBeGreaterThanOrEqual(at);
          rebuilt += saved.slice(at, start);
          rebuilt += text.slice(rebuilt.length, rebuilt.length + length);
          at = end;
        }
        expect(rebuilt + saved.slice(at)).toBe(text);
      }),
    );
  });

  it('are none when everything was undone, in whatever order', () => {
    fc.assert(
      fc.property(letters, edits, (saved, typing) => {
        const { text, hunks } = type(saved, typing);
        const undone = withChange(hunks, { offset: 0, length: text.length, inserted: saved.length });
        expect(trimmed(undone, saved, saved)).toEqual([]);
      }),
    );
    expect(trimmed([{ start: 0, end: 3, length: 3 }], 'abc', 'abc')).toEqual([]);
  });

  it('never cut a surrogate pair', () => {
    // Both begin with the same high surrogate, and both end with the same low one.
    expect(hunksBetween('🙂', '🙃')).toEqual([{ start: 0, end: 2, length: 2 }]);
    expect(hunksBetween('a\u{1F642}', 'a\u{1FA42}')).toEqual([{ start: 1, end: 3, length: 2 }]);
  });
});

describe('follow', () => {
  const saved = 'Ada Lovelace wrote to Babbage.';
  const lovelace = placeOf(saved, 'Lovelace');
  const followed = (...typing: Typed[]): string | undefined => {
    const { text, hunks } = type(saved, typing);
    return quote(text, follow(trimmed(hunks, saved, text), lovelace));
  };

  it('finds the same text wherever text around it was changed', () => {
    fc.assert(
      fc.property(edits, (typing) => {
        const marked = `${saved}[X]${saved}`;
        const place = placeOf(marked, '[X]');
        const { text, hunks } = type(marked, typing);
        // Brackets are never typed: where both stand and nothing between them was touched, it is them.
        const found = quote(text, follow(trimmed(hunks, marked, text), place));
        if (text.includes('[X]')) expect(found).toBe('[X]');
      }),
    );
  });

  it('leaves out what is typed at its edges and takes in what is typed inside', () => {
    expect(followed({ offset: lovelace.start, length: 0, text: 'Countess ' })).toBe('Lovelace');
    expect(followed({ offset: lovelace.end, length: 0, text: ', then,' })).toBe('Lovelace');
    expect(followed({ offset: lovelace.start + 4, length: 0, text: '-' })).toBe('Love-lace');
  });

  it('shrinks to what is left, and is gone when nothing is', () => {
    expect(followed({ offset: 0, length: lovelace.start + 4, text: '' })).toBe('lace');
    expect(followed({ offset: lovelace.start + 4, length: 100, text: '!' })).toBe('Love');
    expect(followed({ offset: lovelace.start, length: 8, text: 'Byron' })).toBeUndefined();
    expect(followed({ offset: lovelace.start, length: 8, text: 'Wallace' })).toBe('Wallace');
    expect(followed({ offset: lovelace.start, length: 8, text: 'Greene' })).toBeUndefined();
    expect(followed({ offset: 0, length: lovelace.start + 6, text: '' })).toBe('ce');
  });

  it('is back when what was deleted is typed again', () => {
    const { start } = lovelace;
    expect(followed({ offset: start, length: 8, text: '' })).toBeUndefined();
    expect(followed({ offset: start, length: 8, text: '' }, { offset: start, length: 0, text: 'Lovelace' })).toBe(
      'Lovelace',
    );
  });
});

it('followBack undoes follow outside of what was typed', () => {
  fc.assert(
    fc.property(letters, edits, fc.nat(30), (saved, typing, at) => {
      const { text, hunks } = type(saved, typing);
      const range = { start: Math.min(at, saved.length), end: Math.min(at + 1, saved.length) };
      const touched = hunks.some(({ start, end }) => start <= range.end && range.start <= end);
      const found = follow(hunks, range);
      if (touched || found === undefined) return;
      expect(followBack(hunks, found.start)).toBe(range.start);
      expect(quote(text, found)).toBe(quote(saved, range));
    }),
  );
});

it('finds lines as the editor counts them', () => {
  const lines = new Lines('a\r\nbc\rd\n');
  expect([0, 3, 4, 6, 8].map((offset) => lines.positionOf(offset))).toEqual([
    { line: 0, character: 0 },
    { line: 1, character: 0 },
    { line: 1, character: 1 },
    { line: 2, character: 0 },
    { line: 3, character: 0 },
  ]);
  expect(lines.offsetOf({ line: 1, character: 1 })).toBe(4);
  expect(lines.offsetOf({ line: 9, character: 0 })).toBe(8);
});
