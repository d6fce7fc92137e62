import type { PanelView, PassageView } from '../src/protocol/panel.js';
import { endText, entityById, relationById, suggestionByKey } from './lookup.js';
import { samePassage, spansOf, type Selection } from './selection.js';
import { quote, sameSpans } from './spans.js';

/** More changes at once are counted instead of named. */
const mostChanges = 8;

/** What changed between two views, in the words that a screen reader says. */

export function percent(probability: number): string {
  // Never 100 % of what is not certain.
  const rounded = Math.round(probability * 100);
  return `${probability < 1 ? Math.min(rounded, 99) : rounded} %`;
}

/** One sentence a change, the most important first. */
export function announce(before: PanelView | undefined, after: PanelView): string[] {
  const said: string[] = [];
  if (after.disk === 'failed' && before?.disk !== 'failed') said.push('Not saved: the last change is not on disk');
  const state = after.engine.state;
  if (before !== undefined && state !== before.engine.state && (state === 'failed' || state === 'restarting')) {
    said.push(`The engine ${state === 'failed' ? 'has failed' : 'is restarting'}: ${after.engine.detail}`);
  }
  if (after.passage === undefined) {
    if (after.notice !== undefined && after.notice.message !== before?.notice?.message) {
      said.push(after.notice.message);
    }
    return said;
  }
  if (!samePassage(before?.passage, after.passage)) {
    const { reviewed, total } = after.progress;
    said.push(`Passage ${Math.min(reviewed + 1, total)} of ${total}`, doubtText(after.passage));
    return said.filter((text) => text !== '');
  }
  if (before?.passage !== undefined) {
    const changed = changes(before.passage, after.passage);
    said.push(...changed.slice(0, mostChanges));
    if (changed.length > mostChanges) said.push(`and ${changed.length - mostChanges} more changes`);
  }
  return said;
}

function changes(before: PassageView, after: PassageView): string[] {
  const said: string[] = [];
  const name = (passage: PassageView, id: string): string => {
    const text = endText(passage, id);
    return text === undefined ? 'an entity' : `“${text}”`;
  };
  const was = new Map(before.entities.map((entity) => [entity.id, entity]));
  for (const entity of after.entities) {
    const old = was.get(entity.id);
    was.delete(entity.id);
    if (old === undefined) said.push(`${entity.label} ${name(after, entity.id)} added`);
    else if (old.label !== entity.label) said.push(`${name(after, entity.id)} is now ${entity.label}`);
    else if (!sameSpans(old.spans, entity.spans)) said.push(`${entity.label} is now ${name(after, entity.id)}`);
  }
  for (const { id, label } of was.values()) said.push(`${label} ${name(before, id)} deleted`);

  const had = new Map(before.relations.map((relation) => [relation.id, relation]));
  for (const { id, label, head, tail } of after.relations) {
    const old = had.get(id);
    if (old !== undefined && (old.head !== head || old.tail !== tail))
      said.push(`${label} now from ${name(after, head)} to ${name(after, tail)}`);
    if (!had.delete(id)) said.push(`${label} from ${name(after, head)} to ${name(after, tail)} added`);
  }
  for (const { label, head, tail } of had.values()) {
    said.push(`${label} from ${name(before, head)} to ${name(before, tail)} deleted`);
  }

  for (const label of new Set([...Object.keys(before.classes), ...Object.keys(after.classes)])) {
    const values = after.classes[label] ?? [];
    if (values.join('\n') === (before.classes[label] ?? []).join('\n')) continue;
    said.push(values.length === 0 ? `${label} cleared` : `${label}: ${values.join(', ')}`);
  }
  if (before.flag !== after.flag) said.push(after.flag ? 'Flagged' : 'Flag removed');
  if (before.note !== after.note) said.push(after.note === '' ? 'Note removed' : 'Note saved');
  if (before.answer !== after.answer && after.answer !== undefined) said.push(`Verdict: ${after.answer}`);
  return said;
}

/** The probabilities of what the model doubts, the likeliest first. */
export function doubtText({ doubt, text }: PassageView): string {
  if (doubt === undefined) return '';
  const options = Object.entries(doubt.distribution)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([label, probability]) => `${label} ${percent(probability)}`);
  const what = doubt.kind === 'class' ? 'the passage' : `“${quote(text, doubt.spans)}”`;
  return `In doubt: ${what}, ${options.join(', ')}`;
}

/** What is selected, for someone who does not see it. */
export function selectionText(passage: PassageView, selection: Selection): string {
  const spans = spansOf(passage, selection);
  const text = quote(passage.text, spans);
  switch (selection.kind) {
    case 'none':
      return '';
    case 'text': {
      const labels = passage.entities
        .filter((entity) => sameSpans(entity.spans, spans))
        .map(({ label, own, by }) => (own ? label : `${label} by ${by}`));
      return labels.length === 0 ? text : `${text}, ${labels.join(', ')}`;
    }
    case 'entity': {
      const entity = entityById(passage, selection.id);
      return entity === undefined ? '' : `${entity.label} “${text}”`;
    }
    case 'relation': {
      const relation = relationById(passage, selection.id);
      return relation === undefined ? '' : `${relation.label} ${endsText(passage, relation)}`;
    }
    case 'pair':
      return `The pair ${endsText(passage, selection)}`;
    case 'suggestion': {
      const suggestion = suggestionByKey(passage, selection.key);
      if (suggestion === undefined) return '';
      const { label, head, tail, probability } = suggestion;
      const what = head === undefined || tail === undefined ? `“${text}”` : endsText(passage, { head, tail });
      return `Suggestion: ${label} ${what}, ${percent(probability)}`;
    }
  }
}

/** 'from “…” to “…”' for a relation's ends. */
export function endsText(
  passage: PassageView,
  { head, tail }: { readonly head: string; readonly tail: string },
): string {
  const name = (id: string): string => {
    const text = endText(passage, id);
    return text === undefined ? 'an entity outside this part' : `“${text}”`;
  };
  return `from ${name(head)} to ${name(tail)}`;
}
