import { textMap } from '../corpus/source-map.js';
import { Random } from './random.js';
import type { Mention } from './types.js';

/**
 * Membership query synthesis (Angluin 1988, "Queries and concept learning"): passages that nobody wrote, made of accepted
 * ones, to be asked about where the model is torn. Three ways, all of which keep a text readable (made-up vectors are
 * not: Baum & Lang 1992):
 *
 * - swap: a mention is replaced by another mention of the same label, which should change nothing;
 * - rival: by a mention of another label: what it is now, its context says against its name;
 * - combine: two passages, one after the other.
 */

/** An accepted passage. Mentions are in UTF-16 units into the text. */
export interface Context {
  readonly text: string;
  readonly mentions: readonly Mention[];
}

export type Making = 'swap' | 'rival' | 'combine';

export interface MadeUp {
  readonly text: string;
  /** Entities that are carried over, in code points; one whose label is what is asked about is not among them. */
  readonly entities: readonly Mention[];
  readonly making: Making;
  /** Indices of the contexts that it is made of. */
  readonly from: readonly number[];
}

export interface SynthesisOptions {
  readonly seed: number;
  /** How many different ones to make, if there are so many. */
  readonly count: number;
  /** Whether two passages in a row may be one: not where a passage is a sentence. */
  readonly combine: boolean;
}

/** Tries for each passage before the contexts count as exhausted. */
const PATIENCE = 20;

/** Different texts made of the contexts, none of which is a context itself. The same seed gives the same. */
export function madeUp(contexts: readonly Context[], { seed, count, combine }: SynthesisOptions): MadeUp[] {
  const random = new Random(seed);
  const known = new Set(contexts.map(({ text }) => text));
  const names = surfaces(contexts);
  const made: MadeUp[] = [];
  const swappable = contexts.flatMap((context, i) => (free(context).length > 0 ? [i] : []));
  for (let tries = 0; made.length < count && tries < PATIENCE * count; tries++) {
    const way: Making = (['swap', 'rival', 'combine'] as const)[random.below(3)]!;
    const passage =
      way === 'combine'
        ? combine && contexts.length > 1
          ? combined(contexts, random)
          : undefined
        : swappable.length > 0
          ? swapped(contexts, random.choice(swappable), names, way, random)
          : undefined;
    if (passage === undefined || known.has(passage.text)) continue;
    known.add(passage.text);
    made.push(passage);
  }
  return made;
}

/** Mentions that overlap no other one: with them nothing else is replaced. */
function free({ mentions }: Context): Mention[] {
  return mentions.filter((mention) =>
    mentions.every((other) => other === mention || other.end <= mention.start || mention.end <= other.start),
  );
}

/** The names of each label, each once, in the order in which they occur. */
function surfaces(contexts: readonly Context[]): Map<string, string[]> {
  const names = new Map<string, Set<string>>();
  for (const { text, mentions } of contexts) {
    for (const { start, end, label } of mentions) {
      let of = names.get(label);
      if (of === undefined) names.set(label, (of = new Set<string>()));
      of.add(text.slice(start, end));
    }
  }
  return new Map([...names].map(([label, of]) => [label, [...of]]));
}

function swapped(
  contexts: readonly Context[],
  from: number,
  names: ReadonlyMap<string, readonly string[]>,
  making: 'swap' | 'rival',
  random: Random,
): MadeUp | undefined {
  const { text, mentions } = contexts[from]!;
  const replaced = random.choice(free(contexts[from]!));
  const name = text.slice(replaced.start, replaced.end);
  const own = names.get(replaced.label) ?? [];
  const choices =
    making === 'swap'
      ? own.filter((other) => other.toLowerCase() !== name.toLowerCase())
      : [...names].flatMap(([label, of]) =>
          label === replaced.label ? [] : of.filter((other) => !own.includes(other)),
        );
  if (choices.length === 0) return undefined;
  const other = random.choice(choices);
  const shift = other.length - name.length;
  const moved = mentions.flatMap((mention): Mention[] => {
    if (mention === replaced) return making === 'rival' ? [] : [{ ...mention, end: mention.end + shift }];
    return mention.start >= replaced.end
      ? [{ ...mention, start: mention.start + shift, end: mention.end + shift }]
      : [mention];
  });
  return finished(text.slice(0, replaced.start) + other + text.slice(replaced.end), moved, making, [from]);
}

function combined(contexts: readonly Context[], random: Random): MadeUp | undefined {
  const first = random.below(contexts.length);
  const second = random.below(contexts.length);
  if (first === second) return undefined;
  const [a, b] = [contexts[first]!, contexts[second]!];
  const shift = a.text.length + 1;
  const moved = b.mentions.map(({ start, end, label }) => ({ start: start + shift, end: end + shift, label }));
  return finished(`${a.text} ${b.text}`, [...a.mentions, ...moved], 'combine', [first, second]);
}

function finished(text: string, mentions: readonly Mention[], making: Making, from: readonly number[]): MadeUp {
  const map = textMap(text);
  const entities = mentions
    .map(({ start, end, label }) => ({ start: map.toCodePoint(start), end: map.toCodePoint(end), label }))
    .sort((a, b) => a.start - b.start || b.end - a.end);
  return { text, entities, making, from };
}

/**
 * The passages of which the model is least sure, most doubtful first; of those made of one context only a few, or all
 * would be about the same.
 */
export function mostTorn<T extends Pick<MadeUp, 'from'>>(
  made: readonly T[],
  doubts: readonly number[],
  count: number,
  perContext = 2,
): T[] {
  const uses = new Map<number, number>();
  const order = [...made.keys()].sort((a, b) => doubts[b]! - doubts[a]! || a - b);
  const chosen: T[] = [];
  for (const i of order) {
    const { from } = made[i]!;
    if (chosen.length === count) break;
    if (from.some((context) => (uses.get(context) ?? 0) >= perContext)) continue;
    for (const context of from) uses.set(context, (uses.get(context) ?? 0) + 1);
    chosen.push(made[i]!);
  }
  return chosen;
}
