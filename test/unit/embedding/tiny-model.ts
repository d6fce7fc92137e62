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
  readonly dimensions?: number;
  /** What config.json claims; the truth by default. */
  readonly claimedDimensions?: number;
  readonly modelType?: string;
  /** Beside `input_ids`. Types of tokens other than 0 throw vectors off; positions are taken, and change nothing. */
  readonly inputs?: readonly ('attention_mask' | 'token_type_ids' | 'position_ids')[];
  readonly inputType?: 'int64' | 'int32';
  /** `sentence_embedding` is a row a text, every other one is the token vectors. */
  readonly outputs?: readonly string[];
  readonly outputType?: 'float32' | 'float16';
  readonly seed?: number;
  /** Pieces that the table has; as many as the tokenizer by default. */
  readonly rows?: number;
}

export async function writeTinyModel({
  tokenizer = 'wordpiece-cased',
  maxPieces = 32,
  dimensions = 6,
  claimedDimensions,
  modelType = 'bert',
  inputs = ['attention_mask'],
  inputType = 'int64',
  outputs = ['last_hidden_state'],
  outputType = 'float32',
  seed = 5,
  rows = 5000,
}: TinyModelOptions = {}): Promise<TinyModel> {
  const folder = await mkdtemp(join(tmpdir(), 'tiny-model-'));
  const table = gaussian(seed, rows * dimensions);
  const { json, config } = tokenizerFiles(tokenizer);
  await mkdir(join(folder, 'onnx'));
  await writeFile(
    join(folder, 'onnx', 'model.onnx'),
    tinyOnnx(table, dimensions, { inputs, inputType, outputs, outputType }),
  );
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({
      model_type: modelType,
      hidden_size: claimedDimensions ?? dimensions,
      max_position_embeddings: maxPieces,
    }),
  );
  return { folder, table, dimensions };
}

type Signature = Required<Pick<TinyModelOptions, 'inputs' | 'inputType' | 'outputs' | 'outputType'>>;

/** Numbers of onnx.proto3. */
const TYPES = { float32: 1, int32: 6, int64: 7, float16: 10 } as const;

function tinyOnnx(
  table: Float32Array,
  dimensions: number,
  { inputs, inputType, outputs, outputType }: Signature,
): Uint8Array {
  const { float32, int64 } = TYPES;
  // Without a mask, every piece that is given counts.
  const masked = inputs.includes('attention_mask');
  const typed = inputs.includes('token_type_ids');
  const types = new Float32Array(2 * dimensions).fill(1000, dimensions);
  const graph = message(
    field(1, node('Gather', ['table', 'input_ids'], typed ? 'untyped' : 'rows')),
    ...(typed
      ? [
          field(1, node('Gather', ['types', 'token_type_ids'], 'ofTypes')),
          field(1, node('Add', ['untyped', 'ofTypes'], 'rows')),
        ]
      : []),
    ...(masked ? [] : [field(1, node('Equal', ['input_ids', 'input_ids'], 'all'))]),
    field(1, node('Cast', [masked ? 'attention_mask' : 'all'], 'mask', [attribute('to', float32)])),
    field(1, node('Unsqueeze', ['mask', 'two'], 'weights')),
    field(1, node('Mul', ['rows', 'weights'], 'seen')),
    field(1, node('ReduceSum', ['seen', 'one'], 'sum')),
    field(1, node('ReduceSum', ['weights', 'one'], 'count')),
    field(1, node('Div', ['sum', 'count'], 'mean')),
    field(1, node('Add', ['rows', 'mean'], 'tokens')),
    field(1, node('Squeeze', ['mean', 'one'], 'pooled')),
    ...outputs.map((name) => {
      const source = name === 'sentence_embedding' ? 'pooled' : 'tokens';
      return field(1, node('Cast', [source], name, [attribute('to', TYPES[outputType])]));
    }),
    field(2, text('tiny')),
    field(5, tensor('table', float32, [table.length / dimensions, dimensions], new Uint8Array(table.buffer))),
    field(5, tensor('types', float32, [2, dimensions], new Uint8Array(types.buffer))),
    field(5, tensor('one', int64, [1], new Uint8Array(BigInt64Array.of(1n).buffer))),
    field(5, tensor('two', int64, [1], new Uint8Array(BigInt64Array.of(2n).buffer))),
    ...['input_ids', ...inputs].map((name) => field(11, value(name, TYPES[inputType], ['batch', 'sequence']))),
    ...outputs.map((name) => {
      const shape = name === 'sentence_embedding' ? ['batch', dimensions] : ['batch', 'sequence', dimensions];
      return field(12, value(name, TYPES[outputType], shape));
    }),
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
