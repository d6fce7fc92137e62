import { uniformOf } from '../random.js';
import { contrastive, errorReduction, gradientLengths } from './change.js';
import { byCommittee, consensusEntropy, consensusMargin, divergence, voteEntropy } from './committee.js';
import { coreSet, typicalItems } from './coverage.js';
import { badge, dense, diverseMargin } from './diverse.js';
import type { Strategy, Uncertainty } from './names.js';
import { itemScores, remembered, type Query } from './query.js';
import { sequenceStrategies } from './sequence.js';
import type { QueryStrategy } from './strategy.js';
import { topK, uncertainty } from './uncertainty.js';

export { DEFAULT_STRATEGY, SEEDS, STRATEGIES, type Measure, type Strategy } from './names.js';
export type { LabelledItems, MemberKind, Outputs, Query, Sequences } from './query.js';
export type { QueryStrategy } from './strategy.js';

const byUncertainty = (name: Uncertainty, source: string): QueryStrategy => ({
  source,
  scores: (query) => {
    const outputs = query.outputs();
    const { classes, probabilities } = outputs;
    return itemScores(outputs, (c) => uncertainty(name, probabilities, c * classes, classes));
  },
});

/** All strategies; what each does stands with it. */
export const strategies: Readonly<Record<Strategy, QueryStrategy>> = {
  'diverse-margin': { source: 'Zhdanov 2019', choose: diverseMargin },
  margin: byUncertainty('margin', 'Scheffer, Decomain & Wrobel 2001'),
  entropy: byUncertainty('entropy', 'Shannon 1948; Settles 2009'),
  'least-confidence': byUncertainty('least-confidence', 'Lewis & Gale 1994'),
  typical: {
    source: 'Hacohen, Dekel & Weinshall 2022',
    choose: (query, count) => typicalItems(query, count).map(({ item }) => item),
  },
  badge: { source: 'Ash et al. 2020', choose: badge },
  random: {
    source: 'the baseline',
    scores: ({ size, seed, identity }) => Float64Array.from({ length: size }, (_, i) => uniformOf(seed, identity(i))),
  },
  ...sequenceStrategies,
  'vote-entropy': byCommittee('bootstrap', voteEntropy, 'Dagan & Engelson 1995'),
  'committee-divergence': byCommittee('bootstrap', divergence, 'McCallum & Nigam 1998'),
  'consensus-entropy': byCommittee('bootstrap', consensusEntropy, 'Settles 2009, 3.2; as in modAL'),
  ensemble: byCommittee('ensemble', consensusMargin, 'Ho 1998; Beluch et al. 2018'),
  bald: byCommittee('laplace', divergence, 'Houlsby et al. 2011'),
  'bald-dropout': byCommittee('dropout', divergence, 'Gal, Islam & Ghahramani 2017'),
  'core-set': { source: 'Sener & Savarese 2018', choose: coreSet },
  density: { source: 'Settles & Craven 2008', choose: dense },
  contrastive: { source: 'Margatina et al. 2021', compares: true, choose: contrastive },
  'gradient-length': { source: 'Settles, Craven & Ray 2008', scores: gradientLengths },
  'error-reduction': { source: 'Roy & McCallum 2001', truth: true, choose: errorReduction },
};

/** Up to `count` items of a query to ask about, the most informative first. The same query gives the same answer. */
export function chooseBatch(name: Strategy, query: Query, count: number): number[] {
  const { choose, scores } = strategies[name];
  const known = remembered(query);
  if (query.size === 0 || count <= 0) return [];
  if (choose) return choose(known, count);
  return scores ? topK(scores(known), count) : [];
}
