import {
  assemble,
  f32x4,
  f64x2,
  i32,
  kernel,
  loopWhile,
  sumLanes,
  v128,
  type Kernel,
  type Lanes,
} from './assembler.js';

/**
 * The inner loops of linear models in WebAssembly with 128-bit vectors, assembled here from assembler.ts. The same
 * numbers come out on every machine: nothing is fused or reordered. What a kernel reads and writes is copied into
 * its memory first, which costs little against the arithmetic; rows that many calls read are copied once
 * (dense.ts).
 */

/** Bytes that the loops over a row take at a time: rows are filled up with zeros to a multiple of it. */
export const STEP = 32;
/** Outputs that are worked out at a time. */
export const OUTPUT_BLOCK = 4;
/** Rows that a score takes at a time, and a gradient. */
export const SCORE_ROWS = 2;
export const GRADIENT_ROWS = 4;
/** Entries of sparse rows are packed: column in the low bits, a whole number as the value above. */
export const COLUMN_BITS = 18;
export const VALUE_STEPS = (1 << (32 - COLUMN_BITS)) - 1;
/** Blocks of outputs that a sparse kernel keeps at hand. */
export const SPARSE_BLOCKS = 4;

const zero = i32.const(0);
const constant = i32.const;

/** out[r, o] = x[r] · w[o]; rows by two, outputs by four. Parameters: x, rows, bytes a row, w, outputs, out. */
function scores(name: string, { bytes, ...lanes }: Lanes): Kernel {
  return kernel(name, 6, ([x, rows, width, w, outputs, out], variable) => {
    const [i, o] = [variable('i32'), variable('i32')];
    const from = [variable('i32'), variable('i32')];
    const at = [0, 1, 2, 3].map(() => variable('i32'));
    const read = [variable('v128'), variable('v128')];
    const weight = variable('v128');
    const sums = [0, 1].map(() => [0, 1, 2, 3].map(() => variable('v128')));
    const step = (offset: number) => [
      ...from.flatMap((row, a) => read[a]!.set(v128.load(i32.add(row.get, i.get), offset))),
      ...at.flatMap((row, b) => [
        ...weight.set(v128.load(i32.add(row.get, i.get), offset)),
        ...sums.flatMap((sum, a) => sum[b]!.set(lanes.add(sum[b]!.get, lanes.mul(read[a]!.get, weight.get)))),
      ]),
    ];
    return loopWhile(i32.lessSigned(zero, rows!.get), [
      ...from[0]!.set(x!.get),
      ...from[1]!.set(i32.add(x!.get, width!.get)),
      ...at[0]!.set(w!.get),
      ...o.set(zero),
      ...loopWhile(i32.lessUnsigned(o.get, outputs!.get), [
        ...[1, 2, 3].flatMap((b) => at[b]!.set(i32.add(at[b - 1]!.get, width!.get))),
        ...sums.flat().flatMap((sum) => sum.set(v128.zero)),
        ...i.set(zero),
        ...loopWhile(i32.lessUnsigned(i.get, width!.get), [
          ...step(0),
          ...step(16),
          ...i.set(i32.add(i.get, constant(STEP))),
        ]),
        ...sums.flatMap((sum, a) => {
          const row = i32.add(o.get, a === 0 ? zero : outputs!.get);
          const place = i32.add(out!.get, i32.mul(row, constant(bytes)));
          return sum.flatMap((value, b) => lanes.storeSum(place, value.get, b * bytes));
        }),
        ...at[0]!.set(i32.add(at[3]!.get, width!.get)),
        ...o.set(i32.add(o.get, constant(OUTPUT_BLOCK))),
      ]),
      ...x!.set(i32.add(from[1]!.get, width!.get)),
      ...out!.set(i32.add(out!.get, i32.mul(outputs!.get, constant(2 * bytes)))),
      ...rows!.set(i32.add(rows!.get, constant(-SCORE_ROWS))),
    ]);
  });
}

