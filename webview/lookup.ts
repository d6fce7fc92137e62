import type { PassageView, ViewEntity, ViewRelation, ViewSuggestion } from '../src/protocol/panel.js';
import { quote } from './spans.js';

/** Finding by name in a view: views never change, so each is indexed once. */

interface Index {
  readonly entities: ReadonlyMap<string, ViewEntity>;
  readonly relations: ReadonlyMap<string, ViewRelation>;
  readonly suggestions: ReadonlyMap<string, ViewSuggestion>;
}

const indexes = new WeakMap<PassageView, Index>();

function indexOf(passage: PassageView): Index {
  let index = indexes.get(passage);
  if (index === undefined) {
    index = {
      entities: new Map(passage.entities.map((entity) => [entity.id, entity])),
      relations: new Map(passage.relations.map((relation) => [relation.id, relation])),
      suggestions: new Map(passage.suggestions.map((suggestion) => [suggestion.key, suggestion])),
    };
    indexes.set(passage, index);
  }
  return index;
}

export function entityById(passage: PassageView, id: string | undefined): ViewEntity | undefined {
  return id === undefined ? undefined : indexOf(passage).entities.get(id);
}

export function relationById(passage: PassageView, id: string): ViewRelation | undefined {
  return indexOf(passage).relations.get(id);
}

/** The text of a relation's end, also of one outside the part that is shown; undefined where it is not known. */
export function endText(passage: PassageView, id: string): string | undefined {
  const entity = entityById(passage, id);
  return entity === undefined
    ? passage.beyond.find((end) => end.id === id)?.text.replace(/\s+/gu, ' ')
    : quote(passage.text, entity.spans);
}

export function suggestionByKey(passage: PassageView, key: string): ViewSuggestion | undefined {
  return indexOf(passage).suggestions.get(key);
}
