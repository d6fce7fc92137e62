import type { ViewSpan } from '../src/protocol/panel.js';
import { layOutArcs, marginsFor, roundedPath, type Anchor, type ArcLayout, type Area } from './arcs.js';
import { levelsOf } from './levels.js';
import type { Link, Mark, OthersMark } from './marks.js';
import { wordFrom } from './snapping.js';
import { overlaps } from './spans.js';
import { boxesOf, Rows, type Box, type Strut, type TextLayer } from './text-layer.js';

/** What is drawn over the text, placed. Pixels from the layer's corner. */
export interface Picture {
  readonly marks: readonly PlacedMark[];
  readonly others: readonly { readonly mark: OthersMark; readonly boxes: readonly Box[] }[];
  readonly doubt: readonly Box[];
  readonly arcs: readonly PlacedArc[];
}

/** What changes with every press, apart from the rest so that moving the cursor measures a word and not the passage. */
export interface Pointing {
  readonly selection: readonly Box[];
  readonly hints: readonly PlacedHint[];
}

export interface PlacedMark {
  readonly mark: Mark;
  readonly boxes: readonly Box[];
  /** Under each box, the mark's own line on its level. */
  readonly bars: readonly { readonly left: number; readonly width: number; readonly top: number }[];
  /** Dotted from part to part of a discontinuous mark. */
  readonly joins: readonly { readonly left: number; readonly width: number; readonly top: number }[];
  /** One a part. */
  readonly tags: readonly { readonly text: string; readonly left: number; readonly top: number }[];
}

export interface PlacedHint {
  /** The entity that it stands for; none for a word. */
  readonly id?: string;
  readonly code: string;
  readonly active: boolean;
  readonly left: number;
  readonly top: number;
  readonly boxes: readonly Box[];
}

export interface PlacedArc {
  readonly link: Link;
  readonly path: string;
  /** Tip of the arrow; none for a symmetric relation. */
  readonly tip?: { readonly x: number; readonly y: number };
  /** Where it can be taken hold of, to give it another end. */
  readonly ends: {
    readonly head: { readonly x: number; readonly y: number };
    readonly tail?: { readonly x: number; readonly y: number };
  };
  readonly label: { readonly x: number; readonly y: number };
}

export interface Drawn {
  readonly marks: readonly Mark[];
  readonly others: readonly OthersMark[];
  readonly links: readonly Link[];
  /** The spans of an entity that a link leads to. */
  readonly endOf: (id: string) => readonly ViewSpan[];
  readonly doubt: readonly ViewSpan[];
}

/** Heights that the style sheets of the layers use too. */
export const tagStep = 15;
export const arcStep = 16;
/** Between the lowest arc and the text it stands on. */
const arcFoot = 4;
const rowSlack = 4;
/** A tag's padding and border, and the ✗ of a suggestion. */
const tagPadding = 8;
const rejectWidth = 15;
/** A mark's line is a little shorter than its letters: those of neighbours without a space between stand apart on one level. */
const barInset = 1;
/** Between the lines and tags of a level. */
const leastGap = 1.5;

export interface Measured {
  readonly picture: Picture;
  /** The words that give their lines the room that is needed. */
  readonly struts: readonly Strut[];
  /** Margins for arcs between lines, in pixels. */
  readonly margins: { readonly left: number; readonly right: number };
}

/**
 * Places what is drawn over a stretch of the text as it is laid out now, and says what room that stretch needs: when it
 * does not have that room yet, give it and measure again.
 */
