import { selectDense, selectSparse, type DenseRows, type SparseRows } from '../linear/design.js';
import { fitLatent, type Latent } from './latent.js';
import { rarity, weightedRows } from './lexical.js';
import { fitScale, type Scale } from './scale.js';

/**
 * What the class head sees of passages: the pooled vector, scaled (scale.ts), joined with lexical features (lexical.ts) and,
 * made of these, latent ones (latent.ts). The vectors stay as they are, and latent features are nowhere kept: heads fold
 * scale and projection into their weights.
 */
export interface ClassFeatures {
  readonly vectors: DenseRows;
  readonly lexical: SparseRows;
  readonly space: ClassSpace;
}

/** What was learned about the pool without labels; the same for every set of passages that one head sees. */
export interface ClassSpace {
  readonly scale: Scale;
  /** Worth of the lexical columns. */
  readonly worth: Float32Array;
  readonly latent: Latent;
}

/** Length of a lexical row; a scaled vector and a scaled latent row are about one long. */
export const LEXICAL_LENGTH = 1.4;

/** The space that a pool spans. `lexical` holds the pool's lexicalRows. */
export function classSpace(vectors: DenseRows, lexical: SparseRows): ClassSpace {
  const worth = rarity(lexical);
  return { scale: fitScale(vectors), worth, latent: fitLatent(weightedRows(lexical, worth, LEXICAL_LENGTH)) };
}

/** Features of passages, of the pool or beyond it, in a space. */
export function classFeatures(vectors: DenseRows, lexical: SparseRows, space: ClassSpace): ClassFeatures {
  return { vectors, lexical: weightedRows(lexical, space.worth, LEXICAL_LENGTH), space };
}

/** Features of the rows selected, in the order given. */
export function selectFeatures({ vectors, lexical, space }: ClassFeatures, rows: ArrayLike<number>): ClassFeatures {
  return { vectors: selectDense(vectors, rows), lexical: selectSparse(lexical, rows), space };
}
