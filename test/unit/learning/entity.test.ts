import { UNCALIBRATED } from '../../../src/learning/calibration.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compact } from '../../../src/learning/linear/design.js';
import { softmaxRows } from '../../../src/learning/linear/softmax.js';
import {
  AFTER,
  BEFORE,
  FIRST,
  INSIDE,
  LAST,
  ROLES,
  SpanDesign,
  splitWeights,
  wordSpace,
} from '../../../src/learning/features/entity.js';
import { MAX_WIDTH, segments, spanRange, wordsCovered } from '../../../src/learning/features/spans.js';
import { trainingSpans, type EntityExample } from '../../../src/learning/heads/entity-training.js';
import { fitEntityHead, type EntityHead } from '../../../src/learning/heads/entity.js';
import { updatedEntityHead } from '../../../src/learning/heads/entity-update.js';
import { doubtfulSpans, predictEntities, SpanScorer } from '../../../src/learning/heads/span-scorer.js';
import { Random } from '../../../src/learning/random.js';
import { uncertainty } from '../../../src/learning/strategies/uncertainty.js';
import type { PassageInput, ScoredSpan } from '../../../src/learning/types.js';
import { DIMENSIONS, mention, passage, total } from './support.js';

const labels = ['Person', 'Place'];
const random = new Random(11);
const syllables = ['ba', 'do', 'ker', 'lin', 'mo', 'ness', 'ra', 'sti', 'tu', 've', 'wick', 'zan'];
const name = () => {
  const word = random
    .shuffled(syllables)
    .slice(0, 2 + random.below(2))
    .join('');
  return word[0]!.toUpperCase() + word.slice(1);
};
function sentence(): EntityExample {
  const person = random.below(2) === 0 ? name() : `${name()} ${name()}`;
  const place = name();
  const text = random.choice([
    `Yesterday ${person} went home to ${place} by the early boat`,
    `the council of ${place} thanked ${person} for the boat`,
    `a letter from ${person} was read in ${place}`,
  ]);
  return { passage: passage(text), entities: [mention(text, person, 'Person'), mention(text, place, 'Place')] };
}
const examples = Array.from({ length: 60 }, sentence);
const space = wordSpace(
  DIMENSIONS,
  examples.map((example) => example.passage),
);
const accepted = (n: number, scope = labels): EntityExample[] =>
  examples.slice(0, n).map((example) => ({ ...example, scope }));
const predict = (head: EntityHead, text: string) => predictEntities(new SpanScorer(head), passage(text));
const at = (spans: readonly ScoredSpan[], text: string, quotation: string) => {
  const { start, end } = mention(text, quotation, '');
  const found = spans.filter((span) => span.start === start && span.end === end);
  expect(found).toHaveLength(1);
  return found[0]!.distribution;
};
const far = (a: EntityHead, b: EntityHead) =>
  Math.max(
    ...examples.slice(30).flatMap((example) => {
      const p = Float64Array.from(new SpanScorer(a).score(example.passage).probabilities);
      const q = new SpanScorer(b).score(example.passage).probabilities;
      return [...p].map((v, i) => Math.abs(v - q[i]!));
    }),
  );

