import {
  evenFolds,
  fitTemperature,
  heldOutScores,
  holds,
  UNCALIBRATED,
  type Calibration,
  type HeldOut,
} from '../calibration.js';
import { distributionOf, sameLabels, withNone } from '../distribution.js';
import type { ClassPool, PooledModel } from '../features/class-pool.js';
import { selectFeatures, type ClassFeatures } from '../features/class.js';
import { latentRows, lexicalWeights } from '../features/latent.js';
import { COLUMNS } from '../features/lexical.js';
import { scaledRows, unscaleWeights } from '../features/scale.js';
import {
  addDenseScores,
  addedColumns,
  addSparseScores,
  carriedWeights,
  columnPositions,
  compact,
  concatenated,
  JoinedRows,
  selectSparse,
  type DenseRows,
  type Design,
  type SparseRows,
} from '../linear/design.js';
import { combination, exampleSpan, inKnownOrder, rowHash, weightsForScores, type KnownRows } from '../linear/gram.js';
import {
  fitSoftmax,
  interactiveTolerance,
  softmaxRows,
  type LinearWeights,
  type SoftmaxOptions,
} from '../linear/softmax.js';
import type { Distribution, Partial } from '../types.js';

/**
 * The class head: softmax over a class's values (single), or for each value its own yes and no (multiple), by
 * L2-regularised logistic regression. Without examples every value is as likely as another.
 */
export interface ClassTask {
  /** The values, in the project file's order. */
  readonly values: readonly string[];
  readonly multiple: boolean;
}

/** What people said about one passage. */
export interface ClassExample {
  /** Its row in the features. */
  readonly row: number;
  /** Values given. For a single class several are a disagreement, and each counts in part. */
  readonly values: readonly string[];
  /** Values rejected. */
  readonly rejected?: readonly string[];
  /** A multiple class in an accepted passage: the values that were on offer, of which those not given do not hold. */
  readonly scope?: readonly string[];
}

export interface ClassHead {
  readonly task: ClassTask;
  /** One for a single class, one a value for a multiple class. */
  readonly models: readonly ClassModel[];
  /** Scores are divided by it before the softmax (calibration.ts). */
  readonly temperature: number;
  readonly calibration: Calibration;
  /** Passages that taught something. */
  readonly examples: number;
}

/** For outcomes 0 … classes − 1. */
export interface ClassModel extends PooledModel {
  /** As fitted, on scaled vectors joined with latent features and `words`, to start the next fit from. */
  readonly fitted: LinearWeights;
  /** The lexical columns that the examples have, ascending. */
  readonly words: Uint32Array;
  /** The rows that it was fitted on, while they are few. */
  readonly known?: KnownRows;
}

/** Inverse strength of the penalty, for rows about 2.2 long (features/class.ts). */
export const CLASS_C = 100;
/** Keeps the intercept of a value that nobody has given yet from running away. */
const INTERCEPT_PENALTY = 0.1;
/** Share in interactiveTolerance: at it, probabilities are within about a hundredth of those of a full fit. */
const TOLERANCE = 0.0001;
/** Up to this many examples the fit is as wide as they are many (linear/gram.ts); beyond, as the features. */
const SPAN_LIMIT = 1500;
/** Folds of the cross-validation; of very many examples one fold is enough. */
const FOLDS = 5;
/** Number of examples at which class weights are down to half their exponent. */
const BALANCE_UNTIL = 50;

/**
 * Fits the head. `previous`, a head of the same task, only saves time. Examples of unknown values teach what their known
 * values and rejections say. The order of the examples does not matter beyond the tolerance of the fit. A calibration
 * that is given is taken over as it is: for heads that stand beside another, such as a committee's.
 */
export function fitClassHead(
  task: ClassTask,
  features: ClassFeatures,
  examples: readonly ClassExample[],
  previous?: ClassHead,
  given?: Calibration,
): ClassHead {
  if (task.values.length === 0) throw new RangeError('a class needs at least one value');
  const same = previous?.task.multiple === task.multiple && sameLabels(previous.task.values, task.values);
  const start = (i: number) => (same ? previous.models[i] : undefined);
  const rows = new Set<number>();
  const teach = (model: RowExample[]) => {
    for (const { row } of model) rows.add(row);
    return model;
  };
  const taught = task.multiple
    ? withNone(task.values)
        .slice(0, -1)
        .map((value) => ({ classes: 2, examples: teach(binaryExamples(value, examples)) }))
    : [{ classes: task.values.length, examples: teach(singleExamples(task.values, examples)) }];
  const known = given ?? (same ? previous.calibration : UNCALIBRATED);
  const due = given === undefined && !holds(known, rows.size);
  const held: HeldOut[] = [];
  const models = taught.map(({ classes, examples }, i) =>
    fitModel(features, examples, classes, start(i), due ? held : undefined),
  );
  const calibration = due ? { temperature: fitTemperature(held), examples: rows.size } : known;
  return { task, models, temperature: calibration.temperature, calibration, examples: rows.size };
}

