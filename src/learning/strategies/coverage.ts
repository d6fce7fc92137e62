import { kCentre, kMeans, nearestRows, unitRows } from '../cluster.js';
import { selectDense, type DenseRows } from '../linear/design.js';
import { Random } from '../random.js';
import { sampled, type Query } from './query.js';

/** Strategies that look at where passages lie, and at no head: they work before anything is labelled. */

/** Items that core-set looks at: of more, a sample. 20,000 × 256 against 500 labelled ones are 2.6·10⁹ products. */
const CORE_SET_SAMPLE = 20_000;
/** Items that are clustered: of more, a sample. */
const TYPICAL_SAMPLE = 5_000;
/** Most clusters, neighbours whose mean distance tells typicality, and least size of a cluster worth asking about. */
const MOST_CLUSTERS = 500;
const NEIGHBOURS = 20;
const LEAST_SIZE = 5;

/**
 * Core-set: greedy k-centre on the pooled vectors, with the labelled items as centres (Sener & Savarese, "Active learning
 * for convolutional neural networks: a core-set approach", 2018, algorithm 1).
 */
export function coreSet(query: Query, count: number): number[] {
  const items = sampled(query, Math.max(CORE_SET_SAMPLE, count));
  const rows = selectDense(query.vectors(), items);
  return kCentre(rows, count, query.labelled().vectors).map((row) => items[row]!);
}

export interface TypicalItem {
  readonly item: number;
  /** Items of the query that lie in its cluster, of those that were looked at. */
  readonly cluster: number;
}

/**
 * Typical items (TypiClust: Hacohen, Dekel & Weinshall, "Active learning on a budget: opposite strategies suit high and
 * low budgets", 2022): clusters labelled and other items into labelled + count clusters by k-means on unit vectors, and
 * takes, from the largest clusters with the fewest labelled or taken items, the item with the smallest mean distance to
 * its (up to 20) nearest neighbours within the cluster.
 */
export function typicalItems(query: Query, count: number): TypicalItem[] {
  const labelled = query.labelled().vectors;
  const items = sampled(query, Math.max(TYPICAL_SAMPLE, count));
  const open = selectDense(query.vectors(), items);
  // Beyond their own sample labelled items are as good as any: only where they lie matters.
  const known = selectDense(
    labelled,
    Array.from({ length: Math.min(labelled.rows, TYPICAL_SAMPLE) }, (_, i) => i),
  );
  const data = new Float32Array(open.data.length + known.data.length);
  data.set(open.data);
  data.set(known.data, open.data.length);
  const rows = unitRows({ rows: open.rows + known.rows, dimensions: open.dimensions, data });
  const k = Math.min(MOST_CLUSTERS, known.rows + count);
  const { assignment, centres } = kMeans(rows, k, new Random(query.seed));
  const members: number[][] = Array.from({ length: centres.rows }, () => []);
  const asked = new Int32Array(centres.rows);
  assignment.forEach((cluster, row) => {
    if (row < open.rows) members[cluster]!.push(row);
    else asked[cluster]!++;
  });
  const sizes = members.map(({ length }) => length);
  const ranked = new Map<number, number[]>();
  const chosen: TypicalItem[] = [];
  while (chosen.length < Math.min(count, items.length)) {
    let best = -1;
    for (let c = 0; c < members.length; c++) {
      if (members[c]!.length === 0) continue;
      if (best < 0 || before([asked[c]!, sizes[c]!], [asked[best]!, sizes[best]!])) best = c;
    }
    let order = ranked.get(best);
    if (order === undefined) ranked.set(best, (order = byTypicality(rows, members[best]!)));
    chosen.push({ item: items[order.shift()!]!, cluster: sizes[best]! });
    members[best] = order;
    asked[best]!++;
  }
  return chosen;
}

/** Large clusters before small ones, least asked first; tiny ones are left for last: they are outliers. */
function before([askedA, sizeA]: readonly [number, number], [askedB, sizeB]: readonly [number, number]): boolean {
  const [tinyA, tinyB] = [sizeA < LEAST_SIZE, sizeB < LEAST_SIZE];
  if (tinyA !== tinyB) return tinyB;
  return askedA !== askedB ? askedA < askedB : sizeA > sizeB;
}

/** The members of a cluster, the most typical first. */
function byTypicality(rows: DenseRows, members: readonly number[]): number[] {
  const own = selectDense(rows, members);
  // Each is its own nearest neighbour, at distance zero.
  const { width, distances } = nearestRows(own, own, NEIGHBOURS + 1);
  const mean = members.map((_, i) => {
    let sum = 0;
    for (let n = 1; n < width; n++) sum += Math.sqrt(distances[i * width + n]!);
    return sum / Math.max(1, width - 1);
  });
  return members
    .map((member, i) => [member, mean[i]!] as const)
    .sort(([, a], [, b]) => a - b)
    .map(([member]) => member);
}
