import { setImmediate as breathe } from 'node:timers/promises';
import picomatch from 'picomatch';
import { best } from '../learning/distribution.js';
import { NONE, type Distribution } from '../learning/types.js';
import type { Candidate, PassageKey } from '../protocol/engine.js';
import {
  includesReviewed,
  orderOf,
  type FilterTerm,
  type QueueFilter,
  type TermField,
} from '../protocol/queue-filter.js';
import { betweenAnnotators, withHeads } from './disagreement.js';
import type { Heads } from './heads.js';
import { inputsOf } from './inputs.js';
import type { LabelledPassage } from './labelled.js';
import { identity, type Entry, type Pool } from './pool.js';
import { folded, holds, likeness } from './search.js';
import type { Vectors } from './vectors.js';

/** What a filter looks at. */
export interface Queue {
  readonly pool: Pool;
  readonly vectors: Vectors;
  readonly heads: Heads;
  /** Passages that are still to be reviewed, as they are asked about. */
  readonly ranked: readonly Entry[];
  /** The candidates that are kept for browsing. */
  readonly candidates: readonly Candidate[];
  /** How informative a passage is; undefined where it was not ranked. */
  readonly scoreOf: (entry: Entry) => number | undefined;
  readonly viewsOf: (entry: Entry) => readonly LabelledPassage[];
  readonly signal: AbortSignal;
}

/** Passages that are looked at in one go. */
const WAVE = 256;
/** A candidate counts as one of a label from this probability on. */
const POSSIBLE = 0.25;

/** Finds the passages that fit a filter. What is costly to know of a passage is remembered as long as it holds. */
export class Filtering {
  readonly #texts = new WeakMap<Entry, string>();
  /** Similarities to one passage, by hash. */
  #like = { of: '', similarity: new Map<string, number>() };
  /** Disagreement of views with one state of the heads. */
  #heads: { readonly state: string; readonly of: WeakMap<LabelledPassage, number> } = { state: '', of: new WeakMap() };

  /** The passages that fit, in the filter's order. */
  async matching(filter: QueueFilter, queue: Queue): Promise<Entry[]> {
    const reviewed = includesReviewed(filter);
    const open = new Set(queue.ranked);
    const pooled = reviewed
      ? [...queue.ranked, ...[...queue.pool.entries()].filter((entry) => !open.has(entry))]
      : queue.ranked;
    const fits = fitting(filter, queue, open);
    const found: Entry[] = [];
    const words = wordsOf(filter);
    for (let at = 0; at < pooled.length; at += WAVE) {
      for (const entry of pooled.slice(at, at + WAVE)) {
        if (!fits(entry)) continue;
        if (words.some(({ folded: list }) => list.length > 0)) {
          const text = await this.#text(entry, queue.pool);
          if (
            text === undefined ||
            !words.every(({ not, folded: list }) =>
              not ? !list.some((word) => text.includes(word)) : holds(text, list),
            )
          )
            continue;
        }
        found.push(entry);
      }
      await breathe();
      queue.signal.throwIfAborted();
    }
    switch (orderOf(filter)) {
      case 'uncertainty':
        return found;
      case 'document':
        return inDocumentOrder(found, queue.pool);
      case 'similarity':
        return filter.like === undefined ? found : this.#bySimilarity(found, filter.like, queue);
      case 'disagreement':
        return this.#byDisagreement(found, queue);
    }
  }

  /** The passages whose text fits what was typed best, reviewed or not; equal ones in corpus order. */
  async find(typed: string, limit: number, pool: Pool, signal: AbortSignal): Promise<Entry[]> {
    const words = folded(typed)
      .split(/\s+/)
      .filter((word) => word !== '');
    const found: { entry: Entry; fit: number }[] = [];
    let seen = 0;
    for (const entry of pool.entries()) {
      const text = await this.#text(entry, pool);
      // What the text says counts for more than where it stands.
      const fit =
        text === undefined
          ? 0
          : Math.max(likeness(text, words), 0.9 * likeness(`${text}\n${folded(entry.ref.id)}`, words));
      if (fit > 0) found.push({ entry, fit });
      if (++seen % WAVE === 0) {
        await breathe();
        signal.throwIfAborted();
      }
    }
    return found
      .sort((a, b) => b.fit - a.fit)
      .slice(0, limit)
      .map(({ entry }) => entry);
  }

