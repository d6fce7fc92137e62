import type { Candidate, CandidateKind } from '../protocol/engine.js';
import type { Analysis } from './analysis.js';
import type { ClassScores } from './class-index.js';
import { identity, type Entry, type Pool } from './pool.js';

/** Candidates kept for browsing: the most informative ones. */
const KEPT = 5_000;

/** A ranking to be kept on disk: what was scored, with which text, and of what the candidates are as recent. */
export interface SavedRanking {
  readonly round: string;
  readonly identities: readonly string[];
  readonly hashes: readonly string[];
  readonly scores: Float64Array;
  readonly peaks: Float64Array;
  readonly shown: readonly boolean[];
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
  /** The values of #scores. */
  #listed: readonly Scored[] = [];
  #candidates: Ranked[] = [];
  #round = '';
  readonly #byEntry = new Map<Entry, Scored>();
  /** Counts rounds. */
  #turn = 0;
  /** Records of a list that is asked about again and again. */
  #aligned: { readonly of: readonly Entry[]; readonly records: (Scored | undefined)[] } | undefined;
  /** Of them, those whose candidates are not merged yet. */
  readonly #stale = new Set<string>();
  #added: Ranked[] = [];
  /** Identities of the passages that come before all others, in their order. */
  #first: ReadonlySet<string> = new Set();

  /** Puts passages at the head of the queue, whatever their scores; those put there before go back to their places. */
  putFirst(entries: readonly Entry[]): void {
    this.#first = new Set(entries.map(identity));
  }

  get round(): string {
    return this.#round;
  }

