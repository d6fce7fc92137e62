import type { RelationType } from '../../labels/project.js';
import { allows } from '../../labels/signature.js';
import type { Mention, PassageInput } from '../types.js';
import { placeMentions, wordsBetween, type Pair } from './relation.js';

/** The candidate pairs of a passage: those mentions that a relation may link. */

export type Signature = Pick<RelationType, 'label' | 'head' | 'tail' | 'symmetric'>;

/** A pair with the relations that its signatures allow, as indices of the signatures, ascending. */
export interface CandidatePair extends Pair {
  readonly allowed: readonly number[];
}

/** Words between mentions beyond which a pair is not a candidate. */
export const MAX_DISTANCE = 50;

/**
 * The pairs of a passage's mentions that a signature allows, at most MAX_DISTANCE words apart, in the order of the
 * mentions. A symmetric relation is a candidate once: from the mention that begins first to the other.
 */
export function candidatePairs(
  signatures: readonly Signature[],
  passage: PassageInput,
  mentions: readonly Mention[],
): CandidatePair[] {
  const placed = placeMentions(passage, mentions);
  const pairs: CandidatePair[] = [];
  for (let head = 0; head < mentions.length; head++) {
    for (let tail = 0; tail < mentions.length; tail++) {
      const between = wordsBetween(placed[head]!, placed[tail]!);
      if (head === tail || between.end - between.start > MAX_DISTANCE) continue;
      const allowed = allowedRelations(signatures, mentions, { head, tail });
      if (allowed.length > 0) pairs.push({ head, tail, allowed });
    }
  }
  return pairs;
}

function allowedRelations(signatures: readonly Signature[], mentions: readonly Mention[], pair: Pair): number[] {
  const [head, tail] = [mentions[pair.head]!, mentions[pair.tail]!];
  return [...signatures.keys()].filter((k) => {
    const signature = signatures[k]!;
    return allows(signature, head.label, tail.label) && !(signature.symmetric && inverted(mentions, pair));
  });
}

/** Whether a pair is the other way round than symmetric relations are looked at. */
export function inverted(mentions: readonly Mention[], { head, tail }: Pair): boolean {
  const [a, b] = [mentions[head]!, mentions[tail]!];
  return (a.start - b.start || a.end - b.end || head - tail) > 0;
}

/** What a pair's relations score before any label was given: every word between the mentions costs this much, down to a floor. */
export const PAIR_PRIOR = { word: -0.15, floor: -4 };
