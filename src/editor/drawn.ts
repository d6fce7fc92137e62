import type { Query } from '../labels/annotation.js';
import type { PassageKey, QueuedPassage } from '../protocol/engine.js';

/**
 * The passages that chance drew for the queue, an honest sample of the corpus (docs/quality.md). Whoever asks the engine for
 * one of them by its place, to go back to it or after an undo, is not told: the host remembers it.
 */
export class Drawn {
  readonly #scores = new Map<string, Pick<Query, 'score' | 'seed'>>();

  /** Remembers how a passage came to be asked, if chance drew it. */
  note({ doc, start, end }: PassageKey, query: Pick<Query, 'strategy' | 'score' | 'seed'> | undefined): void {
    if (query?.strategy !== 'random') return;
    this.#scores.set(`${doc}\n${start}\n${end}`, { score: query.score, seed: query.seed });
  }

  has({ doc, start, end }: PassageKey): boolean {
    return this.#scores.has(`${doc}\n${start}\n${end}`);
  }

  /** A passage as chance drew it, if it did. */
  restored(item: QueuedPassage): QueuedPassage {
    const { doc, start, end } = item.key;
    const found = this.#scores.get(`${doc}\n${start}\n${end}`);
    return found === undefined ? item : { ...item, strategy: 'random', ...found };
  }
}
