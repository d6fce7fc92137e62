/** Colours that can be told from their background, by WCAG 2.2's contrast ratio. Pure. */

type Rgb = readonly [number, number, number];

/** What graphical objects (WCAG 2.2, 1.4.11) and text (1.4.3) need. */
export const GRAPHICS = 3;
export const TEXT = 4.5;
const STEPS = 20;
/** Luminance from which on black stands out better than white. */
const MIDDLE = 0.179;

/**
 * A colour (`#rgb` or `#rrggbb`) mixed with black on a light ground or with white on a dark one, as little as gives it
 * this contrast with the ground.
 */
export function readable(color: string, ground: string, ratio: number): string {
  const [from, against] = [parse(color), parse(ground)];
  const towards: Rgb = luminance(against) > MIDDLE ? [0, 0, 0] : [255, 255, 255];
  for (let step = 0; step <= STEPS; step++) {
    const mixed = mix(from, towards, step / STEPS);
    if (contrast(mixed, against) >= ratio) return format(mixed);
  }
  return format(towards);
}

/** The contrast ratio of two colours, from 1 to 21. */
export function contrastRatio(a: string, b: string): number {
  return contrast(parse(a), parse(b));
}

/** A colour with an opacity from 0 to 1. */
export function withOpacity(color: string, opacity: number): string {
  const alpha = Math.round(opacity * 255);
  return format(parse(color)) + alpha.toString(16).padStart(2, '0');
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const between = (i: 0 | 1 | 2): number => Math.round(from[i] + (to[i] - from[i]) * share);
  return [between(0), between(1), between(2)];
}

function contrast(a: Rgb, b: Rgb): number {
  const [one, other] = [luminance(a), luminance(b)];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function luminance([r, g, b]: Rgb): number {
  const linear = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function parse(color: string): Rgb {
  const digits = color.slice(1);
  const pairs = digits.length === 3 ? Array.from(digits, (digit) => digit + digit) : (digits.match(/../g) ?? []);
  const [r = 0, g = 0, b = 0] = pairs.map((pair) => Number.parseInt(pair, 16));
  return [r, g, b];
}

function format(color: Rgb): string {
  return `#${color.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
