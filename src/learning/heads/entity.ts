import { evenFolds, fitTemperature, heldOutScores, holds, UNCALIBRATED, type Calibration } from '../calibration.js';
import { sameLabels, withNone } from '../distribution.js';
import { ROLES, SpanDesign, splitWeights, type SpanMemory, type WordSpace } from '../features/entity.js';
import { carriedWeights, compact, concatenated } from '../linear/design.js';
import {
  fitSoftmax,
  interactiveTolerance,
  lossCurvature,
  type Curvature,
  type LinearWeights,
} from '../linear/softmax.js';
import { hash32 } from '../random.js';
import { trainingSpans, type EntityExample } from './entity-training.js';

export type { EntityExample } from './entity-training.js';
export {
  doubtfulSpans,
  predictEntities,
  scoredSpan,
  SpanScorer,
  type DoubtfulSpan,
  type SpanScores,
} from './span-scorer.js';

/**
 * The entity head: every span of up to MAX_WIDTH words, overlapping ones too, has a distribution over the labels and
 * 'none', by softmax regression on the features of features/entity.ts with EntityPrior as an offset. Without examples the
 * prior is all there is.
 */

export interface EntityHead {
  readonly labels: readonly string[];
  readonly space: WordSpace;
  /** Scores are divided by it before the softmax (calibration.ts). */
  readonly temperature: number;
  readonly calibration: Calibration;
  /** Entities that no candidate span stands for (no word in them, or more than MAX_WIDTH) and that taught nothing. */
  readonly skipped: number;
  readonly model: SpanModel | undefined;
}

/** Weights as fitted, for the labels and 'none'. */
export interface SpanModel {
  readonly fitted: LinearWeights;
  /** Lexical columns of words, and of whole spans, ascending. */
  readonly words: Uint32Array;
  readonly spans: Uint32Array;
  readonly memory: SpanMemory;
  /** Spans with a label that it was fitted on. */
  readonly labelled: number;
  /** What moving it costs the examples, for updates (entity-update.ts). */
  readonly curvature?: Curvature;
}

/** Inverse strength of the penalty, also of the posterior that a committee is drawn from (strategies/members.ts). */
export const ENTITY_C = 30;
export const INTERCEPT_PENALTY = 0.1;
/** Share in interactiveTolerance. */
const TOLERANCE = 0.005;
/**
 * Most iterations, where small sets converge. From nothing, without the curvature: by it, features that few spans have would
 * be learned first, and by heart. Then with it, which of a large set gives better scores on the development sets than twice
 * as many without.
 */
const MAX_ROUGH_ITERATIONS = 30;
const MAX_FINE_ITERATIONS = 15;
/** The same where a head is fitted again for up to a tenth more examples: it is nearly there, and goes on with the next one. */
const MAX_WARM_ITERATIONS = 6;
/** Folds of the cross-validation, the most iterations of one, and from how many passages on a single one is enough. */
const FOLDS = 3;
const MAX_FOLD_ITERATIONS = 30;
const ONE_FOLD_FROM = 60;

/**
 * Fits the head. `previous`, a head with the same labels and space, only saves time. The seed decides which of very many
 * spans without a label are learned from; the order of the examples does not matter beyond the tolerance of the fit.
 * Mentions of labels that are not in `labels` teach that their place is none of the labels in scope. A calibration
 * that is given is taken over as it is: for heads that stand beside another, such as a committee's.
 */
export function fitEntityHead(
  labels: readonly string[],
  space: WordSpace,
  examples: readonly EntityExample[],
  seed: number,
  previous?: EntityHead,
  given?: Calibration,
): EntityHead {
  const outcomes = withNone(labels);
  const classes = outcomes.length;
  const training = trainingSpans(labels, space, examples, seed);
  const { places, partials, skipped } = training;
  if (places.length === 0) {
    return { labels, space, temperature: 1, calibration: UNCALIBRATED, skipped, model: undefined };
  }
  const words = compact(training.words);
  const spans = compact(training.spans);
  const design = new SpanDesign(places, training.segments, training.vectors, words, spans);
  const same = previous && sameLabels(previous.labels, labels) ? previous : undefined;
  const model = same?.model;
  const options = {
    classes,
    C: ENTITY_C,
    interceptPenalty: INTERCEPT_PENALTY,
    offsets: training.offsets,
    tolerance: interactiveTolerance(training.labelled, TOLERANCE),
  };
  const start = model
    ? startFrom(model, words.ids, spans.ids, classes, space.scale.mean.length)
    : fitSoftmax(design, partials, { ...options, maxIterations: MAX_ROUGH_ITERATIONS });
  const known = 'curvature' in start ? start.curvature : lossCurvature(design, partials, start, training.offsets);
  const isNear = model !== undefined && training.labelled <= 1.1 * model.labelled + 1;
  const fitted = fitSoftmax(design, partials, {
    ...options,
    maxIterations: isNear ? MAX_WARM_ITERATIONS : MAX_FINE_ITERATIONS,
    start,
    ...(known && { curvature: known }),
  });
  const taught = new Set(training.examples).size;
  let calibration = given ?? same?.calibration ?? UNCALIBRATED;
  if (given === undefined && !holds(calibration, taught)) {
    const folds = taught > ONE_FOLD_FROM ? [0] : [...Array(FOLDS).keys()];
    const fold = evenFolds(
      examples.map(({ passage }) => ({ key: hash32(passage.text, seed), group: 0 })),
      FOLDS,
    );
    const held = heldOutScores(
      design,
      partials,
      { ...options, maxIterations: MAX_FOLD_ITERATIONS },
      fitted,
      training.examples.map((example) => fold[example]!),
      folds,
    );
    calibration = { temperature: fitTemperature([held]), examples: taught };
  }
  const curvature = given === undefined ? lossCurvature(design, partials, fitted, training.offsets) : undefined;
  return {
    labels,
    space,
    temperature: calibration.temperature,
    calibration,
    skipped,
    model: {
      fitted,
      words: words.ids,
      spans: spans.ids,
      memory: training.memory,
      labelled: training.labelled,
      ...(curvature && { curvature: { ...curvature, weights: Float32Array.from(curvature.weights) } }),
    },
  };
}

/** What a model says at other columns, and its curvature there. */
function startFrom(
  { fitted, words, spans, curvature }: SpanModel,
  newWords: Uint32Array,
  newSpans: Uint32Array,
  classes: number,
  dimensions: number,
): LinearWeights & { readonly curvature?: Curvature } {
  const carried = (weights: Float64Array): Float64Array => {
    const parts = splitWeights(weights, classes, dimensions, words.length);
    return concatenated(
      parts.vectors,
      carriedWeights(words, parts.words, newWords, ROLES * classes),
      carriedWeights(spans, parts.spans, newSpans, classes),
    );
  };
  return {
    weights: carried(fitted.weights),
    intercept: fitted.intercept,
    ...(curvature && { curvature: { ...curvature, weights: carried(Float64Array.from(curvature.weights)) } }),
  };
}
