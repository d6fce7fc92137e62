import { describe, expect, it } from 'vitest';
import { report, type ReportInput } from '../../../src/learning/estimate-report.js';
import {
  classSubject,
  entitySubject,
  relationSubject,
  type LabelledItem,
} from '../../../src/learning/estimate-subjects.js';
import { classSpace } from '../../../src/learning/features/class.js';
import { wordSpace } from '../../../src/learning/features/entity.js';
import { lexicalRows } from '../../../src/learning/features/lexical.js';
import type { PassageInput } from '../../../src/learning/types.js';
import { DIMENSIONS, mention, passage } from './support.js';

function drained<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

const NAMES = ['Ada Lovelace', 'Emmy Noether', 'Alan Turing', 'Sofia Kovalevskaya', 'Charles Babbage'];
const VERBS = ['wrote', 'proved', 'read', 'found', 'left', 'drew', 'saw', 'built'];
const THINGS = ['the note', 'a theorem', 'the paper', 'an engine', 'a letter'];

/** 'Ada Lovelace wrote the note 3.', glad when somebody wrote or proved. */
const texts = Array.from({ length: 52 }, (_, i) => {
  const [name, verb, thing] = [NAMES[i % 5]!, VERBS[(i * 3) % 8]!, THINGS[(i * 7) % 5]!];
  return { text: `${name} ${verb} ${thing} ${i}.`, name, glad: ['wrote', 'proved', 'found', 'built'].includes(verb) };
});

function item({ text, name, glad }: (typeof texts)[number]): LabelledItem {
  const scope = ['Person', 'tone'];
  return {
    passage: passage(text),
    classes: [{ values: [glad ? 'glad' : 'sad'], scope }],
    entities: [{ entities: [mention(text, name, 'Person')], scope }],
    relations: [{ mentions: [], relations: [], scope }],
  };
}

function spacesOf(inputs: readonly PassageInput[]): Pick<ReportInput, 'classSpace' | 'wordSpace'> {
  const data = Float32Array.from(inputs.flatMap(({ vector }) => [...vector]));
  return {
    classSpace: classSpace({ rows: inputs.length, dimensions: DIMENSIONS, data }, lexicalRows(inputs)),
    wordSpace: wordSpace(DIMENSIONS, inputs),
  };
}

/** As if it were known: calibrating every head takes long. */
const calibration = { temperature: 1, examples: 32 };

const items = texts.slice(0, 32).map(item);
const stopSet = texts.slice(32).map(({ text }) => passage(text));
const input: ReportInput = {
  seed: 1,
  ...spacesOf([...items.map((one) => one.passage), ...stopSet]),
  classes: [{ label: 'tone', values: ['glad', 'sad'], multiple: false, calibration }],
  entities: ['Person'],
  calibration: { entities: calibration, relations: calibration },
  relations: [],
  items,
  natural: items.map(() => true),
  random: items.map((_, i) => i % 2 === 0),
  stopSet,
};

describe('the report', () => {
  it('estimates each task on the random sample, with a curve, a gain and advice', () => {
    const [tone, persons] = drained(report(input));
    expect(tone).toMatchObject({ kind: 'class', name: 'tone', measure: 'accuracy', labels: 32, basis: 'random' });
    expect(tone!.estimate).toMatchObject({ passages: 16, labels: 29 });
    expect(tone!.estimate!.score).toBeGreaterThan(0.8);
    expect(tone!.estimate!.low).toBeLessThan(tone!.estimate!.score);
    expect(tone!.curve.map(({ labels }) => labels)).toEqual([7, 10, 15, 21, 29]);
    expect(tone!.gain).toMatchObject({ labels: 100 });
    expect(tone!.uncertainty).toHaveLength(stopSet.length);
    expect(persons).toMatchObject({ kind: 'entity', measure: 'micro-f1', labels: 32, basis: 'random' });
    expect(persons!.estimate!.score).toBeGreaterThan(0.8);
  });

  it('is the same every time', () => {
    const few = { ...input, entities: [] };
    expect(drained(report(few))).toEqual(drained(report(few)));
  });

  it('says when it had to be measured on what a strategy chose', () => {
    const [tone] = drained(report({ ...input, entities: [], random: items.map((_, i) => i < 9), target: 0.5 }));
    expect(tone).toMatchObject({ basis: 'chosen', estimate: { passages: 32 } });
    // A biased estimate never reaches a target.
    expect(tone!.advice.rules.find(({ name }) => name === 'target')).toMatchObject({ value: undefined, met: false });
  });

  it('never judges on made-up passages, though they teach', () => {
    // Every made-up passage has the wrong tone: judged on them, the estimate would be ruined.
    const made = texts.slice(0, 20).map((text) => item({ ...text, text: `${text.text} Made up.`, glad: !text.glad }));
    const mixed = [...items, ...made];
    const isMade = (_: unknown, i: number): boolean => i >= items.length;
    const [tone] = drained(
      report({
        ...input,
        entities: [],
        items: mixed,
        natural: mixed.map((one, i) => !isMade(one, i)),
        random: mixed.map(() => true),
      }),
    );
    expect(tone).toMatchObject({ labels: 52, estimate: { passages: 32 } });
  });

  it('says little without labels and does not fail', () => {
    const [tone, persons] = drained(report({ ...input, items: [], natural: [], random: [] }));
    expect(tone).toMatchObject({ labels: 0, curve: [], uncertainty: [], advice: { verdict: 'continue' } });
    expect(tone!.estimate).toBeUndefined();
    expect(persons!.gain).toBeUndefined();
  });
});