  async #text(entry: Entry, pool: Pool): Promise<string | undefined> {
    let text = this.#texts.get(entry);
    if (text === undefined) {
      const whole = await pool.text(entry);
      if (whole === undefined) return undefined;
      text = folded(whole);
      // What is too much to keep in memory is read again each time.
      if (entry.text !== undefined) this.#texts.set(entry, text);
    }
    return text;
  }

  async #bySimilarity(entries: readonly Entry[], like: PassageKey, { pool, vectors, signal }: Queue): Promise<Entry[]> {
    const target = pool.find(like.doc, like.start, like.end);
    const text = target === undefined ? undefined : await pool.text(target);
    if (target === undefined || text === undefined)
      throw new Error(`The corpus no longer holds the passage of ${like.doc} that others should be like.`);
    await vectors.ensure([{ hash: target.hash, text }], signal);
    const vector = (await vectors.encoded([target.hash])).get(target.hash)?.vector;
    const name = `${vectors.info.hash} ${target.hash}`;
    if (this.#like.of !== name) this.#like = { of: name, similarity: new Map() };
    const { similarity } = this.#like;
    const unknown = entries.filter(({ hash }) => vector !== undefined && !similarity.has(hash) && vectors.has(hash));
    for (let at = 0; vector !== undefined && at < unknown.length; at += WAVE) {
      const hashes = unknown.slice(at, at + WAVE).map(({ hash }) => hash);
      for (const [hash, encoded] of await vectors.encoded(hashes)) similarity.set(hash, dot(vector, encoded.vector));
      signal.throwIfAborted();
    }
    return entries
      .filter((entry) => entry !== target && similarity.has(entry.hash))
      .sort((a, b) => similarity.get(b.hash)! - similarity.get(a.hash)!);
  }

  /** Those that people contradict one another about first, then those that the heads see otherwise. */
  async #byDisagreement(entries: readonly Entry[], queue: Queue): Promise<Entry[]> {
    const { heads, pool, vectors, viewsOf, signal } = queue;
    if (this.#heads.state !== heads.state) this.#heads = { state: heads.state, of: new WeakMap() };
    const known = this.#heads.of;
    const isAccepted = ({ answer }: LabelledPassage): boolean => answer === 'accept';
    const unknown = entries.filter(
      (entry) => vectors.has(entry.hash) && viewsOf(entry).some((view) => isAccepted(view) && !known.has(view)),
    );
    for (let at = 0; at < unknown.length; at += WAVE) {
      const inputs = await inputsOf(unknown.slice(at, at + WAVE), pool, vectors);
      const pairs = inputs.flatMap(({ entry, input }) =>
        viewsOf(entry)
          .filter(isAccepted)
          .map((view) => ({ view, input })),
      );
      withHeads(pairs, heads).forEach((value, i) => known.set(pairs[i]!.view, value));
      await breathe();
      signal.throwIfAborted();
    }
    const symmetric = new Set(
      heads.relations.head.signatures.flatMap((signature) => (signature.symmetric ? [signature.label] : [])),
    );
    return entries
      .map((entry) => {
        const views = viewsOf(entry);
        return {
          entry,
          people: betweenAnnotators(views, symmetric),
          heads: Math.max(0, ...views.map((view) => known.get(view) ?? 0)),
        };
      })
      .filter((item) => item.people > 0 || item.heads > 0)
      .sort((a, b) => b.people - a.people || b.heads - a.heads)
      .map(({ entry }) => entry);
  }
}

/** The candidates of passages in their order, each passage's most informative first; by score where that is the order. */
export function candidatesIn(
  entries: readonly Entry[],
  filter: QueueFilter,
  candidates: readonly Candidate[],
): Candidate[] {
  const place = new Map(entries.map((entry, at) => [identity(entry), at]));
  const placeOf = ({ doc, passage }: Candidate): number | undefined =>
    place.get(identity({ ref: { id: doc }, ...passage }));
  const labels = of(filter.terms, 'label');
  const kinds = of(filter.terms, 'kind');
  const found = candidates.filter(
    (candidate) =>
      placeOf(candidate) !== undefined &&
      isAllowed(kinds, (kind) => kind === candidate.kind) &&
      isAllowed(labels, (label) => labelsOf(candidate).includes(label)),
  );
  return orderOf(filter) === 'uncertainty' ? found : found.sort((a, b) => placeOf(a)! - placeOf(b)!);
}

