import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { passagesOf } from '../../../src/corpus/passages.js';
import { textDocument } from '../../../src/corpus/sources/text.js';
import { withLineFeeds } from '../../../src/corpus/source-map.js';
import type { Document, Range, SourceKind, Unit } from '../../../src/corpus/types.js';
import { wordsIn, wordsOf } from '../../../src/corpus/words.js';
import { rawText } from './texts.js';

const units: readonly Unit[] = ['sentence', 'paragraph', 'document'];

function document(text: string, kind: SourceKind = 'text'): Document {
  return textDocument({ id: 'a', file: 'a', kind, start: 0, end: 0, line: 1 }, text);
}

function passages(text: string, unit: Unit): string[] {
  return passagesOf(document(text), unit).map(({ start, end }) => Array.from(text).slice(start, end).join(''));
}

const prose = fc
  .array(
    fc.oneof(
      rawText,
      fc.constantFrom(
        'Dr. A. Vey said. ',
        'What?! ',
        '# ',
        '- ',
        '> ',
        '**',
        '`',
        '```\n',
        '[a](b)',
        '\n\n',
        '| a | b |\n',
        '。',
        '<b>',
      ),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => withLineFeeds(pieces.join('')));

describe('passages', () => {
  it('are in order, apart, trimmed, and hold all prose', () => {
    fc.assert(
      fc.property(prose, fc.constantFrom<SourceKind>('text', 'markdown'), (text, kind) => {
        const whole = document(text, kind);
        const characters = Array.from(text);
        const everything: readonly Range[] = whole.prose ?? [{ start: 0, end: characters.length }];
        for (const unit of units) {
          const found = passagesOf(whole, unit);
          const covered = new Set<number>();
          let end = 0;
          found.forEach((passage, i) => {
            expect(passage.index).toBe(i);
            expect(passage.start).toBeGreaterThanOrEqual(end);
            expect(passage.end).toBeGreaterThan(passage.start);
            expect(characters[passage.start]!.trim()).not.toBe('');
            expect(characters[passage.end - 1]!.trim()).not.toBe('');
            for (let at = passage.start; at < passage.end; at++) covered.add(at);
            end = passage.end;
          });
          for (const piece of everything) {
            for (let at = piece.start; at < piece.end; at++) {
              if (characters[at]!.trim() !== '') expect(covered.has(at)).toBe(true);
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('end at blank lines, with or without white space in them', () => {
    expect(passages('\n\n One.\nTwo. \n\n three\n \t\nfour\n\n\n', 'paragraph')).toEqual([
      'One.\nTwo.',
      'three',
      'four',
    ]);
    expect(passages('\n one\n\ntwo \n', 'document')).toEqual(['one\n\ntwo']);
  });

  it('do not exist without text', () => {
    for (const unit of units) expect(passages(' \n\t\n', unit)).toEqual([]);
  });

  it('take the items of a list apart', () => {
    expect(passages('Bring:\n- rope\n* a lamp\n 1. one\n (a) two\nand Dr.\nVey', 'sentence')).toEqual([
      'Bring:',
      '- rope',
      '* a lamp',
      '1. one',
      '(a) two\nand Dr.\nVey',
    ]);
  });

  it('take sentences across wrapped lines, not across paragraphs', () => {
    expect(passages('One line\nand another. Two\n\nthree', 'sentence')).toEqual([
      'One line\nand another.',
      'Two',
      'three',
    ]);
  });
});

describe('words', () => {
  it('lie in order inside the text and hold no space', () => {
    fc.assert(
      fc.property(prose, fc.constantFrom<SourceKind>('text', 'markdown'), (text, kind) => {
        const whole = document(text, kind);
        for (const passage of passagesOf(whole, 'paragraph')) {
          const piece = text.slice(whole.map.toUtf16(passage.start), whole.map.toUtf16(passage.end));
          let last = 0;
          for (const { start, end } of wordsIn(whole, passage)) {
            expect(start).toBeGreaterThanOrEqual(last);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(piece.length);
            expect(piece.slice(start, end)).not.toMatch(/ |\n/);
            last = end;
          }
        }
      }),
    );
  });

  it.each([
    ["Ada's well-kept 3.5 km, don't!", ["Ada's", 'well', 'kept', '3.5', 'km', "don't"]],
    ['naïve e\u0301tude 🎈 𝒳', ['naïve', 'e\u0301tude', '𝒳']],
    ['今日は晴れです。', ['今日', 'は', '晴れ', 'です']],
    ['שלום עולם', ['שלום', 'עולם']],
    ['', []],
  ])('of %j', (text, expected) => {
    expect(wordsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(expected);
  });
});
