import { describe, expect, it } from 'vitest';
import { fitting } from '../../../src/editor/fitting.js';
import { innermost, marksOf } from '../../../src/editor/text-marks.js';
import type { Annotation } from '../../../src/labels/annotation.js';
import { addEntity, reject, type Draft } from '../../../src/labels/edits.js';
import type { Candidate, QueuedPassage } from '../../../src/protocol/engine.js';
import { documentOf, placeOf, project, queuedPassage } from './support.js';

const document = documentOf('Ada met Grace.\n\nAlan rests.');
const passage = placeOf(document, 'Ada met Grace.');

function draft(lines: readonly Annotation[], by: string): Draft {
  return { source: document, project, lines, by, at: new Date(0), taken: () => false };
}
const entityBy = (by: string, label: string, quote: string): Annotation =>
  addEntity(draft([], by), label, [placeOf(document, quote)]).put[0]!;
const suggestion = (quote: string, probability: number) => ({
  kind: 'entity' as const,
  label: 'Person',
  spans: [placeOf(document, quote)],
  probability,
});
const candidate = (quote: string, distribution: Record<string, number>): Candidate => ({
  kind: 'entity',
  doc: 'a.txt',
  spans: [placeOf(document, quote)],
  text: quote,
  passage,
  distribution,
  score: 0.5,
  strategy: 'margin',
});
const marks = (own: Annotation[], others: Annotation[], asked: QueuedPassage[] = []) =>
  marksOf(document, { own, others: [{ by: 'mei', lines: others }] }, asked, project, 'me');

describe('marks', () => {
  it('draw once what several people say, and apart what they say differently', () => {
    const same = marks([entityBy('me', 'Person', 'Ada')], [entityBy('mei', 'Person', 'Ada')]);
    expect(same.labels).toMatchObject([{ label: 'Person', by: ['me', 'mei'], own: { by: 'me' } }]);
    const differing = marks([entityBy('me', 'Person', 'Ada')], [entityBy('mei', 'Organisation', 'Ada')]);
    expect(differing.labels).toMatchObject([
      { label: 'Person', by: ['me'] },
      { label: 'Organisation', by: ['mei'], own: undefined },
    ]);
  });

  it('ask what is suggested or likely enough, in the order of the text, until it is answered', () => {
    const asked = [
      {
        ...queuedPassage(document, passage, [suggestion('Grace', 0.9)]),
        candidates: [
          candidate('Ada', { none: 0.6, Person: 0.35, Organisation: 0.05 }),
          candidate('met', { none: 0.9, Person: 0.1 }),
          candidate('Grace', { none: 0.1, Person: 0.9 }),
        ],
      },
    ];
    expect(marks([], [], asked).questions).toMatchObject([
      { suggested: false, suggestion: { label: 'Person', probability: 0.35, spans: [placeOf(document, 'Ada')] } },
      { suggested: true, suggestion: { spans: [placeOf(document, 'Grace')] } },
    ]);
    const rejection = reject(draft([], 'me'), { of: 'entity', label: 'Person', spans: [placeOf(document, 'Ada')] });
    const own = [entityBy('me', 'Person', 'Grace'), ...rejection.put];
    expect(marks(own, [], asked).questions).toEqual([]);
    // What somebody else labelled is still open for me.
    expect(marks([], [entityBy('mei', 'Person', 'Grace')], asked).questions).toHaveLength(2);
  });
});

it('finds the innermost mark that holds a place, its edges included', () => {
  const spans = [
    { start: 0, end: 10 },
    { start: 2, end: 5 },
    { start: 7, end: 9 },
  ] as const;
  const at = (place: number) => innermost(spans, (span) => [span], place);
  expect([at(0), at(2), at(5), at(6), at(9), at(11)]).toEqual([
    spans[0],
    spans[1],
    spans[1],
    spans[0],
    spans[2],
    undefined,
  ]);
});

it('leaves out what the engine says of another text', () => {
  const alan = placeOf(document, 'Alan rests.');
  const here = { ...queuedPassage(document, passage), text: 'Ada met Grace.' };
  const elsewhere = { ...queuedPassage(document, { start: 1, end: 9 }), text: 'da met G' };
  const before = { ...queuedPassage(document, alan), text: 'Alan sleep' };
  expect(fitting([here, elsewhere, before], document, 'paragraph')).toEqual([here]);
  expect(fitting([{ ...before, text: 'Alan rests.' }], document, 'paragraph')).toHaveLength(1);
});
