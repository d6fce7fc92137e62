import { createHash } from 'node:crypto';
import { compareCodePoints } from '../corpus/code-points.js';
import { sha16 } from '../labels/annotation.js';
import type { ClassType, Project } from '../labels/project.js';
import { classSpace, type ClassSpace } from '../learning/features/class.js';
import { wordSpace, type WordSpace } from '../learning/features/entity.js';
import { lexicalRows } from '../learning/features/lexical.js';
import { featuresOf } from '../learning/features/passages.js';
import { fitClassHead, type ClassExample, type ClassHead } from '../learning/heads/class.js';
import { fitEntityHead, SpanScorer, type EntityExample } from '../learning/heads/entity.js';
import { fitRelationHead, RelationScorer, type RelationExample } from '../learning/heads/relation.js';
import type { PassageInput } from '../learning/types.js';
import { inputsOf, onlyClasses, wholeInputsOf } from './inputs.js';
import type { LabelledPassage } from './labelled.js';
import { identity, type Entry, type Pool } from './pool.js';
import type { Vectors } from './vectors.js';

/** All heads of a project, fitted on one state of the labels. */
export interface Heads {
  /** First 16 hex digits of SHA-256 over the labels that they were fitted on. */
  readonly state: string;
  /** The same over what else they depend on: the project's labels, the model and the seed. */
  readonly basis: string;
  /** Names the corpus (corpusOf) where they depend on nothing besides but the labels and the basis: see FitOptions. */
  readonly settledOn: string | undefined;
  /** Whether more is to be learned from the labels than was learned in the moment that a person waits: quick-heads.ts. */
  readonly quick?: true;
  readonly spaces: Spaces;
  readonly classes: readonly { readonly type: ClassType; readonly head: ClassHead }[];
  readonly entities: SpanScorer;
  readonly relations: RelationScorer;
}

/** What is learned from text alone; kept while the pool stays about the same, so that heads can start warm. */
export interface Spaces {
  readonly classes: ClassSpace;
  readonly words: WordSpace;
  /** Embedded passages when they were made. */
  readonly size: number;
}

export interface Training {
  readonly passage: LabelledPassage;
  readonly weight: number;
}

export interface FitOptions {
  readonly project: Project;
  readonly pool: Pool;
  readonly vectors: Vectors;
  readonly training: readonly Training[];
  /** Passages of the pool that have vectors. */
  readonly embedded: number;
  readonly seed: number;
  /** Where to start from; only saves time, within the tolerance of the fits. */
  readonly previous: Heads | undefined;
  /**
   * The name of the corpus (corpusOf), all of it embedded, where heads are to be the same whatever was there before: they are
   * fitted from nothing else, in an order that does not depend on when what was labelled.
   */
  readonly settledOn?: string;
  readonly signal: AbortSignal;
}

/** Passages from which the spaces are learned. */
export const SAMPLE = 2_000;

/**
 * Fits every head of the project on the labelled passages, starting from the previous heads where they fit. Where nothing
 * changed that matters, these are the previous heads themselves.
 */
export async function fitHeads({
  project,
  pool,
  vectors,
  training,
  embedded,
  seed,
  previous,
  settledOn,
  signal,
}: FitOptions): Promise<Heads> {
  const state = stateOf(training);
  const basis = basisOf(project, vectors.info.hash, seed);
  const same = previous?.basis === basis ? previous : undefined;
  if (
    same?.state === state &&
    !same.quick &&
    (settledOn === undefined ? !outgrown(same, embedded) : same.settledOn === settledOn)
  )
    return same;
  const kept = settledOn === undefined && same && !outgrown(same, embedded) ? same : undefined;
  const ordered = training.toSorted((a, b) => byPlace(a.passage, b.passage));
  const labelled = [...new Set(ordered.map(({ passage }) => passage.entry))];
  const read = onlyClasses(project) ? wholeInputsOf : inputsOf;
  const inputs = new Map((await read(labelled, pool, vectors)).map(({ entry, input }) => [entry, input]));
  const spaces = kept?.spaces ?? (await learnSpaces(read, pool, vectors, [...inputs.values()]));
  signal.throwIfAborted();
  const usable = ordered.filter(({ passage }) => inputs.has(passage.entry));
  const input = (entry: Entry): PassageInput => inputs.get(entry)!;
  // Without labels of entities or relations, examples have nothing to teach their heads.
  const taught = onlyClasses(project) ? [] : usable;
  return {
    state,
    basis,
    settledOn,
    spaces,
    // Those of quick heads are fitted already.
    classes: kept?.state === state ? kept.classes : fitClasses(project, spaces, usable, inputs, kept),
    entities: new SpanScorer(
      fitEntityHead(
        project.entities.map(({ label }) => label),
        spaces.words,
        taught.map((example) => entityExample(example, input)),
        seed,
        kept?.entities.head,
      ),
    ),
    relations: new RelationScorer(
      fitRelationHead(
        project.relations,
        spaces.words,
        taught.map((example) => relationExample(example, input)),
        seed,
        kept?.relations.head,
      ),
    ),
  };
}

/** @param inputs of what is labelled; the vectors of words are not looked at */
export function fitClasses(
  project: Project,
  spaces: Spaces,
  training: readonly Training[],
  inputs: ReadonlyMap<Entry, PassageInput>,
  previous: Heads | undefined,
): Heads['classes'] {
  const features = featuresOf([...inputs.values()], spaces.classes);
  const rows = new Map([...inputs.keys()].map((entry, row) => [entry, row]));
  return project.classes.map((type) => ({
    type,
    head: fitClassHead(
      { values: type.values.map(({ value }) => value), multiple: type.multiple },
      features,
      classExamples(type, training, rows),
      previous?.classes.find(({ type: { label } }) => label === type.label)?.head,
    ),
  }));
}

