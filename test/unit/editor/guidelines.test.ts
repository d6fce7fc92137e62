import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { linkTarget } from '../../../src/editor/guidelines-links.js';
import { plain, readGuidelines } from '../../../src/editor/guidelines-markdown.js';
import type { Block, Inline } from '../../../src/protocol/guidelines.js';

const read = (markdown: string): Block[] => readGuidelines(markdown, 'docs/GUIDELINES.md');
const text = (value: string): Inline => ({ is: 'text', text: value });

/** Every link anywhere in the blocks. */
function links(blocks: readonly Block[]): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object' && value !== null) {
      if ('is' in value && value.is === 'link' && 'href' in value) found.push(String(value.href));
      Object.values(value).forEach(walk);
    }
  };
  walk(blocks);
  return found;
}

/** All that is shown, as text. */
function shown(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      switch (block.is) {
        case 'heading':
        case 'paragraph':
          return plain(block.content);
        case 'code':
          return block.text;
        case 'quote':
          return shown(block.content);
        case 'list':
          return block.items.map(({ content }) => shown(content)).join('\n');
        case 'table':
          return [block.head, ...block.rows].map((row) => row.map(plain).join(' | ')).join('\n');
        case 'rule':
          return '---';
      }
    })
    .join('\n');
}

describe('Markdown', () => {
  test('headings have names as GitHub gives them, each its own', () => {
    expect(read('# What *counts*?\n\nTone\n----\n\n## Tone')).toEqual([
      {
        is: 'heading',
        level: 1,
        id: 'what-counts',
        content: [text('What '), { is: 'emphasis', content: [text('counts')] }, text('?')],
      },
      { is: 'heading', level: 2, id: 'tone', content: [text('Tone')] },
      { is: 'heading', level: 2, id: 'tone-1', content: [text('Tone')] },
    ]);
  });

  test('emphasis, code, breaks, escapes and references to characters', () => {
    expect(read('a **b _c_** ~~d~~ `` e`f ``  \ng\nh \\* &amp; &#65; &nope;')).toEqual([
      {
        is: 'paragraph',
        content: [
          text('a '),
          { is: 'strong', content: [text('b '), { is: 'emphasis', content: [text('c')] }] },
          text(' '),
          { is: 'deleted', content: [text('d')] },
          text(' '),
          { is: 'code', text: 'e`f' },
          { is: 'break' },
          text('g h * & A &nope;'),
        ],
      },
    ]);
  });

  test('lists: numbered from where they begin, nested, of tasks', () => {
    const [ordered, tasks] = read('3. three\n4. four\n   - inner\n\n<!-- -->\n\n- [x] done\n- [ ] open\n');
    expect(ordered).toMatchObject({
      is: 'list',
      start: 3,
      items: [{}, { content: [{ is: 'paragraph' }, { is: 'list' }] }],
    });
    expect(tasks).toMatchObject({ is: 'list', items: [{ checked: true }, { checked: false }] });
    expect(shown(tasks === undefined ? [] : [tasks])).toBe('done\nopen');
  });

  test('tables, quotations, code and rules', () => {
    const blocks = read(
      '| a | *b* |\n|---|---|\n| 1 \\| 2 | `c` |\n\n> q\n> r\n\n```ts\nlet x;\n\n```\n\n    indented\n    code\n\n---',
    );
    expect(blocks.map(({ is }) => is)).toEqual(['table', 'quote', 'code', 'code', 'rule']);
    expect(shown(blocks)).toBe('a | b\n1 | 2 | c\nq r\nlet x;\n\nindented\ncode\n---');
  });

  test('links: inline, by reference, bare; brackets without a definition are text', () => {
    const blocks = read(
      '[a](https://e.org/x "T") [b][r] [r] <https://e.org/z> www.e.org me@e.org [c]\n\n[r]: <other.md>',
    );
    expect(links(blocks)).toEqual([
      'https://e.org/x',
      'other.md',
      'other.md',
      'https://e.org/z',
      'https://www.e.org',
      'mailto:me@e.org',
    ]);
    expect(shown(blocks)).toBe('a b r https://e.org/z www.e.org me@e.org [c]');
  });

  test('front matter is none of it', () => {
    expect(shown(read('---\ntitle: x\n---\n\nText'))).toBe('Text');
  });
});

