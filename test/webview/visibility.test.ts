import { expect, test } from 'vitest';
import { choices, matching } from '../../webview/bulk.js';
import { only, nothingHidden, toggled, visible } from '../../webview/visibility.js';
import { rich } from './views.js';

test('hiding a label takes its entities, what links them and their suggestions, and counts them', () => {
  const shown = visible(rich(), toggled(nothingHidden, 'entity Organisation'));
  expect(shown.passage.entities.map(({ label }) => label)).not.toContain('Organisation');
  expect(shown.passage.relations.map(({ id }) => id)).toEqual(['r2']);
  expect(shown.passage.suggestions.map(({ key }) => key)).toEqual(['s2']);
  // Three entities, two relations, one suggestion.
  expect(shown.hidden).toBe(6);
  expect(visible(rich(), nothingHidden).passage).toEqual(rich());
});

test('a relation can be hidden on its own; toggled twice it is back', () => {
  const hidden = toggled(nothingHidden, 'relation knows');
  expect(visible(rich(), hidden)).toMatchObject({ hidden: 1 });
  expect(toggled(hidden, 'relation knows')).toEqual(nothingHidden);
});

test('only one label; the same again shows all', () => {
  const all = ['entity Person', 'entity Place', 'relation knows'] as const;
  const alone = only(nothingHidden, all, 'entity Place');
  expect([...alone]).toEqual(['entity Person', 'relation knows']);
  expect(only(alone, all, 'entity Place')).toEqual(nothingHidden);
});

test('the same passage with the same labels hidden is the same object, so that nothing is drawn anew', () => {
  const passage = rich();
  const hidden = toggled(nothingHidden, 'entity Place');
  expect(visible(passage, hidden).passage).toBe(visible(passage, hidden).passage);
});

test('suggestions at once: by kind, label and probability as it is shown', () => {
  const { suggestions } = rich();
  const keys = (answer: 'accept' | 'reject', what: string, threshold: number): string[] =>
    matching(suggestions, { answer, what, threshold }).map(({ key }) => key);
  expect(keys('accept', '', 80)).toEqual(['s1']);
  expect(keys('accept', '', 0)).toEqual(['s1', 's2']);
  expect(keys('accept', 'class', 0)).toEqual(['s2']);
  expect(keys('accept', 'entity Organisation', 83)).toEqual(['s1']);
  expect(keys('accept', 'entity Person', 0)).toEqual([]);
  expect(keys('reject', '', 31)).toEqual(['s2']);
  expect(choices(suggestions)).toEqual([
    ['', 2],
    ['class', 1],
    ['class tone', 1],
    ['entity', 1],
    ['entity Organisation', 1],
  ]);
});
