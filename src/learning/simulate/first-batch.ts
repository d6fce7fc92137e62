import { Random } from '../random.js';
import { chooseBatch } from '../strategies/index.js';
import type { Strategy } from '../strategies/names.js';
import type { Learner, SimulationOptions } from './types.js';

/** Strategies that need no head: they choose the first batch themselves. Before the others, typical records are asked. */
const WITHOUT_HEAD: readonly Strategy[] = ['typical', 'core-set', 'random'];

/**
 * The records that are labelled before there is a head: the ones given, else with a balanced seed drawn at random from the
 * groups in turn, else chosen as in the editor: by a strategy that needs no head. Throws a RangeError for indices that are not records, or occur twice.
 */
export function firstBatch(
  learner: Pick<Learner<never>, 'size' | 'groups' | 'query'>,
  options: Pick<SimulationOptions, 'initial' | 'seedSize' | 'balancedSeed' | 'seed' | 'strategy'>,
): readonly number[] {
  const { initial, seedSize, balancedSeed } = options;
  if (initial) {
    const wrong = initial.find((i) => !(Number.isInteger(i) && i >= 0 && i < learner.size));
    if (wrong !== undefined) throw new RangeError(`initial index ${wrong} is not one of ${learner.size} records`);
    if (new Set(initial).size < initial.length) throw new RangeError('an initial index occurs twice');
    if (initial.length === 0) throw new RangeError('there are no initial indices');
    return initial;
  }
  if (!(seedSize >= 1)) throw new RangeError(`a seed of ${seedSize} records is too small`);
  const everything = Array.from({ length: learner.size }, (_, i) => i);
  if (!balancedSeed) {
    const strategy = WITHOUT_HEAD.find((name) => name === options.strategy) ?? 'typical';
    const query = learner.query({ pool: everything, labelled: [], strategy, seed: options.seed });
    return chooseBatch(strategy, query, Math.min(seedSize, learner.size));
  }
  const random = new Random(options.seed);
  const groups = learner.groups.map((group) => random.shuffled(group));
  const seeds = new Set<number>();
  const size = Math.min(seedSize, learner.size);
  while (seeds.size < size) {
    for (const group of groups) {
      let record = group.shift();
      while (record !== undefined && seeds.has(record)) record = group.shift();
      if (record !== undefined && seeds.size < size) seeds.add(record);
    }
  }
  return [...seeds];
}
