import type { PanelView, PassageView, ViewEntity, ViewSpan } from '../src/protocol/panel.js';
import { percent } from './announce.js';
import { endText, entityById } from './lookup.js';
import { extent, lengthOf, overlaps, quote, sameSpans, touches } from './spans.js';

/** What is drawn over a passage: a pure picture of the view, before any geometry. */

export interface Mark {
  readonly kind: 'entity' | 'suggestion' | 'doubt';
  readonly id: string;
  readonly spans: readonly ViewSpan[];
  /** What the tag says: the label's name is always written out. */
  readonly tag: string;
  readonly title: string;
  readonly color: string;
}

/** Someone else's entity: shown, but not in the way. */
export interface OthersMark {
  readonly spans: readonly ViewSpan[];
  readonly title: string;
  readonly color: string;
}

export interface Link {
  readonly kind: 'relation' | 'suggestion';
  readonly id: string;
  readonly tag: string;
  readonly title: string;
  readonly head: string;
  readonly tail: string;
  readonly symmetric: boolean;
  /** Of a relation whose other end is far away or in another part: only `head` is here, and this is where it leads. */
  readonly stub?: { readonly target: string; readonly text: string; readonly out: boolean; readonly sign: '↑' | '↓' };
}

/** Ends of a relation further apart than this, in UTF-16 units, are drawn each with a stub: an arc would be lost to the eye. */
const farApart = 4000;
/** Units of the other end's text that a stub shows. */
const stubText = 28;

const neutral = 'var(--vscode-descriptionForeground)';

export function colorOf(types: PanelView['types'], label: string): string {
  return types.entities.find((type) => type.label === label)?.color ?? neutral;
}

/**
 * The marks of a stretch in the order in which they take their places: the shortest first, so that what is nested lies
 * nearest to the text and what holds it further out.
 */
export function marksOf(types: PanelView['types'], passage: PassageView, stretch: ViewSpan): Mark[] {
  const marks: Mark[] = [];
  for (const { id, label, own, spans } of passage.entities) {
    if (!own || !touches(spans, stretch)) continue;
    marks.push({
      kind: 'entity',
      id,
      spans,
      tag: label,
      title: `${label} “${quote(passage.text, spans)}”`,
      color: colorOf(types, label),
    });
  }
  for (const { key, kind, label, spans, probability } of passage.suggestions) {
    if (kind !== 'entity' || !touches(spans, stretch)) continue;
    marks.push({
      kind: 'suggestion',
      id: key,
      spans,
      tag: `${label}? ${percent(probability)}`,
      title: `Suggestion: ${label} “${quote(passage.text, spans)}”, ${percent(probability)}`,
      color: colorOf(types, label),
    });
  }
  const { doubt } = passage;
  if (
    doubt?.kind === 'entity' &&
    touches(doubt.spans, stretch) &&
    !marks.some(({ spans }) => sameSpans(spans, doubt.spans))
  ) {
    const likeliest = Object.entries(doubt.distribution).sort(([, a], [, b]) => b - a);
    marks.push({
      kind: 'doubt',
      id: 'doubt',
      spans: doubt.spans,
      tag: likeliest
        .slice(0, 2)
        .map(([label, probability]) => `${label} ${percent(probability)}`)
        .join(' · '),
      title: 'What the model is least sure of here',
      color: neutral,
    });
  }
  return marks
    .map((mark) => ({ mark, length: lengthOf(mark.spans) }))
    .sort((a, b) => a.length - b.length || a.mark.spans[0]!.start - b.mark.spans[0]!.start)
    .map(({ mark }) => mark);
}

export function othersOf(types: PanelView['types'], { entities, text }: PassageView, stretch: ViewSpan): OthersMark[] {
  return entities
    .filter(({ own, spans }) => !own && touches(spans, stretch))
    .map(({ label, by, spans }) => ({
      spans,
      title: `${by}: ${label} “${quote(text, spans)}”`,
      color: colorOf(types, label),
    }));
}

/**
 * Relations and suggested relations whose ends are both here and that lead into or over a stretch; the side list names
 * the others too.
 */
export function linksOf(types: PanelView['types'], passage: PassageView, stretch: ViewSpan): Link[] {
  const symmetric = new Set(types.relations.filter((type) => type.symmetric).map(({ label }) => label));
  const links: Link[] = passage.relations.map(({ id, label, head, tail }) => ({
    kind: 'relation',
    id,
    tag: label,
    title: label,
    head,
    tail,
    symmetric: symmetric.has(label),
  }));
  for (const { kind, key, label, head, tail, probability } of passage.suggestions) {
    if (kind !== 'relation' || head === undefined || tail === undefined) continue;
    links.push({
      kind: 'suggestion',
      id: key,
      tag: `${label}? ${percent(probability)}`,
      title: `Suggestion: ${label}, ${percent(probability)}`,
      head,
      tail,
      symmetric: symmetric.has(label),
    });
  }
  return links.flatMap((link) => {
    const [head, tail] = [entityById(passage, link.head), entityById(passage, link.tail)];
    if (head !== undefined && tail !== undefined) {
      const whole = extent([...head.spans, ...tail.spans]);
      if (link.kind === 'suggestion' || whole.end - whole.start <= farApart)
        return overlaps(whole, stretch) ? [link] : [];
    }
    return [
      ...(head === undefined ? [] : stubOf(passage, link, head, link.tail, true)),
      ...(tail === undefined ? [] : stubOf(passage, link, tail, link.head, false)),
    ]
      .filter(() => link.kind === 'relation')
      .filter(({ head: here }) => touches(entityById(passage, here)!.spans, stretch));
  });
}

function stubOf(passage: PassageView, link: Link, here: ViewEntity, target: string, out: boolean): Link[] {
  const whole = endText(passage, target);
  if (whole === undefined) return [];
  const other = entityById(passage, target);
  const before =
    other === undefined
      ? passage.beyond.find(({ id }) => id === target)?.where === 'before'
      : extent(other.spans).start < extent(here.spans).start;
  const text = whole.length > stubText ? `${whole.slice(0, stubText).trimEnd()}…` : whole;
  const arrow = link.symmetric ? '–' : out ? '→' : '←';
  const stub = { target, text, out, sign: before ? '↑' : '↓' } as const;
  return [
    { ...link, tag: `${link.tag} ${arrow}`, title: `${link.tag} ${arrow} “${whole}”`, head: here.id, tail: '', stub },
  ];
}
