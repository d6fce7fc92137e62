import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createEmbedder } from '../../../src/embedding/open-embedder.js';
import { readModelFolder } from '../../../src/embedding/model-folder.js';
import type { Embedder, Encoded } from '../../../src/embedding/types.js';
import { VectorCache } from '../../../src/embedding/vector-cache.js';
import { MANIFEST, POOLING_FILE, PROMPTS_FILE, readRecipe, type Recipe } from '../../../src/models/recipe.js';
import { TOKENIZERS, type TokenizerName } from '../../fixtures/tokenizers/build.js';
import { HARD_TEXTS, SAMPLE } from '../../fixtures/tokenizers/sample.js';
import { writeTinyModel } from './tiny-model.js';

const folders: string[] = [];
const embedders: Embedder[] = [];
afterEach(async () => {
  for (const embedder of embedders.splice(0)) await embedder.dispose();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function put(folder: string, file: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
}

const manifest = (recipe: Recipe): unknown => ({ id: 'o/n', host: 'https://hub', revision: '', recipe, files: [] });

async function tiny(recipe: Recipe, tokenizer: TokenizerName = 'wordpiece-cased'): Promise<Embedder> {
  const { folder } = await writeTinyModel({ tokenizer });
  folders.push(folder);
  await put(folder, MANIFEST, manifest(recipe));
  const embedder = await createEmbedder({ folder, runtime: 'native' });
  embedders.push(embedder);
  return embedder;
}

const mean: Recipe = { pooling: 'mean', prefix: '' };
const short = 'The ferry leaves at noon.';

describe('a prefix', () => {
  it('is read before the text, and its pieces are not among the text’s', async () => {
    const plain = await tiny(mean);
    const prefixed = await tiny({ pooling: 'mean', prefix: 'ferry: ' });
    const [whole] = await plain.encode([`ferry: ${short}`]);
    const [text] = await prefixed.encode([short]);
    const before = whole!.pieces.filter(({ end }) => end <= 'ferry: '.length).length;
    expect(before).toBeGreaterThan(1);
    expect(text!.pieces).toEqual(
      whole!.pieces.slice(before).map(({ start, end }) => ({ start: start - 7, end: end - 7 })),
    );
    const dimensions = plain.info.dimensions;
    expect(distance(text!.tokens, whole!.tokens.subarray(before * dimensions))).toBeLessThan(1e-5);
    expect(distance(text!.vector, whole!.vector)).toBeLessThan(1e-5);
    expect(prefixed.info.hash).not.toBe(plain.info.hash);
  });

  it.each(TOKENIZERS)('leaves every piece in its place, for short and for long texts (%s)', async (tokenizer) => {
    const plain = await tiny(mean, tokenizer);
    const prefixed = await tiny({ pooling: 'mean', prefix: 'query: ' }, tokenizer);
    const texts = [...HARD_TEXTS, SAMPLE];
    const expected = await plain.encode(texts);
    const found = await prefixed.encode(texts);
    for (const [i, text] of texts.entries()) {
      const { pieces, tokens } = found[i]!;
      expect(tokens).toHaveLength(pieces.length * prefixed.info.dimensions);
      // The first word may be cut in another way where it follows something.
      const word = text.search(/\s\S/);
      const after = ({ start }: { start: number }): boolean => start > word;
      if (word > 0) expect(pieces.filter(after)).toEqual(expected[i]!.pieces.filter(after));
      for (const { start, end } of pieces) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(text.length);
        expect(start).toBeLessThanOrEqual(end);
      }
    }
  });

  it('leaves a text without pieces without a vector', async () => {
    const [empty] = await (await tiny({ pooling: 'mean', prefix: 'query: ' })).encode(['']);
    expect(empty!.pieces).toEqual([]);
    expect(Math.hypot(...empty!.vector)).toBe(0);
  });

  it('that fills the whole window is refused', async () => {
    await expect(tiny({ pooling: 'mean', prefix: 'ferry '.repeat(40) })).rejects.toThrow(/no room for a text/);
  });
});

describe('pooling', () => {
  it('of the first piece gives its vector, at length 1', async () => {
    const cls = await tiny({ pooling: 'cls', prefix: '' });
    const averaged = await tiny(mean);
    const [[first], [all]] = [await cls.encode([short]), await averaged.encode([short])];
    expect(Math.hypot(...first!.vector)).toBeCloseTo(1, 5);
    expect(distance(first!.vector, all!.vector)).toBeGreaterThan(0.05);
    // The tiny model's first piece is the row of [CLS] and the mean of all rows: it differs by the mean alone.
    const [other] = await cls.encode(['Noon.']);
    expect(distance(first!.vector, other!.vector)).toBeGreaterThan(1e-3);
    expect(cls.info.hash).not.toBe(averaged.info.hash);
  });
});

it('has cached vectors of its own: those that another recipe gave with the same weights are not taken', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recipe-cache-'));
  folders.push(folder);
  const recipes: Recipe[] = [mean, { pooling: 'cls', prefix: '' }, { pooling: 'mean', prefix: 'query: ' }];
  const key = '0'.repeat(32);
  for (const round of ['first', 'second'])
    for (const recipe of recipes) {
      const embedder = await tiny(recipe);
      const [encoded] = await embedder.encode([short]);
      const cache = await VectorCache.open(folder, embedder.info);
      expect(cache.has(key)).toBe(round === 'second');
      await cache.put([{ key, encoded: encoded! }]);
      expect(distance(cache.pooled(key)!, encoded!.vector)).toBeLessThan(0.01);
      await cache.close();
    }
});

