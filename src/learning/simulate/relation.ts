import { suggestedLabel } from '../decode.js';
import { best } from '../distribution.js';
import { wordSpace } from '../features/entity.js';
import type { Signature } from '../features/pairs.js';
import { fitRelationHead, RelationScorer, type Link, type RelationHead, type ScoredPair } from '../heads/relation.js';
import { expectedCalibrationError, matchF1 } from '../metrics.js';
import { relationMembers } from '../strategies/members.js';
import type { Outputs } from '../strategies/query.js';
import { uncertainty } from '../strategies/uncertainty.js';
import { NONE, type PassageInput } from '../types.js';
import { dimensionsOf, type EntityRecords } from './entity.js';
import { groupsByLabel, spread } from './groups.js';
import { collectedOutputs, headQuery, pooledVectors, unlabelledQuery } from './query.js';
import type { Learner, Predictions, Scores } from './types.js';

/** Records of a task with relations between gold entities. */
export interface RelationRecords extends EntityRecords {
  /** Ends are indices of the passage's entities. */
  readonly relations: readonly (readonly Link[])[];
}

const SPACE_SAMPLE = 4000;

/**
 * The relation head. A relation may link what it links in the training records: that stands for the signatures which a
 * project file would declare. Throws a RangeError for records that do not fit together.
 */
export function relationLearner(train: RelationRecords, test: RelationRecords, seed: number): Learner<RelationHead> {
  const { passages, entities, relations } = train;
  checkRecords('training', train);
  checkRecords('test', test);
  const signatures = signaturesOf(train);
  const scope = signatures.map(({ label }) => label);
  const space = wordSpace(dimensionsOf(passages), spread(passages, SPACE_SAMPLE));
  const vectors = pooledVectors(passages);
  const example = (i: number) => ({
    passage: passages[i]!,
    mentions: entities[i]!,
    relations: relations[i]!,
    scope,
  });
  return {
    size: passages.length,
    groups: groupsByLabel(relations),
    tokens: (record) => passages[record]!.words.length,
    fit: (records, previous) => fitRelationHead(signatures, space, records.map(example), seed, previous),
    query: (asking, head) =>
      head === undefined
        ? unlabelledQuery(asking, vectors)
        : headQuery(asking, vectors, {
            outputs: (records) => pairOutputs(head, train, records),
            members: (kind) =>
              relationMembers(kind, head, asking.labelled.map(example), asking.seed).map(
                (member) => pairOutputs(member, train, asking.pool).probabilities,
              ),
          }),
    evaluate: (head) => evaluate(head, test),
    predictions: (head) => predictions(head, passages, entities),
  };
}

/** Which labels each relation's ends have in the records. */
export function signaturesOf({ entities, relations }: RelationRecords): Signature[] {
  const ends = new Map<string, { head: Set<string>; tail: Set<string> }>();
  relations.forEach((links, i) => {
    for (const { label, head, tail } of links) {
      const seen = ends.get(label) ?? { head: new Set(), tail: new Set() };
      ends.set(label, seen);
      seen.head.add(entities[i]![head]!.label);
      seen.tail.add(entities[i]![tail]!.label);
    }
  });
  return [...ends.keys()].sort().map((label) => {
    const { head, tail } = ends.get(label)!;
    return { label, head: [...head].sort(), tail: [...tail].sort(), symmetric: false };
  });
}

/** The pairs of each record, with no probability for relations that their signatures forbid. */
function pairOutputs(head: RelationHead, { passages, entities }: RelationRecords, records: readonly number[]): Outputs {
  const scorer = new RelationScorer(head);
  const labels = [...head.signatures.map(({ label }) => label), NONE];
  return collectedOutputs(
    records.map((record) =>
      scorer
        .score(passages[record]!, entities[record]!)
        .map(({ distribution }) => labels.map((label) => distribution[label] ?? 0)),
    ),
    labels.length,
  );
}

const linkKey = ({ head, tail }: Pick<Link, 'head' | 'tail'>): string => `${head} ${tail}`;

function evaluate(head: RelationHead, { passages, entities, relations }: RelationRecords): Scores {
  const scorer = new RelationScorer(head);
  const scored = passages.map((passage, i) => scorer.score(passage, entities[i]!));
  const { micro, macro } = matchF1<Link>(relations, scored.map(suggestedLinks), linkKey);
  const confidence: number[] = [];
  const right: boolean[] = [];
  scored.forEach((pairs, i) => {
    const gold = new Map(relations[i]!.map((link) => [`${linkKey(link)} ${link.label}`, link]));
    const linked = new Set(relations[i]!.map(linkKey));
    for (const pair of pairs) {
      const { label, probability } = best(pair.distribution);
      confidence.push(probability);
      right.push(label === NONE ? !linked.has(linkKey(pair)) : gold.has(`${linkKey(pair)} ${label}`));
    }
  });
  const ece = confidence.length === 0 ? 0 : expectedCalibrationError(confidence, right);
  return { macroF1: macro, microF1: micro, ece };
}

function suggestedLinks(pairs: readonly ScoredPair[]): Link[] {
  return pairs.flatMap(({ head, tail, distribution }) => {
    const suggestion = suggestedLabel(distribution);
    return suggestion ? [{ head, tail, label: suggestion.label }] : [];
  });
}

/** A unit a pair that the signatures allow. */
function predictions(
  head: RelationHead,
  passages: readonly PassageInput[],
  entities: EntityRecords['entities'],
): Predictions {
  const labels = [...head.signatures.map(({ label }) => label), NONE];
  const scorer = new RelationScorer(head);
  const outcomes: number[] = [];
  const confidence: number[] = [];
  const entropy: number[] = [];
  const records: number[] = [];
  passages.forEach((passage, record) => {
    for (const { distribution } of scorer.score(passage, entities[record]!)) {
      const { label, probability } = best(distribution);
      outcomes.push(labels.indexOf(label));
      confidence.push(probability);
      const probabilities = Object.values(distribution);
      entropy.push(uncertainty('entropy', probabilities) / Math.log(Math.max(2, probabilities.length)));
      records.push(record);
    }
  });
  return {
    outcomes: Int32Array.from(outcomes),
    confidence: Float64Array.from(confidence),
    entropy: Float64Array.from(entropy),
    records: Int32Array.from(records),
  };
}

function checkRecords(name: string, { passages, entities, relations }: RelationRecords): void {
  if (passages.length === 0) throw new RangeError(`there are no ${name} records`);
  if (passages.length !== entities.length || passages.length !== relations.length) {
    throw new RangeError(
      `${name} data do not fit together: ${passages.length} passages, entities of ${entities.length}, relations of ${relations.length}`,
    );
  }
}
