import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Analysis } from '../../../src/engine/analysis.js';
import type { Entry } from '../../../src/engine/pool.js';
import { Ranking } from '../../../src/engine/ranking.js';
import type { Candidate } from '../../../src/protocol/engine.js';

const entries = Array.from({ length: 6 }, (_, i): Entry => made(i));
const any = (): boolean => true;

function made(i: number): Entry {
  const id = `${i}.txt`;
  const ref = { id, file: id, kind: 'text', start: 0, end: 1, line: 1 } as const;
  return { ref, start: 0, end: 1, hash: `hash ${i}`, text: 'a' };
}

function analysis(entry: Entry, score: number): Analysis {
  const candidate: Candidate = {
    kind: 'class',
    class: 'tone',
    doc: entry.ref.id,
    spans: [{ start: 0, end: 1 }],
    text: 'a',
    passage: { start: 0, end: 1 },
    distribution: { calm: 1 - score / 2, cross: score / 2 },
    score,
    strategy: 'margin',
  };
  return { entry, text: 'a', score, candidates: [candidate], suggestions: [], outlook: new Float32Array(0) };
}

const scored = (scores: readonly number[]) => ({
  entries,
  scores: Float64Array.from(scores),
  peaks: Float64Array.from(scores),
});
const names = (list: readonly Entry[]): string[] => list.map(({ ref }) => ref.id.slice(0, 1));
const offered = (ranking: Ranking): string[] =>
  ranking.candidates(undefined, any).map(({ doc, score }) => `${doc.slice(0, 1)} ${score}`);

/** A ranking of one round, analysed passage by passage. */
function ranked(...scores: number[]): Ranking {
  const ranking = new Ranking();
  ranking.begin('first');
  scores.forEach((score, i) => ranking.add(analysis(entries[i]!, score)));
  return ranking;
}

describe('a new round', () => {
  it('is to score everything again, the most doubtful so far first, new passages before all', () => {
    const ranking = ranked(0.1, 0.9, 0.5);
    expect(ranking.pending(entries, any).map(({ ref }) => ref.id)).toEqual(['3.txt', '4.txt', '5.txt']);
    expect(ranking.begin('first')).toBe(false);
    expect(ranking.begin('second')).toBe(true);
    expect(names(ranking.pending(entries, any))).toEqual(['3', '4', '5', '1', '2', '0']);
    ranking.add(analysis(entries[1]!, 0.2));
    expect(names(ranking.pending(entries, ({ ref }) => ref.id !== '4.txt'))).toEqual(['3', '5', '2', '0']);
  });
});

it('asks for passages by their scores so far, equal ones in corpus order', () => {
  const score = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, -0, 0.5, 1));
  fc.assert(
    fc.property(fc.array(score, { maxLength: 60 }), (scores) => {
      const many = scores.map((_, i) => made(i));
      const ranking = new Ranking();
      ranking.begin('first');
      many.forEach((entry, i) => ranking.add(analysis(entry, scores[i]!)));
      ranking.begin('second');
      const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
      expect(ranking.pending(many, any)).toEqual(order.map((i) => many[i]));
    }),
  );
});

it('gives the highest that are wanted, equal ones in corpus order', () => {
  const score = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1));
  const scored = fc.record({ score, wanted: fc.boolean() });
  fc.assert(
    fc.property(fc.array(scored, { maxLength: 60 }), fc.nat(70), (rows, count) => {
      const many = rows.map((_, i) => made(100 + i));
      const ranking = new Ranking();
      many.forEach((entry, i) => ranking.add(analysis(entry, rows[i]!.score)));
      const order = [...rows.keys()].sort((a, b) => rows[b]!.score - rows[a]!.score || a - b);
      const expected = order.filter((i) => rows[i]!.wanted).map((i) => many[i]!);
      expect(ranking.best(count, (entry) => rows[many.indexOf(entry)]!.wanted)).toEqual(expected.slice(0, count));
    }),
  );
});

