import type { RelationType } from './project.js';

/**
 * Whether a relation may link these two entity labels in this direction; for a symmetric relation, in either.
 */
export function allows(
  relation: Pick<RelationType, 'head' | 'tail' | 'symmetric'>,
  head: string,
  tail: string,
): boolean {
  const directed = (from: string, to: string): boolean => relation.head.includes(from) && relation.tail.includes(to);
  return directed(head, tail) || (relation.symmetric && directed(tail, head));
}
