import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { PanelView } from '../src/protocol/panel.js';
import { actionNames, actionTitles, showKey, type Keymap } from './keys.js';
import { shared } from './styles.js';

type Line = readonly [key: string, does: string];

const moves: readonly Line[] = [
  ['←  →', 'Word by word; with Shift extends, with Alt by character'],
  ['↑  ↓  Home  End', 'Line by line; ends of the line'],
  ['Tab  Shift+Tab', 'Next and previous entity, relation or suggestion'],
  ['Enter', 'Confirm new bounds of an entity, or the tail of a relation'],
  ['Esc', 'Leave what was begun'],
  ['Ctrl+Z  Ctrl+Y', 'Undo and redo'],
];

const mouse: readonly Line[] = [
  ['Drag', 'Select words; with Alt by character, with Ctrl a further part'],
  ['Click', 'Select the innermost label; again: the one around it, then the word'],
];

/** All keys, as they are bound now. */
@customElement('key-help')
export class KeyHelp extends LitElement {
  @property({ attribute: false }) types: PanelView['types'] | undefined;
  @property({ attribute: false }) keymap: Keymap | undefined;

  @query('dialog') private readonly dialog!: HTMLDialogElement;

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
      .close {
        float: inline-end;
      }
    `,
  ];

  show(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

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
    return html`<dialog aria-label="Keys" @close=${(): void => void this.dispatchEvent(new Event('close'))}>
      <form method="dialog"><button class="close" title="Close (Esc)">Close</button></form>
      <div class="columns">
        ${section('Labels', labels)} ${section('Moving and selecting', moves)} ${section('Mouse', mouse)}
        ${section('Passage', actions)}
      </div>
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
