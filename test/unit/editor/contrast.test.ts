import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contrastRatio, GRAPHICS, readable, TEXT, withOpacity } from '../../../src/editor/contrast.js';

const colour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

it('makes every colour stand out from every ground, and leaves alone what does already', () => {
  fc.assert(
    fc.property(colour, colour, fc.constantFrom(GRAPHICS, TEXT), (color, ground, ratio) => {
      const shown = readable(color, ground, ratio);
      expect(contrastRatio(shown, ground)).toBeGreaterThanOrEqual(ratio);
      if (contrastRatio(color, ground) >= ratio) expect(shown).toBe(color);
    }),
  );
});

it('measures as WCAG does', () => {
  expect(contrastRatio('#000', '#fff')).toBeCloseTo(21, 5);
  expect(contrastRatio('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(withOpacity('#abc', 0.5)).toBe('#aabbcc80');
});
