import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Annotation, Entity } from '../../../src/labels/annotation.js';
import type { Origin } from '../../../src/labels/create.js';
import {
  addEntity,
  addRelation,
  answer,
  EditError,
  reject,
  relabel,
  remove,
  respan,
  reviewOf,
  setClass,
  setNote,
  toggleFlag,
} from '../../../src/labels/edits.js';
import type { Draft, Edit } from '../../../src/labels/edits.js';
import { labelNames, parseProject } from '../../../src/labels/project.js';
import { serialise } from '../../../src/labels/serialise.js';
import { documentOf } from './helpers.js';

const project = parseProject(`{
  "corpus": ["docs/*.md"],
  "entities": { "Person": {}, "Organisation": {}, "Place": {} },
  "relations": {
    "worksFor": { "head": ["Person"], "tail": ["Organisation"] },
    "knows": { "head": ["Person"], "tail": ["Person"], "symmetric": true },
    "livesIn": { "head": ["Person", "Organisation"], "tail": ["Place"] }
  },
  "classes": { "tone": { "values": ["neutral", "critical"] }, "topic": { "values": ["a", "b"], "multiple": true } }
}`).project!;

const text = '😀 Ada Lovelace met Charles Babbage of Acme in London. They spoke at length.';
const source = documentOf(text);
const at = (quote: string): { start: number; end: number } => {
  const start = source.map.toCodePoint(text.indexOf(quote));
  return { start, end: start + Array.from(quote).length };
};
const [ada, babbage, acme, london] = ['Ada Lovelace', 'Charles Babbage', 'Acme', 'London'].map(at);
const passage = at('They spoke at length.');
const suggested: Origin = { kind: 'suggestion', model: 'm', probability: 0.9 };

/** The lines of one annotator, edited step by step. */
class Lines {
  lines: Annotation[] = [];
  seconds = 0;

  draft(): Draft {
    const time = new Date(Date.UTC(2026, 10, 23, 10, 0, this.seconds++));
    return { source, project, lines: this.lines, by: 'mei', at: time, taken: (id) => this.ids().includes(id) };
  }

  /** What was put and removed. */
  do(make: (draft: Draft) => Edit): Edit {
    const edit = make(this.draft());
    expect(new Set(edit.put.map(({ id }) => id)).size).toBe(edit.put.length);
    const gone = new Set([...edit.remove, ...edit.put.map(({ id }) => id)]);
    this.lines = [...this.lines.filter(({ id }) => !gone.has(id)), ...edit.put];
    return edit;
  }

  add(label: string, ...spans: { start: number; end: number }[]): string {
    return this.do((draft) => addEntity(draft, label, spans)).put[0]!.id;
  }

  ids(): string[] {
    return this.lines.map(({ id }) => id);
  }
}

const nothing = { put: [], remove: [] };

