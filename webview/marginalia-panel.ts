import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import type { GuidelinesView, LabelExamples } from '../src/protocol/guidelines.js';
import type { Action, PanelCommand, PanelView, PassageView, ViewSpan } from '../src/protocol/panel.js';
import { same } from '../src/protocol/panel-change.js';
import { announce, selectionText } from './announce.js';
import type { Bulk } from './bulk.js';
import './class-bar.js';
import { Connection, type Receiver, type VsCodeApi } from './connection.js';
import { guideLine } from './guide-line.js';
import './guidelines/guidelines-pane.js';
import type { LinkChosen } from './guidelines/guidelines-pane.js';
import { labelCards } from './guidelines/label-card.js';
import './guidelines/label-hover.js';
import { Intent, type Wanted } from './intent.js';
import './key-help.js';
import type { KeyHelp } from './key-help.js';
import { keymapOf, strokeOf, type Command, type Keymap } from './keys.js';
import './label-bar.js';
import { perform, picked, pickPress, type Outcome, type Pick, type Situation, type WordPick } from './labelling.js';
import { entityById } from './lookup.js';
import './note-field.js';
import { panelStyles } from './panel-styles.js';
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
  textAt,
  type Expected,
  type Selection,
} from './selection.js';
import './side-list.js';
import { unitsOf } from './snapping.js';
import './status-line.js';
import { shared } from './styles.js';
import { quote } from './spans.js';
import './verdict-bar.js';
import { nothingHidden, only, toggled, visible, type Hidden, type LabelName } from './visibility.js';

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
  @state() private wordPick: WordPick | undefined;
  @state() private error: string | undefined;
  @state() private said = '';
  @state() private writesNote = false;
  @state() private guidelines: GuidelinesView | undefined;
  @state() private examples: readonly LabelExamples[] | undefined;
  @state() private bulk: Bulk['answer'] | undefined;
  @state() private away: Hidden = nothingHidden;
  /** The key for visibility was pressed: the next one names a label. */
  @state() private choosesVisible = false;

  @query('passage-text') private readonly text!: PassageText | null;
  @query('key-help') private readonly help!: KeyHelp;

  #api: VsCodeApi | undefined;
  #connection: Connection | undefined;
  #keymap: Keymap | undefined;
  #words: readonly ViewSpan[] = [];
  #segmenting: ReturnType<typeof setTimeout> | undefined;
  #expected: Expected | undefined;
  /** The entity to select when the passage that it stands in is shown. */
  #awaited: string | undefined;
  /** The action that leaves this passage: until the next is here, nothing is done to a passage that nobody has seen. */
  #leaving: number | undefined;

  static override styles = [shared, panelStyles];

  /** Begins to talk with the host. */
  connect(api: VsCodeApi): void {
    this.#api = api;
    const kept = api.getState();
    if (typeof kept === 'object' && kept !== null && 'hidden' in kept && Array.isArray(kept.hidden))
      this.away = new Set(kept.hidden.filter((name) => typeof name === 'string'));
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
      this.wordPick = undefined;
      this.writesNote = false;
      this.bulk = undefined;
      this.choosesVisible = false;
      if (this.#awaited !== undefined && passage !== undefined && entityById(passage, this.#awaited) !== undefined)
        this.selection = { kind: 'entity', id: this.#awaited };
      this.#awaited = undefined;
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
    this.#words = unitsOf(text.slice(near.start, near.end)).map(({ start, end }) => ({
      start: start + near.start,
      end: end + near.start,
    }));
    if (near.start === 0 && near.end === text.length) return;
    this.#segmenting = setTimeout(() => {
      this.#words = unitsOf(text);
      this.requestUpdate();
    }, segmentAfter);
  }

  #settle(before: PassageView, after: PassageView): void {
    const selection = settle(before, after, this.selection, this.#expected);
    if (selection !== this.selection) this.#expected = undefined;
    this.selection = selection;
    const { pick } = this;
    const isThere = (id: string): boolean => entityById(after, id) !== undefined;
    if (pick !== undefined && !(isThere(pick.stays) && pick.choices.every(({ id }) => isThere(id))))
      this.pick = undefined;
  }

  guided(guidelines: GuidelinesView): void {
    const opens = this.guidelines === undefined;
    this.guidelines = guidelines;
    if (!opens) return;
    this.#connection?.tell({ type: 'examples' });
    // In a narrow panel they stand below the passage.
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector('.guidelines')?.scrollIntoView({ block: 'nearest' }),
    );
  }

  exampled(labels: readonly LabelExamples[]): void {
    this.examples = labels;
  }

  commanded(name: PanelCommand): void {
    this.#run({ do: name }, performance.now());
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
    if (
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement
    )
      return;
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
    if (this.wordPick !== undefined) {
      if (isModifier(event.key)) return;
      this.#wordPressed(this.wordPick, stroke);
      take(event);
      return;
    }
    if (this.choosesVisible) {
      if (isModifier(event.key)) return;
      this.#visibilityPressed(stroke);
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
    if ('picked' in result) this.#finishPick(result.picked.id, event.timeStamp);
    else if ('cancel' in result) {
      this.pick = undefined;
      this.#say('Cancelled');
    } else {
      if (result.pick.active !== pick.active) this.#sayChoice(result.pick);
      this.pick = result.pick;
    }
  }

  #wordPressed(pick: WordPick, stroke: string): void {
    const result = pickPress(pick, stroke);
    this.wordPick = 'pick' in result ? result.pick : undefined;
    const { passage } = this.view ?? {};
    const said = 'pick' in result ? result.pick.choices[result.pick.active]?.span : undefined;
    if ('cancel' in result) this.#say('Cancelled');
    else if ('picked' in result) {
      const { selection } = this;
      // As after an arrow: what was kept of an entity of several parts stays.
      const select = textAt(result.picked.span, selection.kind === 'text' ? selection.parts : []);
      this.selection = select;
      this.#expected = undefined;
      if (passage !== undefined) this.#say(selectionText(passage, select));
    } else if (passage !== undefined && said !== undefined && result.pick.active !== pick.active)
      this.#say(quote(passage.text, [said]));
  }

  #sayChoice({ choices, active }: Pick): void {
    const entity = this.view?.passage && entityById(this.view.passage, choices[active]?.id);
    if (entity !== undefined) this.#say(`${entity.label} “${quote(this.view?.passage?.text ?? '', entity.spans)}”`);
  }

  #finishPick(id: string | undefined, since: number): void {
    const { pick } = this;
    this.pick = undefined;
    if (pick === undefined) return;
    if (id === undefined) this.#say('Cancelled');
    else this.#send(picked(pick, id), since);
  }

  // Visibility.

  /** After the key for visibility: a label's key toggles it, with Shift shows it alone; the same key again shows all. */
  #visibilityPressed(stroke: string): void {
    this.choosesVisible = false;
    const { commands, actions } = this.#keymap ?? {};
    if (stroke === actions?.visibility) {
      this.#hide(nothingHidden);
      return;
    }
    const direct = commands?.get(stroke);
    const isLabel = direct?.do === 'label' || direct?.do === 'relation';
    const command = isLabel ? direct : commands?.get(stroke.toLowerCase());
    if (command?.do !== 'label' && command?.do !== 'relation') {
      this.#say('Cancelled');
      return;
    }
    this.#toggle(`${command.do === 'label' ? 'entity' : 'relation'} ${command.label}`, !isLabel);
  }

  #toggle(name: LabelName, alone: boolean): void {
    const types = this.view?.types;
    const all = [
      ...(types?.entities ?? []).map(({ label }): LabelName => `entity ${label}`),
      ...(types?.relations ?? []).map(({ label }): LabelName => `relation ${label}`),
    ];
    this.#hide(alone ? only(this.away, all, name) : toggled(this.away, name));
  }

  #hide(hidden: Hidden): void {
    const before = this.#shown;
    this.away = hidden;
    this.#api?.setState({ hidden: [...hidden] });
    const after = this.#shown;
    if (before !== undefined && after !== undefined) this.selection = settle(before, after, this.selection, undefined);
    const count = this.view?.passage === undefined ? 0 : visible(this.view.passage, hidden).hidden;
    this.#say(hidden.size === 0 ? 'All labels are shown' : `${count} hidden`);
  }

  /** The passage without what is hidden: what is drawn, listed and gone through. */
  get #shown(): PassageView | undefined {
    const passage = this.view?.passage;
    return passage && visible(passage, this.away).passage;
  }

  /** Goes to an entity: here, or in the passage where it stands. */
  #jump(id: string, since: number): void {
    const passage = this.#shown;
    if (passage === undefined) return;
    if (entityById(passage, id) !== undefined) {
      this.#apply({ select: { kind: 'entity', id } }, since);
      return;
    }
    this.#awaited = id;
    this.#send({ do: 'show', id }, since);
  }

  readonly #wanted = (event: Event): void => {
    if (event instanceof Intent) this.#do(event.wanted, event.timeStamp);
  };

  #do(wanted: Wanted, since: number): void {
    if ('picked' in wanted) this.#finishPick(wanted.picked, since);
    else if ('jump' in wanted) this.#jump(wanted.jump, since);
    else if ('toggle' in wanted) this.#toggle(wanted.toggle, wanted.only);
    else if ('showAll' in wanted) this.#hide(nothingHidden);
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
    if (command.do === 'guidelines') {
      this.#toggleGuidelines();
      return true;
    }
    if (command.do === 'progress') {
      this.#connection?.tell({ type: 'progress' });
      return true;
    }
    // What is hidden is shown again before more of it is made: nobody labels what they do not see.
    const name =
      command.do === 'label' ? `entity ${command.label}` : command.do === 'relation' ? `relation ${command.label}` : '';
    if (this.away.has(name)) this.#hide(new Set([...this.away].filter((other) => other !== name)));
    const situation = this.#situation();
    const outcome = situation && perform(command, situation);
    if (outcome === undefined) return false;
    this.#apply(outcome, since);
    return true;
  }

  /** The host keeps whether they are open: a page that is made anew gets them again. */
  readonly #toggleGuidelines = (): void => {
    const open = this.guidelines === undefined;
    this.#connection?.tell({ type: 'guidelines', open });
    this.#say(open ? 'Guidelines shown' : 'Guidelines closed');
    if (open) return;
    this.guidelines = undefined;
    this.text?.focus();
  };

  #situation(): Situation | undefined {
    const { view, text, selection } = this;
    const passage = this.#shown;
    if (view === undefined || passage === undefined || text === null) return undefined;
    return { view, passage, words: this.#words, selection, lines: text };
  }

  #apply({ select, action, expect, pick, words, open, jump, say }: Outcome, since: number): void {
    this.pick = pick;
    this.wordPick = words;
    if (jump !== undefined) this.#jump(jump, since);
    if (select !== undefined) {
      this.selection = select;
      this.#expected = undefined;
      const passage = this.view?.passage;
      if (say === undefined && passage !== undefined) this.#say(selectionText(passage, select));
    }
    if (say !== undefined) this.#say(say);
    if (open === 'note') this.writesNote = true;
    if (open === 'acceptSuggestions') this.bulk = 'accept';
    if (open === 'rejectSuggestions') this.bulk = 'reject';
    if (open === 'visibility') {
      this.choosesVisible = true;
      this.#say('A label’s key shows or hides it, with Shift only that one');
    }
    if (action !== undefined) {
      this.#expected = expect;
      this.#send(action, since);
    }
  }

  #send(action: Action, since: number): void {
    if (this.#leaving !== undefined || this.#connection === undefined) return;
    this.error = undefined;
    const id = this.#connection.send(action, since);
    if (action.do === 'verdict' || action.do === 'next' || action.do === 'back' || action.do === 'show')
      this.#leaving = id;
  }

  /** What would be copied: the page's own selection is not used, so it is what is selected here. */
  #copy(): string {
    const passage = this.view?.passage;
    if (passage === undefined || this.shadowRoot?.activeElement?.matches('note-field, bulk-bar')) return '';
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
    const passage = this.#shown;
    return html`
      <header>
        <h1 class="unseen">Labelling</h1>
        <status-line .view=${view} .keymap=${this.#keymap}></status-line>
        ${passage === undefined ? nothing : this.#bars(view, passage)} ${this.#alert()}
      </header>
      ${passage === undefined ? this.#empty(view) : this.#passage(view, passage)}
      <div class="unseen" role="status" aria-live="polite">${this.said}</div>
      <label-hover
        .cards=${labelCards(view?.types, this.examples)}
        @examples=${(): void => this.#connection?.tell({ type: 'examples' })}
      ></label-hover>
      <key-help .types=${view?.types} .keymap=${this.#keymap} @close=${(): void => this.text?.focus()}></key-help>
    `;
  }

  #bars(view: PanelView | undefined, passage: PassageView): TemplateResult {
    return html`
      <div class="bars">
        <label-bar
          .types=${view?.types}
          .away=${this.away}
          .count=${view?.passage === undefined ? 0 : visible(view.passage, this.away).hidden}
          .keymap=${this.#keymap}
        ></label-bar>
        <class-bar .classes=${view?.types.classes ?? []} .passage=${passage}></class-bar>
        ${view === undefined || hasLabels(view.types) ? nothing : this.#noLabels()}
      </div>
      ${guideLine({
        types: view?.types,
        passage,
        selection: this.selection,
        pick: this.pick,
        wordPick: this.wordPick,
        bulk: this.bulk,
        choosesVisible: this.choosesVisible,
        keymap: this.#keymap,
        closed: this.#bulkClosed,
      })}
      ${
        this.writesNote
          ? html`<note-field .note=${passage.note} @close=${this.#noteClosed}></note-field>`
          : passage.note === ''
            ? nothing
            : html`<div class="note">Note: ${passage.note}</div>`
      }
    `;
  }

  #noLabels(): TemplateResult {
    return html`<span class="hint">marginalia.json defines no labels yet.</span>
      <vscode-button
        @click=${(event: Event): void => this.#send({ do: 'command', command: 'openProject' }, event.timeStamp)}
        >Open marginalia.json</vscode-button
      >`;
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
    const { message = 'The first passage is on its way …', actions = [] } = view?.notice ?? {};
    return html`<main class="middle">
      <div class="notice">
        <p>${message}</p>
        <div class="ways">
          ${actions.map(
            ({ title, command }, i) =>
              html`<vscode-button
                ?secondary=${i > 0}
                @click=${(event: Event): void => this.#send({ do: 'command', command }, event.timeStamp)}
                >${title}</vscode-button
              >`,
          )}
        </div>
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
            .wordPick=${this.wordPick}
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
        ${
          this.guidelines === undefined
            ? nothing
            : html`<aside class="guidelines" aria-label="Guidelines" tabindex="0">
                <guidelines-pane
                  .guidelines=${this.guidelines}
                  .cards=${labelCards(view?.types, this.examples)}
                  .key=${this.#keymap?.actions.guidelines}
                  @close=${this.#toggleGuidelines}
                  @link=${({ href }: LinkChosen): void => this.#connection?.tell({ type: 'link', href })}
                ></guidelines-pane>
              </aside>`
        }
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

  readonly #bulkClosed = (): void => {
    this.bulk = undefined;
    this.text?.focus();
  };

  readonly #noteClosed = (): void => {
    this.writesNote = false;
    this.text?.focus();
  };
}

function hasLabels({ entities, relations, classes }: PanelView['types']): boolean {
  return entities.length + relations.length + classes.length > 0;
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
