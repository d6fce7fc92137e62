import type { Range } from '../corpus/types.js';
import type { Annotation, Answer, Entity, Query, Relation, Review } from './annotation.js';
import {
  classLabel,
  entity,
  entityAnchor,
  rejection,
  relation,
  review,
  type Origin,
  type Rejected,
  type Signature,
  type Source,
} from './create.js';
import { allows, labelNames, type Project } from './project.js';

/** Lines to write and ids to remove, of one annotator's file. */
export interface Edit {
  readonly put: readonly Annotation[];
  readonly remove: readonly string[];
}

/** What an edit is made from: the document and the annotator's own lines of it. */
export interface Draft {
  readonly source: Source;
  readonly project: Project;
  /** The annotator's lines of this document. */
  readonly lines: readonly Annotation[];
  readonly by: string;
  readonly at: Date;
  /** Whether any line of the annotator's file has this id. */
  readonly taken: (id: string) => boolean;
}

/** An action that the project or the labels do not allow; the message is for the person. */
export class EditError extends Error {}

const nothing: Edit = { put: [], remove: [] };

/** Labels a stretch; the same entity twice is one. */
export function addEntity(draft: Draft, label: string, spans: readonly Range[], origin?: Origin): Edit {
  if (!draft.project.entities.some((type) => type.label === label))
    throw new EditError(`marginalia.json has no entity '${label}'.`);
  const sorted = spans.filter(({ start, end }) => start < end).toSorted((a, b) => a.start - b.start);
  if (sorted.length === 0) throw new EditError('There is nothing selected to label.');
  if (sorted.some(({ end }) => end > draft.source.map.length))
    throw new EditError('The selection lies past the end of the text.');
  if (entities(draft).some((other) => other.label === label && samePlace(other.spans, sorted))) return nothing;
  const rejected = draft.lines.filter(
    (line) =>
      line.type === 'rejection' && line.of === 'entity' && line.label === label && samePlace(line.spans, sorted),
  );
  return { put: [entity(draft.source, label, sorted, signature(draft, origin))], remove: rejected.map(({ id }) => id) };
}

/** Gives an entity another label. Relations that the new label does not allow go; the id stays. */
export function relabel(draft: Draft, id: string, label: string): Edit {
  const old = find(draft, id);
  if (!draft.project.entities.some((type) => type.label === label))
    throw new EditError(`marginalia.json has no entity '${label}'.`);
  if (old.label === label) return nothing;
  const changed: Entity = { ...old, label };
  const lost = relationsOf(draft, id).filter((line) => !isAllowed(draft, line, changed));
  return { put: [changed], remove: lost.map((line) => line.id) };
}

/** Gives an entity another place; the id stays. */
export function respan(draft: Draft, id: string, spans: readonly Range[]): Edit {
  const old = find(draft, id);
  const sorted = spans.filter(({ start, end }) => start < end).toSorted((a, b) => a.start - b.start);
  if (sorted.length === 0) throw new EditError('An entity cannot be empty.');
  if (samePlace(old.spans, sorted)) return nothing;
  return { put: [{ ...old, ...entityAnchor(draft.source, sorted) }], remove: [] };
}

/** Removes an entity with its relations (a relation's ends live in the same file), or a relation. */
export function remove(draft: Draft, id: string): Edit {
  const line = draft.lines.find((candidate) => candidate.id === id);
  if (line === undefined) throw new EditError('This label is no longer there.');
  const dependent = line.type === 'entity' ? draft.lines.filter((other) => links(other, id)) : [];
  return { put: [], remove: [id, ...dependent.map((other) => other.id)] };
}

/** Links two entities. Refused where the signature does not allow it; the same relation twice is one. */
export function addRelation(draft: Draft, label: string, head: string, tail: string, origin?: Origin): Edit {
  const type = draft.project.relations.find((candidate) => candidate.label === label);
  if (type === undefined) throw new EditError(`marginalia.json has no relation '${label}'.`);
  if (head === tail) throw new EditError('A relation links two different entities.');
  const [from, to] = [find(draft, head), find(draft, tail)];
  if (!allows(type, from.label, to.label))
    throw new EditError(`The signature of '${label}' does not allow ${from.label} → ${to.label}.`);
  const same = draft.lines.some(
    (line) =>
      line.type === 'relation' &&
      line.label === label &&
      ((line.head === head && line.tail === tail) || (type.symmetric && line.head === tail && line.tail === head)),
  );
  if (same) return nothing;
  const rejected = draft.lines.filter(
    (line) =>
      line.type === 'rejection' &&
      line.of === 'relation' &&
      line.label === label &&
      line.head === head &&
      line.tail === tail,
  );
  const line = relation(draft.source, label, head, tail, signature(draft, origin));
  return { put: [line], remove: rejected.map(({ id }) => id) };
}

