import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { PanelView, PassageView, ViewSuggestion } from '../src/protocol/panel.js';
import { endsText, percent } from './announce.js';
import { Intent, type Wanted } from './intent.js';
import { withKey, type Keymap } from './keys.js';
import { keepFocus } from './label-bar.js';
import { entityById } from './lookup.js';
import { colorOf } from './marks.js';
import { place } from './place.js';
import { itemName, textOver, type Selection } from './selection.js';
import { byPlace, quote } from './spans.js';
import { shared } from './styles.js';

interface Row {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  /** Read out in place of label and text. */
  readonly name: string;
  readonly color: string;
  readonly selection: Selection;
  readonly buttons: readonly { readonly text: string; readonly title: string; readonly wanted: Wanted }[];
  readonly detail?: string;
}

/** Everything labelled here as real lists and buttons: the way in for screen readers, and an overview for everybody. */
@customElement('side-list')
export class SideList extends LitElement {
  @property({ attribute: false }) types: PanelView['types'] | undefined;
  @property({ attribute: false }) passage: PassageView | undefined;
  /** As `itemName` says it. */
  @property() selected = '';
  @property({ attribute: false }) keymap: Keymap | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      h2 {
        margin: 10px 0 2px;
        font-size: 11px;
        font-weight: 600;
        text-transform: uppercase;
        color: var(--vscode-sideBarSectionHeader-foreground, inherit);
      }
      h2:first-of-type {
        margin-top: 0;
      }
      .count {
        font-weight: 400;
        color: var(--vscode-descriptionForeground);
        margin-inline-start: 4px;
      }
      ul {
        list-style: none;
        margin: 0;
        padding: 0;
      }
      li {
        display: flex;
        align-items: center;
        border-radius: 3px;
        content-visibility: auto;
        contain-intrinsic-size: auto 24px;
      }
      li:hover {
        background: var(--vscode-list-hoverBackground);
      }
      li[data-selected] {
        color: var(--vscode-list-activeSelectionForeground, inherit);
        background: var(--vscode-list-activeSelectionBackground);
        outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
        outline-offset: -1px;
      }
      .main {
        flex: 1;
        min-width: 0;
        display: flex;
        align-items: baseline;
        gap: 6px;
        padding: 2px 4px;
        text-align: start;
      }
      .main:hover,
      .main:hover ~ button:not(:hover) {
        background: none;
      }
      .label {
        flex: none;
        padding: 0 4px;
        border-inline-start: 3px solid var(--label);
        font-size: 0.9em;
      }
      .suggestion .label {
        border-inline-start-style: dashed;
        font-style: italic;
      }
      .text {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        unicode-bidi: plaintext;
      }
      .detail {
        flex: none;
        margin-inline-start: auto;
        color: var(--vscode-descriptionForeground);
        font-variant-numeric: tabular-nums;
      }
      li[data-selected] .detail {
        color: inherit;
      }
      .act {
        flex: none;
        min-width: 24px;
        min-height: 24px;
        padding: 0 4px;
      }
      .none {
        color: var(--vscode-descriptionForeground);
        padding: 2px 4px;
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { types, passage } = this;
    if (types === undefined || passage === undefined) return nothing;
    const suggestions = this.#suggestions(types, passage);
    const others = passage.entities.filter(({ own }) => !own);
    return html`
      ${suggestions.length === 0 ? nothing : this.#list('Suggestions', suggestions, 'suggestion')}
      ${types.entities.length === 0 ? nothing : this.#list('Entities', this.#entities(types, passage))}
      ${types.relations.length === 0 ? nothing : this.#list('Relations', this.#relations(passage))}
      ${
        others.length === 0
          ? nothing
          : this.#list(
              'Other annotators',
              others.map((entity) => ({
                id: entity.id,
                label: entity.label,
                text: quote(passage.text, entity.spans),
                name: `${entity.label} “${quote(passage.text, entity.spans)}” by ${entity.by}`,
                color: colorOf(types, entity.label),
                selection: textOver(entity.spans),
                buttons: [],
                detail: entity.by,
              })),
            )
      }
    `;
  }