  /**
   * Names what scores depend on besides the text. When that changes, every passage is to be scored anew.
   * @returns whether it has changed
   */
  begin(round: string): boolean {
    if (round === this.#round) return false;
    this.#round = round;
    this.#turn++;
    return true;
  }

  /** Of the entries that are wanted, those to be scored in this round: the most doubtful so far first, new ones before all. */
  pending(entries: readonly Entry[], wanted: (entry: Entry) => boolean): Entry[] {
    const records = this.#recordsOf(entries);
    const left: Entry[] = [];
    const scores: number[] = [];
    entries.forEach((entry, i) => {
      const scored = (records[i] ??= this.#byEntry.get(entry));
      if (scored?.turn === this.#turn || !wanted(entry)) return;
      left.push(entry);
      scores.push(scored?.score ?? this.scoreOf(entry) ?? Infinity);
    });
    return Array.from(descending(Float64Array.from(scores)), (i) => left[i]!);
  }

  add({ entry, score, candidates }: Analysis): void {
    const scored = this.#scored(entry);
    if (this.#stale.has(scored.key)) this.#merge();
    scored.score = score;
    scored.peak = candidates[0]?.score ?? 0;
    scored.turn = this.#turn;
    scored.shown = this.#turn;
    this.#stale.add(scored.key);
    for (const candidate of candidates) this.#added.push({ scored, candidate });
    if (this.#added.length > 2 * KEPT) this.#merge();
  }

  /** Takes over scores; candidates stay as they were until they are added (outdated, settle). */
  rescore({ entries, scores, peaks }: ClassScores): void {
    const records = this.#recordsOf(entries);
    entries.forEach((entry, i) => {
      if (Number.isNaN(scores[i])) return;
      const scored = (records[i] ??= this.#scored(entry));
      scored.score = scores[i]!;
      scored.peak = peaks[i]!;
      scored.turn = this.#turn;
    });
  }

  /** Of the passages whose candidates are to be kept, those whose candidates are older than their scores. */
  outdated(wanted: (entry: Entry) => boolean): Entry[] {
    return this.#top(KEPT, 'peak', ({ entry }) => wanted(entry))
      .filter((scored) => !isShown(scored))
      .map(({ entry }) => entry);
  }

  /** Drops candidates that are older than their passages' scores. */
  settle(): void {
    this.#merge();
    this.#candidates = this.#candidates.filter(({ scored }) => isShown(scored));
  }

  /** Forgets passages that the corpus no longer holds. */
  keep(pool: Pick<Pool, 'all'>): void {
    const alive = new Set<string>();
    for (const entry of pool.all()) alive.add(identity(entry));
    for (const [key, { entry }] of this.#scores) {
      if (alive.has(key)) continue;
      this.#scores.delete(key);
      this.#byEntry.delete(entry);
    }
    this.#aligned = undefined;
    this.#listed = [];
    this.#merge();
    this.#candidates = this.#candidates.filter(({ scored }) => alive.has(scored.key));
  }

  /** Passages by score, equal ones in corpus order, behind those that were put first; up to `count` of them. */
  entries(wanted: (entry: Entry) => boolean, count = Infinity): Entry[] {
    const first: Entry[] = [];
    for (const key of this.#first) {
      const entry = this.#scores.get(key)?.entry;
      if (entry !== undefined && wanted(entry)) first.push(entry);
    }
    const rest = this.#top(count, 'score', ({ key, entry }) => !this.#first.has(key) && wanted(entry));
    return [...first, ...rest.map(({ entry }) => entry)].slice(0, count);
  }

  /** The `count` passages with the highest scores, whatever was put first; equal ones in corpus order. */
  best(count: number, wanted: (entry: Entry) => boolean): Entry[] {
    return this.#top(count, 'score', ({ entry }) => wanted(entry)).map(({ entry }) => entry);
  }

  /** All passages that were scored, in no particular order. */
  all(wanted: (entry: Entry) => boolean): Entry[] {
    return this.#list().flatMap(({ entry }) => (wanted(entry) ? [entry] : []));
  }

  /** About `count` of the passages that were scored, evenly spread, and how many each of them stands for. */
  sample(count: number): { entries: Entry[]; each: number } {
    const all = this.#list();
    const each = Math.max(1, all.length / count);
    const size = Math.min(all.length, count);
    return { entries: Array.from({ length: size }, (_, i) => all[Math.floor(i * each)]!.entry), each };
  }

  /** How informative a passage is; undefined where it was not ranked. */
  scoreOf(entry: Entry): number | undefined {
    return (this.#byEntry.get(entry) ?? this.#scores.get(identity(entry)))?.score;
  }

  /** Candidates by score; equal ones in corpus order. */
  candidates(kind: CandidateKind | undefined, wanted: (entry: Entry) => boolean): Candidate[] {
    this.#merge();
    return this.#candidates
      .filter(({ scored, candidate }) => (kind === undefined || candidate.kind === kind) && wanted(scored.entry))
      .map(({ candidate }) => candidate);
  }

  /** What was scored in this round. */
  save(): SavedRanking {
    this.#merge();
    const scored = [...this.#scores.values()].filter(({ turn }) => turn === this.#turn);
    return {
      round: this.#round,
      identities: scored.map(({ key }) => key),
      hashes: scored.map(({ entry }) => entry.hash),
      scores: Float64Array.from(scored, ({ score }) => score),
      peaks: Float64Array.from(scored, ({ peak }) => peak),
      shown: scored.map(isShown),
      candidates: this.#candidates.map(({ scored, candidate }) => ({ identity: scored.key, candidate })),
    };
  }

  /** Takes up a round that was saved; passages whose text is another now are still to be scored. */
  resume({ round, identities, hashes, scores, peaks, shown, candidates }: SavedRanking, pool: Pick<Pool, 'all'>): void {
    this.begin(round);
    const saved = new Map(identities.map((key, i) => [key, i]));
    for (const entry of pool.all()) {
      const i = saved.get(identity(entry));
      if (i === undefined || hashes[i] !== entry.hash) continue;
      const scored = this.#scored(entry);
      Object.assign(scored, { score: scores[i]!, peak: peaks[i]!, turn: this.#turn });
      if (shown[i] === true) scored.shown = this.#turn;
    }
    this.#candidates = candidates.flatMap(({ identity: key, candidate }) => {
      const scored = this.#scores.get(key);
      return scored?.turn === this.#turn ? [{ scored, candidate }] : [];
    });
  }

  #recordsOf(entries: readonly Entry[]): (Scored | undefined)[] {
    if (this.#aligned?.of !== entries)
      this.#aligned = { of: entries, records: entries.map((entry) => this.#byEntry.get(entry)) };
    return this.#aligned.records;
  }

  /** The record of a passage; an entry that was made anew takes over the record of the one before. */
  #scored(entry: Entry): Scored {
    let scored = this.#byEntry.get(entry);
    if (scored !== undefined) return scored;
    const key = identity(entry);
    scored = this.#scores.get(key);
    if (scored === undefined)
      this.#scores.set(key, (scored = { key, entry, score: 0, peak: 0, turn: NEVER, shown: NEVER }));
    else this.#byEntry.delete(scored.entry);
    scored.entry = entry;
    this.#byEntry.set(entry, scored);
    return scored;
  }

  /** The `count` highest that are wanted; equal ones in corpus order. */
  #top(count: number, by: 'score' | 'peak', wanted: (scored: Scored) => boolean): Scored[] {
    if (count === 0) return [];
    const all = this.#list();
    const values = new Float64Array(all.length);
    // Most are wanted: only the highest are asked, and more where that leaves too few.
    for (let most = count; ; most *= 4) {
      for (let i = 0; i < all.length; i++) values[i] = all[i]![by];
      const cut = most < all.length ? highest(values, most) : -Infinity;
      const found = all.filter((scored) => scored[by] >= cut && wanted(scored));
      if (found.length < count && most < all.length) continue;
      return found.sort((a, b) => compare(b[by], a[by]) || byPlace(a.entry, b.entry)).slice(0, count);
    }
  }

  /** All records, in no particular order. */
  #list(): readonly Scored[] {
    if (this.#listed.length !== this.#scores.size) this.#listed = [...this.#scores.values()];
    return this.#listed;
  }

  /** Replaces the candidates of the passages scored since the last time. */
  #merge(): void {
    if (this.#stale.size === 0) return;
    const kept = this.#candidates.filter(({ scored }) => !this.#stale.has(scored.key));
    const all = [...kept, ...this.#added].sort(
      (a, b) => compare(b.candidate.score, a.candidate.score) || byPlace(a.scored.entry, b.scored.entry),
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
  readonly key: string;
  entry: Entry;
  score: number;
  /** The highest score of its candidates. */
  peak: number;
  /** When it was scored last, and when its candidates were added last. */
  turn: number;
  shown: number;
}

const NEVER = -1;

/** Whether a passage's candidates are as recent as its score. */
function isShown({ turn, shown }: Scored): boolean {
  return shown === turn;
}

interface Ranked {
  readonly scored: Scored;
  readonly candidate: Candidate;
}

/** Indices by descending score, equal ones in their order: by sorting bare numbers, several times as fast as items. */
function descending(scores: Float64Array): Uint32Array {
  const keys = scores.map((score) => -score);
  const sorted = Float64Array.from(keys).sort();
  const taken = new Uint32Array(keys.length);
  const order = new Uint32Array(keys.length);
  keys.forEach((key, i) => {
    let [low, high] = [0, keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < key) low = middle + 1;
      else high = middle;
    }
    order[low + taken[low]!++] = i;
  });
  return order;
}

/** The count-th highest of more than so many numbers, by quickselect (Hoare 1961); puts them into another order. */
function highest(values: Float64Array, count: number): number {
  const at = count - 1;
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[i]! > pivot) i++;
      while (values[j]! < pivot) j--;
      if (i > j) break;
      [values[i], values[j]] = [values[j]!, values[i]!];
      i++;
      j--;
    }
    if (at <= j) high = j;
    else if (at >= i) low = i;
    else break;
  }
  return values[at]!;
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byPlace(a: Entry, b: Entry): number {
  return a.ref.id === b.ref.id ? a.start - b.start : a.ref.id < b.ref.id ? -1 : 1;
}
