import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { readRecipe, type Recipe } from '../models/recipe.js';

/** Something is wrong with a model's folder: says what, where and what to do. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  constructor(folder: string, what: string, { remedy, ...options }: ErrorOptions & { readonly remedy?: string } = {}) {
    super(`${what} (model folder ${folder}). ${remedy ?? 'Install the model again, or choose another one.'}`, options);
  }
}

/** A folder in the hub's layout, checked as far as can be without running it. */
export interface ModelFolder {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** What transformers.js calls the precision of the file of weights that is there. */
  readonly dtype: 'q8' | 'fp32';
  /** Relative to the folder. */
  readonly weights: string;
  /** First 16 hex digits of SHA-256 over the weights, the tokenizer, the recipe and the longest input. */
  readonly hash: string;
  readonly recipe: Recipe;
  /**
   * The weights were quantised dynamically: the scale of each layer's input comes from everything that is run together,
   * so that texts must be run one by one for their vectors to be the same every time.
   */
  readonly batchDependent: boolean;
  readonly dimensions: number;
  /** Longest input in pieces, special ones included. */
  readonly maxPieces: number;
}

/** Quantised weights first: they are what small machines are for. */
const WEIGHTS = [
  { dtype: 'q8', file: 'onnx/model_quantized.onnx' },
  { dtype: 'fp32', file: 'onnx/model.onnx' },
] as const;

/** Longer inputs cost more than they tell: attention grows with the square of their length. */
const LONGEST_INPUT = 512;

/** Families whose position 0 is not the first: padding's own id and one more come before it. */
const OFFSET_POSITIONS = /^(xlm-)?roberta|^camembert|^mpnet/;

const Config = z.looseObject({
  model_type: z.string().optional(),
  hidden_size: z.int().positive().optional(),
  dim: z.int().positive().optional(),
  d_model: z.int().positive().optional(),
  max_position_embeddings: z.int().positive().optional(),
  pad_token_id: z.int().nullish(),
});
const TokenizerConfig = z.looseObject({ model_max_length: z.number().positive().nullish() });

/**
 * Reads what a model's folder says of itself.
 * @throws ModelError where a file is missing or not as it should be.
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const path = resolve(folder);
  if (!(await isFile(join(path, 'config.json')))) throw new ModelError(path, 'There is no config.json');
  const config = await readJson(path, 'config.json', Config);
  const tokenizerConfig = await readJson(path, 'tokenizer_config.json', TokenizerConfig);
  if (!(await isFile(join(path, 'tokenizer.json')))) throw new ModelError(path, 'There is no tokenizer.json');

  const dimensions = config.hidden_size ?? config.dim ?? config.d_model;
  if (dimensions === undefined) throw new ModelError(path, 'config.json does not give hidden_size');
  const offset = OFFSET_POSITIONS.test(config.model_type ?? '') ? (config.pad_token_id ?? 1) + 1 : 0;
  const positions = (config.max_position_embeddings ?? LONGEST_INPUT) - offset;
  const maxPieces = Math.min(LONGEST_INPUT, positions, tokenizerConfig.model_max_length ?? LONGEST_INPUT);

  const present: (typeof WEIGHTS)[number][] = [];
  for (const candidate of WEIGHTS) if (await isFile(join(path, candidate.file))) present.push(candidate);
  let [found] = present;
  if (!found) throw new ModelError(path, `There is neither ${WEIGHTS[0].file} nor ${WEIGHTS[1].file}`);
  const recipe = await readRecipe(path).catch((error: unknown) => {
    throw new ModelError(path, error instanceof Error ? error.message : String(error), { cause: error });
  });
  let read = await readWeights(path, found.file, recipe, maxPieces);
  const [, other] = present;
  if (read.batchDependent && other) {
    found = other;
    read = await readWeights(path, other.file, recipe, maxPieces);
  }

  return {
    path,
    name: basename(path),
    dtype: found.dtype,
    weights: found.file,
    hash: read.hash,
    recipe,
    batchDependent: read.batchDependent,
    dimensions,
    maxPieces,
  };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function readJson<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T> {
  let text: string;
  try {
    text = await readFile(join(folder, file), 'utf8');
  } catch (error) {
    throw new ModelError(folder, `${file} cannot be read`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new ModelError(folder, `${file} is not as expected: ${detail}`, { cause: error });
  }
}

/** The operator that quantises a layer's input by what it finds in it. */
const DYNAMIC = Buffer.from('DynamicQuantizeLinear');

/** The hash is over everything that a vector depends on; weights kept beside the ONNX file (`model.onnx_data`) included. */
async function readWeights(
  folder: string,
  weights: string,
  { pooling, prefix }: Recipe,
  maxPieces: number,
): Promise<{ hash: string; batchDependent: boolean }> {
  const name = basename(weights);
  const files = (await readdir(join(folder, 'onnx'))).filter((file) => file.startsWith(name)).sort();
  const hash = createHash('sha256').update(`${JSON.stringify([pooling, prefix, maxPieces])}\n`);
  let batchDependent = false;
  for (const file of [...files.map((file) => join('onnx', file)), 'tokenizer.json']) {
    let last = Buffer.alloc(0);
    for await (const chunk of createReadStream(join(folder, file), { highWaterMark: 1 << 20 })) {
      if (!Buffer.isBuffer(chunk)) continue;
      hash.update(chunk);
      if (batchDependent || file !== weightsPath(weights)) continue;
      // The name may lie across two chunks.
      batchDependent =
        chunk.includes(DYNAMIC) || Buffer.concat([last, chunk.subarray(0, DYNAMIC.length)]).includes(DYNAMIC);
      last = Buffer.from(chunk.subarray(-DYNAMIC.length));
    }
  }
  return { hash: hash.digest('hex').slice(0, 16), batchDependent };
}

const weightsPath = (weights: string): string => join(...weights.split('/'));
