import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getNodeValue, parseTree, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { wordsOf } from '../../corpus/words.js';
import { classLearner, plainLearner, type ClassRecords } from '../../learning/simulate/class.js';
import { entityLearner } from '../../learning/simulate/entity.js';
import { finish, mainScore, simulate as replay } from '../../learning/simulate/loop.js';
import { relationLearner, type RelationRecords } from '../../learning/simulate/relation.js';
import {
  HEADS,
  type HeadName,
  type Round,
  type Scores,
  type Simulation,
  type SimulationOptions,
} from '../../learning/simulate/types.js';
import type { AdviceCheck } from '../../learning/stopping.js';
import { watchStopping } from '../../learning/stopping-watch.js';
import { DEFAULT_STRATEGY, STRATEGIES } from '../../learning/strategies/names.js';
import { flag, integer, oneOf, parseArguments, text, UsageError, type Arguments } from '../arguments.js';
import { EmbeddedTexts } from '../embedded.js';
import { readClassRecords, readSpanRecords, TASKS, type Task } from '../labelled-records.js';
import { commandModel } from '../models.js';
import { readNpy } from '../npy.js';
import { log, print, printJson, table } from '../output.js';
import { cacheRoot } from '../session.js';

/** `marginalia simulate`: pool-based simulation on labelled records (design, section 3). */
export async function simulate(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    json: { type: 'boolean' },
    task: { type: 'string' },
    train: { type: 'string' },
    test: { type: 'string' },
    features: { type: 'string' },
    'test-features': { type: 'string' },
    head: { type: 'string' },
    strategy: { type: 'string' },
    'seed-size': { type: 'string' },
    'balanced-seed': { type: 'boolean' },
    initial: { type: 'string' },
    batch: { type: 'string' },
    rounds: { type: 'string' },
    seed: { type: 'string' },
    model: { type: 'string' },
    target: { type: 'string' },
    stopping: { type: 'boolean' },
  });
  const [stray] = options.positionals;
  if (stray !== undefined) throw new UsageError(`simulate takes no argument '${stray}'; options begin with --.`);
  const task = oneOf(options, 'task', TASKS);
  const train = text(options, 'train');
  const test = text(options, 'test');
  if (task === undefined || train === undefined || test === undefined)
    throw new UsageError(`simulate needs --task ${TASKS.join('|')}, --train FILE and --test FILE.`);
  const target = share(options, 'target');
  const watch = flag(options, 'stopping') ? watchStopping(integer(options, 'seed', 0)) : undefined;
  const simulation: Omit<SimulationOptions, 'initial'> = {
    strategy: oneOf(options, 'strategy', STRATEGIES) ?? DEFAULT_STRATEGY,
    seedSize: integer(options, 'seed-size', 25, 1),
    balancedSeed: flag(options, 'balanced-seed'),
    batch: integer(options, 'batch', 25, 1),
    rounds: integer(options, 'rounds', 20),
    seed: integer(options, 'seed', 0),
    clock: () => performance.now(),
    ...(target !== undefined && { target }),
    ...(watch && { observe: watch.observe }),
  };
  const initialFile = text(options, 'initial');
  const initial = async (records: number): Promise<Pick<SimulationOptions, 'initial'>> =>
    initialFile === undefined ? {} : { initial: await readIndices(initialFile, records) };
  const inputs: Inputs = { options, task, train, test };
  const result =
    task === 'class'
      ? await simulateClass(inputs, simulation, initial)
      : await simulateSpans({ ...inputs, task }, simulation, initial);
  const stopping = watch?.result(mainScore(result.full));
  if (flag(options, 'json')) printJson({ ...result, ...(stopping && { stopping }) });
  else {
    report(result);
    if (stopping) print(stoppingText(stopping));
  }
  return 0;
}

function stoppingText({ labels, score, share: of }: AdviceCheck): string {
  return labels === null || score === null || of === null
    ? 'The predictions never were stable: no advice to stop.'
    : `Advised to stop at ${labels} labels, with ${score.toFixed(3)}: ${(100 * of).toFixed(1)} % of the score with all labels.`;
}

interface Inputs {
  readonly options: Arguments;
  readonly task: Task;
  readonly train: string;
  readonly test: string;
}

type Options = Omit<SimulationOptions, 'initial'>;
type Initial = (records: number) => Promise<Pick<SimulationOptions, 'initial'>>;

async function simulateClass({ options, train, test }: Inputs, simulation: Options, initial: Initial) {
  const head: HeadName = oneOf(options, 'head', HEADS) ?? 'default';
  const features = text(options, 'features');
  const testFeatures = text(options, 'test-features');
  if ((features === undefined) !== (testFeatures === undefined))
    throw new UsageError('--features and --test-features go together.');
  const trainRecords = await readClassRecords(train);
  const testRecords = await readClassRecords(test);
  const all = { ...simulation, ...(await initial(trainRecords.length)) };
  const labelled = (records: typeof trainRecords) => records.map(({ label }) => label);
  const texts = (records: typeof trainRecords) => records.map((record) => record.text);
  let data: { train: ClassRecords; test: ClassRecords };
  if (features !== undefined && testFeatures !== undefined) {
    const given = async (file: string, records: typeof trainRecords, of: string): Promise<ClassRecords> => {
      const { rows, columns, data: values } = await readNpy(file);
      if (rows !== records.length)
        throw new UsageError(
          `${file} has ${rows} rows, ${of} has ${records.length} records: a row a record is needed.`,
        );
      return {
        passages: texts(records).map((passage) => ({ text: passage, words: wordsOf(passage) })),
        labels: labelled(records),
        vectors: { rows, dimensions: columns, data: values },
      };
    };
    data = {
      train: await given(features, trainRecords, train),
      test: await given(testFeatures, testRecords, test),
    };
    const [columns, others] = [data.train.vectors.dimensions, data.test.vectors.dimensions];
    if (columns !== others)
      throw new UsageError(`${features} has ${columns} columns, ${testFeatures} has ${others}: they must be the same.`);
  } else {
    data = await embedded(options, async (embedding) => ({
      train: { labels: labelled(trainRecords), ...(await embedding.pooled(texts(trainRecords))) },
      test: { labels: labelled(testRecords), ...(await embedding.pooled(texts(testRecords))) },
    }));
  }
  return head === 'default'
    ? finished(replay(classLearner(data.train, data.test), all))
    : finished(replay(plainLearner(data.train, data.test), all));
}

