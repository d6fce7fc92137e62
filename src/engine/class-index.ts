import { ClassPool } from '../learning/features/class-pool.js';
import type { ClassSpace } from '../learning/features/class.js';
import { distributionsOf, pooledProbabilities } from '../learning/heads/class.js';
import { softmaxRows } from '../learning/linear/softmax.js';
import type { Measure, Uncertainty } from '../learning/strategies/names.js';
import { passageScore, SPEAKERS, uncertainty } from '../learning/strategies/uncertainty.js';
import type { ClassRows } from './class-rows.js';
import type { Heads } from './heads.js';
import { isSet, type LabelledPassage } from './labelled.js';
import { outlookOf, type Outlook } from './outlook.js';
import type { Entry } from './pool.js';

/** Bytes of features that are kept at most: some 300,000 passages of 32 words × 256 dimensions. */
const LIMIT = 256 * 2 ** 20;
/** Rows of texts that the corpus no longer holds are cleared away when they are more than one in so many. */
const DEAD = 8;
/** Scoring so many passages at once takes as long as analysing one. */
const ONE = 100;

/** Passages as their classes have them scored. */
export interface ClassScores {
  readonly entries: readonly Entry[];
  /** Of each passage; NaN where it is still to be analysed. */
  readonly scores: Float64Array;
  /** Of each the score of its most informative candidate. */
  readonly peaks: Float64Array;
}

/** An annotator's view of a passage. */
export type ViewOf = (entry: Entry) => LabelledPassage | undefined;

/**
 * Class features of the pool's texts by hash, for projects with classes alone: with them, all passages are scored at once
 * when the heads change. They are kept as passages are analysed, up to a limit; those beyond it are analysed wave by wave.
 */
export class ClassIndex {
  readonly #limit: number;
  readonly #rows = new Map<string, number>();
  #pool: ClassPool | undefined;
  #space: ClassSpace | undefined;
  /** Rows of a list that is asked about again and again; −1 where there is none. */
  #aligned: { readonly entries: readonly Entry[]; readonly rows: Int32Array } | undefined;

  /** @param limit bytes of features above which no more are kept */
  constructor(limit = LIMIT) {
    this.#limit = limit;
  }

