import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOutArcs, marginsFor, roundedPath, type Anchor, type ArcInput } from '../../webview/arcs.js';

const area = { left: 20, right: 600 };

function at(id: string, row: number, left: number, width = 60): Anchor {
  return { id, row, left, right: left + width };
}

describe('arcs on one line', () => {
  test('run from the middle of the head to the middle of the tail', () => {
    const [arc] = layOutArcs([{ head: at('a', 5, 100), tail: at('b', 5, 300), width: 50 }], area);
    expect(arc!.runs).toEqual([{ row: 5, level: 0, from: 130, to: 330 }]);
    expect(arc!.label).toEqual({ run: 0, x: 230, over: false });
  });

  test('a long one goes over a short one', () => {
    const [long, short] = layOutArcs(
      [
        { head: at('a', 0, 50), tail: at('d', 0, 500), width: 40 },
        { head: at('b', 0, 150), tail: at('c', 0, 300), width: 40 },
      ],
      area,
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
      area,
    );
    expect(left!.runs[0]!.from).toBeLessThan(right!.runs[0]!.from);
  });

  test('a label wider than its arc gets its room', () => {
    const arcs = layOutArcs(
      [
        { head: at('a', 0, 100, 20), tail: at('b', 0, 130, 20), width: 100 },
        { head: at('c', 0, 160, 20), tail: at('d', 0, 190, 20), width: 100 },
      ],
      area,
    );
    expect(new Set(arcs.map(({ runs }) => runs[0]!.level)).size).toBe(2);
  });
});

describe('arcs between lines', () => {
  test('go through the margin on the nearer side', () => {
    const near = (left: number) =>
      layOutArcs([{ head: at('a', 100, left), tail: at('b', 140, left), width: 40 }], area)[0]!.runs;
    const left = near(100);
    expect(left.map(({ row }) => row)).toEqual([100, 140]);
    expect(left[0]!.to).toBe(left[1]!.from);
    expect(left[0]!.to).toBeLessThan(area.left);
    expect(near(500)[0]!.to).toBeGreaterThan(area.right);
  });

  test('two that pass the same line have lanes of their own, and the margin holds them', () => {
    const arcs = [
      { head: at('a', 0, 200), tail: at('b', 80, 200), width: 40 },
      { head: at('c', 40, 200), tail: at('d', 120, 200), width: 40 },
    ];
    const lanes = layOutArcs(arcs, area).map(({ runs }) => runs[0]!.to);
    expect(lanes[0]).not.toBe(lanes[1]);
    const margins = marginsFor(arcs, area);
    for (const lane of lanes) expect(area.left - lane).toBeLessThan(margins.left);
    expect(margins.right).toBe(0);
  });
});

test('a label as wide as its line stands over it, so that line and arrow are seen', () => {
  const label = (distance: number) =>
    layOutArcs([{ head: at('a', 0, 100, 20), tail: at('b', 0, 100 + distance, 20), width: 60 }], area)[0]!.label;
  expect(label(60).over).toBe(true);
  expect(label(120).over).toBe(false);
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
      const extents = layOutArcs(arcs, area).flatMap(({ runs, label }) =>
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
