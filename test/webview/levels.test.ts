import fc from 'fast-check';
import { expect, test } from 'vitest';
import { levelsOf } from '../../webview/levels.js';

const piece = fc.record({ row: fc.nat(3), left: fc.nat(200), width: fc.integer({ min: 1, max: 80 }) });

test('no two items of one level overlap on a row, and no level is left out', () => {
  fc.assert(
    fc.property(fc.array(fc.array(piece, { minLength: 1, maxLength: 3 }), { maxLength: 30 }), (made) => {
      const items = made.map((pieces) => pieces.map(({ row, left, width }) => ({ row, left, right: left + width })));
      const levels = levelsOf(items, 0);
      items.forEach((one, i) => {
        items.slice(0, i).forEach((two, j) => {
          if (levels[i] !== levels[j]) return;
          for (const a of one) {
            for (const b of two) expect(a.row === b.row && a.left < b.right && b.left < a.right).toBe(false);
          }
        });
      });
      for (const level of levels) if (level > 0) expect(levels).toContain(level - 1);
    }),
  );
});

test('what comes first stays nearest, and neighbours keep their distance', () => {
  const inner = [{ row: 0, left: 10, right: 20 }];
  const outer = [{ row: 0, left: 0, right: 40 }];
  expect(levelsOf([inner, outer])).toEqual([0, 1]);
  const next = [{ row: 0, left: 22, right: 30 }];
  expect(levelsOf([inner, next], 4)).toEqual([0, 1]);
  expect(levelsOf([inner, next], 1)).toEqual([0, 0]);
});
