import { describe, expect, test } from 'vitest';
import { classFeatures, classSpace } from '../../../../src/learning/features/class.js';
import { wordSpace } from '../../../../src/learning/features/entity.js';
import { lexicalRows } from '../../../../src/learning/features/lexical.js';
import { classProbabilities, fitClassHead } from '../../../../src/learning/heads/class.js';
import { fitEntityHead, SpanScorer } from '../../../../src/learning/heads/entity.js';
import { fitRelationHead, RelationScorer } from '../../../../src/learning/heads/relation.js';
import { Random } from '../../../../src/learning/random.js';
import {
  bootstrapped,
  classMembers,
  entityMembers,
  MEMBERS,
  relationMembers,
} from '../../../../src/learning/strategies/members.js';
import type { MemberKind } from '../../../../src/learning/strategies/query.js';
import { DIMENSIONS, mention, passage, worded } from '../support.js';

const kinds: readonly MemberKind[] = ['bootstrap', 'ensemble', 'laplace', 'dropout'];

test('a Poisson bootstrap repeats each example about once', () => {
  const examples = Array.from({ length: 2000 }, (_, i) => i);
  const drawn = bootstrapped(examples, new Random(1));
  expect(drawn.length / 2000).toBeCloseTo(1, 1);
  // e⁻¹ of them are left out.
  expect(1 - new Set(drawn).size / 2000).toBeCloseTo(Math.exp(-1), 1);
  expect(bootstrapped([7], new Random(3))).toContain(7);
});

describe('members of a class head', () => {
  const texts = ['good fine food', 'fine good wine', 'bad poor food', 'poor bad wine', 'odd thing here'];
  const inputs = texts.map(passage);
  const data = Float32Array.from(inputs.flatMap(({ vector }) => [...vector]));
  const vectors = { rows: texts.length, dimensions: DIMENSIONS, data };
  const lexical = lexicalRows(texts.map(worded));
  const features = classFeatures(vectors, lexical, classSpace(vectors, lexical));
  const examples = [0, 1, 2, 3].map((row) => ({ row, values: [row < 2 ? 'good' : 'bad'] }));
  const head = fitClassHead({ values: ['good', 'bad'], multiple: false }, features, examples);

  test.each(kinds)('by %s are different heads for the same classes, the same for the same seed', (kind) => {
    const predictions = (seed: number) =>
      classMembers(kind, head, features, examples, seed).map((member) => [...classProbabilities(member, features)[0]!]);
    const members = predictions(1);
    expect(members).toHaveLength(MEMBERS);
    expect(new Set(members.map(String)).size).toBeGreaterThan(1);
    for (const member of members) {
      expect(member).toHaveLength(2 * texts.length);
      for (let i = 0; i < member.length; i += 2) expect(member[i]! + member[i + 1]!).toBeCloseTo(1, 9);
    }
    expect(predictions(1)).toEqual(members);
    expect(predictions(2)).not.toEqual(members);
  });

  test('by Laplace differ less, where there are examples, the more there are', () => {
    const spread = (copies: number) => {
      const many = Array.from({ length: copies }, () => examples).flat();
      const rows = many.map(({ row }) => row);
      const repeated = {
        ...features,
        vectors: {
          ...vectors,
          rows: rows.length,
          data: Float32Array.from(rows.flatMap((r) => [...inputs[r]!.vector])),
        },
      };
      const members = classMembers(
        'laplace',
        head,
        repeated,
        many.map((example, row) => ({ ...example, row })),
        1,
      );
      const own = classProbabilities(head, features)[0]!;
      return members
        .map((member) => classProbabilities(member, features)[0]!)
        .reduce((sum, p) => sum + p.subarray(0, 8).reduce((all, q, k) => all + (q - own[k]!) ** 2, 0), 0);
    };
    expect(spread(50)).toBeLessThan(spread(1) / 4);
  });
});

describe('members of entity and relation heads', () => {
  const texts = ['Ada met Bob in Rome', 'Bob saw Ada near Oslo', 'Then Eve left Bonn'];
  const passages = texts.map(passage);
  const space = wordSpace(DIMENSIONS, passages);
  const people = [['Ada', 'Bob'], ['Bob', 'Ada']]; // prettier-ignore
  const examples = people.map((names, i) => ({
    passage: passages[i]!,
    entities: names.map((name) => mention(texts[i]!, name, 'Person')),
    scope: ['Person'],
  }));

  test.each(kinds)('by %s are different heads for the same labels, the same for the same seed', (kind) => {
    const head = fitEntityHead(['Person'], space, examples, 1);
    const predictions = (seed: number) =>
      entityMembers(kind, head, examples, seed).map((m) => [...new SpanScorer(m).score(passages[2]!).probabilities]);
    expect(new Set(predictions(1).map(String)).size).toBeGreaterThan(1);
    expect(predictions(1)).toEqual(predictions(1));

    const signatures = [{ label: 'met', head: ['Person'], tail: ['Person'], symmetric: false }];
    const pairs = examples.map(({ passage: p, entities }, i) => ({
      passage: p,
      mentions: entities,
      relations: i === 0 ? [{ head: 0, tail: 1, label: 'met' }] : [],
      scope: ['met'],
    }));
    const relations = fitRelationHead(signatures, space, pairs, 1);
    const members = relationMembers(kind, relations, pairs, 1);
    const scored = members.map((m) => new RelationScorer(m).score(passages[0]!, pairs[0]!.mentions));
    expect(new Set(scored.map((s) => JSON.stringify(s))).size).toBeGreaterThan(1);
  });

  test('are the head alone before anything is learned', () => {
    const head = fitEntityHead(['Person'], space, [], 1);
    expect(entityMembers('bootstrap', head, [], 1)).toEqual([head]);
  });
});