/** Sets the class of a passage: a single one is replaced, a value of a multiple one toggled; null clears. */
export function setClass(draft: Draft, label: string, value: string | null, passage: Range, origin?: Origin): Edit {
  const type = draft.project.classes.find((candidate) => candidate.label === label);
  if (type === undefined) throw new EditError(`marginalia.json has no class '${label}'.`);
  if (value !== null && !type.values.some((candidate) => candidate.value === value))
    throw new EditError(`The class '${label}' has no value '${value}'.`);
  const present = draft.lines.filter(
    (line) => line.type === 'class' && line.label === label && samePlace(line.spans, [passage]),
  );
  if (value === null) return { put: [], remove: present.map(({ id }) => id) };
  const given = present.find((line) => line.type === 'class' && line.value === value);
  const rejected = draft.lines.filter(
    (line) =>
      line.type === 'rejection' &&
      line.of === 'class' &&
      line.label === label &&
      line.value === value &&
      samePlace(line.spans, [passage]),
  );
  const removed = rejected.map(({ id }) => id);
  if (type.multiple) {
    if (given !== undefined) return { put: [], remove: [given.id] };
    return { put: [classLabel(draft.source, label, value, passage, true, signature(draft, origin))], remove: removed };
  }
  if (given !== undefined) return nothing;
  const [first, ...others] = present;
  const put =
    first?.type === 'class'
      ? { ...first, value, ...(origin === undefined ? {} : { origin }) }
      : classLabel(draft.source, label, value, passage, false, signature(draft, origin));
  return { put: [put], remove: [...others.map(({ id }) => id), ...removed] };
}

/** Turns a suggestion down, so that it does not come back; twice is once. */
export function reject(draft: Draft, rejected: Rejected): Edit {
  const line = rejection(draft.source, rejected, { ...signature(draft), taken: () => false });
  return draft.lines.some(({ id }) => id === line.id) ? nothing : { put: [line], remove: [] };
}

/** A verdict on a passage; it replaces the annotator's earlier one, whose flag and note stay. */
export function answer(draft: Draft, passage: Range, verdict: Answer, query?: Query): Edit {
  const earlier = reviewOf(draft, passage);
  const fresh = review(draft.source, passage, verdict, labelNames(draft.project), query, signature(draft));
  if (earlier === undefined) return { put: [fresh], remove: [] };
  const { id, flag, note } = earlier;
  return {
    put: [{ ...earlier, ...fresh, id, ...(flag !== undefined && { flag }), ...(note !== undefined && { note }) }],
    remove: [],
  };
}

/** Sets or clears the flag of a passage's review; a passage without one is skipped with the flag. */
export function toggleFlag(draft: Draft, passage: Range): Edit {
  return changeReview(draft, passage, (line) => {
    const { flag, ...rest } = line;
    return flag === true ? rest : { ...rest, flag: true };
  });
}

/** Sets the note of a passage's review; an empty one clears it. */
export function setNote(draft: Draft, passage: Range, note: string): Edit {
  return changeReview(draft, passage, (line) => {
    const changed: Review = { ...line, note };
    if (note === '') delete changed.note;
    return changed;
  });
}

/** The annotator's verdict on a passage. */
export function reviewOf({ lines }: Pick<Draft, 'lines'>, passage: Range): Review | undefined {
  return lines.find((line): line is Review => line.type === 'review' && samePlace(line.spans, [passage]));
}

function changeReview(draft: Draft, passage: Range, change: (line: Review) => Review): Edit {
  const line =
    reviewOf(draft, passage) ??
    review(draft.source, passage, 'skip', labelNames(draft.project), undefined, signature(draft));
  return { put: [change(line)], remove: [] };
}

function signature({ by, at, taken }: Draft, origin?: Origin): Signature {
  return { by, at, taken, ...(origin === undefined ? {} : { origin }) };
}

function entities({ lines }: Draft): Entity[] {
  return lines.filter((line): line is Entity => line.type === 'entity');
}

function find(draft: Draft, id: string): Entity {
  const found = entities(draft).find((line) => line.id === id);
  if (found === undefined) throw new EditError('This entity is no longer there.');
  return found;
}

function relationsOf({ lines }: Draft, id: string): Relation[] {
  return lines.filter((line): line is Relation => line.type === 'relation' && links(line, id));
}

function links(line: Annotation, id: string): boolean {
  return (line.type === 'relation' || line.type === 'rejection') && (line.head === id || line.tail === id);
}

function isAllowed(draft: Draft, line: Relation, changed: Entity): boolean {
  const type = draft.project.relations.find(({ label }) => label === line.label);
  const labelOf = (id: string): string | undefined =>
    id === changed.id ? changed.label : entities(draft).find((other) => other.id === id)?.label;
  const [head, tail] = [labelOf(line.head), labelOf(line.tail)];
  // What cannot be judged is not removed: `check` reports it.
  return type === undefined || head === undefined || tail === undefined || allows(type, head, tail);
}

function samePlace(a: readonly Range[] | undefined, b: readonly Range[]): boolean {
  return (
    a !== undefined &&
    a.length === b.length &&
    a.every(({ start, end }, i) => start === b[i]!.start && end === b[i]!.end)
  );
}
