import { proseText } from './prose.js';
import { sentencesOf } from './sentences.js';
import type { Document, Passage, Range, Unit } from './types.js';

/**
 * The passages of a document, in order and in code points. They never overlap, begin and end with a visible character,
 * and cover all prose. A document without prose has none.
 *
 * A paragraph ends at a blank line, or is one of the document's blocks where it has any; a sentence never crosses a
 * paragraph; a document is one passage from its first to its last paragraph.
 */
export function passagesOf(document: Document, unit: Unit): Passage[] {
  const paragraphs = document.blocks ?? paragraphsOf(document);
  return rangesOf(document, paragraphs, unit).map(({ start, end }, index) => ({ start, end, index }));
}

function rangesOf(document: Document, paragraphs: readonly Range[], unit: Unit): readonly Range[] {
  const first = paragraphs[0];
  const last = paragraphs.at(-1);
  if (first === undefined || last === undefined) return [];
  if (unit === 'document') return [{ start: first.start, end: last.end }];
  if (unit === 'paragraph') return paragraphs;
  const { map } = document;
  return paragraphs.flatMap((paragraph) => {
    const start = map.toUtf16(paragraph.start);
    return sentencesOf(proseText(document, paragraph)).map((sentence) => ({
      start: map.toCodePoint(start + sentence.start),
      end: map.toCodePoint(start + sentence.end),
    }));
  });
}

/** Runs of lines that hold a visible character. */
function paragraphsOf({ text, map }: Document): Range[] {
  const paragraphs: Range[] = [];
  let run: Range | undefined;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    const visible = line.trim() !== '';
    if (visible) {
      run = { start: run?.start ?? end - line.trimStart().length, end: start + line.trimEnd().length };
    }
    if (run !== undefined && (!visible || newline < 0 || newline === text.length - 1)) {
      paragraphs.push({ start: map.toCodePoint(run.start), end: map.toCodePoint(run.end) });
      run = undefined;
    }
    start = end + 1;
  }
  return paragraphs;
}
