import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { quantiseRows } from '../../src/embedding/quantise.js';
import { ClassPool } from '../../src/learning/features/class-pool.js';
import { classFeatures, classSpace, type ClassFeatures } from '../../src/learning/features/class.js';
import { wordSpace } from '../../src/learning/features/entity.js';
import { lexicalRows } from '../../src/learning/features/lexical.js';
import { fitClassHead, pooledProbabilities } from '../../src/learning/heads/class.js';
import { doubtfulSpans, fitEntityHead, SpanScorer, type EntityHead } from '../../src/learning/heads/entity.js';
import { Random } from '../../src/learning/random.js';
import { passageScore, topK, uncertainty } from '../../src/learning/strategies/uncertainty.js';
import type { PassageInput } from '../../src/learning/types.js';
import { markdownTable, writeSection } from './learning/sections.js';

/**
 * Heads on one core, on made-up data of the size of real data: passages of 32 words from a vocabulary of 20,000 with
 * Zipf's frequencies, vectors of 256 dimensions. Class: 10 values, 500 labels. Entities: 4 labels; every 30th word of the
 * vocabulary is a mention. Options: --sizes N,N (passages), --write (into docs/benchmarks.md).
 */
const { values: flags } = parseArgs({
  options: { sizes: { type: 'string' }, write: { type: 'boolean', default: false } },
  strict: false,
});

const DIMENSIONS = 256;
const WORDS = 32;
const VOCABULARY = 20_000;
const CLASSES = 10;
const LABELS = 500;
const random = new Random(1);

const syllables = ['ba', 'dor', 'ken', 'li', 'mos', 'ne', 'ra', 'sti', 'tu', 'vel', 'wick', 'zan', 'el', 'or', 'ith'];
const vocabulary = Array.from({ length: VOCABULARY }, (_, i) => {
  const word =
    random
      .shuffled(syllables)
      .slice(0, 1 + random.below(4))
      .join('') + (i % 7 === 0 ? 's' : '');
  return i % 9 === 0 ? word[0]!.toUpperCase() + word.slice(1) : word;
});
/** Inverse of the distribution function of Zipf's law, by the logarithm. */
const anyWord = () => Math.min(VOCABULARY - 1, Math.floor(Math.exp(random.uniform() * Math.log(VOCABULARY))));

function passageOf(topic: number): PassageInput & { readonly indices: readonly number[] } {
  const words: { start: number; end: number }[] = [];
  const indices: number[] = [];
  let text = '';
  for (let w = 0; w < WORDS; w++) {
    const index = w % 8 === 0 ? 100 + ((topic * 37 + anyWord()) % 500) : anyWord();
    const word = vocabulary[index]!;
    indices.push(index);
    words.push({ start: text.length, end: text.length + word.length });
    text += `${word} `;
  }
  return { text, words, vector: new Float32Array(0), wordVectors: new Float32Array(0), indices };
}

function timed<T>(name: string, run: () => T): T {
  const started = performance.now();
  const result = run();
  console.log(`  ${name.padEnd(44)} ${(performance.now() - started).toFixed(1).padStart(9)} ms`);
  return result;
}

/** Passages whose vectors and texts are in memory at a time. */
const CHUNK = 10_000;

/** Milliseconds of a fit, of scoring all passages and of choosing the next 50; and what the pool and the process hold. */
function benchClass(passages: number): string[] {
  console.log(`class: ${passages} passages × ${DIMENSIONS}, ${CLASSES} values, ${LABELS} labels`);
  const centres = Float32Array.from({ length: CLASSES * DIMENSIONS }, () => random.uniform() - 0.5);
  const pool = new ClassPool(DIMENSIONS);
  const task = { values: Array.from({ length: CLASSES }, (_, k) => `value ${k}`), multiple: false };
  let labelled: { features: ClassFeatures; examples: { row: number; values: string[] }[] } | undefined;
  for (let from = 0; from < passages; from += CHUNK) {
    const rows = Math.min(CHUNK, passages - from);
    const topics = Array.from({ length: rows }, () => random.below(CLASSES));
    const data = new Float32Array(rows * DIMENSIONS);
    for (let i = 0; i < data.length; i++) {
      const topic = topics[Math.floor(i / DIMENSIONS)]!;
      data[i] = centres[topic * DIMENSIONS + (i % DIMENSIONS)]! + 3 * (random.uniform() - 0.5);
    }
    const vectors = { rows, dimensions: DIMENSIONS, data };
    const lexical = lexicalRows(topics.map(passageOf));
    const space = labelled?.features.space ?? classSpace(vectors, lexical);
    const features = classFeatures(vectors, lexical, space);
    labelled ??= {
      features,
      examples: topics.slice(0, LABELS + 20).map((topic, row) => ({ row, values: [task.values[topic]!] })),
    };
    pool.append(quantiseRows(data, DIMENSIONS), features.lexical);
  }
  const { features, examples } = labelled!;
  const time = <T>(run: () => T): [T, number] => {
    const started = performance.now();
    const result = run();
    return [result, performance.now() - started];
  };
  fitClassHead(task, features, examples.slice(0, 50));
  const [first, fit] = time(() => fitClassHead(task, features, examples.slice(0, LABELS)));
  const repeats = [1, 2, 20].map((more) => {
    const [head, refit] = time(() => fitClassHead(task, features, examples.slice(0, LABELS + more), first));
    const [probabilities, score] = time(() => pooledProbabilities(head, pool)[0]!);
    const [, select] = time(() =>
      topK(
        Float64Array.from({ length: passages }, (_, i) => uncertainty('margin', probabilities, i * CLASSES, CLASSES)),
        50,
      ),
    );
    return { refit, score, select };
  });
  const median = (values: readonly number[]) => [...values].sort((x, y) => x - y)[values.length >> 1]!;
  const [refit, score, select] = (['refit', 'score', 'select'] as const).map((part) =>
    median(repeats.map((repeat) => repeat[part])),
  );
  const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
  return [
    passages.toLocaleString('en'),
    ...[fit, refit!, score!, select!, refit! + score! + select!].map((ms) => ms.toFixed(1)),
    megabytes(pool.bytes),
    megabytes(process.memoryUsage().rss),
  ];
}

