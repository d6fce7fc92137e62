import { textMap } from '../source-map.js';
import type { Document, DocumentRef } from '../types.js';
import { markdownProse } from './markdown.js';

/**
 * The document of a whole file. `text` is decoded, with line feeds only and without byte-order mark: as the editor
 * holds it, saved or not.
 */
export function textDocument(ref: DocumentRef, text: string): Document {
  const map = textMap(text);
  if (ref.kind !== 'markdown') return { ref, text, map };
  const { blocks, prose } = markdownProse(text);
  const inCodePoints = ({ start, end }: { start: number; end: number }) => ({
    start: map.toCodePoint(start),
    end: map.toCodePoint(end),
  });
  return { ref, text, map, prose: prose.map(inCodePoints), blocks: blocks.map(inCodePoints) };
}
