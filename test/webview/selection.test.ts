import { describe, expect, test } from 'vitest';
import { firstSelection, innermost, nothing, settle, spansOf, textAt } from '../../webview/selection.js';
import { find, harbour, rich } from './views.js';

describe('a new passage begins', () => {
  test('at the text in doubt', () => {
    const passage = rich();
    expect(spansOf(passage, firstSelection(passage))).toEqual([find(harbour, 'Dunmarsh', 1)]);
  });

  test('at a pair in doubt', () => {
    const passage = {
      ...rich(),
      doubt: {
        kind: 'relation' as const,
        spans: [find(harbour, 'Tobias Venn'), find(harbour, 'Dunmarsh Harbour Trust')],
        distribution: { worksFor: 0.5, none: 0.5 },
      },
    };
    expect(firstSelection(passage)).toEqual({ kind: 'pair', head: 'Tobias Venn', tail: 'Dunmarsh Harbour Trust' });
  });

  test('with nothing selected when a class is in doubt: a label’s key must not hit a word by chance', () => {
    const passage = { ...rich(), doubt: { kind: 'class' as const, spans: [], distribution: { neutral: 1 } } };
    expect(firstSelection(passage)).toEqual(nothing);
  });
});

describe('after a view', () => {
  test('the entity that was asked for is selected', () => {
    const after = rich();
    const expected = { label: 'Person', spans: [find(harbour, 'Tobias Venn')] };
    expect(settle(rich(), after, textAt(find(harbour, 'Tobias Venn')), expected)).toEqual({
      kind: 'entity',
      id: 'Tobias Venn',
    });
  });

  test('a deleted entity leaves its text selected, a deleted relation its head', () => {
    const after = {
      ...rich(),
      entities: rich().entities.filter(({ id }) => id !== 'Dunmarsh'),
      relations: [],
    };
    const left = settle(rich(), after, { kind: 'entity', id: 'Dunmarsh' }, undefined);
    expect(spansOf(after, left)).toEqual([find(harbour, 'Dunmarsh')]);
    expect(settle(rich(), after, { kind: 'relation', id: 'r1' }, undefined)).toEqual({
      kind: 'entity',
      id: 'Ines Moray',
    });
  });

  test('an answered suggestion gives way to the next one, past the end to the first', () => {
    const spans = ['light', 'survey', 'complete'].map((quote) => [find(harbour, quote)]);
    const suggestions = spans.map((one, i) => ({
      key: String(i),
      kind: 'entity' as const,
      label: 'Place',
      spans: one,
      probability: 0.5,
    }));
    const before = { ...rich(), suggestions };
    const without = (gone: string) => ({ ...before, suggestions: suggestions.filter(({ key }) => key !== gone) });
    expect(settle(before, without('1'), { kind: 'suggestion', key: '1' }, undefined)).toEqual({
      kind: 'suggestion',
      key: '2',
    });
    expect(settle(before, without('2'), { kind: 'suggestion', key: '2' }, undefined)).toEqual({
      kind: 'suggestion',
      key: '0',
    });
  });

  test('the last suggested relation leaves its head selected, not a text of two parts that a label’s key would take', () => {
    const suggestion = {
      key: 'r',
      kind: 'relation' as const,
      label: 'worksFor',
      spans: [find(harbour, 'Tobias Venn'), find(harbour, 'Dunmarsh Harbour Trust')],
      head: 'Tobias Venn',
      tail: 'Dunmarsh Harbour Trust',
      probability: 0.5,
    };
    const before = { ...rich(), suggestions: [suggestion] };
    const after = { ...rich(), suggestions: [] };
    const selection = { kind: 'suggestion', key: 'r' } as const;
    expect(settle(before, after, selection, undefined)).toEqual({ kind: 'entity', id: 'Tobias Venn' });
    expect(settle(before, { ...after, entities: [] }, selection, undefined)).toEqual(nothing);
  });

  test('what is still there stays selected', () => {
    const selection = { kind: 'entity', id: 'Dunmarsh' } as const;
    expect(settle(rich(), rich(), selection, undefined)).toBe(selection);
  });
});

test('the innermost own entity is the smallest around a stretch', () => {
  expect(innermost(rich(), find(harbour, 'Dunmarsh'))?.id).toBe('Dunmarsh');
  expect(innermost(rich(), find(harbour, 'Harbour'))?.id).toBe('Dunmarsh Harbour Trust');
  expect(innermost(rich(), find(harbour, 'western channel'))).toBeUndefined();
});
