import { css, html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { HiddenLayer } from './hidden-layer.js';
import { fill } from './fill.js';
import { Intent } from './intent.js';
import type { Pointing } from './picture.js';
import { place } from './place.js';
import { shared } from './styles.js';

/** What is selected in the text, and the hints of the tails that can be picked. */
@customElement('selection-layer')
export class SelectionLayer extends HiddenLayer {
  @property({ attribute: false }) pointing: Pointing | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: contents;
      }
      .fill,
      .hint {
        position: absolute;
      }
      .fill {
        z-index: 0;
        border-radius: 3px;
      }
      .fill.text {
        background: var(--vscode-editor-selectionBackground, rgb(0 120 212 / 35%));
        outline: 1px solid var(--vscode-focusBorder);
        /* Inside, so that no letter beside it is crossed. */
        outline-offset: -1px;
      }
      .fill.choice {
        outline: 2px solid var(--vscode-button-background);
      }
      /* A full background would need its own text colour. */
      :host([contrast]) .fill.text {
        background: none;
        outline: 2px solid var(--vscode-contrastActiveBorder, var(--vscode-focusBorder));
      }
      @media (forced-colors: active) {
        .fill.text {
          background: none;
          outline: 2px solid Highlight;
        }
      }
      .hint {
        z-index: 3;
        min-width: 16px;
        padding: 0 4px;
        border-radius: 3px;
        transform: translate(-2px, -92%);
        text-align: center;
        font: 600 12px / 16px var(--vscode-editor-font-family, monospace);
        color: var(--vscode-button-foreground);
        background: var(--vscode-button-background);
        border: 1px solid var(--vscode-contrastBorder, var(--vscode-button-background));
        cursor: pointer;
      }
      /* Over words, which are many and close: smaller, and out of the way of the pointer. */
      .hint.word {
        min-width: 11px;
        padding: 0 2px;
        font-size: 10.5px;
        line-height: 12px;
        pointer-events: none;
      }
      .hint.active {
        outline: 2px solid var(--vscode-focusBorder);
        outline-offset: 1px;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { pointing } = this;
    if (pointing === undefined) return nothing;
    return html`
      ${pointing.selection.map((box) => fill(box, 'text'))}
      ${pointing.hints.map(
        ({ id, code, active, left, top, boxes }) => html`
          ${id === undefined ? nothing : boxes.map((box) => fill(box, 'choice'))}
          <div
            class=${`hint ${id === undefined ? 'word' : ''} ${active ? 'active' : ''}`}
            @click=${(): void => void this.dispatchEvent(new Intent({ picked: id }))}
            ${place({ left: `${left}px`, top: `${top}px` })}
          >
            ${code}
          </div>
        `,
      )}
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'selection-layer': SelectionLayer;
  }
}
