/** Verdicts that are looked at: people grow faster. */
const LATEST = 50;
/** Milliseconds between verdicts beyond which somebody was away. */
const AWAY = 5 * 60_000;

/**
 * Milliseconds that a verdict takes: the median of the latest breaks between verdicts; undefined where there are too few.
 * @param times when verdicts were given, as UTC timestamps, in any order
 */
export function pace(times: readonly string[]): number | undefined {
  const sorted = times
    .map((time) => Date.parse(time))
    .filter((time) => !Number.isNaN(time))
    .sort((a, b) => a - b);
  const breaks = sorted
    .slice(1)
    .map((time, i) => time - sorted[i]!)
    .filter((gap) => gap <= AWAY)
    .slice(-LATEST)
    .sort((a, b) => a - b);
  if (breaks.length < 3) return undefined;
  const middle = breaks.length >> 1;
  return breaks.length % 2 === 1 ? breaks[middle] : (breaks[middle - 1]! + breaks[middle]!) / 2;
}