/** g[o] += Σ p[r, o] · x[r]; rows by four, outputs by two. Parameters: x, rows, bytes a row, p, outputs, g. */
function gradient(name: string, { bytes, ...lanes }: Lanes): Kernel {
  return kernel(name, 6, ([x, rows, width, p, outputs, g], variable) => {
    const [i, o] = [variable('i32'), variable('i32')];
    const from = [0, 1, 2, 3].map(() => variable('i32'));
    const to = [variable('i32'), variable('i32')];
    const place = variable('i32');
    const shares = to.map(() => from.map(() => variable('v128')));
    const read = variable('v128');
    const sums = to.map(() => variable('v128'));
    const step = (offset: number) => [
      ...to.flatMap((row, b) => sums[b]!.set(v128.load(i32.add(row.get, i.get), offset))),
      ...from.flatMap((row, a) => [
        ...read.set(v128.load(i32.add(row.get, i.get), offset)),
        ...sums.flatMap((sum, b) => sum.set(lanes.add(sum.get, lanes.mul(shares[b]![a]!.get, read.get)))),
      ]),
      ...to.flatMap((row, b) => v128.store(i32.add(row.get, i.get), sums[b]!.get, offset)),
    ];
    return loopWhile(i32.lessSigned(zero, rows!.get), [
      ...from[0]!.set(x!.get),
      ...[1, 2, 3].flatMap((a) => from[a]!.set(i32.add(from[a - 1]!.get, width!.get))),
      ...to[0]!.set(g!.get),
      ...o.set(zero),
      ...loopWhile(i32.lessUnsigned(o.get, outputs!.get), [
        ...to[1]!.set(i32.add(to[0]!.get, width!.get)),
        ...from.flatMap((_, a) => [
          ...place.set(i32.add(p!.get, i32.mul(i32.add(o.get, i32.mul(outputs!.get, constant(a))), constant(bytes)))),
          ...shares.flatMap((share, b) => share[a]!.set(lanes.splatLoad(place.get, b * bytes))),
        ]),
        ...i.set(zero),
        ...loopWhile(i32.lessUnsigned(i.get, width!.get), [
          ...step(0),
          ...step(16),
          ...i.set(i32.add(i.get, constant(STEP))),
        ]),
        ...to[0]!.set(i32.add(to[1]!.get, width!.get)),
        ...o.set(i32.add(o.get, constant(2))),
      ]),
      ...x!.set(i32.add(from[3]!.get, width!.get)),
      ...p!.set(i32.add(p!.get, i32.mul(outputs!.get, constant(GRADIENT_ROWS * bytes)))),
      ...rows!.set(i32.add(rows!.get, constant(-GRADIENT_ROWS))),
    ]);
  });
}

/**
 * out[r, o] = x[r] · w[o] with x of signed bytes, w of 16-bit and out of 32-bit integers. Rows by two, outputs by four.
 * Parameters: x, rows, bytes a row (of x), w, outputs, out.
 */
const byteScores = kernel('byteScores', 6, ([x, rows, width, w, outputs, out], variable) => {
  const [i, o, wide] = [variable('i32'), variable('i32'), variable('i32')];
  const from = [variable('i32'), variable('i32')];
  const at = [0, 1, 2, 3].map(() => variable('i32'));
  const read = [variable('v128'), variable('v128')];
  const weight = variable('v128');
  const sums = from.map(() => at.map(() => variable('v128')));
  const double = (value: readonly number[]) => i32.shiftLeft(value, constant(1));
  const step = (element: number) => [
    ...from.flatMap((row, a) => read[a]!.set(v128.loadBytes(i32.add(row.get, i.get), element))),
    ...at.flatMap((row, b) => [
      ...weight.set(v128.load(i32.add(row.get, wide.get), 2 * element)),
      ...sums.flatMap((sum, a) => sum[b]!.set(v128.addI32(sum[b]!.get, v128.dotI16(read[a]!.get, weight.get)))),
    ]),
  ];
  return loopWhile(i32.lessSigned(zero, rows!.get), [
    ...from[0]!.set(x!.get),
    ...from[1]!.set(i32.add(x!.get, width!.get)),
    ...at[0]!.set(w!.get),
    ...o.set(zero),
    ...loopWhile(i32.lessUnsigned(o.get, outputs!.get), [
      ...[1, 2, 3].flatMap((b) => at[b]!.set(i32.add(at[b - 1]!.get, double(width!.get)))),
      ...sums.flat().flatMap((sum) => sum.set(v128.zero)),
      ...i.set(zero),
      ...loopWhile(i32.lessUnsigned(i.get, width!.get), [
        ...wide.set(double(i.get)),
        ...[0, 8, 16, 24].flatMap(step),
        ...i.set(i32.add(i.get, constant(STEP))),
      ]),
      ...sums.flatMap((sum, a) => {
        const row = i32.add(o.get, a === 0 ? zero : outputs!.get);
        const place = i32.add(out!.get, i32.shiftLeft(row, constant(2)));
        return sum.flatMap((value, b) => i32.store(place, sumLanes(value.get), 4 * b));
      }),
      ...at[0]!.set(i32.add(at[3]!.get, double(width!.get))),
      ...o.set(i32.add(o.get, constant(OUTPUT_BLOCK))),
    ]),
    ...x!.set(i32.add(from[1]!.get, width!.get)),
    ...out!.set(i32.add(out!.get, i32.shiftLeft(outputs!.get, constant(3)))),
    ...rows!.set(i32.add(rows!.get, constant(-SCORE_ROWS))),
  ]);
});

