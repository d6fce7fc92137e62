import { uniformOf } from '../random.js';
import type { Strategy, Uncertainty } from './names.js';
import { itemScores, remembered, type Query } from './query.js';
import type { QueryStrategy } from './strategy.js';
import { topK, uncertainty } from './uncertainty.js';

const byUncertainty = (name: Uncertainty, source: string): QueryStrategy => ({
  source,
  scores: (query) => {
    const outputs = query.outputs();
    const { classes, probabilities } = outputs;
    return itemScores(outputs, (c) => uncertainty(name, probabilities, c * classes, classes));
  },
});

/** All strategies; what each does stands with it. */
const strategies: Partial<Readonly<Record<Strategy, QueryStrategy>>> = {
  margin: byUncertainty('margin', 'Scheffer, Decomain & Wrobel 2001'),
  entropy: byUncertainty('entropy', 'Shannon 1948; Settles 2009'),
  'least-confidence': byUncertainty('least-confidence', 'Lewis & Gale 1994'),
  random: {
    source: 'the baseline',
    scores: ({ size, seed, identity }) => Float64Array.from({ length: size }, (_, i) => uniformOf(seed, identity(i))),
  },
};

export function strategyOf(name: Strategy): QueryStrategy {
  const strategy = strategies[name];
  if (strategy === undefined) throw new RangeError(`there is no strategy '${name}' yet`);
  return strategy;
}

/** Up to `count` items of a query to ask about, the most informative first. */
export function chooseBatch(name: Strategy, query: Query, count: number): number[] {
  const { choose, scores } = strategyOf(name);
  const known = remembered(query);
  if (choose) return choose(known, count);
  return scores ? topK(scores(known), count) : [];
}
