import { classFeatures, classSpace, type ClassFeatures } from './features/class.js';
import { lexicalRows, type WordedText } from './features/lexical.js';
import { classProbabilities, fitClassHead, type ClassHead } from './heads/class.js';
import { fitPlainRegression, plainProbabilities, type PlainRegression } from './heads/plain.js';
import type { DenseRows } from './linear/design.js';
import { accuracy, areaUnderLearningCurve, expectedCalibrationError, macroF1 } from './metrics.js';
import { Random, uniformOf } from './random.js';
import { topK, uncertainty } from './strategies/uncertainty.js';
import type { Measure } from './types.js';

/**
 * Pool-based simulation: replays labelled records as if a person answered. What differs between tasks is a Learner; the
 * loop (seeds, fit, measure, query, answer) is the same for all.
 */

/** `default` is the product's own head; `logistic-regression` plain L2 on the given vectors alone (heads/plain.ts). */
export const HEADS = ['default', 'logistic-regression'] as const;
export type HeadName = (typeof HEADS)[number];

export interface SimulationOptions {
  readonly head: HeadName;
  readonly strategy: Measure;
  /** Records of the first batch. */
  readonly seedSize: number;
  /** The first batch holds every class equally often, as far as there are records. */
  readonly balancedSeed: boolean;
  /** The first batch itself, as indices of the training records; the two settings above are then not used. */
  readonly initial?: readonly number[];
  readonly batch: number;
  /** Rounds after the first batch; ends earlier when every record is labelled. */
  readonly rounds: number;
  readonly seed: number;
  /** Milliseconds on any steady clock. */
  readonly clock: () => number;
}

export interface Scores {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly ece: number;
}

/**
 * One state of the head. Round 0 is the first batch; round i was queried with the head of round i − 1. So `labels` is the
 * number of all records queried up to here.
 */
export interface Round extends Scores {
  readonly labels: number;
  /** Words of the labelled records. */
  readonly tokens: number;
  /** To fit on the labels; to score the pool with that head; to select the next batch by those scores. */
  readonly ms: { readonly fit: number; readonly score: number; readonly select: number };
  /** Indices of the records that this round asked about, most informative first. */
  readonly queried: readonly number[];
}

export interface Simulation {
  readonly rounds: readonly Round[];
  /** Normalised trapezoid of the accuracy over labels. */
  readonly aulc: number;
  /** The same head with every training record labelled. */
  readonly full: Scores & { readonly labels: number; readonly tokens: number };
}

/** Records for `--task class`. */
export interface ClassRecords {
  readonly passages: readonly WordedText[];
  readonly vectors: DenseRows;
  /** One value a record. */
  readonly labels: readonly string[];
}

/** What a task brings to the loop. Records are indices into the training data. */
interface Learner<Head> {
  readonly size: number;
  /** Groups that a balanced seed draws from in turn. */
  readonly groups: readonly (readonly number[])[];
  /** Words of a record. */
  tokens(record: number): number;
  fit(records: readonly number[], previous: Head | undefined): Head;
  /** Informativeness of records, in their order. */
  score(head: Head, records: readonly number[]): Float64Array;
  evaluate(head: Head): Scores;
}

/**
 * Simulates labelling passages with a class; yields each round when it is done and returns the whole. Throws a RangeError
 * for data or options that do not fit together.
 */
export function simulateClass(
  train: ClassRecords,
  test: ClassRecords,
  options: SimulationOptions,
): Generator<Round, Simulation> {
  checkRecords('training', train);
  checkRecords('test', test);
  if (train.vectors.dimensions !== test.vectors.dimensions) {
    throw new RangeError(
      `training vectors have ${train.vectors.dimensions} dimensions, test vectors ${test.vectors.dimensions}`,
    );
  }
  return options.head === 'default'
    ? simulate(defaultLearner(train, test, options), options)
    : simulate(plainLearner(train, test, options), options);
}

function* simulate<Head>(learner: Learner<Head>, options: SimulationOptions): Generator<Round, Simulation> {
  const { clock } = options;
  const rounds: Round[] = [];
  const labelled: number[] = [];
  const open = new Set(Array.from({ length: learner.size }, (_, i) => i));
  let head: Head | undefined;
  let tokens = 0;
  let queried: readonly number[] = firstBatch(learner, options);
  while (rounds.length <= options.rounds && queried.length > 0) {
    for (const record of queried) {
      labelled.push(record);
      open.delete(record);
      tokens += learner.tokens(record);
    }
    const t0 = clock();
    head = learner.fit(labelled, head);
    const t1 = clock();
    const pool = [...open];
    const scores = learner.score(head, pool);
    const t2 = clock();
    const next = topK(scores, options.batch).map((i) => pool[i]!);
    const t3 = clock();
    const round: Round = {
      labels: labelled.length,
      tokens,
      ...learner.evaluate(head),
      ms: { fit: t1 - t0, score: t2 - t1, select: t3 - t2 },
      queried,
    };
    rounds.push(round);
    yield round;
    queried = next;
  }
  const everything = Array.from({ length: learner.size }, (_, i) => i);
  const all = learner.fit(everything, undefined);
  return {
    rounds,
    aulc: areaUnderLearningCurve(
      rounds.map(({ labels }) => labels),
      rounds.map((round) => round.accuracy),
    ),
    full: {
      labels: learner.size,
      tokens: everything.reduce((sum, record) => sum + learner.tokens(record), 0),
      ...learner.evaluate(all),
    },
  };
}

