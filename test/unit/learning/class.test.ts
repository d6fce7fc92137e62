import { describe, expect, test } from 'vitest';
import { classFeatures, classSpace, selectFeatures } from '../../../src/learning/features/class.js';
import { lexicalRows } from '../../../src/learning/features/lexical.js';
import {
  classProbabilities,
  fitClassHead,
  predictClass,
  type ClassExample,
  type ClassHead,
} from '../../../src/learning/heads/class.js';
import { Random } from '../../../src/learning/random.js';
import { DIMENSIONS, passage, total } from './support.js';

const subjects = {
  praise: ['splendid', 'lovely', 'kind'],
  blame: ['dreadful', 'late', 'rude'],
  fact: ['Monday', 'noon'],
};
const values = ['praise', 'blame', 'fact'] as const;
const random = new Random(5);
const pool = Array.from({ length: 90 }, (_, i) => {
  const value = values[i % 3]!;
  const filler = random.shuffled(['the', 'ferry', 'was', 'at', 'harbour', 'and']).slice(0, 4).join(' ');
  return { value, passage: passage(`${filler} ${random.choice<string>(subjects[value])}`) };
});
const vectors = {
  rows: pool.length,
  dimensions: DIMENSIONS,
  data: Float32Array.from(pool.flatMap(({ passage: { vector } }) => [...vector])),
};
const lexical = lexicalRows(pool.map((item) => item.passage));
const features = classFeatures(vectors, lexical, classSpace(vectors, lexical));
const single = { values, multiple: false };
const several = { values, multiple: true };
const told = (rows: readonly number[]): ClassExample[] => rows.map((row) => ({ row, values: [pool[row]!.value] }));
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const right = (head: ClassHead, rows: readonly number[]) =>
  rows.filter((row) => {
    const distribution = predictClass(head, features, row)[0]!;
    const p = distribution[pool[row]!.value]!;
    return Object.values(distribution).every((other) => other <= p);
  }).length / rows.length;
const far = (a: ClassHead, b: ClassHead) => {
  const [p, q] = [classProbabilities(a, features), classProbabilities(b, features)];
  return Math.max(...p.flatMap((array, m) => [...array].map((v, i) => Math.abs(v - q[m]![i]!))));
};