/** The labelled passages and, spread evenly over the corpus, others. */
async function learnSpaces(
  read: typeof inputsOf,
  pool: Pool,
  vectors: Vectors,
  labelled: readonly PassageInput[],
): Promise<Spaces> {
  const embedded = [...pool.entries()].filter((entry) => vectors.has(entry.hash));
  const step = Math.max(1, Math.floor(embedded.length / SAMPLE));
  const sample = await read(
    embedded.filter((_, i) => i % step === 0),
    pool,
    vectors,
  );
  const inputs = [...labelled, ...sample.map(({ input }) => input)];
  const { dimensions } = vectors.info;
  const data = new Float32Array(inputs.length * dimensions);
  inputs.forEach(({ vector }, row) => data.set(vector, row * dimensions));
  return {
    classes: classSpace({ rows: inputs.length, dimensions, data }, lexicalRows(inputs)),
    words: wordSpace(dimensions, inputs),
    size: embedded.length,
  };
}

export function classExamples(
  { label, multiple, values: offered }: ClassType,
  training: readonly Training[],
  rows: ReadonlyMap<Entry, number>,
): ClassExample[] {
  // The views of several annotators on one passage are one example: values they disagree about count in part.
  const byRow = new Map<number, { values: string[]; rejected: string[]; scope: string[] | undefined }>();
  for (const { passage } of training) {
    const values = passage.classes.get(label) ?? [];
    const rejected = passage.rejectedClasses.get(label) ?? [];
    const accepted = multiple && passage.scope.includes(label);
    if (values.length === 0 && rejected.length === 0 && !accepted) continue;
    const row = rows.get(passage.entry)!;
    const example = byRow.get(row) ?? { values: [], rejected: [], scope: undefined };
    example.values.push(...values);
    example.rejected.push(...rejected);
    if (accepted) example.scope = offered.map(({ value }) => value);
    byRow.set(row, example);
  }
  return [...byRow].map(([row, { values, rejected, scope }]) => ({
    row,
    values,
    rejected,
    ...(scope !== undefined && { scope }),
  }));
}

export function entityExample({ passage }: Training, input: (entry: Entry) => PassageInput): EntityExample {
  return {
    passage: input(passage.entry),
    entities: passage.entities
      .filter(({ discontinuous }) => !discontinuous)
      .map(({ label, span }) => ({ label, ...span })),
    rejected: passage.rejectedEntities.map(({ label, span }) => ({ label, ...span })),
    untaught: passage.entities.filter(({ discontinuous }) => discontinuous).map(({ span }) => span),
    ...(passage.answer === 'accept' && { scope: passage.scope }),
  };
}

export function relationExample({ passage }: Training, input: (entry: Entry) => PassageInput): RelationExample {
  const index = new Map(passage.entities.map(({ id }, i) => [id, i]));
  const links = (relations: LabelledPassage['relations']): { head: number; tail: number; label: string }[] =>
    relations.flatMap(({ head, tail, label }) => {
      const [from, to] = [index.get(head), index.get(tail)];
      return from === undefined || to === undefined ? [] : [{ head: from, tail: to, label }];
    });
  return {
    passage: input(passage.entry),
    mentions: passage.entities.map(({ label, span }) => ({ label, ...span })),
    relations: links(passage.relations),
    rejected: links(passage.rejectedRelations),
    ...(passage.answer === 'accept' && { scope: passage.scope }),
  };
}

/** Whether so much text has come since that what was learned from text alone should be learned anew. */
export function outgrown({ spaces }: Heads, embedded: number): boolean {
  return spaces.size * 2 <= embedded;
}

/** Names what heads depend on besides the labels that they are fitted on; `model` is the hash of one. */
export function basisOf({ entities, relations, classes }: Project, model: string, seed: number): string {
  return sha16(JSON.stringify([entities, relations, classes, model, seed]));
}

/** Names what the pool holds: the places and the texts of its passages, in corpus order. */
export function corpusOf(pool: Pool): string {
  const digest = createHash('sha256');
  for (const entry of pool.entries()) digest.update(`${identity(entry)}\n${entry.hash}\n`);
  return digest.digest('hex').slice(0, 16);
}

function byPlace(a: LabelledPassage, b: LabelledPassage): number {
  return (
    compareCodePoints(a.entry.ref.id, b.entry.ref.id) ||
    a.entry.start - b.entry.start ||
    compareCodePoints(a.owner, b.owner)
  );
}

/** Names the labels that were learned from, whatever their order. */
export function stateOf(training: readonly Training[]): string {
  return sha16(training.map(lineOf).sort().join('\n'));
}

const lines = new WeakMap<LabelledPassage, string>();

/** Names what one owner said about a passage, and what it counts; what an owner said never changes, it is gathered anew. */
export function lineOf({ passage, weight }: Training): string {
  let said = lines.get(passage);
  if (said === undefined) {
    const { entry, owner, entities, relations, classes, rejectedEntities, rejectedRelations, rejectedClasses } =
      passage;
    const place = [entry.ref.id, entry.start, entry.end, entry.hash, owner, passage.answer ?? '', passage.scope];
    const rest = [entities, relations, [...classes], rejectedEntities, rejectedRelations, [...rejectedClasses]];
    lines.set(passage, (said = JSON.stringify([...place, ...rest])));
  }
  return `${said} ${weight}`;
}
