import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lines } from '../../../src/labels/lines.js';
import { comparePlaces, placeOf } from '../../../src/labels/order.js';
import { parseLine, parseRaw, serialise, sortLines, splitLines } from '../../../src/labels/serialise.js';
import type { Line } from '../../../src/labels/serialise.js';
import { annotations, entityAt } from './helpers.js';

function join(lines: Iterable<Line>): Buffer {
  return Buffer.concat(Array.from(lines, ({ raw }) => [Buffer.from(raw), Buffer.from('\n')]).flat());
}

function parse(bytes: Uint8Array): Line[] {
  return splitLines(bytes).map(parseRaw);
}

/** Lines of a file: annotations, nonsense, blanks and bytes that are not UTF-8. */
const opaque = fc.constantFrom('', '{', '{"id":1}', '  ', '<<<<<<< ours', '\uFEFF?', 'x\r');
const binary = fc.constantFrom(Uint8Array.of(0xff, 0xfe), Uint8Array.of(0x7b, 0x80));
const files: fc.Arbitrary<Line[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: annotations.map(serialise) }, opaque, binary).map(parseRaw),
  { maxLength: 12 },
);

describe('one line', () => {
  it('is read back as what was written', () => {
    fc.assert(
      fc.property(annotations, (annotation) => {
        const raw = serialise(annotation);
        expect(raw).not.toContain('\n');
        expect(parseLine(raw)).toEqual({ raw, annotation });
      }),
    );
  });

  it('has the keys in the order of the design, unknown ones after them as they were', () => {
    const raw =
      '{"later":[1],"at":"t","by":"mei","after":"","before":"","spans":[{"text":"x","odd":1,"end":1,"start":0}],' +
      '"doc":"a","label":"P","type":"entity","id":"1","also":{"b":1,"a":2},"origin":{"model":"m","kind":"rule"},"flag":true}';
    const line = parseLine(raw);
    expect(line.raw).toBe(raw);
    expect(serialise(line.annotation!)).toBe(
      '{"id":"1","type":"entity","label":"P","doc":"a","spans":[{"start":0,"end":1,"text":"x","odd":1}],"before":"",' +
        '"after":"","by":"mei","at":"t","flag":true,"origin":{"kind":"rule","model":"m"},"later":[1],"also":{"b":1,"a":2}}',
    );
  });

  it.each([
    ['{"id":', 'label-not-json'],
    ['[]', 'label-invalid'],
    ['{"id":"1","type":"opinion","doc":"a","by":"b","at":"c"}', 'label-invalid'],
    [serialise(entityAt(0)).replace('"start":0', '"start":-1'), 'label-invalid'],
    ['<<<<<<< HEAD', 'label-merge-conflict'],
    ['=======', 'label-merge-conflict'],
    ['>>>>>>> theirs', 'label-merge-conflict'],
  ])('says what is wrong with %s', (raw, code) => {
    const line = parseLine(raw);
    expect(line).toMatchObject({ raw, problem: { code } });
    expect(line.annotation).toBeUndefined();
  });

  it('names the field that is wrong', () => {
    const line = parseLine(serialise(entityAt(0)).replace('"end":10', '"end":"10"'));
    expect(line.annotation === undefined && line.problem?.message).toContain('spans.0.end');
  });

  it('is not disturbed by a carriage return or a byte-order mark', () => {
    const raw = serialise(entityAt(0));
    expect(parseLine(`\uFEFF${raw}\r`)).toEqual(parseLine(raw));
  });
});

describe('the bytes of a file', () => {
  it('come back byte for byte, understood or not', () => {
    fc.assert(
      fc.property(files, (lines) => {
        expect(join(parse(join(lines)))).toEqual(join(lines));
      }),
    );
  });

  it('are read where the last line has no line feed', () => {
    expect(splitLines(Buffer.from('a\nb'))).toEqual(['a', 'b']);
    expect(splitLines(Buffer.from('a\nb\n'))).toEqual(['a', 'b']);
    expect(splitLines(Buffer.from('a\n\n'))).toEqual(['a', '']);
    expect(splitLines(Buffer.from(''))).toEqual([]);
  });
});