  /** Keeps the features of passages. Those of another space than before replace all. */
  put(entries: readonly Entry[], { packed, features: { space } }: ClassRows): void {
    if (space !== this.#space) this.clear();
    this.#space = space;
    const pool = (this.#pool ??= new ClassPool(packed.dimensions));
    if (pool.bytes >= this.#limit) return;
    const fresh: number[] = [];
    entries.forEach(({ hash }, row) => {
      if (this.#rows.has(hash)) return;
      this.#rows.set(hash, pool.size + fresh.length);
      fresh.push(row);
    });
    if (fresh.length > 0) this.#aligned = undefined;
    pool.take(packed, fresh);
  }

  /** Whether a text's features are kept, as the heads see them. */
  has(hash: string, heads: Heads): boolean {
    return heads.spaces.classes === this.#space && this.#rows.has(hash);
  }

  /** The pooled vector of a text; undefined where it is not kept. */
  vector(hash: string): Float32Array | undefined {
    const row = this.#rows.get(hash);
    return row === undefined ? undefined : this.#pool?.vector(row);
  }

  /**
   * Scores all at once the passages whose features are kept. Undefined where these are so few that each is analysed as
   * quickly.
   * @param except passages of which classes are set already: they are to be analysed
   */
  scores(
    entries: readonly Entry[],
    heads: Heads,
    measure: Uncertainty,
    except: ReadonlySet<Entry>,
  ): ClassScores | undefined {
    const pool = this.#pool;
    if (pool === undefined || heads.spaces.classes !== this.#space) return undefined;
    const rows = this.#rowsOf(entries);
    const held = rows.reduce((sum, row) => sum + (row < 0 ? 0 : 1), 0);
    if (held * ONE < pool.size) return undefined;
    const ofRows = scoresOf(pool, heads, measure);
    const scores = new Float64Array(entries.length);
    const peaks = new Float64Array(entries.length);
    for (let i = 0; i < entries.length; i++) {
      const row = rows[i]!;
      const isHeld = row >= 0 && !(except.size > 0 && except.has(entries[i]!));
      scores[i] = isHeld ? ofRows.scores[row]! : NaN;
      peaks[i] = isHeld ? ofRows.peaks[row]! : NaN;
    }
    return { entries, scores, peaks };
  }

  /** The outlooks of passages whose features are kept, as an analysis gives them. */
  outlooks(entries: readonly Entry[], heads: Heads, measure: Measure, viewOf: ViewOf): Outlook[] {
    const pool = new ClassPool(this.#pool?.dimensions ?? 0);
    if (this.#pool !== undefined)
      pool.take(
        this.#pool,
        entries.map(({ hash }) => this.#rows.get(hash)!),
      );
    const predicted = heads.classes.map(({ type, head }) => ({
      type,
      head,
      probabilities: pooledProbabilities(head, pool),
    }));
    return entries.map((entry, row) => {
      const view = viewOf(entry);
      const candidates = predicted
        .filter(({ type }) => !isSet(type, view))
        .flatMap(({ type, head, probabilities }) =>
          distributionsOf(head, probabilities, row).map((distribution) => ({
            kind: 'class' as const,
            class: type.label,
            distribution,
            // What is drawn at random is not chosen by its outlook.
            score: measure === 'random' ? 0 : uncertainty(measure, Object.values(distribution)),
          })),
        )
        .sort((a, b) => b.score - a.score);
      return outlookOf(heads, candidates.slice(0, SPEAKERS));
    });
  }

  /** Forgets texts that the corpus no longer holds. */
  keep(alive: ReadonlySet<string>): void {
    for (const hash of this.#rows.keys()) if (!alive.has(hash)) this.#rows.delete(hash);
    if (this.#pool === undefined || (this.#pool.size - this.#rows.size) * DEAD <= this.#pool.size) return;
    const pool = new ClassPool(this.#pool.dimensions);
    pool.take(this.#pool, this.#rows.values());
    this.#pool = pool;
    this.#aligned = undefined;
    for (const [row, hash] of [...this.#rows.keys()].entries()) this.#rows.set(hash, row);
  }

  clear(): void {
    this.#pool = undefined;
    this.#rows.clear();
    this.#space = undefined;
    this.#aligned = undefined;
  }

  #rowsOf(entries: readonly Entry[]): Int32Array {
    if (this.#aligned?.entries !== entries) {
      const rows = new Int32Array(entries.length);
      entries.forEach(({ hash }, i) => (rows[i] = this.#rows.get(hash) ?? -1));
      this.#aligned = { entries, rows };
    }
    return this.#aligned.rows;
  }
}

/** Of every row the score of the passage and that of its most informative candidate. */
function scoresOf(pool: ClassPool, heads: Heads, measure: Uncertainty): { scores: Float64Array; peaks: Float64Array } {
  const scores = new Float64Array(pool.size);
  const peaks = new Float64Array(pool.size);
  const models = heads.classes.flatMap(({ head }) => head.models);
  const temperatures = heads.classes.flatMap(({ head }) => head.models.map(() => head.temperature));
  const ofPassage = new Float64Array(models.length);
  pool.eachScores(models, (found, first) => {
    found.forEach((values, m) => softmaxRows(values, models[m]!.classes, temperatures[m]));
    const rows = found[0]!.length / models[0]!.classes;
    for (let r = 0; r < rows; r++) {
      let peak = 0;
      for (let m = 0; m < models.length; m++) {
        const { classes } = models[m]!;
        const score = uncertainty(measure, found[m]!, r * classes, classes);
        ofPassage[m] = score;
        if (score > peak) peak = score;
      }
      peaks[first + r] = peak;
      scores[first + r] = models.length === 1 ? peak : passageScore(ofPassage);
    }
  });
  return { scores, peaks };
}
