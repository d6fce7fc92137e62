import { textDocument } from '../../../src/corpus/sources/text.js';
import type { Document, Range } from '../../../src/corpus/types.js';
import { parseProject, type Project } from '../../../src/labels/project.js';
import type { QueuedPassage, Suggestion } from '../../../src/protocol/engine.js';

export const projectText = JSON.stringify({
  corpus: ['*.txt'],
  entities: { Person: { key: 'p', color: '#112233' }, Organisation: {} },
  relations: {
    worksFor: { head: ['Person'], tail: ['Organisation'] },
    knows: { head: ['Person'], tail: ['Person'], symmetric: true },
  },
  classes: { tone: { values: ['neutral', 'critical'] }, topic: { values: ['work', 'play'], multiple: true } },
});

export const project: Project = parseProject(projectText).project!;

export function documentOf(text: string, file = 'a.txt'): Document {
  return textDocument({ id: file, file, kind: 'text', start: 0, end: Buffer.byteLength(text), line: 1 }, text);
}

/** The place of a quotation, in code points. */
export function placeOf(document: Document, quote: string, from = 0): Range {
  const at = document.text.indexOf(quote, from);
  if (at < 0) throw new Error(`'${quote}' is not in the text`);
  return { start: document.map.toCodePoint(at), end: document.map.toCodePoint(at + quote.length) };
}

export function queuedPassage(document: Document, passage: Range, suggestions: Suggestion[] = []): QueuedPassage {
  return {
    key: { doc: document.ref.id, ...passage },
    text: '',
    score: 0.5,
    strategy: 'margin',
    seed: 7,
    model: 'model',
    state: 'state',
    candidates: [],
    suggestions,
    explanation: { strategy: 'margin', doubts: [], neighbours: [] },
  };
}
