import { uniformOf } from '../learning/random.js';
import { identity, type Entry } from './pool.js';

/** The random share of the queue: passages that chance chooses among those of the strategy, for an honest estimate. */

/** Passages of the random order that are kept at first: more than a person reviews. */
const KEPT = 20_000;

/**
 * Whether a place of the queue belongs to chance. Of any n places in a row n·share do, give or take one; which ones
 * depends on the seed.
 */
export function isRandomPlace(place: number, share: number, seed: number): boolean {
  const phase = uniformOf(seed, 'random share');
  return Math.floor((place + 1) * share + phase) > Math.floor(place * share + phase);
}

/**
 * The first `count` of both orders in one: those at random places from `random`, the others from `ranked`; each once.
 * Where one order ends, the other goes on.
 * @param name tells items apart
 * @param from the place of the first: how many were asked before
 */
export function interleave<T>(
  ranked: readonly T[],
  random: readonly T[],
  name: (item: T) => string,
  { from, share, seed, count }: { from: number; share: number; seed: number; count: number },
): { readonly item: T; readonly random: boolean }[] {
  const taken = new Set<string>();
  const orders = [ranked.values(), random.values()] as const;
  const next = (order: Iterator<T>): T | undefined => {
    for (let step = order.next(); step.done !== true; step = order.next())
      if (!taken.has(name(step.value))) return step.value;
    return undefined;
  };
  const chosen: { item: T; random: boolean }[] = [];
  for (let place = from; chosen.length < count; place++) {
    const byChance = isRandomPlace(place, share, seed);
    const drawn = byChance ? next(orders[1]) : undefined;
    const item = drawn ?? next(orders[0]);
    if (item === undefined) break;
    taken.add(name(item));
    chosen.push({ item, random: drawn !== undefined });
  }
  return chosen;
}

/** The passages of a corpus in the order that a seed gives them, those with the highest numbers first. */
export class RandomOrder {
  #of: { readonly seed: number; readonly entries: readonly Entry[]; readonly whole: boolean } | undefined;

  /** The corpus is another one. */
  reset(): void {
    this.#of = undefined;
  }

  /** The first `count` that are wanted. */
  first(count: number, seed: number, corpus: () => Iterable<Entry>, wanted: (entry: Entry) => boolean): Entry[] {
    if (count <= 0) return [];
    if (this.#of?.seed !== seed) this.#of = order(corpus(), seed, KEPT);
    let found = this.#of.entries.filter(wanted);
    if (found.length < count && !this.#of.whole) {
      this.#of = order(corpus(), seed, Infinity);
      found = this.#of.entries.filter(wanted);
    }
    return found.slice(0, count);
  }
}

function order(
  corpus: Iterable<Entry>,
  seed: number,
  most: number,
): { seed: number; entries: Entry[]; whole: boolean } {
  const all = [...corpus];
  const least = 1 - most / all.length;
  const drawn = all.flatMap((entry) => {
    const number = uniformOf(seed, identity(entry));
    return number >= least ? [{ entry, number }] : [];
  });
  drawn.sort((a, b) => b.number - a.number);
  return { seed, entries: drawn.map(({ entry }) => entry), whole: drawn.length === all.length };
}
