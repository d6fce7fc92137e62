import type { Document } from '../corpus/types.js';
import { anchor } from '../labels/anchors.js';
import type { Annotation } from '../labels/annotation.js';

/**
 * The lines that fit the text as it is now, those whose text moved at their new place. Lines that no longer fit are
 * left out: nothing may be drawn or built on where they stand (`check` reports them).
 */
export function revive(lines: readonly Annotation[], document: Document): Annotation[] {
  let known = revived.get(document);
  if (known === undefined) revived.set(document, (known = new WeakMap()));
  const result: Annotation[] = [];
  for (const line of lines) {
    let found = known.get(line);
    if (found === undefined) known.set(line, (found = revivedLine(line, document)));
    if (found !== 'stale') result.push(found);
  }
  return result;
}

/** Neither documents nor lines ever change, so each line is looked for once in each document. */
const revived = new WeakMap<Document, WeakMap<Annotation, Annotation | 'stale'>>();

function revivedLine(line: Annotation, document: Document): Annotation | 'stale' {
  const found = anchor(line, document);
  if (found.state === 'stale') return 'stale';
  return found.state === 'moved' ? moved(line, found.spans) : line;
}

function moved(line: Annotation, spans: readonly { readonly start: number; readonly end: number }[]): Annotation {
  const at = <S extends object>(old: readonly S[]): S[] => old.map((span, i) => ({ ...span, ...spans[i] }));
  switch (line.type) {
    case 'relation':
      return line;
    case 'rejection':
      return line.spans === undefined ? line : { ...line, spans: at(line.spans) };
    case 'entity':
      return { ...line, spans: at(line.spans) };
    case 'class':
      return { ...line, spans: at(line.spans) };
    case 'review':
      return { ...line, spans: at(line.spans) };
  }
}
