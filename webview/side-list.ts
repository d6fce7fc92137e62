import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ActionName } from '../src/labels/panel-keys.js';
import type { PanelView, PassageView, ViewEntity, ViewRelation, ViewSuggestion } from '../src/protocol/panel.js';
import { percent } from './announce.js';
import { Intent, type Wanted } from './intent.js';
import { actionTitles, withKey, type Keymap } from './keys.js';
import { keepFocus } from './label-bar.js';
import { endText } from './lookup.js';
import { colorOf } from './marks.js';
import { place } from './place.js';
import { itemName, textOver, type Selection } from './selection.js';
import { byPlace, quote } from './spans.js';
import { shared } from './styles.js';

/** Rows of a list that are shown at a time: more are a press away, and a thousand would take long to make. */
const page = 100;

interface Row {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  /** In place of the text: what a relation links, and the sign between. */
  readonly ends?: Ends;
  readonly color: string;
  readonly selection: Selection;
  readonly buttons: readonly ListButton[];
  readonly detail?: string;
}

interface Ends {
  readonly head: string;
  readonly sign: '→' | '↔';
  readonly tail: string;
}

interface ListButton {
  /** A sign; the title says it in words. */
  readonly text: string;
  readonly title: string;
  readonly wanted: Wanted;
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
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        margin-top: 6px;
      }
      .head:first-of-type {
        margin-top: 0;
      }
      h2 {
        flex: 1;
        margin: 2px 0;
        font-size: 11px;
        font-weight: 600;
        text-transform: uppercase;
        color: var(--vscode-sideBarSectionHeader-foreground, inherit);
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
      @media (forced-colors: active) {
        li[data-selected] {
          outline: 2px solid Highlight;
        }
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
      /* From left to right whatever the ends are written in, so that the arrow points to the tail; of both something is seen. */
      .ends {
        display: flex;
        gap: 4px;
        min-width: 0;
        direction: ltr;
      }
      .ends bdi {
        flex: 0 1 auto;
        min-width: 1.5em;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
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
      .more {
        display: block;
        width: 100%;
        min-height: 24px;
        text-align: start;
        color: var(--vscode-textLink-foreground);
      }
      .none {
        color: var(--vscode-descriptionForeground);
        padding: 2px 4px;
      }
    `,
  ];

  /** Where the shown rows of a list begin. */
  readonly #from = new Map<string, number>();
  /** What was selected when they were chosen. */
  #followed = '';

  override render(): TemplateResult | typeof nothing {
    const { types, passage } = this;
    if (types === undefined || passage === undefined) return nothing;
    const own = passage.entities.filter((entity) => entity.own).sort((a, b) => byPlace(a.spans, b.spans));
    const others = passage.entities.filter((entity) => !entity.own);
    const shown = html`
      ${
        passage.suggestions.length === 0
          ? nothing
          : this.#list('Suggestions', passage.suggestions, this.#suggestion(types, passage), 'suggestion', [
              this.#action('acceptSuggestions', '✓…'),
              this.#action('rejectSuggestions', '✗…'),
            ])
      }
      ${
        types.entities.length === 0
          ? nothing
          : this.#list('Entities', own, this.#entity(types, passage), '', [
              this.#action('goToWord', '⌖'),
              this.#action('addPart', '+'),
              this.#action('previousItem', '↑'),
              this.#action('nextItem', '↓'),
            ])
      }
      ${types.relations.length === 0 ? nothing : this.#list('Relations', passage.relations, this.#relation(types, passage))}
      ${others.length === 0 ? nothing : this.#list('Other annotators', others, this.#other(types, passage))}
    `;
    this.#followed = this.selected;
    return shown;
  }

  /** A button that does what the action's key does. */
  #action(name: ActionName, text: string): ListButton {
    return {
      text,
      title: withKey(actionTitles[name], this.keymap?.actions[name]),
      wanted: { command: { do: name } },
    };
  }

  #entity(types: PanelView['types'], { text }: PassageView) {
    const title = withKey('Delete', this.keymap?.actions.delete);
    return ({ id, label, spans }: ViewEntity): Row => ({
      id,
      label,
      text: quote(text, spans),
      color: colorOf(types, label),
      selection: { kind: 'entity', id },
      buttons: [{ text: '×', title, wanted: { action: { do: 'delete', id } } }],
    });
  }

  #other(types: PanelView['types'], { text }: PassageView) {
    return ({ id, label, spans, by }: ViewEntity): Row => ({
      id,
      label,
      text: quote(text, spans),
      color: colorOf(types, label),
      selection: textOver(spans),
      buttons: [],
      detail: `by ${by}`,
    });
  }

  #relation(types: PanelView['types'], passage: PassageView) {
    const title = withKey('Delete', this.keymap?.actions.delete);
    return (relation: ViewRelation): Row => {
      const selection = { kind: 'relation', id: relation.id } as const;
      const remove: ListButton = { text: '×', title, wanted: { action: { do: 'delete', id: relation.id } } };
      // What changes a relation's ends changes the selected one's.
      const change =
        itemName(selection) === this.selected
          ? [this.#action('retargetHead', '⇤'), this.#action('retargetTail', '⇥'), this.#action('reverse', '⇄')]
          : [];
      return {
        id: relation.id,
        label: relation.label,
        ...linked(endsOf(types, passage, relation)),
        color: 'var(--vscode-descriptionForeground)',
        selection,
        buttons: [...change, remove],
      };
    };
  }

  #suggestion(types: PanelView['types'], passage: PassageView) {
    const { acceptSuggestion, rejectSuggestion } = this.keymap?.actions ?? {};
    return (suggestion: ViewSuggestion): Row => {
      const { key, label, probability } = suggestion;
      return {
        id: key,
        label: `${label}?`,
        ...suggested(types, passage, suggestion),
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
    };
  }

  #list<T>(
    name: string,
    items: readonly T[],
    rowOf: (item: T) => Row,
    kind = '',
    tools: readonly ListButton[] = [],
  ): TemplateResult {
    const id = name.replace(' ', '-').toLowerCase();
    const from = this.#pageOf(name, items, rowOf);
    const rows = items.slice(from, from + page).map(rowOf);
    const turn = (to: number, text: string, count: number): TemplateResult | typeof nothing =>
      count <= 0
        ? nothing
        : html`<button
            class="more"
            aria-label=${`${text} ${name.toLowerCase()}, ${count}`}
            @mousedown=${keepFocus}
            @click=${(): void => {
              this.#from.set(name, Math.max(0, to));
              this.requestUpdate();
            }}
          >
            ${text} (${count})
          </button>`;
    return html`
      <div class="head">
        <h2 id=${id}>${name}<span class="count">${items.length}</span></h2>
        ${tools.map((tool) => this.#button(tool, tool.title))}
      </div>
      ${items.length === 0 ? html`<div class="none">None yet</div>` : nothing} ${turn(from - page, '↑ Earlier', from)}
      ${
        items.length === 0
          ? nothing
          : html`<ul aria-labelledby=${id} class=${kind}>
              ${repeat(
                rows,
                (row) => row.id,
                (row, i) => this.#row(row, from + i, items.length),
              )}
            </ul>`
      }
      ${turn(from + page, '↓ Later', items.length - from - page)}
    `;
  }

  /** A list stays where it was, but what has just been selected is always among its rows. */
  #pageOf<T>(name: string, items: readonly T[], rowOf: (item: T) => Row): number {
    if (items.length <= page) return 0;
    let from = Math.min(this.#from.get(name) ?? 0, items.length - 1);
    if (this.selected !== this.#followed) {
      const at = items.findIndex((item) => itemName(rowOf(item).selection) === this.selected);
      if (at !== -1 && (at < from || at >= from + page)) from = Math.floor(at / page) * page;
    }
    this.#from.set(name, from);
    return from;
  }

  #row({ label, text, ends, color, selection, buttons, detail }: Row, at: number, count: number): TemplateResult {
    // What is seen is what is read out and what is said to choose it.
    const name = [label, text, ...(detail === undefined ? [] : [detail])].join(' ');
    const selected = this.selected !== '' && itemName(selection) === this.selected;
    return html`<li ?data-selected=${selected} aria-posinset=${at + 1} aria-setsize=${count}>
      <button
        class="main"
        title=${name}
        aria-current=${selected ? 'true' : nothing}
        @mousedown=${keepFocus}
        @click=${(): void => this.#want({ select: selection })}
      >
        <span class="label" ${place({ '--label': color })}>${label}</span>
        ${
          ends === undefined
            ? html`<span class="text">${text}</span>`
            : html`<span class="ends"><bdi>${ends.head}</bdi> ${ends.sign} <bdi>${ends.tail}</bdi></span>`
        }
        ${detail === undefined ? nothing : html`<span class="detail">${detail}</span>`}
      </button>
      ${buttons.map((button) => this.#button(button, `${button.title}: ${name}`))}
    </li>`;
  }

  #button({ text, title, wanted }: ListButton, name: string): TemplateResult {
    return html`<button
      class="act"
      title=${title}
      aria-label=${name}
      @mousedown=${keepFocus}
      @click=${(): void => this.#want(wanted)}
    >
      ${text}
    </button>`;
  }

  #want(wanted: Wanted): void {
    this.dispatchEvent(new Intent(wanted));
  }
}

function endsOf(
  types: PanelView['types'],
  passage: PassageView,
  { label, head, tail }: { readonly label: string; readonly head: string; readonly tail: string },
): Ends {
  const name = (id: string): string => endText(passage, id) ?? '(elsewhere)';
  const symmetric = types.relations.some((type) => type.label === label && type.symmetric);
  return { head: name(head), sign: symmetric ? '↔' : '→', tail: name(tail) };
}

function linked(ends: Ends): Pick<Row, 'text' | 'ends'> {
  return { text: `${ends.head} ${ends.sign} ${ends.tail}`, ends };
}

function suggested(
  types: PanelView['types'],
  passage: PassageView,
  { kind, label, value, head, tail, spans }: ViewSuggestion,
): Pick<Row, 'text' | 'ends'> {
  if (kind === 'class') return { text: value ?? '' };
  if (head !== undefined && tail !== undefined) return linked(endsOf(types, passage, { label, head, tail }));
  return { text: quote(passage.text, spans) };
}

declare global {
  interface HTMLElementTagNameMap {
    'side-list': SideList;
  }
}
