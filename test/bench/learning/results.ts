import { mainScore, reached } from '../../../src/learning/simulate/loop.js';
import type { Round, Simulation } from '../../../src/learning/simulate/types.js';
import { DEFAULT_STRATEGY } from '../../../src/learning/strategies/index.js';
import { BASELINE, PROTOCOL, type ArmName } from './arms.js';
import { svgChart } from './chart.js';
import { markdownTable } from './sections.js';
import type { SetSpec } from './sets.js';

/** Simulations of one arm on one set, a seed each. */
export interface Result {
  readonly set: SetSpec;
  readonly name: ArmName;
  readonly runs: readonly Simulation[];
}

export const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Standard deviation of a sample; 0 for one value. */
export function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, v) => sum + (v - centre) ** 2, 0) / (values.length - 1));
}

const percent = (share: number): string => (100 * share).toFixed(1);
const spread = (values: readonly number[]): string =>
  values.length > 1 ? `${percent(mean(values))} ± ${percent(deviation(values))}` : percent(mean(values));

/** The last round with at most so many labels. */
const roundAt = ({ rounds }: Simulation, labels: number): Round =>
  rounds.findLast((round) => round.labels <= labels) ?? rounds[0]!;

const measureOf = ({ task }: SetSpec): string => (task === 'class' ? 'accuracy' : 'micro-F1');

/** Curves and costs of the arms on one set. */
export function setTable(results: readonly Result[]): string {
  const last = results[0]!.runs[0]!.rounds.at(-1)!.labels;
  const needed = (runs: readonly Simulation[], share: number, what: 'labels' | 'tokens'): string => {
    const values = runs.map(({ rounds, full }) => reached(rounds, share, mainScore(full)));
    const found = values.flatMap((value) => value[what] ?? []);
    if (found.length < runs.length) return `not by ${last}`;
    return what === 'labels' ? mean(found).toFixed(0) : `${percent(mean(found) / runs[0]!.full.tokens)} %`;
  };
  const ms = (runs: readonly Simulation[]) => {
    const parts = (['fit', 'score', 'select'] as const).map((part) =>
      mean(runs.flatMap(({ rounds }) => rounds.map((round) => round.ms[part]))).toFixed(0),
    );
    return parts.join(' / ');
  };
  return markdownTable(
    [
      'strategy',
      'AULC',
      'at 100',
      `at ${last}`,
      'labels for 90 %',
      'labels for 95 %',
      'words read for 95 %',
      'ECE at 100',
      `ECE at ${last}`,
      'fit / score / select, ms',
    ],
    results.map(({ name, runs }) => [
      name,
      spread(runs.map(({ aulc }) => aulc)),
      percent(mean(runs.map((run) => mainScore(roundAt(run, 100))))),
      percent(mean(runs.map((run) => mainScore(roundAt(run, last))))),
      needed(runs, 0.9, 'labels'),
      needed(runs, 0.95, 'labels'),
      needed(runs, 0.95, 'tokens'),
      mean(runs.map((run) => roundAt(run, 100).ece)).toFixed(3),
      mean(runs.map((run) => roundAt(run, last).ece)).toFixed(3),
      ms(runs),
    ]),
  );
}

/** What the scores with all labels are, and what is counted. */
export function setNote(results: readonly Result[]): string {
  const { set, runs } = results[0]!;
  const full = (result: Result | undefined) => (result ? percent(mainScore(result.runs[0]!.full)) : '');
  const baseline = results.find(({ name }) => name === BASELINE);
  const { seedSize, batch } = PROTOCOL[set.task];
  return (
    `${measureOf(set)} in per cent, first ${seedSize} labels, then ${batch} a round. With all ${runs[0]!.full.labels} labels: ` +
    `${full(results[0])}${baseline ? `, TF-IDF + logistic regression ${full(baseline)}` : ''}.`
  );
}

const DRAWN: readonly ArmName[] = [DEFAULT_STRATEGY, 'margin', 'random', BASELINE];

export function setChart(results: readonly Result[]): string {
  const drawn = DRAWN.flatMap((name) => results.filter((result) => result.name === name));
  const { set, runs } = results[0]!;
  return svgChart({
    title: `${set.name}: ${measureOf(set)} by labels`,
    x: set.task === 'class' ? 'labels' : 'passages labelled',
    y: measureOf(set),
    level: { name: 'all labels', y: mainScore(runs[0]!.full) },
    curves: drawn.map(({ name, runs: all }) => {
      const length = Math.min(...all.map(({ rounds }) => rounds.length));
      return {
        name: name === BASELINE ? 'TF-IDF + LR + margin' : name,
        points: Array.from({ length }, (_, i) => ({
          x: all[0]!.rounds[i]!.labels,
          y: mean(all.map(({ rounds }) => mainScore(rounds[i]!))),
        })),
      };
    }),
  });
}

/** Mean AULC of every strategy over the tasks, with the deviation of that mean over seeds, and its gain over random. */
export function strategyTable(results: readonly Result[]): string {
  const sets = [...new Set(results.map(({ set }) => set.name))];
  const names = [...new Set(results.map(({ name }) => name))];
  const find = (name: ArmName, set: string) =>
    results.find((result) => result.name === name && result.set.name === set);
  const overTasks = (name: ArmName, of: readonly string[]): number[] => {
    const runs = of.map((set) => find(name, set)!.runs);
    const seeds = Math.min(...runs.map(({ length }) => length));
    return Array.from({ length: seeds }, (_, seed) => mean(runs.map((run) => run[seed]!.aulc)));
  };
  return markdownTable(
    ['strategy', ...sets, 'mean AULC', 'over random'],
    names
      .map((name) => {
        const own = sets.filter((set) => find(name, set));
        const compared = own.filter((set) => find('random', set));
        const gain =
          compared.length === 0 ? NaN : mean(overTasks(name, compared)) - mean(overTasks('random', compared));
        return { name, own, gain };
      })
      .sort((a, b) => b.gain - a.gain)
      .map(({ name, own, gain }) => [
        name,
        ...sets.map((set) => {
          const result = find(name, set);
          return result ? spread(result.runs.map(({ aulc }) => aulc)) : '–';
        }),
        spread(overTasks(name, own)),
        name === 'random' || Number.isNaN(gain) ? '–' : `${gain < 0 ? '−' : '+'}${percent(Math.abs(gain))}`,
      ]),
  );
}

/** The default with 100 labels against the baseline with as many as were given. */
export function aimTable(results: readonly Result[]): string {
  const baselines = results.filter(({ name }) => name === BASELINE);
  return markdownTable(
    [
      'set',
      'ours at 100 labels',
      'baseline at 100',
      'baseline at 525',
      'labels with which ours is as good as the baseline at 525',
    ],
    baselines.flatMap((baseline) => {
      const ours = results.find(({ set, name }) => set.name === baseline.set.name && name === DEFAULT_STRATEGY);
      if (!ours) return [];
      const at = ({ runs }: Result, labels: number) => mean(runs.map((run) => mainScore(roundAt(run, labels))));
      const level = at(baseline, 525);
      const round = ours.runs[0]!.rounds.find(({ labels }) => at(ours, labels) >= level);
      return [
        [
          baseline.set.name,
          percent(at(ours, 100)),
          percent(at(baseline, 100)),
          percent(level),
          round === undefined ? 'more than 525' : String(round.labels),
        ],
      ];
    }),
  );
}
