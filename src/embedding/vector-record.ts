import { crc32 } from 'node:zlib';
import type { Range } from '../corpus/types.js';
import { quantiseRows, restoreRows } from './quantise.js';
import type { Encoded } from './types.js';

/**
 * How the vector cache stores one text, in two parts. Little-endian throughout.
 *
 * Head, of the same size for all texts of a model, kept together so that all of them can be read at once:
 *   key 16 bytes · offset of the body, float64 · length of the body, uint32 · scale float32 · codes int8 × dimensions,
 *   filled up to a multiple of 4 · CRC-32 of all before it.
 * Body: CRC-32 of the key and of all after it · number of pieces, uint32 · scales float32 × pieces · codes int8 × pieces × dimensions ·
 *   pieces as variable-length integers: start (from the start before), length.
 */
const KEY_BYTES = 16;
const OFFSET_AT = KEY_BYTES;
const LENGTH_AT = OFFSET_AT + 8;
const SCALE_AT = LENGTH_AT + 4;
const CODES_AT = SCALE_AT + 4;
const CRC_BYTES = 4;
const BODY_PREFIX = CRC_BYTES + 4;

/** Where a text's body is. */
export interface BodyPlace {
  readonly offset: number;
  readonly length: number;
}

/** Bytes of a head. */
export function headSize(dimensions: number): number {
  return CODES_AT + Math.ceil(dimensions / 4) * 4 + CRC_BYTES;
}

/** @throws Error where the key is not 32 hex digits. */
export function encodeHead(key: string, vector: Float32Array, place: BodyPlace): Buffer {
  if (!/^[0-9a-f]{32}$/.test(key)) throw new Error(`'${key}' is not a key of the vector cache (32 hex digits).`);
  const head = Buffer.alloc(headSize(vector.length));
  const { scales, codes } = quantiseRows(vector, vector.length);
  head.write(key, 0, 'hex');
  head.writeDoubleLE(place.offset, OFFSET_AT);
  head.writeUInt32LE(place.length, LENGTH_AT);
  head.writeFloatLE(scales[0] ?? 0, SCALE_AT);
  head.set(bytesOf(codes), CODES_AT);
  head.writeUInt32LE(crc32(head.subarray(0, -CRC_BYTES)), head.length - CRC_BYTES);
  return head;
}

/** Key and place of the head at the start of `bytes`; undefined where it is torn or damaged. */
export function readHead(
  bytes: Buffer,
  dimensions: number,
): { readonly key: string; readonly place: BodyPlace } | undefined {
  const size = headSize(dimensions);
  if (bytes.length < size || crc32(bytes.subarray(0, size - CRC_BYTES)) !== bytes.readUInt32LE(size - CRC_BYTES)) {
    return undefined;
  }
  return {
    key: bytes.toString('hex', 0, KEY_BYTES),
    place: { offset: bytes.readDoubleLE(OFFSET_AT), length: bytes.readUInt32LE(LENGTH_AT) },
  };
}

/** The pooled vector of a head that `readHead` accepted, at length 1 again. */
export function headVector(bytes: Buffer, dimensions: number): Float32Array {
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset + CODES_AT, dimensions);
  let squares = 0;
  for (let d = 0; d < dimensions; d++) squares += codes[d]! ** 2;
  // The scale falls out of a vector of length 1.
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  const vector = new Float32Array(dimensions);
  for (let d = 0; d < dimensions; d++) vector[d] = codes[d]! * scale;
  return vector;
}

/** The key goes into the checksum, so that one text's body is never taken for another's. */
export function encodeBody(key: string, { pieces, tokens }: Encoded, dimensions: number): Buffer {
  const { scales, codes } = quantiseRows(tokens, dimensions);
  const numbers: number[] = [];
  let before = 0;
  for (const { start, end } of pieces) {
    pushVarint(numbers, start - before);
    pushVarint(numbers, end - start);
    before = start;
  }
  const body = Buffer.alloc(BODY_PREFIX + scales.byteLength + codes.length + numbers.length);
  body.writeUInt32LE(pieces.length, CRC_BYTES);
  scales.forEach((scale, i) => body.writeFloatLE(scale, BODY_PREFIX + 4 * i));
  body.set(bytesOf(codes), BODY_PREFIX + scales.byteLength);
  body.set(numbers, BODY_PREFIX + scales.byteLength + codes.length);
  body.writeUInt32LE(bodyChecksum(key, body), 0);
  return body;
}

/** Pieces and token vectors of a body; undefined where it is torn or damaged. */
export function decodeBody(key: string, bytes: Buffer, dimensions: number): Omit<Encoded, 'vector'> | undefined {
  if (bytes.length < BODY_PREFIX || bodyChecksum(key, bytes) !== bytes.readUInt32LE(0)) return undefined;
  const count = bytes.readUInt32LE(CRC_BYTES);
  // Copied, since the body may stand anywhere; little-endian, as wherever Node runs.
  const scales = new Float32Array(count);
  bytesOf(scales).set(bytes.subarray(BODY_PREFIX, BODY_PREFIX + scales.byteLength));
  const codesAt = BODY_PREFIX + scales.byteLength;
  const codes = new Int8Array(bytes.buffer, bytes.byteOffset + codesAt, count * dimensions);
  const pieces: Range[] = [];
  let at = codesAt + codes.length;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  let start = 0;
  for (let i = 0; i < count; i++) {
    start += next();
    pieces.push({ start, end: start + next() });
  }
  return { pieces, tokens: restoreRows({ scales, codes }, dimensions) };
}

function bodyChecksum(key: string, body: Buffer): number {
  return crc32(body.subarray(CRC_BYTES), crc32(key));
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
}

function bytesOf({ buffer, byteOffset, byteLength }: Int8Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
