import { coded, evaluate, likeliest, oneHot, type ClassRecords } from '../../../src/learning/simulate/class.js';
import { headQuery, unlabelledQuery } from '../../../src/learning/simulate/query.js';
import type { Learner } from '../../../src/learning/simulate/types.js';
import {
  addSparseScores,
  carriedWeights,
  columnPositions,
  compact,
  JoinedRows,
  selectSparse,
  type SparseRows,
} from '../../../src/learning/linear/design.js';
import { fitSoftmax, softmaxRows, type LinearWeights } from '../../../src/learning/linear/softmax.js';
import { singleOutputs } from '../../../src/learning/strategies/query.js';

/**
 * What many active-learning tutorials use, as the bench's baseline: TF-IDF of lower-cased words of two letters and more,
 * smoothed as in scikit-learn's TfidfVectorizer, under multinomial logistic regression with C = 10.
 */
interface TfIdfHead {
  readonly classes: Int32Array;
  readonly columns: Uint32Array;
  readonly fitted: LinearWeights;
}

const C = 10;
/** scikit-learn's default. */
const TOLERANCE = 1e-4;

export function tfIdfLearner(train: ClassRecords, test: ClassRecords): Learner<TfIdfHead> {
  const { train: codes, test: gold, groups } = coded(train, test);
  const texts = (of: ClassRecords) => of.passages.map(({ text }) => text);
  const space = vocabulary(texts(train));
  const rows = tfIdf(texts(train), space);
  const testRows = tfIdf(texts(test), space);
  const probabilities = ({ classes, columns, fitted }: TfIdfHead, of: SparseRows) => {
    const scores = new Float64Array((of.starts.length - 1) * classes.length);
    for (let i = 0; i < scores.length; i++) scores[i] = fitted.intercept[i % classes.length]!;
    addSparseScores(of, fitted.weights, classes.length, scores, columnPositions(columns, space.size));
    softmaxRows(scores, classes.length);
    return scores;
  };
  return {
    size: train.labels.length,
    groups,
    tokens: (record) => train.passages[record]!.words.length,
    fit: (records, previous) => {
      const classes = Int32Array.from(new Set(records.map((record) => codes[record]!))).sort();
      const compacted = compact(selectSparse(rows, records));
      const same = previous !== undefined && String(previous.classes) === String(classes);
      const fitted = fitSoftmax(
        new JoinedRows({ rows: records.length, dimensions: 0, data: new Float32Array(0) }, compacted),
        records.map((record) => ({ allowed: [classes.indexOf(codes[record]!)], weight: 1 })),
        {
          classes: classes.length,
          C,
          tolerance: TOLERANCE,
          ...(same && {
            start: {
              weights: carriedWeights(previous.columns, previous.fitted.weights, compacted.ids, classes.length),
              intercept: previous.fitted.intercept,
            },
          }),
        },
      );
      return { classes, columns: compacted.ids, fitted };
    },
    query: (asking, head) =>
      head === undefined
        ? unlabelledQuery(asking, train.vectors)
        : headQuery(asking, train.vectors, {
            outputs: (records) => singleOutputs(probabilities(head, selectSparse(rows, records)), head.classes.length),
            truth: () => oneHot(codes, asking.labelled, head.classes),
          }),
    evaluate: (head) => evaluate(gold, likeliest(probabilities(head, testRows), head.classes)),
    predictions: (head) => likeliest(probabilities(head, rows), head.classes),
  };
}

/** Words by column and inverse document frequency. */
type Vocabulary = ReadonlyMap<string, { readonly column: number; readonly idf: number }>;

const wordsIn = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];

function vocabulary(texts: readonly string[]): Vocabulary {
  const frequency = new Map<string, number>();
  for (const text of texts)
    for (const word of new Set(wordsIn(text))) frequency.set(word, (frequency.get(word) ?? 0) + 1);
  const n = texts.length;
  return new Map([...frequency].map(([word, df], column) => [word, { column, idf: Math.log((1 + n) / (1 + df)) + 1 }]));
}

function tfIdf(texts: readonly string[], space: Vocabulary): SparseRows {
  const starts = [0];
  const columns: number[] = [];
  const values: number[] = [];
  for (const text of texts) {
    const weights = new Map<number, number>();
    for (const word of wordsIn(text)) {
      const known = space.get(word);
      if (known) weights.set(known.column, (weights.get(known.column) ?? 0) + known.idf);
    }
    const length = Math.sqrt([...weights.values()].reduce((sum, weight) => sum + weight * weight, 0));
    for (const [column, weight] of weights) {
      columns.push(column);
      values.push(weight / length);
    }
    starts.push(columns.length);
  }
  return { starts: Uint32Array.from(starts), columns: Uint32Array.from(columns), values: Float32Array.from(values) };
}
