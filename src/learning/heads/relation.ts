import { evenFolds, fitTemperature, heldOutScores, holds, UNCALIBRATED, type Calibration } from '../calibration.js';
import { distributionOf, sameLabels, withNone } from '../distribution.js';
import { candidatePairs, inverted, PAIR_PRIOR, type CandidatePair, type Signature } from '../features/pairs.js';
import { placeMentions, relationFeatures, wordsBetween, type Pair } from '../features/relation.js';
import type { WordSpace } from '../features/entity.js';
import { COLUMNS } from '../features/lexical.js';
import {
  addDenseScores,
  addSparseScores,
  carriedWeights,
  columnPositions,
  compact,
  concatenated,
  JoinedRows,
} from '../linear/design.js';
import { fitSoftmax, interactiveTolerance, softmaxRows, type LinearWeights } from '../linear/softmax.js';
import { hash32 } from '../random.js';
import { NONE, type Distribution, type Mention, type Partial, type PassageInput } from '../types.js';

/**
 * The relation head: every pair of mentions that some signature allows has a distribution over the relations that are
 * allowed and 'none', by softmax regression on the features of features/relation.ts. Without examples the pairs that stand
 * close together are in most doubt.
 */
/** A relation between mentions, by their indices. */
export interface Link extends Pair {
  readonly label: string;
}

/** What people said about the relations of one passage. */
export interface RelationExample {
  readonly passage: PassageInput;
  readonly mentions: readonly Mention[];
  readonly relations: readonly Link[];
  readonly rejected?: readonly Link[];
  /** Labels in the scope of an accepting review, as for entities. */
  readonly scope?: readonly string[];
}

export interface RelationHead {
  readonly signatures: readonly Signature[];
  readonly space: WordSpace;
  /** Scores are divided by it before the softmax (calibration.ts). */
  readonly temperature: number;
  readonly calibration: Calibration;
  /** Relations that no candidate pair stands for (signature, distance) and that taught nothing. */
  readonly skipped: number;
  readonly model: RelationModel | undefined;
}

interface RelationModel {
  readonly fitted: LinearWeights;
  /** Lexical columns, ascending. */
  readonly columns: Uint32Array;
}

export interface ScoredPair extends Pair {
  /** Over the relations that the signatures allow for the pair, and 'none'. */
  readonly distribution: Distribution;
}

/** Inverse strength of the penalty, also of the posterior that a committee is drawn from (strategies/members.ts). */
export const RELATION_C = 10;
const INTERCEPT_PENALTY = 0.1;
/** Share in interactiveTolerance: at it, probabilities are within about a hundredth of those of a full fit. */
const TOLERANCE = 0.0005;
/** Folds of the cross-validation. */
const FOLDS = 3;
/** More pairs without a relation than this are sampled, and weigh more in turn. */
const MAX_UNRELATED = 4_000;
/** Pairs whose features are in memory at a time. */
const CHUNK = 512;

/**
 * Fits the head. `previous`, a head with the same signatures and space, only saves time. The seed decides which of very
 * many unrelated pairs are learned from. A calibration that is given is taken over as it is: for heads that stand beside
 * another, such as a committee's.
 */
export function fitRelationHead(
  signatures: readonly Signature[],
  space: WordSpace,
  examples: readonly RelationExample[],
  seed: number,
  previous?: RelationHead,
  given?: Calibration,
): RelationHead {
  const classes = withNone(signatures.map(({ label }) => label)).length;
  const taught = examples.map((example) => ({ example, ...taughtPairs(signatures, example) }));
  const skipped = taught.reduce((sum, part) => sum + part.skipped, 0);
  const unrelated = taught.reduce((sum, { pairs }) => sum + pairs.filter((pair) => pair.unrelated).length, 0);
  const share = Math.min(1, MAX_UNRELATED / unrelated);
  const kept = taught.map(({ example, pairs }) => ({
    passage: example.passage,
    mentions: example.mentions,
    pairs: pairs.filter((pair) => {
      if (!pair.unrelated || share === 1) return true;
      const [head, tail] = [example.mentions[pair.head]!, example.mentions[pair.tail]!];
      return hash32(`${example.passage.text}\0${head.start}\0${tail.start}`, seed) / 0x1_0000_0000 < share;
    }),
  }));
  const partials: Partial[] = kept.flatMap(({ pairs }) =>
    pairs.map(({ outcomes, weight, unrelated: sampled }) => ({
      allowed: outcomes,
      weight: sampled ? weight / share : weight,
    })),
  );
  if (partials.length === 0) {
    return { signatures, space, temperature: 1, calibration: UNCALIBRATED, skipped, model: undefined };
  }
  const { dense, sparse } = relationFeatures(kept, space);
  const columns = compact(sparse);
  const split = classes * dense.dimensions;
  const names = (of: readonly Signature[]) => of.map(({ label }) => label);
  const same = previous && sameLabels(names(previous.signatures), names(signatures)) ? previous : undefined;
  const model = same?.model;
  const design = new JoinedRows(dense, columns);
  const options = {
    classes,
    C: RELATION_C,
    interceptPenalty: INTERCEPT_PENALTY,
    offsets: concatenated(...kept.map(({ passage, mentions, pairs }) => offsets(classes, passage, mentions, pairs))),
    tolerance: interactiveTolerance(partials.filter(({ allowed }) => allowed[0] !== classes - 1).length, TOLERANCE),
  };
  const fitted = fitSoftmax(design, partials, {
    ...options,
    ...(model && {
      start: {
        weights: concatenated(
          model.fitted.weights.subarray(0, split),
          carriedWeights(model.columns, model.fitted.weights.subarray(split), columns.ids, classes),
        ),
        intercept: model.fitted.intercept,
      },
    }),
  });
  let calibration = given ?? same?.calibration ?? UNCALIBRATED;
  const passages = kept.filter(({ pairs }) => pairs.length > 0).length;
  if (given === undefined && !holds(calibration, passages)) {
    const fold = evenFolds(
      kept.map(({ passage }) => ({ key: hash32(passage.text, seed), group: 0 })),
      FOLDS,
    );
    const ofRows = kept.flatMap(({ pairs }, i) => pairs.map(() => fold[i]!));
    const held = heldOutScores(design, partials, options, fitted, ofRows, [...Array(FOLDS).keys()]);
    calibration = { temperature: fitTemperature([held]), examples: passages };
  }
  const { temperature } = calibration;
  return { signatures, space, temperature, calibration, skipped, model: { fitted, columns: columns.ids } };
}

