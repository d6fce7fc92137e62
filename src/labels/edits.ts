import type { Range } from '../corpus/types.js';
import type { Annotation, Answer, ClassLabel, Entity, Query, Rejection, Relation, Review } from './annotation.js';
import {
  classLabel,
  entity,
  entityAnchor,
  rejection,
  relation,
  review,
  textOf,
  timestamp,
  type Origin,
  type Rejected,
  type Signature,
  type Source,
} from './create.js';
import { labelNames, type Project } from './project.js';
import { allows } from './signature.js';
import { isSynthetic } from './synthetic.js';

/** Lines to write and ids to remove, of one annotator's file. */
export interface Edit {
  readonly put: readonly Annotation[];
  readonly remove: readonly string[];
}

/** What an edit is made from: the document and the annotator's own lines of it. Offsets are code points. */
export interface Draft {
  readonly source: Source;
  readonly project: Project;
  /** The annotator's lines of this document, where their text is now (see `anchor`). */
  readonly lines: readonly Annotation[];
  readonly by: string;
  readonly at: Date;
  /** Whether any line of the annotator's file has this id. */
  readonly taken: (id: string) => boolean;
}

/** An action that the project or the labels do not allow; the message is for the person. */
export class EditError extends Error {
  override readonly name = 'EditError';
}

const nothing: Edit = { put: [], remove: [] };

/** Labels a stretch; the same entity twice is one. A rejection of the same goes. */
export function addEntity(draft: Draft, label: string, spans: readonly Range[], origin?: Origin): Edit {
  refuseUnknown(draft, label);
  const place = clean(draft, spans);
  if (twin(draft, label, place) !== undefined) return nothing;
  return {
    put: [entity(draft.source, label, place, signature(draft, origin))],
    remove: rejectionsOf(draft, { of: 'entity', label, spans: place }),
  };
}

/** Gives an entity another label. Relations that the new label does not allow go; the id stays. */
export function relabel(draft: Draft, id: string, label: string): Edit {
  const old = find(draft, id);
  refuseUnknown(draft, label);
  if (old.label === label) return nothing;
  refuseTwin(draft, label, old.spans);
  const { before, after } = entityAnchor(draft.source, old.spans);
  const changed: Entity = { ...old, label, before, after, ...signed(draft) };
  const lost = relationsOf(draft, id).filter((line) => !isAllowed(draft, line, changed));
  return {
    put: [changed],
    remove: [...lost.map((line) => line.id), ...rejectionsOf(draft, { of: 'entity', label, spans: old.spans })],
  };
}

/** Gives an entity another place; the id stays. */
export function respan(draft: Draft, id: string, spans: readonly Range[]): Edit {
  const old = find(draft, id);
  const { label } = old;
  const place = clean(draft, spans);
  if (samePlace(old.spans, place)) return nothing;
  refuseTwin(draft, label, place);
  return {
    put: [{ ...old, ...entityAnchor(draft.source, place), ...signed(draft) }],
    remove: rejectionsOf(draft, { of: 'entity', label, spans: place }),
  };
}

/** Removes an entity with its relations (a relation's ends live in the same file), or any other line. */
export function remove(draft: Draft, id: string): Edit {
  const line = draft.lines.find((candidate) => candidate.id === id);
  if (line === undefined) throw new EditError('This label is no longer there.');
  const dependent = line.type === 'entity' ? draft.lines.filter((other) => links(other, id)) : [];
  return { put: [], remove: [id, ...dependent.map((other) => other.id)] };
}

/** Links two entities. Refused where the signature does not allow it; the same relation twice is one. */
export function addRelation(draft: Draft, label: string, head: string, tail: string, origin?: Origin): Edit {
  refuseLink(draft, label, head, tail);
  const link = { of: 'relation', label, head, tail } as const;
  if (isLabelled(draft, link)) return nothing;
  return {
    put: [relation(draft.source, label, head, tail, signature(draft, origin))],
    remove: rejectionsOf(draft, link),
  };
}