export function measure(
  layer: TextLayer,
  words: readonly ViewSpan[],
  drawn: Drawn,
  stretch: ViewSpan,
  origin: DOMRect,
  area: Area,
  textWidth: (text: string) => number,
): Measured {
  const rows = new Rows();
  const boxesFor = (spans: readonly ViewSpan[]): Box[][] =>
    spans.map((span) => boxesOf(layer.inkRects(span), origin, rows)).filter((boxes) => boxes.length > 0);

  const placed = drawn.marks.flatMap((mark) => {
    const parts = boxesFor(mark.spans);
    if (parts.length === 0) return [];
    const rtl = layer.blockAt(mark.spans[0]!.start)?.rtl ?? false;
    const tags = parts.map((boxes, i) => {
      const text = i === 0 ? mark.tag : `…${mark.tag}`;
      const width = textWidth(text) + tagPadding + (mark.kind === 'suggestion' ? rejectWidth : 0);
      // Where the part begins to a reader: a range's boxes on one line come from left to right.
      const line = boxes.filter(({ row }) => row === boxes[0]!.row);
      const first = rtl ? line.at(-1)! : line[0]!;
      const wanted = rtl ? first.right - width : first.left;
      return { text, width, box: first, left: Math.max(0, Math.min(wanted, origin.width - width)) };
    });
    return [{ mark, parts, boxes: parts.flat(), tags }];
  });
  // A mark that goes on over several lines lies on each as near to the text as it can.
  const places = placed.flatMap(({ boxes, tags }, i) => {
    const pieces = [
      ...boxes.map(({ row, left, right }) => ({ row, left: left + barInset, right: right - barInset })),
      ...tags.map(({ box, left, width }) => ({ row: box.row, left: left - 1, right: left + width + 1 })),
    ];
    const rows = new Set(pieces.map(({ row }) => row));
    return [...rows].map((row) => ({ mark: i, row, on: pieces.filter((piece) => piece.row === row) }));
  });
  const levels = levelsOf(
    places.map(({ on }) => on),
    leastGap,
  );
  const levelOf = new Map(places.map(({ mark, row }, i) => [`${mark} ${row}`, levels[i]!]));
  const rowDepth = new Map<number, Depth>();
  const depth = (row: number): Depth => {
    const known = rowDepth.get(row) ?? { above: 0, below: 0 };
    rowDepth.set(row, known);
    return known;
  };
  /** A mark begins on its first row: an offset there saves looking for one. */
  const begins = ({ row }: Box, span: ViewSpan): void => void (depth(row).offset ??= span.start);
  const marks = placed.map(({ mark, parts, boxes, tags }, i): PlacedMark => {
    const level = ({ row }: Box): number => levelOf.get(`${i} ${row}`) ?? 0;
    for (const box of boxes) depth(box.row).below = Math.max(depth(box.row).below, level(box) + 1);
    begins(boxes[0]!, mark.spans[0]!);
    const barTop = (box: Box): number => box.bottom + 1 + level(box) * tagStep;
    return {
      mark,
      boxes,
      bars: boxes.map((box) => ({
        left: box.left + barInset,
        width: Math.max(2, box.right - box.left - 2 * barInset),
        top: barTop(box),
      })),
      joins: joinsOf(parts).map(({ left, width, box }) => ({ left, width, top: barTop(box) })),
      tags: tags.map(({ text, left, box }) => ({ text, left, top: barTop(box) + 2 })),
    };
  });

  const ends = new Map<string, Anchor & { readonly top: number }>();
  const anchorOf = (id: string): (Anchor & { readonly top: number }) | undefined => {
    const known = ends.get(id);
    if (known !== undefined) return known;
    const [span] = drawn.endOf(id);
    const box = span && boxesFor([span])[0]?.[0];
    if (box === undefined) return undefined;
    begins(box, span!);
    const anchor = { id, row: box.row, left: box.left, right: box.right, top: box.top };
    ends.set(id, anchor);
    return anchor;
  };
  const links = drawn.links.flatMap((link) => {
    const head = anchorOf(link.head);
    const width = textWidth(link.stub === undefined ? link.tag : stubWording(link)) + tagPadding;
    const tail = link.stub === undefined ? anchorOf(link.tail) : head && stubEnd(link, head, width, area);
    return head === undefined || tail === undefined ? [] : [{ link, head, tail, width }];
  });
  const arcs = layOutArcs(links, area).map((layout, i) => {
    const { link, head, tail } = links[i]!;
    for (const { row, level } of layout.runs) depth(row).above = Math.max(depth(row).above, level + 1);
    return drawArc(link, layout, head.top, tail.top);
  });

  const picture: Picture = {
    marks,
    arcs,
    others: drawn.others.map((mark) => ({ mark, boxes: boxesFor(mark.spans).flat() })),
    doubt: boxesFor(drawn.doubt).flat(),
  };
  return { picture, struts: strutsOf(layer, words, rowDepth, stretch, origin), margins: marginsFor(links, area) };
}

/** Places the selection and the hints of a pick. */
export function point(
  layer: TextLayer,
  selection: readonly ViewSpan[],
  hints: readonly {
    readonly id?: string;
    readonly code: string;
    readonly active: boolean;
    readonly spans: readonly ViewSpan[];
  }[],
  origin: DOMRect,
): Pointing {
  const rows = new Rows();
  const boxesFor = (spans: readonly ViewSpan[]): Box[] =>
    spans.flatMap((span) => boxesOf(layer.inkRects(span), origin, rows));
  return {
    selection: boxesFor(selection),
    hints: hints.flatMap(({ spans, ...hint }) => {
      const boxes = boxesFor(spans);
      const first = boxes[0];
      return first === undefined ? [] : [{ ...hint, boxes, left: first.left, top: first.top }];
    }),
  };
}

