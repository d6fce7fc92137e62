import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryConflict, type Steps } from '../../../src/labels/history.js';
import { decodeSteps, encodeEvent, encodeSteps } from '../../../src/labels/history-log.js';
import { Desk } from './desk.js';
import { entityAt } from './helpers.js';

/** Something that a person, or (`theirs`) somebody else, does to a few lines. */
const deed = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      n: fc.nat({ max: 4 }),
      note: fc.string({ maxLength: 2 }),
    }),
  },
  fc.record({ do: fc.constantFrom('remove' as const, 'follow' as const), n: fc.nat({ max: 4 }) }),
  fc.record({ do: fc.constantFrom('undo' as const, 'redo' as const) }),
  fc.record({ do: fc.constant('theirs' as const), n: fc.nat({ max: 4 }) }),
);
const deeds = fc.array(deed, { maxLength: 25 });

function live(desk: Desk, todo: typeof deed extends fc.Arbitrary<infer T> ? readonly T[] : never): void {
  for (const [i, one] of todo.entries()) {
    switch (one.do) {
      case 'edit':
        desk.do({ put: [{ ...entityAt(one.n), note: one.note }], remove: [] }, { doc: 'a', start: i });
        break;
      case 'remove':
        desk.do({ put: [], remove: [entityAt(one.n).id] });
        break;
      case 'follow': {
        const line = desk.lines.get(entityAt(one.n).id);
        if (line?.type === 'entity') desk.follow({ ...line, spans: line.spans.map((span) => ({ ...span, start: i })) });
        break;
      }
      case 'undo':
      case 'redo':
        tried(() => desk[one.do]());
        break;
      case 'theirs':
        desk.lines.set(entityAt(one.n).id, { ...entityAt(one.n), note: `theirs ${i}` });
    }
  }
}

/** Whether it was done rather than refused. */
function tried(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(HistoryConflict);
    return false;
  }
}

/** A desk with the same lines and no history. */
function reopened({ lines }: Desk): Desk {
  const desk = new Desk();
  desk.lines = new Map(lines);
  return desk;
}

describe('the log of a history', () => {
  it('leads to the steps that the history has', () => {
    fc.assert(
      fc.property(deeds, (todo) => {
        const desk = new Desk();
        live(desk, todo);
        expect(decodeSteps(desk.log)?.steps).toEqual(desk.history.steps);
      }),
    );
  });

  it('is made shorter without losing a step', () => {
    fc.assert(
      fc.property(deeds, (todo) => {
        const desk = new Desk();
        live(desk, todo);
        const { steps } = desk.history;
        expect(decodeSteps(encodeSteps(steps, 7))?.steps).toEqual(steps);
      }),
    );
  });

  it('keeps the steps next in turn where not all fit', () => {
    fc.assert(
      fc.property(deeds, fc.nat({ max: 3000 }), (todo, most) => {
        const desk = new Desk();
        live(desk, todo);
        const { undo, redo } = desk.history.steps;
        const short = decodeSteps(encodeSteps(desk.history.steps, 7, most))!.steps;
        expect(short.undo).toEqual(undo.slice(undo.length - short.undo.length));
        expect(short.redo).toEqual(redo.slice(redo.length - short.redo.length));
        const [first] = undo.toReversed();
        if (first !== undefined && encodeEvent({ do: 'step', step: first }, 7).length <= most)
          expect(short.undo.length).toBeGreaterThan(0);
      }),
    );
  });

  it('that a crash cut off leads to the steps of some moment before', () => {
    fc.assert(
      fc.property(deeds, fc.nat(), (todo, cut) => {
        const desk = new Desk();
        const moments: Steps[] = [desk.history.steps];
        for (const one of todo) {
          live(desk, [one]);
          moments.push(desk.history.steps);
        }
        const steps = decodeSteps(desk.log.slice(0, cut % (desk.log.length + 1)))?.steps;
        expect(moments).toContainEqual(steps);
      }),
    );
  });

  it('tells when something last happened', () => {
    const [redo, drop] = (['undo', 'redo'] as const).map((of) => encodeEvent({ do: 'drop', of }, 5));
    expect(decodeSteps('')).toEqual({ steps: { undo: [], redo: [] }, latest: undefined });
    expect(
      decodeSteps(encodeEvent({ do: 'step', step: { annotator: 'mei', changes: [], context: null } }, 4) + redo!),
    ).toMatchObject({ latest: 5 });
    // There is nothing to drop: this log is of no history.
    expect(decodeSteps(drop!)).toBeUndefined();
  });

  it.each([
    '{}',
    'not JSON',
    '{"do":"step","at":1,"annotator":"mei","changes":[["x","{}",null]]}',
    '{"do":"undo","at":1}',
  ])('is relied upon for nothing where it holds %s', (line) => {
    const desk = new Desk();
    desk.do({ put: [entityAt(0)], remove: [] });
    expect(decodeSteps(desk.log + (line.includes('undo') ? `${line}\n` : '') + `${line}\n`)).toBeUndefined();
  });
});

describe('a history that is taken over', () => {
  it('goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(deeds, deeds, (before, later) => {
        const desk = new Desk();
        live(
          desk,
          before.filter((one) => one.do !== 'theirs'),
        );
        const next = reopened(desk);
        expect(next.history.precede(decodeSteps(desk.log)!.steps)).toBe(0);
        live(desk, later);
        live(next, later);
        expect(next.lines).toEqual(desk.lines);
        expect(next.history.steps).toEqual(desk.history.steps);
      }),
    );
  });

  it('never touches a line that was changed meanwhile, and offers no step that would', () => {
    fc.assert(
      fc.property(deeds, deeds, (before, meanwhile) => {
        const desk = new Desk();
        live(desk, before);
        const { steps } = decodeSteps(desk.log)!;
        live(
          desk,
          meanwhile.filter((one) => one.do === 'theirs'),
        );
        const next = reopened(desk);
        const dropped = next.history.precede(steps);
        const kept = next.history.steps;
        expect(kept.undo.length + kept.redo.length + dropped).toBe(steps.undo.length + steps.redo.length);
        for (const direction of ['undo', 'redo'] as const) {
          const trial = reopened(desk);
          trial.history.precede(steps);
          while (trial.history.steps[direction].length > 0) expect(tried(() => trial[direction]())).toBe(true);

          // One by one, each where those before it have left the lines: what is refused then was left out.
          const lines = new Map(desk.lines);
          let taken = 0;
          for (const step of steps[direction].toReversed()) {
            const one = new Desk();
            one.lines = lines;
            one.history.precede({ undo: [], redo: [], [direction]: [step] });
            if (one.history.steps[direction].length === 0) continue;
            one[direction]();
            taken++;
          }
          expect(taken).toBe(kept[direction].length);
          expect(trial.lines).toEqual(lines);
        }
      }),
    );
  });
});