function benchEntities(passages: number): void {
  console.log(`entities: ${passages} passages of ${WORDS} words × ${DIMENSIONS}, 4 labels`);
  const labels = ['A', 'B', 'C', 'D'];
  const meaning = Float32Array.from({ length: VOCABULARY * DIMENSIONS }, () => random.uniform() - 0.5);
  const examples = Array.from({ length: 2000 }, (_, i) => {
    const { indices, ...passage } = passageOf(i % CLASSES);
    const wordVectors = Float32Array.from(
      indices.flatMap((index) => [...meaning.subarray(index * DIMENSIONS, (index + 1) * DIMENSIONS)]),
      (x) => x + 0.5 * (random.uniform() - 0.5),
    );
    const entities = passage.words
      .map((word, w) => ({ ...word, index: indices[w]! }))
      .filter(({ index }) => index % 30 === 0)
      .map(({ start, end, index }) => ({ start, end, label: labels[(index / 30) % labels.length]! }));
    return { passage: { ...passage, wordVectors }, entities, scope: labels };
  });
  const texts = examples.map(({ passage }) => passage);
  const space = timed('word space of 2,000 passages', () => wordSpace(DIMENSIONS, texts));
  fitEntityHead(labels, space, examples.slice(0, 5), 1);
  let head: EntityHead | undefined;
  for (const n of [25, 100, 300]) {
    head = timed(`fit from nothing, ${n} passages accepted`, () =>
      fitEntityHead(labels, space, examples.slice(0, n), 1),
    );
    timed('fit again, one more', () => fitEntityHead(labels, space, examples.slice(0, n + 1), 1, head));
  }
  const scorer = new SpanScorer(head!);
  const rank = (count: number) => {
    for (let i = 0; i < count; i++) {
      const scores = scorer.score(texts[i % texts.length]!);
      passageScore(doubtfulSpans(scores, 'margin', { seed: 1, identity: '' }, 3).map(({ score }) => score));
    }
  };
  rank(200);
  const started = performance.now();
  timed('score and rank all spans of all passages', () => {
    rank(passages);
  });
  const seconds = (performance.now() - started) / 1000;
  console.log(`  ${(passages / seconds).toFixed(0)} passages a second`);
}

const sizes = (typeof flags.sizes === 'string' ? flags.sizes : '1000,10000,100000,1000000').split(',').map(Number);
const rows = sizes.map((size) => benchClass(size));
const markdown = [
  '## Time and memory of the class head',
  `\`npm run bench -- learning-scale${process.argv
    .slice(2)
    .map((flag) => ` ${flag}`)
    .join('')}\`: passages of ${WORDS} words × ${DIMENSIONS} ` +
    `dimensions, ${CLASSES} values, ${LABELS} labels, vectors and lexical features; milliseconds on one of ${cpus().length} cores ` +
    `(${cpus()[0]?.model ?? 'unknown'}), other work beside it; megabytes of the packed pool and of the whole process.`,
  markdownTable(
    ['passages', 'fit from nothing', 'fit again', 'score', 'select', 'again, all three', 'pool', 'process'],
    rows,
  ),
].join('\n\n');
console.log(markdown);
if (flags.write) await writeSection('learning-scale', markdown);
benchEntities(10_000);
