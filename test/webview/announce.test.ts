import { expect, test } from 'vitest';
import { announce, percent, selectionText } from '../../webview/announce.js';
import { entity, harbour, noticeOf, passageOf, rich, viewOf } from './views.js';

test('a new passage is announced with its place in the queue and what is in doubt', () => {
  expect(announce(undefined, viewOf(rich()))).toEqual([
    'Passage 61 of 412',
    'In doubt: “Dunmarsh”, Place 46 %, none 41 %, Organisation 11 %',
  ]);
});

test('every change is said in words', () => {
  const before = rich();
  const after = {
    ...before,
    entities: [
      ...before.entities
        .filter(({ id }) => id !== 'Tobias Venn')
        .map((one) => (one.id === 'Dunmarsh' ? { ...one, label: 'Organisation' } : one)),
      entity(harbour, 'Place', 'slipway'),
    ],
    relations: before.relations.filter(({ id }) => id !== 'r2'),
    classes: { tone: ['complaint'] },
    flag: true,
    note: 'Which trust?',
  };
  expect(announce(viewOf(before), viewOf(after))).toEqual([
    '“Dunmarsh” is now Organisation',
    'Place “slipway” added',
    'Person “Tobias Venn” deleted',
    'knows from “Ines Moray” to “Tobias Venn” deleted',
    'tone: complaint',
    'Flagged',
    'Note saved',
  ]);
  expect(announce(viewOf(after), viewOf(before))).toContain('knows from “Ines Moray” to “Tobias Venn” added');
});

test('nothing is said when nothing changed', () => {
  expect(announce(viewOf(rich()), viewOf(rich()))).toEqual([]);
});

test('a failed write and a failed engine are said once', () => {
  const failed = viewOf(rich(), { disk: 'failed', engine: { state: 'failed', detail: 'No model' } });
  expect(announce(viewOf(rich()), failed)).toEqual([
    'Not saved: the last change is not on disk',
    'The engine has failed: No model',
  ]);
  expect(announce(failed, failed)).toEqual([]);
});

test('a notice is said when it takes the passage’s place', () => {
  expect(announce(viewOf(rich()), noticeOf('All passages are reviewed.'))).toEqual(['All passages are reviewed.']);
});

test('the selection is told with its label', () => {
  const passage = rich();
  expect(selectionText(passage, { kind: 'entity', id: 'Dunmarsh' })).toBe('Place “Dunmarsh”');
  expect(selectionText(passage, { kind: 'relation', id: 'r1' })).toBe(
    'worksFor from “Ines Moray” to “Dunmarsh Harbour Trust”',
  );
  expect(selectionText(passage, { kind: 'suggestion', key: 's1' })).toBe(
    'Suggestion: Organisation “Hallgarth Signals”, 83 %',
  );
  expect(selectionText(passageOf('x'), { kind: 'entity', id: 'gone' })).toBe('');
});

test('what is not certain is never 100 %', () => {
  expect(percent(0.999)).toBe('99 %');
  expect(percent(1)).toBe('100 %');
  expect(percent(0.456)).toBe('46 %');
});