describe('an entity', () => {
  it('is a line as the design has it, offsets in code points', () => {
    const lines = new Lines();
    lines.add('Person', ada!);
    expect(serialise(lines.lines[0]!)).toBe(
      '{"id":"3bb5e5e6fdd13d76","type":"entity","label":"Person","doc":"docs/a.md",' +
        '"spans":[{"start":2,"end":14,"text":"Ada Lovelace"}],"before":"😀 ","after":" met Charles Babbage of ",' +
        '"by":"mei","at":"2026-11-23T10:00:00Z"}',
    );
  });

  it('made twice is one', () => {
    const lines = new Lines();
    lines.add('Person', ada!);
    expect(lines.do((draft) => addEntity(draft, 'Person', [ada!]))).toEqual(nothing);
    expect(lines.do((draft) => addEntity(draft, 'Place', [ada!])).put).toHaveLength(1);
  });

  it('has its spans in order, those that touch joined', () => {
    const { start, end } = ada!;
    const lines = new Lines();
    lines.add('Person', acme!, { start: start + 3, end }, { start, end: start + 3 });
    expect(lines.lines[0]).toMatchObject({ spans: [{ text: 'Ada Lovelace' }, { text: 'Acme' }] });
  });

  it.each([
    ['an unknown label', 'Animal', [{ start: 2, end: 5 }], "no entity 'Animal'"],
    ['nothing', 'Person', [{ start: 2, end: 2 }], 'nothing selected'],
    ['no span', 'Person', [], 'nothing selected'],
    ['blank space', 'Person', [{ start: 1, end: 2 }], 'nothing selected'],
    ['a place past the end', 'Person', [{ start: 2, end: 1000 }], 'past the end'],
  ])('is refused for %s', (_, label, spans, message) => {
    const draft = new Lines().draft();
    expect(() => addEntity(draft, label, spans)).toThrow(EditError);
    expect(() => addEntity(draft, label, spans)).toThrow(message);
  });

  it('gets another id than an entity that was made alike and relabelled since', () => {
    const lines = new Lines();
    const first = lines.add('Person', ada!);
    lines.do((draft) => relabel(draft, first, 'Place'));
    const second = lines.add('Person', ada!);
    expect(second).not.toBe(first);
    expect(lines.lines).toHaveLength(2);
  });

  it('keeps its id, and its relations where they are allowed, when it is relabelled', () => {
    const lines = new Lines();
    const [person, company, place] = [
      lines.add('Person', ada!),
      lines.add('Organisation', acme!),
      lines.add('Place', london!),
    ];
    const works = lines.do((draft) => addRelation(draft, 'worksFor', person, company)).put[0]!.id;
    const lives = lines.do((draft) => addRelation(draft, 'livesIn', person, place)).put[0]!.id;
    lines.lines = lines.lines.map((line) => (line.id === person ? { ...line, note: 'n', later: 1 } : line));
    const edit = lines.do((draft) => relabel(draft, person, 'Organisation'));
    expect(edit.put).toMatchObject([
      { id: person, label: 'Organisation', note: 'n', later: 1, at: '2026-11-23T10:00:05Z' },
    ]);
    expect(edit.remove).toEqual([works]);
    expect(lines.ids()).toContain(lives);
    expect(lines.do((draft) => relabel(draft, person, 'Organisation'))).toEqual(nothing);
  });

  it('keeps its id when it is given another place, whose text it quotes', () => {
    const lines = new Lines();
    const id = lines.add('Person', ada!);
    lines.do((draft) => respan(draft, id, [babbage!]));
    expect(lines.lines).toMatchObject([
      { id, spans: [{ ...babbage!, text: 'Charles Babbage' }], after: ' of Acme in London. They' },
    ]);
    expect(lines.do((draft) => respan(draft, id, [babbage!]))).toEqual(nothing);
  });

  it('cannot become the same as another', () => {
    const lines = new Lines();
    const [a, b] = [lines.add('Person', ada!), lines.add('Person', babbage!)];
    const c = lines.add('Place', ada!);
    expect(() => respan(lines.draft(), b, [ada!])).toThrow("'Ada Lovelace' is labelled Person already.");
    expect(() => relabel(lines.draft(), c, 'Person')).toThrow("'Ada Lovelace' is labelled Person already.");
    expect(() => relabel(lines.draft(), 'gone', 'Person')).toThrow('no longer there');
    expect(lines.ids()).toEqual([a, b, c]);
  });

  it('takes its relations, and what was rejected about them, along when it is removed', () => {
    const lines = new Lines();
    const [person, other, company] = [
      lines.add('Person', ada!),
      lines.add('Person', babbage!),
      lines.add('Organisation', acme!),
    ];
    lines.do((draft) => addRelation(draft, 'knows', other, person));
    lines.do((draft) => reject(draft, { of: 'relation', label: 'worksFor', head: person, tail: company }));
    const kept = lines.do((draft) => addRelation(draft, 'worksFor', other, company)).put[0]!.id;
    lines.do((draft) => remove(draft, person));
    expect(lines.ids()).toEqual([other, company, kept]);
    lines.do((draft) => remove(draft, kept));
    expect(lines.ids()).toEqual([other, company]);
    expect(() => remove(lines.draft(), kept)).toThrow(EditError);
  });
});

