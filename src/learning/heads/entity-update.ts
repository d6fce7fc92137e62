import { ROLES, SpanDesign, splitWeights, type SpanWeights } from '../features/entity.js';
import { MAX_WIDTH } from '../features/spans.js';
import { addedColumns, carriedWeights, compact, concatenated } from '../linear/design.js';
import { fitSoftmax, interactiveTolerance } from '../linear/softmax.js';
import { ENTITY_C, INTERCEPT_PENALTY, type EntityHead, type SpanModel } from './entity.js';
import { trainingSpans, type EntityExample, type TrainingSpans } from './entity-training.js';
import { SpanScorer } from './span-scorer.js';

/** As in entity.ts, for fits of a few passages. */
const TOLERANCE = 0.02;
const MAX_ITERATIONS = 20;

/**
 * A head that has taken in a few more passages, at a cost that does not depend on how many it was fitted on: its weights are
 * moved so that the new passages become likely, each at the price that the old ones put on moving it (a sequential Laplace
 * approximation with a diagonal: Spiegelhalter & Lauritzen 1990; elastic weight consolidation: Kirkpatrick et al. 2017).
 * What fitEntityHead makes of all passages is better: this is for those who wait. The head itself where it has no curvature.
 */
export function updatedEntityHead(head: EntityHead, examples: readonly EntityExample[], seed: number): EntityHead {
  const { labels, space, model } = head;
  const training = trainingSpans(labels, space, examples, seed);
  if (model?.curvature === undefined || training.places.length === 0) return head;
  const classes = labels.length + 1;
  const words = compact(training.words);
  const spans = compact(training.spans);
  const parts = (weights: ArrayLike<number>, columns: Uint32Array): SpanWeights =>
    splitWeights(Float64Array.from(weights), classes, space.scale.mean.length, columns.length);
  const curvature = parts(model.curvature.weights, model.words);
  /** The curvature so far at other columns than the model's. */
  const curvatureAt = (wordColumns: Uint32Array, spanColumns: Uint32Array): Float64Array =>
    concatenated(
      curvature.vectors,
      carriedWeights(model.words, curvature.words, wordColumns, ROLES * classes),
      carriedWeights(model.spans, curvature.spans, spanColumns, classes),
    );
  const design = new SpanDesign(training.places, training.segments, training.vectors, words, spans);
  const { weights, intercept } = fitSoftmax(design, training.partials, {
    classes,
    C: ENTITY_C,
    penalties: curvatureAt(words.ids, spans.ids).map((price) => price + 1 / ENTITY_C),
    interceptPenalty: INTERCEPT_PENALTY + model.curvature.intercept,
    offsets: scoresOf(head, examples, training),
    tolerance: interactiveTolerance(training.labelled, TOLERANCE),
    maxIterations: MAX_ITERATIONS,
  });
  const before = parts(model.fitted.weights, model.words);
  const change = parts(weights, words.ids);
  const allWords = addedColumns(model.words, before.words, words.ids, change.words, ROLES * classes);
  const allSpans = addedColumns(model.spans, before.spans, spans.ids, change.spans, classes);
  return {
    ...head,
    skipped: head.skipped + training.skipped,
    model: {
      fitted: {
        weights: concatenated(
          before.vectors.map((weight, i) => weight + change.vectors[i]!),
          allWords.sparse,
          allSpans.sparse,
        ),
        intercept: model.fitted.intercept.map((weight, k) => weight + intercept[k]!),
      },
      words: allWords.columns,
      spans: allSpans.columns,
      memory: withMemory(model, training),
      labelled: model.labelled + training.labelled,
      curvature: {
        ...model.curvature,
        weights: Float32Array.from(curvatureAt(allWords.columns, allSpans.columns)),
      },
    },
  };
}

/** What the head says of the spans, as scores that are not divided by the temperature yet: rows × classes. */
function scoresOf(
  head: EntityHead,
  examples: readonly EntityExample[],
  { places, examples: origins }: TrainingSpans,
): Float64Array {
  const scorer = new SpanScorer(head);
  const classes = head.labels.length + 1;
  const scores = new Float64Array(places.length * classes);
  let row = 0;
  let base = 0;
  examples.forEach(({ passage }, e) => {
    const { count, first, last, probabilities } = scorer.score(passage);
    const number = (from: number, to: number): number => from * MAX_WIDTH + (to - from);
    const index = new Map(Array.from({ length: count }, (_, i) => [number(first[i]!, last[i]!), i]));
    for (; origins[row] === e; row++) {
      const at = index.get(number(places[row]!.first - base, places[row]!.last - base))! * classes;
      for (let k = 0; k < classes; k++)
        scores[row * classes + k] = head.temperature * Math.log(Math.max(Number.MIN_VALUE, probabilities[at + k]!));
    }
    base += passage.words.length;
  });
  return scores;
}

function withMemory(model: SpanModel, training: TrainingSpans): SpanModel['memory'] {
  const memory = new Map(model.memory);
  for (const [words, given] of training.memory)
    memory.set(
      words,
      [...new Set([...(memory.get(words) ?? []), ...given])].sort((a, b) => a - b),
    );
  return memory;
}
