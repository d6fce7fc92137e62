import type { DenseRows } from '../../../../src/learning/linear/design.js';
import { singleOutputs, type Query } from '../../../../src/learning/strategies/query.js';

export function rowsOf(rows: readonly (readonly number[])[]): DenseRows {
  return { rows: rows.length, dimensions: rows[0]?.length ?? 0, data: Float64Array.from(rows.flat()) };
}

export interface Given {
  /** A distribution an item. */
  readonly probabilities?: readonly (readonly number[])[];
  readonly vectors?: readonly (readonly number[])[];
  readonly labelled?: {
    readonly vectors: readonly (readonly number[])[];
    readonly probabilities?: readonly (readonly number[])[];
    readonly truth?: readonly (readonly number[])[];
  };
  /** A list of distributions a member. */
  readonly members?: readonly (readonly (readonly number[])[])[];
  readonly names?: readonly string[];
  readonly seed?: number;
}

function absent(what: string): never {
  throw new Error(`the strategy should not look at ${what}`);
}

/** A query with nothing in it but what is given. */
export function queryOf({ probabilities, vectors, labelled, members, names, seed = 1 }: Given): Query {
  const size = (probabilities ?? vectors ?? names ?? []).length;
  const outputs = (rows: readonly (readonly number[])[]) =>
    singleOutputs(Float64Array.from(rows.flat()), rows[0]?.length ?? 0);
  return {
    size,
    seed,
    identity: (item) => names?.[item] ?? `item ${item}`,
    outputs: () => outputs(probabilities ?? absent('probabilities')),
    vectors: () => rowsOf(vectors ?? absent('vectors')),
    labelled: () => {
      if (labelled === undefined) return absent('labelled items');
      return {
        vectors:
          labelled.vectors.length > 0 ? rowsOf(labelled.vectors) : { rows: 0, dimensions: 0, data: new Float64Array() },
        outputs: outputs(labelled.probabilities ?? []),
        ...(labelled.truth && { truth: Float64Array.from(labelled.truth.flat()) }),
      };
    },
    members: () => (members ?? absent('members')).map((rows) => Float64Array.from(rows.flat())),
  };
}
