import type { Encoded } from '../../../src/embedding/types.js';

/** Mulberry32: uniform in [0, 1), the same for the same seed. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed values (Box–Muller). */
export function gaussian(seed: number, count: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return dot / Math.sqrt(aa * bb);
}

/** A made-up text as the transformer would give it: `count` pieces of 5 characters with a space between. */
export function madeUp(seed: number, count: number, dimensions: number): Encoded {
  const vector = gaussian(seed, dimensions);
  const length = Math.hypot(...vector);
  return {
    vector: vector.map((value) => value / length),
    pieces: Array.from({ length: count }, (_, i) => ({ start: 6 * i, end: 6 * i + 5 })),
    tokens: gaussian(seed + 1, count * dimensions),
  };
}
