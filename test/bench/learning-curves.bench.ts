import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EmbeddedTexts } from '../../src/cli/embedded.js';
import { commandModel } from '../../src/cli/models.js';
import { mainScore } from '../../src/learning/simulate/loop.js';
import type { Simulation } from '../../src/learning/simulate/types.js';
import { DEFAULT_STRATEGY, STRATEGIES } from '../../src/learning/strategies/index.js';
import { armsOf, BASELINE, Cache, type Arm } from './learning/arms.js';
import { aimTable, setChart, setNote, setTable, strategyTable, type Result } from './learning/results.js';
import { writeSection } from './learning/sections.js';
import { loadSet, SETS } from './learning/sets.js';

/**
 * Learning curves on the development sets, against random and against TF-IDF + logistic regression + margin. Run from the
 * repository's root:
 *
 *   npm run bench -- learning-curves [--full] [--seeds N] [--sets a,b] [--strategies a,b] [--balanced-seed]
 *                                    [--minutes M] [--data DIR] [--model M] [--write]
 *
 * Quick by default: the default strategy, margin, random and the baseline, one seed. --full: every strategy, five seeds.
 * --minutes ends the simulations after so long with what there is; runs go seed by seed, so that what there is can be compared. Vectors
 * and finished simulations are kept in .scratch/ (by model, data and code) and not made again. --write puts tables into
 * docs/benchmarks.md and curves into docs/benchmarks/. The sets are no part of the repository (--data).
 */
const { values: flags } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    sets: { type: 'string' },
    strategies: { type: 'string' },
    'balanced-seed': { type: 'boolean', default: false },
    minutes: { type: 'string', default: 'Infinity' },
    data: { type: 'string', default: '../shared/data' },
    model: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const QUICK = [DEFAULT_STRATEGY, 'margin', 'random'] as const;
const listed = (list: string | undefined) => list?.split(',');
const wanted = listed(flags.strategies) ?? (flags.full ? STRATEGIES : QUICK);
const strategies = STRATEGIES.filter((name) => wanted.includes(name));
const sets = SETS.filter(({ name }) => listed(flags.sets)?.includes(name) ?? true);
const seeds = Number(flags.seeds ?? (flags.full ? 5 : 1));

const embedding = await EmbeddedTexts.open(commandModel(flags.model).folder, '.scratch/bench/vectors');
const cache = new Cache('.scratch/bench/simulations');
const code = createHash('sha256')
  .update(await readFile(process.argv[1]!))
  .digest('hex')
  .slice(0, 16);

const arms: Arm[] = [];
for (const set of sets) {
  const loaded = await loadSet(set, resolve(flags.data), embedding);
  arms.push(...armsOf(set, loaded, strategies, cache, `${code} ${embedding.info.hash} ${flags.data}`));
}
await embedding.close();

const runs = new Map<Arm, Simulation[]>(arms.map((arm) => [arm, []]));
const ends = performance.now() + Number(flags.minutes) * 60_000;
let done = 0;
for (let seed = 0; seed < seeds; seed++) {
  for (const arm of arms) {
    if (performance.now() > ends) continue;
    const started = performance.now();
    const run = await arm.simulate({ seed, balancedSeed: flags['balanced-seed'] });
    runs.get(arm)!.push(run);
    done++;
    const last = run.rounds.at(-1)!;
    console.log(
      `${done}/${seeds * arms.length}  ${arm.set.name}, ${arm.name}, seed ${seed}: AULC ${run.aulc.toFixed(3)}, ` +
        `${mainScore(last).toFixed(3)} at ${last.labels}, ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
}

const results: Result[] = [...runs].flatMap(([{ set, name }, of]) => (of.length > 0 ? [{ set, name, runs: of }] : []));
const command = `npm run bench -- learning-curves ${process.argv.slice(2).join(' ')}`.trim();
const fewest = Math.min(...results.map(({ runs: of }) => of.length));
const most = Math.max(...results.map(({ runs: of }) => of.length));
const parts = [
  `## Learning curves`,
  `\`${command}\` with the model ${embedding.info.name} (${embedding.info.hash}), ` +
    `${fewest === most ? String(most) : `${fewest} to ${most}`} seed(s); ± is the standard deviation over seeds. ` +
    (flags['balanced-seed']
      ? 'The first batch holds every label equally often. '
      : 'The first batch is chosen as in the editor: random begins at random, the others with typical records; the baseline with a random batch that holds every label equally often. ') +
    `Milliseconds on one of ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), other work beside it.`,
];
if (results.some(({ name }) => name === BASELINE)) {
  parts.push(`### A hundred labels against ${BASELINE}`, aimTable(results));
}
parts.push('### Strategies', 'AULC × 100: the mean score from the first batch to the last.', strategyTable(results));
if (flags.write) await mkdir('docs/benchmarks', { recursive: true });
for (const { name } of sets) {
  const of = results.filter(({ set }) => set.name === name);
  if (of.length === 0) continue;
  parts.push(`### ${name}`, setNote(of));
  if (flags.write) {
    await writeFile(`docs/benchmarks/${name}.svg`, setChart(of));
    parts.push(`![Learning curves on ${name}](benchmarks/${name}.svg)`);
  }
  parts.push(setTable(of));
}
console.log(`\n${parts.join('\n\n')}`);
if (flags.write) await writeSection('learning-curves', parts.join('\n\n'));
