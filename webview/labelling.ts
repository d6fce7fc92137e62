import type { Action, PanelView, PassageView, ViewEntity, ViewSpan, ViewSuggestion } from '../src/protocol/panel.js';
import { hintCodes, wordAlphabet } from './hints.js';
import type { Command, Move } from './keys.js';
import { entityById, relationById, suggestionByKey } from './lookup.js';
import {
  innermost,
  moveByCharacter,
  moving,
  neighbour,
  nothing,
  placeOf,
  spansOf,
  textAt,
  textOver,
  wordBeside,
  type Expected,
  type Selection,
  type TextSelection,
} from './selection.js';
import { allows, exists, headsFor, mayBeHead, tailsFor } from './signatures.js';
import { wordFrom } from './snapping.js';
import { overlaps, quote, sameSpans } from './spans.js';

/** What a press or a click does: a pure step from the view and the selection to the next selection and an action. */

/** Choosing by a code that stands over each choice. */
interface Coded<Choice extends { readonly code: string }> {
  readonly choices: readonly Choice[];
  /** What of a code longer than one letter has been typed. */
  readonly typed: string;
  /** The choice that Enter takes. */
  readonly active: number;
}

/** Going to a word. */
export type WordPick = Coded<{ readonly code: string; readonly span: ViewSpan }>;

/** Picking an end of a relation: each allowed entity has a code to type. */
export interface Pick extends Coded<{ readonly id: string; readonly code: string }> {
  readonly label: string;
  /** The end that is picked; the other one stays. */
  readonly end: 'head' | 'tail';
  readonly stays: string;
  /** The relation that gets another end; none while a new one is made. */
  readonly relation?: string;
  /** The end that it has had. */
  readonly leaves?: string;
}

/** What only the laid-out text knows. */
export interface Lines {
  /** Does the paragraph at this offset run from right to left? */
  isRtl(offset: number): boolean;
  /** The word over or under a stretch, on the line before or after. */
  beside(span: ViewSpan, direction: 1 | -1): ViewSpan | undefined;
  /** The first or last word of a stretch's line. */
  edge(span: ViewSpan, which: 'first' | 'last'): ViewSpan | undefined;
  /** The words that are in sight. */
  seen(): readonly ViewSpan[];
}

export interface Situation {
  readonly view: PanelView;
  readonly passage: PassageView;
  readonly words: readonly ViewSpan[];
  readonly selection: Selection;
  readonly lines: Lines;
}

export interface Outcome {
  readonly select?: Selection;
  readonly action?: Action;
  /** What to select once it is there. */
  readonly expect?: Expected;
  readonly pick?: Pick;
  readonly words?: WordPick;
  readonly open?:
    'note' | 'help' | 'acceptSuggestions' | 'rejectSuggestions' | 'visibility' | 'guidelines' | 'progress';
  /** An entity to go to, in this part of the document or in another. */
  readonly jump?: string;
  /** Said to everyone who listens: why nothing can be done. */
  readonly say?: string;
}

