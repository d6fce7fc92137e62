import { describe, expect, test } from 'vitest';
import { wordSpace } from '../../../src/learning/features/entity.js';
import { candidatePairs, MAX_DISTANCE, type Signature } from '../../../src/learning/features/pairs.js';
import {
  fitRelationHead,
  RelationScorer,
  type RelationExample,
  type RelationHead,
} from '../../../src/learning/heads/relation.js';
import { Random } from '../../../src/learning/random.js';
import { DIMENSIONS, mention, passage, total } from './support.js';

const signatures: Signature[] = [
  { label: 'worksFor', head: ['Person'], tail: ['Firm'], symmetric: false },
  { label: 'owns', head: ['Person', 'Firm'], tail: ['Firm'], symmetric: false },
  { label: 'marriedTo', head: ['Person'], tail: ['Person'], symmetric: true },
];
const labels = signatures.map(({ label }) => label);
const random = new Random(4);
function sentence(): RelationExample {
  const [a, b] = random.shuffled(['Ada', 'Omar', 'Tove', 'Wen', 'Ines']);
  const [f, g] = random.shuffled(['Acme', 'Globex', 'Initech', 'Hooli']);
  const verb = random.choice(['works for', 'bought', 'left']);
  const text = `${a} ${verb} ${f} while ${b} spoke about ${g}`;
  const mentions = [
    mention(text, a!, 'Person'),
    mention(text, f!, 'Firm'),
    mention(text, b!, 'Person'),
    mention(text, g!, 'Firm'),
  ];
  const label = { 'works for': 'worksFor', bought: 'owns', left: undefined }[verb];
  return { passage: passage(text), mentions, relations: label ? [{ head: 0, tail: 1, label }] : [] };
}
const examples = Array.from({ length: 60 }, sentence);
const space = wordSpace(
  DIMENSIONS,
  examples.map((example) => example.passage),
);
const accepted = (n: number, scope = labels) => examples.slice(0, n).map((example) => ({ ...example, scope }));
const of = (head: RelationHead, { passage: input, mentions }: RelationExample, from: number, to: number) =>
  new RelationScorer(head).score(input, mentions).find((pair) => pair.head === from && pair.tail === to)!.distribution;
const all = (head: RelationHead) =>
  examples
    .slice(30)
    .flatMap(({ passage: input, mentions }) =>
      new RelationScorer(head).score(input, mentions).flatMap(({ distribution }) => Object.values(distribution)),
    );
const far = (a: RelationHead, b: RelationHead) => {
  const q = all(b);
  return Math.max(...all(a).map((p, i) => Math.abs(p - q[i]!)));
};

describe('candidate pairs', () => {
  const text = 'Ada met Acme and Tove';
  const mentions = [mention(text, 'Ada', 'Person'), mention(text, 'Acme', 'Firm'), mention(text, 'Tove', 'Person')];

  test('are those that a signature allows, and symmetric ones once', () => {
    expect(candidatePairs(signatures, passage(text), mentions)).toEqual([
      { head: 0, tail: 1, allowed: [0, 1] },
      { head: 0, tail: 2, allowed: [2] },
      { head: 2, tail: 1, allowed: [0, 1] },
    ]);
    expect(
      candidatePairs(signatures, passage(text), [...mentions].reverse()).filter((p) => p.allowed.includes(2)),
    ).toEqual([{ head: 2, tail: 0, allowed: [2] }]);
  });

  test('have distributions over what is allowed, and none', () => {
    for (const head of [
      fitRelationHead(signatures, space, [], 1),
      fitRelationHead(signatures, space, accepted(20), 1),
    ]) {
      const [worker, couple] = new RelationScorer(head).score(passage(text), mentions);
      expect(Object.keys(worker!.distribution)).toEqual(['worksFor', 'owns', 'none']);
      expect(Object.keys(couple!.distribution)).toEqual(['marriedTo', 'none']);
      for (const pair of [worker!, couple!]) expect(total(pair.distribution)).toBeCloseTo(1, 12);
    }
  });

  test('are not too far apart', () => {
    const long = `Ada ${'and '.repeat(MAX_DISTANCE)}Acme`;
    const ends = [mention(long, 'Ada', 'Person'), mention(long, 'Acme', 'Firm')];
    expect(candidatePairs(signatures, passage(long), ends)).toHaveLength(1);
    const longer = `Ada ${'and '.repeat(MAX_DISTANCE + 1)}Acme`;
    expect(candidatePairs(signatures, passage(longer), [ends[0]!, mention(longer, 'Acme', 'Firm')])).toEqual([]);
  });

  test('of many mentions are scored like few', () => {
    const many = Array.from({ length: 30 }, (_, i) => `Ada${i}`).join(' ');
    const persons = passage(many).words.map((word) => ({ ...word, label: 'Person' }));
    const head = fitRelationHead(signatures, space, accepted(20), 1);
    const scored = new RelationScorer(head).score(passage(many), persons);
    expect(scored).toHaveLength((30 * 29) / 2);
    // As when nothing but the two were there: the last pair is scored in another chunk than the first.
    const [alone] = new RelationScorer(head).score(passage(many), persons.slice(28));
    expect(scored.at(-1)!.distribution['marriedTo']).toBeCloseTo(alone!.distribution['marriedTo']!, 12);
  });
});

