import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  includesReviewed,
  orderOf,
  PassageStatus,
  QueueOrder,
  type QueueFilter,
} from '../../../src/protocol/queue-filter.js';
import { formatQuery, parseQuery, withTerm } from '../../../src/protocol/queue-query.js';

const filterOf = (query: string): QueueFilter => {
  const { filter, problems } = parseQuery(query);
  expect(problems).toEqual([]);
  return filter;
};

describe('a query of the queue', () => {
  it('is words and terms', () => {
    expect(filterOf('  label:Person -file:docs/** is:Flagged by:mei KIND:relation score>0.5 score<=.9 ferry ')).toEqual(
      {
        terms: [
          { field: 'label', value: 'Person', not: false },
          { field: 'file', value: 'docs/**', not: true },
          { field: 'status', value: 'flagged', not: false },
          { field: 'annotator', value: 'mei', not: false },
          { field: 'kind', value: 'relation', not: false },
          { field: 'text', value: 'ferry', not: false },
        ],
        scores: [
          { comparison: '>', value: 0.5 },
          { comparison: '<=', value: 0.9 },
        ],
      },
    );
  });

  it('keeps what is quoted together, and takes it as it is', () => {
    expect(filterOf('label:"Job title" "two words" "label:x" \\-1 -"a b"').terms).toEqual([
      { field: 'label', value: 'Job title', not: false },
      { field: 'text', value: 'two words', not: false },
      { field: 'text', value: 'label:x', not: false },
      { field: 'text', value: '-1', not: false },
      { field: 'text', value: 'a b', not: true },
    ]);
  });

  it('leaves alone what only looks like a term', () => {
    expect(filterOf('https://example.org 12:30 a-b -').terms.map(({ value }) => value)).toEqual([
      'https://example.org',
      '12:30',
      'a-b',
      '-',
    ]);
  });

  it('names a passage that others should be like, and the order', () => {
    const filter = filterOf('like:"data/a b.jsonl#u:1-2:120-260"');
    expect(filter.like).toEqual({ doc: 'data/a b.jsonl#u:1-2', start: 120, end: 260 });
    expect(orderOf(filter)).toBe('similarity');
    expect(orderOf(filterOf('like:a.md:1-2 sort:document'))).toBe('document');
    expect(orderOf(filterOf('x'))).toBe('uncertainty');
  });

  it.each(['status:done', 'score>x', 'score:1', 'score>', 'sort:size', 'like:here', 'label:', '-sort:document'])(
    'says what is wrong with %s',
    (query) => {
      const { filter, problems } = parseQuery(`${query} word`);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(`'${query}'`);
      expect(filter.terms).toEqual([{ field: 'text', value: 'word', not: false }]);
    },
  );

  it('means reviewed passages only where it says so', () => {
    expect(includesReviewed(filterOf('label:Person'))).toBe(false);
    expect(includesReviewed(filterOf('status:unreviewed by:mei'))).toBe(false);
    for (const query of ['status:accepted', 'by:mei', 'sort:disagreement'])
      expect(includesReviewed(filterOf(query))).toBe(true);
  });

  it('replaces what was said of a field', () => {
    const filter = filterOf('kind:entity word');
    expect(formatQuery(withTerm(filter, 'kind', 'class'))).toBe('word kind:class');
    expect(formatQuery(withTerm(filter, 'kind', undefined))).toBe('word');
  });

  it('is parsed as the filter that it was written from', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => value.trim() !== '');
    const term = fc.oneof(
      fc.record({ field: fc.constantFrom('text', 'label', 'file', 'annotator'), value: text, not: fc.boolean() }),
      fc.record({ field: fc.constant('status'), value: fc.constantFrom(...PassageStatus.options), not: fc.boolean() }),
    );
    const filter = fc.record(
      {
        terms: fc.array(term),
        scores: fc.array(
          fc.record({
            comparison: fc.constantFrom('>', '>=', '<', '<='),
            value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
          }),
        ),
        like: fc.record({ doc: text, start: fc.nat(), end: fc.nat() }),
        order: fc.constantFrom(...QueueOrder.options),
      },
      { requiredKeys: ['terms', 'scores'] },
    );
    fc.assert(
      fc.property(filter, (given) => {
        expect(parseQuery(formatQuery(given as QueueFilter))).toEqual({ filter: given, problems: [] });
      }),
    );
  });

  it('is understood or refused, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (query) => {
        const { filter } = parseQuery(query);
        expect(parseQuery(formatQuery(filter))).toEqual({ filter, problems: [] });
      }),
    );
  });
});
