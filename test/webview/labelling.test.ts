import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../src/corpus/words.js';
import type { PanelView, PassageView } from '../../src/protocol/panel.js';
import { perform, pickPress, suggestionAt, type Lines, type Pick, type Situation } from '../../webview/labelling.js';
import type { Command } from '../../webview/keys.js';
import { nothing, spansOf, textAt, type Selection } from '../../webview/selection.js';
import { entity, find, harbour, passageOf, rich, viewOf } from './views.js';

/** One long line, from left to right. */
const oneLine: Lines = { isRtl: () => false, beside: () => undefined, edge: () => undefined, seen: () => [] };

function situation(passage: PassageView, selection: Selection, more: Partial<Situation> = {}): Situation {
  const view: PanelView = viewOf(passage);
  return { view, passage, words: wordsOf(passage.text), selection, lines: oneLine, ...more };
}

const word = (quote: string, nth = 0): Selection => textAt(find(harbour, quote, nth));
const person: Command = { do: 'label', label: 'Person' };
const worksFor: Command = { do: 'relation', label: 'worksFor' };

describe('a label’s key', () => {
  test('labels the selected text and expects the entity to be selected then', () => {
    const outcome = perform(person, situation(rich(), word('survey')));
    expect(outcome?.action).toEqual({ do: 'entity', label: 'Person', spans: [find(harbour, 'survey')] });
    expect(outcome?.expect).toEqual({ label: 'Person', spans: [find(harbour, 'survey')] });
  });

  test('relabels the selected entity', () => {
    const outcome = perform({ do: 'label', label: 'Place' }, situation(rich(), { kind: 'entity', id: 'Ines Moray' }));
    expect(outcome?.action).toEqual({ do: 'relabel', id: 'Ines Moray', label: 'Place' });
  });

  test('does nothing to what has the label already', () => {
    expect(perform(person, situation(rich(), { kind: 'entity', id: 'Ines Moray' }))).toBeUndefined();
    expect(perform(person, situation(rich(), word('Ines Moray')))?.action).toBeUndefined();
  });

  test('does nothing when nothing is selected', () => {
    expect(perform(person, situation(rich(), nothing))).toBeUndefined();
  });

  test('accepts a suggestion of the same text and label, so that its origin is kept', () => {
    const outcome = perform({ do: 'label', label: 'Organisation' }, situation(rich(), word('Hallgarth Signals')));
    expect(outcome?.action).toEqual({ do: 'acceptSuggestion', key: 's1' });
  });

  test('gives a selected suggestion’s text another label', () => {
    const outcome = perform(person, situation(rich(), { kind: 'suggestion', key: 's1' }));
    expect(outcome?.action).toEqual({
      do: 'entity',
      label: 'Person',
      spans: [find(harbour, 'Hallgarth Signals')],
    });
  });

  test('leaves another annotator’s entity alone and says so', () => {
    const outcome = perform(person, situation(rich(), { kind: 'entity', id: 'western channel' }));
    expect(outcome?.action).toBeUndefined();
    expect(outcome?.say).toContain('jonas');
  });
});

describe('a relation’s key', () => {
  test('asks for a tail among those that the signature allows, nearest first, without those related already', () => {
    const outcome = perform(worksFor, situation(rich(), { kind: 'entity', id: 'Ines Moray' }));
    // She works for the trust already.
    expect(outcome?.pick?.choices).toEqual([
      { id: 'North', code: 'a' },
      { id: 'South Quay teams', code: 's' },
    ]);
    expect(outcome?.action).toBeUndefined();
  });

  test('starts from the innermost entity around the cursor', () => {
    const outcome = perform(worksFor, situation(rich(), word('Venn')));
    expect(outcome?.pick?.stays).toBe('Tobias Venn');
    expect(outcome?.select).toEqual({ kind: 'entity', id: 'Tobias Venn' });
  });

  test('shows a hint even for a single tail', () => {
    const text = 'Ada of Acme';
    const passage = passageOf(text, {
      entities: [entity(text, 'Person', 'Ada'), entity(text, 'Organisation', 'Acme')],
    });
    const outcome = perform(worksFor, situation(passage, { kind: 'entity', id: 'Ada' }));
    expect(outcome?.pick?.choices).toEqual([{ id: 'Acme', code: 'a' }]);
  });

  test('does not start from where the signature forbids, and says why', () => {
    const outcome = perform(worksFor, situation(rich(), { kind: 'entity', id: 'Carrick Point' }));
    expect(outcome?.pick).toBeUndefined();
    expect(outcome?.say).toBe('worksFor does not start from Place');
  });

  test('never offers another annotator’s entity, nor the head itself', () => {
    const outcome = perform(
      { do: 'relation', label: 'locatedIn' },
      situation(rich(), { kind: 'entity', id: 'Dunmarsh' }),
    );
    expect(outcome?.pick?.choices.map(({ id }) => id)).toEqual(['Carrick Point']);
  });

  test('a symmetric one is offered once, in either direction', () => {
    const knows: Command = { do: 'relation', label: 'knows' };
    expect(perform(knows, situation(rich(), { kind: 'entity', id: 'Tobias Venn' }))?.pick).toBeUndefined();
  });

  test('relates a pair in doubt at once', () => {
    const pair = { kind: 'pair', head: 'Tobias Venn', tail: 'Dunmarsh Harbour Trust' } as const;
    expect(perform(worksFor, situation(rich(), pair))?.action).toEqual({
      do: 'relation',
      label: 'worksFor',
      head: 'Tobias Venn',
      tail: 'Dunmarsh Harbour Trust',
    });
  });
});

