import { addDenseScores, type DenseRows } from '../learning/linear/design.js';
import { buildBatch } from '../learning/strategies/batch.js';
import { chooseBatch, DEFAULT_STRATEGY, SEEDS, strategies, type Strategy } from '../learning/strategies/index.js';
import { nearestRows, squaredNorms, unitRows } from '../learning/cluster.js';
import type { Query } from '../learning/strategies/query.js';
import { candidateMeasure } from '../learning/strategies/uncertainty.js';
import type { Explanation } from '../protocol/explanation.js';
import { analyse, type Analysis, type AnalysisOptions } from './analysis.js';
import type { Heads, Training } from './heads.js';
import type { ClassScores } from './class-index.js';
import { classRows } from './class-rows.js';
import { inputsOf, wholeInputsOf, type EntryInput } from './inputs.js';
import type { LabelledPassage } from './labelled.js';
import { fitMembers, type Members } from './members.js';
import { applies, centred, outputsOf, type Outlook } from './outlook.js';
import { hasOnlyClasses, PassageMemory } from './passage-memory.js';
import { identity, type Entry, type Pool } from './pool.js';
import type { Ranking } from './ranking.js';
import type { Vectors } from './vectors.js';

/** Passages at the head of the queue that are chosen together; those behind are in the order of their scores. */
const BATCH = 20;
/** Passages from which a batch is built, for each that it takes. */
const ALTERNATIVES = 5;
/** Best passages by score that a batch is chosen from by strategies that go by scores. */
const BEST = 2 * ALTERNATIVES * BATCH;
/** Passages that the batch is compared with, to tell how many each of it stands for. */
const COMPARED = 5_000;
const DOUBTS = 3;
const NEIGHBOURS = 3;

export interface PlannerState {
  readonly heads: Heads;
  readonly strategy: Strategy;
  readonly seed: number;
  readonly pool: Pool;
  readonly vectors: Vectors;
  /** What the heads were fitted on. */
  readonly training: readonly Training[];
  readonly annotator: string;
  readonly labelled: (entry: Entry) => readonly LabelledPassage[];
}

/**
 * Puts the setting's strategy to work on the pool: sees every passage when it is scored, chooses the head of the queue, and
 * says why. Strategies that need a head wait until typical passages have been labelled: the default for SEEDS of them, the
 * others for the first.
 */
export class Planner {
  readonly #memory = new PassageMemory();
  #batch: readonly { readonly entry: Entry; readonly strategy: Strategy }[] = [];
  /** Passages that the batch may stand for, and how many each of these does. */
  #sample: () => { readonly entries: readonly Entry[]; readonly each: number } = () => ({ entries: [], each: 1 });
  /** By identity; counted when it is first asked for. */
  #standsFor: ReadonlyMap<string, number> | undefined;
  #members: { readonly of: Heads; readonly strategy: Strategy; readonly members: Members } | undefined;
  #labelled: { readonly of: Heads; readonly strategy: Strategy; readonly items: readonly LabelledItem[] } | undefined;