describe('passages that are scored at once', () => {
  it('are in their new order, and not pending; those left out are', () => {
    const ranking = ranked(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
    ranking.begin('second');
    ranking.rescore(scored([0.9, 0.8, NaN, 0.6, 0.5, 0.4]));
    expect(names(ranking.entries(any))).toEqual(['0', '1', '3', '4', '5', '2']);
    expect(names(ranking.pending(entries, any))).toEqual(['2']);
  });

  it('keep their candidates until there are new ones', () => {
    const ranking = ranked(0.1, 0.2, 0.3);
    ranking.begin('second');
    ranking.rescore(scored([0.9, 0.7, 0.8, NaN, NaN, NaN]));
    expect(offered(ranking)).toEqual(['2 0.3', '1 0.2', '0 0.1']);
    expect(names(ranking.outdated(any))).toEqual(['0', '2', '1']);
    ranking.add(analysis(entries[0]!, 0.9));
    expect(names(ranking.outdated(any))).toEqual(['2', '1']);
    expect(offered(ranking)).toEqual(['0 0.9', '2 0.3', '1 0.2']);
    ranking.settle();
    expect(offered(ranking)).toEqual(['0 0.9']);
  });

  it('are taken up by the next session as they were, with what is still to do', () => {
    const ranking = ranked(0.1, 0.2, 0.3);
    ranking.begin('second');
    ranking.rescore(scored([0.9, 0.7, 0.8, NaN, NaN, NaN]));
    ranking.add(analysis(entries[0]!, 0.9));
    const next = new Ranking();
    next.resume(ranking.save(), { all: () => entries });
    expect(names(next.entries(any))).toEqual(['0', '2', '1']);
    expect(names(next.outdated(any))).toEqual(['2', '1']);
    expect(names(next.pending(entries, any))).toEqual(['3', '4', '5']);
  });

  it('are forgotten with their documents', () => {
    const ranking = ranked(0.1, 0.2, 0.3);
    ranking.keep({ all: () => entries.slice(1, 2) });
    expect(names(ranking.entries(any))).toEqual(['1']);
    expect(offered(ranking)).toEqual(['1 0.2']);
    expect(ranking.scoreOf(entries[0]!)).toBeUndefined();
    ranking.begin('second');
    ranking.rescore({ ...scored([0.5]), entries: entries.slice(1, 2) });
    expect(names(ranking.entries(any))).toEqual(['1']);
  });

  it('are the same passages when a scan has made them anew', () => {
    const ranking = ranked(0.1, 0.2, 0.3);
    const anew = made(1);
    expect(names(ranking.pending([entries[0]!, anew], any))).toEqual(['1']);
    ranking.add(analysis(anew, 0.7));
    expect(ranking.entries(any)).toEqual([anew, entries[2], entries[0]]);
    expect(offered(ranking)).toEqual(['1 0.7', '2 0.3', '0 0.1']);
  });
});

describe('the head of a queue', () => {
  it('is what was put first, then the highest scores among those that are wanted', () => {
    const ranking = ranked(0.1, 0.9, 0.5, 0.5, 0.7, 0.2);
    ranking.putFirst([entries[5]!, entries[0]!]);
    expect(names(ranking.entries(any))).toEqual(['5', '0', '1', '4', '2', '3']);
    expect(names(ranking.entries(any, 3))).toEqual(['5', '0', '1']);
    expect(names(ranking.entries(({ ref }) => !['1.txt', '4.txt', '5.txt'].includes(ref.id), 2))).toEqual(['0', '2']);
    expect(names(ranking.best(2, ({ ref }) => ref.id > '1.txt'))).toEqual(['4', '2']);
    expect(ranking.best(0, any)).toEqual([]);
    expect(names(ranking.best(9, any))).toEqual(['1', '4', '2', '3', '5', '0']);
  });

  it('is sampled evenly', () => {
    const { entries: sample, each } = ranked(0, 0, 0, 0, 0, 0).sample(3);
    expect(names(sample)).toEqual(['0', '2', '4']);
    expect(each).toBe(2);
    expect(ranked(0, 0).sample(3)).toMatchObject({ entries: [entries[0], entries[1]], each: 1 });
  });
});
