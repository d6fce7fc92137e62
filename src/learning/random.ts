/**
 * Seeded randomness: the same seed gives the same numbers on every machine.
 *
 * The generator is xoshiro128** 1.1 (Blackman & Vigna, "Scrambled linear pseudorandom number generators", 2021), whose
 * four words of state come from SplitMix32 of the seed. Hashes are 32-bit FNV-1a over UTF-16 units, finished with the
 * avalanche step of MurmurHash3.
 */

/** The avalanche step of MurmurHash3: every bit of the input changes about half of the bits of the result. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** 32-bit hash of `text[start, end)`; `salt` tells apart features of different kinds. */
export function hash32(text: string, salt = 0, start = 0, end = text.length): number {
  let h = (FNV_OFFSET ^ salt) | 0;
  for (let i = start; i < end; i++) h = Math.imul(h ^ text.charCodeAt(i), FNV_PRIME);
  return mix32(h);
}

/** Order-dependent combination of two hashes. */
export function combine32(left: number, right: number): number {
  return mix32(Math.imul(left, 31) ^ right);
}

/** A number in [0, 1) that depends on nothing but the seed and a name: stable from one ranking to the next. */
export function uniformOf(seed: number, name: string): number {
  return hash32(name, mix32(seed)) / 0x1_0000_0000;
}

/** xoshiro128**: a stream of numbers that depends on nothing but the seed (an integer; only its low 32 bits count). */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    let s = seed | 0;
    for (let i = 0; i < 4; i++) {
      s = (s + 0x9e3779b9) | 0;
      this.#state[i] = mix32(s);
    }
  }

  /** An integer in [0, 2^32). */
  uint32(): number {
    const s = this.#state;
    const s1 = s[1]!;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = (s[3]! << 11) | (s[3]! >>> 21);
    return result;
  }

  /** A number in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** An integer in [0, bound), without modulo bias; `bound` is at least 1. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1) throw new RangeError(`below: ${bound} is not a positive integer`);
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % bound;
  }

  /** One of the items, each as likely as another; throws when there is none. */
  choice<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A new array with the items in random order (Fisher and Yates). */
  shuffled<T>(items: Iterable<T>): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }
}
