import type { Frame } from 'playwright-core';
import type { PassageView } from '../../../src/protocol/panel.js';
import type {} from '../../../webview/marginalia-panel.js';
import type { Pick, WordPick } from '../../../webview/labelling.js';
import type { Selection } from '../../../webview/selection.js';

/** What is on screen: read, never set. */
export interface Seen {
  readonly passage: PassageView | undefined;
  readonly selection: Selection;
  readonly pick: Pick | undefined;
  readonly wordPick: WordPick | undefined;
  readonly error: string | undefined;
}

/** One key and how long it took until what it led to was painted; undefined where nothing was. */
export interface Keystroke {
  readonly key: string;
  readonly ms: number | undefined;
  /** Whether another passage came of it. */
  readonly next: boolean;
}

declare global {
  interface Window {
    keystrokes: Keystroke[];
    /** Resolves when the last key was answered, or after some milliseconds. */
    answered: (patience: number) => Promise<Seen>;
  }
}

/** The key that accepts a passage: it is answered by another passage only. */
export const verdictKey = 'a';

/**
 * Makes the panel's page note each key and the end of the frame that shows what it led to: another selection, other
 * labels, hints, or another passage. The clock starts with the browser's time stamp of the key.
 */
export async function watchKeys(panel: Frame): Promise<void> {
  await panel.evaluate((verdict) => {
    const page = document.querySelector('marginalia-panel')!;
    const root = page.shadowRoot!;
    const seen = (): Seen => ({
      passage: page['view']?.passage,
      selection: page['selection'],
      pick: page['pick'],
      wordPick: page['wordPick'],
      error: page['error'],
    });
    const state = (): unknown[] => {
      const { passage, selection, pick, wordPick, error } = seen();
      const place = passage && `${passage.doc} ${passage.line} ${passage.passage.start}`;
      return [place, passage?.entities, passage?.relations, passage?.classes, selection, pick, wordPick, error];
    };
    let pressed: { key: string; isVerdict: boolean; since: number; before: unknown[] } | undefined;
    let waiting: (() => void) | undefined;
    window.keystrokes = [];
    const settle = (ms: number | undefined, next: boolean): void => {
      if (pressed === undefined) return;
      window.keystrokes.push({ key: pressed.key, ms, next });
      pressed = undefined;
      waiting?.();
    };
    window.addEventListener(
      'keydown',
      ({ key, timeStamp }) => {
        if (['Shift', 'Control', 'Alt', 'Meta'].includes(key)) return;
        settle(undefined, false);
        // While an end or a word is picked, the letter is a hint.
        const isHint = page['pick'] !== undefined || page['wordPick'] !== undefined;
        pressed = { key, isVerdict: key === verdict && !isHint, since: timeStamp, before: state() };
      },
      { capture: true },
    );
    const frames = new MessageChannel();
    let painting: { of: typeof pressed; next: boolean } | undefined;
    frames.port1.onmessage = () => {
      // Frames are not waited for twice: the key may have been followed by another.
      if (painting !== undefined && pressed !== undefined && painting.of === pressed)
        settle(performance.now() - pressed.since, painting.next);
      painting = undefined;
    };
    const changed = (): void => {
      const { before } = pressed ?? {};
      if (before === undefined || painting?.of === pressed) return;
      const now = state();
      const next = now[0] !== before[0];
      if (!next && (pressed?.isVerdict === true || now.every((value, i) => value === before[i]))) return;
      painting = { of: pressed, next };
      // The message comes after the frame that is drawn next.
      requestAnimationFrame(() => frames.port2.postMessage(undefined));
    };
    const observer = new MutationObserver(changed);
    const watch = (scope: ShadowRoot): void => {
      observer.observe(scope, { subtree: true, childList: true, attributes: true, characterData: true });
      for (const element of scope.querySelectorAll('*')) if (element.shadowRoot !== null) watch(element.shadowRoot);
    };
    watch(root);
    window.answered = (patience) =>
      new Promise((resolve) => {
        if (pressed === undefined) {
          resolve(seen());
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          waiting = undefined;
          resolve(seen());
        };
        const timer = setTimeout(done, patience);
        waiting = done;
      });
  }, verdictKey);
}

/** Milliseconds from the least change that can be seen to the end of the frame that shows it: what no key can do better. */
export async function leastTimes(panel: Frame, count: number): Promise<number[]> {
  return panel.evaluate(async (times) => {
    const main = document.querySelector('marginalia-panel')!.shadowRoot!.querySelector('main')!;
    const result: number[] = [];
    for (let i = 0; i < times; i++) {
      const started = performance.now();
      main.style.outline = i % 2 === 0 ? '1px solid transparent' : '';
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        requestAnimationFrame(() => port2.postMessage(undefined));
      });
      result.push(performance.now() - started);
    }
    return result;
  }, count);
}
