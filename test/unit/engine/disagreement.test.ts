import { expect, it } from 'vitest';
import { betweenAnnotators } from '../../../src/engine/disagreement.js';
import type { LabelledPassage } from '../../../src/engine/labelled.js';

const entry = {
  ref: { id: 'a', file: 'a', kind: 'text', start: 0, end: 9, line: 1 },
  start: 0,
  end: 9,
  hash: '',
  text: 'Ada wrote',
} as const;

function view(said: Partial<LabelledPassage>): LabelledPassage {
  return {
    entry,
    owner: 'mei',
    entities: [],
    relations: [],
    classes: new Map(),
    rejectedEntities: [],
    rejectedRelations: [],
    rejectedClasses: new Map(),
    answer: 'accept',
    query: undefined,
    at: '',
    scope: ['Person', 'Place', 'knows', 'tone'],
    ...said,
  };
}
const entity = (label: string, start: number, id = `${label}${start}`) =>
  ({ id, label, span: { start, end: start + 3 }, discontinuous: false }) as const;
const between = (...views: LabelledPassage[]): number => betweenAnnotators(views, new Set(['knows']));

it('is none between those who say the same, or of whom only one speaks', () => {
  const ada = { entities: [entity('Person', 0)] };
  expect(between(view(ada), view({ ...ada, owner: 'tomas' }))).toBe(0);
  expect(between(view(ada))).toBe(0);
  expect(between(view(ada), view({ answer: 'skip' }), view({ answer: undefined }))).toBe(0);
});

it('is the share of what only one of them says', () => {
  const one = view({ entities: [entity('Person', 0)], classes: new Map([['tone', ['calm']]]) });
  const other = view({ entities: [entity('Person', 0)], classes: new Map([['tone', ['cross']]]) });
  expect(between(one, other)).toBeCloseTo(0.5);
  expect(between(one, view({ answer: 'reject' }))).toBe(1);
});

it('leaves out labels that one of them did not know', () => {
  const one = view({ entities: [entity('Person', 0), entity('Place', 4)] });
  const other = view({ entities: [entity('Person', 0)], scope: ['Person'] });
  expect(between(one, other)).toBe(0);
});

it('does not mind which end of a symmetric relation comes first, nor the ids', () => {
  const ends = (a: string, b: string) => [entity('Person', 0, a), entity('Person', 4, b)];
  const one = view({ entities: ends('a', 'b'), relations: [{ label: 'knows', head: 'a', tail: 'b' }] });
  const other = view({ entities: ends('x', 'y'), relations: [{ label: 'knows', head: 'y', tail: 'x' }] });
  expect(between(one, other)).toBe(0);
});
