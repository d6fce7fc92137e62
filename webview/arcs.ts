import { levelsOf, type Piece } from './levels.js';

/**
 * How relation arcs run: up from the head, along a level above its line, down to the tail. Between two lines the way
 * leads through a lane in the margin. Pixels from the layer's left edge; vertical places only when drawn.
 */

export interface Anchor extends Piece {
  /** Names what the arc is tied to, so that several arcs share its width. */
  readonly id: string;
}

export interface ArcInput {
  readonly head: Anchor;
  readonly tail: Anchor;
  /** Room that the label needs. */
  readonly width: number;
}

/** A horizontal stretch on a level above a row. */
export interface Run {
  readonly row: number;
  readonly level: number;
  readonly from: number;
  readonly to: number;
}

export interface ArcLayout {
  /** One run, or one on each of two rows, from head to tail. */
  readonly runs: readonly Run[];
  /** The middle of the label, on the run of this index; over the run when it would cover it. */
  readonly label: { readonly run: number; readonly x: number; readonly over: boolean };
}

/** Where the text's lines lie; lanes lead through the margins on both sides. */
export interface Area {
  readonly left: number;
  readonly right: number;
}

const laneWidth = 7;
/** More lanes than this share the outermost one: the text needs its width more. */
const mostLanes = 12;
const spread = 10;
/** How much of a line must be seen beside its label, the arrow included. */
const leastLine = 20;

/** Lays out all arcs of a text. Linear in arcs and rows but for the few that share a row. */
export function layOutArcs(arcs: readonly ArcInput[], area: Area): ArcLayout[] {
  const ends = spreadEnds(arcs);
  const lanes = lanesOf(arcs, area);
  const pieces: { readonly arc: number; readonly run: number; readonly piece: Piece }[] = [];
  const plans = arcs.map((arc, i) => {
    const { head, tail } = ends[i]!;
    const { side, lane } = lanes[i]!;
    const gutter = side === 'left' ? area.left - (lane + 1) * laneWidth : area.right + (lane + 1) * laneWidth;
    const flat =
      arc.head.row === arc.tail.row
        ? [{ row: arc.head.row, from: head, to: tail }]
        : [
            { row: arc.head.row, from: head, to: gutter },
            { row: arc.tail.row, from: gutter, to: tail },
          ];
    const run = flat.length === 2 && length(flat[1]!) > length(flat[0]!) ? 1 : 0;
    const { from, to } = flat[run]!;
    const half = arc.width / 2;
    const x = Math.max(area.left + half, Math.min(area.right - half, (from + to) / 2));
    flat.forEach(({ row, from: a, to: b }, at) => {
      const left = Math.min(a, b, at === run ? x - half : a);
      const right = Math.max(a, b, at === run ? x + half : a);
      pieces.push({ arc: i, run: at, piece: { row, left, right } });
    });
    return { flat, label: { run, x, over: length(flat[run]!) < arc.width + leastLine } };
  });
  // The shorter, the nearer to the text: long arcs go over short ones instead of through them.
  pieces.sort((a, b) => a.piece.right - a.piece.left - (b.piece.right - b.piece.left) || a.arc - b.arc);
  const levels = levelsOf(
    pieces.map(({ piece }) => [piece]),
    2,
  );
  const levelOf = new Map(pieces.map(({ arc, run }, i) => [`${arc} ${run}`, levels[i]!]));
  return plans.map(({ flat, label }, arc) => ({
    runs: flat.map((run, i) => ({ ...run, level: levelOf.get(`${arc} ${i}`) ?? 0 })),
    label,
  }));
}

function length({ from, to }: { readonly from: number; readonly to: number }): number {
  return Math.abs(to - from);
}

