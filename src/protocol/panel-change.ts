import type { PanelView, PassageView, ViewEntity, ViewRelation, ViewSuggestion } from './panel.js';

/**
 * What of a view has changed since the one before. A document with a thousand labels is sent once; one label more sends
 * that label. What is small is always sent whole.
 */
export interface ViewChange {
  /** The version of the view that this changes. */
  readonly base: number;
  readonly frame: Omit<PanelView, 'passage'>;
  readonly passage: {
    readonly entities: ListChange<ViewEntity>;
    readonly relations: ListChange<ViewRelation>;
    readonly suggestions: ListChange<ViewSuggestion>;
    /** Without the text (empty here) and the lists. */
    readonly rest: PassageView;
  };
}

/** One stretch of a list that was replaced; nothing removed and nothing put where the list is as it was. */
export interface ListChange<T> {
  readonly at: number;
  readonly removed: number;
  readonly put: readonly T[];
}

/** The change from one view to the next; undefined where they show different texts, so that the whole is sent. */
export function changeOf(before: PanelView, after: PanelView): ViewChange | undefined {
  const { passage: old } = before;
  const { passage, ...frame } = after;
  if (old === undefined || passage === undefined || !isSameText(old, passage)) return undefined;
  const { entities, relations, suggestions } = passage;
  return {
    base: before.version,
    frame,
    passage: {
      entities: listChange(old.entities, entities),
      relations: listChange(old.relations, relations),
      suggestions: listChange(old.suggestions, suggestions),
      rest: { ...passage, text: '', entities: [], relations: [], suggestions: [] },
    },
  };
}

/** The view that a change leads to. Lists and entries that did not change stay the same objects. */
export function applyChange(before: PanelView, { frame, passage }: ViewChange): PanelView | undefined {
  const old = before.passage;
  if (old === undefined) return undefined;
  return {
    ...frame,
    passage: {
      ...passage.rest,
      text: old.text,
      entities: changed(old.entities, passage.entities),
      relations: changed(old.relations, passage.relations),
      suggestions: changed(old.suggestions, passage.suggestions),
    },
  };
}

function isSameText(a: PassageView, b: PassageView): boolean {
  return a.doc === b.doc && a.line === b.line && same(a.passage, b.passage) && a.text === b.text;
}

function listChange<T>(before: readonly T[], after: readonly T[]): ListChange<T> {
  const shorter = Math.min(before.length, after.length);
  let at = 0;
  while (at < shorter && same(before[at], after[at])) at++;
  let kept = 0;
  while (kept < shorter - at && same(before.at(-1 - kept), after.at(-1 - kept))) kept++;
  return { at, removed: before.length - kept - at, put: after.slice(at, after.length - kept) };
}

function changed<T>(before: readonly T[], { at, removed, put }: ListChange<T>): readonly T[] {
  return removed === 0 && put.length === 0 ? before : before.toSpliced(at, removed, ...put);
}

/** Are two values of plain data the same? Fields that are undefined count as absent. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((value, i) => same(value, b[i]));
  }
  const other = new Map<string, unknown>(Object.entries(b).filter(([, value]) => value !== undefined));
  for (const [name, value] of Object.entries(a)) {
    if (value !== undefined && !(other.has(name) && same(value, other.get(name)))) return false;
    other.delete(name);
  }
  return other.size === 0;
}
