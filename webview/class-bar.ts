import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PassageView, ViewClass } from '../src/protocol/panel.js';
import { percent } from './announce.js';
import { Intent } from './intent.js';
import { showKey, withKey } from './keys.js';
import { keepFocus } from './label-bar.js';
import { shared } from './styles.js';

/** The classes of the passage: one value of a single class, any of a multiple one. */
@customElement('class-bar')
export class ClassBar extends LitElement {
  @property({ attribute: false }) classes: readonly ViewClass[] = [];
  @property({ attribute: false }) passage: PassageView | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
      }
      .class {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px;
      }
      .name {
        color: var(--vscode-descriptionForeground);
        margin-inline-end: 4px;
      }
      .mark {
        display: inline-block;
        width: 1.2em;
        text-align: center;
      }
      [aria-checked='true'] {
        color: var(--vscode-list-activeSelectionForeground, inherit);
        background: var(--vscode-list-activeSelectionBackground);
        border-color: var(--vscode-contrastActiveBorder, transparent);
      }
      .suggested {
        border: 1px dashed var(--vscode-descriptionForeground);
      }
      .probability {
        font-style: italic;
        margin-inline-start: 4px;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { passage } = this;
    if (passage === undefined) return nothing;
    return html`${this.classes.map((type) => this.#class(type, passage))}`;
  }

  #class(type: ViewClass, passage: PassageView): TemplateResult {
    const chosen = passage.classes[type.label] ?? [];
    // Of a radio group one radio is in the Tab order: the chosen one, else the first.
    const stop = Math.max(
      0,
      type.values.findIndex(({ value }) => chosen.includes(value)),
    );
    const doubt = passage.doubt?.kind === 'class' ? passage.doubt.distribution : undefined;
    return html`<div
      class="class"
      role=${type.multiple ? 'group' : 'radiogroup'}
      aria-label=${type.label}
      @keydown=${type.multiple ? nothing : this.#arrow}
    >
      <span class="name" data-label=${`class ${type.label}`}>${type.label}</span>
      ${type.values.map(({ value, key }, i) => {
        const checked = chosen.includes(value);
        const suggestion = passage.suggestions.find(
          (one) => one.kind === 'class' && one.label === type.label && one.value === value,
        );
        const probability = suggestion?.probability ?? doubt?.[value];
        return html`<button
          role=${type.multiple ? 'checkbox' : 'radio'}
          aria-checked=${checked ? 'true' : 'false'}
          class=${suggestion === undefined || checked ? '' : 'suggested'}
          tabindex=${type.multiple || i === stop ? '0' : '-1'}
          data-label=${`class ${type.label}`}
          aria-description=${withKey(`${type.label}: ${value}`, key)}
          @mousedown=${keepFocus}
          @click=${(): void => {
            this.dispatchEvent(new Intent({ command: { do: 'class', label: type.label, value } }));
          }}
        >
          <span class="mark" aria-hidden="true">${type.multiple ? (checked ? '☑' : '☐') : checked ? '◉' : '○'}</span
          >${value}${
            probability === undefined
              ? nothing
              : html`<span class="probability">${suggestion === undefined ? '' : '? '}${percent(probability)}</span>`
          }${key === undefined ? nothing : html`<kbd aria-hidden="true">${showKey(key)}</kbd>`}
        </button>`;
      })}
    </div>`;
  }

  /** Arrows move among the radios; choosing stays with Space, since a choice is written to disk at once. */
  readonly #arrow = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const group = event.currentTarget;
    if (by === undefined || !(group instanceof HTMLElement)) return;
    const radios = [...group.querySelectorAll<HTMLElement>('[role=radio]')];
    const at = radios.findIndex((radio) => radio === event.target);
    radios[(at + by + radios.length) % radios.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'class-bar': ClassBar;
  }
}
