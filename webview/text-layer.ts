import type { ViewSpan } from '../src/protocol/panel.js';
import { same } from '../src/protocol/panel-change.js';
import { graphemeAt, wordFrom } from './snapping.js';

/** A box of a stretch of text on one visual line, in pixels from the layer's corner. */
export interface Box {
  readonly row: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface Segment extends ViewSpan {
  readonly node: Text;
}

export interface Block extends ViewSpan {
  readonly element: HTMLElement;
  readonly rtl: boolean;
}

/** A word that makes its line taller: room over and under the text's own height, in pixels. */
export interface Strut extends ViewSpan {
  readonly above: number;
  readonly below: number;
}

/** What lies at a point. */
export interface Hit {
  /** The caret: between two letters. */
  readonly offset: number;
  /** The letter itself. */
  readonly cluster?: ViewSpan;
}

interface FilledBlock extends Block {
  /** Do letters from right to left stand in it? */
  readonly mixed: boolean;
  readonly segments: readonly Segment[];
  readonly struts: readonly Strut[];
}

/** A paragraph longer than this is not taken as a whole when lines are looked for, in UTF-16 units. */
const longBlock = 4000;

/** Letters that run from right to left, of the scripts that are in use. */
const fromRight =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** How far from a caret the letter under the pointer is looked for, in clusters to each side. */
const farAway = 200;

/** Tops that differ by less are one line: fallback fonts may shift a box by a pixel or two. */
const sameLine = 4;

/**
 * The text as the browser lays it out, a block a paragraph, and the way between offsets and places on the screen.
 * Text only ever enters as text nodes.
 */
export class TextLayer {
  #blocks: FilledBlock[] = [];
  #text = '';
  #passage: ViewSpan = { start: 0, end: 0 };
  readonly #root: HTMLElement;
  /** One for all: every live range makes every later change of the document slower. */
  readonly #range = document.createRange();

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Shows a text; what lies outside `passage` is dimmed. */
  show(text: string, passage: ViewSpan): void {
    this.#text = text;
    this.#passage = passage;
    let start = 0;
    const spans = text.split('\n').map((line) => {
      const span = { start, end: start + line.length };
      start = span.end + 1;
      return span;
    });
    const elements = spans.map((span) => {
      const element = document.createElement('div');
      // Each paragraph finds its own direction, as it would in a document of its own.
      element.dir = 'auto';
      element.className = span.start < passage.end && span.end > passage.start ? 'block here' : 'block';
      return element;
    });
    const filled = spans.map((span, i) => this.#fill(elements[i]!, span, []));
    this.#root.replaceChildren(...elements);
    this.#blocks = spans.map((span, i) => ({
      ...span,
      element: elements[i]!,
      rtl: getComputedStyle(elements[i]!).direction === 'rtl',
      mixed: fromRight.test(text.slice(span.start, span.end)),
      segments: filled[i]!,
      struts: [],
    }));
  }

  /**
   * Gives the lines of a stretch the room that they need, by one taller word a line; lines outside keep what they have.
   * True if that moved anything. Only the words in question are taken apart from the text around them, at their edges,
   * so that scripts join as before.
   */
  makeRoom(struts: readonly Strut[], { start, end }: ViewSpan = { start: 0, end: this.#text.length }): boolean {
    let changed = false;
    const first = Math.max(0, lastFrom(this.#blocks, start));
    for (let i = first; i < this.#blocks.length && this.#blocks[i]!.start <= end; i++) {
      const block = this.#blocks[i]!;
      const wanted = [
        ...block.struts.filter((strut) => strut.start < start),
        ...struts.filter((strut) => strut.start >= Math.max(start, block.start) && strut.end <= block.end),
        ...block.struts.filter((strut) => strut.start >= end),
      ];
      if (same(wanted, block.struts)) continue;
      changed = true;
      this.#blocks[i] = { ...block, struts: wanted, segments: this.#fill(block.element, block, wanted) };
    }
    return changed;
  }

  /**
   * The stretch of text whose lines lie between two heights of the viewport: whole paragraphs, and of a very long one
   * whole lines, as far as its words are known.
   */
  between(words: readonly ViewSpan[], top: number, bottom: number): ViewSpan {
    const boxOf = (i: number): DOMRect => this.#blocks[i]!.element.getBoundingClientRect();
    const first = this.#blocks[lowest(0, this.#blocks.length - 1, (i) => boxOf(i).bottom >= top)];
    const last = this.#blocks[lowest(0, this.#blocks.length, (i) => boxOf(i).top > bottom) - 1] ?? first;
    if (first === undefined || last === undefined) return { start: 0, end: 0 };
    const firstOn = ({ start, end }: Block, height: number): ViewSpan | undefined => {
      const [from, to] = [wordFrom(words, start), wordFrom(words, end - 1)];
      return words[lowest(from, to, (i) => (this.rects(words[i]!)[0]?.top ?? Infinity) >= height)];
    };
    const isLong = ({ start, end }: Block): boolean => end - start > longBlock;
    const start = isLong(first) ? Math.max(first.start, firstOn(first, top)?.start ?? 0) : first.start;
    const end = isLong(last) ? Math.min(last.end, firstOn(last, bottom)?.start ?? Infinity) : last.end;
    return { start, end: Math.max(start, end) };
  }

  #fill(element: HTMLElement, { start, end }: ViewSpan, struts: readonly Strut[]): Segment[] {
    const passage = this.#passage;
    const cuts = new Set([
      start,
      passage.start,
      passage.end,
      end,
      ...struts.flatMap((strut) => [strut.start, strut.end]),
    ]);
    const places = [...cuts].filter((cut) => cut >= start && cut <= end).sort((a, b) => a - b);
    const segments: Segment[] = [];
    const spans: HTMLElement[] = [];
    for (let i = 0; i + 1 < places.length; i++) {
      const [from, to] = [places[i]!, places[i + 1]!];
      const span = document.createElement('span');
      span.className = from >= passage.start && to <= passage.end ? 'passage' : 'around';
      const strut = struts.find((one) => one.start <= from && to <= one.end);
      if (strut !== undefined) stretch(span, strut);
      const node = document.createTextNode(this.#text.slice(from, to));
      span.append(node);
      spans.push(span);
      segments.push({ start: from, end: to, node });
    }
    element.replaceChildren(...spans);
    return segments;
  }

  /** The block that holds an offset. */
  blockAt(offset: number): Block | undefined {
    return this.#blocks[lastFrom(this.#blocks, offset)];
  }

  /** Client rectangles of a stretch, line by line. */
  rects(span: ViewSpan): DOMRect[] {
    const rects: DOMRect[] = [];
    const range = this.#range;
    for (let i = Math.max(0, lastFrom(this.#blocks, span.start)); i < this.#blocks.length; i++) {
      const block = this.#blocks[i]!;
      if (block.start >= span.end) break;
      for (const segment of block.segments) {
        if (segment.end <= span.start || segment.start >= span.end) continue;
        range.setStart(segment.node, Math.max(0, span.start - segment.start));
        range.setEnd(segment.node, Math.min(segment.end, span.end) - segment.start);
        for (const rect of range.getClientRects()) if (rect.width > 0) rects.push(rect);
      }
    }
    return rects;
  }

  /** As `rects`, without the white space at which lines break: it hangs over the end of its line. */
  inkRects(span: ViewSpan): DOMRect[] {
    const whole = this.rects(span);
    const [first] = whole;
    if (first === undefined || !whole.some(({ top }) => Math.abs(top - first.top) > sameLine)) return whole;
    const rects: DOMRect[] = [];
    let start = span.start;
    for (const { 0: space, index } of this.#text.slice(span.start, span.end).matchAll(/(?<=\S)\s+(?=\S)/gu)) {
      const from = span.start + index;
      const to = from + space.length;
      const before = this.rects({ start: from - 1, end: from }).at(-1);
      const after = this.rects({ start: to, end: to + 1 })[0];
      if (before === undefined || after === undefined || Math.abs(before.top - after.top) <= sameLine) continue;
      rects.push(...this.rects({ start, end: from }));
      start = to;
    }
    return [...rects, ...this.rects({ start, end: span.end })];
  }

  /**
   * The caret nearest to a point of the viewport, and the grapheme cluster that stands there if one does; undefined when
   * the point is not in the text.
   */
  at(x: number, y: number, shadowRoots: ShadowRoot[]): Hit | undefined {
    const caret = document.caretPositionFromPoint(x, y, { shadowRoots });
    if (caret === null) return undefined;
    const block = this.#blocks.find(({ element }) => element.contains(caret.offsetNode));
    if (block === undefined) return undefined;
    const segment = block.segments.find(({ node }) => node === caret.offsetNode);
    if (segment === undefined) return { offset: block.start };
    const offset = segment.start + caret.offset;
    const cluster = this.#clusterAt(x, y, offset, block);
    if (cluster === undefined) return { offset };
    if (offset >= cluster.start && offset <= cluster.end) return { offset, cluster };
    // Where directions meet, one place is two carets, and the browser means the other: at the far end of the run.
    const [box] = this.rects(cluster);
    const beforeMiddle = box !== undefined && x < (box.left + box.right) / 2;
    const isRtl = fromRight.test(this.#text.slice(cluster.start, cluster.end));
    return { offset: beforeMiddle === isRtl ? cluster.end : cluster.start, cluster };
  }

  /** The cluster over which a point lies, on the line of the caret that is nearest to it. */
  #clusterAt(x: number, y: number, caret: number, block: FilledBlock): ViewSpan | undefined {
    let line: DOMRect | undefined;
    let [before, after] = [caret, caret];
    const most = block.mixed ? farAway : 1;
    for (let i = 0; i < most && (before > block.start || after < block.end); i++) {
      const beside: ViewSpan[] = [];
      if (after < block.end) beside.push(graphemeAt(this.#text, after));
      if (before > block.start) beside.push(graphemeAt(this.#text, before - 1));
      const boxes = beside.map((cluster) => ({ cluster, boxes: this.rects(cluster) }));
      line ??= boxes.flatMap((one) => one.boxes).sort((a, b) => away(a, y) - away(b, y))[0];
      const found = boxes.find((one) =>
        one.boxes.some(
          ({ left, right, top }) => left <= x && x <= right && Math.abs(top - (line?.top ?? top)) <= sameLine,
        ),
      );
      if (found !== undefined) return found.cluster;
      for (const { start, end } of beside) [before, after] = [Math.min(before, start), Math.max(after, end)];
    }
    return undefined;
  }

  /** Half of what the line height adds to the text's own height: there is that much over and under each line. */
  leading(offset: number): number {
    const element = this.blockAt(offset)?.element;
    const height = element?.firstElementChild?.getClientRects()[0]?.height;
    if (element === undefined || height === undefined) return 0;
    return Math.max(0, (parseFloat(getComputedStyle(element).lineHeight) - height) / 2);
  }
}

/**
 * Makes a word's line reach further up and down by different amounts: half of the difference moves the word's box along
 * the line and back, which leaves the letters where they were.
 */
function stretch(span: HTMLElement, { above, below }: Strut): void {
  span.style.setProperty('line-height', `calc(var(--content) + ${above + below}px)`);
  span.style.setProperty('vertical-align', `${(above - below) / 2}px`);
  span.style.setProperty('position', 'relative');
  span.style.setProperty('top', `${(above - below) / 2}px`);
}

/** How far a height is from a box. */
function away({ top, bottom }: DOMRect, y: number): number {
  return Math.max(0, top - y, y - bottom);
}

/** The lowest index from which on something holds; `to` where it never does. */
function lowest(from: number, to: number, holds: (index: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Index of the last of some ordered spans that starts at or before an offset. */
function lastFrom(spans: readonly ViewSpan[], offset: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.start <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Tells visual lines apart by their tops. */
export class Rows {
  readonly #tops = new Map<number, number>();

  /** The line of a top, by its own top: the same for all boxes of one line. */
  topOf(top: number): number {
    const rounded = Math.round(top);
    for (let by = 0; by < sameLine; by++) {
      const near = this.#tops.get(rounded - by) ?? this.#tops.get(rounded + by);
      if (near !== undefined) return near;
    }
    this.#tops.set(rounded, rounded);
    return rounded;
  }
}

/** Rectangles of one stretch as boxes: neighbours on one line joined, places counted from the layer's corner. */
export function boxesOf(rects: readonly DOMRect[], origin: DOMRect, rows: Rows): Box[] {
  const boxes: Box[] = [];
  for (const rect of rects) {
    const top = rect.top - origin.top;
    const box = {
      row: rows.topOf(top),
      left: rect.left - origin.left,
      right: rect.right - origin.left,
      top,
      bottom: rect.bottom - origin.top,
    };
    const last = boxes.at(-1);
    if (last?.row === box.row && box.left - last.right < 1.5 && last.left - box.right < 1.5) {
      boxes[boxes.length - 1] = {
        ...last,
        left: Math.min(last.left, box.left),
        right: Math.max(last.right, box.right),
        bottom: Math.max(last.bottom, box.bottom),
      };
    } else boxes.push(box);
  }
  return boxes;
}
