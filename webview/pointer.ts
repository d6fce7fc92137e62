import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { PassageView, ViewSpan } from '../src/protocol/panel.js';
import type { ArcDrop } from './arc-layer.js';
import { Intent } from './intent.js';
import type { Pick } from './labelling.js';
import { entityById } from './lookup.js';
import { moving, nothing, sameSelection, spansOf, textAt, type Selection } from './selection.js';
import { snap, wordAt } from './snapping.js';
import { holds, lengthOf } from './spans.js';
import type { Hit } from './text-layer.js';

/** Pixels that a press may slip and still be a click. */
const slip = 3;
/** Pixels beside an entity at which a dragged end still means it. */
const reach = 14;

/** How far a place lies outside a stretch. */
function outside(at: number, from: number, to: number): number {
  return Math.max(0, from - at, at - to);
}

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly anchor: number;
  /** The letter on which it began. */
  readonly letter: ViewSpan;
  readonly parts: readonly ViewSpan[];
  moved: boolean;
  last: PointerEvent;
}

/** The text that the pointer is over. */
export interface Pointed extends ReactiveControllerHost, EventTarget {
  readonly passage: PassageView | undefined;
  readonly words: readonly ViewSpan[];
  readonly selection: Selection;
  readonly pick: Pick | undefined;
  /** The caret and the letter where the pointer is; undefined beside the text. */
  hit(event: PointerEvent): Hit | undefined;
  /** Whether it came to the text itself, and to nothing drawn over it. */
  isText(event: Event): boolean;
  /** Client rectangles of a stretch; none where it is not drawn. */
  boxes(span: ViewSpan): readonly DOMRect[];
  /** Shows what the pointer is on. */
  tell(title: string): void;
  focus(): void;
}

/** Selecting with the pointer: presses, drags with a live preview, clicks, and ends of arcs that are let go. */
export class Pointer implements ReactiveController {
  readonly #host: Pointed;
  #drag: Drag | undefined;

  constructor(host: Pointed) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener('keydown', this.#altChanged);
    document.addEventListener('keyup', this.#altChanged);
  }

  hostDisconnected(): void {
    document.removeEventListener('keydown', this.#altChanged);
    document.removeEventListener('keyup', this.#altChanged);
  }

  get drags(): boolean {
    return this.#drag !== undefined;
  }

  readonly pressed = (event: PointerEvent): void => {
    if (event.button !== 0 || (event.target !== event.currentTarget && !this.#host.isText(event))) return;
    const { passage, selection } = this.#host;
    const hit = this.#host.hit(event);
    if (hit === undefined || passage === undefined) return;
    const anchor = hit.offset;
    this.#host.focus();
    event.preventDefault();
    if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture(event.pointerId);
    const adds = event.ctrlKey || event.metaKey;
    const from = event.shiftKey && selection.kind === 'text' ? moving(selection) : undefined;
    this.#drag = {
      x: event.clientX,
      y: event.clientY,
      anchor: from === undefined ? anchor : anchor < from.start ? from.end : from.start,
      letter: hit.cluster ?? { start: anchor, end: anchor },
      parts: adds && selection.kind === 'text' ? spansOf(passage, selection) : [],
      moved: from !== undefined,
      last: event,
    };
    if (from !== undefined) this.#preview(event);
  };

  readonly moved = (event: PointerEvent): void => {
    const drag = this.#drag;
    if (drag === undefined) {
      this.#hovered(event);
      return;
    }
    drag.last = event;
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > slip) drag.moved = true;
    if (drag.moved) this.#preview(event);
  };

  readonly released = (event: PointerEvent): void => {
    const drag = this.#drag;
    this.#drag = undefined;
    if (drag !== undefined && !drag.moved && event.type === 'pointerup') this.#clicked(drag, event.altKey);
  };

  /** Alt goes by character, also when it is pressed in the middle of a drag. */
  readonly #altChanged = (event: KeyboardEvent): void => {
    if (event.key === 'Alt' && this.#drag?.moved === true) {
      event.preventDefault();
      this.#preview(this.#drag.last, event.type === 'keydown');
    }
  };

  #preview(event: PointerEvent, byCharacter = event.altKey): void {
    const { passage } = this.#host;
    const drag = this.#drag;
    const focus = this.#host.hit(event)?.offset;
    if (passage === undefined || drag === undefined || focus === undefined) return;
    const span = snap(passage.text, this.#host.words, drag.anchor, focus, byCharacter ? 'character' : 'word');
    if (span === undefined) return;
    const backward = focus < drag.anchor;
    const edge = (offset: number): ViewSpan => ({ start: offset, end: offset });
    const select: Selection = {
      kind: 'text',
      parts: drag.parts,
      anchor: edge(backward ? span.end : span.start),
      focus: edge(backward ? span.start : span.end),
    };
    this.#host.dispatchEvent(new Intent({ select }));
  }

  /** A click goes through what lies there: the innermost mark, those around it, then the word itself. */
  #clicked({ letter, parts }: Drag, byCharacter: boolean): void {
    const { passage, pick, selection, words } = this.#host;
    if (passage === undefined) return;
    const word = wordAt(words, letter.start);
    const at = word ?? letter;
    const there = [
      ...passage.entities
        .filter(({ own }) => own)
        .map(({ id, spans }) => ({ spans, select: { kind: 'entity' as const, id } })),
      ...passage.suggestions
        .filter(({ kind }) => kind === 'entity')
        .map(({ key, spans }) => ({ spans, select: { kind: 'suggestion' as const, key } })),
    ]
      .filter(({ spans }) => holds(spans, at) || holds(spans, letter))
      .sort((a, b) => lengthOf(a.spans) - lengthOf(b.spans))
      .map(({ select }): Selection => select);
    if (pick !== undefined) {
      const choice = there.find((one) => one.kind === 'entity' && pick.choices.some(({ id }) => id === one.id));
      if (choice?.kind === 'entity') this.#host.dispatchEvent(new Intent({ picked: choice.id }));
      return;
    }
    const current = there.findIndex((one) => sameSelection(one, selection));
    const text = word === undefined || byCharacter ? undefined : textAt(word, parts);
    const select = parts.length > 0 ? text : (there[current + 1] ?? text ?? there[0]);
    this.#host.dispatchEvent(new Intent({ select: select ?? nothing }));
  }

  /** An arc's end was let go: over an entity that it may lead to, or beside all. A mere press leaves the hints to choose by. */
  readonly dropped = ({ x, y }: ArcDrop): void => {
    const { passage, pick } = this.#host;
    if (passage === undefined || pick === undefined) return;
    const distance = (id: string): number =>
      Math.min(
        ...(entityById(passage, id)?.spans ?? [])
          .flatMap((span) => this.#host.boxes(span))
          .map(({ left, right, top, bottom }) => Math.hypot(outside(x, left, right), outside(y, top, bottom))),
      );
    const under = pick.choices.map(({ id }) => ({ id, far: distance(id) })).sort((a, b) => a.far - b.far)[0];
    if (pick.leaves !== undefined && distance(pick.leaves) <= reach) return;
    this.#host.dispatchEvent(new Intent({ picked: under !== undefined && under.far <= reach ? under.id : undefined }));
  };

  #hovered(event: PointerEvent): void {
    const { passage } = this.#host;
    if (passage === undefined || !this.#host.isText(event)) return;
    const letter = this.#host.hit(event)?.cluster;
    const titles = passage.entities
      .filter(({ spans }) => letter !== undefined && holds(spans, letter))
      .map(({ label, own, by }) => (own ? label : `${by}: ${label}`));
    this.#host.tell(titles.join('\n'));
  }
}