describe('picking a tail', () => {
  const pick: Pick = {
    label: 'worksFor',
    end: 'tail',
    stays: 'h',
    choices: [
      { id: 'one', code: 'a' },
      { id: 'two', code: 'sa' },
      { id: 'three', code: 'sd' },
    ],
    typed: '',
    active: 0,
  };

  test('a code picks its tail, letter by letter', () => {
    expect(pickPress(pick, 'a')).toMatchObject({ picked: { id: 'one' } });
    const first = pickPress(pick, 's');
    expect(first).toEqual({ pick: { ...pick, typed: 's' } });
    expect(pickPress({ ...pick, typed: 's' }, 'd')).toMatchObject({ picked: { id: 'three' } });
  });

  test('arrows and Enter pick too, around the end', () => {
    expect(pickPress(pick, 'ArrowLeft')).toEqual({ pick: { ...pick, active: 2 } });
    expect(pickPress({ ...pick, active: 2 }, 'Tab')).toEqual({ pick });
    expect(pickPress({ ...pick, active: 1 }, 'Enter')).toMatchObject({ picked: { id: 'two' } });
  });

  test('Escape cancels; what is no code does nothing', () => {
    expect(pickPress(pick, 'Escape')).toEqual({ cancel: true });
    expect(pickPress(pick, 'p')).toEqual({ pick });
  });
});

describe('suggestions', () => {
  test('y and n are about the selected one, else the one of the selected text, else the first', () => {
    const passage = rich();
    expect(suggestionAt(passage, { kind: 'suggestion', key: 's2' })?.key).toBe('s2');
    expect(suggestionAt(passage, word('Hallgarth Signals'))?.key).toBe('s1');
    expect(suggestionAt(passage, nothing)?.key).toBe('s1');
    expect(perform({ do: 'rejectSuggestion' }, situation(rich(), nothing))?.action).toEqual({
      do: 'rejectSuggestion',
      key: 's1',
    });
  });

  test('without any, y does nothing', () => {
    expect(perform({ do: 'acceptSuggestion' }, situation(passageOf('x'), nothing))).toBeUndefined();
  });
});

describe('classes', () => {
  test('a value is set; chosen again it is cleared', () => {
    const set: Command = { do: 'class', label: 'tone', value: 'complaint' };
    expect(perform(set, situation(rich(), nothing))?.action).toEqual({ ...set });
    expect(perform({ ...set, value: 'neutral' }, situation(rich(), nothing))?.action).toEqual({
      ...set,
      value: null,
    });
  });

  test('a suggested value is accepted', () => {
    expect(perform({ do: 'class', label: 'tone', value: 'praise' }, situation(rich(), nothing))?.action).toEqual({
      do: 'acceptSuggestion',
      key: 's2',
    });
  });
});

