import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { PanelView, PassageView, ViewSpan } from '../src/protocol/panel.js';
import './arc-layer.js';
import type { ArcLayer } from './arc-layer.js';
import type { Lines, Pick, WordPick } from './labelling.js';
import { entityById } from './lookup.js';
import './mark-layer.js';
import type { MarkLayer } from './mark-layer.js';
import { linksOf, marksOf, othersOf } from './marks.js';
import { measure, point, type Drawn } from './picture.js';
import { Pointer, type Pointed } from './pointer.js';
import { itemName, nothing, samePassage, spansOf, type Selection } from './selection.js';
import './selection-layer.js';
import type { SelectionLayer } from './selection-layer.js';
import { wordFrom } from './snapping.js';
import { touches } from './spans.js';
import { shared } from './styles.js';
import { TextLayer, type Hit } from './text-layer.js';

/** Giving room moves lines, and a margin may break them anew: done again until nothing moves, but not for ever. */
const passes = 4;
/** Margin for arcs that is always there, so that the first arc between lines breaks none of them anew. */
const leastMargin = 18;

/** Pixels over and under what is scrolled into view. */
const roomAround = 48;

/** A word and the height at which it is seen. */
interface Pin {
  readonly span: ViewSpan;
  readonly top: number;
}

/**
 * The passage in its surroundings. The browser lays the text out, in any script and direction; marks and arcs are
 * measured from it and drawn over it.
 */
@customElement('passage-text')
export class PassageText extends LitElement implements Lines, Pointed {
  @property({ attribute: false }) types: PanelView['types'] | undefined;
  @property({ attribute: false }) passage: PassageView | undefined;
  @property({ attribute: false }) words: readonly ViewSpan[] = [];
  @property({ attribute: false }) selection: Selection = nothing;
  @property({ attribute: false }) pick: Pick | undefined;
  @property({ attribute: false }) wordPick: WordPick | undefined;

  @query('.layer', true) private readonly layerElement!: HTMLElement;
  @query('.text', true) private readonly textElement!: HTMLElement;
  @query('mark-layer', true) private readonly markLayer!: MarkLayer;
  @query('arc-layer', true) private readonly arcLayer!: ArcLayer;
  @query('selection-layer', true) private readonly selectionLayer!: SelectionLayer;

