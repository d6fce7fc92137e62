import { describe, expect, test } from 'vitest';
import {
  balanceTable,
  csv,
  curveTable,
  markdownTable,
  progressMarkdown,
  uncertaintyTable,
} from '../../../webview/progress/tables.js';
import { basisText, duration, gainText } from '../../../webview/progress/words.js';
import { beginning, entityTask, progress, toneTask } from './views.js';

describe('words', () => {
  test('an estimate on chosen passages is never called honest', () => {
    expect(basisText(entityTask(), 64)).toMatch(/^Measured on 64 passages of a random sample/);
    expect(basisText(toneTask(), 3)).toMatch(
      /^Not an honest estimate: too few .* \(the sample has 3 passages so far\)/,
    );
    expect(basisText(toneTask(), 1)).toContain('has 1 passage so far');
    expect(basisText(beginning().tasks[0]!, 0)).toMatch(/^No estimate yet/);
  });

  test('the gain tells its interval, with signs', () => {
    expect(gainText(entityTask())).toBe('Another 100 labels would likely bring +1.2 points (+0.4 to +3.1).');
    expect(gainText(entityTask({ gain: { labels: 100, score: 0, low: -0.01, high: 0.01 } }))).toContain(
      '+0.0 points (−1.0 to +1.0).',
    );
    expect(gainText(toneTask())).toMatch(/^Not known yet/);
  });

  test.each([
    [12, 'under a minute'],
    [90, '2 min'],
    [3600, '1 h'],
    [10_221, '2 h 50 min'],
    [100_000, '28 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('tables', () => {
  test('the curve has a row a size, and one for what is expected', () => {
    const { rows } = curveTable(entityTask());
    expect(rows).toHaveLength(7);
    expect(rows[0]?.slice(0, 2)).toEqual([8, 'measured']);
    expect(rows.at(-1)?.slice(0, 2)).toEqual([336, 'expected']);
  });

  test('the bins of uncertainty are named by their bounds', () => {
    expect(uncertaintyTable(entityTask()).rows[9]).toEqual(['90 % to 100 %', 2]);
  });

  test('shares are of one kind, and of one class', () => {
    const { rows } = balanceTable(progress());
    expect(rows[0]).toEqual(['Entity', 'Person', 412, '49.6 %']);
    expect(rows.at(-3)).toEqual(['Class', 'tone: neutral', 9, '75.0 %']);
    expect(balanceTable(progress({ balance: [{ kind: 'entity', label: 'Person', count: 0 }] })).rows[0]?.[3]).toBe('–');
  });
});

describe('export', () => {
  test('CSV quotes what needs it, and no spreadsheet computes a label', () => {
    const table = {
      columns: ['a', 'b'],
      rows: [
        ['x,"y"', 1],
        ['=HYPERLINK("http://e")', -2],
      ],
    };
    expect(csv(table)).toBe('a,b\r\n"x,""y""",1\r\n"\'=HYPERLINK(""http://e"")",-2\r\n');
  });

  test('Markdown of labels is text', () => {
    const text = markdownTable({ columns: ['<b>'], rows: [['a|b'], ['[x](javascript:1)'], ['two\nlines']] });
    expect(text).toBe('| \\<b\\> |\n| --- |\n| a\\|b |\n| \\[x\\](javascript:1) |\n| two lines |\n');
  });

  test('the Markdown holds every task, its numbers and the balance', () => {
    const text = progressMarkdown(progress(), 'mei', new Date('2026-11-23T10:00:00Z'));
    for (const part of [
      '# Labelling progress\n\nmei, 2026-11-23 10:00 UTC\n',
      '| Verdicts per hour | 391 |',
      '## Entities',
      '**Micro-F1 84.0 %',
      '## tone',
      'Not an honest estimate',
      '| Entity | Product | 0 | 0.0 % |',
      'Without any example so far: Product.',
    ])
      expect(text).toContain(part);
    expect(progressMarkdown(beginning(), 'mei', new Date(0))).toContain('No estimate yet');
  });
});
