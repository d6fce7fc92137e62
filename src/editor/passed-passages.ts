import type { PassageKey } from '../protocol/engine.js';
import { keyText } from './shown-passage.js';

/** Verdicts after which the engine has surely taken a passage out of its queue. */
const REMEMBERED = 50;

/** Passages that the queue should not offer again: with or without a verdict, latest last. */
export class PassedPassages {
  readonly #passed = new Map<string, { readonly key: PassageKey; readonly verdict: boolean }>();

  has(key: PassageKey): boolean {
    return this.#passed.has(keyText(key));
  }

  keys(): PassageKey[] {
    return Array.from(this.#passed.values(), ({ key }) => key);
  }

  add(key: PassageKey, verdict: boolean): void {
    this.delete(key);
    this.#passed.set(keyText(key), { key, verdict });
  }

  delete(key: PassageKey): void {
    this.#passed.delete(keyText(key));
  }

  /** Forgets the verdicts that the engine knows by now. */
  shorten(): void {
    const answered = [...this.#passed].filter(([, { verdict }]) => verdict);
    for (const [text] of answered.slice(0, -REMEMBERED)) this.#passed.delete(text);
  }

  /** Forgets all, or those without a verdict; whether there were any. */
  forget(which: 'all' | 'unanswered'): boolean {
    const before = this.#passed.size;
    for (const [text, { verdict }] of this.#passed) if (which === 'all' || !verdict) this.#passed.delete(text);
    return this.#passed.size < before;
  }
}
