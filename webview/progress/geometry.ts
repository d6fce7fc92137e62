/** Where things stand in a plot: pure functions from numbers to SVG coordinates. */

export type Point = readonly [x: number, y: number];
export type Scale = (value: number) => number;

/** Linear from a domain to a range; a domain of no width lies in the middle of the range. */
export function linearScale([low, high]: Point, [from, to]: Point): Scale {
  return high === low ? () => (from + to) / 2 : (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** As `linearScale` of the logarithms; the domain is above 0. */
export function logScale([low, high]: Point, range: Point): Scale {
  const scale = linearScale([Math.log(low), Math.log(high)], range);
  return (value) => scale(Math.log(value));
}

/** Round numbers (1, 2 or 5 times a power of ten apart) that cover [low, high], about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  const rough = (high - low || 1) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  // A product of rounded numbers, not a running sum: 0.3, not 0.30000000000000004.
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toFixed(digits)));
}

/** Numbers of the form 1, 2 or 5 times a power of ten within [low, high], ascending: for a logarithmic axis. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
    for (const factor of [1, 2, 5]) {
      const tick = factor * power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  return ticks;
}

/** Of ascending places those that keep `least` from the one before: their texts would run into one another. */
export function spaced<T>(items: readonly T[], placeOf: (item: T) => number, least: number): T[] {
  const kept: T[] = [];
  for (const item of items) {
    const last = kept.at(-1);
    if (last === undefined || placeOf(item) - placeOf(last) >= least) kept.push(item);
  }
  return kept;
}

/** The `d` of a line through points. */
export function linePath(points: readonly Point[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
}

/** The `d` of the area between an upper and a lower line over the same places. */
export function bandPath(upper: readonly Point[], lower: readonly Point[]): string {
  return upper.length === 0 ? '' : `${linePath([...upper, ...[...lower].reverse()])}Z`;
}

/** `count` numbers from low to high, evenly spread on a logarithmic scale, both ends among them. */
export function logSpread(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low * (high / low) ** (i / (count - 1)));
}

/** Whole pixels blur nothing; a tenth is as fine as anyone sees. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A text cut to about a width, in characters. */
export function clipped(text: string, characters: number): string {
  const all = Array.from(text);
  return all.length <= characters ? text : `${all.slice(0, Math.max(1, characters - 1)).join('')}…`;
}
