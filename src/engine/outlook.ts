import type { DenseRows } from '../learning/linear/design.js';
import { strategies } from '../learning/strategies/index.js';
import type { Outputs, Query } from '../learning/strategies/query.js';
import { sequencesOf, type SequenceScore } from '../learning/strategies/sequence.js';
import type { QueryStrategy } from '../learning/strategies/strategy.js';
import { NONE, type PassageInput } from '../learning/types.js';
import type { Candidate } from '../protocol/engine.js';
import type { Heads } from './heads.js';
import { identity, type Entry } from './pool.js';

/** Distributions of a passage's candidates, in columns that mean the same for every passage: candidates × columns. */
export type Outlook = Float32Array;

/**
 * The outcomes of all heads side by side, so that passages with candidates of several kinds can be compared: a column a
 * value of each class, a label of an entity and of a relation, and a 'none' for each of them.
 */
function columnsOf({ classes, entities, relations }: Heads): ReadonlyMap<string, number> {
  const names = [
    ...classes.flatMap(({ type: { label, values } }) => [
      ...values.map(({ value }) => key('class', label, value)),
      key('class', label, NONE),
    ]),
    ...[...entities.head.labels, NONE].map((label) => key('entity', undefined, label)),
    ...[...relations.head.signatures.map(({ label }) => label), NONE].map((label) => key('relation', undefined, label)),
  ];
  return new Map(names.map((name, column) => [name, column]));
}

const key = (kind: Candidate['kind'], name: string | undefined, label: string): string =>
  `${kind}\n${name ?? ''}\n${label}`;

const known = new WeakMap<Heads, ReadonlyMap<string, number>>();

function columns(heads: Heads): ReadonlyMap<string, number> {
  let made = known.get(heads);
  if (made === undefined) known.set(heads, (made = columnsOf(heads)));
  return made;
}

export function outlookOf(
  heads: Heads,
  candidates: readonly Pick<Candidate, 'kind' | 'class' | 'distribution'>[],
): Outlook {
  const places = columns(heads);
  const outlook = new Float32Array(candidates.length * places.size);
  candidates.forEach((candidate, row) => {
    for (const [label, p] of Object.entries(candidate.distribution))
      outlook[row * places.size + places.get(key(candidate.kind, candidate.class, label))!] = p;
  });
  return outlook;
}

/** The outlooks of passages as a strategy sees them. */
export function outputsOf(heads: Heads, outlooks: readonly Outlook[]): Outputs {
  const classes = columns(heads).size;
  const starts = new Uint32Array(outlooks.length + 1);
  outlooks.forEach((outlook, i) => (starts[i + 1] = starts[i]! + outlook.length / classes));
  const probabilities = new Float64Array(starts[outlooks.length]! * classes);
  outlooks.forEach((outlook, i) => probabilities.set(outlook, starts[i]! * classes));
  return { starts, classes, probabilities };
}

/** What is known of a passage before it has a score. */
export interface Seen {
  readonly entry: Entry;
  readonly input: PassageInput;
  readonly candidates: readonly Candidate[];
  /** What the members say of a candidate's outcomes. */
  readonly others: ReadonlyMap<Candidate, readonly (readonly number[])[]>;
  readonly sequence: SequenceScore | undefined;
}

/** Scores of passages by a strategy that scores each for itself. */
export function passageScores(
  seen: readonly Seen[],
  heads: Heads,
  scores: NonNullable<QueryStrategy['scores']>,
  seed: number,
): Float64Array {
  const outlooks = seen.map(({ candidates }) => outlookOf(heads, candidates));
  const query: Query = {
    size: seen.length,
    seed,
    identity: (item) => identity(seen[item]!.entry),
    outputs: () => outputsOf(heads, outlooks),
    vectors: () =>
      centred(
        heads,
        seen.map(({ input }) => input.vector),
      ),
    labelled: () => {
      throw new Error('A strategy that scores each passage for itself does not look at labelled ones.');
    },
    members: () => memberOutputs(seen, heads),
    ...(seen.every(({ sequence }) => sequence !== undefined) && {
      sequences: () => sequencesOf(seen.flatMap(({ sequence }) => (sequence === undefined ? [] : [sequence]))),
    }),
  };
  return scores(query);
}

function memberOutputs(seen: readonly Seen[], heads: Heads): Float64Array[] {
  const places = columns(heads);
  const all = seen.flatMap(({ candidates, others }) => candidates.map((candidate) => ({ candidate, others })));
  // A head that has learned nothing yet stands alone, whatever the others bring.
  const members = Math.max(1, ...all.map(({ candidate, others }) => others.get(candidate)?.length ?? 1));
  return Array.from({ length: members }, (_, m) => {
    const probabilities = new Float64Array(all.length * places.size);
    all.forEach(({ candidate, others }, row) => {
      const own = others.get(candidate);
      const said = own?.[m % own.length] ?? Object.values(candidate.distribution);
      Object.keys(candidate.distribution).forEach((label, k) => {
        probabilities[row * places.size + places.get(key(candidate.kind, candidate.class, label))!] = said[k]!;
      });
    });
    return probabilities;
  });
}

/** Vectors around the mean of the pool: what all passages have in common tells nothing apart. */
export function centred({ spaces }: Heads, vectors: readonly Float32Array[]): DenseRows {
  const { mean } = spaces.classes.scale;
  const dimensions = mean.length;
  const data = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, row) => {
    for (let i = 0; i < dimensions; i++) data[row * dimensions + i] = vector[i]! - mean[i]!;
  });
  return { rows: vectors.length, dimensions, data };
}

/** Whether a strategy needs something that a project does not have: it then stands back for the default. */
export function applies(strategy: keyof typeof strategies, heads: Heads): boolean {
  if (strategies[strategy].truth === undefined) return true;
  const [only, ...others] = heads.classes;
  return only !== undefined && others.length === 0 && !only.type.multiple && heads.entities.head.labels.length === 0;
}
