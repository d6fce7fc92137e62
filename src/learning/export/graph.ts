import { COLUMNS } from '../features/lexical.js';
import type { OnnxNode, OnnxTensor } from './onnx.js';

/** Parts that the graphs of heads are made of. */

/** The transformer whose vectors a head takes, and how a text's are made. */
export interface VectorModel {
  readonly name: string;
  readonly hash: string;
  readonly dimensions: number;
  /** Longest input in pieces, special ones included; longer texts are read in overlapping windows. */
  readonly maxPieces: number;
  /** The file of weights, relative to the model's folder, and what transformers.js calls its precision. */
  readonly weights: string;
  readonly dtype: string;
  /** How token vectors become one vector of a text: their mean, or the first; and what its text is preceded by. */
  readonly pooling: 'mean' | 'cls';
  readonly prefix: string;
}

/** Where a head came from. */
export interface HeadOrigin {
  readonly model: VectorModel;
  /** Names the labels that the head was fitted on. */
  readonly state: string;
}

/** A head in files that others can use: docs/export-head.md. */
export interface ExportedHead<Description> {
  readonly onnx: Uint8Array;
  /** For JSON. */
  readonly description: Description;
}

/** A step of a graph; the names of its inputs are separated by spaces. */
export function node(type: string, inputs: string, output: string, attributes?: OnnxNode['attributes']): OnnxNode {
  return { type, inputs: inputs.split(' '), output, ...(attributes && { attributes }) };
}

export function float(name: string, dims: readonly number[], data: ArrayLike<number>): OnnxTensor {
  return { name, dims, data: Float32Array.from(data) };
}

export function long(name: string, dims: readonly number[], data: readonly number[]): OnnxTensor {
  return { name, dims, data: BigInt64Array.from(data, BigInt) };
}

/**
 * Weights of hashed columns (columns.length × width) as two tensors: `NAMEAt`, the row of each of all columns, and `NAME`,
 * the rows. Row 0 is for the columns that have no weights.
 */
export function hashedWeights(
  name: string,
  columns: ArrayLike<number>,
  weights: ArrayLike<number>,
  width: number,
): OnnxTensor[] {
  const at = new Int32Array(COLUMNS);
  for (let i = 0; i < columns.length; i++) at[columns[i]!] = i + 1;
  const rows = new Float32Array((columns.length + 1) * width);
  for (let i = 0; i < columns.length * width; i++) rows[width + i] = weights[i]!;
  return [
    { name: `${name}At`, dims: [COLUMNS], data: at },
    { name, dims: [columns.length + 1, width], data: rows },
  ];
}

/** outputs × inputs as inputs × outputs, as MatMul takes them. */
export function transposed(weights: ArrayLike<number>, outputs: number): Float32Array {
  const inputs = weights.length / outputs;
  return Float32Array.from(
    { length: weights.length },
    (_, i) => weights[(i % outputs) * inputs + Math.floor(i / outputs)]!,
  );
}