describe('the order of lines', () => {
  it('is the design’s', () => {
    const at = (type: string, doc: string, start: number, id: string): Line =>
      parseLine(
        JSON.stringify({
          ...{ id, type, doc, label: 'l', by: 'b', at: 't', before: '', after: '', value: 'v', answer: 'skip' },
          ...{ of: 'entity', scope: [], first: '', last: '', sha: '' },
          ...(type === 'relation' ? { head: 'e', tail: 'e' } : { spans: [{ start, end: start + 1, text: 'x' }] }),
        }),
      );
    const sorted = [
      at('relation', 'a', 0, 'r-without-head'),
      at('entity', 'b', 2, '0'),
      at('class', 'b', 2, '0c'),
      at('entity', 'b', 10, 'e'),
      at('relation', 'b', 0, 'r'),
      at('rejection', 'b', 10, '\uFFFD'),
      at('rejection', 'b', 10, '\u{1F600}'),
      at('review', 'b', 10, '0r'),
      at('entity', '\uFFFD', 0, '1'),
      at('entity', '\u{1F600}', 0, '1'),
    ];
    expect(sorted.every((line) => line.annotation !== undefined)).toBe(true);
    expect(sortLines(sorted.toReversed())).toEqual(sorted);
  });

  it('is total, stable and idempotent, and loses no line', () => {
    fc.assert(
      fc.property(files, (lines) => {
        const once = sortLines(lines);
        expect(sortLines(once)).toEqual(once);
        expect(sortLines(parse(join(once)))).toEqual(parse(join(once)));
        expect(new Set(once)).toEqual(new Set(lines));
        expect(once).toHaveLength(lines.length);
      }),
    );
  });

  it('does not depend on the order that the lines had, where ids differ', () => {
    fc.assert(
      fc.property(
        fc
          .uniqueArray(annotations, { selector: ({ id }) => id, maxLength: 8 })
          .chain((some) => fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length }))),
        ([some, shuffled]) => {
          const sorted = (all: typeof some) => sortLines(all.map(serialise).map(parseLine)).map(({ raw }) => raw);
          expect(sorted(shuffled)).toEqual(sorted(some));
        },
      ),
    );
  });

  it('compares antisymmetrically and transitively', () => {
    const places = annotations.map((annotation) => placeOf(annotation, () => undefined));
    fc.assert(
      fc.property(places, places, places, (a, b, c) => {
        expect(Math.sign(comparePlaces(a, b)) + Math.sign(comparePlaces(b, a))).toBe(0);
        if (comparePlaces(a, b) <= 0 && comparePlaces(b, c) <= 0) expect(comparePlaces(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('keeps lines that are not understood behind the line they followed', () => {
    const [first, second] = [parseLine(serialise(entityAt(1))), parseLine(serialise(entityAt(2)))];
    const [a, b, c] = [parseLine('a'), parseLine('b'), parseLine('c')];
    expect(sortLines([a, second, b, first, c])).toEqual([a, first, c, second, b]);
  });
});

describe('edits of lines', () => {
  const edits = fc.array(
    fc.oneof(
      annotations.map((annotation) => ({ id: annotation.id, annotation })),
      fc.constantFrom('0', '1', '2', '00', '01').map((id) => ({ id, annotation: undefined })),
    ),
    { maxLength: 12 },
  );

  it('keep the order, every line that is not understood, and the last edit of each id', () => {
    fc.assert(
      fc.property(files, edits, (before, changes) => {
        const lines = new Lines(before);
        const expected = new Map<string, string | undefined>();
        for (const { id, annotation } of changes) {
          const line = annotation === undefined ? undefined : parseLine(serialise(annotation));
          lines.set(id, line?.annotation === undefined ? undefined : line);
          expected.set(id, line === undefined ? undefined : serialise(annotation!));
        }
        const after = Array.from(lines);
        for (const [id, raw] of expected) expect(lines.get(id)?.raw).toBe(raw);
        if (changes.length > 0) expect(sortLines(after)).toEqual(after);
        const unknown = (some: Line[]) => some.filter(({ annotation }) => annotation === undefined);
        expect(new Set(unknown(after))).toEqual(new Set(unknown(before)));
        expect(unknown(after)).toHaveLength(unknown(before).length);
        const untouched = (some: Line[]) =>
          some.filter(({ annotation }) => annotation !== undefined && !expected.has(annotation.id));
        expect(new Set(untouched(after))).toEqual(new Set(untouched(before)));
      }),
      { numRuns: 300 },
    );
  });

  it('find lines by document and number as a plain search does', () => {
    fc.assert(
      fc.property(files, edits, (before, changes) => {
        const lines = new Lines(before);
        for (const { id, annotation } of changes) {
          const line = annotation && parseLine(serialise(annotation));
          lines.set(id, line?.annotation === undefined ? undefined : line);
        }
        const all = Array.from(lines);
        const counting = Array.from(lines.annotations());
        expect(new Set(counting.map(({ annotation }) => annotation.id)).size).toBe(counting.length);
        for (const { annotation } of counting) {
          expect(Array.from(lines.document(annotation.doc))).toHaveLength(
            counting.filter((other) => other.annotation.doc === annotation.doc).length,
          );
          expect(all[lines.number(annotation.id)! - 1]?.annotation).toBe(annotation);
        }
      }),
    );
  });
});
