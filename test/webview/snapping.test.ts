import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../src/corpus/words.js';
import { boundaryAfter, boundaryBefore, graphemeAt, snap, step, wordAt } from '../../webview/snapping.js';
import { find } from './views.js';

const family = '👩‍👩‍👧‍👦';

function snapped(text: string, from: number, to: number, by: 'word' | 'character' = 'word'): string | undefined {
  const span = snap(text, wordsOf(text), from, to, by);
  return span && text.slice(span.start, span.end);
}

describe('snapping by word', () => {
  test('takes every word that the drag touches, whole, in either direction', () => {
    const text = 'The harbour master, Ines Moray, resigned.';
    const from = text.indexOf('es Moray');
    const to = text.indexOf('ay, resigned');
    expect(snapped(text, from, to)).toBe('Ines Moray');
    expect(snapped(text, to, from)).toBe('Ines Moray');
  });

  test('leaves quotation marks and commas at the edges out', () => {
    const text = 'He said “Moray, too” twice.';
    const { start, end } = find(text, '“Moray, too”');
    expect(snapped(text, start, end)).toBe('Moray, too');
  });

  test('a click selects the word around it or the one that ends there', () => {
    const text = 'Ada, Bo';
    expect(snapped(text, 1, 1)).toBe('Ada');
    expect(snapped(text, 3, 3)).toBe('Ada');
    expect(snapped('a  b', 2, 2)).toBeUndefined();
  });

  test('a drag over punctuation alone takes the punctuation', () => {
    const text = 'price: 5 % ++ off';
    const { start, end } = find(text, '++');
    expect(snapped(text, start, end)).toBe('++');
  });

  test('does not snap to a dictionary’s words in scripts without spaces', () => {
    const text = '東京都庁は新宿区にあります';
    expect(snapped(text, 1, 3)).toBe('京都');
    const thai = 'กรุงเทพมหานครเป็นเมืองหลวง';
    expect(snapped(thai, 0, 7)).toBe('กรุงเทพ');
  });

  test('snaps each edge by its own script', () => {
    const text = 'Hallgarth社の部品';
    expect(snapped(text, 3, text.indexOf('の'))).toBe('Hallgarth社');
  });
});

describe('by character', () => {
  test('takes exactly the clusters between, without white space at the edges', () => {
    expect(snapped('the old quay', 2, 6, 'character')).toBe('e ol');
    expect(snapped('the old quay', 3, 8, 'character')).toBe('old');
    expect(snapped('a   b', 1, 4, 'character')).toBeUndefined();
  });

  test('never splits an emoji sequence or a letter from its marks', () => {
    const text = `x${family}y`;
    expect(snapped(text, 3, 4, 'character')).toBe(family);
    const marked = 'cafe\u0301s';
    expect(snapped(marked, 3, 4, 'character')).toBe('e\u0301');
  });
});

const texts = fc.array(
  fc.constantFrom('Ada', ' ', ', ', family, 'e\u0301', '東京', 'مرحبا', 'שלום', '\n', 'नमस्ते', '🇫🇷', '“', 'ไทย', '😀'),
  { maxLength: 12 },
);

describe('for any text', () => {
  test('a snapped stretch is not empty, begins and ends between clusters, and has no white space at its edges', () => {
    fc.assert(
      fc.property(
        texts,
        fc.nat(),
        fc.nat(),
        fc.constantFrom('word' as const, 'character' as const),
        (parts, a, b, by) => {
          const text = parts.join('');
          const span = snap(text, wordsOf(text), a % (text.length + 1), b % (text.length + 1), by);
          if (span === undefined) return;
          expect(span.start).toBeLessThan(span.end);
          expect(boundaryBefore(text, span.start)).toBe(span.start);
          expect(boundaryAfter(text, span.end)).toBe(span.end);
          const quote = text.slice(span.start, span.end);
          expect(quote.trim()).toBe(quote);
        },
      ),
    );
  });

  test('by character covers at least what by-character drags cover of the words, and stays within the words touched', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), (parts, a, b) => {
        const text = parts.join('');
        const words = wordsOf(text);
        const [from, to] = [a % (text.length + 1), b % (text.length + 1)];
        const word = snap(text, words, from, to, 'word');
        if (word === undefined || from === to) return;
        for (const one of words) {
          if (one.start < Math.max(from, to) && one.end > Math.min(from, to)) {
            // A word that is touched overlaps what is selected.
            expect(one.start < word.end && word.start < one.end).toBe(true);
          }
        }
      }),
    );
  });

  test('steps go from boundary to boundary and back again', () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        const there: number[] = [0];
        while (there.at(-1)! < text.length) there.push(step(text, there.at(-1)!, 1));
        const back: number[] = [text.length];
        while (back.at(-1)! > 0) back.push(step(text, back.at(-1)!, -1));
        expect(back.reverse()).toEqual(there);
      }),
    );
  });
});

test('the cluster at the end of a text is empty', () => {
  expect(graphemeAt('ab', 2)).toEqual({ start: 2, end: 2 });
});

test('a word is found by any offset in it and by its end', () => {
  const words = wordsOf('one two');
  expect(wordAt(words, 0)).toEqual({ start: 0, end: 3 });
  expect(wordAt(words, 3)).toEqual({ start: 0, end: 3 });
  expect(wordAt(words, 4)).toEqual({ start: 4, end: 7 });
});
