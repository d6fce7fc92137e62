import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quantiseRows } from '../../src/embedding/quantise.js';
import { ClassPool } from '../../src/learning/features/class-pool.js';
import { classFeatures, classSpace } from '../../src/learning/features/class.js';
import { lexicalRows } from '../../src/learning/features/lexical.js';
import { fitClassHead, pooledProbabilities } from '../../src/learning/heads/class.js';
import { Random } from '../../src/learning/random.js';
import { topK, uncertainty } from '../../src/learning/strategies/uncertainty.js';

/**
 * One more label, and the whole pool ranked again: fit + score + select at 1 k to 1 M passages × 256 dimensions, 10 values,
 * 500 labels, on one core; beside it the time to read as many vectors, as bytes, from a file that the system has cached.
 * Passages are 32 words of a vocabulary of 20,000 with Zipf's frequencies; of each thousand the same lexical features, so
 * that a million can be made in seconds. Milliseconds of processor time and, in brackets, on the clock.
 */
const DIMENSIONS = 256;
const CLASSES = 10;
const LABELS = 500;
const BASE = 1000;
const random = new Random(1);

const anyWord = () => `w${Math.floor(Math.exp(random.uniform() * Math.log(20_000)))}`;
const topics = Array.from({ length: BASE }, (_, r) => r % CLASSES);
const texts = topics.map((topic) => {
  const words = Array.from({ length: 32 }, (_, i) => (i % 8 === 0 ? `t${topic}x${random.below(50)}` : anyWord()));
  const text = words.join(' ');
  let at = 0;
  return { text, words: words.map((word) => ({ start: at, end: (at += word.length + 1) - 1 })) };
});
const data = Float32Array.from({ length: BASE * DIMENSIONS }, (_, i) => {
  const topic = topics[Math.floor(i / DIMENSIONS)]!;
  return 3 * (random.uniform() - 0.5) + (i % CLASSES === topic ? 0.5 : 0);
});
const vectors = { rows: BASE, dimensions: DIMENSIONS, data };
const lexical = lexicalRows(texts);
const features = classFeatures(vectors, lexical, classSpace(vectors, lexical));
const codes = quantiseRows(data, DIMENSIONS);
const task = { values: topics.slice(0, CLASSES).map((k) => `value ${k}`), multiple: false };
const examples = topics.map((topic, row) => ({ row, values: [task.values[topic]!] }));

function timed<T>(work: () => T): { result: T; text: string; cpu: number } {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1000;
  return { result, cpu, text: `${cpu.toFixed(0)} (${(performance.now() - started).toFixed(0)})`.padStart(14) };
}

const folder = mkdtempSync(join(tmpdir(), 'marginalia-bench-'));
const warmUp = fitClassHead(task, features, examples.slice(0, LABELS));
console.log('passages           fit         score        select         total          read      pool');
for (const size of [1_000, 10_000, 100_000, 1_000_000]) {
  const pool = new ClassPool(DIMENSIONS);
  for (let i = 0; i < size; i += BASE) pool.append(codes, features.lexical);
  const file = join(folder, 'vectors');
  writeFileSync(file, Buffer.alloc(size * DIMENSIONS, 1));
  readFileSync(file);
  pooledProbabilities(warmUp, pool);
  const fit = timed(() => fitClassHead(task, features, examples.slice(0, LABELS + 1), warmUp));
  const scored = timed(() => pooledProbabilities(fit.result, pool)[0]!);
  const selected = timed(() =>
    topK(
      Float64Array.from({ length: size }, (_, i) => uncertainty('margin', scored.result, i * CLASSES, CLASSES)),
      50,
    ),
  );
  const read = timed(() => readFileSync(file));
  const total = (fit.cpu + scored.cpu + selected.cpu).toFixed(0).padStart(14);
  const megabytes = `${(pool.bytes / 2 ** 20).toFixed(0)} MiB`.padStart(10);
  console.log(`${String(size).padStart(8)}${fit.text}${scored.text}${selected.text}${total}${read.text}${megabytes}`);
}
rmSync(folder, { recursive: true });
