import type { PassageView } from '../src/protocol/panel.js';

/** Which labels are hidden. Nothing is lost by it: what is hidden is counted, and everything is shown again by one press. */

export type LabelName = `${'entity' | 'relation'} ${string}`;
export type Hidden = ReadonlySet<string>;

export const nothingHidden: Hidden = new Set();

export function toggled(hidden: Hidden, name: LabelName): Hidden {
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  return next;
}

/** Hides all labels but one; all are shown again where only that one was shown already. */
export function only(hidden: Hidden, all: readonly LabelName[], name: LabelName): Hidden {
  const others = all.filter((other) => other !== name);
  const isAlone = !hidden.has(name) && others.every((other) => hidden.has(other));
  return isAlone ? nothingHidden : new Set(others);
}

export interface Visible {
  readonly passage: PassageView;
  /** How many labels and suggestions are not shown. */
  readonly hidden: number;
}

/** A passage without what is hidden. A relation goes with either of its ends. */
export function visible(passage: PassageView, hidden: Hidden): Visible {
  if (hidden.size === 0) return { passage, hidden: 0 };
  const known = kept.get(passage);
  if (known?.for === hidden) return known;
  const entities = passage.entities.filter(({ label }) => !hidden.has(`entity ${label}`));
  const away = new Set(passage.entities.filter(({ label }) => hidden.has(`entity ${label}`)).map(({ id }) => id));
  const isShown = (label: string, head?: string, tail?: string): boolean =>
    !hidden.has(`relation ${label}`) && !away.has(head ?? '') && !away.has(tail ?? '');
  const relations = passage.relations.filter(({ label, head, tail }) => isShown(label, head, tail));
  const suggestions = passage.suggestions.filter(({ kind, label, head, tail }) => {
    if (kind === 'class') return true;
    return kind === 'entity' ? !hidden.has(`entity ${label}`) : isShown(label, head, tail);
  });
  const count = (part: PassageView): number => part.entities.length + part.relations.length + part.suggestions.length;
  const shown = { ...passage, entities, relations, suggestions };
  const result = { passage: shown, hidden: count(passage) - count(shown), for: hidden };
  kept.set(passage, result);
  return result;
}

/** The same passage gives the same object, so that nothing is drawn anew. */
const kept = new WeakMap<PassageView, Visible & { readonly for: Hidden }>();
