import type { Origin } from '../labels/create.js';
import {
  addEntity,
  addRelation,
  answer,
  EditError,
  reject,
  relabel,
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
import { suggestionKey, toCodePoints, type Shown } from './view.js';

/** Actions that change lines; the others move or open something. */
export type EditAction = Exclude<
  Action,
  { do: 'undo' } | { do: 'redo' } | { do: 'next' } | { do: 'back' } | { do: 'openSource' } | { do: 'initProject' }
>;

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
    case 'delete':
      return remove(draft, action.id);
    case 'class':
      return setClass(draft, action.label, action.value, passage);
    case 'acceptSuggestion':
      return accepted(suggestionOf(shown, action.key), shown, draft);
    case 'rejectSuggestion':
      return rejected(suggestionOf(shown, action.key), shown, draft);
    case 'verdict': {
      if (queued === undefined) return answer(draft, passage, action.answer);
      const { strategy, score, seed, model, state } = queued;
      return answer(draft, passage, action.answer, { strategy, score, seed, model, state });
    }
    case 'flag':
      return toggleFlag(draft, passage);
    case 'note':
      return setNote(draft, passage, action.text);
  }
}

function suggestionOf({ queued }: Shown, key: string): Suggestion {
  const found = queued?.suggestions.find((suggestion) => suggestionKey(suggestion) === key);
  if (found === undefined) throw new EditError('This suggestion is no longer there.');
  return found;
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