/**
 * Probabilities of passages `rows` (all of them by default), a row a passage: for a single class one number a value, for a
 * multiple class, for each value, that it holds and that it does not.
 */
export function classProbabilities(head: ClassHead, features: ClassFeatures, rows?: ArrayLike<number>): Float64Array[] {
  const selected = rows ? selectFeatures(features, rows) : features;
  return head.models.map((model) => {
    const scores = classScores(model, selected);
    softmaxRows(scores, model.classes, head.temperature);
    return scores;
  });
}

/** As classProbabilities, for all passages of a pool at once. */
export function pooledProbabilities(head: ClassHead, pool: ClassPool): Float64Array[] {
  return pool.scores(head.models).map((scores, m) => {
    softmaxRows(scores, head.models[m]!.classes, head.temperature);
    return scores;
  });
}

/** The candidates of one passage: one for a single class; for a multiple class one a value, each `{[value], none}`. */
export function predictClass(head: ClassHead, features: ClassFeatures, row: number): Distribution[] {
  return distributionsOf(head, classProbabilities(head, features, [row]), 0);
}

/** The candidates of all passages, as `predictClass` gives them one by one. */
export function predictClasses(head: ClassHead, features: ClassFeatures): Distribution[][] {
  const probabilities = classProbabilities(head, features);
  return Array.from({ length: features.vectors.rows }, (_, row) => distributionsOf(head, probabilities, row));
}

/** The candidates of passage `row`, from what classProbabilities or pooledProbabilities gave. */
export function distributionsOf(
  { task }: ClassHead,
  probabilities: readonly Float64Array[],
  row: number,
): Distribution[] {
  return task.multiple
    ? task.values.map((value, i) => distributionOf(withNone([value]), probabilities[i]!, 2 * row))
    : [distributionOf(task.values, probabilities[0]!, task.values.length * row)];
}

interface RowExample extends Partial {
  readonly row: number;
}

function singleExamples(values: readonly string[], examples: readonly ClassExample[]): RowExample[] {
  const result: RowExample[] = [];
  for (const { row, values: given, rejected = [] } of examples) {
    const gold = [...new Set(given.map((value) => values.indexOf(value)).filter((k) => k >= 0))];
    for (const k of gold) result.push({ row, allowed: [k], weight: 1 / gold.length });
    if (gold.length > 0) continue;
    const allowed = values.map((_, k) => k).filter((k) => !rejected.includes(values[k]!));
    if (allowed.length > 0 && allowed.length < values.length) result.push({ row, allowed, weight: 1 });
  }
  return result;
}

/** Outcome 0: the value holds; 1: it does not. */
function binaryExamples(value: string, examples: readonly ClassExample[]): RowExample[] {
  const result: RowExample[] = [];
  for (const { row, values, rejected, scope } of examples) {
    if (values.includes(value)) result.push({ row, allowed: [0], weight: 1 });
    else if (rejected?.includes(value) || scope?.includes(value)) result.push({ row, allowed: [1], weight: 1 });
  }
  return result;
}

/**
 * Weights that make rare values count for more while examples are few: (n / (K·n_k))^τ with τ = ½ / (1 + n/50). Fully
 * balanced weights help under 50 examples and do harm with hundreds.
 */
function tempered(examples: readonly RowExample[], classes: number): RowExample[] {
  const counts = new Float64Array(classes);
  let n = 0;
  for (const { allowed, weight } of examples) {
    if (allowed.length > 1) continue;
    counts[allowed[0]!]! += weight;
    n += weight;
  }
  const seen = counts.filter((count) => count > 0).length;
  const exponent = 0.5 / (1 + n / BALANCE_UNTIL);
  return examples.map((example) =>
    example.allowed.length > 1
      ? example
      : { ...example, weight: example.weight * (n / (seen * counts[example.allowed[0]!]!)) ** exponent },
  );
}

