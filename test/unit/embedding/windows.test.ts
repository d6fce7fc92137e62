import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packBatches, windowsOf } from '../../../src/embedding/windows.js';

describe('windows', () => {
  const sizes = fc.record({ count: fc.integer({ min: 0, max: 5000 }), capacity: fc.integer({ min: 4, max: 600 }) });

  it('are one window where a text fits', () => {
    expect(windowsOf(10, 10)).toEqual([{ start: 0, end: 10, keepStart: 0, keepEnd: 10 }]);
  });

  it('keep every piece once, in order, and read no more than the model does', () => {
    fc.assert(
      fc.property(sizes, ({ count, capacity }) => {
        const windows = windowsOf(count, capacity);
        const kept = windows.flatMap(({ keepStart, keepEnd }) =>
          Array.from({ length: keepEnd - keepStart }, (_, i) => keepStart + i),
        );
        expect(kept).toEqual(Array.from({ length: count }, (_, i) => i));
        for (const { start, end, keepStart, keepEnd } of windows) {
          expect(end - start).toBeLessThanOrEqual(capacity);
          expect(keepStart).toBeGreaterThanOrEqual(start);
          expect(keepEnd).toBeLessThanOrEqual(end);
        }
      }),
    );
  });

  it('share at least a quarter with their neighbours, and a piece is kept where it has most context', () => {
    fc.assert(
      fc.property(sizes, ({ count, capacity }) => {
        const windows = windowsOf(count, capacity);
        windows.slice(1).forEach(({ start }, i) => {
          expect(windows[i]!.end - start).toBeGreaterThanOrEqual(capacity / 4);
        });
        const context = (piece: number, { start, end }: { start: number; end: number }): number =>
          Math.min(start === 0 ? count : piece - start, end === count ? count : end - 1 - piece);
        for (const window of windows) {
          for (let piece = window.keepStart; piece < window.keepEnd; piece++) {
            const others = windows.filter(({ start, end }) => start <= piece && piece < end);
            const best = Math.max(...others.map((other) => context(piece, other)));
            expect(context(piece, window)).toBeGreaterThanOrEqual(best - 1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('batches', () => {
  it('hold every sequence once, within the budget, with little padding', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 512 }), { maxLength: 300 }), (lengths) => {
        const batches = packBatches(lengths, 1024);
        expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
        for (const batch of batches) {
          const longest = Math.max(...batch.map((i) => lengths[i]!));
          expect(batch.length === 1 || batch.length * longest <= 1024).toBe(true);
        }
      }),
    );
  });

  it('put sequences of like length together', () => {
    const lengths = Array.from({ length: 640 }, (_, i) => 4 + ((i * 37) % 125));
    const padded = packBatches(lengths, 1024).reduce(
      (sum, batch) => sum + batch.length * Math.max(...batch.map((i) => lengths[i]!)),
      0,
    );
    expect(padded / lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(1.05);
  });
});
