import type { Range } from '../corpus/types.js';
import { textMap } from '../corpus/source-map.js';
import type { Answer, Review } from '../labels/annotation.js';
import { GOLD, type OwnedAnnotation, type Owner } from './label-index.js';
import type { Entry } from './pool.js';

/** What one owner said about one passage. Offsets are UTF-16 units into the passage's text. */
export interface LabelledPassage {
  readonly entry: Entry;
  readonly owner: Owner;
  readonly entities: readonly LabelledEntity[];
  readonly relations: readonly { readonly label: string; readonly head: string; readonly tail: string }[];
  /** class → values. */
  readonly classes: ReadonlyMap<string, readonly string[]>;
  readonly rejectedEntities: readonly { readonly label: string; readonly span: Range }[];
  readonly rejectedRelations: readonly { readonly label: string; readonly head: string; readonly tail: string }[];
  readonly rejectedClasses: ReadonlyMap<string, readonly string[]>;
  readonly answer: Answer | undefined;
  /** Whether the review is flagged. */
  readonly flagged?: true;
  /** How the review came to be asked. */
  readonly query: Review['query'];
  /** When the latest of its lines was written; '' without any. */
  readonly at: string;
  /** Labels that an accepted review speaks for: what is not labelled with them is 'none'. */
  readonly scope: readonly string[];
}

export interface LabelledEntity {
  readonly id: string;
  readonly label: string;
  /** From the first to the last of its spans. */
  readonly span: Range;
  /** Of several spans: no candidate stands for it. */
  readonly discontinuous: boolean;
}

type Draft = {
  -readonly [K in keyof LabelledPassage]: LabelledPassage[K] extends readonly (infer T)[]
    ? T[]
    : LabelledPassage[K] extends ReadonlyMap<string, readonly string[]>
      ? Map<string, string[]>
      : LabelledPassage[K];
};

/** What is known of one passage of a document with perhaps thousands that are labelled; a list is indexed once. */
export function labelledAt(
  passages: readonly LabelledPassage[],
  { start, end }: Pick<Entry, 'start' | 'end'>,
): readonly LabelledPassage[] {
  // Nothing is known of most documents.
  if (passages.length === 0) return passages;
  let index = indexes.get(passages);
  if (index === undefined) {
    const byStart = new Map<number, LabelledPassage[]>();
    for (const passage of passages) {
      const same = byStart.get(passage.entry.start);
      if (same === undefined) byStart.set(passage.entry.start, [passage]);
      else same.push(passage);
    }
    indexes.set(passages, (index = byStart));
  }
  return index.get(start)?.filter(({ entry }) => entry.end === end) ?? [];
}

/** A class that somebody has set in a passage is not in doubt for them. */
export function isSet(
  { label, multiple }: { readonly label: string; readonly multiple: boolean },
  view: LabelledPassage | undefined,
): boolean {
  return !multiple && view?.classes.has(label) === true;
}

const indexes = new WeakMap<readonly LabelledPassage[], ReadonlyMap<number, readonly LabelledPassage[]>>();

/**
 * Gathers the lines of one document by passage and owner.
 * @param spansOf the code-point spans of a line as they stand in the text now; undefined for a stale one, which teaches nothing
 * @param text of a passage
 */
export function labelledPassages(
  entries: readonly Entry[],
  lines: Iterable<OwnedAnnotation>,
  spansOf: (line: OwnedAnnotation) => readonly Range[] | undefined,
  text: (entry: Entry) => string,
): LabelledPassage[] {
  const drafts = new Map<string, Draft>();
  const homes = new Map<string, Draft>();
  const draftOf = (entry: Entry, owner: Owner): Draft => {
    const key = `${entry.start}\n${owner}`;
    let draft = drafts.get(key);
    if (draft === undefined) {
      draft = {
        entry,
        owner,
        entities: [],
        relations: [],
        classes: new Map(),
        rejectedEntities: [],
        rejectedRelations: [],
        rejectedClasses: new Map(),
        answer: undefined,
        query: undefined,
        at: '',
        scope: [],
      };
      drafts.set(key, draft);
    }
    return draft;
  };
  const place = (line: OwnedAnnotation): { draft: Draft; span: Range } | undefined => {
    const spans = spansOf(line);
    if (spans === undefined || spans.length === 0) return undefined;
    const start = Math.min(...spans.map((span) => span.start));
    const end = Math.max(...spans.map((span) => span.end));
    const entry = entries.find((candidate) => candidate.start <= start && end <= candidate.end);
    if (entry === undefined) return undefined;
    const map = textMap(text(entry));
    return {
      draft: draftOf(entry, line.owner),
      span: { start: map.toUtf16(start - entry.start), end: map.toUtf16(end - entry.start) },
    };
  };

  const pairs: OwnedAnnotation[] = [];
  for (const line of lines) {
    const { annotation, owner } = line;
    if (annotation.type === 'relation' || (annotation.type === 'rejection' && annotation.of === 'relation')) {
      pairs.push(line);
      continue;
    }
    const home = place(line);
    if (home === undefined) continue;
    const { draft, span } = home;
    if (annotation.at > draft.at) draft.at = annotation.at;
    switch (annotation.type) {
      case 'entity':
        draft.entities.push({
          id: annotation.id,
          label: annotation.label,
          span,
          discontinuous: annotation.spans.length > 1,
        });
        homes.set(`${owner}\n${annotation.id}`, draft);
        break;
      case 'class':
        append(draft.classes, annotation.label, annotation.value);
        break;
      case 'rejection':
        if (annotation.of === 'entity') draft.rejectedEntities.push({ label: annotation.label, span });
        else if (annotation.value !== undefined) append(draft.rejectedClasses, annotation.label, annotation.value);
        break;
      case 'review':
        draft.answer = annotation.answer;
        if (annotation.flag === true) draft.flagged = true;
        draft.query = annotation.query;
        if (annotation.answer === 'accept') draft.scope = [...annotation.scope];
        break;
    }
  }
  for (const { annotation, owner } of pairs) {
    if (annotation.type !== 'relation' && annotation.type !== 'rejection') continue;
    const { label, head, tail } = annotation;
    if (head === undefined || tail === undefined) continue;
    const draft = homes.get(`${owner}\n${head}`);
    if (draft === undefined || draft !== homes.get(`${owner}\n${tail}`)) continue;
    (annotation.type === 'relation' ? draft.relations : draft.rejectedRelations).push({ label, head, tail });
  }
  return [...drafts.values()];
}

/**
 * The labelled passages to learn from: of an adjudicated passage only 'gold' counts; of others each annotator's view,
 * their weights adding up to 1 a passage.
 */
export function weighted(passages: readonly LabelledPassage[]): { passage: LabelledPassage; weight: number }[] {
  const byEntry = new Map<Entry, LabelledPassage[]>();
  for (const passage of passages) {
    // A rejected passage is not text to learn from, and a skipped one says nothing.
    if (passage.answer === 'reject' || passage.answer === 'skip') continue;
    byEntry.set(passage.entry, [...(byEntry.get(passage.entry) ?? []), passage]);
  }
  return [...byEntry.values()].flatMap((views) => {
    const gold = views.filter(({ owner }) => owner === GOLD);
    const counted = gold.length > 0 ? gold : views;
    return counted.map((passage) => ({ passage, weight: 1 / counted.length }));
  });
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  map.set(key, [...(map.get(key) ?? []), value]);
}