/** Gives a relation other ends, or turns it round; the id stays. Refused where the signature does not allow them. */
export function relink(draft: Draft, id: string, head: string, tail: string): Edit {
  const old = draft.lines.find((line): line is Relation => line.type === 'relation' && line.id === id);
  if (old === undefined) throw new EditError('This relation is no longer there.');
  if (old.head === head && old.tail === tail) return nothing;
  const { label } = old;
  refuseLink(draft, label, head, tail);
  const others = draft.lines.filter((line) => line.id !== id);
  const link = { of: 'relation', label, head, tail } as const;
  if (isLabelled({ ...draft, lines: others }, link)) throw new EditError(`These two are linked by '${label}' already.`);
  return { put: [{ ...old, head, tail, ...signed(draft) }], remove: rejectionsOf(draft, link) };
}

function refuseLink(draft: Draft, label: string, head: string, tail: string): void {
  const type = draft.project.relations.find((candidate) => candidate.label === label);
  if (type === undefined) throw new EditError(`marginalia.json has no relation '${label}'.`);
  if (head === tail) throw new EditError('A relation links two different entities.');
  const [from, to] = [find(draft, head), find(draft, tail)];
  if (!allows(type, from.label, to.label))
    throw new EditError(`The signature of '${label}' does not allow ${from.label} → ${to.label}.`);
}

/** Sets the class of a passage: a single one is replaced, a value of a multiple one toggled; null clears. */
export function setClass(draft: Draft, label: string, value: string | null, passage: Range, origin?: Origin): Edit {
  const type = draft.project.classes.find((candidate) => candidate.label === label);
  if (type === undefined) throw new EditError(`marginalia.json has no class '${label}'.`);
  if (value !== null && !type.values.some((candidate) => candidate.value === value))
    throw new EditError(`The class '${label}' has no value '${value}'.`);
  const present = classesOf(draft, label, passage);
  if (value === null) return { put: [], remove: present.map(({ id }) => id) };
  const given = present.find((line) => line.value === value);
  // A suggestion that is accepted twice is not taken back.
  if (given !== undefined && type.multiple && origin === undefined) return { put: [], remove: [given.id] };
  if (given !== undefined) return nothing;
  const rejected = rejectionsOf(draft, { of: 'class', label, value, passage });
  const fresh = classLabel(draft.source, label, value, passage, type.multiple, signature(draft, origin));
  const [first, ...others] = type.multiple ? [] : present;
  const put = first === undefined ? fresh : { ...without(first, 'origin'), ...fresh, id: first.id };
  return { put: [put], remove: [...others.map(({ id }) => id), ...rejected] };
}

/** Turns a suggestion down, so that it does not come back; twice is once. Refused where the annotator gave that label. */
export function reject(draft: Draft, rejected: Rejected): Edit {
  if (isLabelled(draft, rejected))
    throw new EditError(`You have labelled this '${rejected.label}' yourself: delete the label to reject it.`);
  if (rejectionsOf(draft, rejected).length > 0) return nothing;
  return { put: [rejection(draft.source, rejected, signature(draft))], remove: [] };
}

/** A verdict on a passage; it replaces the annotator's earlier one, whose flag and note stay. */
export function answer(draft: Draft, passage: Range, verdict: Answer, query?: Query): Edit {
  const earlier = reviewOf(draft, passage);
  const fresh = review(draft.source, passage, verdict, labelNames(draft.project), query, signature(draft));
  if (earlier === undefined) return { put: [fresh], remove: [] };
  // How the passage came to be asked belongs to the verdict that it led to; but what chance drew stays a part of its sample.
  const kept = earlier.query?.strategy === 'random' ? { query: earlier.query } : {};
  return { put: [{ ...without(earlier, 'query'), ...fresh, ...kept, id: earlier.id }], remove: [] };
}

/** Sets or clears the flag of a passage's review; a passage without one is skipped with the flag. */
export function toggleFlag(draft: Draft, passage: Range): Edit {
  const line = reviewOrSkip(draft, passage);
  const rest = { ...without(line, 'flag'), ...signed(draft) };
  return { put: [line.flag === true ? rest : { ...rest, flag: true }], remove: [] };
}

