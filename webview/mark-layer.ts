import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { HiddenLayer } from './hidden-layer.js';
import { repeat } from 'lit/directives/repeat.js';
import { Intent } from './intent.js';
import type { Picture, PlacedMark } from './picture.js';
import { place } from './place.js';
import { fill } from './fill.js';
import { shared } from './styles.js';

/**
 * Entities and suggestions: fills under the text, lines and label tags below it. What can be done here with a mouse the side list offers to
 * everyone, so this layer is hidden from screen readers.
 */
@customElement('mark-layer')
export class MarkLayer extends HiddenLayer {
  @property({ attribute: false }) picture: Picture | undefined;
  /** As `itemName` says it. */
  @property() selected = '';

  static override styles = [
    shared,
    css`
      /* No box of its own: fills lie under the text, tags over it, all in the text's stacking context. */
      :host {
        display: contents;
      }
      .fill,
      .bar,
      .join,
      .tag,
      .other {
        position: absolute;
      }
      .fill {
        z-index: 0;
        border-radius: 3px;
        background: color-mix(in srgb, var(--label) 18%, transparent);
      }
      .fill.suggestion {
        background: none;
        outline: 1px dashed color-mix(in srgb, var(--label) 75%, var(--vscode-editor-foreground));
      }
      .fill.selected {
        background: color-mix(in srgb, var(--label) 32%, transparent);
        outline: 1px solid var(--vscode-focusBorder);
      }
      .fill.doubt {
        background: color-mix(in srgb, var(--vscode-editorWarning-foreground, #bf8803) 12%, transparent);
        outline: 1px solid var(--vscode-editorWarning-foreground, #bf8803);
      }
      .bar {
        z-index: 0;
        height: 2px;
        border-radius: 1px;
        background: var(--label);
      }
      .bar.suggestion,
      .bar.doubt {
        height: 0;
        background: none;
        border-top: 2px dashed var(--label);
      }
      .join {
        z-index: 0;
        height: 0;
        border-top: 2px dotted var(--label);
      }
      .other {
        z-index: 0;
        height: 0;
        border-top: 1px dotted var(--label);
      }
      .tag {
        z-index: 2;
        display: flex;
        align-items: center;
        height: 12px;
        padding: 0 3px;
        border: 1px solid transparent;
        border-radius: 0 0 3px 3px;
        font: 500 10.5px / 12px var(--vscode-font-family, sans-serif);
        white-space: nowrap;
        color: var(--vscode-editor-foreground);
        background: color-mix(in srgb, var(--label) 14%, var(--vscode-editor-background));
        cursor: pointer;
      }
      .tag.suggestion,
      .tag.doubt {
        background: var(--vscode-editor-background);
        font-style: italic;
        font-weight: 400;
      }
      .tag.selected {
        background: var(--vscode-list-activeSelectionBackground, var(--vscode-editor-background));
        color: var(--vscode-list-activeSelectionForeground, inherit);
        outline: 1px solid var(--vscode-focusBorder);
      }
      .tag:hover {
        outline: 1px solid var(--label);
      }
      .reject {
        width: 15px;
        text-align: center;
        font-style: normal;
      }
      .reject:hover {
        color: var(--vscode-errorForeground);
      }
      :host([contrast]) .fill:not(.suggestion, .doubt) {
        background: none;
      }
      :host([contrast]) .fill.selected {
        outline: 2px solid var(--vscode-contrastActiveBorder, var(--vscode-focusBorder));
      }
      :host([contrast]) .tag {
        background: var(--vscode-editor-background);
        border-color: var(--label);
        color: var(--vscode-editor-foreground);
      }
      :host([contrast]) .tag.suggestion,
      :host([contrast]) .tag.doubt {
        border-style: dashed;
      }
      @media (forced-colors: active) {
        .fill:not(.suggestion, .doubt) {
          background: none;
        }
        .fill.selected {
          outline: 2px solid Highlight;
        }
        .bar:not(.suggestion, .doubt) {
          background: CanvasText;
        }
        .bar.suggestion,
        .bar.doubt,
        .join,
        .other {
          border-color: CanvasText;
        }
        .tag {
          background: Canvas;
          border-color: CanvasText;
        }
        .tag.suggestion,
        .tag.doubt {
          border-style: dashed;
        }
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { picture } = this;
    if (picture === undefined) return nothing;
    return html`
      ${picture.doubt.map((box) => fill(box, 'doubt'))}
      ${repeat(
        picture.marks,
        ({ mark }) => `${mark.kind} ${mark.id}`,
        (placed) => this.#mark(placed),
      )}
      ${picture.others.map(({ mark, boxes }) =>
        boxes.map(
          (box) =>
            html`<div
              class="other"
              ${place({
                left: `${box.left}px`,
                top: `${box.bottom - 1}px`,
                width: `${box.right - box.left}px`,
                '--label': mark.color,
              })}
            ></div>`,
        ),
      )}
    `;
  }

  #mark({ mark, boxes, bars, joins, tags }: PlacedMark): TemplateResult {
    const kind = `${mark.kind} ${mark.id}` === this.selected ? `${mark.kind} selected` : mark.kind;
    const line = (name: string, { left, width, top }: PlacedMark['bars'][number]): TemplateResult =>
      html`<div
        class=${`${name} ${kind}`}
        ${place({ left: `${left}px`, width: `${width}px`, top: `${top}px`, '--label': mark.color })}
      ></div>`;
    return html`
      ${mark.kind === 'doubt' ? nothing : boxes.map((box) => fill(box, kind, mark.color))}
      ${bars.map((bar) => line('bar', bar))} ${joins.map((join) => line('join', join))}
      ${tags.map(
        ({ text, left, top }) =>
          html`<div
            class=${`tag ${kind}`}
            title=${mark.kind === 'suggestion' ? `${mark.title}. Click to accept` : mark.title}
            data-mark=${mark.id}
            @click=${(): void => this.#clicked(mark)}
            ${place({ left: `${left}px`, top: `${top}px`, '--label': mark.color })}
          >
            ${text}${
              mark.kind === 'suggestion'
                ? html`<span
                    class="reject"
                    title="Reject"
                    @click=${(event: Event): void => {
                      event.stopPropagation();
                      this.dispatchEvent(new Intent({ action: { do: 'rejectSuggestion', key: mark.id } }));
                    }}
                    >✗</span
                  >`
                : nothing
            }
          </div>`,
      )}
    `;
  }

  #clicked(mark: PlacedMark['mark']): void {
    if (mark.kind === 'entity') this.dispatchEvent(new Intent({ select: { kind: 'entity', id: mark.id } }));
    if (mark.kind === 'suggestion') {
      this.dispatchEvent(new Intent({ action: { do: 'acceptSuggestion', key: mark.id } }));
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mark-layer': MarkLayer;
  }
}
