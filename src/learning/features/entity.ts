import type { Range } from '../../corpus/types.js';
import {
  addDenseGradient,
  addSparseGradient,
  addSparseScores,
  DensePart,
  selectSparse,
  type CompactRows,
  type DenseRows,
  type Design,
  type SparseRows,
} from '../linear/design.js';
import { combine32, hash32 } from '../random.js';
import type { PassageInput } from '../types.js';
import { wordFeatures, WORD_FEATURES, WordKind, type WordFeatures } from './lexical.js';
import { fitScale, type Scale } from './scale.js';
import { MAX_WIDTH } from './spans.js';

/**
 * What the entity head sees of a span of words. Every word plays up to five roles (first, last, inside, before, after),
 * with weights of its own in each on its lexical features, and in the first three on its vector. (The transformer has seen
 * the neighbours already: their vectors made no difference on the development sets, and cost two fifths.) A span's score
 * is the sum of what its words are worth in their roles (of those inside, the mean) plus a few features of the span as a
 * whole. So the scores of all the spans of a passage come from one table, words × roles × labels, and prefix sums over it.
 */
export const ROLES = 5;
/** Roles whose vectors count: those before BEFORE. */
export const VECTOR_ROLES = 3;
export const FIRST = 0;
export const LAST = 1;
export const INSIDE = 2;
export const BEFORE = 3;
export const AFTER = 4;

/** What was learned about the pool's words without labels; the same for every passage that one head sees. */
export interface WordSpace {
  readonly scale: Scale;
  /** Share of the pool's words, by hash of the lower-cased word. */
  readonly frequency: Float32Array;
}

/** Numbers that hashes of words are folded into where their frequencies are counted. */
export const FREQUENCY_SLOTS = 1 << 16;

/** The space of a pool's words. A sample of some thousand passages is enough. */
export function wordSpace(dimensions: number, passages: readonly PassageInput[]): WordSpace {
  const rows = passages.reduce((sum, { words }) => sum + words.length, 0);
  const data = new Float32Array(rows * dimensions);
  const frequency = new Float32Array(FREQUENCY_SLOTS);
  let at = 0;
  for (const passage of passages) {
    data.set(passage.wordVectors, at);
    at += passage.wordVectors.length;
    for (const hash of wordFeatures(passage).identity) frequency[hash & (FREQUENCY_SLOTS - 1)]! += 1 / rows;
  }
  return { scale: fitScale({ rows, dimensions, data }), frequency };
}

/**
 * The memory of labelled mentions: which labels the same words were given, by SpanHash.words. That they were is one feature
 * for each label, shared by all mentions. In training only other passages count: what a span is labelled itself is the
 * answer, not a feature.
 */
export type SpanMemory = ReadonlyMap<number, readonly number[]>;

/** Costs of a word inside a span, and of a name beside it, in the prior's logits. */
export const COST = { name: 0, opening: -1, rare: -2, common: -4, neighbour: -1.5, worst: -8 };
/** A word that makes up less than this share of the pool is rare. */
export const RARE = 1e-3;

/**
 * What is taken for an entity before anything is labelled: whole runs of capitalised words (and of words that mix letters
 * and digits), then rare words, in scripts without case only these. It gives, for every span, a number ≤ 0 that is added
 * to the score of every label against 'none': at 0 all outcomes are equally likely, which is where every strategy sees
 * most to learn; at −4 'none' is nearly sure. Without it the first queue would be random word sequences. It is an offset,
 * not a rule: labels teach the weights that outweigh it.
 */
export class EntityPrior {
  readonly #sums: Float64Array;
  readonly #name: Uint8Array;

  constructor(features: WordFeatures, { frequency }: WordSpace) {
    const n = features.kinds.length;
    this.#sums = new Float64Array(n + 1);
    this.#name = new Uint8Array(n);
    for (let w = 0; w < n; w++) {
      const kind = features.kinds[w]!;
      const rare = frequency[features.identity[w]! & (FREQUENCY_SLOTS - 1)]! < RARE;
      const name = kind === WordKind.name || (kind === WordKind.opening && rare);
      const cost = kind === WordKind.name ? COST.name : name ? COST.opening : rare ? COST.rare : COST.common;
      this.#name[w] = name ? 1 : 0;
      this.#sums[w + 1] = this.#sums[w]! + cost;
    }
  }

