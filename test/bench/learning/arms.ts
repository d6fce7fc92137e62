import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { classLearner } from '../../../src/learning/simulate/class.js';
import { entityLearner } from '../../../src/learning/simulate/entity.js';
import { finish, measureFull, simulate } from '../../../src/learning/simulate/loop.js';
import { relationLearner } from '../../../src/learning/simulate/relation.js';
import type { Learner, Simulation, SimulationOptions } from '../../../src/learning/simulate/types.js';
import { strategies, STRATEGIES, type Strategy } from '../../../src/learning/strategies/index.js';
import type { LoadedSet, SetSpec } from './sets.js';
import { tfIdfLearner } from './tfidf.js';

/** What is compared on a set: the product's head with a strategy, or the baseline. */
export const BASELINE = 'TF-IDF + logistic regression + margin';
export type ArmName = Strategy | typeof BASELINE;

export interface Arm {
  readonly set: SetSpec;
  readonly name: ArmName;
  readonly simulate: (options: Pick<SimulationOptions, 'seed' | 'balancedSeed'>) => Promise<Simulation>;
}

/** Labels of the first batch and of each round, and rounds; passages with entities take longer to fit and to read. */
export const PROTOCOL = {
  class: { seedSize: 25, batch: 25, rounds: 20 },
  entity: { seedSize: 50, batch: 50, rounds: 10 },
  relation: { seedSize: 50, batch: 50, rounds: 10 },
} as const;

/** Strategies that make sense for a task. */
export function strategiesFor(task: SetSpec['task'], wanted: readonly Strategy[] = STRATEGIES): Strategy[] {
  return wanted.filter((name) => {
    const { sequences, truth } = strategies[name];
    return !(sequences === true && task !== 'entity') && !(truth === true && task !== 'class');
  });
}

/**
 * The arms of a set. A simulation that was run before with the same code, model, data and options is read from the cache.
 * @param identity names code, model and data
 */
export function armsOf(
  set: SetSpec,
  loaded: LoadedSet,
  wanted: readonly Strategy[],
  cache: Cache,
  identity: string,
): Arm[] {
  const own = strategiesFor(set.task, wanted);
  switch (loaded.task) {
    case 'class':
      return [
        ...arms(set, own, () => classLearner(loaded.train, loaded.test), cache, identity),
        ...arms(set, [BASELINE], () => tfIdfLearner(loaded.train, loaded.test), cache, identity),
      ];
    case 'entity':
      return arms(set, own, () => entityLearner(loaded.train, loaded.test, 0), cache, identity);
    case 'relation':
      return arms(set, own, () => relationLearner(loaded.train, loaded.test, 0), cache, identity);
  }
}

function arms<Head>(
  set: SetSpec,
  names: readonly ArmName[],
  make: () => Learner<Head>,
  cache: Cache,
  identity: string,
): Arm[] {
  let made: Learner<Head> | undefined;
  const learner = () => (made ??= make());
  const head = names[0] === BASELINE ? BASELINE : 'default';
  const full = () => cache.once(`${identity} ${set.name} ${head} full`, () => measureFull(learner()));
  return names.map((name) => ({
    set,
    name,
    simulate: (options) =>
      cache.once(`${identity} ${set.name} ${name} ${JSON.stringify(options)}`, async () =>
        finish(
          simulate(learner(), {
            ...PROTOCOL[set.task],
            ...options,
            // As it is usually run, to its advantage: a person who begins rarely knows one record of each label.
            ...(name === BASELINE ? { strategy: 'margin', balancedSeed: true } : { strategy: name }),
            full: await full(),
            clock: () => performance.now(),
          }),
        ),
      ),
  }));
}

/** Results on disk by what they are of. */
export class Cache {
  constructor(private readonly folder: string) {}

  async once<T>(key: string, make: () => T | Promise<T>): Promise<T> {
    const file = join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 24)}.json`);
    const known = await readFile(file, 'utf8').catch(() => undefined);
    // Written by this class from a value of the same type.
    if (known !== undefined) return JSON.parse(known) as T;
    const value = await make();
    await mkdir(this.folder, { recursive: true });
    await writeFile(file, JSON.stringify(value));
    return value;
  }
}