describe('moving', () => {
  const move = (to: 'left' | 'right', by: 'word' | 'character', extend = false): Command => ({
    do: 'move',
    to,
    by,
    extend,
  });
  const text = 'one “two” three';
  const passage = passageOf(text);
  const go = (selection: Selection, commands: Command[], lines: Lines = oneLine): string[] => {
    let now = selection;
    for (const command of commands) now = perform(command, situation(passage, now, { lines }))?.select ?? now;
    return spansOf(passage, now).map(({ start, end }) => text.slice(start, end));
  };

  test('the first press shows the cursor, then it goes word by word over punctuation', () => {
    expect(go(nothing, [move('right', 'word')])).toEqual(['one']);
    expect(go(nothing, [move('right', 'word'), move('right', 'word')])).toEqual(['two']);
    expect(go(textAt(find(text, 'three')), [move('left', 'word')])).toEqual(['two']);
    expect(go(textAt(find(text, 'three')), [move('right', 'word')])).toEqual(['three']);
  });

  test('Shift extends and takes back, also to the other side of where it began', () => {
    const from = textAt(find(text, 'two'));
    expect(go(from, [move('right', 'word', true)])).toEqual(['two” three']);
    expect(go(from, [move('right', 'word', true), move('left', 'word', true)])).toEqual(['two']);
    expect(go(from, [move('left', 'word', true)])).toEqual(['one “two']);
  });

  test('Alt goes by character: the moving end, or without Shift a cursor of one character', () => {
    const from = textAt(find(text, 'two'));
    expect(go(from, [move('left', 'character', true)])).toEqual(['tw']);
    expect(go(from, [move('right', 'character', true)])).toEqual(['two”']);
    expect(go(from, [move('left', 'character')])).toEqual(['“']);
  });

  test('left is onward where the text runs from right to left', () => {
    expect(go(textAt(find(text, 'one')), [move('left', 'word')], { ...oneLine, isRtl: () => true })).toEqual(['two']);
  });

  test('extending an own entity changes its bounds once Enter confirms', () => {
    const all = rich();
    const extended = perform(move('right', 'word', true), situation(all, { kind: 'entity', id: 'Ines Moray' }));
    const confirmed = perform({ do: 'confirm' }, situation(all, extended!.select!));
    expect(confirmed?.action).toEqual({
      do: 'respan',
      id: 'Ines Moray',
      spans: [find(harbour, 'Ines Moray of')],
    });
    expect(perform({ do: 'cancel' }, situation(all, extended!.select!))?.select).toEqual({
      kind: 'entity',
      id: 'Ines Moray',
    });
  });

  test('Enter alone means nothing', () => {
    expect(perform({ do: 'confirm' }, situation(rich(), word('survey')))).toBeUndefined();
  });
});

describe('entities of several parts', () => {
  test('a part is kept, the next is selected, and one key labels both', () => {
    const text = 'North and South Quay';
    const passage = passageOf(text);
    const kept = perform({ do: 'addPart' }, situation(passage, textAt(find(text, 'North'))))!.select!;
    const moved = perform({ do: 'move', to: 'right', by: 'word', extend: false }, situation(passage, kept))!.select!;
    const again = perform({ do: 'move', to: 'right', by: 'word', extend: false }, situation(passage, moved))!.select!;
    expect(perform({ do: 'label', label: 'Place' }, situation(passage, again))?.action).toEqual({
      do: 'entity',
      label: 'Place',
      spans: [find(text, 'North'), find(text, 'Quay')],
    });
  });
});

describe('going through items', () => {
  test('in document order, around the end with j and k, off the end with Tab', () => {
    const passage = rich();
    const order: string[] = [];
    let selection: Selection = nothing;
    for (let i = 0; i < 11; i++) {
      selection = perform({ do: 'nextItem' }, situation(passage, selection))!.select!;
      order.push('id' in selection ? selection.id : 'key' in selection ? selection.key : '');
    }
    expect(order).toEqual([
      'Carrick Point',
      'Ines Moray',
      'r1',
      'r2',
      'Dunmarsh Harbour Trust',
      'r3',
      'Dunmarsh',
      'Tobias Venn',
      's1',
      'North',
      'South Quay teams',
    ]);
    expect(perform({ do: 'nextItem' }, situation(passage, selection))?.select).toEqual({
      kind: 'entity',
      id: 'Carrick Point',
    });
    expect(perform({ do: 'tab', direction: 1 }, situation(passage, selection))).toBeUndefined();
  });

  test('Delete deletes the selected entity or relation and nothing else', () => {
    const remove: Command = { do: 'delete' };
    expect(perform(remove, situation(rich(), { kind: 'relation', id: 'r1' }))?.action).toEqual({
      do: 'delete',
      id: 'r1',
    });
    expect(perform(remove, situation(rich(), { kind: 'entity', id: 'Dunmarsh' }))?.action).toEqual({
      do: 'delete',
      id: 'Dunmarsh',
    });
    expect(perform(remove, situation(rich(), word('survey')))).toBeUndefined();
    expect(perform(remove, situation(rich(), { kind: 'entity', id: 'western channel' }))?.action).toBeUndefined();
  });
});

test('undo says so when there is nothing to undo', () => {
  const passage = rich();
  const view = viewOf(passage, { canUndo: false });
  expect(perform({ do: 'undo' }, situation(passage, nothing, { view }))).toEqual({ say: 'Nothing to undo' });
});
