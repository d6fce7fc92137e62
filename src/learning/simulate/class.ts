import { classFeatures, classSpace } from '../features/class.js';
import { lexicalRows, type WordedText } from '../features/lexical.js';
import { classProbabilities, fitClassHead, type ClassHead } from '../heads/class.js';
import { fitPlainRegression, plainProbabilities, type PlainRegression } from '../heads/plain.js';
import type { DenseRows } from '../linear/design.js';
import { accuracy, expectedCalibrationError, macroF1 } from '../metrics.js';
import { classMembers } from '../strategies/members.js';
import { singleOutputs } from '../strategies/query.js';
import { uncertainty } from '../strategies/uncertainty.js';
import { headQuery, unlabelledQuery } from './query.js';
import type { Learner, Predictions, Scores } from './types.js';

/** Records of a task with one value a passage. */
export interface ClassRecords {
  readonly passages: readonly WordedText[];
  readonly vectors: DenseRows;
  readonly labels: readonly string[];
}

/** The product's class head. Throws a RangeError for records that do not fit together. */
export function classLearner(train: ClassRecords, test: ClassRecords): Learner<ClassHead> {
  const { values, train: codes, groups, test: gold } = coded(train, test);
  const lexical = lexicalRows(train.passages);
  const space = classSpace(train.vectors, lexical);
  const features = classFeatures(train.vectors, lexical, space);
  const testFeatures = classFeatures(test.vectors, lexicalRows(test.passages), space);
  const classes = Int32Array.from(values.keys());
  const example = (row: number) => ({ row, values: [train.labels[row]!] });
  return {
    size: train.labels.length,
    groups,
    tokens: (record) => train.passages[record]!.words.length,
    fit: (records, previous) => fitClassHead({ values, multiple: false }, features, records.map(example), previous),
    query: (asking, head) =>
      head === undefined
        ? unlabelledQuery(asking, train.vectors)
        : headQuery(asking, train.vectors, {
            outputs: (records) => singleOutputs(classProbabilities(head, features, records)[0]!, values.length),
            truth: () => oneHot(codes, asking.labelled, classes),
            members: (kind) =>
              classMembers(kind, head, features, asking.labelled.map(example), asking.seed).map(
                (member) => classProbabilities(member, features, asking.pool)[0]!,
              ),
          }),
    evaluate: (head) => evaluate(gold, likeliest(classProbabilities(head, testFeatures)[0]!, classes)),
    predictions: (head) => likeliest(classProbabilities(head, features)[0]!, classes),
  };
}

/** Plain logistic regression on the vectors alone, for comparisons. Throws a RangeError as classLearner does. */
export function plainLearner(train: ClassRecords, test: ClassRecords): Learner<PlainRegression> {
  const { train: codes, test: gold, groups } = coded(train, test);
  return {
    size: train.labels.length,
    groups,
    tokens: (record) => train.passages[record]!.words.length,
    fit: (records, previous) => fitPlainRegression(train.vectors, records, codes, previous),
    query: (asking, head) =>
      head === undefined
        ? unlabelledQuery(asking, train.vectors)
        : headQuery(asking, train.vectors, {
            outputs: (records) => singleOutputs(plainProbabilities(head, train.vectors, records), head.classes.length),
            truth: () => oneHot(codes, asking.labelled, head.classes),
          }),
    evaluate: (head) => evaluate(gold, likeliest(plainProbabilities(head, test.vectors), head.classes)),
    predictions: (head) => likeliest(plainProbabilities(head, train.vectors), head.classes),
  };
}

export interface CodedLabels {
  readonly values: readonly string[];
  readonly train: Int32Array;
  /** −1 for a value that no training record has. */
  readonly test: Int32Array;
  readonly groups: readonly (readonly number[])[];
}

/** The labels as indices into the values that occur in training. Throws a RangeError for records that do not fit together. */
export function coded(train: ClassRecords, test: ClassRecords): CodedLabels {
  checkRecords('training', train);
  checkRecords('test', test);
  if (train.vectors.dimensions !== test.vectors.dimensions) {
    throw new RangeError(
      `training vectors have ${train.vectors.dimensions} dimensions, test vectors ${test.vectors.dimensions}`,
    );
  }
  const values = [...new Set(train.labels)].sort();
  const codes = Int32Array.from(train.labels, (label) => values.indexOf(label));
  const groups = values.map((): number[] => []);
  codes.forEach((k, i) => groups[k]!.push(i));
  return { values, train: codes, test: Int32Array.from(test.labels, (label) => values.indexOf(label)), groups };
}

/** Records × classes: what people said. */
export function oneHot(codes: Int32Array, records: readonly number[], classes: Int32Array): Float64Array {
  const truth = new Float64Array(records.length * classes.length);
  records.forEach((record, i) => (truth[i * classes.length + classes.indexOf(codes[record]!)] = 1));
  return truth;
}

/**
 * The likeliest outcome of each row, of several the first.
 * @param classes what outcome k of a row stands for
 */
export function likeliest(probabilities: Float64Array, classes: Int32Array): Predictions {
  const rows = probabilities.length / classes.length;
  const outcomes = new Int32Array(rows);
  const confidence = new Float64Array(rows);
  const entropy = new Float64Array(rows);
  const highest = Math.log(Math.max(2, classes.length));
  for (let i = 0; i < rows; i++) {
    let top = 0;
    const at = i * classes.length;
    for (let k = 1; k < classes.length; k++) if (probabilities[at + k]! > probabilities[at + top]!) top = k;
    outcomes[i] = classes[top]!;
    confidence[i] = probabilities[at + top]!;
    entropy[i] = uncertainty('entropy', probabilities, at, classes.length) / highest;
  }
  return { outcomes, confidence, entropy, records: Int32Array.from(outcomes.keys()) };
}

/** Quality of predictions against the truth, both as indices into one list of values. */
export function evaluate(gold: Int32Array, { outcomes, confidence }: Predictions): Scores {
  return {
    accuracy: accuracy(gold, outcomes),
    macroF1: macroF1(gold, outcomes),
    ece: expectedCalibrationError(
      confidence,
      Array.from(gold, (value, i) => value === outcomes[i]),
    ),
  };
}

function checkRecords(name: string, { passages, vectors, labels }: ClassRecords): void {
  if (labels.length === 0) throw new RangeError(`there are no ${name} records`);
  if (passages.length !== labels.length || vectors.rows !== labels.length) {
    throw new RangeError(
      `${name} data do not fit together: ${labels.length} labels, ${passages.length} texts, ${vectors.rows} vectors`,
    );
  }
}
