import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EmbeddedTexts } from '../../src/cli/embedded.js';
import { commandModel } from '../../src/cli/models.js';
import { Random } from '../../src/learning/random.js';
import { classLearner, type ClassRecords } from '../../src/learning/simulate/class.js';
import { entityLearner, type EntityRecords } from '../../src/learning/simulate/entity.js';
import { finish, mainScore, simulate } from '../../src/learning/simulate/loop.js';
import type { Learner } from '../../src/learning/simulate/types.js';
import { mean } from './learning/results.js';
import { markdownTable, writeSection } from './learning/sections.js';
import { loadSet, SETS, type LoadedSet } from './learning/sets.js';
import { tfIdfLearner } from './learning/tfidf.js';

/**
 * What a model is worth to the product's heads, on the development sets. Run from the repository's root:
 *
 *   npm run bench -- model [--models FOLDER,FOLDER] [--seeds N] [--sets a,b] [--data DIR] [--write]
 *
 * Classes: AULC from a balanced random first batch of 25 to 525 labels by margin; each model's vectors alone and joined
 * with lexical features, beside lexical features alone and TF-IDF + logistic regression. Entities: exact F1 with 50, 200
 * and all sentences, drawn at random; vectors alone are not the product's head. The bundled model comes last.
 */
const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: '' },
    seeds: { type: 'string', default: '3' },
    sets: { type: 'string' },
    data: { type: 'string', default: '../shared/data' },
    write: { type: 'boolean', default: false },
  },
});
const PROTOCOL = { strategy: 'margin', balancedSeed: true, seedSize: 25, batch: 25, rounds: 20 } as const;
const SIZES = [50, 200, Infinity];
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed);
const sets = SETS.filter(({ name }) => flags.sets?.split(',').includes(name) ?? true);
const folders = [...flags.models.split(',').filter((folder) => folder !== ''), commandModel(undefined).folder];

const sums: { class: string[][]; entity: string[][] } = { class: [], entity: [] };
for (const set of sets) {
  const loaded: { name: string; set: LoadedSet }[] = [];
  for (const folder of folders) {
    const embedding = await EmbeddedTexts.open(resolve(folder), '.scratch/bench/vectors');
    loaded.push({ name: basename(folder), set: await loadSet(set, resolve(flags.data), embedding) });
    await embedding.close();
  }
  const columns = new Map<string, () => string>();
  for (const { name, set: data } of loaded) {
    if (data.task === 'class') {
      columns.set('TF-IDF, logistic regression', () => curve(tfIdfLearner(data.train, data.test)));
      columns.set('lexical', () => curve(classLearner(withoutVectors(data.train), withoutVectors(data.test))));
      columns.set(name, () => curve(classLearner(withoutText(data.train), withoutText(data.test))));
      columns.set(`${name} + lexical`, () => curve(classLearner(data.train, data.test)));
    } else if (data.task === 'entity') {
      columns.set('lexical', () => sized(unworded(data.train), unworded(data.test)));
      columns.set(`${name} + lexical`, () => sized(data.train, data.test));
    }
  }
  const task = loaded[0]!.set.task;
  if (task === 'relation') continue;
  const cells: string[] = [];
  for (const [column, measure] of columns) {
    cells.push(measure());
    console.log(`${set.name}, ${column}: ${cells.at(-1)}`);
  }
  if (sums[task].length === 0) sums[task].push(['set', ...columns.keys()]);
  sums[task].push([set.name, ...cells]);
}
const parts = [
  `## What the vectors are worth`,
  `\`npm run bench -- model ${process.argv.slice(2).join(' ')}\`, mean of ${seeds.length} seeds. Classes: AULC, accuracy from 25 to ` +
    '525 labels by margin. Entities: exact F1 with 50 / 200 / all sentences at random.',
  ...Object.values(sums).flatMap(([head, ...rows]) => (head === undefined ? [] : [markdownTable(head, rows)])),
];
console.log(`\n${parts.join('\n\n')}`);
if (flags.write) await writeSection('model', parts.join('\n\n'));

function curve<Head>(learner: Learner<Head>): string {
  const clock = () => performance.now();
  // What all labels give is not asked for here: it takes as long as the whole curve.
  const full = { labels: 0, tokens: 0, macroF1: 0, ece: 0 };
  return mean(seeds.map((seed) => finish(simulate(learner, { ...PROTOCOL, seed, clock, full })).aulc)).toFixed(3);
}

function sized(train: EntityRecords, test: EntityRecords): string {
  const learner = entityLearner(train, test, 0);
  const records = train.passages.map((_, i) => i);
  return SIZES.map((size) => {
    const all = size >= records.length;
    const scores = (all ? [0] : seeds).map((seed) => {
      const chosen = all ? records : new Random(seed).shuffled(records).slice(0, size);
      return mainScore(learner.evaluate(learner.fit(chosen, undefined)));
    });
    return mean(scores).toFixed(3);
  }).join(' / ');
}

function withoutVectors(records: ClassRecords): ClassRecords {
  return { ...records, vectors: { ...records.vectors, data: new Float32Array(records.vectors.data.length) } };
}

function withoutText(records: ClassRecords): ClassRecords {
  return { ...records, passages: records.passages.map(() => ({ text: '', words: [] })) };
}

function unworded(records: EntityRecords): EntityRecords {
  return {
    ...records,
    passages: records.passages.map((passage) => ({
      ...passage,
      wordVectors: new Float32Array(passage.wordVectors.length),
    })),
  };
}
