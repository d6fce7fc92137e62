import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSpans, suggestedLabel, suggestedSpans } from '../../../src/learning/decode.js';
import { wordSpace } from '../../../src/learning/features/entity.js';
import { fitEntityHead } from '../../../src/learning/heads/entity.js';
import { SpanScorer } from '../../../src/learning/heads/span-scorer.js';
import { DIMENSIONS, mention, passage } from './support.js';

const span = (start: number, end: number, label: string, probability: number) => ({ start, end, label, probability });

describe('decoding', () => {
  test('takes the likelier of two that overlap', () => {
    expect(decodeSpans([span(0, 5, 'A', 0.6), span(3, 8, 'B', 0.9)])).toEqual([span(3, 8, 'B', 0.9)]);
  });

  test('lets one lie within another if the labels differ', () => {
    const [outer, inner] = [span(0, 9, 'A', 0.7), span(5, 9, 'B', 0.9)];
    expect(decodeSpans([inner, outer])).toEqual([outer, inner]);
    expect(decodeSpans([outer, { ...inner, label: 'A' }])).toEqual([{ ...inner, label: 'A' }]);
    expect(decodeSpans([span(0, 9, 'A', 0.7), span(0, 9, 'B', 0.6)])).toEqual([span(0, 9, 'A', 0.7)]);
  });

  test('leaves out what is not likely enough', () => {
    expect(decodeSpans([span(0, 1, 'A', 0.49), span(2, 3, 'A', 0.5)])).toEqual([span(2, 3, 'A', 0.5)]);
    expect(decodeSpans([span(0, 1, 'A', 0.3)], 0.2)).toHaveLength(1);
  });

  test('never crosses, never nests a label in itself, and leaves nothing out without a reason', () => {
    const spans = fc.array(
      fc
        .tuple(fc.nat(12), fc.integer({ min: 1, max: 5 }), fc.constantFrom('A', 'B'), fc.integer({ min: 50, max: 99 }))
        .map(([start, length, label, percent]) => span(start, start + length, label, percent / 100)),
    );
    const clash = (a: ReturnType<typeof span>, b: ReturnType<typeof span>) => {
      const overlap = a.start < b.end && b.start < a.end;
      const nested = (a.start <= b.start && b.end <= a.end) !== (b.start <= a.start && a.end <= b.end);
      return overlap && !(nested && a.label !== b.label);
    };
    fc.assert(
      fc.property(spans, (candidates) => {
        const chosen = decodeSpans(candidates);
        chosen.forEach((a, i) => chosen.slice(i + 1).forEach((b) => expect(clash(a, b)).toBe(false)));
        for (const candidate of candidates) {
          if (chosen.includes(candidate)) continue;
          expect(chosen.some((c) => clash(c, candidate) && c.probability >= candidate.probability)).toBe(true);
        }
      }),
    );
  });

  test('suggests what the head has learned, where it stands in the text', () => {
    const texts = ['we met Ada in Oslo', 'then Ada left', 'in Oslo it rained', 'nobody met in the rain'];
    const examples = texts.map((text) => ({
      passage: passage(text),
      entities: [
        ...(text.includes('Ada') ? [mention(text, 'Ada', 'Person')] : []),
        ...(text.includes('Oslo') ? [mention(text, 'Oslo', 'Place')] : []),
      ],
      scope: ['Person', 'Place'],
    }));
    const space = wordSpace(
      DIMENSIONS,
      examples.map((example) => example.passage),
    );
    const head = fitEntityHead(['Person', 'Place'], space, examples, 1);
    const text = 'so Ada met them in Oslo';
    const found = suggestedSpans(head, passage(text), new SpanScorer(head).score(passage(text)));
    expect(found.map(({ start, end, label }) => [text.slice(start, end), label])).toEqual([
      ['Ada', 'Person'],
      ['Oslo', 'Place'],
    ]);
    for (const { probability } of found) expect(probability).toBeGreaterThan(0.5);
    const cold = fitEntityHead(['Person', 'Place'], space, [], 1);
    expect(suggestedSpans(cold, passage(text), new SpanScorer(cold).score(passage(text)))).toEqual([]);
  });

  test('of a relation or class, the likeliest label or nothing', () => {
    expect(suggestedLabel({ a: 0.6, none: 0.4 })).toEqual({ label: 'a', probability: 0.6 });
    expect(suggestedLabel({ a: 0.4, none: 0.6 })).toBeUndefined();
    expect(suggestedLabel({ a: 0.4, b: 0.35, none: 0.25 })).toBeUndefined();
  });
});