/** Does what a command asks for; undefined when it means nothing now and the press is nobody's business here. */
export function perform(command: Command, situation: Situation): Outcome | undefined {
  const { passage, selection } = situation;
  switch (command.do) {
    case 'label':
      return labelled(command.label, situation);
    case 'relation':
      return related(command.label, situation);
    case 'class':
      return { action: classAction(situation, command.label, command.value) };
    case 'accept':
    case 'reject':
    case 'skip':
      return { action: { do: 'verdict', answer: command.do } };
    case 'undo':
      return situation.view.canUndo ? { action: { do: 'undo' } } : { say: 'Nothing to undo' };
    case 'redo':
      return situation.view.canRedo ? { action: { do: 'redo' } } : { say: 'Nothing to redo' };
    case 'flag':
    case 'next':
    case 'back':
    case 'openSource':
      return { action: { do: command.do } };
    case 'acceptSuggestion':
    case 'rejectSuggestion': {
      const suggestion = suggestionAt(passage, selection);
      return suggestion && { action: { do: command.do, key: suggestion.key } };
    }
    case 'nextItem':
      return item(situation, 1, true);
    case 'previousItem':
      return item(situation, -1, true);
    case 'tab':
      return item(situation, command.direction, false);
    case 'delete':
      return deleted(passage, selection);
    case 'addPart':
      return partAdded(situation);
    case 'goToWord':
      return toWords(situation);
    case 'retargetHead':
      return retargeted(situation, 'head');
    case 'retargetTail':
      return retargeted(situation, 'tail');
    case 'reverse':
      return reversed(situation);
    case 'acceptSuggestions':
    case 'rejectSuggestions':
      return passage.suggestions.length === 0 ? { say: 'No suggestions here' } : { open: command.do };
    case 'note':
    case 'help':
    case 'visibility':
    case 'guidelines':
    case 'progress':
      return { open: command.do };
    case 'move':
      return moved(situation, command.to, command.by, command.extend);
    case 'confirm':
      return confirmed(passage, selection);
    case 'cancel':
      return cancelled(passage, selection);
  }
}

function labelled(label: string, { view, passage, selection }: Situation): Outcome | undefined {
  if (selection.kind === 'entity') {
    const entity = entityById(passage, selection.id);
    if (entity === undefined || entity.label === label) return undefined;
    if (!entity.own) return { say: `This is ${entity.by}’s: select its text to label it yourself` };
    return { action: { do: 'relabel', id: entity.id, label } };
  }
  const suggestion = suggestionAt(passage, selection, 'exactly');
  if (selection.kind !== 'text' && suggestion?.kind !== 'entity') return undefined;
  const spans = spansOf(passage, selection);
  if (spans.length === 0) return undefined;
  if (passage.entities.some((entity) => entity.own && entity.label === label && sameSpans(entity.spans, spans))) {
    return { say: `Already ${label}` };
  }
  const suggested = passage.suggestions.find(
    (candidate) => candidate.kind === 'entity' && candidate.label === label && sameSpans(candidate.spans, spans),
  );
  const expect = { label, spans };
  // Accepted, so that the file keeps where it came from.
  if (suggested !== undefined) return { action: { do: 'acceptSuggestion', key: suggested.key }, expect };
  if (!view.types.entities.some((type) => type.label === label)) return undefined;
  return { action: { do: 'entity', label, spans: [...spans] }, expect };
}

/** The entity that a relation would start from: the selected one, else the one that the selected text lies in. */
export function headOf(passage: PassageView, selection: Selection): ViewEntity | undefined {
  if (selection.kind === 'entity') return entityById(passage, selection.id);
  if (selection.kind !== 'text') return undefined;
  return innermost(passage, moving(selection));
}

function related(label: string, situation: Situation): Outcome | undefined {
  const { view, passage, selection } = situation;
  const type = view.types.relations.find((relation) => relation.label === label);
  if (type === undefined) return undefined;
  const ends = pairOf(passage, selection);
  if (ends !== undefined) {
    const [head, tail] = ends;
    if (!allows(type, head, tail)) return { say: `${label} does not go from ${head.label} to ${tail.label}` };
    if (exists(passage, type, head.id, tail.id)) return { say: `Already ${label}` };
    const suggestion = suggestionAt(passage, selection, 'exactly');
    if (suggestion?.kind === 'relation' && suggestion.label === label) {
      return { action: { do: 'acceptSuggestion', key: suggestion.key } };
    }
    return { action: { do: 'relation', label, head: head.id, tail: tail.id } };
  }
  const head = headOf(passage, selection);
  if (head === undefined) return { say: `Select the entity that ${label} starts from` };
  if (!head.own) return { say: `This is ${head.by}’s: label it yourself first` };
  if (!mayBeHead(type, head.label)) return { say: `${label} does not start from ${head.label}` };
  const tails = tailsFor(passage, type, head);
  if (tails.length === 0) return { say: `Nothing here that ${label} could go to` };
  return {
    select: { kind: 'entity', id: head.id },
    pick: pickOf(tails, { label, end: 'tail', stays: head.id }),
    say: `${label} from “${quote(passage.text, head.spans)}” to: ${spokenChoices(passage, tails)}`,
  };
}

