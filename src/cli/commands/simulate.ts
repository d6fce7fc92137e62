import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { wordsOf } from '../../corpus/words.js';
import { createEmbedder } from '../../embedding/embedder.js';
import { HEADS, simulateClass, type ClassRecords, type Simulation } from '../../learning/simulate.js';
import { flag, integer, oneOf, parseArguments, text, UsageError } from '../arguments.js';
import { bundledModel } from '../models.js';
import { readNpy } from '../npy.js';
import { log, print, printJson, table } from '../output.js';
import { STRATEGIES } from './queue.js';

const ClassRecord = z.looseObject({ text: z.string(), label: z.string() });

/** `marginalia simulate --task class`: pool-based simulation on labelled records (design, section 3). */
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
  });
  if (oneOf(options, 'task', ['class']) === undefined) throw new UsageError('simulate needs --task class.');
  const train = text(options, 'train');
  const test = text(options, 'test');
  if (train === undefined || test === undefined) throw new UsageError('simulate needs --train FILE and --test FILE.');
  const features = text(options, 'features');
  const testFeatures = text(options, 'test-features');
  if ((features === undefined) !== (testFeatures === undefined))
    throw new UsageError('--features and --test-features go together.');
  const initialFile = text(options, 'initial');
  const initial = initialFile === undefined ? undefined : await readIndices(initialFile);

  const embed = features === undefined ? await embedding(text(options, 'model')) : undefined;
  const data = {
    train: await readRecords(train, features, embed),
    test: await readRecords(test, testFeatures, embed),
  };
  const run = simulateClass(data.train, data.test, {
    head: oneOf(options, 'head', HEADS) ?? 'default',
    strategy: oneOf(options, 'strategy', STRATEGIES) ?? 'margin',
    seedSize: integer(options, 'seed-size', 25, 1),
    balancedSeed: flag(options, 'balanced-seed'),
    ...(initial && { initial }),
    batch: integer(options, 'batch', 25, 1),
    rounds: integer(options, 'rounds', 20),
    seed: integer(options, 'seed', 0),
    clock: () => performance.now(),
  });
  const result = rounds(run);
  if (flag(options, 'json')) printJson(result);
  else report(result);
  return 0;
}

/** Takes the rounds as they come, with a line on stderr for each. */
function rounds(run: ReturnType<typeof simulateClass>): Simulation {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    const { labels, accuracy, ms } = step.value;
    log(`${labels} labels: accuracy ${accuracy.toFixed(3)}, fitted in ${ms.fit.toFixed(0)} ms`);
  }
}

function report({ rounds, aulc, full }: Simulation): void {
  const scores = ({ accuracy, macroF1, ece }: { accuracy: number; macroF1: number; ece: number }): string[] =>
    [accuracy, macroF1, ece].map((value) => value.toFixed(3));
  print(
    table([
      ['labels', 'words', 'accuracy', 'macro-F1', 'ECE'],
      ...rounds.map((round) => [round.labels, round.tokens, ...scores(round)]),
      [full.labels, full.tokens, ...scores(full)],
    ]),
  );
  print(`AULC ${aulc.toFixed(3)}; the last row has every label.`);
}

type Embed = (texts: readonly string[]) => Promise<{ dimensions: number; data: Float32Array }>;

async function embedding(model: string | undefined): Promise<Embed> {
  const embedder = await createEmbedder({ folder: bundledModel(model), runtime: 'auto', onLog: log });
  const { dimensions } = embedder.info;
  return async (texts) => {
    const data = new Float32Array(texts.length * dimensions);
    // In waves: the token vectors of a large file would not fit into memory.
    for (let at = 0; at < texts.length; at += 512) {
      const encoded = await embedder.encode(texts.slice(at, at + 512));
      encoded.forEach(({ vector }, i) => data.set(vector, (at + i) * dimensions));
    }
    return { dimensions, data };
  };
}

async function readRecords(
  file: string,
  features: string | undefined,
  embed: Embed | undefined,
): Promise<ClassRecords> {
  const texts: string[] = [];
  const labels: string[] = [];
  let line = 0;
  for await (const row of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++;
    if (row.trim() === '') continue;
    const record = ClassRecord.safeParse(parseJson(row, file, line));
    if (!record.success)
      throw new UsageError(`${file}:${line}: a record for --task class is {"text": …, "label": …}, both strings.`);
    texts.push(record.data.text);
    labels.push(record.data.label);
  }
  const passages = texts.map((text) => ({ text, words: wordsOf(text) }));
  if (features !== undefined) {
    const { rows, columns, data } = await readNpy(features);
    if (rows !== texts.length)
      throw new UsageError(`${features} has ${rows} rows, ${file} has ${texts.length} records.`);
    return { passages, labels, vectors: { rows, dimensions: columns, data } };
  }
  if (embed === undefined) throw new UsageError('simulate needs a model or --features.');
  return { passages, labels, vectors: { rows: texts.length, ...(await embed(texts)) } };
}

async function readIndices(file: string): Promise<number[]> {
  const indices = z.array(z.int().nonnegative()).safeParse(parseJson(await readFile(file, 'utf8'), file, 1));
  if (!indices.success) throw new UsageError(`${file} must hold a JSON array of indices.`);
  return indices.data;
}

function parseJson(source: string, file: string, line: number): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new UsageError(`${file}:${line} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
