import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordsOf } from '../../../src/corpus/words.js';

/** Pieces that meet in every way: joiners, marks, scripts with and without spaces, what stands between words. */
const pieces = [
  ...[
    'word',
    "don't",
    'e\u0301',
    '3.14',
    'a:b',
    '_x',
    ' ',
    '  ',
    '\n',
    '\u00a0',
    '\u202f',
    '. ',
    '.',
    ', ',
    '\u0301',
    '\u200d',
  ],
  ...[
    '東京都',
    '。',
    '！',
    'カタカナ',
    'ー',
    'です',
    'กรุงเทพมหานคร',
    ' สมชาย',
    'दिल्ली',
    'עדה',
    '״',
    'كاتبة',
    '👩‍👩‍👧',
    '🇫🇷',
    '\u{1d400}',
  ],
];
const text = fc.array(fc.constantFrom(...pieces), { minLength: 150, maxLength: 600 }).map((parts) => parts.join(''));

test('a long text has the words that it has when it is segmented as a whole', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
  fc.assert(
    fc.property(text, (long) => {
      const whole = [...segmenter.segment(long)]
        .filter(({ isWordLike }) => isWordLike)
        .map(({ index, segment }) => ({ start: index, end: index + segment.length }));
      expect(wordsOf(long)).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});