function pickOf(entities: readonly ViewEntity[], what: Omit<Pick, 'choices' | 'typed' | 'active'>): Pick {
  const codes = hintCodes(entities.length);
  return { ...what, choices: entities.map(({ id }, i) => ({ id, code: codes[i]! })), typed: '', active: 0 };
}

function spokenChoices({ text }: PassageView, entities: readonly ViewEntity[]): string {
  const codes = hintCodes(entities.length);
  return entities
    .slice(0, 9)
    .map(({ spans }, i) => `${codes[i]} ${quote(text, spans)}`)
    .join(', ');
}

/** What picking an entity leads to: a new relation, or another end of one. */
export function picked({ label, end, stays, relation }: Pick, id: string): Action {
  const ends = end === 'tail' ? { head: stays, tail: id } : { head: id, tail: stays };
  return relation === undefined ? { do: 'relation', label, ...ends } : { do: 'relink', id: relation, ...ends };
}

/** Picks another end for the selected relation. */
function retargeted({ view, passage, selection }: Situation, end: 'head' | 'tail'): Outcome | undefined {
  if (selection.kind !== 'relation') return undefined;
  const relation = relationById(passage, selection.id);
  const type = view.types.relations.find(({ label }) => label === relation?.label);
  const stays = relation && entityById(passage, end === 'head' ? relation.tail : relation.head);
  if (relation === undefined || type === undefined) return undefined;
  if (stays === undefined) return { say: 'Its other end is not in this part: go there first' };
  const found = end === 'head' ? headsFor(passage, type, stays) : tailsFor(passage, type, stays);
  if (found.length === 0)
    return { say: `Nothing else here that ${type.label} could ${end === 'head' ? 'come from' : 'go to'}` };
  return {
    pick: pickOf(found, { label: type.label, end, stays: stays.id, relation: relation.id, leaves: relation[end] }),
    say: `${type.label} ${end === 'head' ? 'to' : 'from'} “${quote(passage.text, stays.spans)}” ${
      end === 'head' ? 'from' : 'to'
    }: ${spokenChoices(passage, found)}`,
  };
}

function reversed({ view, passage, selection }: Situation): Outcome | undefined {
  if (selection.kind !== 'relation') return undefined;
  const relation = relationById(passage, selection.id);
  const type = view.types.relations.find(({ label }) => label === relation?.label);
  if (relation === undefined || type === undefined) return undefined;
  if (type.symmetric) return { say: `${type.label} has no direction` };
  const [head, tail] = [entityById(passage, relation.head), entityById(passage, relation.tail)];
  if (head !== undefined && tail !== undefined && !allows(type, tail, head))
    return { say: `${type.label} does not go from ${tail.label} to ${head.label}` };
  return { action: { do: 'relink', id: relation.id, head: relation.tail, tail: relation.head } };
}

/** Both ends, when a pair in doubt or a suggested relation is selected. */
function pairOf(passage: PassageView, selection: Selection): readonly [ViewEntity, ViewEntity] | undefined {
  let ends: { readonly head?: string; readonly tail?: string } | undefined;
  if (selection.kind === 'pair') ends = selection;
  if (selection.kind === 'suggestion') ends = suggestionByKey(passage, selection.key);
  const head = entityById(passage, ends?.head);
  const tail = entityById(passage, ends?.tail);
  return head === undefined || tail === undefined ? undefined : [head, tail];
}

