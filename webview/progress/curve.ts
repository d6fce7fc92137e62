import type { TaskProgress } from '../../src/protocol/progress.js';
import { logScale, logSpread, logTicks, linearScale, niceTicks, spaced, type Point, type Scale } from './geometry.js';

/** The learning curve, laid out: pure, in pixels of the plot. */

export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A score with its interval, placed. */
export interface Mark {
  readonly labels: number;
  readonly score: number;
  readonly at: Point;
  readonly low: Point;
  readonly high: Point;
}

export interface CurveLayout {
  readonly marks: readonly Mark[];
  /** The fitted law, from the first size to where the expected gain leads; empty without one. */
  readonly law: readonly Point[];
  readonly expected: Mark | undefined;
  readonly target: number | undefined;
  readonly xTicks: readonly { readonly value: number; readonly at: number }[];
  readonly yTicks: readonly { readonly value: number; readonly at: number }[];
}

const LAW_POINTS = 48;
/** Room for the first and the last mark beside the axes, in pixels. */
const INSET = 9;

/** score = asymptote − scale·labels^−rate, within [0, 1]. */
export function lawScore({ asymptote, scale, rate }: NonNullable<TaskProgress['law']>, labels: number): number {
  return clamp(asymptote - scale * labels ** -rate);
}

/** Where the expected gain leads, by the law; undefined where nothing is expected yet. */
export function expectedScore({
  curve,
  law,
  gain,
}: TaskProgress): { labels: number; score: number; low: number; high: number } | undefined {
  const last = curve.at(-1);
  if (last === undefined || law === undefined || gain === undefined) return undefined;
  const now = lawScore(law, last.labels);
  return {
    labels: last.labels + gain.labels,
    score: clamp(now + gain.score),
    low: clamp(now + gain.low),
    high: clamp(now + gain.high),
  };
}

/** Places the curve of a task in a box; the task has at least one size. */
export function layoutCurve(task: TaskProgress, target: number | undefined, box: Box): CurveLayout {
  const expected = expectedScore(task);
  const all = expected === undefined ? task.curve : [...task.curve, expected];
  const scores = [...all.flatMap(({ low, high }) => [low, high]), ...(target === undefined ? [] : [target])];
  // Neither so near that noise looks like progress, nor the whole of [0, 1] where all lies in a corner of it.
  const low = Math.min(...scores, Math.max(...scores) - 0.2);
  const yTicks = niceTicks(Math.max(0, low), Math.min(1, Math.max(...scores)), 5).filter((tick) => tick <= 1);
  if (yTicks.length < 2) yTicks.push(1);
  const y = linearScale([yTicks[0]!, yTicks.at(-1)!], [box.bottom, box.top]);
  const first = task.curve[0]?.labels ?? 1;
  const last = all.at(-1)?.labels ?? first;
  const x: Scale = logScale([first, Math.max(last, first + 1)], [box.left + INSET, box.right - INSET]);
  const place = (mark: { labels: number; score: number; low: number; high: number }): Mark => ({
    labels: mark.labels,
    score: mark.score,
    at: [x(mark.labels), y(mark.score)],
    low: [x(mark.labels), y(mark.low)],
    high: [x(mark.labels), y(mark.high)],
  });
  const { law } = task;
  const inside = (point: Point): boolean => point[1] <= box.bottom && point[1] >= box.top;
  return {
    marks: task.curve.map(place),
    law:
      law === undefined || last === first
        ? []
        : logSpread(first, last, LAW_POINTS)
            .map((labels): Point => [x(labels), y(lawScore(law, labels))])
            .filter(inside),
    expected: expected && place(expected),
    target: target === undefined ? undefined : y(target),
    xTicks: spaced(
      logTicks(first, last).map((value) => ({ value, at: x(value) })),
      ({ at }) => at,
      34,
    ),
    yTicks: yTicks.map((value) => ({ value, at: y(value) })),
  };
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
