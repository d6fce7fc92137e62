import type { Document, Range } from '../corpus/types.js';
import type { PassageKey, QueuedPassage } from '../protocol/engine.js';
import type { Shown } from './view.js';

/** What is said of passages that are or were on screen. Pure. */

/** New candidates and suggestions; how the passage came to be asked stays as it was. */
export function merged(
  old: QueuedPassage | undefined,
  { candidates, suggestions, ...rest }: QueuedPassage,
): QueuedPassage {
  return { ...(old ?? rest), candidates, suggestions };
}

/** The passage of an older version of the text in the new one: at its old place, else the nearest with its text. */
export function findPassage(old: Shown, { text, map }: Document): Range | undefined {
  const { document, passage } = old;
  const from = document.map.toUtf16(passage.start);
  const quote = document.text.slice(from, document.map.toUtf16(passage.end));
  let best: number | undefined;
  for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (best === undefined || Math.abs(at - from) < Math.abs(best - from)) best = at;
  }
  return best === undefined ? undefined : { start: map.toCodePoint(best), end: map.toCodePoint(best + quote.length) };
}

/** Where a passage stands. */
export function keyOf({ document, passage }: Shown): PassageKey {
  return { doc: document.ref.id, start: passage.start, end: passage.end };
}

/** The same for the same place, and a name to find it by. */
export function keyText({ doc, start, end }: PassageKey): string {
  return JSON.stringify([doc, start, end]);
}

/** Whether two are the same passage. */
export function isSame(shown: Shown, other: Shown | undefined): boolean {
  return other !== undefined && keyText(keyOf(shown)) === keyText(keyOf(other));
}
