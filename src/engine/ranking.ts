import type { Candidate, CandidateKind } from '../protocol/engine.js';
import type { Analysis } from './analysis.js';
import { identity, type Entry, type Pool } from './pool.js';

/** Candidates kept for browsing: the most informative ones. */
const KEPT = 5_000;

/**
 * The queue: scores of passages and the most informative candidates. A new ranking replaces the old one passage by
 * passage, so that there is always one to show.
 */
export class Ranking {
  /** Grows with each publication; 0 before the first. */
  version = 0;
  readonly #scores = new Map<string, { entry: Entry; score: number }>();
  #candidates: Ranked[] = [];

  /** Entries in the order in which they should be scored: the most doubtful so far first, new ones before all. */
  order(entries: readonly Entry[]): Entry[] {
    const score = (entry: Entry): number => this.#scores.get(identity(entry))?.score ?? Infinity;
    return [...entries].sort((a, b) => compare(score(b), score(a)));
  }

  /** A new round of scores begins; what an interrupted one has added counts once. */
  begin(): void {
    this.#merge();
  }

  add({ entry, score, candidates }: Analysis): void {
    const key = identity(entry);
    this.#scores.set(key, { entry, score });
    this.#stale.add(key);
    for (const candidate of candidates) this.#added.push({ entry, candidate });
    if (this.#added.length > 2 * KEPT) this.#merge();
  }

  /** Forgets passages that the corpus no longer holds. */
  keep(pool: Pool): void {
    const alive = new Set<string>();
    for (const entry of pool.entries()) alive.add(identity(entry));
    for (const key of this.#scores.keys()) if (!alive.has(key)) this.#scores.delete(key);
    this.#merge();
    this.#candidates = this.#candidates.filter(({ entry }) => alive.has(identity(entry)));
  }

  /** Passages by score; equal ones in corpus order. */
  entries(wanted: (entry: Entry) => boolean): Entry[] {
    return [...this.#scores.values()]
      .filter(({ entry }) => wanted(entry))
      .sort((a, b) => compare(b.score, a.score) || byPlace(a.entry, b.entry))
      .map(({ entry }) => entry);
  }

  /** Candidates by score; equal ones in corpus order. */
  candidates(kind: CandidateKind | undefined, wanted: (entry: Entry) => boolean): Candidate[] {
    this.#merge();
    return this.#candidates
      .filter(({ entry, candidate }) => (kind === undefined || candidate.kind === kind) && wanted(entry))
      .map(({ candidate }) => candidate);
  }

  readonly #stale = new Set<string>();
  #added: Ranked[] = [];

  /** Replaces the candidates of the passages scored since the last time. */
  #merge(): void {
    if (this.#stale.size === 0) return;
    const kept = this.#candidates.filter(({ entry }) => !this.#stale.has(identity(entry)));
    const all = [...kept, ...this.#added].sort(
      (a, b) => compare(b.candidate.score, a.candidate.score) || byPlace(a.entry, b.entry),
    );
    // Each kind keeps its share: a browser of relations should not find only spans.
    const counts = new Map<CandidateKind, number>();
    this.#candidates = all.filter(({ candidate: { kind } }) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      return count <= KEPT;
    });
    this.#added = [];
    this.#stale.clear();
  }
}

interface Ranked {
  readonly entry: Entry;
  readonly candidate: Candidate;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byPlace(a: Entry, b: Entry): number {
  return a.ref.id === b.ref.id ? a.start - b.start : a.ref.id < b.ref.id ? -1 : 1;
}
