/**
 * Writes models in the Open Neural Network Exchange format (onnx.proto3, IR version 7, operator set 13): as much of
 * protocol buffers and of the format as a head needs.
 */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Whole numbers, alone or as a list. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** An input or output; a dimension that varies has a name. */
export interface OnnxValue {
  readonly name: string;
  readonly type: 'float32' | 'int64';
  readonly dims: readonly (string | number)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly metadata: Readonly<Record<string, string>>;
}

const IR_VERSION = 7;
const OPERATOR_SET = 13;
const ELEMENT = { float32: 1, int32: 6, int64: 7 } as const;
const ATTRIBUTE = { int: 2, ints: 7 } as const;

type Bytes = Uint8Array;

function varint(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.from([...bytes, rest]);
}

function joined(parts: readonly Bytes[]): Bytes {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** A field that holds a whole number ≥ 0 (−1 is not needed: axes are counted from the front). */
const whole = (field: number, value: number): Bytes => joined([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Bytes): Bytes => joined([varint(field * 8 + 2), varint(value.length), value]);
const text = (field: number, value: string): Bytes => bytes(field, new TextEncoder().encode(value));
const message = (field: number, ...parts: readonly Bytes[]): Bytes => bytes(field, joined(parts));

function nodeOf({ type, inputs, output, attributes = {} }: OnnxNode): Bytes {
  return message(
    1,
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, output),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number'
        ? message(5, text(1, name), whole(3, value), whole(20, ATTRIBUTE.int))
        : message(5, text(1, name), ...value.map((item) => whole(8, item)), whole(20, ATTRIBUTE.ints)),
    ),
  );
}

function tensorOf({ name, dims, data }: OnnxTensor): Bytes {
  const raw = new Uint8Array(data.byteLength);
  const view = new DataView(raw.buffer);
  // Little-endian, whatever the machine.
  if (data instanceof Float32Array) data.forEach((value, i) => view.setFloat32(4 * i, value, true));
  else if (data instanceof Int32Array) data.forEach((value, i) => view.setInt32(4 * i, value, true));
  else data.forEach((value, i) => view.setBigInt64(8 * i, value, true));
  const type = data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'int64';
  return message(5, ...dims.map((dim) => whole(1, dim)), whole(2, ELEMENT[type]), text(8, name), bytes(9, raw));
}

function valueOf(field: number, { name, type, dims }: OnnxValue): Bytes {
  const shape = dims.map((dim) => message(1, typeof dim === 'number' ? whole(1, dim) : text(2, dim)));
  return message(field, text(1, name), message(2, message(1, whole(1, ELEMENT[type]), message(2, ...shape))));
}

/** The model as a file. */
export function encodeOnnx({ name, nodes, constants, inputs, outputs, metadata }: OnnxModel): Uint8Array {
  return joined([
    whole(1, IR_VERSION),
    text(2, 'marginalia'),
    message(
      7,
      ...nodes.map(nodeOf),
      text(2, name),
      ...constants.map(tensorOf),
      ...inputs.map((value) => valueOf(11, value)),
      ...outputs.map((value) => valueOf(12, value)),
    ),
    message(8, text(1, ''), whole(2, OPERATOR_SET)),
    ...Object.entries(metadata).map(([key, value]) => message(14, text(1, key), text(2, value))),
  ]);
}
