import { scoreOf, type Interval, type Measure, type Outcome } from './estimate.js';
import { Random } from './random.js';

/**
 * Learning curves as inverse power laws, score = asymptote − scale·labels^−rate, fitted by least squares that weigh
 * later points more (Figueroa et al. 2012, "Predicting sample size required for classification performance").
 */
export interface PowerLaw {
  readonly asymptote: number;
  readonly scale: number;
  readonly rate: number;
}

export interface CurvePoint {
  readonly labels: number;
  readonly score: number;
}

/** The smallest size of a curve, how many sizes it has at most, and the least ratio of one to the next. */
const LEAST = 8;
const MOST_SIZES = 6;
const LEAST_RATIO = Math.SQRT2;
/** A law has three parameters. */
const LEAST_POINTS = 4;
/** Rates that are tried: slower ones are no curve any more, faster ones a step. */
const RATES = Array.from({ length: 60 }, (_, i) => 0.05 * 1.07 ** i);
const RESAMPLES = 400;

/** Nested numbers of labels up to `labels`, ascending, evenly spread on a logarithmic scale; empty for fewer than 8. */
export function curveSizes(labels: number): number[] {
  const ratio = Math.max(LEAST_RATIO, (labels / LEAST) ** (1 / (MOST_SIZES - 1)));
  return Array.from({ length: MOST_SIZES }, (_, i) => Math.round(labels / ratio ** i))
    .filter((size) => size >= LEAST)
    .reverse();
}

/** The law nearest to the points; undefined for fewer than four sizes. Scores lie in [0, 1], and so does the asymptote. */
export function fitPowerLaw(points: readonly CurvePoint[]): PowerLaw | undefined {
  if (new Set(points.map(({ labels }) => labels)).size < LEAST_POINTS) return undefined;
  let nearest: PowerLaw | undefined;
  let least = Infinity;
  for (const rate of RATES) {
    const law = fitAtRate(points, rate);
    const error = points.reduce((sum, { labels, score }, i) => sum + (i + 1) * (score - scoreAt(law, labels)) ** 2, 0);
    if (error < least - 1e-12) [nearest, least] = [law, error];
  }
  return nearest;
}

/** At a given rate the law is a straight line in labels^−rate; it must not fall, nor end above 1. */
function fitAtRate(points: readonly CurvePoint[], rate: number): PowerLaw {
  let [w, wz, wy, wzz, wzy] = [0, 0, 0, 0, 0];
  points.forEach(({ labels, score }, i) => {
    const z = labels ** -rate;
    const weight = i + 1;
    w += weight;
    wz += weight * z;
    wy += weight * score;
    wzz += weight * z * z;
    wzy += weight * z * score;
  });
  const scale = (wz * wy - w * wzy) / (w * wzz - wz * wz);
  const asymptote = (wy + scale * wz) / w;
  if (!(scale > 0)) return { asymptote: clamp(wy / w), scale: 0, rate };
  if (asymptote <= 1) return { asymptote: Math.max(0, asymptote), scale, rate };
  return { asymptote: 1, scale: Math.max(0, (wz - wzy) / wzz), rate };
}

/** The score that the law expects, not below 0. */
export function scoreAt({ asymptote, scale, rate }: PowerLaw, labels: number): number {
  return Math.max(0, asymptote - scale * labels ** -rate);
}

/** Labels with which the law reaches a score; Infinity where it never does. */
export function labelsFor({ asymptote, scale, rate }: PowerLaw, score: number): number {
  if (score <= asymptote - scale) return 1;
  return score >= asymptote ? Infinity : Math.ceil((scale / (asymptote - score)) ** (1 / rate));
}

export interface Gain extends Interval {
  /** How much the score is expected to grow. */
  readonly score: number;
  /** With how many labels more. */
  readonly labels: number;
}

/** Outcomes of the same passages at one size of the curve. */
export interface CurveOutcomes {
  readonly labels: number;
  readonly outcomes: readonly (Outcome | undefined)[];
}

/**
 * What further labels would likely bring, by the law; the interval of 95 % comes from fitting it to resampled passages,
 * with resampled residuals of the law added (percentile bootstrap, Efron & Tibshirani 1993): one for the passages that
 * it was measured on, the other for how unsteadily the curve grows.
 * Undefined where there is no law.
 */
export function expectedGain(
  measure: Measure,
  curve: readonly CurveOutcomes[],
  from: number,
  further: number,
  seed: number,
): Gain | undefined {
  const passages = curve[0]?.outcomes.length ?? 0;
  const points = curvePoints(measure, curve);
  const law = fitPowerLaw(points);
  if (law === undefined || passages === 0) return undefined;
  const residuals = points.map(({ labels, score }) => score - scoreAt(law, labels));
  const growth = (of: PowerLaw): number => scoreAt(of, from + further) - scoreAt(of, from);
  const random = new Random(seed);
  const growths: number[] = [];
  for (let b = 0; b < RESAMPLES; b++) {
    const drawn = Array.from({ length: passages }, () => random.below(passages));
    const resampled = curve.map(({ labels, outcomes }) => ({ labels, outcomes: drawn.map((i) => outcomes[i]) }));
    const refitted = fitPowerLaw(
      curvePoints(measure, resampled).map(({ labels, score }) => ({
        labels,
        score: clamp(score + random.choice(residuals) * (random.below(2) === 0 ? 1 : -1)),
      })),
    );
    if (refitted !== undefined) growths.push(growth(refitted));
  }
  growths.sort((a, b) => a - b);
  const quantile = (q: number): number => growths[Math.round(q * (growths.length - 1))] ?? growth(law);
  // The law of the sample itself may lie outside the middle of the resampled ones where growth is 0 for many.
  const score = growth(law);
  return { labels: further, score, low: Math.min(score, quantile(0.025)), high: Math.max(score, quantile(0.975)) };
}

/** The scores of a curve; sizes at which nothing was predicted or true are left out. */
export function curvePoints(measure: Measure, curve: readonly CurveOutcomes[]): CurvePoint[] {
  return curve.flatMap(({ labels, outcomes }) => {
    const score = scoreOf(
      measure,
      outcomes.filter((outcome) => outcome !== undefined),
    );
    return score === undefined ? [] : [{ labels, score }];
  });
}

function clamp(score: number): number {
  return Math.min(1, Math.max(0, score));
}