describe('class head, single', () => {
  test('without examples every value is as likely as another', () => {
    expect(predictClass(fitClassHead(single, features, []), features, 0)).toEqual([
      { praise: 1 / 3, blame: 1 / 3, fact: 1 / 3 },
    ]);
  });

  test('learns from a few passages, and gives distributions', () => {
    const head = fitClassHead(single, features, told(range(45)));
    expect(right(head, range(90).slice(45))).toBeGreaterThan(0.9);
    for (const row of [0, 50, 89]) {
      const [distribution] = predictClass(head, features, row);
      expect(total(distribution!)).toBeCloseTo(1, 12);
      for (const p of Object.values(distribution!)) expect(p).toBeGreaterThan(0);
    }
  });

  test('keeps a value possible that nobody has given yet', () => {
    const head = fitClassHead(single, features, told([0, 1, 3, 4]));
    const p = predictClass(head, features, 2)[0]!['fact']!;
    expect(p).toBeGreaterThan(0.02);
    expect(p).toBeLessThan(0.8);
  });

  test('scores selected rows as it scores all, in the order asked', () => {
    const head = fitClassHead(single, features, told(range(12)));
    const all = classProbabilities(head, features)[0]!;
    const some = classProbabilities(head, features, [40, 3])[0]!;
    [...all.subarray(120, 123), ...all.subarray(9, 12)].forEach((p, i) => expect(some[i]).toBeCloseTo(p, 12));
    expect(classProbabilities(head, selectFeatures(features, [40, 3]))[0]).toEqual(some);
  });

  test('is the same for examples in another order, and for a warm start', () => {
    const examples = told(range(30));
    const head = fitClassHead(single, features, examples);
    expect(far(head, fitClassHead(single, features, new Random(3).shuffled(examples)))).toBeLessThan(0.02);
    const before = fitClassHead(single, features, examples.slice(0, 20));
    expect(far(head, before)).toBeGreaterThan(0.05);
    expect(far(head, fitClassHead(single, features, examples, before))).toBeLessThan(0.02);
    expect(far(head, fitClassHead(single, features, examples))).toBe(0);
  });

  test('a warm start may see the passages in other rows', () => {
    const before = fitClassHead(single, features, told(range(25).reverse()));
    const head = fitClassHead(single, features, told(range(30)), undefined, before.calibration);
    const moved = selectFeatures(features, range(30).reverse());
    const examples = range(30).map((row) => ({ row, values: [pool[29 - row]!.value] }));
    expect(far(head, fitClassHead(single, moved, examples, before))).toBeLessThan(0.02);
  });

  test('a head of other values is no start', () => {
    const other = fitClassHead({ values: ['praise', 'blame', 'question'], multiple: false }, features, told(range(9)));
    const head = fitClassHead(single, features, told(range(9)));
    expect(far(fitClassHead(single, features, told(range(9)), other), head)).toBe(0);
  });

  test('a rejected value becomes unlikely, the others stay possible', () => {
    const head = fitClassHead(single, features, [{ row: 0, values: [], rejected: ['praise'] }]);
    const [distribution] = predictClass(head, features, 0);
    expect(distribution!['praise']).toBeLessThan(0.25);
    expect(distribution!['blame']).toBeCloseTo(distribution!['fact']!, 3);
  });

  test('people who disagree count in part each', () => {
    const split = fitClassHead(single, features, [{ row: 0, values: ['praise', 'blame'] }]);
    const [distribution] = predictClass(split, features, 0);
    expect(distribution!['praise']).toBeCloseTo(distribution!['blame']!, 3);
    expect(distribution!['praise']).toBeGreaterThan(distribution!['fact']!);
  });

  test('values that the project no longer has teach nothing', () => {
    const head = fitClassHead(single, features, [...told([0, 1]), { row: 2, values: ['gone'] }]);
    expect(far(head, fitClassHead(single, features, told([0, 1])))).toBe(0);
    expect(head.examples).toBe(2);
  });
});

describe('class head, multiple', () => {
  const complete = (row: number): ClassExample => ({ row, values: [pool[row]!.value], scope: values });

  test('has a candidate a value, each with its own none', () => {
    const [praise, , fact] = predictClass(fitClassHead(several, features, []), features, 0);
    expect(praise).toEqual({ praise: 0.5, none: 0.5 });
    expect(Object.keys(fact!)).toEqual(['fact', 'none']);
  });

  test('learns each value from accepted passages', () => {
    const head = fitClassHead(several, features, range(60).map(complete));
    for (const row of range(90).slice(60)) {
      const candidates = predictClass(head, features, row);
      const likely = values.filter((value, k) => candidates[k]![value]! > 0.5);
      expect(likely).toEqual([pool[row]!.value]);
      for (const candidate of candidates) expect(total(candidate)).toBeCloseTo(1, 12);
    }
  });

  test('a value that came after the review is not taught as missing', () => {
    const early = range(30).map((row) => ({ ...complete(row), scope: ['praise', 'blame'] }));
    const withoutFacts = early.map((example) => ({
      ...example,
      values: example.values.filter((value) => value !== 'fact'),
    }));
    const head = fitClassHead(several, features, withoutFacts);
    expect(predictClass(head, features, 0)[2]).toEqual({ fact: 0.5, none: 0.5 });
    const late = fitClassHead(
      several,
      features,
      range(30).map((row) => ({ row, values: [], scope: values })),
    );
    expect(predictClass(late, features, 0)[2]!['fact']).toBeLessThan(0.3);
  });

  test('no value may be called none', () => {
    expect(() => fitClassHead({ values: ['none'], multiple: true }, features, [])).toThrow(/'none'/);
    expect(() => fitClassHead({ values: [], multiple: false }, features, [])).toThrow(/at least one value/);
  });
});
