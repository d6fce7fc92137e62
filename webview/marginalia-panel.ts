import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { wordsOf } from '../src/corpus/words.js';
import type { Action, PanelView, PassageView, ViewSpan } from '../src/protocol/panel.js';
import { same } from '../src/protocol/panel-change.js';
import { announce, selectionText } from './announce.js';
import './class-bar.js';
import { Connection, type Receiver, type VsCodeApi } from './connection.js';
import './doubt-bar.js';
import { Intent, type Wanted } from './intent.js';
import './key-help.js';
import type { KeyHelp } from './key-help.js';
import { keymapOf, showKey, strokeOf, type Command, type Keymap } from './keys.js';
import './label-bar.js';
import { perform, pickPress, type Outcome, type Pick, type Situation } from './labelling.js';
import { entityById } from './lookup.js';
import './note-field.js';
import './passage-text.js';
import type { PassageText } from './passage-text.js';
import {
  firstSelection,
  itemName,
  nothing as noSelection,
  placeOf,
  samePassage,
  settle,
  spansOf,
  type Expected,
  type Selection,
} from './selection.js';
import './side-list.js';
import './status-line.js';
import { shared } from './styles.js';
import { quote } from './spans.js';
import './verdict-bar.js';

/** Keys that a focused control keeps for itself. */
const controlKeys = /^(?:Alt\+)?(?:Shift\+)?(?:Enter| |Tab|Home|End|Arrow\w+)$/;
/** Commands that a key held down goes on giving. */
const repeatable: ReadonlySet<Command['do']> = new Set(['move', 'tab', 'nextItem', 'previousItem', 'undo', 'redo']);
/** How far around what is shown words are found at once, in UTF-16 units. */
const wordsNear = 10_000;
/** Milliseconds after which the others are found: the text is on screen then. */
const segmentAfter = 60;
/** After the host has answered a move to another passage, how long the view may still be under way. Milliseconds. */
const underWay = 250;

/**
 * The panel: takes keys, clicks and views, and hands them on. Of its own it keeps only what is selected and which tail
 * is being picked; all else is the host's last view.
 */
@customElement('marginalia-panel')
export class MarginaliaPanel extends LitElement implements Receiver {
  @state() private view: PanelView | undefined;
  @state() private selection: Selection = noSelection;
  @state() private pick: Pick | undefined;
  @state() private error: string | undefined;
  @state() private said = '';
  @state() private writesNote = false;

  @query('passage-text') private readonly text!: PassageText | null;
  @query('key-help') private readonly help!: KeyHelp;