/** pairs × classes: −∞ where the signatures forbid a relation, else a prior that says less of mentions far apart. */
function offsets(
  classes: number,
  passage: PassageInput,
  mentions: readonly Mention[],
  pairs: readonly CandidatePair[],
): Float64Array {
  const placed = placeMentions(passage, mentions);
  const result = new Float64Array(pairs.length * classes).fill(-Infinity);
  pairs.forEach(({ head, tail, allowed }, i) => {
    const between = wordsBetween(placed[head]!, placed[tail]!);
    const prior = Math.max(PAIR_PRIOR.floor, PAIR_PRIOR.word * (between.end - between.start));
    for (const k of allowed) result[i * classes + k] = prior;
    result[(i + 1) * classes - 1] = 0;
  });
  return result;
}

interface TaughtPair extends CandidatePair {
  readonly outcomes: readonly number[];
  readonly weight: number;
  /** Known to have no relation in the review's scope, and not rejected one by one. */
  readonly unrelated: boolean;
}

/** What one passage teaches, pair by pair. */
function taughtPairs(
  signatures: readonly Signature[],
  { passage, mentions, relations, rejected = [], scope }: RelationExample,
): { pairs: TaughtPair[]; skipped: number } {
  const none = signatures.length;
  const gold = linksByPair(signatures, mentions, relations);
  const wrong = linksByPair(signatures, mentions, rejected);
  const pairs: TaughtPair[] = [];
  let skipped = [...gold.values()].reduce((sum, { length }) => sum + length, 0);
  for (const pair of candidatePairs(signatures, passage, mentions)) {
    const given = (gold.get(pairKey(pair)) ?? []).filter((k) => pair.allowed.includes(k));
    const not = wrong.get(pairKey(pair)) ?? [];
    skipped -= given.length;
    const teach = (outcomes: readonly number[], weight: number, unrelated: boolean) =>
      pairs.push({ ...pair, outcomes, weight, unrelated });
    for (const k of given) teach([k], 1 / given.length, false);
    if (given.length > 0) continue;
    const open = pair.allowed.filter((k) => !scope?.includes(signatures[k]!.label) && !not.includes(k));
    if (scope || not.length > 0) teach([...open, none], 1, not.length === 0);
  }
  return { pairs, skipped };
}

/** Links by pair, as indices of signatures; symmetric ones from the mention that begins first, each once. */
function linksByPair(
  signatures: readonly Signature[],
  mentions: readonly Mention[],
  links: readonly Link[],
): Map<string, number[]> {
  const result = new Map<string, number[]>();
  for (const { head, tail, label } of links) {
    const k = signatures.findIndex((signature) => signature.label === label);
    if (k < 0) continue;
    const turned = signatures[k]!.symmetric && inverted(mentions, { head, tail });
    const key = pairKey(turned ? { head: tail, tail: head } : { head, tail });
    result.set(key, [...new Set([...(result.get(key) ?? []), k])]);
  }
  return result;
}

const pairKey = ({ head, tail }: Pair) => `${head} ${tail}`;

/** Scores the pairs of passages with a head. */
export class RelationScorer {
  readonly head: RelationHead;
  readonly #position: Int32Array;

  constructor(head: RelationHead) {
    this.head = head;
    this.#position = columnPositions(head.model?.columns ?? new Uint32Array(0), COLUMNS);
  }

  /** The candidates of a passage with their distributions, in the order of candidatePairs. */
  score(passage: PassageInput, mentions: readonly Mention[]): ScoredPair[] {
    const { signatures, temperature } = this.head;
    const classes = signatures.length + 1;
    const pairs = candidatePairs(signatures, passage, mentions);
    const scored: ScoredPair[] = [];
    for (let from = 0; from < pairs.length; from += CHUNK) {
      const chunk = pairs.slice(from, from + CHUNK);
      const scores = offsets(classes, passage, mentions, chunk);
      this.#addModelScores(passage, mentions, chunk, scores);
      softmaxRows(scores, classes, temperature);
      chunk.forEach(({ head, tail, allowed }, i) => {
        const labels = [...allowed.map((k) => signatures[k]!.label), NONE];
        const probabilities = [...allowed, classes - 1].map((k) => scores[i * classes + k]!);
        scored.push({ head, tail, distribution: distributionOf(labels, probabilities) });
      });
    }
    return scored;
  }

  #addModelScores(
    passage: PassageInput,
    mentions: readonly Mention[],
    pairs: readonly CandidatePair[],
    scores: Float64Array,
  ): void {
    const { model, space, signatures } = this.head;
    if (!model) return;
    const classes = signatures.length + 1;
    const { dense, sparse } = relationFeatures([{ passage, mentions, pairs }], space);
    const { weights, intercept } = model.fitted;
    for (let i = 0; i < scores.length; i++) scores[i]! += intercept[i % classes]!;
    addDenseScores(dense, weights, classes, scores);
    addSparseScores(sparse, weights.subarray(classes * dense.dimensions), classes, scores, this.#position);
  }
}