/** Arcs of one entity leave from places side by side, ordered by where they go, so that they do not cross at once. */
function spreadEnds(arcs: readonly ArcInput[]): { readonly head: number; readonly tail: number }[] {
  const centre = ({ left, right }: Piece): number => (left + right) / 2;
  const places = arcs.map(({ head, tail }) => ({ head: centre(head), tail: centre(tail) }));
  const byAnchor = new Map<string, { readonly arc: number; readonly end: 'head' | 'tail'; readonly other: Anchor }[]>();
  arcs.forEach(({ head, tail }, arc) => {
    for (const [end, own, other] of [['head', head, tail] as const, ['tail', tail, head] as const]) {
      const list = byAnchor.get(own.id) ?? [];
      list.push({ arc, end, other });
      byAnchor.set(own.id, list);
    }
  });
  for (const list of byAnchor.values()) {
    if (list.length === 1) continue;
    const first = list[0]!;
    const anchor = arcs[first.arc]![first.end];
    const gap = Math.min(spread, (anchor.right - anchor.left) / (list.length + 1));
    // What goes to another row leaves on the outside, by the margin.
    list.sort((a, b) => sign(a.other, anchor) - sign(b.other, anchor) || centre(a.other) - centre(b.other));
    list.forEach(({ arc, end }, i) => {
      places[arc]![end] = centre(anchor) + (i - (list.length - 1) / 2) * gap;
    });
  }
  return places;
}

function sign(other: Anchor, anchor: Anchor): number {
  return other.row === anchor.row ? 1 : 0;
}

interface Lane {
  readonly side: 'left' | 'right';
  readonly lane: number;
}

/** Lanes for arcs between rows: on the nearer side, the shorter the nearer to the text. Arcs within a row get any. */
function lanesOf(arcs: readonly ArcInput[], area: Area): Lane[] {
  const result = arcs.map(({ head, tail }): Lane => {
    const left = head.left - area.left + tail.left - area.left;
    const right = area.right - head.right + area.right - tail.right;
    return { side: left <= right ? 'left' : 'right', lane: 0 };
  });
  for (const side of ['left', 'right'] as const) {
    const between = arcs
      .map(({ head, tail }, arc) => ({ arc, top: Math.min(head.row, tail.row), bottom: Math.max(head.row, tail.row) }))
      .filter(({ arc, top, bottom }) => top !== bottom && result[arc]!.side === side)
      .sort((a, b) => a.bottom - a.top - (b.bottom - b.top) || a.top - b.top);
    const lanes = levelsOf(
      between.map(({ top, bottom }) => [{ row: 0, left: top, right: bottom }]),
      1,
    );
    between.forEach(({ arc }, i) => (result[arc] = { side, lane: Math.min(lanes[i]!, mostLanes - 1) }));
  }
  return result;
}

/** How much margin the arcs need on each side, in pixels. */
export function marginsFor(arcs: readonly ArcInput[], area: Area): { readonly left: number; readonly right: number } {
  const lanes = lanesOf(arcs, area).filter((_, i) => arcs[i]!.head.row !== arcs[i]!.tail.row);
  const width = (side: 'left' | 'right'): number => {
    const deepest = Math.max(-1, ...lanes.filter((lane) => lane.side === side).map(({ lane }) => lane));
    return deepest === -1 ? 0 : (deepest + 1) * laneWidth + 4;
  };
  return { left: width('left'), right: width('right') };
}

/** An SVG path along points, its corners rounded. */
export function roundedPath(points: readonly (readonly [number, number])[], radius: number): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let path = `M${n(first[0])} ${n(first[1])}`;
  let previous = first;
  rest.forEach((point, i) => {
    const next = rest[i + 1];
    if (next === undefined) {
      path += `L${n(point[0])} ${n(point[1])}`;
      return;
    }
    const before = toward(point, previous, radius);
    const after = toward(point, next, radius);
    path += `L${n(before[0])} ${n(before[1])}Q${n(point[0])} ${n(point[1])} ${n(after[0])} ${n(after[1])}`;
    previous = point;
  });
  return path;
}

/** The point on the way from one to another, at most half the way along. */
function toward(from: readonly [number, number], to: readonly [number, number], by: number): [number, number] {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const far = Math.hypot(dx, dy);
  const part = far === 0 ? 0 : Math.min(by, far / 2) / far;
  return [from[0] + dx * part, from[1] + dy * part];
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
