import type { Range } from '../corpus/types.js';
import type { Annotation, Entity, Relation } from '../labels/annotation.js';
import type { Project } from '../labels/project.js';
import { explanationLines } from '../protocol/engine.js';
import { revive } from './revive.js';
import { relationsAt, type LabelMark, type Marks, type Question } from './text-marks.js';
import { commandLink, type HoverCommand, type TextTarget } from './text-target.js';
import type { Lines } from './view.js';

/** What a text editor says of the labels and suggestions at a place, as Markdown. Pure. */

/** Puts a message into the reader's language; {0} and so on stand for the arguments. */
export type Translate = (message: string, ...args: string[]) => string;

export interface HoverContext {
  readonly marks: Marks;
  readonly lines: Lines;
  readonly project: Project;
  readonly annotator: string;
  readonly translate: Translate;
}

/** Characters of a quotation that are shown. */
const QUOTED = 60;

/** Other labels this likely are named beside what is suggested. */
const POSSIBLE = 0.05;

/** Of the labels and suggestions that hold a code point, innermost first; undefined where there are none. */
export function hoverText(context: HoverContext, at: number): string | undefined {
  const { labels, questions } = context.marks;
  const parts = [
    ...labels.map((mark) => ({
      length: lengthAt(mark.spans, at),
      text: (described: Set<string>) => labelText(mark, context, described),
    })),
    ...questions.map((question) => ({
      length: lengthAt(question.suggestion.spans, at),
      text: (described: Set<string>) => questionText(question, context, described),
    })),
  ];
  const here = parts.filter(({ length }) => length < Infinity).sort((a, b) => a.length - b.length);
  if (here.length === 0) return undefined;
  const described = new Set<string>();
  return here.map(({ text }) => text(described)).join('\n\n---\n\n');
}

/** Length of the span that holds a place; infinite where none does. */
function lengthAt(spans: readonly Range[], at: number): number {
  const span = spans.find(({ start, end }) => start <= at && at <= end);
  return span === undefined ? Infinity : span.end - span.start;
}

function labelText(mark: LabelMark, context: HoverContext, described: Set<string>): string {
  const { marks, project, translate: t } = context;
  const { label, by, own, lines } = mark;
  const says = t('labelled by {0}', by.map(escapeText).join(', '));
  const origin = own?.origin?.kind === 'suggestion' ? own.origin.probability : undefined;
  const from = origin === undefined ? [] : [t('a suggestion of {0}', percent(origin))];
  const target = { doc: marks.document.ref.id, at: mark.spans[0]?.start ?? 0, ...(own && { id: own.id }) };
  const notes = lines.flatMap(({ note }) => (note === undefined ? [] : [`“${escapeText(note)}”`]));
  return blocks(
    [`**${escapeText(label)}**`, [says, ...from].join(' · ')].join(' — '),
    descriptionOf(label, project, described),
    ...notes,
    [...relationTexts(mark, context), ...linkTexts(mark, context)].map((line) => `- ${line}`).join('\n'),
    [
      ...(own === undefined
        ? []
        : [
            link(t('Change Label…'), 'marginalia.changeLabelAtCursor', target),
            link(t('Remove'), 'marginalia.removeLabelAtCursor', target),
          ]),
      link(t('Open in Panel'), 'marginalia.openAtCursor', target),
    ].join(' · '),
  );
}

function questionText(question: Question, context: HoverContext, described: Set<string>): string {
  const { marks, project, translate: t } = context;
  const { suggestion, suggested, key, passage } = question;
  const { label, probability } = suggestion;
  const target = { doc: marks.document.ref.id, at: suggestion.spans[0]?.start ?? 0, key };
  const says = suggested ? t('suggested, {0}', percent(probability)) : t('in doubt, {0}', percent(probability));
  return blocks(
    [`**${escapeText(label)}?** — ${says}`, ...alternatives(question, t)].join(' · '),
    descriptionOf(label, project, described),
    explanationLines(passage.explanation)
      .map((line) => `- ${escapeText(line)}`)
      .join('\n'),
    [...answers(target, t), link(t('Open in Panel'), 'marginalia.openAtCursor', target)].join(' · '),
  );
}

/** What else the model holds possible at the place of an entity, likeliest first. */
function alternatives({ suggestion, passage }: Question, t: Translate): string[] {
  const place = (spans: readonly Range[]): string => spans.map(({ start, end }) => `${start}-${end}`).join();
  const candidate = passage.candidates.find(
    ({ kind, spans }) => kind === 'entity' && place(spans) === place(suggestion.spans),
  );
  return Object.entries(candidate?.distribution ?? {})
    .filter(([label, share]) => label !== suggestion.label && share >= POSSIBLE)
    .sort(([, a], [, b]) => b - a)
    .map(([label, share]) => `${label === 'none' ? t('nothing') : escapeText(label)} ${percent(share)}`);
}