  /** Fits and reads what the strategy needs besides the heads. To be awaited before passages are analysed. */
  async prepare(state: PlannerState): Promise<void> {
    const { heads, strategy, training, pool, vectors, seed } = state;
    this.#memory.begin(heads, vectors.info.hash);
    const kind = strategies[strategy].members;
    if (kind === undefined) this.#members = undefined;
    else if (this.#members?.of !== heads || this.#members.strategy !== strategy)
      this.#members = {
        of: heads,
        strategy,
        members: await fitMembers(kind, heads, training, pool, vectors, seed),
      };
    if (this.#labelled?.of !== heads || this.#labelled.strategy !== strategy)
      this.#labelled = { of: heads, strategy, items: await this.#readLabelled(state) };
  }

  /** What heads and strategy have to say about passages, kept for the choice of the batch. */
  analyse(inputs: readonly EntryInput[], state: PlannerState): Analysis[] {
    const rows = classRows(inputs, state.heads.spaces.classes);
    const analyses = analyse(inputs, rows, this.#optionsOf(state));
    this.#memory.put(inputs, rows, analyses, state.heads, state.vectors.size);
    return analyses;
  }

  /** The same without keeping anything: for passages that are not in the pool. */
  look(inputs: readonly EntryInput[], state: PlannerState): Analysis[] {
    return analyse(inputs, classRows(inputs, state.heads.spaces.classes), this.#optionsOf(state));
  }

  #optionsOf(state: PlannerState): AnalysisOptions {
    const members = this.#members?.of === state.heads ? this.#members.members : undefined;
    return { ...state, ...(members && { members }) };
  }

  /** Passages as the heads in force see them. */
  inputs(entries: readonly Entry[], { heads, pool, vectors }: PlannerState): Promise<EntryInput[]> {
    return hasOnlyClasses(heads) ? wholeInputsOf(entries, pool, vectors) : inputsOf(entries, pool, vectors);
  }

  /** Scores all at once those of the passages for which it can be done (passage-memory.ts); they count as analysed. */
  scoreAtOnce(
    entries: readonly Entry[],
    state: PlannerState,
    views: Iterable<LabelledPassage>,
  ): ClassScores | undefined {
    return this.#memory.scores(entries, state, views);
  }

  /** Forgets passages that the corpus no longer holds. */
  keep(pool: Pool): void {
    this.#memory.keep(pool);
  }

  /**
   * Chooses the head of the queue from the passages that may be asked about.
   * @param complete all of them have been scored with the heads in force: worth a thorough look
   */
  plan(ranking: Ranking, open: (entry: Entry) => boolean, state: PlannerState, complete: boolean): Entry[] {
    const strategy = this.strategyNow(state);
    const kept = this.#batch.filter(({ entry, strategy: by }) => by === strategy && open(entry));
    // A look at the whole pool is worth its time only when all of it has been scored; meanwhile the last choice stands.
    if (!complete && kept.length > 0 && !isQuick(strategy)) return kept.map(({ entry }) => entry);
    const isKnown = (entry: Entry): boolean => this.#memory.knows(entry, state.heads);
    const pool = (): Entry[] => ranking.all(open).filter(isKnown);
    const best = ranking.best(BEST, open).filter(isKnown);
    const chosen = this.#choose(strategy, best, pool, state);
    this.#batch = chosen.map((entry) => ({ entry, strategy }));
    this.#standsFor = undefined;
    this.#sample = () => {
      const { entries, each } = ranking.sample(COMPARED);
      return { entries: entries.filter((entry) => open(entry) && isKnown(entry)), each };
    };
    return chosen;
  }

  /** The best passages by score that were ranked by an engine before this one: they are to be analysed before a plan. */
  unseen(ranking: Ranking, open: (entry: Entry) => boolean, state: PlannerState): Entry[] {
    return ranking.best(BEST, open).filter((entry) => !this.#memory.knows(entry, state.heads));
  }

  /** The strategy that chooses now: typical passages first, and the default where the setting's does not apply. */
  strategyNow({ strategy, heads, training }: Pick<PlannerState, 'strategy' | 'heads' | 'training'>): Strategy {
    if (strategy === 'random') return strategy;
    const labelled = new Set(training.map(({ passage }) => passage.entry)).size;
    if (labelled < (strategy === DEFAULT_STRATEGY ? SEEDS : 1)) return 'typical';
    return applies(strategy, heads) ? strategy : DEFAULT_STRATEGY;
  }

  /** The strategy that put a passage where it is: behind the batch, passages are in the order of their scores. */
  strategyOf(entry: Entry, { strategy }: Pick<PlannerState, 'strategy'>): Strategy {
    const placed = this.#batch.find((item) => identity(item.entry) === identity(entry));
    return placed?.strategy ?? (strategies[strategy].choose === undefined ? strategy : candidateMeasure(strategy));
  }

  /**
   * Why a passage is asked about.
   * @param random it was drawn at random, whatever the strategy
   */
  explain({ entry, candidates }: Analysis, state: PlannerState, random: boolean): Explanation {
    this.#standsFor ??= this.#countStandsFor(state.heads);
    const standsFor = this.#standsFor.get(identity(entry));
    return {
      strategy: random ? 'random' : this.strategyOf(entry, state),
      doubts: candidates.slice(0, DOUBTS).map(({ kind, text, spans, distribution, class: name }) => {
        const likeliest = Object.entries(distribution)
          .sort(([, a], [, b]) => b - a)
          .slice(0, 2)
          .map(([label, probability]) => ({ label, probability }));
        return {
          kind,
          text: kind === 'class' ? '' : text,
          ...(name !== undefined && { class: name }),
          spans,
          likeliest,
          margin: (likeliest[0]?.probability ?? 0) - (likeliest[1]?.probability ?? 0),
        };
      }),
      ...(standsFor !== undefined && { standsFor }),
      neighbours: this.#neighbours(entry, state.heads),
    };
  }

  /** @param best the best by score: they stand by for what a batch does not take, or are all there is to choose from */
  #choose(strategy: Strategy, best: readonly Entry[], pool: () => readonly Entry[], state: PlannerState): Entry[] {
    if (strategy === 'random') return [];
    let order = best;
    if (strategies[strategy].choose !== undefined) {
      const from = isQuick(strategy) ? best : pool();
      const chosen = chooseBatch(strategy, this.#query(from, state), isQuick(strategy) ? BATCH : 2 * BATCH);
      order = [...new Set([...chosen.map((item) => from[item]!), ...best])];
    }
    order = order.slice(0, ALTERNATIVES * BATCH);
    const batch = buildBatch(
      order.map((_, i) => i),
      this.#rows(order, state.heads),
      { count: BATCH, document: (item) => order[item]!.ref.id },
    );
    return batch.map((item) => order[item]!);
  }

  #query(entries: readonly Entry[], state: PlannerState): Query {
    const { heads, seed } = state;
    const labelled = this.#labelled?.items ?? [];
    return {
      size: entries.length,
      seed,
      identity: (item) => identity(entries[item]!),
      outputs: () => outputsOf(heads, this.#memory.outlooks(entries, state)),
      vectors: () => this.#rows(entries, heads),
      labelled: () => ({
        vectors: centred(
          heads,
          labelled.map(({ vector }) => vector),
        ),
        outputs: outputsOf(
          heads,
          labelled.map(({ outlook }) => outlook),
        ),
        truth: truthOf(labelled, heads),
      }),
      members: () => {
        throw new Error('Members are asked when passages are scored, not when a batch is chosen.');
      },
    };
  }

  #rows(entries: readonly Entry[], heads: Heads): DenseRows {
    return centred(
      heads,
      entries.map((entry) => this.#memory.vector(entry)!),
    );
  }

  /** For each of the batch, how many passages of the pool are nearest to it, by a sample of the pool. */
  #countStandsFor(heads: Heads): Map<string, number> {
    const batch = this.#batch.map(({ entry }) => entry).filter((entry) => this.#memory.vector(entry) !== undefined);
    if (batch.length === 0) return new Map();
    const { entries, each } = this.#sample();
    const counts = new Float64Array(batch.length);
    const { indices } = nearestRows(unitRows(this.#rows(entries, heads)), unitRows(this.#rows(batch, heads)), 1);
    for (const nearest of indices) counts[nearest]! += each;
    return new Map(batch.map((entry, i) => [identity(entry), Math.round(counts[i]!)]));
  }

  async #readLabelled(state: PlannerState): Promise<LabelledItem[]> {
    const { training, strategy, heads } = state;
    const entries = [...new Set(training.map(({ passage }) => passage.entry))];
    const views = new Map<Entry, LabelledPassage[]>();
    for (const { passage } of training) views.set(passage.entry, [...(views.get(passage.entry) ?? []), passage]);
    const compared = strategies[strategy].compares === true;
    const inputs = await (compared ? this.inputs(entries, state) : wholeInputsOf(entries, state.pool, state.vectors));
    // Asked as if nobody had labelled them: else what is labelled would not be among the candidates.
    const rows = compared ? classRows(inputs, heads.spaces.classes) : undefined;
    const analyses = rows ? analyse(inputs, rows, { ...state, labelled: () => [] }) : [];
    return inputs.map(({ entry, input }, i) => ({
      entry,
      text: input.text.slice(0, 80),
      vector: Float32Array.from(input.vector),
      outlook: analyses[i]?.outlook ?? new Float32Array(0),
      views: views.get(entry) ?? [],
    }));
  }

  /** Labelled passages nearest to one by cosine. */
  #neighbours(entry: Entry, heads: Heads): Explanation['neighbours'] {
    const items = (this.#labelled?.items ?? []).filter((item) => item.entry !== entry);
    const vector = this.#memory.vector(entry);
    if (vector === undefined || items.length === 0) return [];
    const own = centred(heads, [vector]);
    const others = centred(
      heads,
      items.map((item) => item.vector),
    );
    const products = new Float64Array(items.length);
    addDenseScores(others, Float64Array.from(own.data), 1, products);
    const [length] = squaredNorms(own);
    const norms = squaredNorms(others);
    const cosines = products.map((product, i) => product / Math.max(1e-12, Math.sqrt(length! * norms[i]!)));
    return items
      .map((item, i) => ({ item, similarity: cosines[i]! }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, NEIGHBOURS)
      .map(
        ({
          item: {
            entry: { ref, start, end },
            text,
            views,
          },
          similarity,
        }) => ({
          key: { doc: ref.id, start, end },
          text,
          similarity,
          labels: [...new Set(views.flatMap(labelsIn))],
        }),
      );
  }
}

interface LabelledItem {
  readonly entry: Entry;
  readonly text: string;
  readonly vector: Float32Array;
  readonly outlook: Outlook;
  readonly views: readonly LabelledPassage[];
}

/** Chooses among the best by score only, in milliseconds. */
function isQuick(strategy: Strategy): boolean {
  return strategies[strategy].choose === undefined || strategy === DEFAULT_STRATEGY;
}

function labelsIn({ entities, relations, classes }: LabelledPassage): string[] {
  return [
    ...[...classes.values()].flat(),
    ...entities.map(({ label }) => label),
    ...relations.map(({ label }) => label),
  ];
}

/** What people said of the only class of a project, in the columns of the outlooks: its values come first. */
function truthOf(labelled: readonly LabelledItem[], heads: Heads): Float64Array {
  const columns = outputsOf(heads, []).classes;
  const truth = new Float64Array(labelled.length * columns);
  const [type] = heads.classes;
  const values = type?.type.values.map(({ value }) => value) ?? [];
  labelled.forEach(({ views }, row) => {
    const given = views.flatMap(({ classes }) => classes.get(type?.type.label ?? '') ?? []);
    for (const value of given) {
      const column = values.indexOf(value);
      if (column >= 0) truth[row * columns + column]! += 1 / given.length;
    }
  });
  return truth;
}
