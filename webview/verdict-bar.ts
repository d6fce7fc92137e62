import '@vscode-elements/elements/dist/vscode-button/index.js';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ActionName } from '../src/labels/panel-keys.js';
import type { PassageView } from '../src/protocol/panel.js';
import { Intent } from './intent.js';
import { actionTitles, showKey, withKey, type Keymap } from './keys.js';
import { keepFocus } from './label-bar.js';
import { shared } from './styles.js';

/** Verdicts and everything else that concerns the whole passage. */
@customElement('verdict-bar')
export class VerdictBar extends LitElement {
  @property({ attribute: false }) passage: PassageView | undefined;
  @property({ attribute: false }) keymap: Keymap | undefined;
  @property({ type: Boolean }) canUndo = false;
  @property({ type: Boolean }) canRedo = false;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 12px;
      }
      [role='group'] {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px;
      }
      .small {
        display: inline-flex;
        align-items: center;
      }
      button:disabled {
        opacity: 0.5;
        cursor: default;
      }
      [aria-pressed='true'] {
        background: var(--vscode-inputOption-activeBackground);
        color: var(--vscode-inputOption-activeForeground);
        border-color: var(--vscode-inputOption-activeBorder);
      }
      vscode-button kbd {
        color: inherit;
        background: none;
        border-color: transparent;
        padding: 0;
        margin-inline-start: 6px;
        opacity: 0.75;
      }
    `,
  ];

  override render(): TemplateResult {
    const { passage } = this;
    return html`
      <div role="group" aria-label="Verdict">
        ${this.#verdict('accept', 'Accept')} ${this.#verdict('reject', 'Reject')} ${this.#verdict('skip', 'Skip')}
      </div>
      <div role="group" aria-label="Passage">
        ${this.#small('back', '‹ Back')} ${this.#small('next', 'Next ›')}
        ${this.#small('undo', 'Undo', { disabled: !this.canUndo })}
        ${this.#small('redo', 'Redo', { disabled: !this.canRedo })}
        ${this.#small('flag', passage?.flag === true ? '⚑ Flagged' : '⚐ Flag', { pressed: passage?.flag === true })}
        ${this.#small('note', (passage?.note ?? '') === '' ? 'Note' : 'Note ✎')} ${this.#small('openSource', 'Source')}
        ${this.#small('guidelines', 'Guidelines')} ${this.#small('help', 'Keys')}
      </div>
    `;
  }

  #verdict(name: 'accept' | 'reject' | 'skip', text: string): TemplateResult {
    const key = this.keymap?.actions[name];
    const given = this.passage?.answer === name;
    return html`<vscode-button
      ?secondary=${name !== 'accept'}
      title=${withKey(actionTitles[name], key)}
      @mousedown=${keepFocus}
      @click=${(): void => this.#do(name)}
      >${given ? html`<span aria-hidden="true">✓&nbsp;</span>` : nothing}${text}${
        given ? html`<span class="unseen"> (given)</span>` : nothing
      }${this.#key(key)}</vscode-button
    >`;
  }

  #small(
    name: ActionName,
    text: string,
    { disabled = false, pressed }: { readonly disabled?: boolean; readonly pressed?: boolean } = {},
  ): TemplateResult {
    const key = this.keymap?.actions[name];
    return html`<button
      class="small"
      ?disabled=${disabled}
      aria-pressed=${pressed ?? nothing}
      title=${withKey(actionTitles[name], key)}
      @mousedown=${keepFocus}
      @click=${(): void => this.#do(name)}
    >
      ${text}${this.#key(key)}
    </button>`;
  }

  #key(key: string | undefined): TemplateResult | typeof nothing {
    return key === undefined ? nothing : html`<kbd aria-hidden="true">${showKey(key)}</kbd>`;
  }

  #do(name: ActionName): void {
    this.dispatchEvent(new Intent({ command: { do: name } }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'verdict-bar': VerdictBar;
  }
}
