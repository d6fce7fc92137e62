import '@vscode-elements/elements/dist/vscode-textfield/index.js';
import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { Intent } from './intent.js';
import { shared } from './styles.js';

/** The note on a passage. Enter saves, Escape leaves it as it was. */
@customElement('note-field')
export class NoteField extends LitElement {
  @property() note = '';

  @query('vscode-textfield') private readonly field!: HTMLElementTagNameMap['vscode-textfield'];

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      vscode-textfield {
        flex: 1;
        max-width: 52em;
      }
      .how {
        color: var(--vscode-descriptionForeground);
        font-size: 12px;
      }
    `,
  ];

  override render(): TemplateResult {
    return html`<vscode-textfield
        .label=${'Note on this passage'}
        placeholder="Note on this passage"
        @keydown=${this.#key}
      ></vscode-textfield>
      <span class="how"><kbd>Enter</kbd> saves <kbd>Esc</kbd> leaves</span>`;
  }

  /** The draft begins as the note is now; a view that comes while someone writes leaves the draft alone. */
  protected override firstUpdated(): void {
    void this.field.updateComplete.then(() => {
      const input = this.field.wrappedElement;
      input.value = this.note;
      input.focus();
      input.setSelectionRange(input.value.length, input.value.length);
    });
  }

  readonly #key = (event: KeyboardEvent): void => {
    // Enter ends a word that an input method composes.
    if (event.isComposing) return;
    // Chords go on to VS Code: copy, paste and undo in a webview are its.
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    if (event.key === 'Enter') {
      const text = this.field.wrappedElement.value.trim();
      if (text !== this.note) this.dispatchEvent(new Intent({ action: { do: 'note', text } }));
    }
    if (event.key === 'Enter' || event.key === 'Escape') this.dispatchEvent(new Event('close'));
  };
}

declare global {
  interface HTMLElementTagNameMap {
    'note-field': NoteField;
  }
}