function firstBatch<Head>(learner: Learner<Head>, options: SimulationOptions): readonly number[] {
  const { initial, seedSize, balancedSeed } = options;
  if (initial) {
    const wrong = initial.find((i) => !(Number.isInteger(i) && i >= 0 && i < learner.size));
    if (wrong !== undefined) throw new RangeError(`initial index ${wrong} is not one of ${learner.size} records`);
    if (new Set(initial).size < initial.length) throw new RangeError('an initial index occurs twice');
    if (initial.length === 0) throw new RangeError('there are no initial indices');
    return initial;
  }
  if (!(seedSize >= 1)) throw new RangeError(`a seed of ${seedSize} records is too small`);
  const random = new Random(options.seed);
  const groups = (balancedSeed ? learner.groups : [Array.from({ length: learner.size }, (_, i) => i)]).map((group) =>
    random.shuffled(group),
  );
  const seeds: number[] = [];
  for (let turn = 0; seeds.length < Math.min(seedSize, learner.size); turn++) {
    for (const group of groups) if (turn < group.length && seeds.length < seedSize) seeds.push(group[turn]!);
  }
  return seeds;
}

/** Scores of records from the rows of probabilities of one outcome each. */
function informativeness(
  { strategy, seed }: SimulationOptions,
  records: readonly number[],
  probabilities: Float64Array,
  classes: number,
): Float64Array {
  return Float64Array.from(records, (record, i) =>
    strategy === 'random'
      ? uniformOf(seed, String(record))
      : uncertainty(strategy, probabilities, i * classes, classes),
  );
}

/** Quality of predictions against the truth, both as indices into one list of values. */
function evaluate(gold: Int32Array, probabilities: Float64Array, classes: Int32Array): Scores {
  const predicted = new Int32Array(gold.length);
  const confidence = new Float64Array(gold.length);
  for (let i = 0; i < gold.length; i++) {
    let top = 0;
    const at = i * classes.length;
    for (let k = 1; k < classes.length; k++) if (probabilities[at + k]! > probabilities[at + top]!) top = k;
    predicted[i] = classes[top]!;
    confidence[i] = probabilities[at + top]!;
  }
  return {
    accuracy: accuracy(gold, predicted),
    macroF1: macroF1(gold, predicted),
    ece: expectedCalibrationError(
      confidence,
      Array.from(gold, (value, i) => value === predicted[i]),
    ),
  };
}

interface Coded {
  readonly values: readonly string[];
  readonly train: Int32Array;
  /** −1 for a value that no training record has. */
  readonly test: Int32Array;
  readonly groups: readonly (readonly number[])[];
}

function coded(train: ClassRecords, test: ClassRecords): Coded {
  const values = [...new Set(train.labels)].sort();
  const codes = Int32Array.from(train.labels, (label) => values.indexOf(label));
  const groups = values.map((): number[] => []);
  codes.forEach((k, i) => groups[k]!.push(i));
  return { values, train: codes, test: Int32Array.from(test.labels, (label) => values.indexOf(label)), groups };
}

function defaultLearner(train: ClassRecords, test: ClassRecords, options: SimulationOptions): Learner<ClassHead> {
  const { values, groups, test: gold } = coded(train, test);
  const lexical = lexicalRows(train.passages);
  const space = classSpace(train.vectors, lexical);
  const features = classFeatures(train.vectors, lexical, space);
  const testFeatures = classFeatures(test.vectors, lexicalRows(test.passages), space);
  const probabilities = (head: ClassHead, of: ClassFeatures, rows?: readonly number[]) =>
    classProbabilities(head, of, rows)[0]!;
  const classes = Int32Array.from(values.keys());
  return {
    size: train.labels.length,
    groups,
    tokens: (record) => train.passages[record]!.words.length,
    fit: (records, previous) =>
      fitClassHead(
        { values, multiple: false },
        features,
        records.map((row) => ({ row, values: [train.labels[row]!] })),
        previous,
      ),
    score: (head, records) => informativeness(options, records, probabilities(head, features, records), values.length),
    evaluate: (head) => evaluate(gold, probabilities(head, testFeatures), classes),
  };
}

function plainLearner(train: ClassRecords, test: ClassRecords, options: SimulationOptions): Learner<PlainRegression> {
  const { train: codes, test: gold, groups } = coded(train, test);
  return {
    size: train.labels.length,
    groups,
    tokens: (record) => train.passages[record]!.words.length,
    fit: (records, previous) => fitPlainRegression(train.vectors, records, codes, previous),
    score: (head, records) =>
      informativeness(options, records, plainProbabilities(head, train.vectors, records), head.classes.length),
    evaluate: (head) => evaluate(gold, plainProbabilities(head, test.vectors), head.classes),
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
