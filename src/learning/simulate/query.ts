import { selectDense, type DenseRows } from '../linear/design.js';
import type { Strategy } from '../strategies/names.js';
import type { LabelledItems, Outputs, Query } from '../strategies/query.js';
import type { PassageInput } from '../types.js';

/** Records before there is a head. */
export function unlabelledQuery(pool: readonly number[], vectors: DenseRows, seed: number): Query {
  const nothing = (): never => {
    throw new RangeError('a strategy that must be informed by a head cannot ask for the first batch');
  };
  return {
    size: pool.length,
    seed,
    identity: (item) => String(pool[item]!),
    vectors: () => selectDense(vectors, pool),
    outputs: nothing,
    labelled: nothing,
    members: nothing,
  };
}

/** Who is asked about, and what is known already. */
export interface Asking {
  /** Records that may be asked about. */
  readonly pool: readonly number[];
  readonly labelled: readonly number[];
  readonly strategy: Strategy;
  readonly seed: number;
}

/**
 * Records as a head sees them.
 * @param outputs its distributions for any records
 * @param truth what people said of the labelled records, for tasks with one candidate a record
 */
export function headQuery(
  { pool, labelled, seed }: Asking,
  vectors: DenseRows,
  outputs: (records: readonly number[]) => Outputs,
  truth?: () => Float64Array,
): Query {
  return {
    ...unlabelledQuery(pool, vectors, seed),
    outputs: () => outputs(pool),
    labelled: (): LabelledItems => ({
      vectors: selectDense(vectors, labelled),
      outputs: outputs(labelled),
      ...(truth && { truth: truth() }),
    }),
    members: (kind) => {
      throw new RangeError(`there is no committee of the kind '${kind}' for this head`);
    },
  };
}

/** Outputs of items with any number of candidates, a list of distributions for each. */
export function collectedOutputs(items: readonly (readonly ArrayLike<number>[])[], classes: number): Outputs {
  const starts = new Uint32Array(items.length + 1);
  items.forEach((candidates, i) => (starts[i + 1] = starts[i]! + candidates.length));
  const probabilities = new Float64Array(starts[items.length]! * classes);
  items.forEach((candidates, i) => {
    candidates.forEach((distribution, c) => probabilities.set(distribution, (starts[i]! + c) * classes));
  });
  return { starts, classes, probabilities };
}

/** A row a passage. */
export function pooledVectors(passages: readonly PassageInput[]): DenseRows {
  const dimensions = passages[0]?.vector.length ?? 0;
  const data = new Float32Array(passages.length * dimensions);
  passages.forEach(({ vector }, row) => data.set(vector, row * dimensions));
  return { rows: passages.length, dimensions, data };
}