function fitModel(
  features: ClassFeatures,
  plain: readonly RowExample[],
  classes: number,
  previous: ClassModel | undefined,
  held: HeldOut[] | undefined,
): ClassModel {
  const unordered = tempered(plain, classes);
  const gather = (of: readonly RowExample[]) => {
    const rows = of.map(({ row }) => row);
    const sparse = selectSparse(features.lexical, rows);
    return { rows, dense: denseRows(features, rows, sparse), sparse };
  };
  const given = gather(unordered);
  const { order, shared } = inKnownOrder(given.dense, given.sparse, previous?.known);
  const examples = order.map((i) => unordered[i]!);
  const { rows, dense: vectors, sparse } = gather(examples);
  const lexical = compact(sparse);
  const options = {
    classes,
    C: CLASS_C,
    interceptPenalty: INTERCEPT_PENALTY,
    tolerance: interactiveTolerance(examples.length, TOLERANCE),
  };
  const split = classes * vectors.dimensions;
  if (rows.length > SPAN_LIMIT) {
    const start = previous && {
      weights: concatenated(
        previous.fitted.weights.subarray(0, split),
        carriedWeights(previous.words, previous.fitted.weights.subarray(split), lexical.ids, classes),
      ),
      intercept: previous.fitted.intercept,
    };
    const design = new JoinedRows(vectors, lexical);
    const fitted = fitSoftmax(design, examples, { ...options, ...(start && { start }) });
    held?.push(heldOut(design, examples, vectors, sparse, options, fitted, [0]));
    return classModel(features, classes, lexical.ids, fitted);
  }
  const span = exampleSpan(vectors, lexical, previous?.known?.span, shared);
  const design = new JoinedRows({ rows: span.size, dimensions: span.size, data: span.lower });
  const start = previous && {
    weights: weightsForScores(span, scoresWithoutIntercept(previous, selectFeatures(features, rows)), classes),
    intercept: previous.fitted.intercept,
  };
  const inSpan = fitSoftmax(design, examples, { ...options, ...(start && { start }) });
  const { weights, intercept } = inSpan;
  held?.push(heldOut(design, examples, vectors, sparse, options, inSpan, [...Array(FOLDS).keys()]));
  const share = combination(span, weights, classes);
  const unfolded = new Float64Array(split + lexical.ids.length * classes);
  new JoinedRows(vectors, lexical).addGradient(share, classes, unfolded);
  const model = classModel(features, classes, lexical.ids, { weights: unfolded, intercept });
  return { ...model, known: { dense: vectors, sparse, span } };
}

/** What the examples of some folds get from models that did not see them. Weights that balance classes do not count here. */
function heldOut(
  design: Design,
  examples: readonly RowExample[],
  vectors: DenseRows,
  sparse: SparseRows,
  options: SoftmaxOptions,
  fitted: LinearWeights,
  folds: readonly number[],
): HeldOut {
  const fold = evenFolds(
    examples.map(({ allowed }, r) => ({ key: rowHash(vectors, sparse, r), group: allowed[0]! })),
    FOLDS,
  );
  const held = heldOutScores(design, examples, options, fitted, fold, folds);
  return { ...held, examples: held.examples.map((example) => ({ ...example, weight: 1 })) };
}

/** Scaled vectors joined with scaled latent features, of the rows selected and their lexical features. */
function denseRows({ vectors, space }: ClassFeatures, rows: readonly number[], sparse: SparseRows): DenseRows {
  const scaled = scaledRows(vectors, space.scale, rows);
  const projected = latentRows(sparse, space.latent);
  const latent = scaledRows(projected, space.latent.scale, [...rows.keys()]);
  const [d, r] = [scaled.dimensions, latent.dimensions];
  const data = new Float64Array(rows.length * (d + r));
  for (let i = 0; i < rows.length; i++) {
    data.set(scaled.data.subarray(i * d, (i + 1) * d), i * (d + r));
    data.set(latent.data.subarray(i * r, (i + 1) * r), i * (d + r) + d);
  }
  return { rows: rows.length, dimensions: d + r, data };
}

function classModel({ space }: ClassFeatures, classes: number, words: Uint32Array, fitted: LinearWeights): ClassModel {
  const [d, r] = [space.scale.mean.length, space.latent.dimensions];
  const split = classes * (d + r);
  const part = (from: number, length: number): Float64Array => {
    const weights = new Float64Array(classes * length);
    for (let k = 0; k < classes; k++) {
      const at = k * (d + r) + from;
      weights.set(fitted.weights.subarray(at, at + length), k * length);
    }
    return weights;
  };
  const onVectors = unscaleWeights(part(0, d), space.scale);
  const onLatent = unscaleWeights(part(d, r), space.latent.scale);
  const projected = lexicalWeights(space.latent, onLatent.weights, classes);
  return {
    classes,
    dense: onVectors.weights,
    ...addedColumns(words, fitted.weights.subarray(split), space.latent.columns, projected, classes),
    intercept: fitted.intercept.map((b, k) => b + onVectors.constants[k]! + (onLatent.constants[k] ?? 0)),
    fitted: { weights: fitted.weights, intercept: fitted.intercept },
    words,
  };
}

function scoresWithoutIntercept(model: ClassModel, features: ClassFeatures): Float64Array {
  return classScores(model, features).map((score, i) => score - model.fitted.intercept[i % model.classes]!);
}

function classScores(model: ClassModel, { vectors, lexical }: ClassFeatures): Float64Array {
  const { classes, intercept } = model;
  const scores = new Float64Array(vectors.rows * classes);
  for (let i = 0; i < scores.length; i++) scores[i] = intercept[i % classes]!;
  addDenseScores(vectors, model.dense, classes, scores);
  addSparseScores(lexical, model.sparse, classes, scores, columnPositions(model.columns, COLUMNS));
  return scores;
}
