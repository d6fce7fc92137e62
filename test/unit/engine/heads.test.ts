import { describe, expect, it } from 'vitest';
import { classExamples, type Training } from '../../../src/engine/heads.js';
import type { LabelledPassage } from '../../../src/engine/labelled.js';

const entry = {
  ref: { id: 'a', file: 'a', kind: 'text', start: 0, end: 1, line: 1 },
  start: 0,
  end: 1,
  hash: '',
  text: '',
} as const;
const topic = { label: 'topic', values: [{ value: 'work' }, { value: 'play' }], multiple: true };

function view(said: Partial<LabelledPassage>): Training {
  const passage: LabelledPassage = {
    entry,
    owner: 'mei',
    entities: [],
    relations: [],
    classes: new Map(),
    rejectedEntities: [],
    rejectedRelations: [],
    rejectedClasses: new Map(),
    answer: undefined,
    query: undefined,
    at: '',
    scope: [],
    ...said,
  };
  return { passage, weight: 1 };
}

describe('what a class learns from', () => {
  const examples = (...views: readonly Training[]) => classExamples(topic, views, new Map([[entry, 0]]));

  it('an accepted passage: values that were on offer and not given do not hold', () => {
    const accepted = view({ answer: 'accept', scope: ['topic'], classes: new Map([['topic', ['work']]]) });
    expect(examples(accepted)).toEqual([{ row: 0, values: ['work'], rejected: [], scope: ['work', 'play'] }]);
    expect(examples(view({ answer: 'accept', scope: ['topic'] }))).toMatchObject([
      { values: [], scope: ['work', 'play'] },
    ]);
  });

  it('others say nothing about what is not given', () => {
    expect(examples(view({ classes: new Map([['topic', ['work']]]) }))).toEqual([
      { row: 0, values: ['work'], rejected: [] },
    ]);
    expect(examples(view({ answer: 'accept', scope: ['tone'] }))).toEqual([]);
  });
});