  /** The prior of the span of words [first, last] in the segment [lower, upper). */
  logit(first: number, last: number, lower: number, upper: number): number {
    const inside = this.#sums[last + 1]! - this.#sums[first]!;
    const left = first > lower && this.#name[first - 1] === 1 && this.#name[first] === 1 ? COST.neighbour : 0;
    const right = last + 1 < upper && this.#name[last + 1] === 1 && this.#name[last] === 1 ? COST.neighbour : 0;
    return Math.max(COST.worst, inside + left + right);
  }
}

/** Value of each lexical feature of a word, so that they are together one long, as its scaled vector is. */
export const WORD_FEATURE_VALUE = 1 / Math.sqrt(WORD_FEATURES);

/** Sparse rows of words: each has its WORD_FEATURES columns. */
export function wordRows(features: readonly WordFeatures[]): SparseRows {
  const words = features.reduce((sum, { kinds }) => sum + kinds.length, 0);
  const columns = new Uint32Array(words * WORD_FEATURES);
  let at = 0;
  for (const { columns: own } of features) {
    columns.set(own, at);
    at += own.length;
  }
  return {
    starts: Uint32Array.from({ length: words + 1 }, (_, w) => w * WORD_FEATURES),
    columns,
    values: new Float32Array(columns.length).fill(WORD_FEATURE_VALUE),
  };
}

/**
 * Turns the INSIDE column of a table (words × ROLES × outputs) into running sums over the words [start, end), so that the
 * sum over a span is a difference.
 */
export function accumulateInside(table: Float64Array, outputs: number, start: number, end: number): void {
  const stride = ROLES * outputs;
  for (let w = start + 1; w < end; w++) {
    const at = w * stride + INSIDE * outputs;
    for (let k = 0; k < outputs; k++) table[at + k]! += table[at - stride + k]!;
  }
}

/**
 * scores[at + k] += the worth of the words of [first, last] in their roles, from a table after accumulateInside. Words
 * outside the segment [lower, upper) play no role.
 */
export function addSpanScore(
  table: Float64Array,
  outputs: number,
  first: number,
  last: number,
  lower: number,
  upper: number,
  scores: Float64Array,
  at: number,
): void {
  const stride = ROLES * outputs;
  const share = 1 / (last - first + 1);
  const a = first * stride + FIRST * outputs;
  const b = last * stride + LAST * outputs;
  const to = last * stride + INSIDE * outputs;
  const from = (first - 1) * stride + INSIDE * outputs;
  const before = (first - 1) * stride + BEFORE * outputs;
  const after = (last + 1) * stride + AFTER * outputs;
  const hasBefore = first > lower;
  const hasAfter = last + 1 < upper;
  for (let k = 0; k < outputs; k++) {
    let inside = table[to + k]!;
    let rest = 0;
    if (hasBefore) {
      inside -= table[from + k]!;
      rest = table[before + k]!;
    }
    if (hasAfter) rest += table[after + k]!;
    scores[at + k]! += table[a + k]! + table[b + k]! + inside * share + rest;
  }
}

/** A span in a training set: word indices into all its words, and the segment that it lies in. */
export interface SpanPlace {
  readonly first: number;
  readonly last: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * The design of spans (see the top of this file). Weights: VECTOR_ROLES × classes × dimensions of the vectors; word columns ×
 * ROLES × classes; span columns × classes.
 */
export class SpanDesign implements Design {
  readonly rows: number;
  readonly columns: number;
  readonly #dense: DensePart;

  constructor(
    readonly places: readonly SpanPlace[],
    /** Segments of the words, as ranges of word indices. */
    readonly segments: readonly Range[],
    readonly vectors: DenseRows,
    readonly words: CompactRows,
    readonly spans: CompactRows,
  ) {
    this.#dense = new DensePart(vectors);
    this.rows = places.length;
    this.columns = VECTOR_ROLES * vectors.dimensions + ROLES * words.ids.length + spans.ids.length;
  }

  /** The words stay as they are. */
  select(rows: readonly number[]): SpanDesign {
    const { ids, sparse } = this.spans;
    return new SpanDesign(
      rows.map((row) => this.places[row]!),
      this.segments,
      this.vectors,
      this.words,
      { ids, sparse: selectSparse(sparse, rows) },
    );
  }

