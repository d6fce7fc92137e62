import fc from 'fast-check';
import { expect, it } from 'vitest';
import { around } from '../../../src/editor/walk.js';
import { documentOf } from './support.js';

const files = fc
  .array(fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 15_000, max: 50_000 })), {
    minLength: 1,
    maxLength: 120,
  })
  .map((lengths) => lengths.slice(0, 8).concat(lengths.filter((length) => length < 200)))
  .map((lengths) => lengths.map((length, i) => documentOf('x'.repeat(length), `${i}.txt`)));

it.each(['next', 'previous'] as const)('goes through the whole file once, %s, from a place on', (direction) => {
  fc.assert(
    fc.property(files, fc.nat(), fc.nat(), (documents, which, where) => {
      const index = which % documents.length;
      const at = where % (documents[index]!.map.length + 1);
      const pieces = [...around(documents, { index, at }, direction)];
      for (const piece of pieces) {
        const size = piece.reduce((sum, { within }) => sum + within.end - within.start, 0);
        expect(size <= 20_000 || piece.length === 1).toBe(true);
        expect(piece.length).toBeLessThanOrEqual(50);
      }
      const stretches = pieces.flat();
      const seen = documents.map((document) =>
        stretches.filter((stretch) => stretch.document === document).map(({ within }) => within),
      );
      for (const [i, document] of documents.entries()) {
        const parts = seen[i]!.toSorted((a, b) => a.start - b.start);
        expect(parts.reduce((end, part) => (part.start === end ? part.end : NaN), 0)).toBe(document.map.length);
      }
      const first = stretches[0]!;
      const isAtEdge = direction === 'next' ? at === documents[index]!.map.length : at === 0;
      if (!isAtEdge) {
        expect(first.document).toBe(documents[index]);
        expect(direction === 'next' ? first.within.start : first.within.end).toBe(at);
      }
    }),
    { numRuns: 30 },
  );
});