describe('a relation', () => {
  it('must fit its signature', () => {
    const lines = new Lines();
    const [person, company] = [lines.add('Person', ada!), lines.add('Organisation', acme!)];
    expect(() => addRelation(lines.draft(), 'worksFor', company, person)).toThrow('Organisation → Person');
    expect(() => addRelation(lines.draft(), 'knows', person, person)).toThrow('two different entities');
    expect(() => addRelation(lines.draft(), 'owns', person, company)).toThrow("no relation 'owns'");
    expect(() => addRelation(lines.draft(), 'worksFor', person, 'gone')).toThrow('no longer there');
    lines.do((draft) => addRelation(draft, 'worksFor', person, company));
    expect(lines.do((draft) => addRelation(draft, 'worksFor', person, company))).toEqual(nothing);
  });

  it('that is symmetric is one in both directions', () => {
    const lines = new Lines();
    const [a, b] = [lines.add('Person', ada!), lines.add('Person', babbage!)];
    lines.do((draft) => reject(draft, { of: 'relation', label: 'knows', head: a, tail: b }));
    expect(lines.do((draft) => reject(draft, { of: 'relation', label: 'knows', head: b, tail: a }))).toEqual(nothing);
    const edit = lines.do((draft) => addRelation(draft, 'knows', b, a));
    expect(edit.remove).toHaveLength(1);
    expect(lines.do((draft) => addRelation(draft, 'knows', a, b))).toEqual(nothing);
  });
});

describe('a class', () => {
  const values = ({ lines }: Lines): unknown[] => lines.map((line) => (line.type === 'class' ? line.value : line.type));

  it('with one value is replaced, in the same line', () => {
    const lines = new Lines();
    lines.do((draft) => setClass(draft, 'tone', 'neutral', passage, suggested));
    const [first] = lines.lines;
    expect(first).toMatchObject({ origin: suggested, spans: [passage], first: 'They spoke at length.' });
    expect(lines.do((draft) => setClass(draft, 'tone', 'neutral', passage))).toEqual(nothing);
    lines.do((draft) => setClass(draft, 'tone', 'critical', passage));
    expect(lines.lines).toMatchObject([{ id: first!.id, value: 'critical' }]);
    expect(lines.lines[0]).not.toHaveProperty('origin');
    lines.do((draft) => setClass(draft, 'tone', null, passage));
    expect(lines.lines).toEqual([]);
  });

  it('with several is toggled value by value', () => {
    const lines = new Lines();
    lines.do((draft) => setClass(draft, 'topic', 'a', passage));
    lines.do((draft) => setClass(draft, 'topic', 'b', passage));
    lines.do((draft) => setClass(draft, 'topic', 'b', passage, suggested));
    expect(values(lines)).toEqual(['a', 'b']);
    lines.do((draft) => setClass(draft, 'topic', 'a', passage));
    expect(values(lines)).toEqual(['b']);
    lines.do((draft) => setClass(draft, 'topic', 'a', passage));
    lines.do((draft) => setClass(draft, 'topic', null, passage));
    expect(values(lines)).toEqual([]);
  });

  it('belongs to one passage', () => {
    const lines = new Lines();
    lines.do((draft) => setClass(draft, 'tone', 'neutral', passage));
    lines.do((draft) => setClass(draft, 'tone', 'critical', ada!));
    expect(values(lines)).toEqual(['neutral', 'critical']);
  });

  it('and its value must be known', () => {
    const draft = new Lines().draft();
    expect(() => setClass(draft, 'tone', 'rude', passage)).toThrow("no value 'rude'");
    expect(() => setClass(draft, 'mood', 'neutral', passage)).toThrow("no class 'mood'");
  });
});