/** From the end of a part to the beginning of the next, where both are on one line. */
function joinsOf(parts: readonly (readonly Box[])[]): { left: number; width: number; box: Box }[] {
  const joins: { left: number; width: number; box: Box }[] = [];
  parts.forEach((part, i) => {
    const from = parts[i - 1]?.at(-1);
    const to = part[0];
    if (from === undefined || to?.row !== from.row) return;
    const left = Math.min(from.right, to.right);
    const right = Math.max(from.left, to.left);
    if (right > left) joins.push({ left, width: right - left, box: from });
  });
  return joins;
}

/** Where the line of a stub ends: beside its entity, wide enough for what it says. */
function stubEnd({ id, head }: Link, anchor: Anchor & { readonly top: number }, width: number, area: Area) {
  const centre = (anchor.left + anchor.right) / 2;
  const far = width + 26;
  const x = centre + far <= area.right ? centre + far : Math.max(area.left, centre - far);
  return { id: `${id} ${head}`, row: anchor.row, left: x, right: x, top: anchor.top };
}

/** All that a stub says, to know its width. */
function stubWording({ tag, stub }: Link): string {
  return stub === undefined ? tag : `${tag} ${stub.text} ${stub.sign}`;
}

function drawArc(link: Link, { runs, label }: ArcLayout, headTop: number, tailTop: number): PlacedArc {
  const heightOf = (i: number): number => {
    const lift = label.over && label.run === i ? 6 : 9;
    return (i === 0 ? headTop : tailTop) - lift - runs[i]!.level * arcStep;
  };
  const first = runs[0]!;
  const last = runs.at(-1)!;
  const points: [number, number][] = [
    [first.from, headTop - 1],
    [first.from, heightOf(0)],
    [first.to, heightOf(0)],
  ];
  if (runs.length > 1) points.push([last.from, heightOf(1)], [last.to, heightOf(1)]);
  const { stub } = link;
  if (stub === undefined) points.push([last.to, tailTop - (link.symmetric ? 1 : 5)]);
  // The tip of a stub is at the entity that is here, where that is the tail.
  const tip = stub === undefined ? { x: last.to, y: tailTop - 1 } : { x: first.from, y: headTop - 1 };
  const tail = stub === undefined ? { x: last.to, y: tailTop - 1 } : undefined;
  return {
    link,
    path: roundedPath(points, 5),
    ...(link.symmetric || stub?.out === true ? {} : { tip }),
    ends: { head: { x: first.from, y: headTop - 1 }, ...(tail === undefined ? {} : { tail }) },
    label: { x: label.x, y: heightOf(label.run) - (label.over ? 6.5 : 0) },
  };
}

/** How many levels of tags and arcs a line has, and the offset of something on it. */
interface Depth {
  above: number;
  below: number;
  offset?: number;
}

/**
 * A strut for each line of a stretch that needs more than its leading. What hangs under a line reaches into the leading of the line
 * below, what stands over it does not.
 */
function strutsOf(
  layer: TextLayer,
  words: readonly ViewSpan[],
  depths: ReadonlyMap<number, Depth>,
  stretch: ViewSpan,
  origin: DOMRect,
): Strut[] {
  const struts: Strut[] = [];
  for (const [row, levels] of [...depths].sort(([a], [b]) => a - b)) {
    const word = wordOn(layer, words, row + origin.top, levels.offset);
    // Of a line outside not all is known.
    if (word === undefined || !overlaps(word, stretch)) continue;
    const leading = layer.leading(word.start);
    const above = Math.ceil(leading + (levels.above > 0 ? levels.above * arcStep + arcFoot : 0));
    const below = Math.ceil(Math.max(leading, levels.below * tagStep - leading));
    if (above === below && below <= Math.ceil(leading)) continue;
    // Half of the difference moves the word's box: a whole pixel, or the word would stand off its line.
    struts.push({ ...word, above, below: below + ((above - below) % 2 === 0 ? 0 : 1) });
  }
  return struts;
}

/** A word on the line with this top, tried first at an offset; none where a single word fills several lines. */
function wordOn(
  layer: TextLayer,
  words: readonly ViewSpan[],
  top: number,
  offset: number | undefined,
): ViewSpan | undefined {
  const topOf = (i: number): number => {
    const word = words[i];
    return (word && layer.rects(word)[0]?.top) ?? Infinity;
  };
  const isOn = (i: number): boolean => Math.abs(topOf(i) - top) <= rowSlack;
  if (offset !== undefined) {
    const i = wordFrom(words, offset);
    if (isOn(i)) return words[i];
  }
  // Lines follow each other as words do, in every direction of writing.
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (topOf(middle) >= top - rowSlack) high = middle;
    else low = middle + 1;
  }
  return isOn(low) ? words[low] : undefined;
}
