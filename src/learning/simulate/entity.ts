import { suggestedSpans, type SuggestedSpan } from '../decode.js';
import { wordSpace } from '../features/entity.js';
import { wordsCovered } from '../features/spans.js';
import { doubtfulSpans, fitEntityHead, SpanScorer, type EntityHead } from '../heads/entity.js';
import type { SpanScores } from '../heads/span-scorer.js';
import { expectedCalibrationError, matchF1, spanKey } from '../metrics.js';
import { entityMembers } from '../strategies/members.js';
import type { Outputs } from '../strategies/query.js';
import { sequenceScore, sequencesOf } from '../strategies/sequence.js';
import { SPEAKERS, uncertainty } from '../strategies/uncertainty.js';
import type { Mention, PassageInput } from '../types.js';
import { groupsByLabel, spread } from './groups.js';
import { collectedOutputs, headQuery, pooledVectors, unlabelledQuery, type Asking } from './query.js';
import type { Learner, Predictions, Scores } from './types.js';

/** Records of a task with entities: whole passages are read and accepted. */
export interface EntityRecords {
  readonly passages: readonly PassageInput[];
  /** The entities of each passage; they may nest and overlap. */
  readonly entities: readonly (readonly Mention[])[];
}

/** Passages that the space of the words is learned from. */
const SPACE_SAMPLE = 4000;

/** The entity head. Throws a RangeError for records that do not fit together. `seed` is that of the head's samples. */
export function entityLearner(train: EntityRecords, test: EntityRecords, seed: number): Learner<EntityHead> {
  const { passages, entities } = train;
  checkRecords('training', train);
  checkRecords('test', test);
  const labels = [...new Set(entities.flat().map(({ label }) => label))].sort();
  const space = wordSpace(dimensionsOf(passages), spread(passages, SPACE_SAMPLE));
  const vectors = pooledVectors(passages);
  const example = (i: number) => ({ passage: passages[i]!, entities: entities[i]!, scope: labels });
  return {
    size: passages.length,
    groups: groupsByLabel(entities),
    tokens: (record) => passages[record]!.words.length,
    fit: (records, previous) => fitEntityHead(labels, space, records.map(example), seed, previous),
    query: (asking, head) =>
      head === undefined
        ? unlabelledQuery(asking, vectors)
        : headQuery(asking, vectors, {
            outputs: (records) => outputsOf(head, doubtful(head, passages, records, asking)),
            members: (kind) => {
              const candidates = doubtful(head, passages, asking.pool, asking);
              return entityMembers(kind, head, asking.labelled.map(example), asking.seed).map(
                (member) => outputsOf(member, candidates).probabilities,
              );
            },
            sequences: () => {
              const scorer = new SpanScorer(head);
              const one = (passage: PassageInput) => sequenceScore(scorer.score(passage), passage.words.length);
              return sequencesOf(asking.pool.map((record) => one(passages[record]!)));
            },
          }),
    evaluate: (head) => evaluate(head, test),
    predictions: (head) => predictions(head, passages),
  };
}

interface Candidates {
  readonly passage: PassageInput;
  /** Which of the passage's spans, as SpanScorer numbers them. */
  readonly spans: readonly number[];
}

/** The spans of each record that speak for it. */
function doubtful(
  head: EntityHead,
  passages: readonly PassageInput[],
  records: readonly number[],
  { strategy, seed }: Asking,
): Candidates[] {
  const scorer = new SpanScorer(head);
  return records.map((record) => {
    const passage = passages[record]!;
    const spans = doubtfulSpans(scorer.score(passage), strategy, { seed, identity: String(record) }, SPEAKERS);
    return { passage, spans: spans.map(({ index }) => index) };
  });
}

/** What a head says of spans. */
function outputsOf(head: EntityHead, candidates: readonly Candidates[]): Outputs {
  const scorer = new SpanScorer(head);
  const outcomes = head.labels.length + 1;
  return collectedOutputs(
    candidates.map(({ passage, spans }) => {
      const { probabilities } = scorer.score(passage);
      return spans.map((span) => probabilities.slice(span * outcomes, (span + 1) * outcomes));
    }),
    outcomes,
  );
}

function evaluate(head: EntityHead, { passages, entities }: EntityRecords): Scores {
  const scorer = new SpanScorer(head);
  const suggested = passages.map((passage) => suggestedSpans(head, passage, scorer.score(passage)));
  const { micro, macro } = matchF1<Mention>(entities, suggested, spanKey);
  const keys = entities.map((gold) => new Set(gold.map((entity) => `${spanKey(entity)} ${entity.label}`)));
  const all = suggested.flatMap((spans, i) =>
    spans.map((span) => ({ right: keys[i]!.has(`${spanKey(span)} ${span.label}`), probability: span.probability })),
  );
  return {
    macroF1: macro,
    microF1: micro,
    ece:
      all.length === 0
        ? 0
        : expectedCalibrationError(
            all.map(({ probability }) => probability),
            all.map(({ right }) => right),
          ),
  };
}

/**
 * A unit a word: the label of the innermost suggestion that covers it, else 'none' (the outcome after the labels), which is
 * as likely as the likeliest span over the word is not.
 */
function predictions(head: EntityHead, passages: readonly PassageInput[]): Predictions {
  const scorer = new SpanScorer(head);
  const words = passages.reduce((sum, passage) => sum + passage.words.length, 0);
  const outcomes = new Int32Array(words).fill(head.labels.length);
  const confidence = new Float64Array(words).fill(1);
  const entropy = new Float64Array(words);
  const records = new Int32Array(words);
  let at = 0;
  passages.forEach((passage, record) => {
    const length = passage.words.length;
    records.fill(record, at, at + length);
    const scores = scorer.score(passage);
    addDoubts(scores, confidence.subarray(at, at + length), entropy.subarray(at, at + length));
    for (const span of outermostFirst(suggestedSpans(head, passage, scores))) {
      const covered = wordsCovered(passage, span);
      if (!covered) continue;
      outcomes.fill(head.labels.indexOf(span.label), at + covered.first, at + covered.last + 1);
      confidence.fill(span.probability, at + covered.first, at + covered.last + 1);
    }
    at += length;
  });
  return { outcomes, confidence, entropy, records };
}

/** For each word, the lowest probability of 'none' and the highest entropy among the spans over it. */
function addDoubts(scores: SpanScores, confidence: Float64Array, entropy: Float64Array): void {
  const { count, outcomes, first, last, probabilities } = scores;
  for (let i = 0; i < count; i++) {
    const none = probabilities[(i + 1) * outcomes - 1]!;
    const share = uncertainty('entropy', probabilities, i * outcomes, outcomes) / Math.log(Math.max(2, outcomes));
    for (let w = first[i]!; w <= last[i]!; w++) {
      if (none < confidence[w]!) confidence[w] = none;
      if (share > entropy[w]!) entropy[w] = share;
    }
  }
}

function outermostFirst(spans: readonly SuggestedSpan[]): SuggestedSpan[] {
  return [...spans].sort((a, b) => b.end - b.start - (a.end - a.start));
}

/** Dimensions of the word vectors of passages; 0 where they have no words at all. */
export function dimensionsOf(passages: readonly PassageInput[]): number {
  const worded = passages.find(({ words }) => words.length > 0);
  return worded ? worded.wordVectors.length / worded.words.length : 0;
}

function checkRecords(name: string, { passages, entities }: EntityRecords): void {
  if (passages.length === 0) throw new RangeError(`there are no ${name} records`);
  if (passages.length !== entities.length) {
    throw new RangeError(`${passages.length} ${name} passages do not fit the entities of ${entities.length}`);
  }
}