  during<T>(work: () => T): T {
    return this.#dense.during(work);
  }

  addScores(weights: Float64Array, classes: number, scores: Float64Array): void {
    const { vectors, words, spans } = this.#parts(weights, classes);
    const outputs = ROLES * classes;
    const table = new Float64Array(this.vectors.rows * outputs);
    this.#dense.addScores(vectors, VECTOR_ROLES * classes, table, outputs);
    addSparseScores(this.words.sparse, words, outputs, table);
    for (const { start, end } of this.segments) accumulateInside(table, classes, start, end);
    this.places.forEach(({ first, last, lower, upper }, row) => {
      addSpanScore(table, classes, first, last, lower, upper, scores, row * classes);
    });
    addSparseScores(this.spans.sparse, spans, classes, scores);
  }

  addGradient(residuals: Float64Array, classes: number, gradient: Float64Array): void {
    const { vectors, words, spans } = this.#parts(gradient, classes);
    const outputs = ROLES * classes;
    const table = this.#wordResiduals(residuals, classes);
    this.#dense.addGradient(table, VECTOR_ROLES * classes, vectors, outputs);
    addSparseGradient(this.words.sparse, table, outputs, words);
    addSparseGradient(this.spans.sparse, residuals, classes, spans);
  }

  /** The words inside a span are taken for uncorrelated. */
  addCurvature(curvature: Float64Array, classes: number, diagonal: Float64Array): void {
    const { vectors, words, spans } = this.#parts(diagonal, classes);
    const outputs = ROLES * classes;
    const table = this.#wordResiduals(curvature, classes, 2);
    const squares = { ...this.vectors, data: Float32Array.from(this.vectors.data, (x) => x * x) };
    addDenseGradient(squares, table, VECTOR_ROLES * classes, vectors, outputs);
    addSparseGradient(squared(this.words.sparse), table, outputs, words);
    addSparseGradient(squared(this.spans.sparse), curvature, classes, spans);
  }

  #parts(weights: Float64Array, classes: number): SpanWeights {
    return splitWeights(weights, classes, this.vectors.dimensions, this.words.ids.length);
  }

  /** What the spans' residuals are to the words in their roles, words × ROLES × classes; shares of words to a power. */
  #wordResiduals(residuals: Float64Array, classes: number, power = 1): Float64Array {
    const outputs = ROLES * classes;
    const table = new Float64Array(this.vectors.rows * outputs);
    this.places.forEach(({ first, last, lower, upper }, row) => {
      const share = (last - first + 1) ** -power;
      const [a, b] = [first * outputs, last * outputs];
      for (let k = 0; k < classes; k++) {
        const r = residuals[row * classes + k]!;
        table[a + FIRST * classes + k]! += r;
        table[b + LAST * classes + k]! += r;
        // Differences, which the running sums below turn into one share for each word of the span.
        table[a + INSIDE * classes + k]! += r * share;
        if (first > lower) table[a - outputs + BEFORE * classes + k]! += r;
        if (last + 1 < upper) {
          table[b + outputs + AFTER * classes + k]! += r;
          table[b + outputs + INSIDE * classes + k]! -= r * share;
        }
      }
    });
    for (const { start, end } of this.segments) accumulateInside(table, classes, start, end);
    return table;
  }
}

function squared(rows: SparseRows): SparseRows {
  return { ...rows, values: rows.values.map((value) => value * value) };
}

/** The parts of a SpanDesign's weights, as views. */
export interface SpanWeights {
  readonly vectors: Float64Array;
  readonly words: Float64Array;
  readonly spans: Float64Array;
}

export function splitWeights(
  weights: Float64Array,
  classes: number,
  dimensions: number,
  wordColumns: number,
): SpanWeights {
  const a = VECTOR_ROLES * classes * dimensions;
  const b = a + wordColumns * ROLES * classes;
  return { vectors: weights.subarray(0, a), words: weights.subarray(a, b), spans: weights.subarray(b) };
}

/** Seeded identity of a span's training row, independent of the order of the examples. */
export function spanKey(text: string, first: number, last: number, seed: number): number {
  return combine32(hash32(text, seed), first * MAX_WIDTH + (last - first));
}
