import type { Recipe } from './recipe.js';

/** Name of the model that comes with the extension. */
export const BUNDLED = 'marginalia-en-small';

/** A model of the hub that is known to work. */
export interface CatalogueModel {
  /** Id on the hub, `owner/name`. */
  readonly id: string;
  readonly title: string;
  /** ISO 639-1 codes; 'many' for models of fifty languages and more. */
  readonly languages: readonly string[] | 'many';
  /** All files together, in megabytes (10⁶ bytes). */
  readonly megabytes: number;
  readonly dimensions: number;
  /** By the work that a piece takes: `medium` at about 11, `slow` at about 21, `slowest` at about 85 million weights. */
  readonly speed: 'medium' | 'slow' | 'slowest';
  readonly licence: string;
  readonly recipe: Recipe;
}

const MEAN: Recipe = { pooling: 'mean', prefix: '' };
const CLS: Recipe = { pooling: 'cls', prefix: '' };
/** E5 was trained with prefixes; 'query: ' is the one for everything that is not retrieval. */
const E5: Recipe = { pooling: 'mean', prefix: 'query: ' };

/**
 * Exports for transformers.js of well-known models, with weights as 32-bit floats (docs/models.md says why not the
 * quantised ones). Facts are those of the models' cards and file lists.
 */
export const CATALOGUE: readonly CatalogueModel[] = [
  {
    id: 'Xenova/all-MiniLM-L6-v2',
    title: 'MiniLM, 6 layers',
    languages: ['en'],
    megabytes: 91,
    dimensions: 384,
    speed: 'medium',
    licence: 'Apache-2.0',
    recipe: MEAN,
  },
  {
    id: 'Xenova/all-MiniLM-L12-v2',
    title: 'MiniLM, 12 layers',
    languages: ['en'],
    megabytes: 134,
    dimensions: 384,
    speed: 'slow',
    licence: 'Apache-2.0',
    recipe: MEAN,
  },
  {
    id: 'Xenova/bge-small-en-v1.5',
    title: 'BGE small',
    languages: ['en'],
    megabytes: 134,
    dimensions: 384,
    speed: 'slow',
    licence: 'MIT',
    recipe: CLS,
  },
  {
    id: 'Xenova/gte-small',
    title: 'GTE small',
    languages: ['en'],
    megabytes: 134,
    dimensions: 384,
    speed: 'slow',
    licence: 'MIT',
    recipe: MEAN,
  },
  {
    id: 'Xenova/e5-small-v2',
    title: 'E5 small',
    languages: ['en'],
    megabytes: 134,
    dimensions: 384,
    speed: 'slow',
    licence: 'MIT',
    recipe: E5,
  },
  {
    id: 'Xenova/paraphrase-multilingual-MiniLM-L12-v2',
    title: 'Multilingual MiniLM',
    languages: 'many',
    megabytes: 488,
    dimensions: 384,
    speed: 'slow',
    licence: 'Apache-2.0',
    recipe: MEAN,
  },
  {
    id: 'Xenova/multilingual-e5-small',
    title: 'Multilingual E5 small',
    languages: 'many',
    megabytes: 488,
    dimensions: 384,
    speed: 'slow',
    licence: 'MIT',
    recipe: E5,
  },
  {
    id: 'Xenova/bge-small-zh-v1.5',
    title: 'BGE small, Chinese',
    languages: ['zh'],
    megabytes: 96,
    dimensions: 512,
    speed: 'medium',
    licence: 'MIT',
    recipe: CLS,
  },
  {
    id: 'Xenova/bge-base-en-v1.5',
    title: 'BGE base',
    languages: ['en'],
    megabytes: 437,
    dimensions: 768,
    speed: 'slowest',
    licence: 'MIT',
    recipe: CLS,
  },
];

/** What is suggested for text in a language that the model in use does not know. */
export const MULTILINGUAL = 'Xenova/multilingual-e5-small';

export function catalogueModel(id: string): CatalogueModel | undefined {
  return CATALOGUE.find((model) => model.id === id);
}

/** Whether a model knows a language (ISO 639-1); undefined where nothing is known of the model. */
export function knowsLanguage(model: string, language: string): boolean | undefined {
  if (model === BUNDLED) return language === 'en';
  const languages = catalogueModel(model)?.languages;
  return languages === undefined ? undefined : languages === 'many' || languages.includes(language);
}
