import type { Disposes } from './disposes.js';

export interface FeedOptions<T> {
  readonly ask: () => Promise<T>;
  readonly send: (value: T) => void;
  /** Least milliseconds from one question to the next. */
  readonly calm: number;
}

/**
 * Keeps a page that someone looks at up to date: asks when it is shown and after changes, one question at a time and
 * never while it is hidden. `ask` does not reject.
 */
export class Feed<T> implements Disposes {
  readonly #options: FeedOptions<T>;
  #shown = false;
  #due = false;
  #asking = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FeedOptions<T>) {
    this.#options = options;
  }

  /** A page without content is looked at. */
  show(): void {
    this.#shown = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next();
  }

  hide(): void {
    this.#shown = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** What is shown may be out of date. */
  changed(): void {
    if (!this.#shown) return;
    if (this.#asking) this.#due = true;
    else this.#timer ??= setTimeout(() => this.#next(), this.#options.calm);
  }

  dispose(): void {
    this.hide();
  }

  #next(): void {
    this.#timer = undefined;
    if (this.#asking) this.#due = true;
    else void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    this.#due = false;
    const value = await this.#options.ask();
    this.#asking = false;
    this.#answered(value);
  }

  #answered(value: T): void {
    if (!this.#shown) return;
    this.#options.send(value);
    // Something has changed while the engine was thinking.
    if (this.#due) this.changed();
  }
}
