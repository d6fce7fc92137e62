import { cp, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMemory } from '../../../src/embedding/memory.js';
import { readModelFolder } from '../../../src/embedding/model-folder.js';
import { createEmbedder, openEmbedder } from '../../../src/embedding/open-embedder.js';
import { createPieceEncoder } from '../../../src/embedding/pieces.js';
import { stagesOf, type TokenizerStages } from '../../../src/embedding/tokenizer.js';
import type { Embedder, Encoded } from '../../../src/embedding/types.js';
import { windowsOf } from '../../../src/embedding/windows.js';
import { buildTokenizer } from '../../fixtures/tokenizers/build.js';
import { HARD_TEXTS, SAMPLE } from '../../fixtures/tokenizers/sample.js';
import { writeTinyModel, type TinyModel, type TinyModelOptions } from './tiny-model.js';

const folders: string[] = [];
async function tinyModel(options?: TinyModelOptions): Promise<TinyModel> {
  const model = await writeTinyModel(options);
  folders.push(model.folder);
  return model;
}
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

function expectClose(a: Float32Array, b: ArrayLike<number>): void {
  expect(a).toHaveLength(b.length);
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 4));
}

describe.each(['native', 'wasm'] as const)('an embedder on the %s runtime', (runtime) => {
  let model: TinyModel;
  let embedder: Embedder;
  beforeAll(async () => {
    model = await tinyModel();
    embedder = await createEmbedder({ folder: model.folder, runtime });
  });
  afterAll(() => embedder.dispose());

  /** What the tiny model's definition gives for a text, worked out without any runtime. */
  function expected(text: string, stages: TokenizerStages): { vector: number[]; tokens: number[]; pieces: number } {
    const { dimensions, table } = model;
    const { ids } = createPieceEncoder(stages)(text);
    const row = (id: number): number[] => [...table.slice(id * dimensions, (id + 1) * dimensions)];
    const add = (a: readonly number[], b: readonly number[], weight = 1): number[] =>
      a.map((v, d) => v + weight * b[d]!);
    let sum = new Array<number>(dimensions).fill(0);
    const tokens: number[] = [];
    const windows = windowsOf(ids.length, 32 - 2);
    for (const { start, end, keepStart, keepEnd } of windows) {
      const read = [...stages.prefix, ...ids.slice(start, end), ...stages.suffix];
      const mean = read
        .map(row)
        .reduce((a, b) => add(a, b))
        .map((v) => v / read.length);
      for (const id of ids.slice(keepStart, keepEnd)) {
        tokens.push(...add(row(id), mean));
        sum = add(sum, add(row(id), mean));
      }
      for (const id of [...stages.prefix, ...stages.suffix]) sum = add(sum, add(row(id), mean), 1 / windows.length);
    }
    return { vector: sum.map((v) => v / Math.hypot(...sum)), tokens, pieces: ids.length };
  }

  it('gives what the model defines, for short texts and for ones that need windows', async () => {
    const texts = [...HARD_TEXTS.filter((text) => /\p{L}/u.test(text)), ...SAMPLE.split('\n'), SAMPLE];
    const encoded = await embedder.encode(texts);
    const stages = stagesOf(await buildTokenizer('wordpiece-cased'));
    for (const [i, text] of texts.entries()) {
      const { vector, tokens, pieces } = expected(text, stages);
      expect(encoded[i]!.pieces).toHaveLength(pieces);
      expectClose(encoded[i]!.tokens, tokens);
      expectClose(encoded[i]!.vector, vector);
    }
  });

  it('gives zeros for a text without pieces', async () => {
    const [empty, space] = await embedder.encode(['', ' \n\t']);
    for (const encoded of [empty, space]) {
      expect(encoded!.pieces).toEqual([]);
      expect(encoded!.tokens).toHaveLength(0);
      expect([...encoded!.vector]).toEqual([0, 0, 0, 0, 0, 0]);
    }
    expect(await embedder.encode([])).toEqual([]);
  });

  it('says which runtime it is on and why', () => {
    expect(embedder.info).toMatchObject({ runtime, dimensions: 6, maxPieces: 32 });
    expect(embedder.info.reason).toMatch(/because the setting asks for it.*\.$/);
    expect(embedder.info.hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('reports progress, and stops between batches when it is cancelled', async () => {
    const texts = Array.from({ length: 300 }, (_, i) =>
      `The ferry leaves at ${i} past every hour. `.repeat(1 + (i % 3)),
    );
    const seen: number[] = [];
    await embedder.encode(texts, { onProgress: (done) => seen.push(done) });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(300);

    const controller = new AbortController();
    let reports = 0;
    const cancelled = embedder.encode(texts, {
      signal: controller.signal,
      onProgress: () => {
        if (++reports === 2) controller.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(reports).toBe(2);
  });

  it('lets others have their turn while it works', async () => {
    let turns = 0;
    let working = true;
    const count = (): void => {
      turns++;
      if (working) setImmediate(count);
    };
    setImmediate(count);
    let batches = 0;
    await embedder.encode(
      SAMPLE.split(' ').map((word) => word.repeat(3)),
      { onProgress: () => batches++ },
    );
    working = false;
    expect(turns).toBeGreaterThanOrEqual(batches);
  });
});

describe('an embedder', () => {
  const tokenizers = ['wordpiece-uncased', 'bpe-gpt2', 'bpe-roberta', 'bpe-bytes', 'unigram', 'unigram-words'] as const;

  it.each(tokenizers)('takes a model with the tokenizer %s', async (tokenizer) => {
    const { folder } = await tinyModel({ tokenizer });
    const embedder = await createEmbedder({ folder, runtime: 'native' });
    const [encoded] = await embedder.encode([SAMPLE]);
    expect(encoded!.tokens).toHaveLength(encoded!.pieces.length * 6);
    expect(encoded!.pieces.at(-1)).toMatchObject({ end: SAMPLE.length });
    expect(Math.hypot(...encoded!.vector)).toBeCloseTo(1, 5);
    await embedder.dispose();
  });

  const signatures: readonly (readonly [string, TinyModelOptions])[] = [
    ['types of tokens', { inputs: ['attention_mask', 'token_type_ids'] }],
    ['no mask', { inputs: [] }],
    ['a sentence’s vector besides', { outputs: ['sentence_embedding', 'token_embeddings'] }],
    ['a family that is not known', { modelType: 'novel' }],
  ];
  it.each(
    signatures.flatMap(([what, options]) =>
      (['native', 'wasm'] as const).map((runtime) => ({ what, options, runtime })),
    ),
  )('takes a model with $what, on the $runtime runtime', async ({ options, runtime }) => {
    const [plain, other] = [await tinyModel(), await tinyModel(options)];
    const reference = await createEmbedder({ folder: plain.folder, runtime });
    const embedder = await createEmbedder({ folder: other.folder, runtime });
    const texts = SAMPLE.split('\n');
    const [expected, found] = [await reference.encode(texts), await embedder.encode(texts)];
    texts.forEach((_, i) => expectClose(found[i]!.vector, expected[i]!.vector));
    await Promise.all([reference.dispose(), embedder.dispose()]);
  });

  it('keeps models apart that are loaded at once, on both runtimes', async () => {
    const [one, two] = [await tinyModel({ seed: 1 }), await tinyModel({ seed: 2 })];
    const encode = async (model: TinyModel, runtime: 'native' | 'wasm'): Promise<Encoded[]> => {
      const embedder = await createEmbedder({ folder: model.folder, runtime });
      return embedder.encode(SAMPLE.split('\n'));
    };
    const [a, b, c, d] = await Promise.all([
      encode(one, 'native'),
      encode(two, 'wasm'),
      encode(one, 'wasm'),
      encode(two, 'native'),
    ]);
    SAMPLE.split('\n').forEach((_, i) => {
      expectClose(a[i]!.vector, c[i]!.vector);
      expectClose(b[i]!.vector, d[i]!.vector);
    });
    expect(a[0]!.vector[0]).not.toBeCloseTo(b[0]!.vector[0]!, 2);
  });

  it('has a hash of what vectors depend on, and of nothing else', async () => {
    const { folder } = await tinyModel({ seed: 1 });
    const moved = await mkdtemp(join(tmpdir(), 'moved-'));
    folders.push(moved);
    await cp(folder, moved, { recursive: true });
    const hashOf = async (at: string): Promise<string> => {
      const embedder = await createEmbedder({ folder: at, runtime: 'native' });
      await embedder.dispose();
      return embedder.info.hash;
    };
    const hash = await hashOf(folder);
    expect(await hashOf(moved)).toBe(hash);
    expect(await hashOf((await tinyModel({ seed: 2 })).folder)).not.toBe(hash);
    const json = await readFile(join(moved, 'tokenizer.json'), 'utf8');
    await writeFile(
      join(moved, 'tokenizer.json'),
      json.replace('"max_input_chars_per_word":100', '"max_input_chars_per_word":9'),
    );
    expect(await hashOf(moved)).not.toBe(hash);
    // Shorter windows give a long text other vectors.
    expect(await hashOf((await tinyModel({ seed: 1, maxPieces: 16 })).folder)).not.toBe(hash);
  });

  it('prefers quantised weights', async () => {
    const { folder } = await tinyModel();
    await rename(join(folder, 'onnx', 'model.onnx'), join(folder, 'onnx', 'model_quantized.onnx'));
    await writeFile(join(folder, 'onnx', 'model.onnx'), 'not a model');
    const messages: string[] = [];
    const embedder = await createEmbedder({ folder, runtime: 'auto', onLog: (message) => messages.push(message) });
    expect(messages.join()).toContain('onnx/model_quantized.onnx');
    await embedder.dispose();
  });

  it('says what it is before it is loaded, and is loaded when the first text comes', async () => {
    const { folder } = await tinyModel();
    const messages: string[] = [];
    const embedder = await openEmbedder({ folder, runtime: 'native', onLog: (message) => messages.push(message) });
    expect(embedder.info).toMatchObject({ runtime: 'native', dimensions: 6, maxPieces: 32 });
    expect(messages).toEqual([]);
    const [[one], [two]] = await Promise.all([embedder.encode([SAMPLE]), embedder.encode([SAMPLE])]);
    expect(two!.vector).toEqual(one!.vector);
    expect(messages).toEqual([expect.stringMatching(/^Model .* ready/)]);
    await embedder.dispose();
  });

  it('refuses to work after it was disposed of', async () => {
    const { folder } = await tinyModel();
    const embedder = await createEmbedder({ folder, runtime: 'native' });
    await embedder.dispose();
    await embedder.dispose();
    await expect(embedder.encode(['text'])).rejects.toThrow(/disposed/);
  });
});

describe('a model that cannot be used', () => {
  const load = async (folder: string): Promise<unknown> => createEmbedder({ folder, runtime: 'auto' });
  const broken = async (file: string, content: string | undefined): Promise<string> => {
    const { folder } = await tinyModel();
    if (content === undefined) await rm(join(folder, file));
    else await writeFile(join(folder, file), content);
    return folder;
  };

  it.each([
    ['config.json', undefined, /no config\.json/],
    ['config.json', '{', /config\.json is not as expected/],
    ['config.json', '{"model_type":"bert"}', /does not give hidden_size/],
    ['config.json', '{"hidden_size":"wide"}', /config\.json is not as expected.*hidden_size/s],
    ['tokenizer.json', undefined, /no tokenizer\.json/],
    ['tokenizer.json', '{}', /tokenizer\.json cannot be loaded/],
    ['tokenizer_config.json', undefined, /tokenizer_config\.json cannot be read/],
    ['onnx/model.onnx', undefined, /neither onnx\/model_quantized\.onnx nor onnx\/model\.onnx/],
    ['onnx/model.onnx', '', /onnx\/model\.onnx cannot be loaded/],
    ['onnx/model.onnx', 'this is no model', /onnx\/model\.onnx cannot be loaded/],
  ])('is refused when %s is %j', async (file, content, message) => {
    const folder = await broken(file, content);
    const error: unknown = await load(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toMatch(message);
    expect(String(error)).toContain(folder);
    expect(String(error)).toMatch(/Install the model again, or choose another one\.$/);
  });

  it('is refused when it is cut off', async () => {
    const { folder } = await tinyModel();
    const file = join(folder, 'onnx', 'model.onnx');
    await writeFile(file, (await readFile(file)).subarray(0, 50_000));
    await expect(load(folder)).rejects.toThrow(/cannot be loaded/);
  });

  it('is refused when it is of another shape than it says', async () => {
    const { folder } = await tinyModel({ claimedDimensions: 384 });
    await expect(load(folder)).rejects.toThrow(/\[1, \d+, 6\] where config\.json promises \[1, \d+, 384\]/);
  });

  const shapes: readonly (readonly [string, TinyModelOptions, RegExp])[] = [
    ['gives something else', { outputs: ['logits'] }, /gives logits, not token vectors/],
    [
      'gives a vector of a text alone',
      { outputs: ['sentence_embedding'] },
      /gives sentence_embedding, not token vectors/,
    ],
    ['gives 16-bit numbers', { outputType: 'float16' }, /token vectors are float16: only float32 can be used/],
    ['wants 32-bit ids', { inputType: 'int32' }, /model\.onnx fails .*expected: \(tensor\(int32\)\)/],
    [
      'wants an input that is not known',
      { inputs: ['attention_mask', 'position_ids'] },
      /fails .*inputs: position_ids/,
    ],
    ['is of two halves', { modelType: 't5' }, /model\.onnx cannot be loaded: .*encoder_model\.onnx/],
  ];
  it.each(shapes)('is refused when it %s', async (_, options, message) => {
    const { folder } = await tinyModel(options);
    await expect(load(folder)).rejects.toThrow(message);
  });

  it('is refused when it has fewer pieces than its tokenizer', async () => {
    const { folder } = await tinyModel({ rows: 3 });
    await expect(load(folder)).rejects.toThrow(/model\.onnx fails on 32 pieces with ids up to \d+/);
  });

  it('is refused when memory is too small for it, before it is loaded', async () => {
    const { folder } = await tinyModel();
    const files = await readModelFolder(folder);
    // Weights beside the ONNX file count; these take no room on disk.
    const beside = join(folder, 'onnx', 'model.onnx_data');
    await writeFile(beside, '');
    await truncate(beside, 1e9);
    await expect(checkMemory(files, 'native', 1.5e9)).rejects.toThrow(
      /onnx\/model\.onnx \(1\.0 GB\) needs about 2\.1 GB of memory, and 1\.5 GB are free.*smaller model/,
    );
    await checkMemory(files, 'native', 2.2e9);
    await truncate(beside, 2e9);
    await expect(checkMemory(files, 'wasm', 1e11)).rejects.toThrow(
      /needs about 6\.1 GB of memory, and WASM has 4\.3 GB/,
    );
  });

  it('is refused when there is no such folder', async () => {
    await expect(load('/no/such/folder')).rejects.toThrow(/There is no config\.json/);
  });
});