  #connection: Connection | undefined;
  #keymap: Keymap | undefined;
  #words: readonly ViewSpan[] = [];
  #segmenting: ReturnType<typeof setTimeout> | undefined;
  #expected: Expected | undefined;
  /** The action that leaves this passage: until the next is here, nothing is done to a passage that nobody has seen. */
  #leaving: number | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-direction: column;
        height: 100vh;
        font-family: var(--vscode-font-family, sans-serif);
        font-size: var(--vscode-font-size, 13px);
        color: var(--vscode-foreground);
        background: var(--vscode-editor-background);
      }
      header {
        flex: none;
        display: flex;
        flex-direction: column;
        gap: 6px;
        padding: 8px 16px;
        border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
      .bars {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 20px;
      }
      .guide {
        min-height: 24px;
        display: flex;
        align-items: center;
      }
      .hint {
        color: var(--vscode-descriptionForeground);
      }
      .middle {
        flex: 1;
        min-height: 0;
        display: flex;
      }
      main {
        flex: 1;
        min-width: 0;
        overflow-y: auto;
        /* What is drawn later above the text that is seen moves nothing: passage-text sees to that itself. */
        overflow-anchor: none;
        padding: 12px 8px 24px 0;
      }
      aside {
        flex: none;
        width: clamp(220px, 28%, 340px);
        overflow-y: auto;
        padding: 12px;
        border-inline-start: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
      footer {
        flex: none;
        padding: 8px 16px;
        border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
        background: var(--vscode-editor-background);
      }
      .error {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 4px 8px;
        color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
        background: var(--vscode-inputValidation-errorBackground);
        border: 1px solid var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
      }
      .error span {
        flex: 1;
      }
      .notice {
        margin: auto;
        padding: 24px;
        max-width: 36em;
        text-align: center;
        line-height: 1.6;
      }
      @media (max-width: 640px) {
        .middle {
          display: block;
          overflow-y: auto;
          overflow-anchor: none;
        }
        main,
        aside {
          overflow: visible;
          width: auto;
        }
        aside {
          border-inline-start: none;
          border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
        }
        header,
        footer {
          padding-inline: 10px;
        }
      }
      /* So little height (a zoomed or split window) that fixed bars would leave no text: everything scrolls. */
      @media (max-height: 420px) {
        :host {
          display: block;
          overflow-y: auto;
          overflow-anchor: none;
        }
        .middle,
        main,
        aside {
          overflow: visible;
        }
      }
    `,
  ];

  /** Begins to talk with the host. */
  connect(api: VsCodeApi): void {
    this.#connection = new Connection(api, this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#pressed);
    document.addEventListener('beforecopy', this.#maybeCopied);
    document.addEventListener('copy', this.#copied);
    window.addEventListener('focus', this.#focused);
    this.addEventListener(Intent.type, this.#wanted);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#pressed);
    document.removeEventListener('beforecopy', this.#maybeCopied);
    document.removeEventListener('copy', this.#copied);
    window.removeEventListener('focus', this.#focused);
    this.removeEventListener(Intent.type, this.#wanted);
  }

  // What the host says.

  async viewed(view: PanelView): Promise<void> {
    const before = this.view;
    // What did not change stays the same object, so that nothing is drawn anew for an engine that reports its progress.
    const passage = unlessSame(before?.passage, view.passage);
    const types = unlessSame(before?.types, view.types);
    this.view = { ...view, types, ...(passage === undefined ? {} : { passage }) };
    if (types !== before?.types || !same(before.keys, view.keys)) this.#keymap = keymapOf(view);
    const stays = samePassage(before?.passage, passage);
    if (!stays) {
      this.selection = passage === undefined ? noSelection : firstSelection(passage);
      this.#segment(passage);
      this.#expected = undefined;
      this.pick = undefined;
      this.writesNote = false;
    } else if (before?.passage !== undefined && passage !== undefined) this.#settle(before.passage, passage);
    const said = announce(before, view);
    if (said.length > 0) this.#say(said.join('. '));
    const left = this.#leaving !== undefined && !stays;
    if (left) this.#leaving = undefined;
    await this.updateComplete;
    await this.text?.updateComplete;
    if (left || before?.passage === undefined) this.#focused(left);
  }

  /** The words of a long text are found at first only around what is shown, and all of them a moment later. */
  #segment(passage: PassageView | undefined): void {
    clearTimeout(this.#segmenting);
    if (passage === undefined) {
      this.#words = [];
      return;
    }
    const { text } = passage;
    const at = (placeOf(passage, this.selection) ?? passage.passage).start;
    const near = wholeLines(text, { start: at - wordsNear, end: at + wordsNear });
    this.#words = wordsOf(text.slice(near.start, near.end)).map(({ start, end }) => ({
      start: start + near.start,
      end: end + near.start,
    }));
    if (near.start === 0 && near.end === text.length) return;
    this.#segmenting = setTimeout(() => {
      this.#words = wordsOf(text);
      this.requestUpdate();
    }, segmentAfter);
  }

  #settle(before: PassageView, after: PassageView): void {
    const selection = settle(before, after, this.selection, this.#expected);
    if (selection !== this.selection) this.#expected = undefined;
    this.selection = selection;
    const { pick } = this;
    const isThere = (id: string): boolean => entityById(after, id) !== undefined;
    if (pick !== undefined && !(isThere(pick.head) && pick.choices.every(({ id }) => isThere(id))))
      this.pick = undefined;
  }

  done(id: number, error: string | undefined): void {
    if (error !== undefined) {
      this.error = error;
      this.#expected = undefined;
    }
    if (this.#leaving !== id) return;
    const settled = (): void => {
      if (this.#leaving === id) this.#leaving = undefined;
    };
    if (error !== undefined) settled();
    else setTimeout(settled, underWay);
  }

  /** The text has the keyboard, unless a person has put it elsewhere. */
  readonly #focused = (always: Event | boolean): void => {
    if (always === true || (document.hasFocus() && document.activeElement === document.body)) this.text?.focus();
  };

  #say(text: string): void {
    // The same words twice are read twice only if they differ.
    this.said = text === this.said ? `${text}\u00a0` : text;
  }

  // What a person does.

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const [target] = event.composedPath();
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
    const stroke = strokeOf({
      key: event.key,
      code: event.code,
      ctrlKey: event.ctrlKey,
      metaKey: event.metaKey,
      altKey: event.altKey,
      shiftKey: event.shiftKey,
      altGraph: event.getModifierState('AltGraph'),
    });
    if (stroke === undefined) return;
    if (event.composedPath().includes(this.help)) {
      // The key that opened the overlay closes it again.
      if (stroke === this.#keymap?.actions.help) {
        this.help.close();
        take(event);
      }
      return;
    }
    if (this.pick !== undefined) {
      if (isModifier(event.key)) return;
      this.#pickPressed(this.pick, stroke, event);
      take(event);
      return;
    }
    const command = this.#keymap?.commands.get(stroke);
    if (command === undefined || (event.repeat && !repeatable.has(command.do))) return;
    if (!this.#inText(event) && controlKeys.test(stroke)) return;
    if (this.#run(command, event.timeStamp)) take(event);
  };

  /** Does the text have the keyboard? What is on no control at all counts as the text too. */
  #inText(event: KeyboardEvent): boolean {
    return event.target === document.body || (this.text !== null && event.composedPath().includes(this.text));
  }

  #pickPressed(pick: Pick, stroke: string, event: KeyboardEvent): void {
    const result = pickPress(pick, stroke);
    if ('tail' in result) this.#finishPick(result.tail, event.timeStamp);
    else if ('cancel' in result) {
      this.pick = undefined;
      this.#say('Cancelled');
    } else {
      if (result.pick.active !== pick.active) this.#sayChoice(result.pick);
      this.pick = result.pick;
    }
  }

  #sayChoice({ choices, active }: Pick): void {
    const entity = this.view?.passage && entityById(this.view.passage, choices[active]?.id);
    if (entity !== undefined) this.#say(`${entity.label} “${quote(this.view?.passage?.text ?? '', entity.spans)}”`);
  }

  #finishPick(tail: string, since: number): void {
    const { pick } = this;
    this.pick = undefined;
    if (pick !== undefined) this.#send({ do: 'relation', label: pick.label, head: pick.head, tail }, since);
  }

  readonly #wanted = (event: Event): void => {
    if (event instanceof Intent) this.#do(event.wanted, event.timeStamp);
  };

  #do(wanted: Wanted, since: number): void {
    if ('tail' in wanted) this.#finishPick(wanted.tail, since);
    else if ('action' in wanted) this.#send(wanted.action, since);
    else if ('command' in wanted) this.#run(wanted.command, since);
    else this.#apply({ select: wanted.select }, since);
  }

  /** True if the command meant something. */
  #run(command: Command, since: number): boolean {
    if (command.do === 'help') {
      this.help.show();
      return true;
    }
    const situation = this.#situation();
    const outcome = situation && perform(command, situation);
    if (outcome === undefined) return false;
    this.#apply(outcome, since);
    return true;
  }

  #situation(): Situation | undefined {
    const { view, text, selection } = this;
    if (view?.passage === undefined || text === null) return undefined;
    return { view, passage: view.passage, words: this.#words, selection, lines: text };
  }

  #apply({ select, action, expect, pick, open, say }: Outcome, since: number): void {
    this.pick = pick;
    if (select !== undefined) {
      this.selection = select;
      this.#expected = undefined;
      const passage = this.view?.passage;
      if (say === undefined && passage !== undefined) this.#say(selectionText(passage, select));
    }
    if (say !== undefined) this.#say(say);
    if (open === 'note') this.writesNote = true;
    if (action !== undefined) {
      this.#expected = expect;
      this.#send(action, since);
    }
  }

  #send(action: Action, since: number): void {
    if (this.#leaving !== undefined || this.#connection === undefined) return;
    this.error = undefined;
    const id = this.#connection.send(action, since);
    if (action.do === 'verdict' || action.do === 'next' || action.do === 'back') this.#leaving = id;
  }

  /** What would be copied: the page's own selection is not used, so it is what is selected here. */
  #copy(): string {
    const passage = this.view?.passage;
    if (passage === undefined || this.shadowRoot?.activeElement?.matches('note-field')) return '';
    return spansOf(passage, this.selection)
      .map(({ start, end }) => passage.text.slice(start, end))
      .join('\n');
  }

  /** Without a selection of its own the page copies only if something says that it wants to. */
  readonly #maybeCopied = (event: Event): void => {
    if (this.#copy() !== '') event.preventDefault();
  };

  readonly #copied = (event: ClipboardEvent): void => {
    const text = this.#copy();
    if (text === '') return;
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };

  // What is seen.

  override render(): TemplateResult {
    const { view } = this;
    const passage = view?.passage;
    return html`
      <header>
        <h1 class="unseen">Labelling</h1>
        <status-line .view=${view} .keymap=${this.#keymap}></status-line>
        ${passage === undefined ? nothing : this.#bars(view, passage)} ${this.#alert()}
      </header>
      ${passage === undefined ? this.#empty(view) : this.#passage(view, passage)}
      <div class="unseen" role="status" aria-live="polite">${this.said}</div>
      <key-help .types=${view?.types} .keymap=${this.#keymap} @close=${(): void => this.text?.focus()}></key-help>
    `;
  }

  #bars(view: PanelView | undefined, passage: PassageView): TemplateResult {
    return html`
      <div class="bars">
        <label-bar .types=${view?.types}></label-bar>
        <class-bar .classes=${view?.types.classes ?? []} .passage=${passage}></class-bar>
      </div>
      ${this.#guide(view, passage)}
      ${
        this.writesNote
          ? html`<note-field .note=${passage.note} @close=${this.#noteClosed}></note-field>`
          : passage.note === ''
            ? nothing
            : html`<div class="note">Note: ${passage.note}</div>`
      }
    `;
  }

  /** One line that says what is asked or what a key would do now, always there so that nothing jumps. */
  #guide(view: PanelView | undefined, passage: PassageView): TemplateResult {
    const { pick, selection } = this;
    const help = this.#keymap?.actions.help;
    let content: TemplateResult;
    if (pick !== undefined) {
      const head = entityById(passage, pick.head);
      content = html`<span
        ><b>${pick.label}</b> from “${quote(passage.text, head?.spans ?? [])}” to … <kbd>letter</kbd> or <kbd>→</kbd
        ><kbd>Enter</kbd> picks, <kbd>Esc</kbd> cancels</span
      >`;
    } else if (selection.kind === 'text' && selection.entity !== undefined) {
      content = html`<span
        ><kbd>Enter</kbd> gives the entity these bounds, a label’s key makes a new one, <kbd>Esc</kbd> leaves it</span
      >`;
    } else if (selection.kind === 'text' && selection.parts.length > 0) {
      const key = this.#keymap?.actions.addPart;
      content = html`<span
        >${selection.parts.length + 1} parts: a label’s key makes one entity of
        them${key === undefined ? nothing : html`, <kbd>${showKey(key)}</kbd> adds another`}</span
      >`;
    } else if (passage.doubt === undefined) {
      content = html`<span class="hint"
        >Select text and press a label’s
        key${help === undefined ? nothing : html`; <kbd>${showKey(help)}</kbd> shows all keys`}</span
      >`;
    } else content = html`<doubt-bar .types=${view?.types} .passage=${passage}></doubt-bar>`;
    return html`<div class="guide">${content}</div>`;
  }

  #alert(): TemplateResult {
    return html`<div role="alert">
      ${
        this.error === undefined
          ? nothing
          : html`<div class="error">
              <span>${this.error}</span>
              <button aria-label="Dismiss" title="Dismiss" @click=${(): void => void (this.error = undefined)}>
                ×
              </button>
            </div>`
      }
    </div>`;
  }

  #empty(view: PanelView | undefined): TemplateResult {
    const action = view?.notice?.action;
    return html`<main class="middle">
      <div class="notice">
        <p>${view?.notice?.message ?? 'The first passage is on its way …'}</p>
        ${
          action === undefined
            ? nothing
            : html`<vscode-button @click=${(event: Event): void => this.#send({ do: action.do }, event.timeStamp)}
                >${action.title}</vscode-button
              >`
        }
      </div>
    </main>`;
  }

  #passage(view: PanelView | undefined, passage: PassageView): TemplateResult {
    return html`
      <div class="middle">
        <main>
          <passage-text
            .types=${view?.types}
            .passage=${passage}
            .words=${this.#words}
            .selection=${this.selection}
            .pick=${this.pick}
          ></passage-text>
        </main>
        <aside aria-label="Labels of the passage">
          <side-list
            .types=${view?.types}
            .passage=${passage}
            selected=${itemName(this.selection)}
            .keymap=${this.#keymap}
          ></side-list>
        </aside>
      </div>
      <footer>
        <verdict-bar
          .passage=${passage}
          .keymap=${this.#keymap}
          ?canUndo=${view?.canUndo ?? false}
          ?canRedo=${view?.canRedo ?? false}
        ></verdict-bar>
      </footer>
    `;
  }

  readonly #noteClosed = (): void => {
    this.writesNote = false;
    this.text?.focus();
  };
}

/** A stretch without the parts of words at its ends. */
function wholeLines(text: string, { start, end }: ViewSpan): ViewSpan {
  const before = start <= 0 ? 0 : text.slice(start).search(/\s/u) + start;
  const after = end >= text.length ? text.length : Math.max(...[' ', '\n'].map((c) => text.lastIndexOf(c, end)));
  return before < start || after <= before ? { start: 0, end: text.length } : { start: before, end: after };
}

/** The old value where the new one is equal. */
function unlessSame<T>(before: T | undefined, after: T): T {
  return before !== undefined && same(before, after) ? before : after;
}

function isModifier(key: string): boolean {
  return ['Shift', 'Alt', 'AltGraph', 'Control', 'Meta', 'CapsLock'].includes(key);
}

/** The press has done its work: neither the page nor VS Code acts on it too. */
function take(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

declare global {
  interface HTMLElementTagNameMap {
    'marginalia-panel': MarginaliaPanel;
  }
}
