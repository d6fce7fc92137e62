import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PanelView } from '../src/protocol/panel.js';
import { Intent } from './intent.js';
import { actionTitles, showKey, withKey, type Command, type Keymap } from './keys.js';
import { place } from './place.js';
import { shared } from './styles.js';
import { nothingHidden, type Hidden, type LabelName } from './visibility.js';

/** The labels of the schema with their keys; a click does what the key does. */
@customElement('label-bar')
export class LabelBar extends LitElement {
  @property({ attribute: false }) types: PanelView['types'] | undefined;
  @property({ attribute: false }) away: Hidden = nothingHidden;
  /** How many labels of the passage are not shown. */
  @property({ type: Number }) count = 0;
  @property({ attribute: false }) keymap: Keymap | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
        margin-inline-start: -7px;
      }
      /* One flow of buttons: a narrow panel has no lines to give away. */
      [role='group'] {
        display: contents;
      }
      .swatch {
        display: inline-block;
        width: 9px;
        height: 9px;
        border-radius: 2px;
        margin-inline-end: 5px;
        background: var(--label);
        border: 1px solid var(--vscode-contrastBorder, transparent);
        forced-color-adjust: none;
      }
      .one {
        display: inline-flex;
        align-items: center;
      }
      .one.hidden > button:first-child {
        text-decoration: line-through;
      }
      .eye {
        min-width: 24px;
        min-height: 24px;
        padding: 0 2px;
        margin-inline-start: -4px;
        color: var(--vscode-descriptionForeground);
        opacity: 0;
      }
      .one:hover .eye,
      .one:focus-within .eye,
      .hidden .eye {
        opacity: 1;
      }
      /* The key does it too: a narrow panel has no room for signs that are seldom seen. */
      @media (max-width: 640px) {
        .one:not(.hidden) .eye {
          display: none;
        }
      }
      .all {
        color: var(--vscode-textLink-foreground);
      }
      .arrow {
        margin-inline-end: 4px;
        color: var(--vscode-descriptionForeground);
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    if (this.types === undefined) return nothing;
    const { entities, relations } = this.types;
    return html`
      ${
        entities.length === 0
          ? nothing
          : html`<div role="group" aria-label="Entity labels">
              ${entities.map(({ label, key, color, description }) =>
                this.#button(
                  { do: 'label', label },
                  withKey(description === undefined ? `Label as ${label}` : `${label}: ${description}`, key),
                  key,
                  html`<span class="swatch" ${place({ '--label': color })}></span>${label}`,
                  `entity ${label}`,
                ),
              )}
            </div>`
      }
      ${
        relations.length === 0
          ? nothing
          : html`<div role="group" aria-label="Relation labels">
              ${relations.map(({ label, key, head, tail, symmetric }) => {
                const arrow = symmetric ? '↔' : '→';
                const signature = `${head.join(' or ')} ${arrow} ${tail.join(' or ')}`;
                return this.#button(
                  { do: 'relation', label },
                  withKey(`${label}: ${signature}`, key),
                  key,
                  html`<span class="arrow" aria-hidden="true">${arrow}</span>${label}`,
                  `relation ${label}`,
                );
              })}
            </div>`
      }
      ${
        entities.length + relations.length === 0
          ? nothing
          : html`<button
              title=${withKey(actionTitles.visibility, this.keymap?.actions.visibility)}
              @mousedown=${keepFocus}
              @click=${(): void => void this.dispatchEvent(new Intent({ command: { do: 'visibility' } }))}
            >
              <span aria-hidden="true">◉</span
              ><span class="unseen">Show or hide labels</span>${this.#key(this.keymap?.actions.visibility)}
            </button>`
      }
      ${
        this.away.size === 0
          ? nothing
          : html`<button
              class="all"
              title=${withKey('Show all labels', this.keymap?.actions.visibility)}
              @mousedown=${keepFocus}
              @click=${(): void => void this.dispatchEvent(new Intent({ showAll: true }))}
            >
              ${this.count} hidden: show all
            </button>`
      }
    `;
  }

  #button(
    command: Command,
    title: string,
    key: string | undefined,
    content: TemplateResult,
    name: LabelName,
  ): TemplateResult {
    const hidden = this.away.has(name);
    const label = name.slice(name.indexOf(' ') + 1);
    return html`<span class=${hidden ? 'one hidden' : 'one'}
      >${this.#label(command, title, key, content, name)}<button
        class="eye"
        aria-pressed=${hidden ? 'true' : 'false'}
        aria-label=${`Hide ${label}`}
        title=${`${hidden ? 'Show' : 'Hide'} ${label}; with Alt show only ${label}`}
        @mousedown=${keepFocus}
        @click=${(event: MouseEvent): void => void this.dispatchEvent(new Intent({ toggle: name, only: event.altKey }))}
      >
        ${hidden ? '◌' : '◉'}
      </button></span
    >`;
  }

  #label(
    command: Command,
    title: string,
    key: string | undefined,
    content: TemplateResult,
    name: LabelName,
  ): TemplateResult {
    // Its tooltip is a card (guidelines/label-hover.ts).
    return html`<button
      data-label=${name}
      aria-description=${title}
      @mousedown=${keepFocus}
      @click=${(): void => void this.dispatchEvent(new Intent({ command }))}
    >
      ${content}${this.#key(key)}
    </button>`;
  }

  #key(key: string | undefined): TemplateResult | typeof nothing {
    return key === undefined ? nothing : html`<kbd aria-hidden="true">${showKey(key)}</kbd>`;
  }
}

/** A click on a control leaves the keyboard in the text; Tab still reaches the control. */
export function keepFocus(event: Event): void {
  event.preventDefault();
}

declare global {
  interface HTMLElementTagNameMap {
    'label-bar': LabelBar;
  }
}
