import { areaUnderLearningCurve } from '../metrics.js';
import { chooseBatch, strategies } from '../strategies/index.js';
import { remembered } from '../strategies/query.js';
import { firstBatch } from './first-batch.js';
import type { Learner, Observation, Round, Scores, Simulation, SimulationOptions } from './types.js';

/**
 * Pool-based simulation: replays labelled records as if a person answered. What differs between tasks is the Learner; the
 * loop (first batch, fit, measure, query, answer) is the same for all. Yields each round when it is done and returns the
 * whole. Throws a RangeError for options that do not fit the data.
 */
export function* simulate<Head>(learner: Learner<Head>, options: SimulationOptions): Generator<Round, Simulation> {
  const { clock, observe, seed, strategy } = options;
  const rounds: Round[] = [];
  const labelled: number[] = [];
  const open = new Set(Array.from({ length: learner.size }, (_, i) => i));
  let head: Head | undefined;
  let tokens = 0;
  let queried: readonly number[] = firstBatch(learner, options);
  while (rounds.length <= options.rounds && queried.length > 0) {
    for (const record of queried) {
      labelled.push(record);
      open.delete(record);
      tokens += learner.tokens(record);
    }
    const t0 = clock();
    head = learner.fit(labelled, head);
    const t1 = clock();
    const pool = [...open];
    const query = remembered(learner.query({ pool, labelled, strategy, seed }, head));
    if (strategies[strategy].sequences && query.sequences) query.sequences();
    else if (strategy !== 'random') query.outputs();
    const t2 = clock();
    const next = chooseBatch(strategy, query, options.batch).map((i) => pool[i]!);
    const t3 = clock();
    const round: Round = {
      labels: labelled.length,
      tokens,
      ...learner.evaluate(head),
      ms: { fit: t1 - t0, score: t2 - t1, select: t3 - t2 },
      queried,
    };
    rounds.push(round);
    if (observe) observe(observation(learner, head, round, labelled));
    yield round;
    queried = next;
  }
  const full = options.full ?? measureFull(learner);
  const curve = rounds.map(mainScore);
  return {
    rounds,
    aulc: areaUnderLearningCurve(
      rounds.map(({ labels }) => labels),
      curve,
    ),
    full,
    ...(options.target !== undefined && { target: reached(rounds, options.target, mainScore(full)) }),
  };
}

/** Takes the rounds of a simulation as they come, and returns the whole. */
export function finish(run: Generator<Round, Simulation>, onRound?: (round: Round) => void): Simulation {
  for (;;) {
    const step = run.next();
    if (step.done === true) return step.value;
    onRound?.(step.value);
  }
}

/** The score that a task is judged by: accuracy of a class, else micro-F1. */
export function mainScore({ accuracy, microF1 }: Scores): number {
  return accuracy ?? microF1 ?? NaN;
}

/** A head fitted on every record, measured. */
export function measureFull<Head>(learner: Learner<Head>): Simulation['full'] {
  const everything = Array.from({ length: learner.size }, (_, i) => i);
  return {
    labels: learner.size,
    tokens: everything.reduce((sum, record) => sum + learner.tokens(record), 0),
    ...learner.evaluate(learner.fit(everything, undefined)),
  };
}

/** The first round that reaches a share of the full score. */
export function reached(rounds: readonly Round[], share: number, full: number): NonNullable<Simulation['target']> {
  const round = rounds.find((candidate) => mainScore(candidate) >= share * full);
  return { share, score: share * full, labels: round?.labels ?? null, tokens: round?.tokens ?? null };
}

function observation<Head>(learner: Learner<Head>, head: Head, round: Round, labelled: readonly number[]): Observation {
  return { round, labelled: [...labelled], ...learner.predictions(head) };
}
