import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { PassageView } from '../src/protocol/panel.js';
import { choices, matching, type Bulk } from './bulk.js';
import { Intent } from './intent.js';
import { shared } from './styles.js';

const start = { accept: 80, reject: 50 } as const;
const kinds: Readonly<Record<string, string>> = { entity: 'entities', relation: 'relations', class: 'classes' };

/** Which suggestions are accepted or rejected at once, counted while one chooses. Enter does it, Escape leaves. */
@customElement('bulk-bar')
export class BulkBar extends LitElement {
  @property({ attribute: false }) passage: PassageView | undefined;
  @property() answer: Bulk['answer'] = 'accept';
  /** What is offered first: the kind and label of the selected suggestion. */
  @property() what = '';

  @state() private chosen: string | undefined;
  @state() private threshold: number | undefined;

  @query('select') private readonly select!: HTMLSelectElement;

  static override styles = [
    shared,
    css`
      form {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
      }
      label {
        display: flex;
        align-items: center;
        gap: 6px;
      }
      select,
      input[type='number'] {
        font: inherit;
        color: var(--vscode-settings-textInputForeground, inherit);
        background: var(--vscode-settings-textInputBackground, transparent);
        border: 1px solid var(--vscode-settings-textInputBorder, var(--vscode-contrastBorder, currentcolor));
        border-radius: 2px;
        min-height: 24px;
      }
      input[type='number'] {
        width: 4.5em;
      }
      .do {
        border-color: var(--vscode-contrastBorder, transparent);
        color: var(--vscode-button-foreground);
        background: var(--vscode-button-background);
        min-height: 24px;
      }
      .do:hover {
        background: var(--vscode-button-hoverBackground, var(--vscode-button-background));
      }
      .do:disabled {
        opacity: 0.5;
      }
    `,
  ];

  override focus(): void {
    this.select.focus();
  }

  protected override firstUpdated(): void {
    this.focus();
  }

  override render(): TemplateResult {
    const suggestions = this.passage?.suggestions ?? [];
    const bulk = this.#bulk;
    const count = matching(suggestions, bulk).length;
    const verb = this.answer === 'accept' ? 'Accept' : 'Reject';
    return html`<form
      aria-label=${`${verb} suggestions at once`}
      @submit=${this.#submitted}
      @keydown=${(event: KeyboardEvent): void => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        this.#close();
      }}
    >
      <label
        >${verb}
        <select @change=${(): void => void (this.chosen = this.select.value)}>
          ${choices(suggestions).map(
            ([what, number]) =>
              html`<option value=${what} ?selected=${what === bulk.what}>${nameOf(what)} (${number})</option>`,
          )}
        </select></label
      >
      <label
        >${this.answer === 'accept' ? 'at least' : 'at most'}
        <input
          type="number"
          min="0"
          max="100"
          .value=${String(bulk.threshold)}
          @input=${(event: Event): void => {
            if (event.target instanceof HTMLInputElement) this.threshold = event.target.valueAsNumber;
          }}
        />
        %</label
      >
      <button class="do" ?disabled=${count === 0} title=${`${verb} these suggestions, as one step (Enter)`}>
        ${verb} ${count} of ${suggestions.length}
      </button>
      <button type="button" title="Leave (Esc)" @click=${this.#close}>Cancel</button>
      <span class="unseen" role="status">${count} of ${suggestions.length}</span>
    </form>`;
  }

  get #bulk(): Bulk {
    const suggestions = this.passage?.suggestions ?? [];
    const there = choices(suggestions).some(([what]) => what === this.what);
    return {
      answer: this.answer,
      what: this.chosen ?? (there ? this.what : ''),
      threshold: this.threshold ?? start[this.answer],
    };
  }

  readonly #submitted = (event: Event): void => {
    event.preventDefault();
    const keys = matching(this.passage?.suggestions ?? [], this.#bulk).map(({ key }) => key);
    if (keys.length === 0) return;
    const action = this.answer === 'accept' ? 'acceptSuggestions' : 'rejectSuggestions';
    this.dispatchEvent(new Intent({ action: { do: action, keys } }));
    this.#close();
  };

  readonly #close = (): void => void this.dispatchEvent(new Event('close'));
}

/** 'entity Person' as 'Person', 'entity' as 'all entities'. */
function nameOf(what: string): string {
  if (what === '') return 'all';
  return what.includes(' ') ? what.slice(what.indexOf(' ') + 1) : `all ${kinds[what] ?? what}`;
}

declare global {
  interface HTMLElementTagNameMap {
    'bulk-bar': BulkBar;
  }
}
