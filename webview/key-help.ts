import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { actionNames } from '../src/labels/panel-keys.js';
import type { PanelView } from '../src/protocol/panel.js';
import { actionTitles, showKey, type Keymap } from './keys.js';
import { shared } from './styles.js';

type Line = readonly [key: string, does: string];

const moves: readonly Line[] = [
  ['←  →', 'Word by word; with Shift extends, with Alt by character'],
  ['↑  ↓  Home  End', 'Line by line; ends of the line'],
  ['Tab  Shift+Tab', 'Next and previous entity, relation or suggestion'],
  ['Enter', 'Confirm new bounds of an entity or an end of a relation; go where the selected relation leads'],
  ['Esc', 'Leave what was begun'],
  ['Ctrl+Z  Ctrl+Y', 'Undo and redo'],
];

const mouse: readonly Line[] = [
  ['Drag', 'Select words; with Alt by character, with Ctrl a further part'],
  ['Alt+Click', 'On the sign beside a label: show only that label'],
  ['Click', 'Select the innermost label; again: the one around it, then the word'],
];

/** All keys, as they are bound now. */
@customElement('key-help')
export class KeyHelp extends LitElement {
  @property({ attribute: false }) types: PanelView['types'] | undefined;
  @property({ attribute: false }) keymap: Keymap | undefined;

  @query('dialog') private readonly dialog!: HTMLDialogElement;
  @query('input') private readonly input!: HTMLInputElement;
  @state() private sought = '';

  static override styles = [
    shared,
    css`
      dialog {
        max-width: min(760px, 92vw);
        max-height: 86vh;
        overflow: auto;
        padding: 14px 18px;
        color: var(--vscode-editorWidget-foreground, var(--vscode-editor-foreground));
        background: var(--vscode-editorWidget-background, var(--vscode-editor-background));
        border: 1px solid var(--vscode-contrastBorder, var(--vscode-editorWidget-border, transparent));
        border-radius: 6px;
        box-shadow: 0 4px 16px var(--vscode-widget-shadow, rgb(0 0 0 / 36%));
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 30%);
      }
      .columns {
        columns: 2 300px;
        column-gap: 28px;
      }
      section {
        break-inside: avoid;
        margin-bottom: 12px;
      }
      h2 {
        font-size: 13px;
        margin: 0 0 4px;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 3px 10px;
        margin: 0;
      }
      dt {
        text-align: end;
      }
      dt kbd {
        margin: 0;
      }
      dd {
        margin: 0;
      }
      input {
        width: min(22em, 60%);
        min-height: 26px;
        margin-bottom: 10px;
        padding: 0 6px;
        font: inherit;
        color: var(--vscode-settings-textInputForeground, inherit);
        background: var(--vscode-settings-textInputBackground, transparent);
        border: 1px solid var(--vscode-settings-textInputBorder, var(--vscode-contrastBorder, currentcolor));
        border-radius: 2px;
      }
      .conflicts {
        margin: 0 0 10px;
        padding-inline-start: 18px;
        color: var(--vscode-editorWarning-foreground);
      }
      .close {
        float: inline-end;
      }
    `,
  ];

  show(): void {
    if (this.dialog.open) return;
    this.sought = '';
    this.dialog.showModal();
    // Typing searches; until then the key that opened this closes it.
    this.dialog.focus();
  }

  readonly #typed = (event: KeyboardEvent): void => {
    const isText = event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isText && showKey(event.key) !== showKey(this.keymap?.actions.help ?? '?')) this.input.focus();
  };

  close(): void {
    this.dialog.close();
  }

  override render(): TemplateResult {
    const { types, keymap } = this;
    const labels: Line[] = [
      ...(types?.entities ?? []).map(({ key, label }): Line => [shownKey(key), `Label as ${label}`]),
      ...(types?.relations ?? []).map(({ key, label }): Line => [
        shownKey(key),
        `${label}, from the selected entity to …`,
      ]),
      ...(types?.classes ?? []).flatMap(({ label, values }) =>
        values.map(({ key, value }): Line => [shownKey(key), `${label}: ${value}`]),
      ),
    ];
    const actions = actionNames.map((name): Line => [
      shownKey(keymap?.actions[name], 'taken by a label'),
      actionTitles[name],
    ]);
    const conflicts = keymap?.conflicts ?? [];
    const found = (lines: readonly Line[]): readonly Line[] =>
      lines.filter((line) => line.some((part) => part.toLowerCase().includes(this.sought.trim().toLowerCase())));
    const sections = [
      ['Labels', found(labels)],
      ['Moving and selecting', found(moves)],
      ['Mouse', found(mouse)],
      ['Passage', found(actions)],
    ] as const;
    return html`<dialog
      aria-label="Keys"
      tabindex="-1"
      @keydown=${this.#typed}
      @close=${(): void => void this.dispatchEvent(new Event('close'))}
    >
      <form method="dialog"><button class="close" title="Close (Esc)">Close</button></form>
      <input
        type="text"
        role="searchbox"
        aria-label="Search keys"
        placeholder="Type to search"
        .value=${this.sought}
        @input=${(): void => void (this.sought = this.input.value)}
      />
      ${
        conflicts.length === 0
          ? nothing
          : html`<ul class="conflicts" aria-label="Conflicts">
              ${conflicts.map((conflict) => html`<li>${conflict}</li>`)}
            </ul>`
      }
      <div class="columns">
        ${sections.map(([title, lines]) => (lines.length === 0 ? nothing : section(title, lines)))}
      </div>
      <p class="unseen" role="status">
        ${this.sought === '' ? '' : `${sections.reduce((sum, [, lines]) => sum + lines.length, 0)} found`}
      </p>
    </dialog>`;
  }
}

function shownKey(key: string | undefined, otherwise = 'no key'): string {
  return key === undefined ? otherwise : showKey(key);
}

function section(title: string, lines: readonly Line[]): TemplateResult {
  return html`<section>
    <h2>${title}</h2>
    <dl>
      ${lines.map(
        ([key, does]) =>
          html`<dt>${key.split('  ').map((one) => html`<kbd>${one}</kbd> `)}</dt>
            <dd>${does}</dd>`,
      )}
    </dl>
  </section>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'key-help': KeyHelp;
  }
}
