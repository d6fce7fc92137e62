import { describe, expect, it } from 'vitest';
import { passagesOf } from '../../../src/corpus/passages.js';
import { textDocument } from '../../../src/corpus/sources/text.js';
import type { Document, Unit } from '../../../src/corpus/types.js';
import { wordsIn } from '../../../src/corpus/words.js';

function markdown(text: string): Document {
  return textDocument({ id: 'a.md', file: 'a.md', kind: 'markdown', start: 0, end: 0, line: 1 }, text);
}

function slice({ text, map }: Document, { start, end }: { start: number; end: number }): string {
  return text.slice(map.toUtf16(start), map.toUtf16(end));
}

function passages(text: string, unit: Unit = 'paragraph'): string[] {
  const document = markdown(text);
  return passagesOf(document, unit).map((passage) => slice(document, passage));
}

function words(text: string): string[] {
  const document = markdown(text);
  return passagesOf(document, 'paragraph').flatMap((passage) => {
    const piece = slice(document, passage);
    return wordsIn(document, passage).map(({ start, end }) => piece.slice(start, end));
  });
}

describe('blocks', () => {
  it('are headings, paragraphs, list items, quotes and footnotes, without their markers', () => {
    const text = `# One #

Two
lines

Three
=====

- four
- [x] five

  six
  1. seven
     - eight

> nine
> - ten

[^n]: eleven
[^w]: Twelve

* * *
thirteen
`;
    expect(passages(text)).toEqual([
      'One',
      'Two\nlines',
      'Three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
      'ten',
      'eleven',
      'Twelve',
      'thirteen',
    ]);
  });

  it.each([
    ['YAML front matter', '---\ntitle: no\n---\n'],
    ['TOML front matter', '+++\ntitle = "no"\n+++\n'],
    ['empty front matter', '---\n---\n'],
    ['a fenced code block', '```js\nno\n\nno\n```\n'],
    ['a fence of tildes', '~~~\n```\nno\n~~~\n'],
    ['an indented code block', '    no\n\n    no\n\n'],
    ['code in a list', '- yes\n\n  ```\n  no\n  ```\n\n'],
    ['a table', '| no | no |\n| --- | --- |\n| no | no |\n\n'],
    ['an HTML block', '<div>\nno\n</div>\n\n'],
    ['a comment', '<!-- no\n\nno -->\n\n'],
    ['link reference definitions', '[no]: http://example.org/no "no"\n[nono]: <no>\n\n'],
    ['an image alone', '![no](no.png)\n\n'],
    ['a thematic break', '***\n\n'],
  ])('leave out %s', (_, markup) => {
    expect(passages(`${markup}yes`).filter((passage) => passage !== 'yes')).toEqual([]);
    expect(passages(`${markup}yes`).at(-1)).toBe('yes');
    expect(words(`${markup}yes`)).not.toContain('no');
  });

  it('keep what only looks like front matter', () => {
    expect(passages('yes\n\n---\na: b\n---\n')).toEqual(['yes', 'a: b']);
    expect(passages('---\nnever closed')).toEqual(['never closed']);
  });

  it('stand at exact code points, past astral characters', () => {
    const text = '# 🎈🎈\n\n> 👩‍👩‍👧 *Ada* 🎈\n> lives\n';
    const document = markdown(text);
    expect(document.blocks?.map((block) => slice(document, block))).toEqual(['🎈🎈', '👩‍👩‍👧 *Ada* 🎈\n> lives']);
    const [ada] = wordsIn(document, document.blocks![1]!);
    expect(slice(document, document.blocks![1]!).slice(ada!.start, ada!.end)).toBe('Ada');
  });

  it('are one passage as a document, from the first to the last', () => {
    expect(passages('---\na: b\n---\n# One\n\n```\nx\n```\n\ntwo\n\n<!-- -->\n', 'document')).toEqual([
      'One\n\n```\nx\n```\n\ntwo',
    ]);
    expect(passages('```\nx\n```\n', 'document')).toEqual([]);
  });
});

describe('words', () => {
  it('are those of link texts and code spans, not of targets, tags, images and marks', () => {
    expect(
      words(
        'See [the **plan**](http://example.org/a_b "a title"), `run it`, <https://auto.link>, http://bare.link/x, ' +
          '<b class="c">bold</b>, ![alt](img.png), [ref][target] and [^note] caf&eacute; _under_ ada@example.org.',
      ),
    ).toEqual('See the plan run it bold ref and caf under ada example.org'.split(' '));
  });

  it('are whole through marks inside them, and parted by line breaks', () => {
    expect(words('un**believ**able\none<br>two')).toEqual(['un**believ**able', 'one', 'two']);
    expect(words('> one\n> two')).toEqual(['one', 'two']);
  });
});

describe('sentences', () => {
  it('do not end at marks, targets or the markers of continued lines', () => {
    expect(
      passages(
        '> **Dr.** Strand spoke. See [page 2.](http://a.b/c. "D. E.") It\n> is long.\n> *Really?* **Yes.** No<br>matter.',
        'sentence',
      ),
    ).toEqual([
      '**Dr.** Strand spoke.',
      'See [page 2.](http://a.b/c. "D. E.")',
      'It\n> is long.',
      '*Really?*',
      '**Yes.**',
      'No<br>matter.',
    ]);
  });

  it('do not cross blocks', () => {
    expect(passages('# No stop\n\n- one\n- two. Three', 'sentence')).toEqual(['No stop', 'one', 'two.', 'Three']);
  });
});
