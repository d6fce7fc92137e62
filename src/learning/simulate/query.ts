import { selectDense, type DenseRows } from '../linear/design.js';
import type { Strategy } from '../strategies/names.js';
import type { LabelledItems, Outputs, Query } from '../strategies/query.js';
import type { PassageInput } from '../types.js';

/** Who is asked about, and what is known already. */
export interface Asking {
  /** Records that may be asked about. */
  readonly pool: readonly number[];
  readonly labelled: readonly number[];
  readonly strategy: Strategy;
  readonly seed: number;
}

/** Records before there is a head: strategies may look at where they lie. */
export function unlabelledQuery({ pool, labelled, seed }: Asking, vectors: DenseRows): Query {
  const nothing = (): never => {
    throw new RangeError('a strategy that must be informed by a head cannot ask for the first batch');
  };
  return {
    size: pool.length,
    seed,
    identity: (item) => String(pool[item]!),
    vectors: () => selectDense(vectors, pool),
    labelled: () => ({
      vectors: selectDense(vectors, labelled),
      outputs: { starts: new Uint32Array(labelled.length + 1), classes: 1, probabilities: new Float64Array(0) },
    }),
    outputs: nothing,
    members: nothing,
  };
}

/** What a head says. */
export interface HeadView extends Partial<Pick<Query, 'members' | 'sequences'>> {
  /** Its distributions for any records. */
  readonly outputs: (records: readonly number[]) => Outputs;
  /** What people said of the labelled records, for tasks with one candidate a record. */
  readonly truth?: () => Float64Array;
}

/** Records as a head sees them. */
export function headQuery(asking: Asking, vectors: DenseRows, { outputs, truth, members, sequences }: HeadView): Query {
  const { pool, labelled } = asking;
  return {
    ...unlabelledQuery(asking, vectors),
    outputs: () => outputs(pool),
    labelled: (): LabelledItems => ({
      vectors: selectDense(vectors, labelled),
      outputs: outputs(labelled),
      ...(truth && { truth: truth() }),
    }),
    members:
      members ??
      ((kind) => {
        throw new RangeError(
          `the strategy '${asking.strategy}' asks other heads (${kind}), which this head does not have`,
        );
      }),
    ...(sequences && { sequences }),
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
