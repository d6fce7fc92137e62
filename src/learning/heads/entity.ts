import type { Range } from '../../corpus/types.js';
import { distributionOf, withNone } from '../distribution.js';
import {
  accumulateInside,
  addSpanScore,
  EntityPrior,
  MAX_WIDTH,
  ROLES,
  segments,
  SPAN_FEATURES,
  SpanDesign,
  SpanHash,
  spanKey,
  spanRange,
  wordRows,
  wordsCovered,
  type SpanPlace,
  WORD_FEATURE_VALUE,
  type WordSpace,
} from '../features/entity.js';
import { COLUMNS, wordFeatures, WORD_FEATURES, type Spellings, type WordFeatures } from '../features/lexical.js';
import { unscaleWeights } from '../features/scale.js';
import {
  addDenseScores,
  carriedWeights,
  columnPositions,
  compact,
  concatenated,
  type DenseRows,
} from '../linear/design.js';
import { fitSoftmax, interactiveTolerance, softmaxRows, type LinearWeights } from '../linear/softmax.js';
import { combine32, hash32 } from '../random.js';
import { uncertainty, type QueryContext } from '../strategies.js';
import type { Mention, Partial, PassageInput, ScoredSpan, Strategy } from '../types.js';

/**
 * The entity head: every span of up to MAX_WIDTH words, overlapping ones too, has a distribution over the labels and
 * 'none', by softmax regression on the features of features/entity.ts with EntityPrior as an offset. Without examples the
 * prior is all there is.
 */

/** What people said about the entities of one passage. */
export interface EntityExample {
  readonly passage: PassageInput;
  readonly entities: readonly Mention[];
  readonly rejected?: readonly Mention[];
  /**
   * Labels in the scope of an accepting review: the rest of the passage is none of these (it may be a label that came
   * later). Undefined when nobody has accepted the passage: then only what is labelled or rejected teaches.
   */
  readonly scope?: readonly string[];
  /** Stretches of which nothing is known, such as the parts of a discontinuous entity: spans that overlap one do not teach. */
  readonly untaught?: readonly Range[];
}

export interface EntityHead {
  readonly labels: readonly string[];
  readonly space: WordSpace;
  /** Scores are divided by it before the softmax; 1 until there is calibration. */
  readonly temperature: number;
  /** Entities that no candidate span stands for (no word in them, or more than MAX_WIDTH) and that taught nothing. */
  readonly skipped: number;
  readonly model: SpanModel | undefined;
}

/** Weights as fitted, for the labels and 'none'. */
interface SpanModel {
  readonly fitted: LinearWeights;
  /** Lexical columns of words, and of whole spans, ascending. */
  readonly words: Uint32Array;
  readonly spans: Uint32Array;
}

const C = 10;
const INTERCEPT_PENALTY = 0.1;
/** More spans without a label than this that overlap no entity are sampled, and weigh more in turn. */
const MAX_DISTANT = 20_000;

/**
 * Fits the head. `previous`, a head with the same labels and space, only saves time. The seed decides which of very many
 * spans without a label are learned from; the order of the examples does not matter beyond the tolerance of the fit.
 * Mentions of labels that are not in `labels` teach that their place is none of the labels in scope.
 */
export function fitEntityHead(
  labels: readonly string[],
  space: WordSpace,
  examples: readonly EntityExample[],
  seed: number,
  previous?: EntityHead,
): EntityHead {
  const outcomes = withNone(labels);
  const classes = outcomes.length;
  const training = trainingSpans(labels, space, examples, seed);
  const { places, partials, skipped } = training;
  if (places.length === 0) return { labels, space, temperature: 1, skipped, model: undefined };
  const words = compact(training.words);
  const spans = compact({
    starts: Uint32Array.from({ length: places.length + 1 }, (_, i) => i * SPAN_FEATURES),
    columns: Uint32Array.from(training.spanColumns),
    values: new Float32Array(training.spanColumns.length).fill(1),
  });
  const design = new SpanDesign(places, training.segments, training.vectors, words, spans);
  const outputs = ROLES * classes;
  const dense = outputs * space.scale.mean.length;
  const model = previous && String(previous.labels) === String(labels) ? previous.model : undefined;
  const fitted = fitSoftmax(design, partials, {
    classes,
    C,
    interceptPenalty: INTERCEPT_PENALTY,
    offsets: Float64Array.from(training.offsets),
    tolerance: interactiveTolerance(training.labelled),
    ...(model && { start: startFrom(model, words.ids, spans.ids, outputs, classes, dense) }),
  });
  return { labels, space, temperature: 1, skipped, model: { fitted, words: words.ids, spans: spans.ids } };
}

