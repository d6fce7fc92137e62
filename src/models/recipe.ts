import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** How a model's token vectors become one vector of a text, and what its texts are preceded by. */
export const Recipe = z.object({
  /** `mean`: of all pieces' vectors. `cls`: the vector of the special piece that begins every text. */
  pooling: z.enum(['mean', 'cls']),
  /** Put before every text, such as E5's 'query: '; empty for most models. */
  prefix: z.string(),
});
export type Recipe = z.infer<typeof Recipe>;

/** What most models are trained with (Reimers & Gurevych 2019). */
export const DEFAULT_RECIPE: Recipe = { pooling: 'mean', prefix: '' };

/** Beside a model's own files: what was downloaded from where, and the recipe. */
export const MANIFEST = 'marginalia-model.json';

export const Manifest = z.looseObject({
  /** Id on the hub. */
  id: z.string(),
  /** Where it came from. */
  host: z.string(),
  /** Commit of the repository; '' where the host does not tell. */
  revision: z.string(),
  recipe: Recipe,
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })),
});
export type Manifest = z.infer<typeof Manifest>;

/** Files by which sentence-transformers describes a pipeline; models have all, some or none of them. */
export const POOLING_FILE = '1_Pooling/config.json';
export const PROMPTS_FILE = 'config_sentence_transformers.json';

const Pooling = z.looseObject({
  pooling_mode_cls_token: z.boolean().optional(),
  pooling_mode_mean_tokens: z.boolean().optional(),
});
const Prompts = z.looseObject({
  prompts: z.record(z.string(), z.string()).optional(),
  default_prompt_name: z.string().nullish(),
});

/**
 * The recipe of the model in a folder: from our manifest, else from the files of sentence-transformers, else the mean.
 * @throws Error where one of these files is there but is not as it should be, or asks for a pooling that is not known.
 */
export async function readRecipe(folder: string): Promise<Recipe> {
  const manifest = await readOptional(folder, MANIFEST, Manifest);
  if (manifest !== undefined) return manifest.recipe;
  const pooling = await readOptional(folder, POOLING_FILE, Pooling);
  const prompts = await readOptional(folder, PROMPTS_FILE, Prompts);
  const name = prompts?.default_prompt_name;
  return {
    pooling: pooling === undefined ? DEFAULT_RECIPE.pooling : poolingOf(pooling),
    prefix: (name !== undefined && name !== null ? prompts?.prompts?.[name] : undefined) ?? DEFAULT_RECIPE.prefix,
  };
}

function poolingOf(pooling: z.infer<typeof Pooling>): Recipe['pooling'] {
  if (pooling.pooling_mode_cls_token === true) return 'cls';
  if (pooling.pooling_mode_mean_tokens !== false) return 'mean';
  throw new Error(`${POOLING_FILE} asks for a pooling other than of the mean or of the first piece`);
}

async function readOptional<T>(folder: string, file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw new Error(`${file} cannot be read`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${file} is not as expected: ${detail}`, { cause: error });
  }
}
