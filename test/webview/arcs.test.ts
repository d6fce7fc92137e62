import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOutArcs, marginFor, roundedPath, type Anchor, type ArcInput } from '../../webview/arcs.js';

const margin = { left: 20, right: 600, side: 'left' } as const;

function at(id: string, row: number, left: number, width = 60): Anchor {
  return { id, row, left, right: left + width };
}

describe('arcs on one line', () => {
  test('run from the middle of the head to the middle of the tail', () => {
    const [arc] = layOutArcs([{ head: at('a', 5, 100), tail: at('b', 5, 300), width: 50 }], margin);
    expect(arc!.runs).toEqual([{ row: 5, level: 0, from: 130, to: 330 }]);
    expect(arc!.label).toEqual({ run: 0, x: 230 });
  });

  test('a long one goes over a short one', () => {
    const [long, short] = layOutArcs(
      [
        { head: at('a', 0, 50), tail: at('d', 0, 500), width: 40 },
        { head: at('b', 0, 150), tail: at('c', 0, 300), width: 40 },
      ],
      margin,
    );
    expect(short!.runs[0]!.level).toBe(0);
    expect(long!.runs[0]!.level).toBe(1);
  });

  test('arcs of one entity leave side by side, each on the side it goes to', () => {
    const head = at('a', 0, 200);
    const [left, right] = layOutArcs(
      [
        { head, tail: at('b', 0, 40), width: 30 },
        { head, tail: at('c', 0, 400), width: 30 },
      ],
      margin,
    );
    expect(left!.runs[0]!.from).toBeLessThan(right!.runs[0]!.from);
  });

  test('a label wider than its arc gets its room', () => {
    const arcs = layOutArcs(
      [
        { head: at('a', 0, 100, 20), tail: at('b', 0, 130, 20), width: 100 },
        { head: at('c', 0, 160, 20), tail: at('d', 0, 190, 20), width: 100 },
      ],
      margin,
    );
    expect(new Set(arcs.map(({ runs }) => runs[0]!.level)).size).toBe(2);
  });
});

describe('arcs between lines', () => {
  test('go through the margin on the side where lines begin', () => {
    const arc = { head: at('a', 100, 300), tail: at('b', 140, 200), width: 40 };
    const [left] = layOutArcs([arc], margin);
    expect(left!.runs.map(({ row }) => row)).toEqual([100, 140]);
    expect(left!.runs[0]!.to).toBe(left!.runs[1]!.from);
    expect(left!.runs[0]!.to).toBeLessThan(margin.left);
    const [right] = layOutArcs([arc], { ...margin, side: 'right' });
    expect(right!.runs[0]!.to).toBeGreaterThan(margin.right);
  });

  test('two that pass the same line have lanes of their own, and the margin holds them', () => {
    const arcs = [
      { head: at('a', 0, 300), tail: at('b', 80, 200), width: 40 },
      { head: at('c', 40, 300), tail: at('d', 120, 200), width: 40 },
    ];
    const lanes = layOutArcs(arcs, margin).map(({ runs }) => runs[0]!.to);
    expect(lanes[0]).not.toBe(lanes[1]);
    for (const lane of lanes) expect(margin.left - lane).toBeLessThan(marginFor(arcs));
  });
});

const anchors = fc.record({ id: fc.nat(9), row: fc.nat(3), left: fc.integer({ min: 20, max: 540 }) });

test('no two runs of one level overlap on a row, labels included', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anchors, anchors), { maxLength: 25 }), (pairs) => {
      const arcs: ArcInput[] = pairs.map(([head, tail], i) => ({
        head: at(`h${i}${head.id}`, head.row * 40, head.left, 40),
        tail: at(`t${i}${tail.id}`, tail.row * 40, tail.left, 40),
        width: 50,
      }));
      const extents = layOutArcs(arcs, margin).flatMap(({ runs, label }) =>
        runs.map(({ row, level, from, to }, i) => ({
          place: `${row} ${level}`,
          left: Math.min(from, to, i === label.run ? label.x - 25 : from),
          right: Math.max(from, to, i === label.run ? label.x + 25 : from),
        })),
      );
      extents.forEach((a, i) => {
        for (const b of extents.slice(0, i)) {
          if (a.place === b.place) expect(a.left < b.right && b.left < a.right).toBe(false);
        }
      });
    }),
  );
});

test('a path begins at its first point and ends at its last', () => {
  expect(
    roundedPath(
      [
        [0, 10],
        [0, 0],
        [20, 0],
      ],
      4,
    ),
  ).toBe('M0 10L0 4Q0 0 4 0L20 0');
  expect(roundedPath([], 4)).toBe('');
});
