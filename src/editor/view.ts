import type { Document, Range } from '../corpus/types.js';
import type { Annotation, Entity, Relation } from '../labels/annotation.js';
import type { Project } from '../labels/project.js';
import { isSynthetic } from '../labels/synthetic.js';
import type { QueuedPassage, Suggestion } from '../protocol/engine.js';
import type { PanelView, PassageView, ViewBeyond, ViewEntity, ViewSpan, ViewSuggestion } from '../protocol/panel.js';
import { Answered } from './answered.js';
import { revive } from './revive.js';

/** The panel's view of a passage, made from the host's state. Pure: offsets go from code points to UTF-16 and back. */

/** How much of the text around a passage is shown, in UTF-16 units. */
const SURROUNDINGS = 600;

/** A passage on screen, or waiting to be. `passage` is in code points. */
export interface Shown {
  readonly document: Document;
  readonly passage: Range;
  /** What the engine knows of it; undefined while it was not asked yet or cannot be. */
  readonly queued: QueuedPassage | undefined;
  /** The suggestions before those of now: an answer to one of them may be under way, and means what the person saw. */
  readonly replaced?: readonly Suggestion[];
  /** The person chose it, by a filter or by itself: a verdict on it tells nothing about the queue. */
  readonly chosen?: true;
}

export interface Lines {
  /** Lines of the person at the keyboard, of this document. */
  readonly own: readonly Annotation[];
  /** Lines of everybody else, by file (an annotator's slug, or 'gold'). */
  readonly others: readonly { readonly by: string; readonly lines: readonly Annotation[] }[];
}

/** The types of a project as the panel shows them. */
export function viewTypes(project: Project): PanelView['types'] {
  return { entities: project.entities, relations: project.relations, classes: project.classes };
}

/**
 * The stretch of the text that is shown, in UTF-16 units: the passage with what is around it, cut where a paragraph
 * begins or ends, else between words.
 */
export function windowOf({ text, map }: Document, passage: Range): Range {
  const start = map.toUtf16(passage.start);
  const end = map.toUtf16(passage.end);
  return { start: windowStart(text, start), end: windowEnd(text, end) };
}

function windowStart(text: string, passage: number): number {
  const limit = passage - SURROUNDINGS;
  if (limit <= 0) return 0;
  const before = text.slice(limit, passage);
  const cut = /\n[^\S\n]*\n\s*/.exec(before) ?? /\s+/.exec(before);
  return cut === null ? betweenPairs(text, limit) : limit + cut.index + cut[0].length;
}

function windowEnd(text: string, passage: number): number {
  const limit = passage + SURROUNDINGS;
  if (limit >= text.length) return text.length;
  const after = text.slice(passage, limit);
  const cut = [...after.matchAll(/\n[^\S\n]*\n/g)].at(-1) ?? [...after.matchAll(/\s+/g)].at(-1);
  return cut === undefined ? betweenPairs(text, limit) : passage + cut.index;
}

/** Not in the middle of a surrogate pair. */
function betweenPairs(text: string, index: number): number {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit < 0xe000 ? index - 1 : index;
}

/** A stretch of the view's text, in code points into the document. */
export function toCodePoints({ document, passage }: Pick<Shown, 'document' | 'passage'>, span: ViewSpan): Range {
  const { start } = windowOf(document, passage);
  return { start: document.map.toCodePoint(start + span.start), end: document.map.toCodePoint(start + span.end) };
}

/** Names a suggestion towards the panel; the same suggestion has the same name in every view. */
export function suggestionKey({ kind, label, value, spans, head, tail }: Suggestion): string {
  return JSON.stringify([kind, label, value ?? null, spans.map(({ start, end }) => [start, end]), head, tail]);
}

export function passageView(shown: Shown, lines: Lines, project: Project, annotator: string): PassageView {
  const { document, passage, queued } = shown;
  const window = windowOf(document, passage);
  const within = ({ start, end }: Range): ViewSpan => ({
    start: document.map.toUtf16(start) - window.start,
    end: document.map.toUtf16(end) - window.start,
  });
  const visible = (spans: readonly Range[]): boolean =>
    spans.every(({ start, end }) => {
      const span = within({ start, end });
      return span.start >= 0 && span.end <= window.end - window.start;
    });

  const own = revive(lines.own, document);
  const ownEntities = own.filter((line): line is Entity => line.type === 'entity' && visible(line.spans));
  const ids = new Set(ownEntities.map(({ id }) => id));
  const entities: ViewEntity[] = ownEntities.map((line) => ({
    id: line.id,
    label: line.label,
    spans: line.spans.map(within),
    own: true,
    by: annotator,
  }));
  for (const { by, lines: theirs } of lines.others)
    for (const line of revive(theirs, document)) {
      if (line.type !== 'entity' || ids.has(line.id) || !visible(line.spans)) continue;
      ids.add(line.id);
      entities.push({ id: line.id, label: line.label, spans: line.spans.map(within), own: false, by });
    }
  const relations = own
    .filter((line): line is Relation => line.type === 'relation' && (ids.has(line.head) || ids.has(line.tail)))
    .map(({ id, label, head, tail }) => ({ id, label, head, tail }));
  const ends = new Set(relations.flatMap(({ head, tail }) => [head, tail]).filter((id) => !ids.has(id)));
  const beyond = own
    .filter((line): line is Entity => line.type === 'entity' && ends.has(line.id))
    .map(({ id, label, spans }): ViewBeyond => {
      const where = spans.some(({ start }) => start < passage.start) ? 'before' : 'after';
      return { id, label, text: spans.map(({ text }) => text).join(' … '), where };
    });

  const classes: Record<string, string[]> = {};
  const answered = new Answered(project, own);
  for (const line of answered.classesAt(passage)) (classes[line.label] ??= []).push(line.value);
  const review = answered.reviewAt(passage);

  const suggestions = (queued?.suggestions ?? [])
    .filter((suggestion) => answered.isOpen(suggestion, passage))
    .filter(({ spans }) => visible(spans))
    .map((suggestion): ViewSuggestion => {
      const { kind, label, value, spans, head, tail, probability } = suggestion;
      return {
        key: suggestionKey(suggestion),
        kind,
        label,
        spans: spans.map(within),
        probability,
        ...(value === undefined ? {} : { value }),
        ...(head === undefined ? {} : { head }),
        ...(tail === undefined ? {} : { tail }),
      };
    });
  const doubt = queued?.candidates.find(
    (candidate) => visible(candidate.spans) && answered.isInDoubt(candidate, passage),
  );

  return {
    doc: document.ref.id,
    line: document.map.toFile(passage.start).line + 1,
    text: document.text.slice(window.start, window.end),
    passage: within(passage),
    entities,
    relations,
    beyond,
    classes,
    suggestions,
    ...(doubt === undefined
      ? {}
      : { doubt: { kind: doubt.kind, spans: doubt.spans.map(within), distribution: doubt.distribution } }),
    ...(queued === undefined ? {} : { score: queued.score, strategy: queued.strategy }),
    ...(isSynthetic(project.labels, document.ref.file) && { synthetic: true as const }),
    ...(review === undefined ? {} : { answer: review.answer }),
    flag: review?.flag === true,
    note: review?.note ?? '',
  };
}
