import fc from 'fast-check';
import { expect, it } from 'vitest';
import { excerpt, folded, holds, likeness } from '../../../src/engine/search.js';

it('minds neither case, accents nor forms of letters', () => {
  const text = folded('Die Größe von ﬁnè CAFÉS');
  expect(holds(text, ['café', 'FINE', 'größe'].map(folded))).toBe(true);
  expect(holds(text, [folded('tea')])).toBe(false);
});

it('forgives a slip in a long word, none in a short one, and wants every word', () => {
  const text = folded('The harbour master of Brackwater');
  expect(likeness(text, ['brackwater'])).toBe(1);
  expect(likeness(text, ['brackwatre'])).toBeGreaterThan(0);
  expect(likeness(text, ['brackwatre'])).toBeLessThan(1);
  expect(likeness('bracken, rack, ckw and water', ['brackwatre'])).toBe(0);
  expect(likeness(text, ['oft'])).toBe(0);
  expect(likeness(text, ['harbour', 'lighthouse'])).toBe(0);
});

it('finds what a text holds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'grapheme' }),
      fc.string(),
      (before, word, after) => {
        expect(likeness(`${folded(before)}${folded(word)}${folded(after)}`, [folded(word)])).toBe(1);
      },
    ),
  );
});

it('shows the place that was found', () => {
  const text = `${'Nothing here. '.repeat(30)}The harbour\nmaster rests. ${'More. '.repeat(30)}`;
  expect(excerpt(text, 'harbuor', 80)).toMatch(/^… .*The harbour master rests\./);
  expect(excerpt(text, 'lighthouse', 80)).toMatch(/^Nothing here\./);
  expect(excerpt('Short.', 'short', 80)).toBe('Short.');
});
