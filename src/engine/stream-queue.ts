import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { decide, startStream, type StreamState } from '../learning/stream.js';
import { identity, type Entry } from './pool.js';

const Saved = z.object({
  scale: z.string(),
  seed: z.int(),
  seen: z.int(),
  queried: z.int(),
  window: z.array(z.tuple([z.number(), z.number()])),
});

/**
 * The stream setting in the engine: passages that arrive while it runs are queried or passed over as soon as they have
 * been scored. Those queried come first in the queue until they are answered; those passed over stay in the pool.
 */
export class StreamQueue {
  readonly #file: string;
  readonly #arrived = new Set<string>();
  readonly #chosen = new Set<string>();
  #state: StreamState | undefined;
  /** What scores mean: scores of another strategy cannot be compared. */
  #scale = '';

  /** @param file where the balance of the budget is kept between sessions: a cache */
  constructor(file: string) {
    this.#file = file;
  }

  arrive(entries: Iterable<Entry>): void {
    for (const entry of entries) this.#arrived.add(identity(entry));
  }

  /** Whether a passage was queried when it arrived. */
  has(entry: Entry): boolean {
    return this.#chosen.has(identity(entry));
  }

  get isEmpty(): boolean {
    return this.#chosen.size === 0;
  }

  /** Decides on those of the passages that have arrived, have a score and were not decided on yet, in this order. */
  async offer(
    entries: readonly Entry[],
    scoreOf: (entry: Entry) => number | undefined,
    { budget, seed, scale }: { budget: number; seed: number; scale: string },
  ): Promise<void> {
    if (this.#arrived.size === 0) return;
    const waiting = entries.flatMap((entry) => {
      const score = this.#arrived.has(identity(entry)) ? scoreOf(entry) : undefined;
      return score === undefined ? [] : [{ entry, score }];
    });
    if (waiting.length === 0) return;
    let state = await this.#restored(seed, scale);
    for (const { entry, score } of waiting) {
      const decision = decide(state, budget, score);
      state = decision.state;
      this.#arrived.delete(identity(entry));
      if (decision.query) this.#chosen.add(identity(entry));
    }
    this.#state = state;
    // A balance that is lost costs a few queries more or less.
    await writeFile(this.#file, JSON.stringify({ scale, ...state })).catch(() => undefined);
  }

  async #restored(seed: number, scale: string): Promise<StreamState> {
    if (this.#state === undefined) {
      const text = await readFile(this.#file, 'utf8').catch(() => '');
      const saved = savedState(text);
      this.#scale = saved?.scale ?? scale;
      this.#state = saved ?? startStream(seed);
    }
    if (this.#state.seed !== seed) this.#state = startStream(seed);
    // The budget goes on; what the scores are compared with begins anew.
    if (this.#scale !== scale) this.#state = { ...this.#state, window: [] };
    this.#scale = scale;
    return this.#state;
  }
}

function savedState(text: string): z.infer<typeof Saved> | undefined {
  try {
    return Saved.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
