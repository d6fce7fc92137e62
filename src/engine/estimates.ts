import { setImmediate as breathe } from 'node:timers/promises';
import type { ReportInput, TaskReport } from '../learning/estimate-report.js';
import { report } from '../learning/estimate-report.js';

/** Makes the reports; rejects with the signal's reason when aborted. */
export type Reporter = (input: ReportInput, signal: AbortSignal) => Promise<readonly TaskReport[]>;

/** In this thread, with a rest after every fit. */
export const reportHere: Reporter = async (input, signal) => {
  const steps = report(input);
  for (;;) {
    signal.throwIfAborted();
    const step = steps.next();
    if (step.done === true) return step.value;
    await breathe();
  }
};

export interface EstimatesOptions {
  readonly reporter: Reporter;
  /** There are new ones. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * The latest reports, and the work on newer ones beside everything else. One that is under way is not given up because a
 * label was added: it would never be done while a person labels. It tells which state of the labels it is of.
 */
export class Estimates {
  readonly #options: EstimatesOptions;
  readonly #life = new AbortController();
  #latest: { readonly key: string; readonly reports: readonly TaskReport[] } | undefined;
  #running: Promise<void> | undefined;
  #wanted: { readonly key: string; readonly gather: () => Promise<ReportInput> } | undefined;

  constructor(options: EstimatesOptions) {
    this.#options = options;
  }

  /** The latest reports; `key` names what they are of. */
  get latest(): { readonly key: string; readonly reports: readonly TaskReport[] } | undefined {
    return this.#latest;
  }

  get isWorking(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Asks for reports of a state of the labels, unless they are there; those asked for last are made next.
   * @param key names that state and whatever else the reports depend on
   */
  want(key: string, gather: () => Promise<ReportInput>): void {
    if (this.#life.signal.aborted || (this.#latest?.key === key && this.#running === undefined)) return;
    this.#wanted = { key, gather };
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Settles when nothing is under way. */
  async whenDone(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async dispose(): Promise<void> {
    this.#life.abort();
    this.#wanted = undefined;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#wanted !== undefined) {
      const { key, gather } = this.#wanted;
      this.#wanted = undefined;
      if (this.#latest?.key === key) continue;
      try {
        const input = await gather();
        this.#latest = { key, reports: await this.#options.reporter(input, this.#life.signal) };
        this.#options.onChange();
      } catch (error) {
        if (this.#life.signal.aborted) return;
        this.#options.onError(error);
      }
    }
  }
}
