import type { Entry, Pool } from './pool.js';
import type { KeyedText, Vectors } from './vectors.js';

/** Passages of the first wave: few, so that there is something to ask about soon. */
const FIRST_WAVE = 96;
const SMALLEST_WAVE = 16;
const LARGEST_WAVE = 1024;
/** Milliseconds that a wave should take: what changes meanwhile waits for it. */
const PACE = 300;

export interface Wave {
  readonly entries: readonly Entry[];
  /** Passages that are still without vectors when this wave has them, and all passages. */
  readonly left: number;
  readonly total: number;
}

/** How many passages go into a wave: as many as the model embeds in a moment, on this machine. */
export class WavePace {
  #passages = FIRST_WAVE;

  get passages(): number {
    return this.#passages;
  }

  /** Runs a wave of so many passages, and takes its time. */
  async timed(passages: number, run: () => Promise<void>): Promise<void> {
    const started = performance.now();
    await run();
    const fitting = (passages * PACE) / (performance.now() - started);
    // One slow wave (the model was loaded, the machine was busy) does not tell much.
    const wanted = Math.min(4 * passages, Math.max(passages / 4, fitting));
    this.#passages = Math.round(Math.min(LARGEST_WAVE, Math.max(SMALLEST_WAVE, wanted)));
  }
}

/**
 * The passages to embed next: labelled ones first, since nothing is learned without them.
 * @param labelled hashes of the texts of labelled passages
 */
export function nextWave(pool: Pool, vectors: Vectors, labelled: ReadonlySet<string>, passages: number): Wave {
  const first: Entry[] = [];
  const others: Entry[] = [];
  let total = 0;
  for (const entry of pool.entries()) {
    total++;
    if (!vectors.has(entry.hash)) (labelled.has(entry.hash) ? first : others).push(entry);
  }
  const entries = first.slice(0, passages);
  // Spread over the corpus: the first queue should not be the first file, nor what is learned from a part of it.
  const room = Math.min(passages - entries.length, others.length);
  for (let i = 0; i < room; i++) entries.push(others[Math.floor((i * others.length) / room)]!);
  return { entries, left: first.length + others.length - entries.length, total };
}

/**
 * Embeds a wave. Of a file that no longer holds a text the watcher tells: nobody waits for that text. It is not
 * interrupted, so that a person who labels faster than a slow model embeds does not keep it from ever being done.
 */
export async function embedWave(wave: Wave, pool: Pool, vectors: Vectors): Promise<void> {
  const present: KeyedText[] = [];
  for (const entry of wave.entries) {
    const text = await pool.text(entry);
    if (text === undefined) vectors.skip(entry.hash);
    else present.push({ hash: entry.hash, text });
  }
  await vectors.ensure(present);
}
