import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { BATCH_PIECES } from '../../src/embedding/embedder.js';
import { createEmbedder } from '../../src/embedding/open-embedder.js';
import { createPieceEncoder } from '../../src/embedding/pieces.js';
import { loadTransformers } from '../../src/embedding/runtime.js';
import { stagesOf } from '../../src/embedding/tokenizer.js';
import type { Embedder } from '../../src/embedding/types.js';
import { VectorCache } from '../../src/embedding/vector-cache.js';
import { packBatches } from '../../src/embedding/windows.js';

/**
 * Speed of the embedding stage with the bundled model (design, section 7), printed as a table. Run from the
 * repository's root. Ratios are taken in one run, in alternating rounds, so that other load on the machine hits both.
 */

const folder = 'media/models/marginalia-en-small';
const ROUNDS = 7;

function report(what: string, value: string): void {
  console.log(`${what.padEnd(68)}${value}`);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Prose of the sample workspace, cut into passages of 30 pieces: 32 with the special ones. */
async function passages(count: number): Promise<string[]> {
  const { AutoTokenizer } = await loadTransformers();
  const cut = createPieceEncoder(stagesOf(await AutoTokenizer.from_pretrained(join(process.cwd(), folder))));
  const files = (await readdir('media/sample', { recursive: true })).filter((file) => /\.(txt|md)$/.test(file));
  const text = (await Promise.all(files.map((file) => readFile(join('media/sample', file), 'utf8')))).join('\n');
  const { ranges } = cut(text);
  const found: string[] = [];
  for (let i = 0; found.length < count; i = (i + 30) % (ranges.length - 30)) {
    found.push(text.slice(ranges[i]!.start, ranges[i + 29]!.end));
  }
  return found;
}

/** The batches that the embedder makes of texts, and nothing but `session.run` on them. */
async function bareRun(texts: readonly string[]): Promise<() => Promise<void>> {
  const { AutoTokenizer } = await loadTransformers();
  const stages = stagesOf(await AutoTokenizer.from_pretrained(join(process.cwd(), folder)));
  const cut = createPieceEncoder(stages);
  const sequences = texts.map((text) => [...stages.prefix, ...cut(text).ids, ...stages.suffix]);
  const lengths = sequences.map(({ length }) => length);
  const feeds = packBatches(lengths, BATCH_PIECES).map((batch) => {
    const width = Math.max(...batch.map((i) => lengths[i]!));
    const ids = new BigInt64Array(batch.length * width);
    const mask = new BigInt64Array(batch.length * width);
    batch.forEach((i, row) => {
      ids.set(sequences[i]!.map(BigInt), row * width);
      mask.fill(1n, row * width, row * width + lengths[i]!);
    });
    const dims = [batch.length, width];
    return { input_ids: new Tensor('int64', ids, dims), attention_mask: new Tensor('int64', mask, dims) };
  });
  const session = await InferenceSession.create(join(folder, 'onnx', 'model_quantized.onnx'));
  return async () => {
    for (const feed of feeds) for (const tensor of Object.values(await session.run(feed))) tensor.dispose();
  };
}

async function throughput(texts: readonly string[]): Promise<Embedder> {
  const embedder = await createEmbedder({ folder, runtime: 'native' });
  const bare = await bareRun(texts);
  await bare();
  await embedder.encode(texts);
  const times = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.bare.push(await seconds(bare));
    times.ours.push(await seconds(() => embedder.encode(texts)));
  }
  const ratio = median(times.bare.map((time, i) => time / times.ours[i]!));
  report('native, passages of 32 pieces a second', (texts.length / median(times.ours)).toFixed(0));
  report('of bare session.run on the same batches (budget 0.9)', ratio.toFixed(3));
  return embedder;
}

async function wasm(texts: readonly string[]): Promise<void> {
  const embedder = await createEmbedder({ folder, runtime: 'wasm' });
  const time = await seconds(() => embedder.encode(texts));
  report('WASM, one thread, passages of 32 pieces a second', (texts.length / time).toFixed(0));
  await embedder.dispose();
}

async function memory(embedder: Embedder, texts: readonly string[], total: number): Promise<void> {
  const megabytes = (): number => process.memoryUsage().rss / 2 ** 20;
  const readings: number[] = [];
  for (let done = 0; done < total; done += texts.length) {
    await embedder.encode(texts);
    if (done >= total / 5) readings.push(megabytes());
  }
  const growth = readings.at(-1)! - readings[0]!;
  report(
    `resident memory after ${total} passages, and growth over the last 4/5`,
    `${readings.at(-1)!.toFixed(0)} MB, ${growth.toFixed(0)} MB`,
  );
}

async function cache(embedder: Embedder, texts: readonly string[], total: number): Promise<void> {
  const storage = await mkdtemp(join(tmpdir(), 'vectors-'));
  const encoded = await embedder.encode(texts);
  const items = Array.from({ length: total }, (_, i) => ({
    key: randomBytes(16).toString('hex'),
    encoded: encoded[i % encoded.length]!,
  }));
  const cold = await VectorCache.open(storage, embedder.info);
  const write = await seconds(async () => {
    for (let i = 0; i < total; i += 512) await cold.put(items.slice(i, i + 512));
  });
  await cold.close();
  let bytes = 0;
  for (const file of await readdir(storage)) bytes += (await stat(join(storage, file))).size;
  let warm: VectorCache | undefined;
  const open = await seconds(async () => {
    warm = await VectorCache.open(storage, embedder.info);
    for (const { key } of items) warm.pooled(key);
  });
  let values = 0;
  const read = await seconds(async () => {
    let count = 0;
    for await (const { encoded: text } of warm!.read(items.map(({ key }) => key))) {
      count += text.pieces.length > 0 ? 1 : 0;
      values += text.tokens.length;
    }
    if (count !== total) throw new Error(`${count} of ${total} texts were read.`);
  });
  report(`cache: write ${total} passages`, `${write.toFixed(2)} s, ${(bytes / total / 1000).toFixed(1)} kB each`);
  report(`cache: open, and all pooled vectors`, `${open.toFixed(2)} s`);
  const source = new Float32Array(values).fill(1);
  const copy = await seconds(() => Promise.resolve(source.slice().slice()));
  report(`cache: read all token vectors`, `${read.toFixed(2)} s, ${(read / copy).toFixed(2)} of copying them twice`);
  await warm!.close();
  await rm(storage, { recursive: true });
}

const total = Number(process.argv[2] ?? 100_000);
report('machine', `${cpus().length} × ${cpus()[0]?.model ?? '?'}`);
const texts = await passages(2000);
const embedder = await throughput(texts);
await wasm(texts.slice(0, 300));
await cache(embedder, texts, 10_000);
await memory(embedder, texts, total);
await embedder.dispose();
