import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { GuidelinesView } from '../../src/protocol/guidelines.js';
import { showKey, withKey } from '../keys.js';
import { shared } from '../styles.js';
import { renderBlocks, type Following } from './blocks.js';
import { cardStyles, renderCard, type LabelCard } from './label-card.js';

/** A link was chosen that leads out of the pane. */
export class LinkChosen extends Event {
  static readonly type = 'link';
  constructor(readonly href: string) {
    super(LinkChosen.type);
  }
}

/** The guidelines and what each label means, beside the passage. */
@customElement('guidelines-pane')
export class GuidelinesPane extends LitElement {
  @property({ attribute: false }) guidelines: GuidelinesView | undefined;
  @property({ attribute: false }) cards: readonly LabelCard[] = [];
  /** The key that closes it. */
  @property() key: string | undefined;

  static override styles = [
    shared,
    cardStyles,
    css`
      :host {
        display: block;
        line-height: 1.55;
      }
      header {
        display: flex;
        align-items: baseline;
        gap: 8px;
      }
      h2 {
        flex: 1;
        font-size: 1.15em;
        margin: 0 0 6px;
      }
      h3 {
        font-size: 1em;
        margin: 14px 0 4px;
        padding-bottom: 2px;
        border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
      details {
        margin: 2px 0;
      }
      summary {
        cursor: pointer;
      }
      summary .swatch {
        display: inline-block;
      }
      summary .meaning {
        color: var(--vscode-descriptionForeground);
      }
      details > div {
        padding: 2px 0 6px 18px;
      }
      .heading {
        font-weight: 600;
        margin: 16px 0 6px;
      }
      .level1 {
        font-size: 1.25em;
      }
      .level2 {
        font-size: 1.12em;
      }
      p,
      ul,
      ol,
      pre,
      blockquote,
      .scroll {
        margin: 0 0 10px;
      }
      ul,
      ol {
        padding-inline-start: 20px;
      }
      li > p {
        margin-bottom: 4px;
      }
      a {
        color: var(--vscode-textLink-foreground);
        text-decoration: underline;
      }
      code {
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: 0.95em;
        background: var(--vscode-textCodeBlock-background, rgb(128 128 128 / 16%));
        border-radius: 3px;
        padding: 0 3px;
      }
      pre {
        overflow-x: auto;
        padding: 6px 8px;
        background: var(--vscode-textCodeBlock-background, rgb(128 128 128 / 16%));
        border: 1px solid var(--vscode-contrastBorder, transparent);
      }
      pre code {
        background: none;
        padding: 0;
      }
      blockquote {
        padding-inline-start: 10px;
        border-inline-start: 3px solid var(--vscode-textBlockQuote-border, rgb(128 128 128 / 60%));
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
      }
      th,
      td {
        text-align: start;
        vertical-align: top;
        padding: 3px 8px;
        border: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
      .image {
        color: var(--vscode-descriptionForeground);
        border: 1px dashed currentcolor;
        border-radius: 3px;
        padding: 0 4px;
      }
      hr {
        border: none;
        border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
    `,
  ];

  override render(): TemplateResult {
    const { guidelines, cards, key } = this;
    return html`
      <header>
        <h2>Guidelines</h2>
        ${
          guidelines?.file === undefined
            ? nothing
            : html`<button
                title="Open ${guidelines.file} in an editor"
                @click=${(): void => this.#choose(`/${encodeURI(guidelines.file ?? '')}`)}
              >
                Edit
              </button>`
        }
        <button
          title=${withKey('Close the guidelines', key)}
          @click=${(): void => void this.dispatchEvent(new Event('close'))}
        >
          <span aria-hidden="true">×</span
          ><span class="unseen">Close the guidelines</span
          >${key === undefined ? nothing : html`<kbd aria-hidden="true">${showKey(key)}</kbd>`}
        </button>
      </header>
      ${
        cards.length === 0
          ? nothing
          : html`<h3>Labels</h3>
              ${cards.map(
                (card) =>
                  html`<details>
                    <summary>
                      ${card.label}${
                        card.description === undefined
                          ? nothing
                          : html` <span class="meaning">${card.description}</span>`
                      }
                    </summary>
                    <div>${renderCard(card, false)}</div>
                  </details>`,
              )}`
      }
      ${guidelines?.file === undefined ? nothing : html`<h3>${guidelines.file}</h3>`}
      ${guidelines?.notice === undefined ? nothing : html`<p>${guidelines.notice}</p>`}
      ${renderBlocks(guidelines?.blocks ?? [], this.#following)}
    `;
  }

  readonly #following: Following = { follow: (href) => this.#choose(href) };

  /** Headings are here; everything else is the host's. */
  #choose(href: string): void {
    if (!href.startsWith('#')) {
      this.dispatchEvent(new LinkChosen(href));
      return;
    }
    const id = decodedFragment(href.slice(1));
    const heading = [...this.renderRoot.querySelectorAll<HTMLElement>('.heading')].find((one) => one.id === id);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus({ preventScroll: true });
  }
}

function decodedFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment).toLowerCase();
  } catch {
    return fragment.toLowerCase();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'guidelines-pane': GuidelinesPane;
  }
}