describe('relation head', () => {
  test('before anything is labelled, mentions that stand together are in most doubt', () => {
    const head = fitRelationHead(signatures, space, [], 1);
    const text = 'Ada Acme and then they went to see Globex';
    const mentions = [mention(text, 'Ada', 'Person'), mention(text, 'Acme', 'Firm'), mention(text, 'Globex', 'Firm')];
    const example = { passage: passage(text), mentions, relations: [] };
    for (const p of Object.values(of(head, example, 0, 1))) expect(p).toBeCloseTo(1 / 3, 12);
    expect(of(head, example, 0, 2)['none']).toBeGreaterThan(0.5);
  });

  test('learns relations, and none from accepted passages', () => {
    const head = fitRelationHead(signatures, space, accepted(30), 1);
    let right = 0;
    const rest = examples.slice(30);
    for (const example of rest) {
      const expected = example.relations[0]?.label ?? 'none';
      if (of(head, example, 0, 1)[expected]! > 0.5 && of(head, example, 2, 3)['none']! > 0.5) right++;
    }
    expect(right / rest.length).toBeGreaterThan(0.9);
  });

  test('a relation that came after a review is not taught as none by it', () => {
    const old = examples.slice(0, 30).map((example) => ({
      ...example,
      relations: example.relations.filter(({ label }) => label !== 'owns'),
      scope: ['worksFor', 'marriedTo'],
    }));
    const fresh = examples.slice(30, 36).map((example) => ({ ...example, scope: labels }));
    const bought = examples.slice(36).find(({ relations }) => relations[0]?.label === 'owns')!;
    const owns = (taught: readonly RelationExample[]) =>
      of(fitRelationHead(signatures, space, [...taught, ...fresh], 1), bought, 0, 1)['owns']!;
    expect(owns(old)).toBeGreaterThan(0.5);
    expect(owns(old.map((example) => ({ ...example, scope: labels })))).toBeLessThan(0.3);
  });

  test('a rejection takes away one relation and leaves the others possible', () => {
    const [example] = examples;
    const told = { ...example!, relations: [], rejected: [{ head: 0, tail: 1, label: 'owns' }] };
    const before = of(fitRelationHead(signatures, space, [], 1), example!, 0, 1);
    const after = of(fitRelationHead(signatures, space, [told], 1), example!, 0, 1);
    expect(after['owns']).toBeLessThan(0.7 * before['owns']!);
    expect(after['worksFor']).toBeGreaterThan(0.5 * before['worksFor']!);
    expect(after['none']).toBeGreaterThan(before['none']!);
  });

  test('a symmetric relation is the same from either end', () => {
    const text = 'Ada married Omar';
    const mentions = [mention(text, 'Ada', 'Person'), mention(text, 'Omar', 'Person')];
    const example = (head: number, tail: number): RelationExample => ({
      passage: passage(text),
      mentions,
      relations: [{ head, tail, label: 'marriedTo' }],
      scope: labels,
    });
    const [forth, back] = [example(0, 1), example(1, 0)].map((e) => fitRelationHead(signatures, space, [e], 1));
    expect(of(forth!, example(0, 1), 0, 1)['marriedTo']).toBeGreaterThan(0.5);
    expect(of(back!, example(0, 1), 0, 1)).toEqual(of(forth!, example(0, 1), 0, 1));
  });

  test('tells of relations that no signature allows', () => {
    const wrong = {
      ...examples[0]!,
      relations: [
        { head: 1, tail: 0, label: 'worksFor' },
        { head: 0, tail: 1, label: 'owns' },
      ],
    };
    expect(fitRelationHead(signatures, space, [wrong], 1).skipped).toBe(1);
  });

  test('is the same for passages in another order, and for a warm start', () => {
    const head = fitRelationHead(signatures, space, accepted(30), 1);
    expect(far(head, fitRelationHead(signatures, space, new Random(2).shuffled(accepted(30)), 1))).toBeLessThan(0.05);
    const before = fitRelationHead(signatures, space, accepted(15), 1);
    expect(far(head, fitRelationHead(signatures, space, accepted(30), 1, before))).toBeLessThan(0.05);
    expect(far(head, fitRelationHead(signatures, space, accepted(30), 1))).toBe(0);
  });
});
