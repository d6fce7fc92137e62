import { quantiseRows } from '../embedding/quantise.js';
import { ClassPool } from '../learning/features/class-pool.js';
import type { ClassFeatures, ClassSpace } from '../learning/features/class.js';
import { featuresOf } from '../learning/features/passages.js';
import type { EntryInput } from './inputs.js';

/** What class heads see of passages, a row each. */
export interface ClassRows {
  readonly features: ClassFeatures;
  /** The same, packed: what all passages are scored by, so that one has the same score alone as among all. */
  readonly packed: ClassPool;
}

export function classRows(inputs: readonly EntryInput[], space: ClassSpace): ClassRows {
  const features = featuresOf(
    inputs.map(({ input }) => input),
    space,
  );
  const { vectors, lexical } = features;
  const packed = new ClassPool(vectors.dimensions);
  packed.append(quantiseRows(Float32Array.from(vectors.data), vectors.dimensions), lexical);
  return { features, packed };
}