describe('safety', () => {
  test('HTML is text, comments are nothing', () => {
    const blocks = read(
      'a <b onclick="x()">b</b> <!-- secret --> c\n\n<script>alert(1)</script>\n\n<!--\nsecret\n-->\n\n<img src=x onerror=alert(1)>',
    );
    expect(shown(blocks)).toContain('a <b onclick="x()">b</b>');
    expect(shown(blocks)).toContain('<script>alert(1)</script>');
    expect(shown(blocks)).not.toContain('secret');
    expect(links(blocks)).toEqual([]);
  });

  test('images are named and have no address', () => {
    const blocks = read('![A *map*](https://e.org/pixel.png) [![i](x.png)](https://e.org)');
    expect(JSON.stringify(blocks)).not.toContain('.png');
    expect(blocks[0]).toMatchObject({ content: [{ is: 'image', text: 'A map' }, text(' '), { is: 'link' }] });
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java&#115;cript:alert(1)',
    'java\\script:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'command:workbench.action.quit',
    'vscode://x/y',
    '//e.org/x',
    '\\\\\\\\host\\\\share',
    '../../outside.md',
    '/../outside.md',
    '%2e%2e/%2e%2e/outside.md',
    'c:/windows',
  ])('a link to %s is only its text', (address) => {
    const blocks = read(`[click](${address}) [again](<${address}>) [ref]\n\n[ref]: ${address}\n`);
    expect(links(blocks)).toEqual([]);
    expect(shown(blocks)).toContain('click');
  });

  test('a reference to a character that is not known does not become one later', () => {
    expect(linkTarget('javascript&colon;alert(1)', 'g.md')).toEqual({ to: 'file', path: 'javascript&colon;alert(1)' });
  });

  test('no address of another scheme is ever a target', () => {
    const space = fc.constantFrom('', ' ', '\t', '\u0000', '\u00a0', '\u0001');
    const scheme = fc.constantFrom('javascript', 'data', 'vbscript', 'file', 'command', 'vscode', 'blob', 'about');
    const mixed = fc
      .tuple(space, scheme, fc.boolean(), space, fc.string())
      .map(
        ([before, name, upper, within, rest]) =>
          `${before}${name.slice(0, 3)}${within}${upper ? name.slice(3).toUpperCase() : name.slice(3)}:${rest}`,
      );
    fc.assert(
      fc.property(
        mixed,
        (address) =>
          linkTarget(address, 'a.md')?.to !== 'web' &&
          (linkTarget(address, 'a.md') === undefined || !address.includes(':')),
      ),
    );
  });

  test('a target in the folder never leaves it', () => {
    const segment = fc.constantFrom('..', '.', 'a', '%2e%2e', '', 'b c', '%2F..', '%5c..');
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
        const target = linkTarget(segments.join('/'), 'docs/g.md');
        if (target?.to !== 'file') return true;
        return !target.path.split(/[/\\]/).includes('..') && !target.path.startsWith('/');
      }),
    );
  });

  test('whatever is written is read, and no link leads where it must not', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            '[',
            ']',
            '(',
            ')',
            '<',
            '>',
            '!',
            '*',
            '_',
            '`',
            '\n',
            '\n\n',
            '> ',
            '- ',
            '| ',
            'a',
            'javascript:',
            'x:',
            '&#58;',
            '\\',
            '    ',
            '~~~',
            '#',
          ),
        ),
        (parts) => {
          for (const href of links(read(parts.join('')))) expect(href).not.toMatch(/^\s*(javascript|x)\s*:/i);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('deep nesting is cut short', () => {
    expect(() => read(`${'>'.repeat(3000)} x`)).not.toThrow();
    expect(() => read(`${'*'.repeat(3000)}x${'*'.repeat(3000)}`)).not.toThrow();
  });
});

test('where links lead', () => {
  expect(linkTarget('#Tone%20of%20it', 'g.md')).toEqual({ to: 'heading', id: 'tone of it' });
  expect(linkTarget('other%20page.md#x', 'docs/g.md')).toEqual({ to: 'file', path: 'docs/other page.md' });
  expect(linkTarget('../README.md', 'docs/g.md')).toEqual({ to: 'file', path: 'README.md' });
  expect(linkTarget('/docs/a.md', 'x/g.md')).toEqual({ to: 'file', path: 'docs/a.md' });
  expect(linkTarget('https://e.org/ä', 'g.md')).toEqual({ to: 'web', href: 'https://e.org/%C3%A4' });
  expect(linkTarget('', 'g.md')).toBeUndefined();
});
