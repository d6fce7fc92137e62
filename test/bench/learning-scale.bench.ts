import { classFeatures, classSpace } from '../../src/learning/features/class.js';
import { wordSpace } from '../../src/learning/features/entity.js';
import { lexicalRows } from '../../src/learning/features/lexical.js';
import { classProbabilities, fitClassHead } from '../../src/learning/heads/class.js';
import { doubtfulSpans, fitEntityHead, SpanScorer, type EntityHead } from '../../src/learning/heads/entity.js';
import { Random } from '../../src/learning/random.js';
import { passageScore, topK, uncertainty } from '../../src/learning/strategies/uncertainty.js';
import type { PassageInput } from '../../src/learning/types.js';

/**
 * Heads on one core, on made-up data of the size of real data: passages of 32 words from a vocabulary of 20,000 with
 * Zipf's frequencies, vectors of 256 dimensions. Class: 10 values, 500 labels. Entities: 4 labels; every 30th word of the
 * vocabulary is a mention.
 */

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

function benchClass(passages: number): void {
  console.log(`class: ${passages} passages × ${DIMENSIONS}, ${CLASSES} values, ${LABELS} labels`);
  const centres = Float32Array.from({ length: CLASSES * DIMENSIONS }, () => random.uniform() - 0.5);
  const topics = Array.from({ length: passages }, () => random.below(CLASSES));
  const data = new Float32Array(passages * DIMENSIONS);
  topics.forEach((topic, r) => {
    for (let c = 0; c < DIMENSIONS; c++) {
      data[r * DIMENSIONS + c] = centres[topic * DIMENSIONS + c]! + 3 * (random.uniform() - 0.5);
    }
  });
  const texts = topics.map(passageOf);
  const vectors = { rows: passages, dimensions: DIMENSIONS, data };
  const lexical = timed('lexical rows (once a pool)', () => lexicalRows(texts));
  const features = timed('features (once a pool)', () => classFeatures(vectors, lexical, classSpace(vectors, lexical)));
  const task = { values: Array.from({ length: CLASSES }, (_, k) => `value ${k}`), multiple: false };
  const examples = topics.slice(0, LABELS + 20).map((topic, row) => ({ row, values: [task.values[topic]!] }));
  fitClassHead(task, features, examples.slice(0, 50));
  let head = timed('fit from nothing', () => fitClassHead(task, features, examples.slice(0, LABELS)));
  for (const more of [1, 2, 20]) {
    const before = head;
    const name = `fit again, ${more} label(s) more`;
    head = timed(name, () => fitClassHead(task, features, examples.slice(0, LABELS + more), before));
    const probabilities = timed('score all', () => classProbabilities(head, features)[0]!);
    timed('rank all, select 50', () => {
      const scores = Float64Array.from({ length: passages }, (_, i) =>
        uncertainty('margin', probabilities, i * CLASSES, CLASSES),
      );
      return topK(scores, 50);
    });
  }
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

benchClass(10_000);
benchClass(100_000);
benchEntities(10_000);
