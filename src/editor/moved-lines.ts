import { passagesOf } from '../corpus/passages.js';
import type { Document, Range, Unit } from '../corpus/types.js';
import type { Annotation } from '../labels/annotation.js';
import { entityAnchor, passageAnchor, textOf } from '../labels/create.js';
import { revive } from './revive.js';

/** Where label lines go when their text is edited. Offsets are code points. Pure. */

/** A document before an edit and after it. */
export interface EditedDocument {
  readonly before: Document;
  /** Undefined where the edit left nothing of it. */
  readonly after: Document | undefined;
  /** Where a stretch of `before` stands in `after`; undefined where nothing is left of it. */
  readonly follow: (range: Range) => Range | undefined;
}

export interface Moves {
  /** Lines as they are in their file, and as they must be to stand where they are shown. */
  readonly moved: readonly { readonly from: Annotation; readonly to: Annotation }[];
  /** Lines whose text is gone. They stay as they are, and `check` reports them. */
  readonly lost: readonly Annotation[];
}

/** What becomes of one annotator's lines of a document; those that already were stale are left alone. */
export function movesOf(lines: readonly Annotation[], edited: EditedDocument, unit: Unit): Moves {
  const moved: { from: Annotation; to: Annotation }[] = [];
  const lost: Annotation[] = [];
  const passages = new PassageMoves(edited, unit);
  for (const line of lines) {
    const [stood] = revive([line], edited.before);
    if (stood === undefined) continue;
    const to =
      edited.after && (movedLine(stood, edited.after, edited.follow, passages) ?? foundLine(stood, edited.after));
    if (to === undefined) lost.push(line);
    else if (!isSamePlace(line, to)) moved.push({ from: line, to });
  }
  return { moved, lost };
}

function movedLine(
  line: Annotation,
  after: Document,
  follow: EditedDocument['follow'],
  passages: PassageMoves,
): Annotation | undefined {
  const doc = after.ref.id;
  switch (line.type) {
    case 'relation':
      return { ...line, doc };
    case 'entity': {
      const place = movedSpans(line.spans, after, follow);
      return place && { ...line, doc, ...place };
    }
    case 'rejection': {
      const [first] = line.spans ?? [];
      if (line.spans === undefined || first === undefined) return { ...line, doc };
      if (line.of === 'class') {
        const passage = passages.of(first);
        return passage && { ...line, doc, spans: [{ ...first, ...passage }] };
      }
      const place = movedSpans(line.spans, after, follow);
      return place && { ...line, doc, spans: place.spans };
    }
    case 'class':
    case 'review': {
      const [first] = line.spans;
      const passage = first && passages.of(first);
      return passage && { ...line, doc, ...passageAnchor(after, passage), spans: [{ ...first, ...passage }] };
    }
  }
}

/** A line whose text was cut and put in elsewhere, or gave way to a text that holds it again. */
function foundLine(line: Annotation, after: Document): Annotation | undefined {
  return revive([{ ...line, doc: after.ref.id }], after)[0];
}

/** What is left of some spans, with what is around it; undefined where that is nothing but white space. */
function movedSpans<S extends Range>(
  spans: readonly S[],
  after: Document,
  follow: EditedDocument['follow'],
): { spans: (S & { text: string })[]; before: string; after: string } | undefined {
  const left = spans.flatMap((span) => {
    const place = follow(span);
    return place === undefined ? [] : [{ ...span, ...place }];
  });
  if (!left.some((span) => textOf(after, span).trim() !== '')) return undefined;
  const anchor = entityAnchor(after, left);
  return { ...anchor, spans: left.map((span, i) => ({ ...span, ...anchor.spans[i]! })) };
}

/** Where passages that were changed go: one that was split or joined with another is none of those there are now. */
class PassageMoves {
  readonly #edited: EditedDocument;
  readonly #unit: Unit;
  #moves: Map<string, Range> | undefined;

  constructor(edited: EditedDocument, unit: Unit) {
    this.#edited = edited;
    this.#unit = unit;
  }

  of({ start, end }: Range): Range | undefined {
    return (this.#moves ??= this.#all()).get(`${start}-${end}`);
  }

  #all(): Map<string, Range> {
    const { before, after, follow } = this.#edited;
    const now = after === undefined ? [] : passagesOf(after, this.#unit);
    const from = new Map<Range, string[]>();
    let next = 0;
    for (const { start, end } of passagesOf(before, this.#unit)) {
      const place = follow({ start, end });
      if (place === undefined) continue;
      while (next < now.length && now[next]!.end <= place.start) next++;
      const passage = now[next];
      if (passage === undefined || passage.end < place.end) continue;
      from.set(passage, [...(from.get(passage) ?? []), `${start}-${end}`]);
    }
    const moves = new Map<string, Range>();
    for (const [{ start, end }, [only, ...others]] of from)
      if (only !== undefined && others.length === 0) moves.set(only, { start, end });
    return moves;
  }
}

/** Whether a line already says that it stands there; what is around it may read otherwise. */
function isSamePlace(line: Annotation, to: Annotation): boolean {
  if (line.doc !== to.doc) return false;
  if (line.type === 'relation' || to.type === 'relation') return true;
  if ('sha' in line && 'sha' in to && line.sha !== to.sha) return false;
  return JSON.stringify(line.spans) === JSON.stringify(to.spans);
}