/**
 * out[r] = Σ over the packed entries of row r of value · weights at the entry's column, `blocks` f32x4 wide. Parameters:
 * starts (rows + 1 integers), rows, entries, places (for each column the address of its weights), offset (added to it), out,
 * bytes a row of out.
 */
function sparseScores(name: string, blocks: number): Kernel {
  return kernel(name, 7, ([starts, rows, entries, places, offset, out, stride], variable) => {
    const [at, end, packed, place] = [variable('i32'), variable('i32'), variable('i32'), variable('i32')];
    const value = variable('v128');
    const sums = Array.from({ length: blocks }, () => variable('v128'));
    const entry = (index: readonly number[]) => i32.add(entries!.get, i32.shiftLeft(index, constant(2)));
    const column = i32.and(packed.get, constant((1 << COLUMN_BITS) - 1));
    return loopWhile(i32.lessSigned(zero, rows!.get), [
      ...at.set(entry(i32.load(starts!.get))),
      ...end.set(entry(i32.load(starts!.get, 4))),
      ...sums.flatMap((sum) => sum.set(v128.zero)),
      ...loopWhile(i32.lessUnsigned(at.get, end.get), [
        ...packed.set(i32.load(at.get)),
        ...place.set(i32.add(offset!.get, i32.load(i32.add(places!.get, i32.shiftLeft(column, constant(2)))))),
        ...value.set(v128.splatUnsigned(i32.shiftRight(packed.get, constant(COLUMN_BITS)))),
        ...sums.flatMap((sum, b) => sum.set(f32x4.add(sum.get, f32x4.mul(value.get, v128.load(place.get, 16 * b))))),
        ...at.set(i32.add(at.get, constant(4))),
      ]),
      ...sums.flatMap((sum, b) => v128.store(out!.get, sum.get, 16 * b)),
      ...out!.set(i32.add(out!.get, stride!.get)),
      ...starts!.set(i32.add(starts!.get, constant(4))),
      ...rows!.set(i32.add(rows!.get, constant(-1))),
    ]);
  });
}

const KERNELS = [
  scores('scores4', f32x4),
  scores('scores8', f64x2),
  gradient('gradient4', f32x4),
  gradient('gradient8', f64x2),
  byteScores,
  ...Array.from({ length: SPARSE_BLOCKS }, (_, i) => sparseScores(`sparse${i + 1}`, i + 1)),
];

const PAGE = 1 << 16;
const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble(KERNELS)));

function exportedMemory(): WebAssembly.Memory {
  const found = instance.exports['memory'];
  if (!(found instanceof WebAssembly.Memory)) throw new TypeError('the kernels have no memory');
  return found;
}

const linear = exportedMemory();

/** Runs a kernel by its name. */
export function call(name: string, ...parameters: readonly number[]): void {
  const found = instance.exports[name];
  if (typeof found !== 'function') throw new RangeError(`there is no kernel '${name}'`);
  found(...parameters);
}

/** Where the next free byte of the kernels' memory is: what is allocated within `scope` is free again when it ends. */
let top = 16;

/** Runs `work`, and frees what it allocated. Everything here is synchronous, so scopes nest. */
export function scope<T>(work: () => T): T {
  const before = top;
  try {
    return work();
  } finally {
    top = before;
  }
}

/** Address of fresh bytes, whose content is anything. Views made before are no longer valid. */
export function allocate(bytes: number): number {
  const address = top;
  top += Math.ceil(bytes / 16) * 16;
  const missing = top - linear.buffer.byteLength;
  if (missing > 0) linear.grow(Math.ceil(missing / PAGE));
  return address;
}

/** Views into the kernels' memory. */
export const view = {
  i8: (address: number, length: number) => new Int8Array(linear.buffer, address, length),
  i16: (address: number, length: number) => new Int16Array(linear.buffer, address, length),
  i32: (address: number, length: number) => new Int32Array(linear.buffer, address, length),
  u32: (address: number, length: number) => new Uint32Array(linear.buffer, address, length),
  f32: (address: number, length: number) => new Float32Array(linear.buffer, address, length),
  f64: (address: number, length: number) => new Float64Array(linear.buffer, address, length),
};
