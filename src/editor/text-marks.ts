import type { Document, Range } from '../corpus/types.js';
import type { Entity, Relation } from '../labels/annotation.js';
import type { Project } from '../labels/project.js';
import type { Candidate, QueuedPassage, Suggestion } from '../protocol/engine.js';
import { Answered } from './answered.js';
import { revive } from './revive.js';
import { suggestionKey, type Lines } from './view.js';

/** What a text editor shows of one document. Offsets are code points into the document. Pure. */

/** An entity as people have labelled it: the same by several of them is one. */
export interface LabelMark {
  readonly label: string;
  readonly spans: readonly Range[];
  /** Who says so. The person at the keyboard first, if they do. */
  readonly by: readonly string[];
  /** The line of the person at the keyboard. */
  readonly own: Entity | undefined;
  /** All lines that say so. */
  readonly lines: readonly Entity[];
}

/** What the model asks: a suggestion of its own, or what it is in doubt of. */
export interface Question {
  readonly key: string;
  readonly suggestion: Suggestion;
  /** It thinks so: the rest it only holds possible. */
  readonly suggested: boolean;
  readonly passage: QueuedPassage;
}

export interface Marks {
  readonly document: Document;
  readonly labels: readonly LabelMark[];
  /** Of entities, those in doubt included; in the order of the text. */
  readonly questions: readonly Question[];
  /** Suggested relations between labelled entities. */
  readonly links: readonly Question[];
}

/** A label this likely is asked about, though it is not suggested. */
const POSSIBLE = 0.25;

/**
 * @param lines the lines of the document
 * @param passages what the engine has to say about passages of the document as it is
 */
export function marksOf(
  document: Document,
  lines: Lines,
  passages: readonly QueuedPassage[],
  project: Project,
  annotator: string,
): Marks {
  const own = revive(lines.own, document);
  const answered = new Answered(project, own);
  const asked = passages.flatMap((passage) => questionsOf(passage, answered));
  return {
    document,
    labels: labelMarks([
      { by: annotator, own: true, entities: own.filter(isEntity) },
      ...lines.others.map(({ by, lines: theirs }) => ({
        by,
        own: false,
        entities: revive(theirs, document).filter(isEntity),
      })),
    ]),
    questions: asked
      .filter(({ suggestion }) => suggestion.kind === 'entity')
      .sort((a, b) => startOf(a.suggestion.spans) - startOf(b.suggestion.spans)),
    links: asked.filter(({ suggestion }) => suggestion.kind === 'relation'),
  };
}

function isEntity(line: { readonly type: string }): line is Entity {
  return line.type === 'entity';
}

interface Owned {
  readonly by: string;
  readonly own: boolean;
  readonly entities: readonly Entity[];
}

function labelMarks(everybody: readonly Owned[]): LabelMark[] {
  const marks = new Map<
    string,
    { label: string; spans: readonly Range[]; by: string[]; own?: Entity; lines: Entity[] }
  >();
  for (const { by, own, entities } of everybody)
    for (const line of entities) {
      const place = JSON.stringify([line.label, line.spans.map(({ start, end }) => [start, end])]);
      let mark = marks.get(place);
      if (mark === undefined) marks.set(place, (mark = { label: line.label, spans: line.spans, by: [], lines: [] }));
      mark.by.push(by);
      mark.lines.push(line);
      if (own) mark.own ??= line;
    }
  return [...marks.values()].map((mark) => ({ own: undefined, ...mark }));
}

/** What is still open of what the model suggests and asks. */
function questionsOf(passage: QueuedPassage, answered: Answered): Question[] {
  const { start, end } = passage.key;
  const range = { start, end };
  const suggested = passage.suggestions
    .filter(({ kind }) => kind !== 'class')
    .filter((suggestion) => answered.isOpen(suggestion, range));
  const places = new Set(suggested.map(({ spans }) => placeOf(spans)));
  const possible = passage.candidates
    .filter((candidate) => candidate.kind === 'entity' && answered.isInDoubt(candidate, range))
    .flatMap(likeliest)
    .filter(({ spans }) => !places.has(placeOf(spans)))
    .filter((suggestion) => answered.isOpen(suggestion, range));
  return [
    ...suggested.map((suggestion) => ({ key: suggestionKey(suggestion), suggestion, suggested: true, passage })),
    ...possible.map((suggestion) => ({ key: suggestionKey(suggestion), suggestion, suggested: false, passage })),
  ];
}

/** The likeliest label of an entity in doubt, as the suggestion that it might become. */
function likeliest({ kind, spans, distribution }: Candidate): Suggestion[] {
  const [best] = Object.entries(distribution)
    .filter(([label]) => label !== 'none')
    .sort(([, a], [, b]) => b - a);
  if (best === undefined || best[1] < POSSIBLE) return [];
  return [{ kind, label: best[0], spans, probability: best[1] }];
}

/** The relations that an entity is an end of, among the lines of its file, with the entity at the other end. */
export function relationsAt(
  id: string,
  lines: Iterable<Entity | Relation>,
): { readonly relation: Relation; readonly other: Entity; readonly isHead: boolean }[] {
  const entities = new Map<string, Entity>();
  const relations: Relation[] = [];
  for (const line of lines) {
    if (line.type === 'entity') entities.set(line.id, line);
    else if (line.head === id || line.tail === id) relations.push(line);
  }
  return relations.flatMap((relation) => {
    const isHead = relation.head === id;
    const other = entities.get(isHead ? relation.tail : relation.head);
    return other === undefined ? [] : [{ relation, other, isHead }];
  });
}

/** The innermost of some marks that hold a place; of those with the same length the first. */
export function innermost<T>(marks: readonly T[], spansOf: (mark: T) => readonly Range[], at: number): T | undefined {
  let best: T | undefined;
  let length = Infinity;
  for (const mark of marks) {
    const span = spansOf(mark).find(({ start, end }) => start <= at && at <= end);
    if (span === undefined || span.end - span.start >= length) continue;
    best = mark;
    length = span.end - span.start;
  }
  return best;
}

function startOf(spans: readonly Range[]): number {
  return spans[0]?.start ?? 0;
}

function placeOf(spans: readonly Range[]): string {
  return JSON.stringify(spans.map(({ start, end }) => [start, end]));
}