/** For a single class the value chosen is cleared by choosing it again; the host toggles those of a multiple class. */
export function classAction(
  { view, passage }: { readonly view: PanelView; readonly passage: PassageView },
  label: string,
  value: string,
): Action {
  const type = view.types.classes.find((one) => one.label === label);
  const chosen = passage.classes[label] ?? [];
  const suggested = passage.suggestions.find(
    (candidate) => candidate.kind === 'class' && candidate.label === label && candidate.value === value,
  );
  if (suggested !== undefined && !chosen.includes(value)) return { do: 'acceptSuggestion', key: suggested.key };
  return { do: 'class', label, value: type?.multiple !== true && chosen.includes(value) ? null : value };
}

/**
 * The suggestion that y and n are about: the selected one, else one of the selected text, else the first.
 * 'exactly' leaves the first out.
 */
export function suggestionAt(
  passage: PassageView,
  selection: Selection,
  how: 'exactly' | 'else first' = 'else first',
): ViewSuggestion | undefined {
  if (selection.kind === 'suggestion') return suggestionByKey(passage, selection.key);
  const spans = spansOf(passage, selection);
  const here =
    selection.kind === 'text'
      ? passage.suggestions.find((one) => one.kind === 'entity' && sameSpans(one.spans, spans))
      : undefined;
  return here ?? (how === 'exactly' ? undefined : passage.suggestions[0]);
}

function item(situation: Situation, direction: 1 | -1, around: boolean): Outcome | undefined {
  const { passage, selection } = situation;
  const next =
    neighbour(passage, selection, direction) ?? (around ? neighbour(passage, nothing, direction) : undefined);
  return next && { select: next };
}

function deleted(passage: PassageView, selection: Selection): Outcome | undefined {
  if (selection.kind === 'relation') return { action: { do: 'delete', id: selection.id } };
  if (selection.kind !== 'entity') return undefined;
  const entity = entityById(passage, selection.id);
  if (entity === undefined) return undefined;
  if (!entity.own) return { say: `This is ${entity.by}’s and stays` };
  return { action: { do: 'delete', id: entity.id } };
}

function partAdded({ passage, selection, words, lines }: Situation): Outcome | undefined {
  if (selection.kind !== 'text' && selection.kind !== 'entity') return undefined;
  const parts = spansOf(passage, selection);
  const last = parts.at(-1);
  const next = last && (wordBeside(words, last, 1) ?? lines.edge(last, 'last'));
  if (next === undefined) return undefined;
  return { select: { ...textAt(next, parts), ...entityOf(selection) }, say: 'Select the next part' };
}

/** Codes over the words of the passage that are in sight; over all that are, where none of the passage's is. */
function toWords({ passage, lines }: Situation): Outcome {
  const seen = lines.seen();
  const own = seen.filter((word) => overlaps(word, passage.passage));
  const words = own.length > 0 ? own : seen;
  if (words.length === 0) return { say: 'No words in sight' };
  const codes = hintCodes(words.length, wordAlphabet);
  const choices = words.map((span, i) => ({ span, code: codes[i]! }));
  return { words: { choices, typed: '', active: 0 }, say: 'Type the letters that stand over a word' };
}

/** The entity whose bounds a text selection would change. */
function entityOf(selection: Selection): { readonly entity?: string } {
  if (selection.kind === 'entity') return { entity: selection.id };
  return selection.kind === 'text' && selection.entity !== undefined ? { entity: selection.entity } : {};
}

function moved(situation: Situation, to: Move, by: 'word' | 'character', extend: boolean): Outcome | undefined {
  const { passage, words, selection, lines } = situation;
  const from = start(situation);
  if (from === undefined) return undefined;
  // With nothing selected yet the first press shows where the cursor is.
  if (selection.kind === 'none') return { select: from };
  const origin = extend ? from.focus : moving(from);
  const direction = directionOf(to, lines.isRtl(origin.start));
  if (by === 'character' && (to === 'left' || to === 'right')) {
    return { select: { ...moveByCharacter(passage.text, from, direction, extend), ...bounds(situation, extend) } };
  }
  const next =
    to === 'left' || to === 'right'
      ? wordBeside(words, origin, direction)
      : to === 'up' || to === 'down'
        ? lines.beside(origin, direction)
        : lines.edge(origin, to === 'lineStart' ? 'first' : 'last');
  // At the end of the text the press still belongs to the text.
  if (next === undefined) return {};
  if (!extend) return { select: textAt(next, selection.kind === 'text' ? from.parts : []) };
  return { select: { ...from, focus: next, ...bounds(situation, true) } };
}