describe('a rejection', () => {
  it('is remembered once, and goes when the same is labelled', () => {
    const lines = new Lines();
    const [person, company] = [lines.add('Person', babbage!), lines.add('Organisation', acme!)];
    const all = [
      { of: 'entity', label: 'Person', spans: [ada!] },
      { of: 'relation', label: 'worksFor', head: person, tail: company },
      { of: 'class', label: 'tone', value: 'critical', passage },
      { of: 'class', label: 'tone', value: 'neutral', passage },
    ] as const;
    for (const one of all) {
      expect(lines.do((draft) => reject(draft, one)).put).toHaveLength(1);
      expect(lines.do((draft) => reject(draft, one))).toEqual(nothing);
    }
    lines.do((draft) => addEntity(draft, 'Person', [ada!], suggested));
    lines.do((draft) => addRelation(draft, 'worksFor', person, company, suggested));
    lines.do((draft) => setClass(draft, 'tone', 'critical', passage, suggested));
    expect(lines.lines.filter(({ type }) => type === 'rejection')).toMatchObject([{ value: 'neutral' }]);
  });

  it('of what the annotator labelled is refused', () => {
    const lines = new Lines();
    const [person, company] = [lines.add('Person', ada!), lines.add('Organisation', acme!)];
    lines.do((draft) => addRelation(draft, 'worksFor', person, company));
    lines.do((draft) => setClass(draft, 'tone', 'critical', passage));
    const draft = lines.draft();
    expect(() => reject(draft, { of: 'entity', label: 'Person', spans: [ada!] })).toThrow(EditError);
    expect(() => reject(draft, { of: 'relation', label: 'worksFor', head: person, tail: company })).toThrow(EditError);
    expect(() => reject(draft, { of: 'class', label: 'tone', value: 'critical', passage })).toThrow(EditError);
    expect(reject(draft, { of: 'class', label: 'tone', value: 'neutral', passage }).put).toHaveLength(1);
  });
});

describe('a verdict', () => {
  const query = { strategy: 'margin', score: 0.9, seed: 7, model: 'm', state: 's' };

  it('has all labels of the project as its scope, and how it came to be asked', () => {
    const lines = new Lines();
    lines.do((draft) => answer(draft, passage, 'accept', query));
    expect(lines.lines).toMatchObject([
      { type: 'review', answer: 'accept', scope: labelNames(project), query, spans: [passage] },
    ]);
    expect(labelNames(project)).toEqual([
      'Person',
      'Organisation',
      'Place',
      'worksFor',
      'knows',
      'livesIn',
      'tone',
      'topic',
    ]);
  });

  it('replaces the earlier one of the passage, but not its flag and note', () => {
    const lines = new Lines();
    lines.do((draft) => answer(draft, passage, 'skip', query));
    lines.do((draft) => toggleFlag(draft, passage));
    lines.do((draft) => setNote(draft, passage, 'why?'));
    const [before] = lines.lines;
    lines.do((draft) => answer(draft, passage, 'reject'));
    expect(lines.lines).toMatchObject([{ id: before!.id, answer: 'reject', flag: true, note: 'why?' }]);
    expect(lines.lines[0]).not.toHaveProperty('query');
    lines.do((draft) => answer(draft, ada!, 'reject'));
    expect(lines.lines).toHaveLength(2);
  });

  it('keeps that chance drew the passage, whatever brought the person back to it', () => {
    const drawn = { ...query, strategy: 'random' };
    for (const later of [undefined, query]) {
      const lines = new Lines();
      lines.do((draft) => answer(draft, passage, 'skip', drawn));
      lines.do((draft) => answer(draft, passage, 'accept', later));
      expect(lines.lines).toMatchObject([{ answer: 'accept', query: drawn }]);
    }
  });

  it('may be preceded by a flag and a note, which can be taken away', () => {
    const lines = new Lines();
    expect(lines.do((draft) => setNote(draft, passage, ''))).toEqual(nothing);
    lines.do((draft) => toggleFlag(draft, passage));
    expect(reviewOf(lines, passage)).toMatchObject({ answer: 'skip', flag: true });
    lines.do((draft) => setNote(draft, passage, 'look'));
    lines.do((draft) => toggleFlag(draft, passage));
    expect(reviewOf(lines, passage)).toMatchObject({ note: 'look' });
    expect(reviewOf(lines, passage)).not.toHaveProperty('flag');
    lines.do((draft) => setNote(draft, passage, ''));
    expect(reviewOf(lines, passage)).not.toHaveProperty('note');
  });
});

