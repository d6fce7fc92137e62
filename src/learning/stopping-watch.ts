import { uniformOf } from './random.js';
import { mainScore } from './simulate/loop.js';
import type { Observation } from './simulate/types.js';
import { adviceCheck, stoppingAdvice, type AdviceCheck, type StoppingRound } from './stopping.js';

/** Stopping rules in a simulation: what they would have advised after each round, and how right that was. */

/** Records of the stop set: at most this many, and at most half. */
const STOP_RECORDS = 300;

export interface WatchedRound {
  readonly labels: number;
  readonly score: number;
  /** Undefined in the first rounds. */
  readonly stability: number | undefined;
  readonly uncertainty: number;
  readonly stop: boolean;
}

export interface StoppingWatch {
  /** The simulation's hook. */
  readonly observe: (observation: Observation) => void;
  /** Every round, and the first that the advice was to stop after; `full` is the score with all labels. */
  readonly result: (full: number) => AdviceCheck & { readonly rounds: readonly WatchedRound[] };
}

/** Watches one simulation; the stop set is a random sample of its records. */
export function watchStopping(seed: number): StoppingWatch {
  const rounds: StoppingRound[] = [];
  const watched: WatchedRound[] = [];
  let units: number[] | undefined;
  return {
    observe: ({ round, outcomes, entropy, records }) => {
      units ??= stopUnits(records, seed);
      const uncertainty = units.reduce((sum, unit) => sum + entropy[unit]!, 0) / units.length;
      rounds.push({ labels: round.labels, decisions: Int32Array.from(units, (unit) => outcomes[unit]!), uncertainty });
      const { verdict, rules } = stoppingAdvice(rounds);
      watched.push({
        labels: round.labels,
        score: mainScore(round),
        stability: rules.find(({ name }) => name === 'stability')?.value,
        uncertainty,
        stop: verdict === 'stop',
      });
    },
    result: (full) => ({ ...adviceCheck(watched, full), rounds: watched }),
  };
}

function stopUnits(records: Int32Array, seed: number): number[] {
  const names = [...new Set(records)].sort((a, b) => uniformOf(seed, String(b)) - uniformOf(seed, String(a)));
  const chosen = new Set(names.slice(0, Math.min(STOP_RECORDS, Math.ceil(names.length / 2))));
  return [...records.keys()].filter((unit) => chosen.has(records[unit]!));
}
