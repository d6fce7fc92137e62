import { describe, expect, test } from 'vitest';
import {
  COLUMNS,
  lexicalRows,
  rarity,
  weightedRows,
  wordFeatures,
  WordKind,
  wordShape,
  WORD_FEATURES,
  type Spellings,
} from '../../../src/learning/features/lexical.js';
import { worded } from './support.js';

const row = (rows: ReturnType<typeof lexicalRows>, r: number) =>
  new Map(
    Array.from(rows.columns.subarray(rows.starts[r], rows.starts[r + 1]), (c, i) => [
      c,
      rows.values[rows.starts[r]! + i]!,
    ]),
  );
const shared = (a: Map<number, number>, b: Map<number, number>) => [...a.keys()].filter((c) => b.has(c)).length;

describe('lexical features of passages', () => {
  test('words count by any case, pairs by order, related words by the n-grams that they share', () => {
    const rows = lexicalRows(['Walking home', 'walking HOME', 'home walking', 'walked far', 'red sun'].map(worded));
    expect(row(rows, 1)).toEqual(row(rows, 0));
    expect(shared(row(rows, 0), row(rows, 2))).toBe(row(rows, 0).size - 2);
    expect(shared(row(rows, 0), row(rows, 3))).toBe(2);
    expect(shared(row(rows, 0), row(rows, 4))).toBe(0);
    expect(Math.max(...rows.columns)).toBeLessThan(COLUMNS);
  });

  test('a word that comes again counts for less than double', () => {
    const [once, thrice] = [lexicalRows([worded('sun')]), lexicalRows([worded('sun sun sun')])];
    const column = once.columns.find((c) => row(once, 0).get(c) === 1)!;
    expect(row(thrice, 0).get(column)).toBeCloseTo(1 + Math.log(3), 6);
  });

  test('weighted rows have the length wanted, rare words the weight, and single ones none', () => {
    const rows = lexicalRows(['the red sun', 'the red moon', 'the grey sea', 'the dog'].map(worded));
    const weighted = weightedRows(rows, rarity(rows), 1.5);
    const first = row(weighted, 0);
    expect(Math.hypot(...first.values())).toBeCloseTo(1.5, 6);
    const only = (text: string) => [...row(lexicalRows([worded(text)]), 0).entries()].find(([, v]) => v === 1)![0];
    expect(first.get(only('red'))!).toBeGreaterThan(first.get(only('the'))!);
    expect(first.has(only('sun'))).toBe(false);
    expect(row(weighted, 3).size).toBeGreaterThan(0);
  });

  test('a passage without words is an empty row', () => {
    const rows = lexicalRows([worded('…'), worded('a b'), worded('a b')]);
    const weighted = weightedRows(rows, rarity(rows), 1);
    expect([...weighted.starts.subarray(0, 2)]).toEqual([0, 0]);
    expect(weighted.values.every(Number.isFinite)).toBe(true);
  });
});

describe('lexical features of words', () => {
  test.each([
    ['Ada', 'Xx'],
    ['NATO', 'X'],
    ['McKenzie', 'XxXx'],
    ['B2B', 'X9X'],
    ['2024', '9'],
    ['U.S', 'X.X'],
    ['Émile', 'Xx'],
    ['東京', 'x'],
  ])('shape of %s is %s', (word, shape) => {
    expect(wordShape(word)).toBe(shape);
  });

  test('tell names from capitals that any sentence begins with', () => {
    const { kinds } = wordFeatures(worded('The ferry Aurora left. Then NATO and B2B met 東京.'));
    const { opening, name, plain } = WordKind;
    expect([...kinds]).toEqual([opening, plain, name, plain, opening, name, plain, name, plain, plain]);
  });

  test('are as many for each word, and the same for the same word in the same surroundings', () => {
    const { columns, identity } = wordFeatures(worded('red sun, red sun, RED sun'));
    const of = (w: number) => [...columns.slice(w * WORD_FEATURES, (w + 1) * WORD_FEATURES)];
    expect(columns.length).toBe(6 * WORD_FEATURES);
    expect(of(2).slice(0, 5)).toEqual(of(0).slice(0, 5));
    expect(of(3)).not.toEqual(of(5));
    expect(identity[4]).toBe(identity[0]);
  });

  test('do not depend on what was seen before', () => {
    const spellings: Spellings = new Map();
    wordFeatures(worded('Then other words'), spellings);
    expect(wordFeatures(worded('Words then other'), spellings)).toEqual(wordFeatures(worded('Words then other')));
  });
});
