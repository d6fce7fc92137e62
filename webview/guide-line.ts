import { html, nothing, type TemplateResult } from 'lit';
import type { PanelView, PassageView } from '../src/protocol/panel.js';
import type { Bulk } from './bulk.js';
import './bulk-bar.js';
import './doubt-bar.js';
import { showKey, type Keymap } from './keys.js';
import type { Pick, WordPick } from './labelling.js';
import { entityById, suggestionByKey } from './lookup.js';
import type { Selection } from './selection.js';
import { quote } from './spans.js';

/** What the panel is in the middle of. */
export interface Moment {
  readonly types: PanelView['types'] | undefined;
  readonly passage: PassageView;
  readonly selection: Selection;
  readonly pick: Pick | undefined;
  readonly wordPick: WordPick | undefined;
  readonly bulk: Bulk['answer'] | undefined;
  /** The key for visibility was pressed. */
  readonly choosesVisible: boolean;
  readonly keymap: Keymap | undefined;
  /** Many suggestions were answered, or not. */
  readonly closed: () => void;
}

/** One line that says what is asked or what a key would do now, always there so that nothing jumps. */
export function guideLine({
  types,
  passage,
  selection,
  pick,
  wordPick,
  bulk,
  choosesVisible,
  keymap,
  closed,
}: Moment): TemplateResult {
  const { help, visibility, addPart } = keymap?.actions ?? {};
  let content: TemplateResult;
  if (bulk !== undefined) {
    const suggestion = selection.kind === 'suggestion' ? suggestionByKey(passage, selection.key) : undefined;
    content = html`<bulk-bar
      .passage=${passage}
      answer=${bulk}
      what=${suggestion === undefined ? '' : `${suggestion.kind} ${suggestion.label}`}
      @close=${closed}
    ></bulk-bar>`;
  } else if (choosesVisible) {
    content = html`<span
      >Show or hide: a label’s key, with <kbd>Shift</kbd> only that
      one${visibility === undefined ? nothing : html`, <kbd>${showKey(visibility)}</kbd> all`},
      <kbd>Esc</kbd> leaves</span
    >`;
  } else if (pick !== undefined) {
    const stays = `“${quote(passage.text, entityById(passage, pick.stays)?.spans ?? [])}”`;
    content = html`<span
      ><b>${pick.label}</b> ${pick.end === 'tail' ? `from ${stays} to …` : `from … to ${stays}`} <kbd>letter</kbd> or
      <kbd>→</kbd><kbd>Enter</kbd> picks, <kbd>Esc</kbd> cancels</span
    >`;
  } else if (wordPick !== undefined) {
    content = html`<span
      >Go to a word: the letters over it, or <kbd>→</kbd><kbd>Enter</kbd>; <kbd>Esc</kbd> cancels</span
    >`;
  } else if (selection.kind === 'text' && selection.entity !== undefined) {
    content = html`<span
      ><kbd>Enter</kbd> gives the entity these bounds, a label’s key makes a new one, <kbd>Esc</kbd> leaves it</span
    >`;
  } else if (selection.kind === 'text' && selection.parts.length > 0) {
    content = html`<span
      >${selection.parts.length + 1} parts: a label’s key makes one entity of
      them${addPart === undefined ? nothing : html`, <kbd>${showKey(addPart)}</kbd> adds another`}</span
    >`;
  } else if (passage.doubt === undefined) {
    content = html`<span class="hint"
      >Select text and press a label’s
      key${help === undefined ? nothing : html`; <kbd>${showKey(help)}</kbd> shows all keys`}</span
    >`;
  } else content = html`<doubt-bar .types=${types} .passage=${passage}></doubt-bar>`;
  return html`<div class="guide">${content}</div>`;
}
