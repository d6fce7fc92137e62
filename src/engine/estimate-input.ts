import { setImmediate as breathe } from 'node:timers/promises';
import type { Project } from '../labels/project.js';
import { isSynthetic } from '../labels/synthetic.js';
import { randomSample } from '../learning/estimate.js';
import type { ReportInput } from '../learning/estimate-report.js';
import type { LabelledItem } from '../learning/estimate-subjects.js';
import { uniformOf } from '../learning/random.js';
import type { PassageInput } from '../learning/types.js';
import { classExamples, entityExample, relationExample, type Heads, type Training } from './heads.js';
import { inputsOf } from './inputs.js';
import { weighted, type LabelledPassage } from './labelled.js';
import { identity, type Entry, type Pool } from './pool.js';
import type { Vectors } from './vectors.js';

export interface EstimateSource {
  readonly project: Project;
  readonly pool: Pool;
  readonly vectors: Vectors;
  readonly heads: Heads;
  readonly labelled: readonly LabelledPassage[];
  readonly seed: number;
  readonly target: number | undefined;
}

/** Labelled passages that are estimated from: those asked at random and the latest. Beyond, an estimate takes minutes. */
const MOST_LABELLED = 4_000;
const STOP_SET = 300;
/** Sets the stop set's order apart from that of the random queries. */
const STOP_SALT = 0x5709;

/** What the estimates are made from, copied out of the engine's state. */
export async function estimateInput(source: EstimateSource): Promise<ReportInput> {
  const { project, vectors, heads, seed, target } = source;
  const random = randomEntries(source.labelled);
  const byEntry = new Map<Entry, Training[]>();
  for (const training of weighted(source.labelled)) {
    const { entry } = training.passage;
    if (vectors.has(entry.hash)) byEntry.set(entry, [...(byEntry.get(entry) ?? []), training]);
  }
  const ordered = [...byEntry].sort(
    ([a, left], [b, right]) => compare(timeOf(left), timeOf(right)) || compare(identity(a), identity(b)),
  );
  const chosen = ordered.filter(([entry], i) => random.has(entry) || i >= ordered.length - MOST_LABELLED);
  const inputs = await inputsFor([...chosen.map(([entry]) => entry)], source);
  const labelled = chosen.filter(([entry]) => inputs.has(entry));
  const stopSet = await inputsFor(await stopEntries(source), source);
  return {
    seed,
    target,
    classSpace: heads.spaces.classes,
    wordSpace: heads.spaces.words,
    classes: heads.classes.map(({ type: { label, values, multiple }, head: { calibration } }) => ({
      label,
      multiple,
      values: values.map(({ value }) => value),
      calibration,
    })),
    calibration: { entities: heads.entities.head.calibration, relations: heads.relations.head.calibration },
    entities: project.entities.map(({ label }) => label),
    relations: project.relations,
    items: labelled.map(([entry, views]) => itemOf(heads, inputs.get(entry)!, views)),
    natural: labelled.map(([{ ref }]) => !isSynthetic(project.labels, ref.file)),
    random: labelled.map(([entry]) => random.has(entry)),
    stopSet: [...stopSet.values()],
  };
}

/** The reviewed passages that are a random sample of the corpus; made-up ones are none of it. */
export function randomEntries(labelled: readonly LabelledPassage[]): Set<Entry> {
  const reviewed = new Map<Entry, LabelledPassage['query'][]>();
  for (const { entry, answer, query } of labelled)
    if (answer !== undefined) reviewed.set(entry, [...(reviewed.get(entry) ?? []), query]);
  const asked = [...reviewed].flatMap(([entry, queries]) =>
    queries.map((query) => ({ entry, identity: identity(entry), query })),
  );
  const drawn = randomSample(asked);
  return new Set(asked.flatMap(({ entry }, i) => (drawn[i] === true ? [entry] : [])));
}

function itemOf(heads: Heads, passage: PassageInput, views: readonly Training[]): LabelledItem {
  const row = new Map(views.map(({ passage: { entry } }) => [entry, 0]));
  return {
    passage,
    classes: heads.classes.map(({ type }) => classExamples(type, views, row)[0]),
    entities: views.map((view) => entityExample(view, () => passage)),
    relations: views.map((view) => relationExample(view, () => passage)),
  };
}

/** Passages that nobody has labelled, drawn at random; the same ones as long as they stay so. */
async function stopEntries({ pool, vectors, project, labelled, seed }: EstimateSource): Promise<Entry[]> {
  const touched = new Set(labelled.map(({ entry }) => identity(entry)));
  let drawn: { entry: Entry; number: number }[] = [];
  const cut = (): void => {
    drawn = drawn.sort((a, b) => b.number - a.number).slice(0, STOP_SET);
  };
  let seen = 0;
  for (const entry of pool.entries()) {
    if (++seen % 10_000 === 0) await breathe();
    const name = identity(entry);
    if (!vectors.has(entry.hash) || touched.has(name) || isSynthetic(project.labels, entry.ref.file)) continue;
    drawn.push({ entry, number: uniformOf(seed ^ STOP_SALT, name) });
    if (drawn.length >= 4 * STOP_SET) cut();
  }
  cut();
  return drawn.map(({ entry }) => entry);
}

/** Inputs that hold nothing but their own numbers, so that they can be sent to a thread. */
async function inputsFor(
  entries: readonly Entry[],
  { pool, vectors, project }: EstimateSource,
): Promise<Map<Entry, PassageInput>> {
  const inputs = new Map<Entry, PassageInput>();
  const spans = project.entities.length > 0;
  for (let at = 0; at < entries.length; at += 128) {
    for (const { entry, input } of await inputsOf(entries.slice(at, at + 128), pool, vectors)) {
      const wordVectors = spans ? input.wordVectors.slice() : new Float32Array(0);
      inputs.set(entry, { ...input, vector: input.vector.slice(), wordVectors });
    }
    await breathe();
  }
  return inputs;
}

function timeOf(views: readonly Training[]): string {
  return views.reduce((latest, { passage }) => (passage.at > latest ? passage.at : latest), '');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