/** Sets the note of a passage's review, as `toggleFlag` does; an empty one clears it. */
export function setNote(draft: Draft, passage: Range, note: string): Edit {
  if ((reviewOf(draft, passage)?.note ?? '') === note) return nothing;
  const rest = { ...without(reviewOrSkip(draft, passage), 'note'), ...signed(draft) };
  return { put: [note === '' ? rest : { ...rest, note }], remove: [] };
}

/** The annotator's verdict on a passage. */
export function reviewOf({ lines }: Pick<Draft, 'lines'>, passage: Range): Review | undefined {
  return lines.find((line): line is Review => line.type === 'review' && samePlace(line.spans, [passage]));
}

function reviewOrSkip(draft: Draft, passage: Range): Review {
  const scope = labelNames(draft.project);
  return reviewOf(draft, passage) ?? review(draft.source, passage, 'skip', scope, undefined, signature(draft));
}

function signature({ by, at, taken, source, project }: Draft, origin?: Origin): Signature {
  const synthetic = isSynthetic(project.labels, source.ref.id);
  return { by, at, taken, synthetic, ...(origin === undefined ? {} : { origin }) };
}

/** When a line was last decided on, and by whom. */
function signed({ by, at }: Draft): { by: string; at: string } {
  return { by, at: timestamp(at) };
}

/** A copy of a line without one of its optional keys. */
function without<T extends ClassLabel | Review>(line: T, key: 'flag' | 'note' | 'origin' | 'query'): T {
  const copy = { ...line };
  Reflect.deleteProperty(copy, key);
  return copy;
}

function refuseUnknown({ project }: Draft, label: string): void {
  if (!project.entities.some((type) => type.label === label))
    throw new EditError(`marginalia.json has no entity '${label}'.`);
}

function refuseTwin(draft: Draft, label: string, place: readonly Range[]): void {
  const other = twin(draft, label, place);
  if (other === undefined) return;
  throw new EditError(`'${other.spans.map(({ text }) => text).join(' … ')}' is labelled ${label} already.`);
}

/** Spans in order; those that touch or overlap become one. */
function clean({ source }: Draft, spans: readonly Range[]): Range[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (start >= end) continue;
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  if (joined.every((span) => textOf(source, span).trim() === ''))
    throw new EditError('There is nothing selected to label.');
  if (joined.some(({ start, end }) => start < 0 || end > source.map.length))
    throw new EditError('The selection lies past the end of the text.');
  return joined;
}

function twin(draft: Draft, label: string, place: readonly Range[]): Entity | undefined {
  return entities(draft).find((line) => line.label === label && samePlace(line.spans, place));
}

function classesOf({ lines }: Draft, label: string, passage: Range): ClassLabel[] {
  return lines.filter(
    (line): line is ClassLabel => line.type === 'class' && line.label === label && samePlace(line.spans, [passage]),
  );
}

function isLabelled(draft: Draft, what: Rejected): boolean {
  switch (what.of) {
    case 'entity':
      return twin(draft, what.label, what.spans) !== undefined;
    case 'relation':
      return draft.lines.some(
        (line) => line.type === 'relation' && line.label === what.label && sameEnds(draft, what, line),
      );
    case 'class':
      return classesOf(draft, what.label, what.passage).some(({ value }) => value === what.value);
  }
}

/** Ids of the rejections of one thing. */
function rejectionsOf(draft: Draft, what: Rejected): string[] {
  const isOfIt = (line: Rejection): boolean => {
    if (line.of !== what.of || line.label !== what.label) return false;
    switch (what.of) {
      case 'entity':
        return samePlace(line.spans, what.spans);
      case 'relation':
        return sameEnds(draft, what, line);
      case 'class':
        return line.value === what.value && samePlace(line.spans, [what.passage]);
    }
  };
  return draft.lines.flatMap((line) => (line.type === 'rejection' && isOfIt(line) ? [line.id] : []));
}

interface Ends {
  readonly head?: string | undefined;
  readonly tail?: string | undefined;
}

/** Whether two links of one label have the same ends; of a symmetric relation, either way round. */
function sameEnds({ project }: Draft, a: Ends & { readonly label: string }, b: Ends): boolean {
  const symmetric = project.relations.some((type) => type.label === a.label && type.symmetric);
  return (a.head === b.head && a.tail === b.tail) || (symmetric && a.head === b.tail && a.tail === b.head);
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
