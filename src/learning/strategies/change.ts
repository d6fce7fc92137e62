import { nearestRows, squaredNorms } from '../cluster.js';
import { fitScale, scaledRows } from '../features/scale.js';
import { addDenseScores, selectDense } from '../linear/design.js';
import { choleskySolve } from '../linear/cholesky.js';
import { leads, meanDistributions, sampled, type Query } from './query.js';
import { marginScores } from './diverse.js';
import { topK } from './uncertainty.js';

/** Strategies that ask what an answer would change, in the head or in its predictions. */

/**
 * Expected gradient length (Settles, Craven & Ray, "Multiple-instance active learning", 2008): how much one step of
 * training would change the head, over the answers it expects. With g = (p − e_k) ⊗ x the gradient for answer k,
 * Σ p_k·‖g‖ = ‖x‖ · Σ p_k·‖p − e_k‖. An item with several candidates is seen by the one in most doubt.
 */
export function gradientLengths(query: Query): Float64Array {
  const outputs = query.outputs();
  const { classes, probabilities } = outputs;
  const norms = squaredNorms(query.vectors());
  const lead = leads(outputs);
  return norms.map((norm, item) => {
    const at = lead[item]! * classes;
    if (at < 0) return 0;
    let squared = 0;
    for (let k = 0; k < classes; k++) squared += probabilities[at + k]! ** 2;
    let expected = 0;
    for (let k = 0; k < classes; k++) {
      const p = probabilities[at + k]!;
      // ‖p − e_k‖² = ‖p‖² − 2p_k + 1
      expected += p * Math.sqrt(Math.max(0, squared - 2 * p + 1));
    }
    return expected * Math.sqrt(norm);
  });
}

const CONTRASTED = 10;
/** Items that are compared with the labelled ones: of more, a sample. */
const CONTRAST_SAMPLE = 20_000;
/** A share of nothing is taken as this. */
const LEAST = 1e-12;

/**
 * Contrastive active learning (CAL: Margatina et al., "Active learning by acquiring contrastive examples", 2021): items
 * whose predictions differ most from those of the 10 labelled items nearest to them, by the mean of
 * KL(p(neighbour) ‖ p(item)). Items with several candidates are seen by their mean distribution.
 */
export function contrastive(query: Query, count: number): number[] {
  const labelled = query.labelled();
  const items = sampled(query, Math.max(CONTRAST_SAMPLE, count));
  const { classes } = query.outputs();
  const own = meanDistributions(query.outputs());
  const known = meanDistributions(labelled.outputs);
  const { width, indices } = nearestRows(selectDense(query.vectors(), items), labelled.vectors, CONTRASTED);
  const scores = Float64Array.from(items, (item, row) => {
    let sum = 0;
    for (let n = 0; n < width; n++) {
      const at = indices[row * width + n]! * classes;
      for (let k = 0; k < classes; k++) {
        const p = known[at + k]!;
        if (p > 0) sum += p * Math.log(p / Math.max(LEAST, own[item * classes + k]!));
      }
    }
    return sum / Math.max(1, width);
  });
  return topK(scores, count).map((row) => items[row]!);
}

/** Candidates whose answers are thought through, items whose error is estimated, and the ridge penalty on scaled vectors. */
const CONSIDERED = 200;
const ESTIMATED = 2_000;
const RIDGE = 1;

/**
 * Expected error reduction (Roy & McCallum, "Toward optimal active learning through sampling estimation of error
 * reduction", 2001): the items after whose answer the expected 0/1 error over the pool, Σ 1 − max p, would be smallest.
 * Refitting for every item and answer is too slow, so the answers of the 200 items with the highest margin scores (and of
 * as many as are asked for) are thought through with a ridge regression on the pooled vectors, and the error is estimated
 * on up to 2,000 items. With A = XᵀX + λI, one more row x with target y changes what the regression says of u by
 * (y − f(x)) · uᵀA⁻¹x / (1 + xᵀA⁻¹x): a rank-one update (Sherman & Morrison 1950). Its outputs, cut at zero and made to sum
 * to 1, serve as probabilities; how likely each answer is, the head says.
 */
export function errorReduction(query: Query, count: number): number[] {
  const { classes, probabilities, starts } = query.outputs();
  const { vectors: given, truth } = query.labelled();
  if (truth === undefined) throw new RangeError('expected error reduction needs the truth of the labelled items');
  // An item without a candidate cannot be answered.
  const order = sampled(query).filter((item) => starts[item + 1]! > starts[item]!);
  const margins = marginScores(query);
  const considered = topK(
    Float64Array.from(order, (item) => margins[item]!),
    Math.max(CONSIDERED, count),
  ).map((i) => order[i]!);
  const pool = selectDense(query.vectors(), order.slice(0, ESTIMATED));
  const scale = fitScale(pool);
  const all = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i);
  const known = scaledRows(given, scale, all(given.rows));
  const estimated = scaledRows(pool, scale, all(pool.rows));
  const candidates = scaledRows(query.vectors(), scale, considered);
  const d = pool.dimensions;

  // A in full, and for each class XᵀY; then what the regression says of everybody.
  const a = new Float64Array(d * d);
  const moments = new Float64Array(classes * d);
  for (let i = 0; i < d; i++) a[i * d + i] = RIDGE;
  for (let r = 0; r < known.rows; r++) {
    const x = known.data.subarray(r * d, (r + 1) * d);
    for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) a[i * d + j]! += x[i]! * x[j]!;
    for (let k = 0; k < classes; k++) {
      // Around even odds, so that without data every class is as likely as another.
      const y = truth[r * classes + k]! - 1 / classes;
      for (let i = 0; i < d; i++) moments[k * d + i]! += y * x[i]!;
    }
  }
  const solve = choleskySolve(a, d);
  const weights = solve(moments);
  const evenly = 1 / classes;
  const now = new Float64Array(estimated.rows * classes).fill(evenly);
  addDenseScores(estimated, weights, classes, now);
  const before = new Float64Array(candidates.rows * classes).fill(evenly);
  addDenseScores(candidates, weights, classes, before);

  const reduction = Float64Array.from(considered, (item, row) => {
    const x = Float64Array.from(candidates.data.subarray(row * d, (row + 1) * d));
    const solved = solve(x);
    let lift = 1;
    for (let i = 0; i < d; i++) lift += x[i]! * solved[i]!;
    const influence = new Float64Array(estimated.rows);
    addDenseScores(estimated, solved, 1, influence);
    let expected = 0;
    for (let k = 0; k < classes; k++) {
      const p = probabilities[starts[item]! * classes + k]!;
      if (p > 0) {
        const change = Float64Array.from(
          { length: classes },
          (_, c) => ((c === k ? 1 : 0) - before[row * classes + c]!) / lift,
        );
        expected += p * errorAfter(now, influence, change);
      }
    }
    return -expected;
  });
  return topK(reduction, count).map((row) => considered[row]!);
}

/** Σ over items of 1 − max p, with p the outputs moved by influence·change, cut at zero and normalised. */
function errorAfter(outputs: Float64Array, influence: Float64Array, change: Float64Array): number {
  const classes = change.length;
  let error = 0;
  for (let u = 0; u < influence.length; u++) {
    let sum = 0;
    let top = 0;
    for (let k = 0; k < classes; k++) {
      const p = Math.max(0, outputs[u * classes + k]! + influence[u]! * change[k]!);
      sum += p;
      if (p > top) top = p;
    }
    error += sum > 0 ? 1 - top / sum : 1 - 1 / classes;
  }
  return error;
}
