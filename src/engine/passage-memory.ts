import { strategies } from '../learning/strategies/index.js';
import { candidateMeasure } from '../learning/strategies/uncertainty.js';
import type { Analysis, AnalysisOptions } from './analysis.js';
import { ClassIndex, type ClassScores, type ViewOf } from './class-index.js';
import type { ClassRows } from './class-rows.js';
import type { Heads } from './heads.js';
import { onlyClasses, type EntryInput } from './inputs.js';
import { isSet, type LabelledPassage } from './labelled.js';
import type { Outlook } from './outlook.js';
import { PassageVectors } from './passage-vectors.js';
import { identity, type Entry, type Pool } from './pool.js';

type View = Pick<AnalysisOptions, 'heads' | 'strategy' | 'annotator' | 'labelled'>;

/**
 * What is remembered of passages that were analysed: what strategies look at that choose among passages. With classes alone
 * it is worked out from their features when it is asked for (class-index.ts), and so are the scores after a new fit; else,
 * and beyond what fits there, it is kept as the analysis said.
 */
export class PassageMemory {
  readonly #index: ClassIndex;
  readonly #vectors = new PassageVectors();
  readonly #outlooks = new Map<string, Outlook>();
  #model = '';
  #basis = '';

  constructor(index = new ClassIndex()) {
    this.#index = index;
  }

  /** Forgets what does not hold for these heads: another model's vectors, columns of other labels. */
  begin(heads: Heads, model: string): void {
    if (model !== this.#model) {
      this.#vectors.clear();
      this.#index.clear();
      this.#outlooks.clear();
    }
    if (heads.basis !== this.#basis) this.#outlooks.clear();
    if (!hasOnlyClasses(heads)) this.#index.clear();
    this.#model = model;
    this.#basis = heads.basis;
  }

  put(
    inputs: readonly EntryInput[],
    rows: ClassRows,
    analyses: readonly Analysis[],
    heads: Heads,
    total: number,
  ): void {
    if (hasOnlyClasses(heads))
      this.#index.put(
        inputs.map(({ entry }) => entry),
        rows,
      );
    inputs.forEach(({ entry, input }, i) => {
      if (this.#index.has(entry.hash, heads)) return;
      this.#vectors.put(entry.hash, input.vector, total);
      this.#outlooks.set(identity(entry), analyses[i]!.outlook);
    });
  }

  /** Whether a passage's vector and outlook are there. */
  knows(entry: Entry, heads: Heads): boolean {
    return (
      this.#index.has(entry.hash, heads) || (this.#outlooks.has(identity(entry)) && this.vector(entry) !== undefined)
    );
  }

  vector({ hash }: Entry): Float32Array | undefined {
    return this.#index.vector(hash) ?? this.#vectors.get(hash);
  }

  /** The outlooks of passages that are known. */
  outlooks(entries: readonly Entry[], { heads, strategy, ...view }: View): Outlook[] {
    const indexed = entries.filter(({ hash }) => this.#index.has(hash, heads));
    const made = this.#index.outlooks(indexed, heads, candidateMeasure(strategy), viewsBy(view)).values();
    return entries.map((entry) =>
      this.#index.has(entry.hash, heads) ? made.next().value! : this.#outlooks.get(identity(entry))!,
    );
  }

  /**
   * Scores all at once those of the passages whose features are kept. Undefined where the heads or the strategy look at
   * more than the probabilities of classes.
   * @param views what people have said so far
   */
  scores(
    entries: readonly Entry[],
    { heads, strategy, annotator }: View,
    views: Iterable<LabelledPassage>,
  ): ClassScores | undefined {
    const measure = candidateMeasure(strategy);
    const { members, scores } = strategies[strategy];
    const looksAtMore = members !== undefined || (scores !== undefined && measure !== strategy);
    if (measure === 'random' || looksAtMore || !hasOnlyClasses(heads)) return undefined;
    const partly = new Set<Entry>();
    for (const view of views)
      if (view.owner === annotator && heads.classes.some(({ type }) => isSet(type, view))) partly.add(view.entry);
    return this.#index.scores(entries, heads, measure, partly);
  }

  /** Forgets passages that the corpus no longer holds. */
  keep(pool: Pool): void {
    const hashes = new Set<string>();
    const identities = new Set<string>();
    for (const entry of pool.entries()) {
      hashes.add(entry.hash);
      identities.add(identity(entry));
    }
    this.#index.keep(hashes);
    for (const known of this.#outlooks.keys()) if (!identities.has(known)) this.#outlooks.delete(known);
  }
}

/** Whether heads ask about nothing but classes. */
export function hasOnlyClasses({ classes, entities, relations }: Heads): boolean {
  return classes.length > 0 && onlyClasses({ entities: entities.head.labels, relations: relations.head.signatures });
}

function viewsBy({ annotator, labelled }: Pick<View, 'annotator' | 'labelled'>): ViewOf {
  return (entry) => labelled(entry).find(({ owner }) => owner === annotator);
}
