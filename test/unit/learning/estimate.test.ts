import { describe, expect, it } from 'vitest';
import { crossFit, estimate, randomSample, scoreOf, wilson, type Outcome } from '../../../src/learning/estimate.js';
import { Random, uniformOf } from '../../../src/learning/random.js';

function drained<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe('estimates', () => {
  it("has Wilson's interval: 8 of 10 is .490 to .943, 0 of 10 is 0 to .278", () => {
    const eight = wilson(0.8, 10);
    expect(eight.low).toBeCloseTo(0.4902, 4);
    expect(eight.high).toBeCloseTo(0.9433, 4);
    const none = wilson(0, 10);
    expect(none.low).toBe(0);
    expect(none.high).toBeCloseTo(0.2775, 4);
  });

  it('takes accuracy over passages', () => {
    const outcomes = Array.from({ length: 10 }, (_, i): Outcome => ({ hits: i < 8 ? 1 : 0, total: 1 }));
    expect(estimate('accuracy', outcomes)).toMatchObject({ score: 0.8, passages: 10, ...wilson(0.8, 10) });
  });

  it('takes micro-F1 over everything predicted or true', () => {
    // 3 right, 1 missed, 1 too many: F1 = 6 / 8.
    const outcomes = [
      { hits: 2, total: 3 },
      { hits: 1, total: 2 },
      { hits: 0, total: 0 },
    ];
    expect(scoreOf('micro-f1', outcomes)).toBeCloseTo(0.75, 12);
    const found = estimate('micro-f1', outcomes)!;
    expect(found.passages).toBe(2);
    expect(found.low).toBeLessThan(0.75);
    expect(found.high).toBeGreaterThan(0.75);
  });

  it('is undefined where nothing was predicted or true, and never certain', () => {
    expect(estimate('micro-f1', [{ hits: 0, total: 0 }])).toBeUndefined();
    expect(estimate('accuracy', [])).toBeUndefined();
    const perfect = estimate('micro-f1', [
      { hits: 3, total: 3 },
      { hits: 4, total: 4 },
    ])!;
    expect(perfect.score).toBe(1);
    // Two passages, not seven entities.
    expect(perfect.low).toBeCloseTo((2 * wilson(1, 2).low) / (1 + wilson(1, 2).low), 12);
  });

  it('covers the true F1 about as often as it says, with passages that differ', () => {
    const random = new Random(11);
    // Half of the passages are easy (.9 of their entities are hits), half hard (.4): the share is .65.
    const truth = (2 * 0.65) / 1.65;
    const draw = (): Outcome => {
      const ease = random.uniform() < 0.5 ? 0.9 : 0.4;
      return { hits: Array.from({ length: 5 }).filter(() => random.uniform() < ease).length, total: 5 };
    };
    const runs = 400;
    let covered = 0;
    for (let i = 0; i < runs; i++) {
      const { low, high } = estimate('micro-f1', Array.from({ length: 40 }, draw))!;
      if (low <= truth && truth <= high) covered++;
    }
    expect(covered / runs).toBeGreaterThan(0.91);
    expect(covered / runs).toBeLessThan(0.99);
  });
});

describe('the random sample', () => {
  const names = Array.from({ length: 40 }, (_, i) => `doc ${i}`).sort((a, b) => uniformOf(3, b) - uniformOf(3, a));
  const random = { strategy: 'random', seed: 3 };
  const margin = { strategy: 'margin', seed: 3 };

  it('is the beginning of the permutation that random queries have reached, whoever asked about it', () => {
    const asked = [
      { identity: names[0]!, query: random },
      { identity: names[1]!, query: margin },
      { identity: names[2]! },
      { identity: names[3]!, query: random },
      { identity: names[9]!, query: margin },
    ];
    // What the last one is depends on what was open: it does not count.
    expect(randomSample(asked)).toEqual([true, true, true, false, false]);
  });

  it('holds nothing where nothing was asked at random', () => {
    expect(randomSample(names.map((identity) => ({ identity, query: margin })))).not.toContain(true);
  });

  it('is unbiased though a strategy takes what it likes first', () => {
    // A strategy that asks about the hard half only; every fifth query is random.
    const hard = (name: string): boolean => Number(name.slice(4)) % 2 === 0;
    let share = 0;
    const seeds = 300;
    for (let seed = 0; seed < seeds; seed++) {
      const order = [...names].sort((a, b) => uniformOf(seed, b) - uniformOf(seed, a));
      const asked: { identity: string; query: { strategy: string; seed: number } }[] = [];
      while (asked.length < 20) {
        const open = order.filter((name) => !asked.some(({ identity }) => identity === name));
        const isRandom = asked.length % 5 === 4;
        const identity = isRandom ? open[0]! : (open.find(hard) ?? open[0]!);
        asked.push({ identity, query: { strategy: isRandom ? 'random' : 'margin', seed } });
      }
      const sample = asked.filter((_, i) => randomSample(asked)[i]);
      share += sample.filter(({ identity }) => hard(identity)).length / sample.length / seeds;
    }
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.55);
  });
});

describe('cross-fitting', () => {
  const order = Array.from({ length: 20 }, (_, i) => 100 + i);
  const judged = [101, 105, 110, 115, 119];
  const subject = {
    fit: (passages: readonly number[]) => new Set(passages),
    judge: (head: ReadonlySet<number>, passage: number) =>
      passage === 110 ? undefined : { hits: head.has(passage) ? 1 : 0, total: 1 },
  };

  it('judges no passage by a head that has seen it, at any size', () => {
    const results = drained(crossFit(subject, { order, judged, sizes: [10, 20], folds: 5, seed: 1 }));
    expect(results.map(({ labels }) => labels)).toEqual([10, 19]);
    for (const { outcomes } of results)
      expect(outcomes).toEqual(judged.map((p) => (p === 110 ? undefined : { hits: 0, total: 1 })));
  });

  it('fits on the first labels of the others', () => {
    const fitted: number[][] = [];
    const spy = { ...subject, fit: (passages: readonly number[]) => (fitted.push([...passages]), new Set(passages)) };
    drained(crossFit(spy, { order, judged: [100, 119], sizes: [4], folds: 2, seed: 1 }));
    expect(fitted.map((passages) => passages.join()).sort()).toEqual(['100,101,102,103', '101,102,103,104']);
  });
});
