import type { Annotation } from '../labels/annotation.js';
import type { Origin } from '../labels/create.js';
import {
  addEntity,
  addRelation,
  answer,
  EditError,
  reject,
  relabel,
  relink,
  remove,
  respan,
  setClass,
  setNote,
  toggleFlag,
  type Draft,
  type Edit,
} from '../labels/edits.js';
import type { Suggestion } from '../protocol/engine.js';
import type { Action } from '../protocol/panel.js';
import { Answered } from './answered.js';
import { suggestionKey, toCodePoints, type Shown } from './view.js';

/** Actions that change lines; the others move or open something. */
export type EditAction = Exclude<Action, { do: 'undo' | 'redo' | 'next' | 'back' | 'show' | 'openSource' | 'command' }>;

/** What an action on the passage on screen changes. Throws EditError where the project or the labels do not allow it. */
export function editFor(action: EditAction, shown: Shown, draft: Draft): Edit {
  const { passage, queued } = shown;
  switch (action.do) {
    case 'entity':
      return addEntity(
        draft,
        action.label,
        action.spans.map((span) => toCodePoints(shown, span)),
      );
    case 'relabel':
      return relabel(draft, action.id, action.label);
    case 'respan':
      return respan(
        draft,
        action.id,
        action.spans.map((span) => toCodePoints(shown, span)),
      );
    case 'relation':
      return addRelation(draft, action.label, action.head, action.tail);
    case 'relink':
      return relink(draft, action.id, action.head, action.tail);
    case 'delete':
      return remove(draft, action.id);
    case 'class':
      return setClass(draft, action.label, action.value, passage);
    case 'acceptSuggestion':
      return accepted(suggestionOf(shown, action.key), shown, draft);
    case 'rejectSuggestion':
      return rejected(suggestionOf(shown, action.key), shown, draft);
    case 'acceptSuggestions':
      return acceptedAll(action.keys, shown, draft);
    case 'rejectSuggestions':
      return together(draft, suggestionsOf(shown, action.keys), (suggestion, now) => rejected(suggestion, shown, now));
    case 'verdict': {
      // Of a passage that the person chose, the queue did not ask.
      if (queued === undefined || shown.chosen === true) return answer(draft, passage, action.answer);
      const { strategy, score, seed, model, state } = queued;
      return answer(draft, passage, action.answer, { strategy, score, seed, model, state });
    }
    case 'flag':
      return toggleFlag(draft, passage);
    case 'note':
      return setNote(draft, passage, action.text);
  }
}

function suggestionOf(shown: Shown, key: string): Suggestion {
  const [found] = suggestionsOf(shown, [key]);
  if (found === undefined) throw new EditError('This suggestion is no longer there.');
  return found;
}

/** As they are now, else as they were shown a moment ago. */
function suggestionsOf({ queued, replaced = [] }: Shown, keys: readonly string[]): Suggestion[] {
  const known = new Map([...replaced, ...(queued?.suggestions ?? [])].map((one) => [suggestionKey(one), one]));
  return [...new Set(keys)].flatMap((key) => known.get(key) ?? []);
}

/** The likeliest first: of two that exclude each other (one place, one value of a class) only the first is accepted. */
function acceptedAll(keys: readonly string[], shown: Shown, draft: Draft): Edit {
  const { passage } = shown;
  const answered = new Answered(draft.project, draft.lines);
  const likeliest = suggestionsOf(shown, keys).sort((a, b) => b.probability - a.probability);
  return together(draft, likeliest, (suggestion, now) => {
    if (!answered.isOpen(suggestion, passage)) return undefined;
    const edit = accepted(suggestion, shown, now);
    for (const line of edit.put) answered.add(line);
    return edit;
  });
}

/** One edit that does what an edit for each of some suggestions would do, each seeing what those before it did. */
function together(
  draft: Draft,
  suggestions: readonly Suggestion[],
  edit: (suggestion: Suggestion, draft: Draft) => Edit | undefined,
): Edit {
  const put = new Map<string, Annotation>();
  const gone = new Set<string>();
  let lines = [...draft.lines];
  const taken = (id: string): boolean => put.has(id) || draft.taken(id);
  for (const suggestion of suggestions) {
    const { put: more = [], remove: less = [] } = edit(suggestion, { ...draft, lines, taken }) ?? {};
    for (const id of less) {
      put.delete(id);
      gone.add(id);
    }
    for (const line of more) {
      put.set(line.id, line);
      gone.delete(line.id);
    }
    const changed = new Set([...less, ...more.map(({ id }) => id)]);
    if (lines.some(({ id }) => changed.has(id))) lines = lines.filter(({ id }) => !changed.has(id));
    lines.push(...more);
  }
  return { put: [...put.values()], remove: [...gone] };
}

function accepted(suggestion: Suggestion, { passage, queued }: Shown, draft: Draft): Edit {
  const { kind, label, value, spans, head, tail } = suggestion;
  const origin: Origin = {
    kind: 'suggestion',
    ...(queued === undefined ? {} : { model: queued.model }),
    // Four digits say all that a calibrated probability knows.
    probability: Math.round(suggestion.probability * 1e4) / 1e4,
  };
  switch (kind) {
    case 'entity':
      return addEntity(draft, label, spans, origin);
    case 'relation':
      return addRelation(draft, label, required(head), required(tail), origin);
    case 'class':
      return setClass(draft, label, required(value), passage, origin);
  }
}

function rejected({ kind, label, value, spans, head, tail }: Suggestion, { passage }: Shown, draft: Draft): Edit {
  switch (kind) {
    case 'entity':
      return reject(draft, { of: kind, label, spans });
    case 'relation':
      return reject(draft, { of: kind, label, head: required(head), tail: required(tail) });
    case 'class':
      return reject(draft, { of: kind, label, value: required(value), passage });
  }
}

function required(part: string | undefined): string {
  if (part === undefined) throw new EditError('This suggestion is not complete: label its ends first.');
  return part;
}
