import { drawn, kMeans, squaredNorms, unitRows } from '../cluster.js';
import { addDenseScores, selectDense, type DenseRows } from '../linear/design.js';
import { Random } from '../random.js';
import { itemScores, leads, sampled, type Query } from './query.js';
import { topK, uncertainty } from './uncertainty.js';

/** Strategies that weigh uncertainty against where passages lie. */

/** Margin of the items, whatever else a strategy looks at. */
export function marginScores(query: Query): Float64Array {
  const outputs = query.outputs();
  return itemScores(outputs, (c) => uncertainty('margin', outputs.probabilities, c * outputs.classes, outputs.classes));
}

/** Items that are clustered for each that is chosen: at most, and at least where they would be too much of a small pool. */
const SHORTLIST = 10;
const SHORTEST = 3;
/** As much of the pool as may be clustered: of half of it, most are in no doubt. */
const SHORTLISTED = 0.1;

/**
 * Diverse margin (Zhdanov, "Diverse mini-batch active learning", 2019): of the 10·count items with the highest margin
 * scores (but no more than a tenth of the pool or 3·count), clustered into `count` by k-means on unit vectors with the
 * scores as weights, the one nearest to each centre. The most doubtful first.
 */
export function diverseMargin(query: Query, count: number): number[] {
  const scores = marginScores(query);
  const order = sampled(query);
  const shortlist = topK(
    Float64Array.from(order, (item) => scores[item]!),
    Math.min(SHORTLIST * count, Math.max(SHORTEST * count, Math.floor(SHORTLISTED * query.size))),
  ).map((i) => order[i]!);
  if (shortlist.length <= count) return shortlist;
  const rows = unitRows(selectDense(query.vectors(), shortlist));
  const weights = Float64Array.from(shortlist, (item) => scores[item]!);
  const { assignment, distances, centres } = kMeans(rows, count, new Random(query.seed), { weights });
  const nearest = new Int32Array(centres.rows).fill(-1);
  assignment.forEach((cluster, row) => {
    if (nearest[cluster]! < 0 || distances[row]! < distances[nearest[cluster]!]!) nearest[cluster] = row;
  });
  const chosen = new Set([...nearest].filter((row) => row >= 0));
  // Where clusters came out empty, the most doubtful of the rest.
  for (let row = 0; chosen.size < count; row++) chosen.add(row);
  return [...chosen].sort((a, b) => a - b).map((row) => shortlist[row]!);
}

/**
 * BADGE (Ash et al., "Deep batch active learning by diverse, uncertain gradient lower bounds", 2020): k-means++ seeds over
 * the gradients of the loss in the head's weights if the likeliest outcome were true, g = (p − e_ŷ) ⊗ x; the first is the
 * longest. Distances are in closed form, g·g′ = (r·r′)(x·x′) with r = p − e_ŷ, so no gradient is ever written out. An
 * item with several candidates is seen by the one in most doubt. O(count · items · (dimensions + classes)).
 */
export function badge(query: Query, count: number): number[] {
  const outputs = query.outputs();
  const { classes, probabilities } = outputs;
  const order = sampled(query);
  const lead = leads(outputs);
  const residuals = new Float64Array(order.length * classes);
  order.forEach((item, row) => {
    const c = lead[item]!;
    if (c < 0) return;
    let top = 0;
    for (let k = 0; k < classes; k++) {
      residuals[row * classes + k] = probabilities[c * classes + k]!;
      if (probabilities[c * classes + k]! > probabilities[c * classes + top]!) top = k;
    }
    residuals[row * classes + top]! -= 1;
  });
  const taken = outerSeeds(
    { rows: order.length, dimensions: classes, data: residuals },
    selectDense(query.vectors(), order),
    count,
    new Random(query.seed),
  );
  return taken.map((row) => order[row]!);
}

/** k-means++ seeds among the outer products of the rows of two matrices. */
function outerSeeds(left: DenseRows, right: DenseRows, count: number, random: Random): number[] {
  const lengths = squaredNorms(left);
  const norms = squaredNorms(right).map((norm, row) => norm * lengths[row]!);
  const distances = Float64Array.from(norms);
  const taken: number[] = [];
  const isTaken = new Uint8Array(left.rows);
  while (taken.length < Math.min(count, left.rows)) {
    let next = taken.length === 0 ? longest(norms) : drawn(random, distances);
    // All that is left lies where something was taken: any will do.
    if (isTaken[next] === 1) next = isTaken.indexOf(0);
    taken.push(next);
    isTaken[next] = 1;
    const products = productsWith(left, next);
    productsWith(right, next).forEach((product, row) => {
      const distance = Math.max(0, norms[row]! + norms[next]! - 2 * products[row]! * product);
      if (taken.length === 1 || distance < distances[row]!) distances[row] = distance;
    });
    distances[next] = 0;
  }
  return taken;
}

function longest(norms: Float64Array): number {
  let best = 0;
  for (let i = 1; i < norms.length; i++) if (norms[i]! > norms[best]!) best = i;
  return best;
}

/** Products of every row with one of them. */
function productsWith(rows: DenseRows, row: number): Float64Array {
  const products = new Float64Array(rows.rows);
  const d = rows.dimensions;
  addDenseScores(rows, Float64Array.from(rows.data.subarray(row * d, (row + 1) * d)), 1, products);
  return products;
}

/**
 * Information density (Settles & Craven, "An analysis of active learning strategies for sequence labeling tasks", 2008,
 * equation 13): the items with the highest entropy times mean cosine similarity to the pool (β = 1); a negative mean counts
 * as zero.
 */
export function dense(query: Query, count: number): number[] {
  const outputs = query.outputs();
  const order = sampled(query);
  const rows = unitRows(selectDense(query.vectors(), order));
  const d = rows.dimensions;
  const mean = new Float64Array(d);
  for (let i = 0; i < rows.rows * d; i++) mean[i % d]! += rows.data[i]! / rows.rows;
  const density = new Float64Array(rows.rows);
  addDenseScores(rows, mean, 1, density);
  const entropies = itemScores(outputs, (c) =>
    uncertainty('entropy', outputs.probabilities, c * outputs.classes, outputs.classes),
  );
  const scores = density.map((similarity, row) => entropies[order[row]!]! * Math.max(0, similarity));
  return topK(scores, count).map((row) => order[row]!);
}
