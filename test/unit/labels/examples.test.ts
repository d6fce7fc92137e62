import { expect, test } from 'vitest';
import type { Annotation } from '../../../src/labels/annotation.js';
import { labelExamples } from '../../../src/labels/examples.js';
import { parseProject } from '../../../src/labels/project.js';

const project = parseProject(
  JSON.stringify({
    corpus: ['*.txt'],
    entities: { Person: {}, Place: {} },
    relations: { visits: { head: ['Person'], tail: ['Place'] } },
    classes: { tone: { values: ['good', 'bad'] } },
  }),
).project!;

let made = 0;
function entity(
  label: string,
  text: string,
  start: number,
  more: { by?: string; at?: string; doc?: string } = {},
): Annotation {
  const { by = 'mei', at = '2026-01-01T00:00:00Z', doc = 'a.txt' } = more;
  return {
    id: `e${made++}`,
    type: 'entity',
    label,
    doc,
    spans: [{ start, end: start + text.length, text }],
    before: 'before ',
    after: ' after',
    by,
    at,
  };
}
function tone(value: string, first: string, start: number): Annotation {
  return {
    id: `c${made++}`,
    type: 'class',
    label: 'tone',
    value,
    doc: 'a.txt',
    spans: [{ start, end: start + 50 }],
    first,
    last: '',
    sha: '',
    by: 'mei',
    at: '2026-01-01T00:00:00Z',
  };
}

test('the most frequent texts come first, then the latest; a handful of them', () => {
  const lines = [
    entity('Person', 'Ada', 0),
    entity('Person', 'Ada', 100),
    entity('Person', 'Bo', 200, { at: '2026-01-02T00:00:00Z' }),
    entity('Person', 'Cy', 300, { at: '2026-01-03T00:00:00Z' }),
    entity('Person', 'Di', 400),
  ];
  const [person, place] = labelExamples(project, [lines], 3);
  expect(person).toMatchObject({ kind: 'entity', label: 'Person', count: 5 });
  expect(person?.examples.map(({ text, times }) => [text, times])).toEqual([
    ['Ada', 2],
    ['Cy', 1],
    ['Bo', 1],
  ]);
  expect(person?.examples[0]).toMatchObject({ before: 'before ', after: ' after' });
  expect(place).toEqual({ kind: 'entity', label: 'Place', count: 0, examples: [] });
});

test('one place that two people labelled is one example', () => {
  const [person] = labelExamples(project, [[entity('Person', 'Ada', 0)], [entity('Person', 'Ada', 0, { by: 'jo' })]]);
  expect(person?.examples).toMatchObject([{ text: 'Ada', times: 1 }]);
  expect(person?.count).toBe(1);
});

test('a relation is told by its ends; one whose ends are not there is left out', () => {
  const ada = entity('Person', 'Ada', 0);
  const rome = entity('Place', 'Rome\n  city', 10);
  const relation = (id: string, head: string, tail: string): Annotation => ({
    id,
    type: 'relation',
    label: 'visits',
    doc: 'a.txt',
    head,
    tail,
    by: 'mei',
    at: '2026-01-01T00:00:00Z',
  });
  const [, , visits] = labelExamples(project, [
    [ada, rome, relation('r', ada.id, rome.id), relation('s', ada.id, 'gone')],
  ]);
  expect(visits).toMatchObject({ kind: 'relation', count: 1, examples: [{ text: 'Ada → Rome city', times: 1 }] });
});

test('a class has examples of each value, cut as the label file cuts them', () => {
  const long = 'x'.repeat(24);
  const tones = labelExamples(project, [[tone('bad', 'Short', 0), tone('good', long, 100)]])[3];
  expect(tones?.examples).toEqual([
    { before: '', text: `${long}…`, after: '', value: 'good', times: 1 },
    { before: '', text: 'Short', after: '', value: 'bad', times: 1 },
  ]);
});