  #text: TextLayer | undefined;
  readonly #pointer = new Pointer(this);
  #width = 0;
  readonly #widths = new Map<string, number>();
  /** The stretch that is measured and drawn: what is seen, and a screen before and after it. */
  #stretch: ViewSpan = { start: 0, end: 0 };
  #margins = { left: leastMargin, right: leastMargin };
  #scroller: Element | undefined;
  #scrolling = false;
  readonly #resized = new ResizeObserver(() => {
    if (this.layerElement.clientWidth !== this.#width) this.#restyled();
  });
  /** VS Code sets a theme's colours, and the fonts, on the root element, and its kind on the body. */
  readonly #themed = new MutationObserver(() => this.#restyled());

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .layer {
        position: relative;
        isolation: isolate;
        padding-left: var(--margin-left, 18px);
        padding-right: var(--margin-right, 18px);
        font-family: var(--vscode-font-family, sans-serif);
        font-size: max(var(--vscode-editor-font-size, 14px), 13px);
        color: var(--vscode-editor-foreground);
        cursor: text;
        outline: none;
        user-select: none;
        -webkit-user-select: none;
      }
      .text {
        position: relative;
        z-index: 1;
        max-width: 52em;
      }
      .block {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        text-align: start;
        min-height: 1.5em;
        line-height: 1.45;
      }
      /* Room for one line of label tags is always there, so that the first label of a line moves nothing; fonts differ in height. */
      .block.here {
        line-height: max(1.45em + 13px, var(--content, 0px) + 17px);
        padding-bottom: 8px;
      }
      .around {
        color: var(--dimmed);
      }
      /* A browser that forces its colours would put a plate behind every line of text, over marks and selection. */
      @media (forced-colors: active) {
        :host {
          forced-color-adjust: none;
          color: CanvasText;
          --vscode-editor-foreground: CanvasText;
          --vscode-editor-background: Canvas;
          --vscode-descriptionForeground: CanvasText;
          --vscode-editorWarning-foreground: CanvasText;
          --vscode-errorForeground: CanvasText;
          --vscode-textLink-foreground: LinkText;
          --vscode-focusBorder: Highlight;
          --vscode-contrastActiveBorder: Highlight;
          --vscode-contrastBorder: CanvasText;
          --vscode-button-background: Highlight;
          --vscode-button-foreground: HighlightText;
          --vscode-list-activeSelectionBackground: Canvas;
          --vscode-list-activeSelectionForeground: CanvasText;
        }
      }
      .layer {
        --dimmed: color-mix(in srgb, var(--vscode-editor-foreground) 72%, var(--vscode-editor-background));
      }
      .layer.contrast {
        --dimmed: var(--vscode-descriptionForeground, var(--vscode-editor-foreground));
      }
      .passage {
        color: var(--vscode-editor-foreground);
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    document.fonts.addEventListener('loadingdone', this.#restyled);
    this.#themed.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
    this.#themed.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.fonts.removeEventListener('loadingdone', this.#restyled);
    this.#themed.disconnect();
    this.#resized.disconnect();
    this.#listen(undefined);
  }

  override render(): TemplateResult {
    const selected = itemName(this.selection);
    return html`
      <div
        class="layer"
        tabindex="0"
        role="application"
        aria-roledescription="labelling surface"
        aria-label="Passage"
        aria-describedby="how"
        @pointerdown=${this.#pointer.pressed}
        @pointermove=${this.#pointer.moved}
        @pointerup=${this.#pointer.released}
        @pointercancel=${this.#pointer.released}
      >
        <div class="text" role="document" aria-label="Text"></div>
        <mark-layer selected=${selected}></mark-layer>
        <selection-layer></selection-layer>
        <arc-layer
          selected=${selected}
          ?aside=${this.pick !== undefined || this.wordPick !== undefined}
          @arcdrop=${this.#pointer.dropped}
        ></arc-layer>
      </div>
      <span id="how" class="unseen">
        Arrows move by word, Shift extends, a label’s key labels. Question mark lists all keys.
      </span>
    `;
  }

  override focus(): void {
    this.layerElement.focus({ preventScroll: true });
  }

  protected override firstUpdated(): void {
    this.#text = new TextLayer(this.textElement);
    this.#resized.observe(this);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { passage } = this;
    if (passage === undefined) return;
    const before = changed.get('passage');
    const moved = changed.has('passage') && !samePassage(before, passage);
    if (moved) {
      this.#text?.show(passage.text, passage.passage);
      this.#margins = { left: leastMargin, right: leastMargin };
      // First to where it will be seen: only that is drawn.
      this.#reveal('center');
    }
    if (changed.has('passage') || changed.has('types')) this.#layOut();
    else this.#point();
    if (moved) this.#reveal('center');
    else if (changed.has('selection') && !this.#pointer.drags) this.#reveal('nearest');
    if (changed.has('pick') && this.pick !== undefined) this.#revealChoice(this.pick, changed.get('pick'));
  }

  /** The tail that Enter would take, when another than before. */
  #revealChoice({ choices, active }: Pick, before: Pick | undefined): void {
    if (before === undefined || before.active === active || this.passage === undefined) return;
    const [span] = entityById(this.passage, choices[active]?.id)?.spans ?? [];
    if (span !== undefined) this.#revealSpan(span);
  }

  readonly #restyled = (): void => {
    this.#widths.clear();
    // Lines may break anew: what room they had says nothing.
    this.#text?.makeRoom([]);
    this.#layOut();
  };

  /** More of the text is drawn when what is drawn nears its end. */
  readonly #scrolled = (): void => {
    if (this.#scrolling) return;
    this.#scrolling = true;
    requestAnimationFrame(() => {
      this.#scrolling = false;
      this.#follow();
    });
  };

  #follow(): void {
    const { start, end } = this.#between(0.25);
    if (start < this.#stretch.start || end > this.#stretch.end) this.#layOut();
  }

  #listen(scroller: Element | undefined): void {
    if (scroller === this.#scroller) return;
    this.#scroller?.removeEventListener('scroll', this.#scrolled);
    this.#scroller = scroller;
    scroller?.addEventListener('scroll', this.#scrolled, { passive: true });
  }

  /** The stretch that is seen, with so much before and after it, in screens. */
  #between(more: number): ViewSpan {
    const area = this.#scroller?.getBoundingClientRect();
    const [top, bottom] = [area?.top ?? 0, area?.bottom ?? window.innerHeight];
    const room = more * Math.max(bottom - top, 200);
    return this.#text?.between(this.words, top - room, bottom + room) ?? { start: 0, end: 0 };
  }

  /**
   * What is selected, if it is seen, else the first text that is seen, and where: it stays there while what lies above it
   * gets or loses room.
   */
  #pin(): Pin | undefined {
    const { passage } = this;
    const area = this.#scroller?.getBoundingClientRect();
    if (passage === undefined || area === undefined || this.#scroller?.scrollTop === 0) return undefined;
    const [selected] = spansOf(passage, this.selection);
    const box = selected && this.#boxOf(selected);
    if (selected !== undefined && box !== undefined && box.bottom > area.top && box.top < area.bottom)
      return { span: selected, top: box.top };
    const { start, end } = this.#text?.between(this.words, area.top, area.bottom) ?? { start: 0, end: 0 };
    for (let i = wordFrom(this.words, start); this.words[i] !== undefined && this.words[i]!.start < end; i++) {
      const span = this.words[i]!;
      const rect = this.#text?.rects(span)[0];
      if (rect !== undefined && rect.top >= area.top) return { span, top: rect.top };
    }
    return undefined;
  }

  #unpin(pin: Pin | undefined): void {
    const now = pin && this.#boxOf(pin.span);
    if (pin !== undefined && now !== undefined && Math.abs(now.top - pin.top) > 0.5)
      this.#scroller?.scrollBy(0, now.top - pin.top);
  }

  /** Measures and draws what is seen anew. Runs before the next frame is painted, so nothing is seen to jump. */
  #layOut(): void {
    const { types, passage } = this;
    const text = this.#text;
    if (types === undefined || passage === undefined || text === undefined) return;
    this.#width = this.layerElement.clientWidth;
    const contrast = document.body.className.includes('vscode-high-contrast');
    for (const layer of [this.markLayer, this.arcLayer, this.selectionLayer])
      layer.toggleAttribute('contrast', contrast);
    this.layerElement.classList.toggle('contrast', contrast);

    this.#listen(scrollerOf(this));
    const pin = this.#pin();
    const word = this.words[wordFrom(this.words, passage.passage.start)] ?? passage.passage;
    this.#setProperty(this.layerElement, '--content', text.rects(word)[0]?.height ?? 0);
    const stretch = this.#between(1);
    this.#stretch = stretch;
    const drawn = drawnOf(types, passage, stretch);
    for (let pass = 0; ; pass++) {
      const origin = this.layerElement.getBoundingClientRect();
      const lines = this.textElement.getBoundingClientRect();
      const area = { left: lines.left - origin.left, right: lines.right - origin.left };
      const measured = measure(text, this.words, drawn, stretch, origin, area, (label) => this.#labelWidth(label));
      // Margins only grow, or two ways to break the lines could take turns, and scrolling would move the text.
      const margins = {
        left: Math.max(this.#margins.left, measured.margins.left),
        right: Math.max(this.#margins.right, measured.margins.right),
      };
      this.#margins = margins;
      const changed =
        pass < passes &&
        [
          this.#setProperty(this.layerElement, '--margin-left', margins.left),
          this.#setProperty(this.layerElement, '--margin-right', margins.right),
          text.makeRoom(measured.struts, stretch),
        ].includes(true);
      if (changed) continue;
      this.markLayer.picture = measured.picture;
      this.arcLayer.arcs = measured.picture.arcs;
      break;
    }
    this.#unpin(pin);
    this.#point();
  }

  /** Draws the selection, which has moved over text that has not. */
  #point(): void {
    const { passage, selection, pick } = this;
    if (passage === undefined || this.#text === undefined) return;
    // Entities, relations and suggestions show in their own layers that they are selected.
    const isText = selection.kind === 'text' || selection.kind === 'pair';
    const { wordPick } = this;
    const hints = [
      ...(pick?.choices ?? [])
        .map(({ id, code }, i) => ({
          id,
          code,
          active: i === pick?.active,
          spans: entityById(passage, id)?.spans ?? [],
        }))
        .filter(({ code, spans }) => code.startsWith(pick?.typed ?? '') && touches(spans, this.#stretch)),
      ...(wordPick?.choices ?? [])
        .map(({ code, span }, i) => ({ code, active: i === wordPick?.active, spans: [span] }))
        .filter(({ code }) => code.startsWith(wordPick?.typed ?? '')),
    ];
    this.selectionLayer.pointing = point(
      this.#text,
      isText ? spansOf(passage, selection) : [],
      hints,
      this.layerElement.getBoundingClientRect(),
    );
  }

  /** Sets a length; true if it was another before. */
  #setProperty(element: HTMLElement, name: string, pixels: number): boolean {
    const value = `${pixels}px`;
    if (element.style.getPropertyValue(name) === value) return false;
    element.style.setProperty(name, value);
    return true;
  }

  #labelWidth(label: string): number {
    let width = this.#widths.get(label);
    if (width === undefined) {
      const context = document.createElement('canvas').getContext('2d');
      if (context === null) return label.length * 7;
      const family = getComputedStyle(this.layerElement).fontFamily;
      context.font = `italic 500 10.5px ${family}`;
      width = Math.ceil(context.measureText(label).width) + 1;
      this.#widths.set(label, width);
    }
    return width;
  }

  /** The first box of the first word of a stretch, which may be as long as the text. */
  #boxOf(span: ViewSpan): DOMRect | undefined {
    const word = this.words[wordFrom(this.words, span.start)];
    return this.#text?.rects(word !== undefined && word.start < span.end ? word : span)[0];
  }

  #reveal(where: 'center' | 'nearest'): void {
    const { passage } = this;
    if (passage === undefined) return;
    this.#listen(scrollerOf(this));
    const [span = passage.passage] = spansOf(passage, this.selection);
    if (where === 'nearest') {
      this.#revealSpan(span);
      return;
    }
    const rect = this.#boxOf(span);
    const scroller = this.#scroller;
    if (rect === undefined || scroller === undefined) return;
    const area = scroller.getBoundingClientRect();
    const start = this.#boxOf(passage.passage) ?? rect;
    const top = Math.min(start.top, rect.top) - area.top;
    // The passage begins a third down, with what it follows on from above it; but the selection is always seen.
    const wanted = scroller.scrollTop + top - area.height / 3;
    scroller.scrollTop = Math.max(wanted, scroller.scrollTop + rect.bottom + roomAround - area.bottom);
  }

  /** Scrolls no further than it takes to see a stretch. */
  #revealSpan(span: ViewSpan): void {
    const rect = this.#boxOf(span);
    const scroller = this.#scroller;
    if (rect === undefined || scroller === undefined) return;
    const area = scroller.getBoundingClientRect();
    if (rect.top - roomAround < area.top) scroller.scrollTop += rect.top - roomAround - area.top;
    else if (rect.bottom + roomAround > area.bottom) scroller.scrollTop += rect.bottom + roomAround - area.bottom;
    this.#follow();
  }

  // What the pointer asks (Pointed).

  hit(event: PointerEvent): Hit | undefined {
    const roots = [this.shadowRoot, this.getRootNode()].filter((root) => root instanceof ShadowRoot);
    return this.#text?.at(event.clientX, event.clientY, roots);
  }

  isText(event: Event): boolean {
    return event.composedPath().includes(this.textElement);
  }

  boxes(span: ViewSpan): readonly DOMRect[] {
    return touches([span], this.#stretch) ? (this.#text?.rects(span) ?? []) : [];
  }

  tell(title: string): void {
    this.textElement.title = title;
  }

  // What only the laid-out text knows (Lines).

  isRtl(offset: number): boolean {
    return this.#text?.blockAt(offset)?.rtl ?? false;
  }

  beside(span: ViewSpan, direction: 1 | -1): ViewSpan | undefined {
    const origin = this.#middle(span);
    if (origin === undefined) return undefined;
    let row: number | undefined;
    let best: { readonly word: ViewSpan; readonly far: number } | undefined;
    for (let i = wordFrom(this.words, span.start); ; i += direction) {
      const word = this.words[i];
      const place = word && this.#middle(word);
      if (word === undefined || place === undefined) break;
      if (Math.abs(place.y - origin.y) < place.height / 2) continue;
      row ??= place.y;
      if (Math.abs(place.y - row) >= place.height / 2) break;
      const far = Math.abs(place.x - origin.x);
      if (best === undefined || far < best.far) best = { word, far };
    }
    return best?.word;
  }

  edge(span: ViewSpan, which: 'first' | 'last'): ViewSpan | undefined {
    const origin = this.#middle(span);
    let result: ViewSpan | undefined;
    for (let i = wordFrom(this.words, span.start); ; i += which === 'last' ? 1 : -1) {
      const word = this.words[i];
      const place = word && this.#middle(word);
      if (place === undefined || origin === undefined) return result;
      if (Math.abs(place.y - origin.y) >= place.height / 2) return result;
      result = word;
    }
  }

  seen(): readonly ViewSpan[] {
    const area = this.#scroller?.getBoundingClientRect();
    if (area === undefined) return [];
    const { start, end } = this.#between(0);
    const seen: ViewSpan[] = [];
    for (let i = wordFrom(this.words, start); this.words[i] !== undefined && this.words[i]!.start < end; i++) {
      const box = this.#text?.rects(this.words[i]!)[0];
      if (box !== undefined && box.top >= area.top && box.bottom <= area.bottom) seen.push(this.words[i]!);
    }
    return seen;
  }

  #middle(span: ViewSpan): { readonly x: number; readonly y: number; readonly height: number } | undefined {
    const rect = this.#text?.rects(span)[0];
    return rect && { x: rect.left + rect.width / 2, y: rect.top + rect.height / 2, height: rect.height };
  }
}

function drawnOf(types: PanelView['types'], passage: PassageView, stretch: ViewSpan): Drawn {
  const { doubt } = passage;
  return {
    marks: marksOf(types, passage, stretch),
    others: othersOf(types, passage, stretch),
    links: linksOf(types, passage, stretch),
    endOf: (id) => entityById(passage, id)?.spans ?? [],
    doubt: doubt === undefined || doubt.kind === 'class' || !touches(doubt.spans, stretch) ? [] : doubt.spans,
  };
}

/** What scrolls the text: its own frame, or in a narrow or low panel everything together. */
function scrollerOf(element: Element): Element | undefined {
  const parent = element.parentNode instanceof ShadowRoot ? element.parentNode.host : element.parentElement;
  if (parent === null) return undefined;
  return getComputedStyle(parent).overflowY === 'auto' ? parent : scrollerOf(parent);
}

declare global {
  interface HTMLElementTagNameMap {
    'passage-text': PassageText;
  }
}
