import { passagesOf } from '../corpus/passages.js';
import type { Document, Unit } from '../corpus/types.js';
import type { QueuedPassage } from '../protocol/engine.js';

/**
 * The passages that stand in a document as it is: what the engine says may be of the text before this one, or of the
 * next.
 */
export function fitting(passages: readonly QueuedPassage[], document: Document, unit: Unit): QueuedPassage[] {
  const places = placesOf(document, unit);
  return passages.filter(({ key, text }) => {
    if (!places.has(`${key.start}-${key.end}`)) return false;
    return document.text.startsWith(text, document.map.toUtf16(key.start));
  });
}

/** Documents never change, and are asked about again and again. */
const known = new WeakMap<Document, { readonly unit: Unit; readonly places: ReadonlySet<string> }>();

function placesOf(document: Document, unit: Unit): ReadonlySet<string> {
  const found = known.get(document);
  if (found?.unit === unit) return found.places;
  const places = new Set(passagesOf(document, unit).map(({ start, end }) => `${start}-${end}`));
  known.set(document, { unit, places });
  return places;
}
