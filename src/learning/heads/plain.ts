import { addDenseScores, doublePrecision, selectDense, type DenseRows } from '../linear/dense.js';
import { JoinedRows } from '../linear/design.js';
import { fitSoftmax, PARITY, softmaxRows, type LinearWeights } from '../linear/softmax.js';

/**
 * Plain multinomial logistic regression on given features, as other active-learning libraries use it, for comparisons on
 * identical ground: L2 with C = 10 against the sum of the losses, intercept not penalised, converged to 1e-8, over the
 * classes that occur among the labels (scikit-learn's LogisticRegression with multi_class="multinomial").
 */
export interface PlainRegression {
  /** The classes seen, ascending: outcome k of a row of probabilities is class `classes[k]`. */
  readonly classes: Int32Array;
  readonly fitted: LinearWeights;
}

const C = 10;

/**
 * Fits on the rows given.
 * @param labels class of every row of `vectors`
 */
export function fitPlainRegression(
  vectors: DenseRows,
  rows: readonly number[],
  labels: Int32Array,
  previous?: PlainRegression,
): PlainRegression {
  const classes = Int32Array.from(new Set(rows.map((row) => labels[row]!))).sort();
  const same = previous !== undefined && String(previous.classes) === String(classes);
  const fitted = fitSoftmax(
    new JoinedRows(doublePrecision(selectDense(vectors, rows))),
    rows.map((row) => ({ allowed: [classes.indexOf(labels[row]!)], weight: 1 })),
    {
      classes: classes.length,
      C,
      tolerance: PARITY,
      maxIterations: 10_000,
      ...(same && { start: previous.fitted }),
    },
  );
  return { classes, fitted };
}

/** A row of probabilities for each of `rows` (all by default), in the order of `head.classes`. */
export function plainProbabilities(head: PlainRegression, vectors: DenseRows, rows?: readonly number[]): Float64Array {
  const selected = doublePrecision(rows ? selectDense(vectors, rows) : vectors);
  const classes = head.classes.length;
  const { weights, intercept } = head.fitted;
  const scores = new Float64Array(selected.rows * classes);
  for (let i = 0; i < scores.length; i++) scores[i] = intercept[i % classes]!;
  addDenseScores(selected, weights, classes, scores);
  softmaxRows(scores, classes);
  return scores;
}
