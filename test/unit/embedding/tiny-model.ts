import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenizerFiles, type TokenizerName } from '../../fixtures/tokenizers/build.js';
import { gaussian } from './helpers.js';

/**
 * A model small enough to be written by hand: a piece's vector is its row of a random table plus the mean of the rows
 * of all pieces that the attention mask lets through. So it depends on its surroundings, and on the mask being right.
 */
export interface TinyModel {
  readonly folder: string;
  /** Rows of the table: pieces × dimensions. */
  readonly table: Float32Array;
  readonly dimensions: number;
}

export interface TinyModelOptions {
  readonly tokenizer?: TokenizerName;
  readonly maxPieces?: number;
  /** What config.json claims; the truth by default. */
  readonly claimedDimensions?: number;
  readonly outputName?: string;
  readonly seed?: number;
  /** Pieces that the table has; as many as the tokenizer by default. */
  readonly rows?: number;
}

export async function writeTinyModel({
  tokenizer = 'wordpiece-cased',
  maxPieces = 32,
  claimedDimensions,
  outputName = 'last_hidden_state',
  seed = 5,
  rows = 5000,
}: TinyModelOptions = {}): Promise<TinyModel> {
  const dimensions = 6;
  const folder = await mkdtemp(join(tmpdir(), 'tiny-model-'));
  const table = gaussian(seed, rows * dimensions);
  const { json, config } = tokenizerFiles(tokenizer);
  await mkdir(join(folder, 'onnx'));
  await writeFile(join(folder, 'onnx', 'model.onnx'), tinyOnnx(table, dimensions, outputName));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      model_type: 'bert',
      hidden_size: claimedDimensions ?? dimensions,
      max_position_embeddings: maxPieces,
    }),
  );
  return { folder, table, dimensions };
}

function tinyOnnx(table: Float32Array, dimensions: number, outputName: string): Uint8Array {
  const float = 1;
  const int64 = 7;
  const graph = message(
    field(1, node('Gather', ['table', 'input_ids'], 'rows')),
    field(1, node('Cast', ['attention_mask'], 'mask', [attribute('to', float)])),
    field(1, node('Unsqueeze', ['mask', 'two'], 'weights')),
    field(1, node('Mul', ['rows', 'weights'], 'seen')),
    field(1, node('ReduceSum', ['seen', 'one'], 'sum')),
    field(1, node('ReduceSum', ['weights', 'one'], 'count')),
    field(1, node('Div', ['sum', 'count'], 'mean')),
    field(1, node('Add', ['rows', 'mean'], outputName)),
    field(2, text('tiny')),
    field(5, tensor('table', float, [table.length / dimensions, dimensions], new Uint8Array(table.buffer))),
    field(5, tensor('one', int64, [1], new Uint8Array(BigInt64Array.of(1n).buffer))),
    field(5, tensor('two', int64, [1], new Uint8Array(BigInt64Array.of(2n).buffer))),
    field(11, value('input_ids', int64, ['batch', 'sequence'])),
    field(11, value('attention_mask', int64, ['batch', 'sequence'])),
    field(12, value(outputName, float, ['batch', 'sequence', dimensions])),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, text('')), field(2, 17))));
}

// Protocol buffers, as much of them as onnx.proto3 needs: a number is a varint, bytes are length-delimited.

const message = (...fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields);
const text = (value: string): Uint8Array => Buffer.from(value);

function field(number: number, value: number | Uint8Array): Uint8Array {
  if (typeof value === 'number') return message(varint(number << 3), varint(value));
  return message(varint((number << 3) | 2), varint(value.length), value);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Uint8Array.from([...bytes, rest]);
}

function node(
  type: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
): Uint8Array {
  return message(
    ...inputs.map((input) => field(1, text(input))),
    field(2, text(output)),
    field(4, text(type)),
    ...attributes.map((value) => field(5, value)),
  );
}

function attribute(name: string, integer: number): Uint8Array {
  const kindInteger = 2;
  return message(field(1, text(name)), field(3, integer), field(20, kindInteger));
}

function tensor(name: string, type: number, dims: readonly number[], data: Uint8Array): Uint8Array {
  return message(...dims.map((dim) => field(1, dim)), field(2, type), field(8, text(name)), field(9, data));
}

function value(name: string, type: number, dims: readonly (string | number)[]): Uint8Array {
  const shape = message(...dims.map((dim) => field(1, typeof dim === 'number' ? field(1, dim) : field(2, text(dim)))));
  return message(field(1, text(name)), field(2, field(1, message(field(1, type), field(2, shape)))));
}
