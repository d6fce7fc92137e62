import { textDocument } from '../../src/corpus/sources/text.js';
import type { Document } from '../../src/corpus/types.js';
import type { Annotation } from '../../src/labels/annotation.js';
import { entity, relation } from '../../src/labels/create.js';
import type { QueuedPassage, Suggestion } from '../../src/protocol/engine.js';

/** A made-up document of 10,000 words with 1,000 entities, 500 relations and 300 suggestions, and its label lines. */

export const longProject = {
  corpus: ['*.txt'],
  unit: 'document',
  entities: {
    Person: { key: 'p', color: '#2f6fde' },
    Organisation: { key: 'o', color: '#d97706' },
    Place: { key: 'l', color: '#0f9d76' },
  },
  relations: {
    worksFor: { key: 'w', head: ['Person'], tail: ['Organisation'] },
    near: {
      key: 'i',
      head: ['Place', 'Person', 'Organisation'],
      tail: ['Place', 'Person', 'Organisation'],
      symmetric: true,
    },
  },
};

const labels = ['Person', 'Organisation', 'Place'] as const;
const stock =
  'the harbour keeper wrote that vessels bound for outer channel should wait until survey teams finish'.split(' ');
const names = ['Ines Moray', 'Dunmarsh Trust', 'Carrick Point', 'Tobias Venn', 'Hallgarth Signals', 'Heron Bay'];

export interface LongDocument {
  readonly document: Document;
  readonly lines: readonly Annotation[];
  readonly queued: QueuedPassage;
}

/** `paragraphs`: how many the words are spread over. */
export function longDocument(paragraphs: number, words = 10_000, entities = 1000, relations = 500): LongDocument {
  const every = Math.floor(words / entities);
  const places: { start: number; end: number }[] = [];
  const free: { start: number; end: number }[] = [];
  let text = '';
  for (let word = 0; word < words; word++) {
    if (word > 0) text += word % Math.floor(words / paragraphs) === 0 ? '.\n' : ' ';
    if (word % every === 0 && places.length < entities) {
      const name = names[places.length % names.length]!;
      places.push({ start: text.length, end: text.length + name.length });
      text += name;
      word++;
    } else {
      const next = stock[(word * 7 + Math.floor(word / 13)) % stock.length]!;
      if (word % every === 5) free.push({ start: text.length, end: text.length + next.length });
      text += next;
    }
  }
  const ref = { id: 'long.txt', file: 'long.txt', kind: 'text', start: 0, end: text.length, line: 1 } as const;
  const document = textDocument(ref, text);
  const signature = { by: 'me', at: new Date('2026-11-24T10:00:00Z') };
  const made = places.map((place, i) => entity(document, labels[i % 3]!, [place], signature));
  // Most go to a neighbour, one in twenty far away.
  const links = Array.from({ length: relations }, (_, i) => {
    const head = made[(i * 2) % made.length]!;
    const tail = made[(i * 2 + (i % 20 === 0 ? 333 : 1 + (i % 5))) % made.length]!;
    return relation(document, 'near', head.id, tail.id, signature);
  });
  const suggestions = free.slice(0, 300).map((span, i): Suggestion => ({
    kind: 'entity',
    label: labels[i % 3]!,
    spans: [span],
    probability: 0.5 + (i % 50) / 100,
  }));
  const queued: QueuedPassage = {
    key: { doc: ref.id, start: 0, end: text.length },
    text: '',
    score: 0.5,
    strategy: 'margin',
    seed: 0,
    model: 'made-up',
    state: '',
    explanation: { strategy: 'margin', doubts: [], neighbours: [] },
    candidates: [],
    suggestions,
  };
  return { document, lines: [...made, ...links], queued };
}
