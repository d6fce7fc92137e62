import { readFile } from 'node:fs/promises';
import { UsageError } from './arguments.js';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row by row. */
  readonly data: Float32Array;
}

/**
 * Reads a two-dimensional little-endian float32 array in C or Fortran order from NumPy's NPY format, version 1, 2 or 3
 * (NEP 1). Throws UsageError where the file is something else, ends early, or holds a value that is not finite.
 */
export async function readNpy(file: string): Promise<Matrix> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (bytes.length < 10 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY')
    throw new UsageError(`${file} is not an .npy file: it does not begin with NumPy's signature.`);
  const version = bytes[6]!;
  if (version < 1 || version > 3)
    throw new UsageError(`${file} is an .npy file of version ${version}; versions 1, 2 and 3 are known.`);
  const begin = version === 1 ? 10 : 12;
  const end = begin + (version === 1 ? bytes.readUInt16LE(8) : bytes.length < 12 ? Infinity : bytes.readUInt32LE(8));
  if (end > bytes.length) throw new UsageError(`${file} ends within its header.`);
  const header = bytes.toString(version === 3 ? 'utf8' : 'latin1', begin, end);
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  if (dtype !== '<f4')
    throw new UsageError(
      `${file} must hold float32 values ('<f4'), not ${dtype === undefined ? header.trim() : `'${dtype}'`}: save it with array.astype('float32').`,
    );
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  const sizes = shape?.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)])) ?? [];
  const [rows, columns] = sizes;
  if (order === undefined || rows === undefined || columns === undefined || sizes.length !== 2)
    throw new UsageError(
      `${file} must hold a two-dimensional array, a row a record, not one of shape (${shape ?? ''}).`,
    );
  const length = rows * columns;
  if (bytes.length - end < length * 4)
    throw new UsageError(`${file} ends early: ${rows} × ${columns} float32 values are ${length * 4} bytes.`);
  const data = new Float32Array(length);
  const fortran = order === 'True';
  for (let i = 0, at = end; i < length; i++, at += 4) {
    const value = bytes.readFloatLE(at);
    const [row, column] = fortran ? [i % rows, Math.floor(i / rows)] : [Math.floor(i / columns), i % columns];
    if (!Number.isFinite(value)) throw new UsageError(`${file}: row ${row}, column ${column} is ${value}.`);
    data[row * columns + column] = value;
  }
  return { rows, columns, data };
}
