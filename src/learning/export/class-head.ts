import { LEXICAL_LENGTH, type ClassSpace } from '../features/class.js';
import { COLUMNS, LEXICAL_HASHING } from '../features/lexical.js';
import type { ClassHead } from '../heads/class.js';
import { float, hashedWeights, long, node, transposed, type ExportedHead, type HeadOrigin } from './graph.js';
import { encodeOnnx } from './onnx.js';

export interface ClassHeadDescription extends HeadOrigin {
  readonly format: 'marginalia-class-head/1';
  readonly class: string;
  /** Names of the columns of `probabilities`. */
  readonly values: readonly string[];
  /** Whether several values may hold: each has then a probability of its own; else they add up to 1. */
  readonly multiple: boolean;
  /** Passages that it was fitted on. */
  readonly examples: number;
  readonly temperature: number;
  readonly inputs: Readonly<Record<'vector' | 'columns' | 'values', string>>;
  readonly lexical: typeof LEXICAL_HASHING & { readonly columns: number; readonly length: number };
}

/**
 * A class head as an ONNX model from the passage's vector and lexical counts to probabilities: weights of the lexical columns
 * by rarity, their norm, the linear model, the temperature and the softmax are in the model, so that what uses it has only
 * to count hashes.
 */
export function exportClassHead(
  label: string,
  head: ClassHead,
  space: ClassSpace,
  origin: HeadOrigin,
): ExportedHead<ClassHeadDescription> {
  const { values, multiple } = head.task;
  const { columns, dense, sparse, intercept } = combined(head);
  const d = origin.model.dimensions;
  const outputs = values.length;
  const onnx = encodeOnnx({
    name: 'marginalia class head',
    constants: [
      float('worth', [COLUMNS], space.worth),
      ...hashedWeights('lexicalWeights', columns, sparse, outputs),
      long('one', [1], [1]),
      float('vectorWeights', [d, outputs], transposed(dense, outputs)),
      float('intercept', [outputs], intercept),
      float('temperature', [1], [head.temperature]),
      float('length', [1], [LEXICAL_LENGTH]),
      float('tiny', [1], [1e-12]),
    ],
    nodes: [
      node('Gather', 'worth columns', 'worths', { axis: 0 }),
      node('Mul', 'worths values', 'weighted'),
      node('ReduceL2', 'weighted', 'norm', { axes: [1], keepdims: 1 }),
      node('Max', 'norm tiny', 'divisor'),
      node('Div', 'weighted divisor', 'unit'),
      node('Mul', 'unit length', 'lexical'),
      node('Gather', 'lexicalWeightsAt columns', 'places', { axis: 0 }),
      node('Gather', 'lexicalWeights places', 'rows', { axis: 0 }),
      // For each passage, its row of values times the rows of their weights.
      node('Unsqueeze', 'lexical one', 'lexicalRow'),
      node('MatMul', 'lexicalRow rows', 'lexicalScore'),
      node('MatMul', 'vector vectorWeights', 'vectorScore'),
      node('Squeeze', 'lexicalScore one', 'lexicalScores'),
      node('Add', 'vectorScore lexicalScores', 'sum'),
      node('Add', 'sum intercept', 'scores'),
      node('Div', 'scores temperature', 'logits'),
      multiple ? node('Sigmoid', 'logits', 'probabilities') : node('Softmax', 'logits', 'probabilities', { axis: 1 }),
    ],
    inputs: [
      { name: 'vector', type: 'float32', dims: ['passages', d] },
      { name: 'columns', type: 'int64', dims: ['passages', 'features'] },
      { name: 'values', type: 'float32', dims: ['passages', 'features'] },
    ],
    outputs: [{ name: 'probabilities', type: 'float32', dims: ['passages', outputs] }],
    metadata: { class: label, values: JSON.stringify(values), model: origin.model.hash, state: origin.state },
  });
  return {
    onnx,
    description: {
      format: 'marginalia-class-head/1',
      ...origin,
      class: label,
      values,
      multiple,
      examples: head.examples,
      temperature: head.temperature,
      inputs: {
        vector: `float32 [passages, ${d}]: the transformer's pooled vector of the passage, one long`,
        columns: 'int64 [passages, features]: hashed lexical features; fill up with 0',
        values: 'float32 [passages, features]: their counts, damped; fill up with 0',
      },
      lexical: { ...LEXICAL_HASHING, columns: COLUMNS, length: LEXICAL_LENGTH },
    },
  };
}

/** One linear model with an output a value: of a multiple class, the scores of 'it holds' less those of 'it does not'. */
function combined({ task, models }: ClassHead): {
  columns: Uint32Array;
  dense: Float64Array;
  sparse: Float64Array;
  intercept: Float64Array;
} {
  if (!task.multiple) return models[0]!;
  const outputs = models.length;
  const columns = Uint32Array.from(new Set(models.flatMap((model) => [...model.columns]))).sort();
  const at = new Map([...columns].map((column, i) => [column, i]));
  const d = models[0]!.dense.length / 2;
  const dense = new Float64Array(outputs * d);
  const sparse = new Float64Array(columns.length * outputs);
  models.forEach((model, o) => {
    for (let i = 0; i < d; i++) dense[o * d + i] = model.dense[i]! - model.dense[d + i]!;
    model.columns.forEach((column, i) => {
      sparse[at.get(column)! * outputs + o] = model.sparse[2 * i]! - model.sparse[2 * i + 1]!;
    });
  });
  return { columns, dense, sparse, intercept: Float64Array.from(models, (m) => m.intercept[0]! - m.intercept[1]!) };
}