function startFrom(
  { fitted, words, spans }: SpanModel,
  newWords: Uint32Array,
  newSpans: Uint32Array,
  outputs: number,
  classes: number,
  dense: number,
): LinearWeights {
  const split = dense + words.length * outputs;
  return {
    weights: concatenated(
      fitted.weights.subarray(0, dense),
      carriedWeights(words, fitted.weights.subarray(dense, split), newWords, outputs),
      carriedWeights(spans, fitted.weights.subarray(split), newSpans, classes),
    ),
    intercept: fitted.intercept,
  };
}

interface TrainingSpans {
  readonly vectors: DenseRows;
  readonly words: ReturnType<typeof wordRows>;
  readonly segments: readonly Range[];
  readonly places: readonly SpanPlace[];
  readonly partials: readonly Partial[];
  readonly offsets: readonly number[];
  readonly spanColumns: readonly number[];
  /** Spans with a label. */
  readonly labelled: number;
  readonly skipped: number;
}

function trainingSpans(
  labels: readonly string[],
  space: WordSpace,
  examples: readonly EntityExample[],
  seed: number,
): TrainingSpans {
  const none = labels.length;
  const d = space.scale.mean.length;
  const taught = examples.map((example) => ({ example, ...taughtSpans(labels, example) }));
  const distant = taught.reduce((sum, { spans }) => sum + spans.filter((span) => span.distant).length, 0);
  const share = Math.min(1, MAX_DISTANT / distant);

  const features = taught.map(({ example }) => wordFeatures(example.passage));
  const words = wordRows(features);
  const rows = words.starts.length - 1;
  const data = new Float32Array(rows * d);
  const { mean, factor } = space.scale;
  const allSegments: Range[] = [];
  const places: SpanPlace[] = [];
  const partials: Partial[] = [];
  const offsets: number[] = [];
  const spanColumns: number[] = [];
  const hash = new SpanHash();
  let base = 0;
  let labelled = 0;
  taught.forEach(({ example: { passage }, spans, pieces }, e) => {
    const own = features[e]!;
    const prior = new EntityPrior(own, space);
    for (let i = 0; i < passage.wordVectors.length; i++) {
      data[base * d + i] = (passage.wordVectors[i]! - mean[i % d]!) * factor[i % d]!;
    }
    for (const { start, end } of pieces) allSegments.push({ start: base + start, end: base + end });
    for (const { first, last, lower, upper, allowed, distant: far } of spans) {
      const weight = far ? 1 / share : 1;
      if (far && share < 1 && spanKey(passage.text, first, last, seed) / 0x1_0000_0000 >= share) continue;
      const logit = prior.logit(first, last, lower, upper);
      for (const outcomes of allowed) {
        places.push({ first: base + first, last: base + last, lower: base + lower, upper: base + upper });
        partials.push({ allowed: outcomes, weight: weight / allowed.length });
        for (let k = 0; k < none; k++) offsets.push(logit);
        offsets.push(0);
        hash.reset();
        for (let w = first; w <= last; w++) hash.add(own, w);
        for (let f = 0; f < SPAN_FEATURES; f++) spanColumns.push(hash.column(f));
        if (outcomes.length === 1 && outcomes[0] !== none) labelled++;
      }
    }
    base += passage.words.length;
  });
  return {
    vectors: { rows, dimensions: d, data },
    words,
    segments: allSegments,
    places,
    partials,
    offsets,
    spanColumns,
    labelled,
    skipped: taught.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

interface TaughtSpan extends SpanPlace {
  /** Sets of outcomes; several when people gave the span several labels, each then counts in part. */
  readonly allowed: readonly (readonly number[])[];
  /** Overlaps no entity and nothing rejected. */
  readonly distant: boolean;
}

/** What one passage teaches, span by span, in word indices of the passage. */
function taughtSpans(
  labels: readonly string[],
  { passage, entities, rejected = [], scope, untaught = [] }: EntityExample,
): { spans: TaughtSpan[]; pieces: Range[]; skipped: number } {
  const none = labels.length;
  const pieces = segments(passage);
  const every = [...labels.keys(), none];
  const rest = scope && every.filter((k) => k === none || !scope.includes(labels[k]!));
  const gold = new Map<number, Set<number>>();
  const wrong = new Map<number, Set<number>>();
  const near = new Uint8Array(passage.words.length);
  let skipped = 0;
  const note = (map: Map<number, Set<number>>, mention: Mention): boolean => {
    const covered = wordsCovered(passage, mention);
    const k = labels.indexOf(mention.label);
    if (!covered) return false;
    near.fill(1, covered.first, covered.last + 1);
    if (k < 0) return true;
    if (covered.last - covered.first >= MAX_WIDTH) return false;
    if (!pieces.some(({ start, end }) => start <= covered.first && covered.last < end)) return false;
    const key = covered.first * MAX_WIDTH + (covered.last - covered.first);
    map.set(key, (map.get(key) ?? new Set()).add(k));
    return true;
  };
  for (const entity of entities) if (!note(gold, entity)) skipped++;
  for (const mention of rejected) note(wrong, mention);
  const unknown = new Uint8Array(passage.words.length);
  for (const range of untaught) {
    const covered = wordsCovered(passage, range);
    if (covered) unknown.fill(1, covered.first, covered.last + 1);
  }

  const spans: TaughtSpan[] = [];
  for (const { start: lower, end: upper } of pieces) {
    for (let first = lower; first < upper; first++) {
      let distant = true;
      let open = true;
      for (let last = first; last < Math.min(upper, first + MAX_WIDTH); last++) {
        if (near[last] === 1) distant = false;
        if (unknown[last] === 1) open = false;
        const key = first * MAX_WIDTH + (last - first);
        const given = gold.get(key);
        const not = wrong.get(key);
        let allowed: number[][] = [];
        if (given) allowed = [...given].sort((a, b) => a - b).map((k) => [k]);
        else if (open && rest) allowed = [rest.filter((k) => !not?.has(k))];
        else if (not) allowed = [every.filter((k) => !not.has(k))];
        if (allowed.length > 0) spans.push({ first, last, lower, upper, allowed, distant });
      }
    }
  }
  return { spans, pieces, skipped };
}

/** The candidates of one passage; the arrays belong to the scorer and are overwritten by its next passage. */
export interface SpanScores {
  /** Number of candidates, ordered by first word, then by last. */
  readonly count: number;
  /** Outcomes of each: the labels, then 'none'. */
  readonly outcomes: number;
  /** Word indices. */
  readonly first: Uint16Array;
  readonly last: Uint16Array;
  /** count × outcomes. */
  readonly probabilities: Float64Array;
}

/**
 * Scores passages with a head, one after the other, without making an object a span: a stream of any length runs in the
 * memory of its longest passage.
 */
export class SpanScorer {
  readonly head: EntityHead;
  readonly #labels: number;
  /** ROLES × labels × dimensions, relative to 'none' and on unscaled vectors, and what each output has without a vector. */
  readonly #dense: Float64Array;
  readonly #constants: Float64Array;
  readonly #words: Float64Array;
  readonly #wordAt: Int32Array;
  readonly #spans: Float64Array;
  readonly #spanAt: Int32Array;
  readonly #intercept: Float64Array;
  readonly #hash = new SpanHash();
  readonly #spellings: Spellings = new Map();
  #table = new Float64Array(0);
  #first = new Uint16Array(0);
  #last = new Uint16Array(0);
  #probabilities = new Float64Array(0);

  constructor(head: EntityHead) {
    this.head = head;
    const { labels, space, model } = head;
    const d = space.scale.mean.length;
    const classes = labels.length + 1;
    this.#labels = labels.length;
    const fitted = model?.fitted ?? {
      weights: new Float64Array(ROLES * classes * d),
      intercept: new Float64Array(classes),
    };
    const wordIds = model?.words ?? new Uint32Array(0);
    const spanIds = model?.spans ?? new Uint32Array(0);
    const dense = ROLES * classes * d;
    const split = dense + wordIds.length * ROLES * classes;
    const relative = (weights: Float64Array, size: number) => relativeToLast(weights, classes, size);
    const { weights, constants } = unscaleWeights(relative(fitted.weights.subarray(0, dense), d), space.scale);
    this.#dense = weights;
    this.#constants = constants;
    this.#words = relative(fitted.weights.subarray(dense, split), 1).map((w) => w * WORD_FEATURE_VALUE);
    this.#wordAt = columnPositions(wordIds, COLUMNS);
    this.#spans = relative(fitted.weights.subarray(split), 1);
    this.#spanAt = columnPositions(spanIds, COLUMNS);
    this.#intercept = relative(fitted.intercept, 1);
  }

  score(passage: PassageInput): SpanScores {
    const { words } = passage;
    const { space, temperature } = this.head;
    const labels = this.#labels;
    const outcomes = labels + 1;
    const features = wordFeatures(passage, this.#spellings);
    const prior = new EntityPrior(features, space);
    this.#reserve(words.length);
    const table = this.#wordTable(passage, features);
    const scores = this.#probabilities;
    const hash = this.#hash;
    let count = 0;
    for (const { start: lower, end: upper } of segments(passage)) {
      accumulateInside(table, labels, lower, upper);
      for (let first = lower; first < upper; first++) {
        hash.reset();
        for (let last = first; last < Math.min(upper, first + MAX_WIDTH); last++) {
          hash.add(features, last);
          const at = count * outcomes;
          const logit = prior.logit(first, last, lower, upper);
          for (let k = 0; k < labels; k++) scores[at + k] = logit + this.#intercept[k]!;
          scores[at + labels] = 0;
          addSpanScore(table, labels, first, last, lower, upper, scores, at);
          for (let f = 0; f < SPAN_FEATURES; f++) {
            const position = this.#spanAt[hash.column(f)]!;
            if (position < 0) continue;
            for (let k = 0; k < labels; k++) scores[at + k]! += this.#spans[position * labels + k]!;
          }
          this.#first[count] = first;
          this.#last[count] = last;
          count++;
        }
      }
    }
    const probabilities = scores.subarray(0, count * outcomes);
    softmaxRows(probabilities, outcomes, temperature);
    return { count, outcomes, first: this.#first, last: this.#last, probabilities };
  }

  #reserve(words: number): void {
    const spans = words * MAX_WIDTH;
    if (this.#first.length >= spans) return;
    this.#first = new Uint16Array(spans);
    this.#last = new Uint16Array(spans);
    this.#probabilities = new Float64Array(spans * (this.#labels + 1));
    this.#table = new Float64Array(words * ROLES * this.#labels);
  }

  /** What each word is worth in each role for each label. */
  #wordTable({ words, wordVectors }: PassageInput, { columns }: WordFeatures): Float64Array {
    const outputs = ROLES * this.#labels;
    const table = this.#table;
    for (let w = 0; w < words.length; w++) {
      const at = w * outputs;
      for (let o = 0; o < outputs; o++) table[at + o] = this.#constants[o]!;
      for (let f = w * WORD_FEATURES; f < (w + 1) * WORD_FEATURES; f++) {
        const position = this.#wordAt[columns[f]!]!;
        if (position < 0) continue;
        const from = position * outputs;
        for (let o = 0; o < outputs; o++) table[at + o]! += this.#words[from + o]!;
      }
    }
    const dimensions = this.head.space.scale.mean.length;
    addDenseScores({ rows: words.length, dimensions, data: wordVectors }, this.#dense, outputs, table);
    return table;
  }
}

/** Blocks of `classes` × `size` numbers, each class less the last one, which is left out: scores relative to 'none'. */
function relativeToLast(weights: Float64Array, classes: number, size: number): Float64Array {
  const block = classes * size;
  const result = new Float64Array((weights.length / classes) * (classes - 1));
  let at = 0;
  for (let b = 0; b < weights.length; b += block) {
    for (let i = 0; i < block - size; i++) result[at++] = weights[b + i]! - weights[b + block - size + (i % size)]!;
  }
  return result;
}

/** Every candidate of a passage, as objects: for lists, not for streams. */
export function predictEntities(scorer: SpanScorer, passage: PassageInput): ScoredSpan[] {
  const scores = scorer.score(passage);
  return Array.from({ length: scores.count }, (_, i) => scoredSpan(scorer.head, passage, scores, i));
}

/** Candidate i of a passage's scores. */
export function scoredSpan(head: EntityHead, passage: PassageInput, scores: SpanScores, i: number): ScoredSpan {
  return {
    ...spanRange(passage, scores.first[i]!, scores.last[i]!),
    distribution: distributionOf(withNone(head.labels), scores.probabilities, i * scores.outcomes),
  };
}

export interface DoubtfulSpan {
  /** Which candidate of the scores. */
  readonly index: number;
  readonly score: number;
}

/**
 * The candidates of a passage that a strategy would ask about, no two of them overlapping, most informative first, at
 * most `limit`. For the random strategy a span's score depends on the seed, the passage's identity and its place.
 */
export function doubtfulSpans(
  scores: SpanScores,
  strategy: Strategy,
  { seed, identity }: QueryContext,
  limit: number,
): DoubtfulSpan[] {
  const { count, outcomes, first, last, probabilities } = scores;
  const informativeness = new Float64Array(count);
  const name = strategy === 'random' ? hash32(identity, seed) : 0;
  for (let i = 0; i < count; i++) {
    informativeness[i] =
      strategy === 'random'
        ? combine32(name, first[i]! * MAX_WIDTH + last[i]! - first[i]!) / 0x1_0000_0000
        : uncertainty(strategy, probabilities, i * outcomes, outcomes);
  }
  const chosen: DoubtfulSpan[] = [];
  while (chosen.length < limit) {
    let top = -1;
    for (let i = 0; i < count; i++) {
      if (informativeness[i]! > (top < 0 ? -1 : informativeness[top]!)) top = i;
    }
    if (top < 0) break;
    chosen.push({ index: top, score: informativeness[top]! });
    for (let i = 0; i < count; i++) if (first[i]! <= last[top]! && last[i]! >= first[top]!) informativeness[i] = -1;
  }
  return chosen;
}
