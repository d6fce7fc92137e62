import type { Candidate, CandidateKind } from '../protocol/engine.js';
import type { Analysis } from './analysis.js';
import { identity, type Entry, type Pool } from './pool.js';

/** Candidates kept for browsing: the most informative ones. */
const KEPT = 5_000;

/** A ranking to be kept on disk: what was scored, and with which text. */
export interface SavedRanking {
  readonly round: string;
  readonly identities: readonly string[];
  readonly hashes: readonly string[];
  readonly scores: Float64Array;
  readonly candidates: readonly { readonly identity: string; readonly candidate: Candidate }[];
}

/**
 * The queue: scores of passages and the most informative candidates. A new ranking replaces the old one passage by
 * passage, so that there is always one to show.
 */
export class Ranking {
  /** Grows with each publication; 0 before the first. */
  version = 0;
  readonly #scores = new Map<string, Scored>();
  #candidates: Ranked[] = [];
  #round = '';
  /** Passages scored in this round. */
  #done = new WeakSet<Entry>();
  /** Of them, those whose candidates are not merged yet. */
  readonly #stale = new Set<string>();
  #added: Ranked[] = [];
  /** Identities of the passages that come before all others, in their order. */
  #first = new Map<string, number>();

  /** Puts passages at the head of the queue, whatever their scores; those put there before go back to their places. */
  putFirst(entries: readonly Entry[]): void {
    this.#first = new Map(entries.map((entry, place) => [identity(entry), place]));
  }

  get round(): string {
    return this.#round;
  }

  /** Names what scores depend on besides the text. When that changes, every passage is to be scored anew. */
  begin(round: string): void {
    if (round === this.#round) return;
    this.#merge();
    this.#round = round;
    this.#done = new WeakSet();
  }

  /** Of the entries, those to be scored in this round: the most doubtful so far first, new ones before all. */
  pending(entries: Iterable<Entry>): Entry[] {
    const left: { entry: Entry; score: number }[] = [];
    for (const entry of entries) {
      if (this.#done.has(entry)) continue;
      left.push({ entry, score: this.#scores.get(identity(entry))?.score ?? Infinity });
    }
    return left.sort((a, b) => compare(b.score, a.score)).map(({ entry }) => entry);
  }

  add({ entry, score, candidates }: Analysis): void {
    const key = identity(entry);
    this.#scores.set(key, { entry, score });
    this.#done.add(entry);
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

  /** Passages by score, equal ones in corpus order, behind those that were put first. */
  entries(wanted: (entry: Entry) => boolean): Entry[] {
    return [...this.#scores.entries()]
      .filter(([, { entry }]) => wanted(entry))
      .map(([key, { entry, score }]) => ({ entry, score, place: this.#first.get(key) ?? Infinity }))
      .sort((a, b) => compare(a.place, b.place) || compare(b.score, a.score) || byPlace(a.entry, b.entry))
      .map(({ entry }) => entry);
  }

  /** The `count` passages with the highest scores, whatever was put first; equal ones in corpus order. */
  best(count: number, wanted: (entry: Entry) => boolean): Entry[] {
    const open = [...this.#scores.values()].filter(({ entry }) => wanted(entry));
    const cut = Float64Array.from(open, ({ score }) => score).sort()[Math.max(0, open.length - count)] ?? 0;
    return open
      .filter(({ score }) => score >= cut)
      .sort((a, b) => compare(b.score, a.score) || byPlace(a.entry, b.entry))
      .slice(0, count)
      .map(({ entry }) => entry);
  }

  /** All passages that were scored, in no particular order. */
  all(wanted: (entry: Entry) => boolean): Entry[] {
    return [...this.#scores.values()].map(({ entry }) => entry).filter(wanted);
  }

  /** How informative a passage is; undefined where it was not ranked. */
  scoreOf(entry: Entry): number | undefined {
    return this.#scores.get(identity(entry))?.score;
  }

  /** Candidates by score; equal ones in corpus order. */
  candidates(kind: CandidateKind | undefined, wanted: (entry: Entry) => boolean): Candidate[] {
    this.#merge();
    return this.#candidates
      .filter(({ entry, candidate }) => (kind === undefined || candidate.kind === kind) && wanted(entry))
      .map(({ candidate }) => candidate);
  }

  /** What was scored in this round. */
  save(): SavedRanking {
    this.#merge();
    const scored = [...this.#scores].filter(([, { entry }]) => this.#done.has(entry));
    return {
      round: this.#round,
      identities: scored.map(([key]) => key),
      hashes: scored.map(([, { entry }]) => entry.hash),
      scores: Float64Array.from(scored, ([, { score }]) => score),
      candidates: this.#candidates.map(({ entry, candidate }) => ({ identity: identity(entry), candidate })),
    };
  }

  /** Takes up a round that was saved; passages whose text is another now are still to be scored. */
  resume({ round, identities, hashes, scores, candidates }: SavedRanking, pool: Pool): void {
    this.begin(round);
    const saved = new Map(identities.map((key, i) => [key, i]));
    for (const entry of pool.entries()) {
      const key = identity(entry);
      const i = saved.get(key);
      if (i === undefined || hashes[i] !== entry.hash) continue;
      this.#scores.set(key, { entry, score: scores[i]! });
      this.#done.add(entry);
    }
    this.#candidates = candidates.flatMap(({ identity: key, candidate }) => {
      const scored = this.#scores.get(key);
      return scored !== undefined && this.#done.has(scored.entry) ? [{ entry: scored.entry, candidate }] : [];
    });
  }

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

interface Scored {
  readonly entry: Entry;
  readonly score: number;
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
