import type { PassageInput } from '../types.js';
import { classFeatures, type ClassFeatures, type ClassSpace } from './class.js';
import { lexicalRows } from './lexical.js';

/** Class features of passages, a row each. */
export function featuresOf(inputs: readonly PassageInput[], space: ClassSpace): ClassFeatures {
  const dimensions = space.scale.mean.length;
  const data = new Float32Array(inputs.length * dimensions);
  inputs.forEach(({ vector }, row) => data.set(vector, row * dimensions));
  return classFeatures({ rows: inputs.length, dimensions, data }, lexicalRows(inputs), space);
}
