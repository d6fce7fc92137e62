import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readNpy } from '../../../src/cli/npy.js';

/** An .npy file as NumPy writes it: the header padded so that the data begin at a multiple of 64. */
function npy(version: number, header: string, data: Buffer): Buffer {
  const begin = version === 1 ? 10 : 12;
  const padded = header + ' '.repeat(63 - ((begin + header.length) % 64)) + '\n';
  const prefix = Buffer.alloc(begin);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  if (version === 1) prefix.writeUInt16LE(padded.length, 8);
  else prefix.writeUInt32LE(padded.length, 8);
  return Buffer.concat([prefix, Buffer.from(padded), data]);
}

const floats = (values: readonly number[]) => Buffer.from(Float32Array.from(values).buffer);
const header = (shape: string, { descr = '<f4', fortran = false } = {}) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;

describe('reading .npy', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'npy-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const read = async (bytes: Buffer) => {
    const file = join(folder, 'features.npy');
    await writeFile(file, bytes);
    return readNpy(file);
  };

  test('C and Fortran order of every version hold the same matrix', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 2, 3),
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        async (version, rows, columns) => {
          const value = (row: number, column: number) => row * 10 + column + 0.5;
          const all = Array.from({ length: rows * columns }, (_, i) => i);
          const shape = `(${rows}, ${columns})`;
          const c = floats(all.map((i) => value(Math.floor(i / columns), i % columns)));
          const f = floats(all.map((i) => value(i % rows, Math.floor(i / rows))));
          const expected = { rows, columns, data: new Float32Array(c.buffer) };
          expect(await read(npy(version, header(shape), c))).toEqual(expected);
          expect(await read(npy(version, header(shape, { fortran: true }), f))).toEqual(expected);
        },
      ),
      { numRuns: 20 },
    );
  });

  test.each([
    ['another type', npy(1, header('(1, 2)', { descr: '<f8' }), Buffer.alloc(16)), /float32.*'<f8'.*astype/],
    ['big-endian floats', npy(1, header('(1, 2)', { descr: '>f4' }), Buffer.alloc(8)), /'>f4'/],
    [
      'records',
      npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }", Buffer.alloc(4)),
      /float32/,
    ],
    ['one dimension', npy(1, header('(2,)'), floats([1, 2])), /two-dimensional.*\(2,\)/],
    ['three dimensions', npy(1, header('(1, 1, 2)'), floats([1, 2])), /two-dimensional/],
    ['too little data', npy(1, header('(2, 2)'), floats([1, 2, 3])), /ends early: 2 × 2/],
    ['a value that is no number', npy(1, header('(2, 2)'), floats([1, 2, NaN, 4])), /row 1, column 0 is NaN/],
    ['a later version', npy(4, header('(1, 1)'), floats([1])), /version 4/],
    ['half a header', npy(1, header('(1, 1)'), floats([1])).subarray(0, 40), /within its header/],
    ['something else', Buffer.from('text,label\n1,2\n'), /not an \.npy file/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  test('names a file that is not there', async () => {
    await expect(readNpy(join(folder, 'nowhere.npy'))).rejects.toThrow(/nowhere\.npy cannot be read/);
  });
});
