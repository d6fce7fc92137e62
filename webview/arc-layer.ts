import { css, html, nothing, svg, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { HiddenLayer } from './hidden-layer.js';
import { repeat } from 'lit/directives/repeat.js';
import { Intent } from './intent.js';
import type { Link } from './marks.js';
import type { PlacedArc } from './picture.js';
import { place } from './place.js';
import { shared } from './styles.js';

/** The end of a relation was let go, at this point of the viewport. */
export class ArcDrop extends Event {
  static readonly type = 'arcdrop';

  constructor(
    readonly x: number,
    readonly y: number,
  ) {
    super(ArcDrop.type);
  }
}

/** Relations as arcs above the lines, with the arrow at the tail. The side list has the same for screen readers. */
@customElement('arc-layer')
export class ArcLayer extends HiddenLayer {
  @property({ attribute: false }) arcs: readonly PlacedArc[] = [];
  /** As `itemName` says it. */
  @property() selected = '';

  static override styles = [
    shared,
    css`
      :host {
        position: absolute;
        inset: 0;
        z-index: 2;
        pointer-events: none;
        --line: color-mix(in srgb, var(--vscode-editor-foreground) 60%, var(--vscode-editor-background));
      }
      /* While a tail is picked its hints stand where arcs do. */
      :host([aside]) svg {
        opacity: 0.35;
      }
      :host([contrast]) {
        --line: var(--vscode-editor-foreground);
      }
      svg {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        overflow: visible;
      }
      .line {
        fill: none;
        stroke: var(--line);
        stroke-width: 1.25;
      }
      .tip {
        fill: var(--line);
      }
      /* What a mouse can hit is wider than what is seen. */
      .hit {
        fill: none;
        stroke: transparent;
        stroke-width: 9;
        pointer-events: stroke;
        cursor: pointer;
      }
      .suggestion .line {
        stroke-dasharray: 4 3;
      }
      .selected .line {
        stroke: var(--vscode-focusBorder);
        stroke-width: 2.25;
      }
      .selected .tip {
        fill: var(--vscode-focusBorder);
      }
      g:hover .line {
        stroke: var(--vscode-editor-foreground);
        stroke-width: 2;
      }
      .label {
        position: absolute;
        transform: translate(-50%, -50%);
        padding: 0 3px;
        border-radius: 3px;
        font: 10.5px / 12px var(--vscode-font-family, sans-serif);
        white-space: nowrap;
        color: var(--vscode-editor-foreground);
        background: var(--vscode-editor-background);
        pointer-events: auto;
        cursor: pointer;
      }
      .jump {
        color: var(--vscode-textLink-foreground);
      }
      .jump:hover {
        text-decoration: underline;
      }
      .label.selected .jump {
        color: inherit;
      }
      .handle {
        position: absolute;
        width: 13px;
        height: 13px;
        transform: translate(-50%, -50%);
        border-radius: 50%;
        border: 2px solid var(--vscode-focusBorder);
        background: var(--vscode-editor-background);
        pointer-events: auto;
        cursor: grab;
        touch-action: none;
      }
      .label.suggestion {
        font-style: italic;
      }
      .label.selected {
        color: var(--vscode-list-activeSelectionForeground, inherit);
        background: var(--vscode-list-activeSelectionBackground, var(--vscode-editor-background));
        outline: 1px solid var(--vscode-focusBorder);
      }
    `,
  ];

  override render(): TemplateResult {
    const key = ({ link }: PlacedArc): string => `${link.kind} ${link.id} ${link.stub === undefined ? '' : link.head}`;
    return html`
      <svg>
        ${repeat(this.arcs, key, ({ link, path, tip }) => {
          const at = tip ?? { x: 0, y: 0 };
          return svg`<g class=${this.#classOf(link)}>
            <path class="line" d=${path}></path>
            ${
              tip === undefined
                ? nothing
                : svg`<path class="tip" d=${`M${at.x - 4} ${at.y - 7}L${at.x} ${at.y}L${at.x + 4} ${at.y - 7}Z`}></path>`
            }
            <path class="hit" d=${path} @click=${(): void => this.#select(link)}></path>
          </g>`;
        })}
      </svg>
      ${repeat(
        this.arcs,
        key,
        ({ link, label }) =>
          html`<div
            class=${`label ${this.#classOf(link)}`}
            title=${link.title}
            data-arc=${link.id}
            @click=${(): void => this.#select(link)}
            ${place({ left: `${label.x}px`, top: `${label.y}px` })}
          >
            ${link.tag}${
              link.stub === undefined
                ? nothing
                : html` <span
                    class="jump"
                    title=${`Go to “${link.stub.text}”`}
                    @click=${(event: Event): void => {
                      event.stopPropagation();
                      this.dispatchEvent(new Intent({ jump: link.stub!.target }));
                    }}
                    ><bdi>${link.stub.text}</bdi> ${link.stub.sign}</span
                  >`
            }
          </div>`,
      )}
      ${this.arcs.map((arc) => this.#handles(arc))}
    `;
  }

  /** The ends of the selected relation can be dragged to other entities. */
  #handles({ link, ends }: PlacedArc): TemplateResult | typeof nothing {
    if (`${link.kind} ${link.id}` !== this.selected || link.kind !== 'relation' || link.stub !== undefined)
      return nothing;
    return html`${(['head', 'tail'] as const).map((end) => {
      const at = ends[end];
      return at === undefined
        ? nothing
        : html`<div
            class="handle"
            data-end=${end}
            title=${`Drag to another entity: where ${link.tag} ${end === 'head' ? 'starts' : 'ends'}`}
            @pointerdown=${(event: PointerEvent): void => this.#grabbed(event, end)}
            @pointerup=${(event: PointerEvent): void =>
              void this.dispatchEvent(new ArcDrop(event.clientX, event.clientY))}
            ${place({ left: `${at.x}px`, top: `${at.y}px` })}
          ></div>`;
    })}`;
  }

  #grabbed(event: PointerEvent, end: 'head' | 'tail'): void {
    if (event.button !== 0 || !(event.currentTarget instanceof Element)) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    this.dispatchEvent(new Intent({ command: { do: end === 'head' ? 'retargetHead' : 'retargetTail' } }));
  }

  #classOf({ kind, id }: Link): string {
    return `${kind} ${id}` === this.selected ? `${kind} selected` : kind;
  }

  #select({ kind, id }: Link): void {
    const select = kind === 'relation' ? ({ kind, id } as const) : ({ kind, key: id } as const);
    this.dispatchEvent(new Intent({ select }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'arc-layer': ArcLayer;
  }
}