describe('the recipe of a folder', () => {
  const folderWith = async (files: Readonly<Record<string, unknown>>): Promise<string> => {
    const { folder } = await writeTinyModel();
    folders.push(folder);
    for (const [file, content] of Object.entries(files)) await put(folder, file, content);
    return folder;
  };

  it.each([
    ['nothing', {}, mean],
    ['a pooling of the mean', { [POOLING_FILE]: { pooling_mode_mean_tokens: true } }, mean],
    [
      'a pooling of the first piece',
      { [POOLING_FILE]: { pooling_mode_cls_token: true } },
      { pooling: 'cls', prefix: '' },
    ],
    [
      'a prompt that is used by default',
      { [PROMPTS_FILE]: { prompts: { query: 'query: ', document: '' }, default_prompt_name: 'query' } },
      { pooling: 'mean', prefix: 'query: ' },
    ],
    ['prompts of which none is used by default', { [PROMPTS_FILE]: { prompts: { query: 'query: ' } } }, mean],
    [
      'our manifest before all',
      { [MANIFEST]: manifest({ pooling: 'cls', prefix: 'x ' }), [POOLING_FILE]: { pooling_mode_mean_tokens: true } },
      { pooling: 'cls', prefix: 'x ' },
    ],
  ])('comes from %s', async (_, files, recipe) => {
    expect(await readRecipe(await folderWith(files))).toEqual(recipe);
  });

  it.each([
    [POOLING_FILE, '{', /1_Pooling\/config\.json is not as expected/],
    [POOLING_FILE, { pooling_mode_mean_tokens: false, pooling_mode_max_tokens: true }, /asks for a pooling other than/],
    [MANIFEST, { id: 7 }, /marginalia-model\.json is not as expected/],
  ])('is refused where %s says %j', async (file, content, message) => {
    const folder = await folderWith({ [file]: content });
    await expect(readModelFolder(folder)).rejects.toThrow(message);
  });
});

it('notices weights that were quantised dynamically, wherever the operator’s name lies, and prefers others', async () => {
  const { folder } = await writeTinyModel();
  folders.push(folder);
  const plain = await readModelFolder(folder);
  expect(plain).toMatchObject({ dtype: 'fp32', batchDependent: false });
  for (const at of [10, (1 << 20) - 8, (1 << 20) + 3]) {
    const bytes = Buffer.alloc((1 << 20) + 100);
    bytes.write('DynamicQuantizeLinear', at);
    await writeFile(join(folder, 'onnx/model_quantized.onnx'), bytes);
    expect(await readModelFolder(folder)).toEqual(plain);
    await rm(join(folder, 'onnx/model.onnx'));
    expect(await readModelFolder(folder)).toMatchObject({ dtype: 'q8', batchDependent: true });
    await writeFile(join(folder, 'onnx/model.onnx'), await original());
  }
  await writeFile(join(folder, 'onnx/model_quantized.onnx'), 'weights only');
  expect(await readModelFolder(folder)).toMatchObject({ dtype: 'q8', batchDependent: false });

  async function original(): Promise<Buffer> {
    const { folder: other } = await writeTinyModel();
    folders.push(other);
    return readFile(join(other, 'onnx/model.onnx'));
  }
});

function distance(a: Encoded['vector'], b: Encoded['vector']): number {
  expect(a).toHaveLength(b.length);
  return Math.max(0, ...a.map((value, i) => Math.abs(value - b[i]!)));
}
