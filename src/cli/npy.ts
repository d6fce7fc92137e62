import { readFile } from 'node:fs/promises';
import { UsageError } from './arguments.js';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/**
 * Reads a two-dimensional little-endian float32 array in C order, NumPy's NPY format (version 1, 2 or 3).
 * Throws UsageError where the file is something else.
 */
export async function readNpy(file: string): Promise<Matrix> {
  const bytes = await readFile(file);
  if (bytes.length < 12 || bytes.toString('latin1', 0, 6) !== '\x93NUMPY')
    throw new UsageError(`${file} is not an .npy file.`);
  const wide = bytes[6]! > 1;
  const begin = wide ? 12 : 10;
  const end = begin + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString('latin1', begin, end);
  const shape = /'shape':\s*\((\d+),\s*(\d+),?\s*\)/.exec(header);
  if (!/'descr':\s*'<f4'/.test(header) || !/'fortran_order':\s*False/.test(header) || shape === null)
    throw new UsageError(
      `${file} must hold a two-dimensional float32 array in C order; its header is ${header.trim()}`,
    );
  const [rows, columns] = [Number(shape[1]), Number(shape[2])];
  if (bytes.length - end < rows * columns * 4)
    throw new UsageError(`${file} ends early: ${rows} × ${columns} float32 values are ${rows * columns * 4} bytes.`);
  const data = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset + end, bytes.byteOffset + end + rows * columns * 4),
  );
  return { rows, columns, data };
}