  #entities(types: PanelView['types'], { entities, text }: PassageView): Row[] {
    const title = withKey('Delete', this.keymap?.actions.delete);
    return entities
      .filter(({ own }) => own)
      .sort((a, b) => byPlace(a.spans, b.spans))
      .map(({ id, label, spans }) => ({
        id,
        label,
        text: quote(text, spans),
        name: `${label} “${quote(text, spans)}”`,
        color: colorOf(types, label),
        selection: { kind: 'entity', id },
        buttons: [{ text: '×', title, wanted: { action: { do: 'delete', id } } }],
      }));
  }

  #relations(passage: PassageView): Row[] {
    const title = withKey('Delete', this.keymap?.actions.delete);
    return passage.relations.map((relation) => ({
      id: relation.id,
      label: relation.label,
      text: arrowText(passage, relation),
      name: `${relation.label} ${endsText(passage, relation)}`,
      color: 'var(--vscode-descriptionForeground)',
      selection: { kind: 'relation', id: relation.id },
      buttons: [{ text: '×', title, wanted: { action: { do: 'delete', id: relation.id } } }],
    }));
  }

  #suggestions(types: PanelView['types'], passage: PassageView): Row[] {
    const { acceptSuggestion, rejectSuggestion } = this.keymap?.actions ?? {};
    return passage.suggestions.map((suggestion) => {
      const { key, label, probability } = suggestion;
      const text = suggestionText(passage, suggestion);
      return {
        id: key,
        label: `${label}?`,
        text,
        name: `Suggestion: ${label} ${text}, ${percent(probability)}`,
        color: colorOf(types, label),
        selection: { kind: 'suggestion', key },
        detail: percent(probability),
        buttons: [
          {
            text: '✓',
            title: withKey('Accept', acceptSuggestion),
            wanted: { action: { do: 'acceptSuggestion', key } },
          },
          {
            text: '✗',
            title: withKey('Reject', rejectSuggestion),
            wanted: { action: { do: 'rejectSuggestion', key } },
          },
        ],
      };
    });
  }

  #list(name: string, rows: readonly Row[], kind = ''): TemplateResult {
    const id = name.replace(' ', '-').toLowerCase();
    return html`
      <h2 id=${id}>${name}<span class="count">${rows.length}</span></h2>
      ${
        rows.length === 0
          ? html`<div class="none">None yet</div>`
          : html`<ul aria-labelledby=${id} class=${kind}>
              ${repeat(
                rows,
                (row) => row.id,
                (row) => this.#row(row),
              )}
            </ul>`
      }
    `;
  }

  #row({ label, text, name, color, selection, buttons, detail }: Row): TemplateResult {
    const selected = this.selected !== '' && itemName(selection) === this.selected;
    const want = (wanted: Wanted): void => void this.dispatchEvent(new Intent(wanted));
    return html`<li ?data-selected=${selected}>
      <button
        class="main"
        title=${name}
        aria-label=${name}
        aria-current=${selected ? 'true' : nothing}
        @mousedown=${keepFocus}
        @click=${(): void => want({ select: selection })}
      >
        <span class="label" ${place({ '--label': color })}>${label}</span>
        <span class="text">${text}</span>
        ${detail === undefined ? nothing : html`<span class="detail">${detail}</span>`}
      </button>
      ${buttons.map(
        (button) =>
          html`<button
            class="act"
            title=${button.title}
            aria-label=${`${button.title}: ${name}`}
            @mousedown=${keepFocus}
            @click=${(): void => want(button.wanted)}
          >
            ${button.text}
          </button>`,
      )}
    </li>`;
  }
}

function arrowText(passage: PassageView, { head, tail }: { head: string; tail: string }): string {
  const name = (id: string): string => quote(passage.text, entityById(passage, id)?.spans ?? []) || '(elsewhere)';
  return `${name(head)} → ${name(tail)}`;
}

function suggestionText(passage: PassageView, { kind, value, head, tail, spans }: ViewSuggestion): string {
  if (kind === 'class') return value ?? '';
  if (head !== undefined && tail !== undefined) return arrowText(passage, { head, tail });
  return quote(passage.text, spans);
}

declare global {
  interface HTMLElementTagNameMap {
    'side-list': SideList;
  }
}
