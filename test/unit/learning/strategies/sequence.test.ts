import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { singleOutputs } from '../../../../src/learning/strategies/query.js';
import { independentSequences, N_BEST, sequenceScore } from '../../../../src/learning/strategies/sequence.js';
import { chooseBatch } from '../../../../src/learning/strategies/index.js';
import { queryOf } from './support.js';

interface Span {
  readonly first: number;
  readonly last: number;
  /** Of the labels, then of 'none'. */
  readonly p: readonly number[];
}

function scoresOf(spans: readonly Span[]) {
  return {
    count: spans.length,
    outcomes: spans[0]!.p.length,
    first: Uint32Array.from(spans, ({ first }) => first),
    last: Uint32Array.from(spans, ({ last }) => last),
    probabilities: Float64Array.from(spans.flatMap(({ p }) => [...p])),
  };
}

/** All sets of labelled spans that do not overlap, with the product of their odds. */
function sequences(spans: readonly Span[]): { labels: (number | undefined)[]; weight: number }[] {
  const words = Math.max(...spans.map(({ last }) => last)) + 1;
  let all = [{ labels: Array.from({ length: words }, (): number | undefined => undefined), weight: 1 }];
  for (const { first, last, p } of spans) {
    const none = p.at(-1)!;
    const more = all.flatMap(({ labels, weight }) =>
      labels.slice(first, last + 1).some((label) => label !== undefined)
        ? []
        : p.slice(0, -1).map((q, k) => ({
            labels: labels.map((label, w) => (w >= first && w <= last ? k : label)),
            weight: (weight * q) / none,
          })),
    );
    all = [...all, ...more];
  }
  return all;
}

const entropyOf = (p: readonly number[]) => -p.reduce((sum, q) => sum + (q > 0 ? q * Math.log(q) : 0), 0);

const spans = fc.integer({ min: 1, max: 4 }).chain((words) => {
  const places = Array.from({ length: words }, (_, first) =>
    Array.from({ length: Math.min(2, words - first) }, (__, width) => ({ first, last: first + width })),
  ).flat();
  return fc.tuple(
    ...places.map((place) =>
      fc
        .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
        .map((w): Span => ({ ...place, p: w.map((x) => x / w.reduce((a, b) => a + b)) })),
    ),
  );
});

describe('whole sequences', () => {
  test('by hand: one word, one label', () => {
    const { best, tokenEntropy, nBestEntropy } = sequenceScore(scoresOf([{ first: 0, last: 0, p: [0.3, 0.7] }]), 1);
    expect(best).toBeCloseTo(Math.log(0.7), 10);
    expect(tokenEntropy).toBeCloseTo(entropyOf([0.3, 0.7]), 10);
    expect(nBestEntropy).toBeCloseTo(entropyOf([0.3, 0.7]), 10);
  });

  test('are what listing all of them finds', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const all = sequences(given).sort((a, b) => b.weight - a.weight);
        const total = all.reduce((sum, { weight }) => sum + weight, 0);
        const words = all[0]!.labels.length;
        const score = sequenceScore(scoresOf(given), words);
        expect(score.best).toBeCloseTo(Math.log(all[0]!.weight / total), 8);
        let tokens = 0;
        for (let w = 0; w < words; w++) {
          const p = [undefined, 0, 1].map(
            (label) =>
              all.filter(({ labels }) => labels[w] === label).reduce((sum, { weight }) => sum + weight, 0) / total,
          );
          tokens += entropyOf(p);
        }
        expect(score.tokenEntropy).toBeCloseTo(tokens, 6);
        const bests = all.slice(0, N_BEST).map(({ weight }) => weight);
        const mass = bests.reduce((sum, weight) => sum + weight, 0);
        expect(score.nBestEntropy).toBeCloseTo(entropyOf(bests.map((weight) => weight / mass)), 6);
      }),
    );
  });

  test('of candidates that know nothing of each other multiply', () => {
    const outputs = { ...singleOutputs(Float64Array.of(0.9, 0.1, 0.6, 0.4), 2), starts: Uint32Array.of(0, 2) };
    const { lengths, best, tokenEntropy, nBestEntropy } = independentSequences(outputs);
    expect(lengths[0]).toBe(2);
    expect(best[0]).toBeCloseTo(Math.log(0.9 * 0.6), 12);
    expect(tokenEntropy[0]).toBeCloseTo(entropyOf([0.9, 0.1]) + entropyOf([0.6, 0.4]), 12);
    expect(nBestEntropy[0]).toBeCloseTo(entropyOf([0.54, 0.36, 0.06, 0.04]), 12);
  });

  test('are asked by what they say: MNLP and the mean by word, the others on the whole', () => {
    const sequencesOfTwo = () => ({
      lengths: Float64Array.of(10, 2),
      best: Float64Array.of(-2, -1),
      tokenEntropy: Float64Array.of(3, 1),
      nBestEntropy: Float64Array.of(2, 1),
    });
    const query = { ...queryOf({ probabilities: [[1], [1]] }), sequences: sequencesOfTwo };
    expect(chooseBatch('mnlp', query, 1)).toEqual([1]);
    expect(chooseBatch('token-entropy', query, 1)).toEqual([1]);
    expect(chooseBatch('total-token-entropy', query, 1)).toEqual([0]);
    expect(chooseBatch('n-best-entropy', query, 1)).toEqual([0]);
  });
});