describe('candidate spans', () => {
  test('are all spans of up to eight words that no blank line divides, each with a distribution', () => {
    const head = fitEntityHead(labels, space, accepted(10), 1);
    const words = fc.array(fc.constantFrom('Ada', 'went', 'to', 'Oslo', '\n\n', '\n', '…'), { maxLength: 30 });
    fc.assert(
      fc.property(words, (parts) => {
        const input = passage(parts.join(' '));
        const spans = predictEntities(new SpanScorer(head), input);
        const expected: string[] = [];
        input.words.forEach(({ start }, first) => {
          for (const { end } of input.words.slice(first, first + MAX_WIDTH)) {
            const text = input.text.slice(start, end);
            if (!/\n\s*\n/.test(text)) expected.push(`${start}–${end}`);
          }
        });
        expect(spans.map(({ start, end }) => `${start}–${end}`)).toEqual(expected);
        for (const { distribution } of spans) {
          expect(Object.keys(distribution)).toEqual(['Person', 'Place', 'none']);
          expect(total(distribution)).toBeCloseTo(1, 12);
          for (const p of Object.values(distribution)) {
            expect(p).toBeGreaterThanOrEqual(0);
            expect(p).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a scorer gives every passage what a new scorer gives it', () => {
    const head = fitEntityHead(labels, space, accepted(10), 1);
    const scorer = new SpanScorer(head);
    const texts = ['Ada', '', 'Grace Hopper of Port Elin spoke for an hour and then left', 'Omar went'];
    for (const text of texts) {
      expect(predictEntities(scorer, passage(text))).toEqual(predict(head, text));
    }
  });

  test('stand for the words that a mention covers', () => {
    const text = 'Ada met Grace Hopper';
    expect(wordsCovered(passage(text), mention(text, 'Grace Hopper', ''))).toEqual({ first: 2, last: 3 });
    expect(wordsCovered(passage(text), mention(text, 'race', ''))).toEqual({ first: 2, last: 2 });
    expect(wordsCovered(passage(text), { start: 3, end: 4 })).toBeUndefined();
    expect(wordsCovered(passage(text), { start: 20, end: 30 })).toBeUndefined();
  });

  test.each([
    ['in Calif., where', 1, 'Calif.'],
    ['the U.S. and', 1, 'U.S.'],
    ['went to Oslo. Then', 2, 'Oslo'],
    ['went to Oslo.', 2, 'Oslo'],
    ['Acme Inc. said', 1, 'Inc.'],
  ])('in "%s" word %i ends as %s', (text, word, expected) => {
    const { start, end } = spanRange(passage(text), word, word);
    expect(text.slice(start, end)).toBe(expected);
  });

  test('blank lines divide', () => {
    expect(segments(passage('a b\n\nc\nd \n \n e'))).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
      { start: 4, end: 5 },
    ]);
    expect(segments(passage(''))).toEqual([]);
  });
});

describe('entity head', () => {
  test('before anything is labelled, whole names are in most doubt and other words are not', () => {
    const head = fitEntityHead(labels, space, [], 1);
    const text = 'the council of Port Elin thanked them for the boat';
    const spans = predict(head, text);
    for (const p of Object.values(at(spans, text, 'Port Elin'))) expect(p).toBeCloseTo(1 / 3, 12);
    const margin = (quotation: string) => uncertainty('margin', Object.values(at(spans, text, quotation)));
    expect(margin('Port')).toBeLessThan(margin('Port Elin'));
    expect(margin('of Port Elin')).toBeLessThan(margin('Port'));
    expect(margin('thanked them for')).toBeLessThan(0.3);
    const scores = new SpanScorer(head).score(passage(text));
    const [first] = doubtfulSpans(scores, 'margin', { seed: 1, identity: '' }, 3);
    expect([scores.first[first!.index], scores.last[first!.index]]).toEqual([3, 4]);
  });

  test('learns labels and none from accepted passages, on names that it has not seen', () => {
    const head = fitEntityHead(labels, space, accepted(30), 1);
    const text = 'the council of Brackwater thanked Priya Nair for the boat';
    const spans = predict(head, text);
    expect(at(spans, text, 'Brackwater')['Place']).toBeGreaterThan(0.5);
    expect(at(spans, text, 'Priya Nair')['Person']).toBeGreaterThan(0.5);
    expect(at(spans, text, 'Priya')['none']).toBeGreaterThan(0.5);
    expect(at(spans, text, 'thanked Priya Nair')['none']).toBeGreaterThan(0.9);
  });

  test('remembers labelled mentions', () => {
    const text = 'we saw zeta here';
    const example = { passage: passage(text), entities: [mention(text, 'zeta', 'Place')], scope: labels };
    const other = 'and zeta again';
    const before = at(predict(fitEntityHead(labels, space, accepted(5), 1), other), other, 'zeta')['Place']!;
    const after = at(predict(fitEntityHead(labels, space, [...accepted(5), example], 1), other), other, 'zeta');
    expect(after['Place']).toBeGreaterThan(3 * before);
  });

  test('labels in one passage teach overlapping and nested entities', () => {
    const text = 'the University of Oslo is old';
    const nested: EntityExample = {
      passage: passage(text),
      entities: [mention(text, 'University of Oslo', 'Person'), mention(text, 'Oslo', 'Place')],
      scope: labels,
    };
    const spans = predict(fitEntityHead(labels, space, [nested, nested, nested], 1), text);
    expect(at(spans, text, 'University of Oslo')['Person']).toBeGreaterThan(0.5);
    expect(at(spans, text, 'Oslo')['Place']).toBeGreaterThan(0.5);
    expect(at(spans, text, 'of Oslo')['none']).toBeGreaterThan(0.5);
  });

  test('a label that came after a review is not taught as none by it', () => {
    const onlyPeople = examples.slice(0, 30).map((example) => ({
      ...example,
      entities: example.entities.filter(({ label }) => label === 'Person'),
      scope: ['Person'],
    }));
    const both = examples.slice(30, 38).map((example) => ({ ...example, scope: labels }));
    const text = 'a letter from Ada was read in Lima';
    const place = (old: readonly EntityExample[]) =>
      at(predict(fitEntityHead(labels, space, [...old, ...both], 1), text), text, 'Lima')['Place']!;
    expect(place(onlyPeople)).toBeGreaterThan(0.5);
    expect(place(onlyPeople.map((example) => ({ ...example, scope: labels })))).toBeLessThan(0.2);
  });

  test('passages that nobody accepted teach their labels and rejections only', () => {
    const text = 'we met Ada and Oslo today';
    const partials = trainingSpans(
      labels,
      space,
      [
        {
          passage: passage(text),
          entities: [mention(text, 'Ada', 'Person')],
          rejected: [mention(text, 'Oslo', 'Person')],
        },
      ],
      1,
    ).partials;
    expect(partials).toEqual([
      { allowed: [0], weight: 1 },
      { allowed: [1, 2], weight: 1 },
    ]);
  });

  test('several labels for one span count in part; what is untaught teaches nothing', () => {
    const text = 'we met Ada and Oslo today';
    const {
      partials,
      places: where,
      labelled,
    } = trainingSpans(
      labels,
      space,
      [
        {
          passage: passage(text),
          entities: [mention(text, 'Ada', 'Person'), mention(text, 'Ada', 'Place')],
          scope: labels,
          untaught: [mention(text, 'Oslo', '')],
        },
      ],
      1,
    );
    const ada = partials.filter((_, i) => where[i]!.first === 2 && where[i]!.last === 2);
    expect(ada).toEqual([
      { allowed: [0], weight: 0.5 },
      { allowed: [1], weight: 0.5 },
    ]);
    expect(where.some(({ first, last }) => first <= 4 && last >= 4)).toBe(false);
    expect(labelled).toBe(2);
  });

  test('tells of entities that no candidate stands for', () => {
    const text = 'one two three four five six seven eight nine ten\n\neleven';
    const head = fitEntityHead(
      labels,
      space,
      [
        {
          passage: passage(text),
          entities: [
            mention(text, 'one two three four five six seven eight nine', 'Person'),
            mention(text, 'ten\n\neleven', 'Place'),
            mention(text, '\n\n', 'Place'),
            mention(text, 'two', 'Place'),
            mention(text, 'three', 'Gone'),
          ],
        },
      ],
      1,
    );
    expect(head.skipped).toBe(3);
  });

  test('is the same for passages in another order, and for a warm start', () => {
    const head = fitEntityHead(labels, space, accepted(25), 1);
    expect(far(head, fitEntityHead(labels, space, new Random(2).shuffled(accepted(25)), 1))).toBeLessThan(0.1);
    const before = fitEntityHead(labels, space, accepted(15), 1);
    expect(far(head, fitEntityHead(labels, space, accepted(25), 1, before))).toBeLessThan(0.1);
    expect(far(head, fitEntityHead(labels, space, accepted(25), 1))).toBe(0);
  });

  test('refuses vectors of another model', () => {
    const other = { ...passage('Ada left'), wordVectors: new Float32Array(2 * DIMENSIONS + 2) };
    const head = fitEntityHead(labels, space, [], 1);
    expect(() => new SpanScorer(head).score(other)).toThrow(/2 words need 2 × 8 numbers, but there are 18/);
    expect(() => fitEntityHead(labels, space, [{ passage: other, entities: [] }], 1)).toThrow(/18/);
  });

  test('no label may be called none or occur twice', () => {
    expect(() => fitEntityHead(['none'], space, [], 1)).toThrow(/'none'/);
    expect(() => fitEntityHead(['A', 'A'], space, [], 1)).toThrow(/twice/);
  });
});

describe('a head that takes in one more passage', () => {
  const text = 'we saw zeta here with Kerlin';
  const more = {
    passage: passage(text),
    entities: [mention(text, 'zeta', 'Place'), mention(text, 'Kerlin', 'Person')],
    scope: labels,
  };
  const before = fitEntityHead(labels, space, accepted(30), 1);
  const after = updatedEntityHead(before, [more], 1);

  test('says of it, and of what is like it, what was said', () => {
    const spans = predict(after, text);
    expect(at(predict(before, text), text, 'zeta')['Place']).toBeLessThan(0.2);
    expect(at(spans, text, 'zeta')['Place']).toBeGreaterThan(0.5);
    expect(at(spans, text, 'saw')['none']).toBeGreaterThan(0.5);
    const other = 'and zeta again';
    const [then, now] = [before, after].map((head) => at(predict(head, other), other, 'zeta')['Place']!);
    expect(now).toBeGreaterThan(2 * then!);
  });

  /** Mean absolute difference of what two heads say of passages. */
  const apart = (a: EntityHead, b: EntityHead, passages: readonly PassageInput[]) => {
    const differences = passages.flatMap((one) => {
      const p = Float64Array.from(new SpanScorer(a).score(one).probabilities);
      const q = new SpanScorer(b).score(one).probabilities;
      return [...p].map((v, i) => Math.abs(v - q[i]!));
    });
    return differences.reduce((sum, d) => sum + d, 0) / differences.length;
  };
  const others = examples.slice(30).map((example) => example.passage);
  const fitted = fitEntityHead(labels, space, [...accepted(30), more], 1);

  test('says of others about what it said before, and of the new one what a fit on all of them says', () => {
    expect(apart(before, after, others)).toBeLessThan(0.01);
    expect(apart(fitted, after, [more.passage])).toBeLessThan(apart(fitted, before, [more.passage]) / 3);
  });

  test('can be fitted further, and takes in another one', () => {
    const further = fitEntityHead(labels, space, [...accepted(30), more], 1, after);
    expect(apart(fitted, further, others)).toBeLessThan(0.01);
    const another = 'only omega now';
    const example = { passage: passage(another), entities: [mention(another, 'omega', 'Place')], scope: labels };
    const spans = predict(updatedEntityHead(after, [example], 1), another);
    expect(at(spans, another, 'omega')['Place']).toBeGreaterThan(0.5);
  });

  test('stays as it is where nothing was said', () => {
    expect(updatedEntityHead(before, [{ passage: passage(text), entities: [] }], 1)).toBe(before);
  });
});

describe('very many spans', () => {
  const crowd = Array.from({ length: 700 }, (_, i) => {
    const text = `${i} and some more words that are of no interest to anybody here at all, Ada ${i}`;
    return { passage: passage(text), entities: [mention(text, 'Ada', 'Person')], scope: labels };
  });

  test('are sampled by seed, with weights that keep their total, and those near an entity all kept', () => {
    const count = (spans: ReturnType<typeof trainingSpans>) =>
      spans.partials.reduce((sum, { weight }) => sum + weight, 0);
    const sampled = trainingSpans(labels, space, crowd, 1);
    const all = crowd.reduce((sum, { passage: { words } }) => sum + MAX_WIDTH * words.length - 28, 0);
    expect(sampled.places.length).toBeLessThan(all / 2);
    expect(Math.abs(count(sampled) / all - 1)).toBeLessThan(0.02);
    expect(trainingSpans(labels, space, crowd, 1).places).toEqual(sampled.places);
    expect(trainingSpans(labels, space, crowd, 2).places).not.toEqual(sampled.places);
    // Ada is the last word but one: 8 spans end there, 7 with the last word, which also begins there once.
    expect(sampled.partials.filter(({ weight }) => weight === 1)).toHaveLength(700 * 15);
  });
});

describe('span design', () => {
  const training = trainingSpans(labels, space, accepted(6), 1);
  const design = () =>
    new SpanDesign(
      training.places,
      training.segments,
      training.vectors,
      compact(training.words),
      compact(training.spans),
    );

  test('scores and gradient are each other’s transpose', () => {
    const spans = design();
    const numbers = (n: number) => Float64Array.from({ length: n }, () => random.uniform() - 0.5);
    const [weights, residuals] = [numbers(spans.columns * 3), numbers(spans.rows * 3)];
    const [scores, gradient] = [new Float64Array(residuals.length), new Float64Array(weights.length)];
    spans.addScores(weights, 3, scores);
    spans.addGradient(residuals, 3, gradient);
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
    expect(inner(scores, residuals)).toBeCloseTo(inner(weights, gradient), 5);
  });

  test('its curvature is that of each column', () => {
    const spans = design();
    const curvature = Float64Array.from({ length: spans.rows }, () => random.uniform());
    const diagonal = new Float64Array(spans.columns);
    spans.addCurvature(curvature, 1, diagonal);
    const { vectors, words, spans: whole } = splitWeights(diagonal, 1, DIMENSIONS, spans.words.ids.length);
    const direct = (column: number) => {
      const unit = new Float64Array(spans.columns);
      unit[column] = 1;
      const values = new Float64Array(spans.rows);
      spans.addScores(unit, 1, values);
      return values.reduce((sum, value, row) => sum + curvature[row]! * value * value, 0);
    };
    const near = (found: number | undefined, column: number) => expect(found).toBeCloseTo(direct(column), 4);
    // Of words inside a span the squares are summed, which is exact for those with one word.
    for (const role of [FIRST, LAST]) near(vectors[role * DIMENSIONS + 3], role * DIMENSIONS + 3);
    for (const role of [FIRST, LAST, BEFORE, AFTER]) near(words[5 * ROLES + role], vectors.length + 5 * ROLES + role);
    near(whole[2], vectors.length + words.length + 2);
    const inside = vectors.length + 5 * ROLES + INSIDE;
    expect(diagonal[inside]).toBeGreaterThan(0);
    expect(diagonal[inside]).toBeLessThanOrEqual(direct(inside) + 1e-6);
  });

  test('the scorer predicts what the fit saw', () => {
    // Without labels, or the memory of labelled mentions would rightly make a difference.
    const unlabelled = accepted(6).map((example) => ({ ...example, entities: [] }));
    const rows = trainingSpans(labels, space, unlabelled, 1);
    const [words, spans] = [compact(rows.words), compact(rows.spans)];
    const spanDesign = new SpanDesign(rows.places, rows.segments, rows.vectors, words, spans);
    const fitted = {
      weights: Float64Array.from({ length: spanDesign.columns * 3 }, () => random.uniform() - 0.5),
      intercept: Float64Array.of(0.3, -0.2, 0.1),
    };
    const scores = rows.offsets.map((offset, i) => offset + fitted.intercept[i % 3]!);
    spanDesign.addScores(fitted.weights, 3, scores);
    softmaxRows(scores, 3, 2);
    const model = { fitted, words: words.ids, spans: spans.ids, memory: rows.memory, labelled: rows.labelled };
    const scorer = new SpanScorer({ labels, space, temperature: 2, calibration: UNCALIBRATED, skipped: 0, model });
    const predicted = unlabelled.flatMap((example) => [...scorer.score(example.passage).probabilities]);
    expect(predicted).toHaveLength(scores.length);
    predicted.forEach((p, i) => expect(p).toBeCloseTo(scores[i]!, 5));
  });
});

describe('doubtful spans', () => {
  const head = fitEntityHead(labels, space, accepted(10), 1);
  const input = passage('Ada and Grace Hopper met Omar in Port Elin and wrote to Oslo');
  const scores = new SpanScorer(head).score(input);

  test.each(['entropy', 'margin', 'least-confidence', 'random'] as const)('by %s do not overlap', (strategy) => {
    const spans = doubtfulSpans(scores, strategy, { seed: 1, identity: 'a' }, 4);
    expect(spans).toHaveLength(4);
    const taken = spans.flatMap(({ index }) => {
      const [first, last] = [scores.first[index]!, scores.last[index]!];
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    expect(new Set(taken).size).toBe(taken.length);
    expect([...spans].sort((a, b) => b.score - a.score)).toEqual(spans);
    if (strategy === 'random') return;
    const best = Math.max(
      ...Array.from({ length: scores.count }, (_, i) => uncertainty(strategy, scores.probabilities, i * 3, 3)),
    );
    expect(spans[0]!.score).toBe(best);
  });

  test('by chance depend on seed and identity', () => {
    const by = (seed: number, identity: string) => doubtfulSpans(scores, 'random', { seed, identity }, 2);
    expect(by(1, 'a')).toEqual(by(1, 'a'));
    expect(by(1, 'a')).not.toEqual(by(2, 'a'));
    expect(by(1, 'a')).not.toEqual(by(1, 'b'));
  });

  test('are no more than there are', () => {
    const one = new SpanScorer(head).score(passage('Ada'));
    expect(doubtfulSpans(one, 'margin', { seed: 1, identity: '' }, 3)).toHaveLength(1);
  });
});
