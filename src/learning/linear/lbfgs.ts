/**
 * Limited-memory BFGS (Liu & Nocedal 1989) for smooth functions, with a line search that accepts the weak Wolfe
 * conditions or, where the function has become too flat for them to be checked in floating point, the approximate ones
 * of Hager & Zhang (2005). Converges to 1e-8 and below.
 */

/** Writes the gradient at `x` into `gradient` and returns the value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Ends when no element of the gradient is larger than this in absolute value. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Number of corrections kept. */
  readonly memory?: number;
  /**
   * About the curvature along each variable, where it differs much from one to another: the initial Hessian (Nocedal &
   * Wright, section 7.2). Positive.
   */
  readonly curvature?: Float64Array;
}

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  /** Largest absolute element of the gradient. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/** Armijo and curvature constants of the Wolfe conditions. */
const ARMIJO = 1e-4;
const CURVATURE = 0.9;
/** Relative error that is put down to rounding when two function values are compared. */
const ROUNDING = 1e-14;
const MAX_LINE_STEPS = 40;

/** Minimises a function from `start`, which is left untouched. */
export function minimise(objective: Objective, start: Float64Array, options: MinimiseOptions): Minimum {
  const n = start.length;
  const memory = options.memory ?? 10;
  let x = Float64Array.from(start);
  let gradient = new Float64Array(n);
  let nextX = new Float64Array(n);
  let nextGradient = new Float64Array(n);
  const direction = new Float64Array(n);
  const steps: Float64Array[] = [];
  const changes: Float64Array[] = [];
  const curvatures: number[] = [];
  let value = objective(x, gradient);
  let norm = maxAbs(gradient);
  let iterations = 0;

  while (norm > options.tolerance && iterations < options.maxIterations) {
    twoLoop(direction, gradient, steps, changes, curvatures, options.curvature);
    let slope = dot(gradient, direction);
    if (!(slope < 0)) {
      // Rounding has spoilt the curvature: start again from steepest descent.
      steps.length = changes.length = curvatures.length = 0;
      twoLoop(direction, gradient, steps, changes, curvatures, options.curvature);
      slope = dot(gradient, direction);
    }
    const first = steps.length === 0 && options.curvature === undefined ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    const found = lineSearch(objective, x, direction, value, slope, first, nextX, nextGradient);
    if (found === undefined) {
      if (steps.length === 0) break;
      steps.length = changes.length = curvatures.length = 0;
      continue;
    }
    iterations++;
    const recycled = steps.length === memory;
    const s = recycled ? steps.shift()! : new Float64Array(n);
    const y = recycled ? changes.shift()! : new Float64Array(n);
    if (recycled) curvatures.shift();
    let curvature = 0;
    for (let i = 0; i < n; i++) {
      const si = nextX[i]! - x[i]!;
      const yi = nextGradient[i]! - gradient[i]!;
      s[i] = si;
      y[i] = yi;
      curvature += si * yi;
    }
    if (curvature > 0) {
      steps.push(s);
      changes.push(y);
      curvatures.push(curvature);
    }
    [x, nextX] = [nextX, x];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = found;
    norm = maxAbs(gradient);
  }
  return { x, value, gradientNorm: norm, iterations, converged: norm <= options.tolerance };
}

/** direction := −H·gradient, with H from the corrections (Nocedal & Wright, algorithm 7.4). */
function twoLoop(
  direction: Float64Array,
  gradient: Float64Array,
  steps: readonly Float64Array[],
  changes: readonly Float64Array[],
  curvatures: readonly number[],
  diagonal: Float64Array | undefined,
): void {
  const n = gradient.length;
  for (let i = 0; i < n; i++) direction[i] = -gradient[i]!;
  const alpha: number[] = [];
  for (let m = steps.length - 1; m >= 0; m--) {
    const a = dot(steps[m]!, direction) / curvatures[m]!;
    alpha[m] = a;
    addScaled(direction, changes[m]!, -a);
  }
  if (diagonal) for (let i = 0; i < n; i++) direction[i]! /= diagonal[i]!;
  const last = steps.length - 1;
  if (last >= 0) {
    const change = changes[last]!;
    let length = 0;
    for (let i = 0; i < n; i++) length += (change[i]! * change[i]!) / (diagonal?.[i] ?? 1);
    const scale = curvatures[last]! / length;
    for (let i = 0; i < n; i++) direction[i]! *= scale;
  }
  for (let m = 0; m < steps.length; m++) {
    const b = dot(changes[m]!, direction) / curvatures[m]!;
    addScaled(direction, steps[m]!, alpha[m]! - b);
  }
}

/**
 * Finds a step by bracketing and safeguarded cubic interpolation. Leaves the point and its gradient in `nextX` and
 * `nextGradient`; undefined where no step improves on the start.
 */
function lineSearch(
  objective: Objective,
  x: Float64Array,
  direction: Float64Array,
  value: number,
  slope: number,
  first: number,
  nextX: Float64Array,
  nextGradient: Float64Array,
): number | undefined {
  const slack = ROUNDING * Math.max(1, Math.abs(value));
  let low = { step: 0, value, slope };
  let high: typeof low | undefined;
  let step = first;
  for (let k = 0; k < MAX_LINE_STEPS; k++) {
    for (let i = 0; i < x.length; i++) nextX[i] = x[i]! + step * direction[i]!;
    const here = { step, value: objective(nextX, nextGradient), slope: 0 };
    here.slope = dot(nextGradient, direction);
    const wolfe = here.value <= value + ARMIJO * step * slope;
    const flat = here.value <= value + slack && here.slope <= (2 * ARMIJO - 1) * slope;
    if ((wolfe || flat) && here.slope >= CURVATURE * slope) return here.value;
    if (wolfe || flat) low = here;
    else high = here;
    if (high === undefined) {
      step *= 4;
    } else {
      const width = high.step - low.step;
      if (width <= Number.EPSILON * high.step) return undefined;
      const inner = cubicMinimum(low, high);
      const margin = 0.1 * width;
      step = Number.isFinite(inner)
        ? Math.min(Math.max(inner, low.step + margin), high.step - margin)
        : low.step + width / 2;
    }
  }
  return undefined;
}

interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** Minimum of the cubic through two values and slopes (Nocedal & Wright, equation 3.59); not finite where it has none. */
function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const d1 = a.slope + b.slope - (3 * (a.value - b.value)) / (a.step - b.step);
  const d2 = Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!;
}

function maxAbs(a: Float64Array): number {
  let max = 0;
  for (const v of a) {
    const abs = Math.abs(v);
    if (!(abs <= max)) max = abs;
  }
  return max;
}
