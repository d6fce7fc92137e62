import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Annotation } from '../../../src/labels/annotation.js';
import { HistoryConflict } from '../../../src/labels/history.js';
import { Desk } from './desk.js';
import { entityAt } from './helpers.js';

const [a, b] = [entityAt(0), entityAt(1)];

describe('undo and redo', () => {
  it('take back and make again, a bulk in one step, and tell the context', () => {
    const desk = new Desk();
    desk.do({ put: [a, b], remove: [] }, 'first');
    desk.do({ put: [{ ...a, note: 'n' }], remove: [b.id] }, 'second');
    expect(desk.undo()).toBe('second');
    expect(desk.lines).toEqual(new Map([a, b].map((line) => [line.id, line])));
    expect(desk.undo()).toBe('first');
    expect(desk.lines.size).toBe(0);
    expect(desk.history.canUndo).toBe(false);
    expect(desk.undo()).toBeUndefined();
    expect([desk.redo(), desk.redo(), desk.redo()]).toEqual(['first', 'second', undefined]);
    expect(desk.lines).toEqual(new Map([[a.id, { ...a, note: 'n' }]]));
  });

  it('know no step that changed nothing', () => {
    const desk = new Desk();
    desk.do({ put: [a], remove: [] });
    desk.do({ put: [a], remove: [b.id] });
    expect(desk.undo()).toBeUndefined();
    expect(desk.lines.size).toBe(0);
    expect(desk.history.canUndo).toBe(false);
  });

  it('are forgotten forwards when something new is done', () => {
    const desk = new Desk();
    desk.do({ put: [a], remove: [] });
    desk.undo();
    desk.do({ put: [b], remove: [] });
    expect(desk.history.canRedo).toBe(false);
  });

  it('refuse a step whose lines were changed meanwhile, and go on with the one before', () => {
    const desk = new Desk();
    desk.do({ put: [b], remove: [] });
    desk.do({ put: [a], remove: [] });
    const theirs = { ...a, note: 'theirs' };
    desk.lines.set(a.id, theirs);
    expect(() => desk.undo()).toThrow(HistoryConflict);
    expect(desk.lines.get(a.id)).toBe(theirs);
    desk.undo();
    expect(desk.lines).toEqual(new Map([[a.id, theirs]]));
  });

  it('go on with lines that went with their text, which is no step', () => {
    const desk = new Desk();
    desk.do({ put: [a], remove: [] });
    desk.do({ put: [b], remove: [] });
    desk.undo();
    const moved = entityAt(7);
    desk.follow({ ...moved, id: a.id });
    expect(desk.redo()).toBeUndefined();
    expect([...desk.lines.keys()]).toEqual([a.id, b.id]);
    desk.undo();
    desk.undo();
    expect(desk.lines.size).toBe(0);
    desk.redo();
    expect(desk.lines.get(a.id)).toEqual({ ...moved, id: a.id });
  });

  it('name what was changed', () => {
    const desk = new Desk();
    desk.do({ put: [a], remove: [] });
    desk.lines.delete(a.id);
    expect(() => desk.undo()).toThrow("Person 'xxxxxxxxxx' was changed meanwhile");
  });

  it('lead back and forth through any history', () => {
    const edit = fc.record({ n: fc.nat({ max: 3 }), note: fc.option(fc.string({ maxLength: 2 })) });
    fc.assert(
      fc.property(fc.array(fc.array(edit, { maxLength: 3 }), { maxLength: 20 }), (steps) => {
        const desk = new Desk();
        const states = [new Map(desk.lines)];
        for (const step of steps) {
          const put = new Map<string, Annotation>();
          const remove = new Set<string>();
          for (const { n, note } of step) {
            const line = entityAt(n);
            if (note === null) remove.add(line.id);
            else put.set(line.id, { ...line, note });
          }
          const before = desk.history.canUndo;
          desk.do({ put: [...put.values()], remove: [...remove].filter((id) => !put.has(id)) });
          const changed = JSON.stringify([...desk.lines].sort()) !== JSON.stringify([...states.at(-1)!].sort());
          if (changed) states.push(new Map(desk.lines));
          else expect(desk.history.canUndo).toBe(before);
        }
        for (const state of states.toReversed().slice(1)) {
          desk.undo();
          expect(desk.lines).toEqual(state);
        }
        expect(desk.history.canUndo).toBe(false);
        for (const state of states.slice(1)) {
          desk.redo();
          expect(desk.lines).toEqual(state);
        }
        expect(desk.history.canRedo).toBe(false);
      }),
    );
  });
});
