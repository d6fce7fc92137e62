import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PanelView, PassageView } from '../src/protocol/panel.js';
import { percent } from './announce.js';
import { keepFocus } from './label-bar.js';
import { colorOf } from './marks.js';
import { Intent } from './intent.js';
import { place } from './place.js';
import { firstSelection } from './selection.js';
import { quote } from './spans.js';
import { shared } from './styles.js';

/** How many labels are shown with their probability. */
const shown = 5;

/** What the model is least sure of, with its probabilities; a click selects it again. */
@customElement('doubt-bar')
export class DoubtBar extends LitElement {
  @property({ attribute: false }) types: PanelView['types'] | undefined;
  @property({ attribute: false }) passage: PassageView | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 10px;
      }
      .what {
        display: flex;
        align-items: baseline;
        gap: 6px;
        max-width: 100%;
        margin-inline-start: -7px;
      }
      .question {
        color: var(--vscode-descriptionForeground);
      }
      .text {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        max-width: 28em;
        unicode-bidi: plaintext;
      }
      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 12px;
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: flex;
        align-items: center;
        gap: 5px;
        font-variant-numeric: tabular-nums;
      }
      .track {
        width: 36px;
        height: 5px;
        border-radius: 2px;
        background: color-mix(in srgb, var(--vscode-editor-foreground) 14%, transparent);
        border: 1px solid var(--vscode-contrastBorder, transparent);
      }
      .filled {
        height: 100%;
        border-radius: 2px;
        background: var(--label);
      }
      @media (forced-colors: active) {
        .filled {
          forced-color-adjust: none;
          background: CanvasText;
        }
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { passage, types } = this;
    if (passage?.doubt === undefined || types === undefined) return nothing;
    const { doubt } = passage;
    const options = Object.entries(doubt.distribution)
      .sort(([, a], [, b]) => b - a)
      .slice(0, shown);
    const what = doubt.kind === 'class' ? 'the passage' : `“${quote(passage.text, doubt.spans)}”`;
    return html`
      <button
        class="what"
        title="Select what the model is least sure of"
        @mousedown=${keepFocus}
        @click=${(): void => void this.dispatchEvent(new Intent({ select: firstSelection(passage) }))}
      >
        <span class="question">In doubt</span><span class="text">${what}</span>
      </button>
      <ul aria-label="Probabilities">
        ${options.map(
          ([label, probability]) =>
            html`<li>
              <span>${label}</span>
              <span class="track" aria-hidden="true"
                ><div
                  class="filled"
                  ${place({ width: `${probability * 100}%`, '--label': colorOf(types, label) })}
                ></div
              ></span>
              <span>${percent(probability)}</span>
            </li>`,
        )}
      </ul>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'doubt-bar': DoubtBar;
  }
}
