import { featuresOf } from '../learning/features/passages.js';
import type { ClassHead } from '../learning/heads/class.js';
import { SpanScorer } from '../learning/heads/entity.js';
import { RelationScorer } from '../learning/heads/relation.js';
import { classMembers, entityMembers, relationMembers } from '../learning/strategies/members.js';
import type { MemberKind } from '../learning/strategies/query.js';
import { classExamples, entityExample, relationExample, type Heads, type Training } from './heads.js';
import { inputsOf } from './inputs.js';
import type { Entry, Pool } from './pool.js';
import type { Vectors } from './vectors.js';

/** Other heads that the same labels allow for, of every head of a project. */
export interface Members {
  /** In the order of the project's classes; of each class its members. */
  readonly classes: readonly (readonly ClassHead[])[];
  readonly entities: readonly SpanScorer[];
  readonly relations: readonly RelationScorer[];
}

/** Makes the members around heads from what those were fitted on. */
export async function fitMembers(
  kind: MemberKind,
  heads: Heads,
  training: readonly Training[],
  pool: Pool,
  vectors: Vectors,
  seed: number,
): Promise<Members> {
  const labelled = [...new Set(training.map(({ passage }) => passage.entry))];
  const inputs = new Map((await inputsOf(labelled, pool, vectors)).map(({ entry, input }) => [entry, input]));
  const usable = training.filter(({ passage }) => inputs.has(passage.entry));
  const features = featuresOf([...inputs.values()], heads.spaces.classes);
  const rows = new Map([...inputs.keys()].map((entry, row) => [entry, row]));
  const input = (entry: Entry) => inputs.get(entry)!;
  const entities = entityMembers(
    kind,
    heads.entities.head,
    usable.map((example) => entityExample(example, input)),
    seed,
  );
  const relations = relationMembers(
    kind,
    heads.relations.head,
    usable.map((example) => relationExample(example, input)),
    seed,
  );
  return {
    classes: heads.classes.map(({ type, head }) =>
      classMembers(kind, head, features, classExamples(type, usable, rows), seed),
    ),
    entities: entities.map((member) => new SpanScorer(member)),
    relations: relations.map((member) => new RelationScorer(member)),
  };
}
