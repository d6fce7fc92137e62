import { distributionOf, withNone } from '../distribution.js';
import {
  accumulateInside,
  addSpanScore,
  EntityPrior,
  ROLES,
  splitWeights,
  VECTOR_ROLES,
  WORD_FEATURE_VALUE,
} from '../features/entity.js';
import { checkPassage, MAX_WIDTH, memoryColumn, segments, SpanHash, spanRange } from '../features/spans.js';
import { COLUMNS, WORD_FEATURES, wordFeatures, type Spellings, type WordFeatures } from '../features/lexical.js';
import { unscaleWeights } from '../features/scale.js';
import { addDenseScores, columnPositions } from '../linear/design.js';
import { softmaxRows } from '../linear/softmax.js';
import { combine32, hash32 } from '../random.js';
import { candidateMeasure, uncertainty, type QueryContext } from '../strategies/uncertainty.js';
import type { PassageInput, ScoredSpan, Strategy } from '../types.js';
import type { EntityHead } from './entity.js';

/** The candidates of one passage; the arrays belong to the scorer and are overwritten by its next passage. */
export interface SpanScores {
  /** Number of candidates, ordered by first word, then by last. */
  readonly count: number;
  /** Outcomes of each: the labels, then 'none'. */
  readonly outcomes: number;
  /** Word indices. */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
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
  /** VECTOR_ROLES × labels × dimensions, relative to 'none' and on unscaled vectors, and what goes with each for any vector. */
  readonly #vectors: Float64Array;
  readonly #constants: Float64Array;
  readonly #words: Float64Array;
  readonly #wordAt: Int32Array;
  readonly #spans: Float64Array;
  readonly #spanAt: Int32Array;
  /** For SpanHash.words, which of #memory, the columns of the labels that the words were given. */
  readonly #memoryAt: Int32Array;
  readonly #memory: readonly (readonly number[])[];
  readonly #intercept: Float64Array;
  readonly #hash = new SpanHash();
  readonly #spellings: Spellings = new Map();
  #table = new Float64Array(0);
  #first = new Uint32Array(0);
  #last = new Uint32Array(0);
  #probabilities = new Float64Array(0);

  constructor(head: EntityHead) {
    this.head = head;
    const { labels, space, model } = head;
    const d = space.scale.mean.length;
    const classes = labels.length + 1;
    this.#labels = labels.length;
    const fitted = model?.fitted ?? {
      weights: new Float64Array(VECTOR_ROLES * classes * d),
      intercept: new Float64Array(classes),
    };
    const wordIds = model?.words ?? new Uint32Array(0);
    const parts = splitWeights(fitted.weights, classes, d, wordIds.length);
    const { weights, constants } = unscaleWeights(relativeToLast(parts.vectors, classes, d), space.scale);
    this.#vectors = weights;
    this.#constants = constants;
    // A word always has the same number of features, each of the same value: it goes into the weights.
    this.#words = relativeToLast(parts.words, classes, 1).map((w) => w * WORD_FEATURE_VALUE);
    this.#wordAt = columnPositions(wordIds, COLUMNS);
    this.#spans = relativeToLast(parts.spans, classes, 1);
    this.#spanAt = columnPositions(model?.spans ?? new Uint32Array(0), COLUMNS);
    this.#intercept = relativeToLast(fitted.intercept, classes, 1);
    const memory = [...(model?.memory ?? [])];
    this.#memoryAt = columnPositions(
      Uint32Array.from(memory, ([words]) => words),
      COLUMNS,
    );
    this.#memory = memory.map(([, given]) => given.map(memoryColumn));
  }

  score(passage: PassageInput): SpanScores {
    const { words } = passage;
    const { space, temperature } = this.head;
    checkPassage(space, passage);
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
          this.#addSpanFeature(hash.width, scores, at);
          this.#addSpanFeature(hash.shapes, scores, at);
          const memory = this.#memoryAt[hash.words]!;
          if (memory >= 0) for (const column of this.#memory[memory]!) this.#addSpanFeature(column, scores, at);
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

  #addSpanFeature(column: number, scores: Float64Array, at: number): void {
    const labels = this.#labels;
    const position = this.#spanAt[column]!;
    if (position < 0) return;
    for (let k = 0; k < labels; k++) scores[at + k]! += this.#spans[position * labels + k]!;
  }

  #reserve(words: number): void {
    const spans = words * MAX_WIDTH;
    if (this.#first.length >= spans) return;
    this.#first = new Uint32Array(spans);
    this.#last = new Uint32Array(spans);
    this.#probabilities = new Float64Array(spans * (this.#labels + 1));
    this.#table = new Float64Array(words * ROLES * this.#labels);
  }

  /** What each word is worth in each role for each label. */
  #wordTable({ words, wordVectors }: PassageInput, { columns }: WordFeatures): Float64Array {
    const outputs = ROLES * this.#labels;
    const fromVectors = VECTOR_ROLES * this.#labels;
    const table = this.#table;
    for (let w = 0; w < words.length; w++) {
      const at = w * outputs;
      for (let o = 0; o < outputs; o++) table[at + o] = o < fromVectors ? this.#constants[o]! : 0;
      for (let f = w * WORD_FEATURES; f < (w + 1) * WORD_FEATURES; f++) {
        const position = this.#wordAt[columns[f]!]!;
        if (position < 0) continue;
        const from = position * outputs;
        for (let o = 0; o < outputs; o++) table[at + o]! += this.#words[from + o]!;
      }
    }
    const dimensions = this.head.space.scale.mean.length;
    addDenseScores({ rows: words.length, dimensions, data: wordVectors }, this.#vectors, fromVectors, table, outputs);
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
  const measure = candidateMeasure(strategy);
  const name = hash32(identity, seed);
  for (let i = 0; i < count; i++) {
    informativeness[i] =
      measure === 'random'
        ? combine32(name, first[i]! * MAX_WIDTH + last[i]! - first[i]!) / 0x1_0000_0000
        : uncertainty(measure, probabilities, i * outcomes, outcomes);
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