/** Whether a passage fits everything but the words. */
function fitting(filter: QueueFilter, queue: Queue, open: ReadonlySet<Entry>): (entry: Entry) => boolean {
  const { terms, scores } = filter;
  const [files, statuses, annotators] = [of(terms, 'file'), of(terms, 'status'), of(terms, 'annotator')];
  const [labels, kinds] = [of(terms, 'label'), of(terms, 'kind')];
  const matchers = new Map(files.map(({ value }) => [value, fileMatcher(value)]));
  const offered = labels.length + kinds.length === 0 ? undefined : offers(queue.candidates);
  const named = annotators.filter(({ not }) => !not).map(({ value }) => value);
  return (entry) => {
    const views = queue.viewsOf(entry);
    const counted = named.length === 0 ? views : views.filter(({ owner }) => named.includes(owner));
    const key = identity(entry);
    const score = queue.scoreOf(entry);
    return (
      isAllowed(files, (glob) => matchers.get(glob)!(entry.ref.file)) &&
      isAllowed(annotators, (by) => views.some(({ owner }) => owner === by)) &&
      isAllowed(statuses, (status) => hasStatus(status, counted, open.has(entry))) &&
      isAllowed(
        labels,
        (label) => offered?.get(key)?.has(`label ${label}`) === true || counted.some((view) => isLabelled(view, label)),
      ) &&
      isAllowed(
        kinds,
        (kind) => offered?.get(key)?.has(`kind ${kind}`) === true || counted.some((view) => holdsKind(view, kind)),
      ) &&
      scores.every(({ comparison, value }) => score !== undefined && compares(score, comparison, value))
    );
  };
}

/** Any of the values that are asked for, and none of those that are not wanted. */
function isAllowed(terms: readonly FilterTerm[], fits: (value: string) => boolean): boolean {
  const wanted = terms.filter(({ not }) => !not);
  return (
    (wanted.length === 0 || wanted.some(({ value }) => fits(value))) &&
    !terms.some(({ value, not }) => not && fits(value))
  );
}

function of(terms: readonly FilterTerm[], field: TermField): FilterTerm[] {
  return terms.filter((term) => term.field === field);
}

function wordsOf({ terms }: QueueFilter): { readonly not: boolean; readonly folded: readonly string[] }[] {
  const words = of(terms, 'text');
  return [false, true].map((not) => ({
    not,
    folded: words.filter((word) => word.not === not).map(({ value }) => folded(value)),
  }));
}

/** A glob; a path without wild cards also stands for what is in that folder. */
function fileMatcher(glob: string): (file: string) => boolean {
  const bare = glob.replace(/^\.\//, '').replace(/\/+$/, '');
  const matches = picomatch(bare, { dot: true });
  return (file) => matches(file) || file === bare || file.startsWith(`${bare}/`);
}

function hasStatus(status: string, views: readonly LabelledPassage[], open: boolean): boolean {
  switch (status) {
    case 'unreviewed':
      return open;
    case 'accepted':
      return views.some(({ answer }) => answer === 'accept');
    case 'rejected':
      return views.some(({ answer }) => answer === 'reject');
    case 'skipped':
      return views.some(({ answer }) => answer === 'skip');
    case 'flagged':
      return views.some(({ flagged }) => flagged === true);
    default:
      return false;
  }
}

/** A label's name, or a class's value. */
function isLabelled({ entities, relations, classes }: LabelledPassage, label: string): boolean {
  return (
    entities.some((entity) => entity.label === label) ||
    relations.some((relation) => relation.label === label) ||
    [...classes].some(([name, values]) => name === label || values.includes(label))
  );
}

function holdsKind({ entities, relations, classes }: LabelledPassage, kind: string): boolean {
  return (kind === 'entity' ? entities.length : kind === 'relation' ? relations.length : classes.size) > 0;
}

/** What candidates might be, by passage. */
function offers(candidates: readonly Candidate[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const candidate of candidates) {
    const key = identity({ ref: { id: candidate.doc }, ...candidate.passage });
    let known = found.get(key);
    if (known === undefined) found.set(key, (known = new Set()));
    known.add(`kind ${candidate.kind}`);
    for (const label of labelsOf(candidate)) known.add(`label ${label}`);
  }
  return found;
}

/** What a candidate is most likely labelled with, if that is likely at all; of a class also the class. */
function labelsOf({ distribution, class: type }: Candidate): string[] {
  const named: Distribution = Object.fromEntries(Object.entries(distribution).filter(([label]) => label !== NONE));
  const { label, probability } = best(named);
  return [...(probability < POSSIBLE ? [] : [label]), ...(type === undefined ? [] : [type])];
}

function compares(score: number, comparison: '>' | '>=' | '<' | '<=', value: number): boolean {
  switch (comparison) {
    case '>':
      return score > value;
    case '>=':
      return score >= value;
    case '<':
      return score < value;
    case '<=':
      return score <= value;
  }
}

function inDocumentOrder(entries: readonly Entry[], pool: Pool): Entry[] {
  const wanted = new Set(entries);
  return [...pool.entries()].filter((entry) => wanted.has(entry));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