function answers(target: TextTarget, t: Translate): string[] {
  return [
    link(t('Accept'), 'marginalia.acceptAtCursor', target),
    link(t('Reject'), 'marginalia.rejectAtCursor', target),
  ];
}

/** What a label means, where that was not said before. */
function descriptionOf(label: string, project: Project, described: Set<string>): string {
  if (described.has(label)) return '';
  described.add(label);
  return escapeText(project.entities.find((type) => type.label === label)?.description ?? '');
}

/** The relations of an entity as everybody who labelled it sees them; of two who say the same, once. */
function relationTexts({ lines }: LabelMark, context: HoverContext): string[] {
  const texts = new Map<string, { readonly text: string; readonly by: Set<string> }>();
  for (const { by, entities } of everybody(context)) {
    for (const line of lines)
      for (const { relation, other, isHead } of relationsAt(line.id, entities)) {
        const place = JSON.stringify([relation.label, isHead, other.spans.map(({ start, end }) => [start, end])]);
        let known = texts.get(place);
        if (known === undefined) {
          const target = { doc: other.doc, at: other.spans[0]?.start ?? 0, id: other.id };
          const end = link(quoted(other), 'marginalia.revealEntity', target);
          known = { text: relationText(relation.label, isHead, end, context.project), by: new Set() };
          texts.set(place, known);
        }
        known.by.add(by);
      }
  }
  return Array.from(texts.values(), ({ text, by }) =>
    by.has(context.annotator) ? text : `${text} (${[...by].map(escapeText).join(', ')})`,
  );
}

function* everybody({
  marks,
  lines,
  annotator,
}: HoverContext): Generator<{ by: string; entities: (Entity | Relation)[] }> {
  for (const { by, lines: theirs } of [{ by: annotator, lines: lines.own }, ...lines.others])
    yield { by, entities: revive(theirs, marks.document).filter(isEntityOrRelation) };
}

function isEntityOrRelation(line: Annotation): line is Entity | Relation {
  return line.type === 'entity' || line.type === 'relation';
}

/** Suggested relations of the person's own entity. */
function linkTexts({ own }: LabelMark, { marks, project, translate: t }: HoverContext): string[] {
  if (own === undefined) return [];
  return marks.links.flatMap(({ suggestion, key }) => {
    const { head, tail, label, probability } = suggestion;
    if (head !== own.id && tail !== own.id) return [];
    const isHead = head === own.id;
    const other = marks.labels.find((mark) => mark.own?.id === (isHead ? tail : head))?.own;
    if (other === undefined) return [];
    const doc = marks.document.ref.id;
    const end = link(quoted(other), 'marginalia.revealEntity', { doc, at: other.spans[0]?.start ?? 0, id: other.id });
    const target = { doc, at: own.spans[0]?.start ?? 0, key };
    return [
      [
        `${relationText(label, isHead, end, project)}?`,
        t('suggested, {0}', percent(probability)),
        ...answers(target, t),
      ].join(' · '),
    ];
  });
}

/** `worksFor → Corvane Water` at the head, `Tobias Renn → worksFor` at the tail; without direction `knows ↔ …`. */
function relationText(label: string, isHead: boolean, end: string, project: Project): string {
  const name = escapeText(label);
  if (project.relations.find((type) => type.label === label)?.symmetric === true) return `${name} ↔ ${end}`;
  return isHead ? `${name} → ${end}` : `${end} → ${name}`;
}

function quoted({ spans }: Entity): string {
  const text = spans
    .map((span) => span.text)
    .join(' … ')
    .replace(/\s+/g, ' ');
  const characters = Array.from(text);
  return characters.length > QUOTED ? `${characters.slice(0, QUOTED).join('')}…` : text;
}

function percent(share: number): string {
  return `${Math.min(99, Math.max(1, Math.round(share * 100)))} %`;
}

function link(title: string, command: HoverCommand, target: TextTarget): string {
  return `[${escapeText(title)}](${commandLink(command, target)})`;
}

function blocks(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n\n');
}

/**
 * Text that Markdown shows as it is: no mark-up, no HTML, no link. Everything in ASCII that is neither letter nor digit
 * is written as a character reference; white space becomes spaces.
 */
export function escapeText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[!-/:-@[-`{-~\p{Cc}]/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
