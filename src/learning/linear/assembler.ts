/**
 * A small assembler for WebAssembly (binary format of the core specification 2.0, sections 5.4 and 5.5): as much as the
 * kernels (kernels.ts) need. Code is a list of bytes; what takes operands expects them on the stack.
 */
export type Code = readonly number[];

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** Signed LEB128 of a 32-bit integer. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

const vector = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content];
const text = (value: string): number[] => vector([...new TextEncoder().encode(value)].map((byte) => [byte]));

const VOID = 0x40;
const END = 0x0b;
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
/** Alignment is a hint: bytes. */
const memory = (opcode: Code, offset: number): number[] => [...opcode, 0, ...unsigned(offset)];

/** A number or vector in a function: parameter or variable. */
export interface Local {
  readonly get: Code;
  /** Takes the value to store from the code given. */
  set(value: Code): Code;
}

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  mul: (a: Code, b: Code): Code => [...a, ...b, 0x6c],
  and: (a: Code, b: Code): Code => [...a, ...b, 0x71],
  shiftLeft: (a: Code, b: Code): Code => [...a, ...b, 0x74],
  shiftRight: (a: Code, b: Code): Code => [...a, ...b, 0x76],
  lessUnsigned: (a: Code, b: Code): Code => [...a, ...b, 0x49],
  lessSigned: (a: Code, b: Code): Code => [...a, ...b, 0x48],
  load: (at: Code, offset = 0): Code => [...at, ...memory([0x28], offset)],
  store: (at: Code, value: Code, offset = 0): Code => [...at, ...value, ...memory([0x36], offset)],
};

/** Sum of the four numbers of an i32x4. */
export const sumLanes = (value: Code): Code =>
  [0, 1, 2, 3].map((lane): Code => [...value, ...simd(0x1b), lane]).reduce((sum, lane) => i32.add(sum, lane));

export const v128 = {
  load: (at: Code, offset = 0): Code => [...at, ...memory(simd(0x00), offset)],
  store: (at: Code, value: Code, offset = 0): Code => [...at, ...value, ...memory(simd(0x0b), offset)],
  zero: [...simd(0x0c), ...new Array<number>(16).fill(0)],
  /** Eight signed bytes as i16x8. */
  loadBytes: (at: Code, offset = 0): Code => [...at, ...memory(simd(0x01), offset)],
  addI32: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xae)],
  /** i32x4 of the sums of neighbouring products of two i16x8. */
  dotI16: (a: Code, b: Code): Code => [...a, ...b, ...simd(0xba)],
  /** f32x4 of an unsigned integer. */
  splatUnsigned: (a: Code): Code => [...a, 0xb3, ...simd(0x13)],
};

/** Floating-point vectors: four of 32 bits or two of 64. */
export interface Lanes {
  readonly bytes: 4 | 8;
  add(a: Code, b: Code): Code;
  mul(a: Code, b: Code): Code;
  /** All lanes the number at an address. */
  splatLoad(at: Code, offset?: number): Code;
  /** Stores the sum of all lanes. */
  storeSum(at: Code, value: Code, offset: number): Code;
}

export const f32x4: Lanes = {
  bytes: 4,
  add: (a, b) => [...a, ...b, ...simd(0xe4)],
  mul: (a, b) => [...a, ...b, ...simd(0xe6)],
  splatLoad: (at, offset = 0) => [...at, ...memory(simd(0x09), offset)],
  storeSum: (at, value, offset) => [
    ...at,
    ...[0, 1, 2, 3].map((lane): Code => [...value, ...simd(0x1f), lane]).reduce((sum, lane) => [...sum, ...lane, 0x92]),
    ...memory([0x38], offset),
  ],
};

export const f64x2: Lanes = {
  bytes: 8,
  add: (a, b) => [...a, ...b, ...simd(0xf0)],
  mul: (a, b) => [...a, ...b, ...simd(0xf2)],
  splatLoad: (at, offset = 0) => [...at, ...memory(simd(0x0a), offset)],
  storeSum: (at, value, offset) => [
    ...at,
    ...[0, 1].map((lane): Code => [...value, ...simd(0x21), lane]).reduce((sum, lane) => [...sum, ...lane, 0xa0]),
    ...memory([0x39], offset),
  ],
};

/** Runs the body while the condition holds; the condition is looked at first. */
export function loopWhile(condition: Code, body: Code): Code {
  const leave: Code = [...condition, 0x45, 0x0d, 1];
  return [0x02, VOID, 0x03, VOID, ...leave, ...body, 0x0c, 0, END, END];
}

/** Runs the body if the condition holds. */
export function when(condition: Code, body: Code): Code {
  return [...condition, 0x04, VOID, ...body, END];
}

const TYPES = { i32: 0x7f, v128: 0x7b } as const;

/** A function of i32 parameters without a result. */
export interface Kernel {
  readonly name: string;
  readonly parameters: number;
  readonly locals: readonly (keyof typeof TYPES)[];
  readonly body: Code;
}

/**
 * Makes a function.
 * @param build is given the parameters and something that makes variables, zero at first
 */
export function kernel(
  name: string,
  parameters: number,
  build: (parameters: readonly Local[], variable: (type: keyof typeof TYPES) => Local) => Code,
): Kernel {
  const local = (index: number): Local => ({
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
  });
  const locals: (keyof typeof TYPES)[] = [];
  const body = build(
    Array.from({ length: parameters }, (_, i) => local(i)),
    (type) => local(parameters + locals.push(type) - 1),
  );
  return { name, parameters, locals, body };
}

/** A module that exports the functions and their memory, 'memory', of one page at first. */
export function assemble(kernels: readonly Kernel[]): Uint8Array<ArrayBuffer> {
  const types = kernels.map(({ parameters }): Code => [
    0x60,
    ...vector(new Array<Code>(parameters).fill([TYPES.i32])),
    0,
  ]);
  const bodies = kernels.map(({ locals, body }): Code => {
    const code = [...vector(locals.map((type) => [1, TYPES[type]])), ...body, END];
    return [...unsigned(code.length), ...code];
  });
  const exported = [
    [...text('memory'), 0x02, 0],
    ...kernels.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)]),
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(3, vector(kernels.map((_, i) => unsigned(i)))),
    ...section(5, vector([[0x00, 1]])),
    ...section(7, vector(exported)),
    ...section(10, vector(bodies)),
  ]);
}
