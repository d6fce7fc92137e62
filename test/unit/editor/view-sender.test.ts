import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ViewSender } from '../../../src/editor/view-sender.js';
import type { PanelView, PassageView, ViewEntity } from '../../../src/protocol/panel.js';
import { applyChange, same } from '../../../src/protocol/panel-change.js';

const entity = fc.record<ViewEntity>({
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  label: fc.constantFrom('Person', 'Place'),
  spans: fc.array(fc.record({ start: fc.nat(9), end: fc.nat(9) }), { minLength: 1, maxLength: 2 }),
  own: fc.boolean(),
  by: fc.constant('mei'),
});
const passage = fc.record<PassageView>(
  {
    doc: fc.constant('a.txt'),
    line: fc.constant(1),
    text: fc.constantFrom('one text', 'another'),
    passage: fc.constant({ start: 0, end: 3 }),
    entities: fc.array(entity, { maxLength: 6 }),
    relations: fc.array(fc.record({ id: fc.string(), label: fc.string(), head: fc.string(), tail: fc.string() })),
    beyond: fc.constant([]),
    classes: fc.constantFrom({}, { tone: ['neutral'] }),
    suggestions: fc.constant([]),
    flag: fc.boolean(),
    note: fc.constantFrom('', 'a note'),
    score: fc.double(),
  },
  {
    requiredKeys: [
      'doc',
      'line',
      'text',
      'passage',
      'entities',
      'relations',
      'beyond',
      'classes',
      'suggestions',
      'flag',
      'note',
    ],
  },
);
const view = fc.record<PanelView>(
  {
    version: fc.constant(0),
    types: fc.constant({ entities: [], relations: [], classes: [] }),
    keys: fc.constant({}),
    annotator: fc.constant('mei'),
    passage,
    progress: fc.constantFrom({ reviewed: 0, total: 4 }, { reviewed: 1, total: 4 }),
    canUndo: fc.boolean(),
    canRedo: fc.constant(false),
    disk: fc.constant('saved'),
    engine: fc.constant({ state: 'ready', detail: '' }),
  },
  { requiredKeys: ['version', 'types', 'keys', 'annotator', 'progress', 'canUndo', 'canRedo', 'disk', 'engine'] },
);

test('a page that follows the messages shows what the host shows', () => {
  fc.assert(
    fc.property(fc.array(view, { minLength: 1, maxLength: 8 }), (views) => {
      const sender = new ViewSender();
      let page: PanelView | undefined;
      for (const next of views) {
        const message = sender.message(next);
        if (message?.type === 'view') page = message.view;
        if (message?.type === 'change') page = page && applyChange(page, message.change);
        expect(page).toEqual({ ...next, version: page?.version });
      }
    }),
  );
});

const [one] = fc.sample(
  view.filter((sample) => (sample.passage?.entities.length ?? 0) > 2),
  { numRuns: 1, seed: 1 },
);

test('one label more sends that label and neither the text nor the others', () => {
  const sender = new ViewSender();
  const before = one!.passage!;
  const more: ViewEntity = { id: 'new', label: 'Product', spans: [{ start: 1, end: 2 }], own: true, by: 'mei' };
  sender.message(one!);
  const message = sender.message({
    ...one!,
    passage: { ...before, entities: before.entities.toSpliced(1, 0, more) },
  });
  expect(message).toMatchObject({ change: { passage: { entities: { at: 1, removed: 0, put: [more] } } } });
  expect(JSON.stringify(message)).not.toContain(before.text);
});

test('nothing is sent where nothing changed, and all of it to a new page', () => {
  const sender = new ViewSender();
  expect(sender.message(one!)?.type).toBe('view');
  expect(sender.message(structuredClone(one!))).toBeUndefined();
  sender.forget();
  expect(sender.message(one!)?.type).toBe('view');
});

test('same: by content, whatever the order of fields; an undefined field is an absent one', () => {
  expect(same({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 })).toBe(true);
  expect(same({ a: undefined }, {})).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(same({ a: 1, b: 2 }, { a: 1 })).toBe(false);
  expect(same([1], { 0: 1 })).toBe(false);
  expect(same([1], [1, 2])).toBe(false);
});