async function simulateSpans(
  { options, task, train, test }: Inputs & { task: 'entity' | 'relation' },
  simulation: Options,
  initial: Initial,
) {
  for (const name of ['features', 'test-features'])
    if (text(options, name) !== undefined)
      throw new UsageError(
        `--${name} goes with --task class: for --task ${task} the head reads a vector of every word.`,
      );
  if ((oneOf(options, 'head', HEADS) ?? 'default') !== 'default')
    throw new UsageError(`--head logistic-regression goes with --task class; --task ${task} has its own head.`);
  const trainRecords = await readSpanRecords(train, task);
  const testRecords = await readSpanRecords(test, task);
  const all = { ...simulation, ...(await initial(trainRecords.length)) };
  const data = await embedded(options, async (embedding) => {
    const records = async (of: typeof trainRecords): Promise<RelationRecords> => ({
      passages: await embedding.worded(of.map((record) => record.text)),
      entities: of.map(({ entities }) => entities),
      relations: of.map(({ relations }) => relations),
    });
    return { train: await records(trainRecords), test: await records(testRecords) };
  });
  return task === 'entity'
    ? finished(replay(entityLearner(data.train, data.test, all.seed), all))
    : finished(replay(relationLearner(data.train, data.test, all.seed), all));
}

async function embedded<T>(options: Arguments, use: (embedding: EmbeddedTexts) => Promise<T>): Promise<T> {
  const embedding = await EmbeddedTexts.open(commandModel(text(options, 'model')).folder, join(cacheRoot(), 'records'));
  try {
    return await use(embedding);
  } finally {
    await embedding.close();
  }
}

/** A share in (0, 1], if given. */
function share(options: Arguments, name: string): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0 && number <= 1))
    throw new UsageError(`--${name} takes a share above 0 and up to 1, not '${value}'.`);
  return number;
}

/** With a line on stderr for each round. */
function finished(run: Generator<Round, Simulation>): Simulation {
  try {
    return finish(run, (round) => {
      const scores = named(round).map(([name, value]) => `${name} ${value.toFixed(3)}`);
      log(`${round.labels} labels: ${scores.join(', ')}; fitted in ${round.ms.fit.toFixed(0)} ms`);
    });
  } catch (error) {
    // Options that do not go with the data, such as a strategy that this head has no use for.
    if (error instanceof RangeError) throw new UsageError(`simulate: ${error.message}.`, { cause: error });
    throw error;
  }
}

const NAMES = { accuracy: 'accuracy', macroF1: 'macro-F1', microF1: 'micro-F1', ece: 'ECE' } as const;

/** The scores that a task has. */
function named(scores: Scores): [name: string, value: number][] {
  return (['accuracy', 'macroF1', 'microF1', 'ece'] as const).flatMap((key): [string, number][] => {
    const value = scores[key];
    return value === undefined ? [] : [[NAMES[key], value]];
  });
}

function report({ rounds, aulc, full, target }: Simulation): void {
  const row = (scores: Scores): string[] => named(scores).map(([, value]) => value.toFixed(3));
  print(
    table([
      ['labels', 'words', ...named(full).map(([name]) => name)],
      ...rounds.map((round) => [round.labels, round.tokens, ...row(round)]),
      [full.labels, full.tokens, ...row(full)],
    ]),
  );
  print(`AULC ${aulc.toFixed(3)}; the last row has every label.`);
  if (target === undefined) return;
  const percent = `${(100 * target.share).toFixed(0)} % of the full score (${target.score.toFixed(3)})`;
  if (target.labels === null) print(`${percent} was not reached.`);
  else print(`${percent} took ${target.labels} labels, ${target.tokens ?? 0} words read.`);
}

/** A JSON array of different indices of records. */
async function readIndices(file: string, records: number): Promise<number[]> {
  const source = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const line = (offset: number): number => source.slice(0, offset).split('\n').length;
  const errors: ParseError[] = [];
  const root = parseTree(source, errors, { disallowComments: true });
  const [error] = errors;
  if (error) throw new UsageError(`${file}:${line(error.offset)} is not JSON: ${printParseErrorCode(error.error)}.`);
  if (root?.type !== 'array')
    throw new UsageError(`${file}:1: the indices are to be a JSON array, such as [0, 7, 12].`);
  const indices = new Set<number>();
  for (const node of root.children ?? []) {
    const index: unknown = getNodeValue(node);
    const place = `${file}:${line(node.offset)}`;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= records)
      throw new UsageError(`${place}: ${JSON.stringify(index)} is not an index of one of the ${records} records.`);
    if (indices.has(index)) throw new UsageError(`${place}: the index ${index} occurs twice.`);
    indices.add(index);
  }
  if (indices.size === 0) throw new UsageError(`${file}:1: there are no indices.`);
  return [...indices];
}
