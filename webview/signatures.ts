import type { PassageView, ViewEntity, ViewRelationType } from '../src/protocol/panel.js';
import { extent } from './spans.js';

/** Which relations the schema allows between which entities. */

/** May an entity of this label be where the relation starts? A symmetric one has no direction, so either side will do. */
export function mayBeHead(type: ViewRelationType, label: string): boolean {
  return type.head.includes(label) || (type.symmetric && type.tail.includes(label));
}

/** Does the signature allow the pair? */
export function allows(type: ViewRelationType, head: ViewEntity, tail: ViewEntity): boolean {
  if (head.id === tail.id) return false;
  if (type.head.includes(head.label) && type.tail.includes(tail.label)) return true;
  return type.symmetric && type.head.includes(tail.label) && type.tail.includes(head.label);
}

/** Is there such a relation already? The two directions of a symmetric one are the same. */
export function exists(passage: PassageView, type: ViewRelationType, head: string, tail: string): boolean {
  return passage.relations.some(
    (relation) =>
      relation.label === type.label &&
      ((relation.head === head && relation.tail === tail) ||
        (type.symmetric && relation.head === tail && relation.tail === head)),
  );
}

/**
 * The entities that a relation from `head` may go to, nearest first: own ones (a relation's ends lie in one file) that
 * the signature allows and that it does not go to yet.
 */
export function tailsFor(passage: PassageView, type: ViewRelationType, head: ViewEntity): ViewEntity[] {
  return nearestFirst(
    head,
    passage.entities.filter(
      (entity) => entity.own && allows(type, head, entity) && !exists(passage, type, head.id, entity.id),
    ),
  );
}

/** As `tailsFor`: the entities that a relation to `tail` may come from. */
export function headsFor(passage: PassageView, type: ViewRelationType, tail: ViewEntity): ViewEntity[] {
  return nearestFirst(
    tail,
    passage.entities.filter(
      (entity) => entity.own && allows(type, entity, tail) && !exists(passage, type, entity.id, tail.id),
    ),
  );
}

function nearestFirst(from: ViewEntity, entities: readonly ViewEntity[]): ViewEntity[] {
  const { start, end } = extent(from.spans);
  const distance = (entity: ViewEntity): number => {
    const to = extent(entity.spans);
    return Math.max(0, to.start - end, start - to.end);
  };
  return entities
    .map((entity) => ({ entity, far: distance(entity), start: extent(entity.spans).start }))
    .sort((a, b) => a.far - b.far || a.start - b.start)
    .map(({ entity }) => entity);
}
