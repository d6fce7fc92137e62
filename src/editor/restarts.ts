/** How often a process that dies is started again: this often within this time (milliseconds). */
const MOST = 5;
const WITHIN = 5 * 60_000;
const FIRST_DELAY = 250;

/** Decides whether and when a process that has died is started again: at once, then ever later, at last not at all. */
export class Restarts {
  #times: number[] = [];

  /**
   * The process has died.
   * @param now milliseconds
   * @returns milliseconds to wait before it is started again; undefined to give up
   */
  next(now: number): number | undefined {
    this.#times = this.#times.filter((time) => now - time < WITHIN);
    if (this.#times.length >= MOST) return undefined;
    this.#times.push(now);
    return this.#times.length === 1 ? 0 : FIRST_DELAY * 2 ** (this.#times.length - 2);
  }

  /** A person asked for it: counting begins anew. */
  reset(): void {
    this.#times = [];
  }
}