/** Extending a person's own entity changes its bounds, once confirmed. */
function bounds({ passage, selection }: Situation, extend: boolean): { readonly entity?: string } {
  if (!extend) return {};
  if (selection.kind !== 'entity') return entityOf(selection);
  return entityById(passage, selection.id)?.own === true ? { entity: selection.id } : {};
}

/** The text selection that a move goes on from. */
function start({ passage, words, selection }: Situation): TextSelection | undefined {
  if (selection.kind === 'text') return selection;
  const over = textOver(spansOf(passage, selection));
  if (over.kind === 'text') return selection.kind === 'entity' ? over : { ...over, parts: [] };
  const first = words[wordFrom(words, passage.passage.start)] ?? words[0];
  return first && textAt(first);
}

function directionOf(to: Move, rtl: boolean): 1 | -1 {
  if (to === 'left' || to === 'right') return (to === 'right') !== rtl ? 1 : -1;
  return to === 'down' || to === 'lineEnd' ? 1 : -1;
}

function confirmed(passage: PassageView, selection: Selection): Outcome | undefined {
  if (selection.kind === 'relation') {
    const relation = relationById(passage, selection.id);
    if (relation === undefined) return undefined;
    // To the end that is not here, else to where it goes.
    return { jump: entityById(passage, relation.head) === undefined ? relation.head : relation.tail };
  }
  if (selection.kind !== 'text' || selection.entity === undefined) return undefined;
  const entity = entityById(passage, selection.entity);
  const spans = spansOf(passage, selection);
  if (entity === undefined || spans.length === 0) return undefined;
  const select: Selection = { kind: 'entity', id: entity.id };
  if (sameSpans(entity.spans, spans)) return { select };
  return { select, action: { do: 'respan', id: entity.id, spans: [...spans] } };
}

function cancelled(passage: PassageView, selection: Selection): Outcome | undefined {
  if (selection.kind === 'none') return undefined;
  if (selection.kind === 'text') {
    if (selection.entity !== undefined) return { select: { kind: 'entity', id: selection.entity } };
    return selection.parts.length > 0 ? { select: textAt(moving(selection)) } : { select: nothing };
  }
  const place = placeOf(passage, selection);
  return { select: place === undefined ? nothing : textAt(place) };
}

/** A press while something is chosen by codes: every press belongs to the choice, and one that is no code does nothing. */
export function pickPress<Choice extends { readonly code: string }, Picking extends Coded<Choice>>(
  pick: Picking & Coded<Choice>,
  stroke: string,
): { readonly pick: Picking } | { readonly picked: Choice } | { readonly cancel: true } {
  const count = pick.choices.length;
  const turn = (by: number): Picking => ({ ...pick, typed: '', active: (pick.active + by + count) % count });
  switch (stroke) {
    case 'Escape':
      return { cancel: true };
    case 'Enter': {
      const choice = pick.choices[pick.active];
      return choice === undefined ? { cancel: true } : { picked: choice };
    }
    case 'ArrowRight':
    case 'ArrowDown':
    case 'Tab':
      return { pick: turn(1) };
    case 'ArrowLeft':
    case 'ArrowUp':
    case 'Shift+Tab':
      return { pick: turn(-1) };
    case 'Backspace':
      return { pick: { ...pick, typed: '' } };
    default: {
      // A capital is the small letter where no code has the capital.
      for (const typed of [pick.typed + stroke, pick.typed + stroke.toLowerCase()]) {
        const match = pick.choices.find(({ code }) => code === typed);
        if (match !== undefined) return { picked: match };
        if (pick.choices.some(({ code }) => code.startsWith(typed))) return { pick: { ...pick, typed } };
      }
      return { pick };
    }
  }
}
