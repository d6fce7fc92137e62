import { expect, it } from 'vitest';
import { chosenFilter } from '../../../src/editor/chosen-filter.js';
import { completions } from '../../../src/editor/queue-completion.js';
import { parseQuery } from '../../../src/protocol/queue-query.js';

const vocabulary = { labels: ['Person', 'Job title'], files: ['docs/**/*.md'], annotators: ['mei', 'tomas'] };
const offered = (query: string): string[] => completions(query, vocabulary).map(({ term }) => term);

it('offers the terms that there are, and those that begin with what is typed', () => {
  expect(offered('')).toContain('label:');
  expect(offered('ferry s')).toEqual(['status:', 'score>', 'score<', 'sort:']);
  expect(offered('-la')).toEqual(['-label:']);
  expect(offered('ferry')).toEqual([]);
});

it("offers a term's values, quoted where they need it", () => {
  expect(offered('label:')).toEqual(['label:Person', 'label:"Job title"']);
  expect(offered('label:t')).toEqual(['label:"Job title"']);
  expect(offered('x by:m')).toEqual(['by:mei', 'by:tomas']);
  expect(offered('status:fl')).toEqual(['status:flagged']);
  expect(offered('sort:')).toEqual(['sort:uncertainty', 'sort:document', 'sort:disagreement']);
  expect(offered('status:flagged')).toEqual([]);
});

it('goes on with the query, whose completions are all understood', () => {
  expect(completions('ferry lab', vocabulary)).toEqual([{ term: 'label:', query: 'ferry label:' }]);
  for (const start of ['label:', 'file:', 'by:', 'is:', 'kind:', 'sort:'])
    for (const { query } of completions(`-x ${start}`, vocabulary)) {
      expect(query.endsWith(' ')).toBe(true);
      expect(parseQuery(query).problems).toEqual([]);
    }
});

it('is no filter where nothing is said', () => {
  expect(chosenFilter('  ')).toBeUndefined();
  expect(chosenFilter('status:nothing')).toBeUndefined();
  expect(chosenFilter(' is:flagged  "ferry" ')).toMatchObject({ query: 'status:flagged ferry' });
});
