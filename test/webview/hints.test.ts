import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hintAlphabet, hintCodes } from '../../webview/hints.js';

test('few choices have one letter each, from the home row', () => {
  expect(hintCodes(3)).toEqual(['a', 's', 'd']);
  expect(hintCodes(0)).toEqual([]);
  expect(hintCodes(1)).toEqual(['a']);
});

test('one more choice than letters costs one letter', () => {
  const codes = hintCodes(hintAlphabet.length + 1);
  expect(codes.filter((code) => code.length === 1)).toHaveLength(hintAlphabet.length - 1);
});

test('codes are as many as asked for, all different, and none begins another', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 }), fc.constantFrom('ab', 'asdf', hintAlphabet), (count, alphabet) => {
      const codes = hintCodes(count, alphabet);
      expect(codes).toHaveLength(count);
      const sorted = [...codes].sort();
      // In sorted order a prefix stands right before what it begins.
      for (let i = 1; i < sorted.length; i++) expect(sorted[i]!.startsWith(sorted[i - 1]!)).toBe(false);
      expect([...codes].sort((a, b) => a.length - b.length)).toEqual(codes);
    }),
  );
});