describe('what a head is judged by', () => {
  const text = 'Ada Lovelace met Emmy Noether in Paris.';
  const one = passage(text);
  const spaces = spacesOf([one, ...stopSet]);
  const said = (extra: Partial<LabelledItem>): LabelledItem => ({
    passage: one,
    classes: [undefined],
    entities: [],
    relations: [],
    ...extra,
  });

  it('entities: exact spans in the scope; discontinuous ones are missed', () => {
    const ada = mention(text, 'Ada Lovelace', 'Person');
    const emmy = mention(text, 'Emmy Noether', 'Person');
    const paris = mention(text, 'Paris', 'Place');
    const labelled = [
      ...items.map((of) => ({ ...of, classes: [undefined] })),
      said({ entities: [{ entities: [ada, emmy, paris], scope: ['Person', 'Place'] }] }),
      said({ entities: [{ entities: [ada, emmy], scope: ['Person'] }] }),
      said({ entities: [{ entities: [ada], untaught: [emmy], scope: ['Person'] }] }),
      said({ entities: [{ entities: [ada] }] }),
    ];
    const subject = entitySubject(['Person', 'Place'], spaces.wordSpace, 1, labelled, []);
    const head = subject.fit([...items.keys(), items.length]);
    expect(subject.judge(head, items.length)).toEqual({ hits: 3, total: 3 });
    // Paris is suggested, but was not asked about.
    expect(subject.judge(head, items.length + 1)).toEqual({ hits: 2, total: 2 });
    expect(subject.judge(head, items.length + 2)).toEqual({ hits: 1, total: 2 });
    // Not accepted: it says nothing of what is missing.
    expect(subject.judge(head, items.length + 3)).toBeUndefined();
  });

  it('a class: the likeliest value; several values: their overlap, where the passage was accepted', () => {
    const single = classSubject(0, { values: ['glad', 'sad'], multiple: false }, input.classSpace, items, []);
    const head = single.fit([...items.keys()]);
    expect(single.judge(head, 0)).toEqual({ hits: 1, total: 1 });
    const scoped = items.map((of) => ({
      ...of,
      classes: [{ ...of.classes[0]!, values: ['glad', 'sad'], scope: ['glad', 'sad', 'odd'] }],
    }));
    const multiple = classSubject(0, { values: ['glad', 'sad', 'odd'], multiple: true }, input.classSpace, scoped, []);
    expect(multiple.judge(multiple.fit([...items.keys()]), 0)).toEqual({ hits: 2, total: 2 });
  });

  it('relations: pairs with their direction, either way round where it is symmetric', () => {
    const mentions = [mention(text, 'Ada Lovelace', 'Person'), mention(text, 'Emmy Noether', 'Person')];
    const signature = { label: 'met', head: ['Person'], tail: ['Person'], symmetric: true };
    const linked = said({ relations: [{ mentions, relations: [{ head: 1, tail: 0, label: 'met' }], scope: ['met'] }] });
    const subject = relationSubject([signature], spaces.wordSpace, 1, [linked], [], []);
    expect(subject.judge(subject.fit([0]), 0)).toEqual({ hits: 1, total: 1 });
    const directed = relationSubject([{ ...signature, symmetric: false }], spaces.wordSpace, 1, [linked], [], []);
    expect(directed.judge(directed.fit([0]), 0)).toEqual({ hits: 1, total: 1 });
  });
});