it('whatever is done, no line is there twice, no relation dangles or breaks its signature, nothing is labelled and rejected', () => {
  const quotes = fc.constantFrom(ada!, babbage!, acme!, london!);
  const label = fc.constantFrom('Person', 'Organisation', 'Place');
  const link = fc.constantFrom('worksFor', 'knows', 'livesIn');
  const index = fc.nat({ max: 8 });
  const origin = fc.constantFrom(undefined, suggested);
  type Step = (draft: Draft) => Edit;
  const id = (draft: Draft, i: number): string => draft.lines[i]?.id ?? 'none';
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.tuple(label, quotes, origin).map(
      ([l, q, o]): Step =>
        (draft) =>
          addEntity(draft, l, [q], o),
    ),
    fc.tuple(index, label).map(
      ([i, l]): Step =>
        (draft) =>
          relabel(draft, id(draft, i), l),
    ),
    fc.tuple(index, quotes).map(
      ([i, q]): Step =>
        (draft) =>
          respan(draft, id(draft, i), [q]),
    ),
    index.map(
      (i): Step =>
        (draft) =>
          remove(draft, id(draft, i)),
    ),
    fc.tuple(link, index, index).map(
      ([l, i, j]): Step =>
        (draft) =>
          addRelation(draft, l, id(draft, i), id(draft, j)),
    ),
    fc.tuple(label, quotes).map(
      ([l, q]): Step =>
        (draft) =>
          reject(draft, { of: 'entity', label: l, spans: [q] }),
    ),
    fc.tuple(link, index, index).map(
      ([l, i, j]): Step =>
        (d) =>
          reject(d, { of: 'relation', label: l, head: id(d, i), tail: id(d, j) }),
    ),
    fc.constantFrom('a', 'b').map(
      (v): Step =>
        (draft) =>
          setClass(draft, 'topic', v, passage),
    ),
    fc.constantFrom('neutral', 'critical').map(
      (v): Step =>
        (draft) =>
          setClass(draft, 'tone', v, passage),
    ),
    fc.constantFrom('neutral', 'a').map((value): Step => {
      return (draft) => reject(draft, { of: 'class', label: value === 'a' ? 'topic' : 'tone', value, passage });
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const lines = new Lines();
      for (const make of steps) {
        try {
          lines.do(make);
        } catch (error) {
          expect(error).toBeInstanceOf(EditError);
        }
      }
      const all = lines.lines;
      expect(new Set(lines.ids()).size).toBe(all.length);
      const entities = new Map(
        all.filter((line): line is Entity => line.type === 'entity').map((line) => [line.id, line]),
      );
      const facts = all.flatMap((line) => {
        if (line.type === 'review') return [];
        const type = line.type === 'rejection' ? line.of : line.type;
        if (type === 'entity' && line.type !== 'relation') return [JSON.stringify([line.label, line.spans])];
        if (type === 'class' && line.type !== 'relation') return [JSON.stringify([line.label, line['value']])];
        if (line.type !== 'relation' && line.type !== 'rejection') return [];
        const ends = [line.head, line.tail];
        if (line.type === 'relation') {
          const [head, tail] = ends.map((end) => entities.get(end!)?.label);
          const signature = project.relations.find(({ label: name }) => name === line.label)!;
          expect(signature.head).toContain(head);
          expect(signature.tail).toContain(tail);
        }
        return [JSON.stringify([line.label, line.label === 'knows' ? ends.toSorted() : ends])];
      });
      expect(facts.toSorted()).toEqual([...new Set(facts)].toSorted());
    }),
    { numRuns: 300 },
  );
});

describe('labels of made-up passages', () => {
  const made = documentOf(text, 'labels/synthetic/mei.jsonl#0123456789ab');
  const draft: Draft = { source: made, project, lines: [], by: 'mei', at: new Date(0), taken: () => false };

  it('say that they are synthetic, and still do when they are changed', () => {
    const put = [
      addEntity(draft, 'Person', [ada!]),
      setClass(draft, 'tone', 'neutral', passage),
      answer(draft, passage, 'accept'),
      reject(draft, { of: 'entity', label: 'Place', spans: [acme!] }),
      toggleFlag(draft, passage),
    ].flatMap((edit) => edit.put);
    for (const line of put) expect(line).toMatchObject({ synthetic: true });
    const [person] = put;
    expect(relabel({ ...draft, lines: [person!] }, person!.id, 'Place').put).toMatchObject([{ synthetic: true }]);
  });

  it('others do not', () => {
    expect(addEntity({ ...draft, source }, 'Person', [ada!]).put[0]).not.toHaveProperty('synthetic');
  });
});
