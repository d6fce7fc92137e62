import { GFM, parser } from '@lezer/markdown';
import type { Block, Inline, ListItem } from '../protocol/guidelines.js';
import { linkTarget } from './guidelines-links.js';

const gfm = parser.configure(GFM);
type Node = ReturnType<typeof gfm.parse>['topNode'];

/** Nesting that nobody writes by hand is not followed any deeper. */
const DEEPEST = 40;

/**
 * Reads guidelines written in GitHub Flavored Markdown. HTML is shown as the text that it is (comments are left out),
 * images by their alternative text, and a link that may not be opened by its text alone.
 *
 * @param markdown with LF line ends
 * @param file the guidelines' workspace-relative path, from which relative links lead
 */
export function readGuidelines(markdown: string, file: string): Block[] {
  return new Reader(markdown.replace(/^---[ \t]*\n(?:.*\n)*?---[ \t]*(?:\n|$)/, ''), file).read();
}

class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #references = new Map<string, string>();
  readonly #ids = new Map<string, number>();

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  read(): Block[] {
    const { topNode } = gfm.parse(this.#text);
    for (const node of topNode.getChildren('LinkReference')) {
      const label = node.getChild('LinkLabel');
      const url = node.getChild('URL');
      // The first definition of a label counts.
      if (label === null || url === null) continue;
      const name = labelName(this.#slice(label));
      if (!this.#references.has(name)) this.#references.set(name, this.#address(url));
    }
    return this.#blocks(topNode, 0);
  }

  #blocks(parent: Node, depth: number): Block[] {
    if (depth > DEEPEST) return [{ is: 'paragraph', content: [{ is: 'text', text: this.#slice(parent) }] }];
    return children(parent).flatMap((node) => this.#block(node, depth));
  }

  #block(node: Node, depth: number): Block[] {
    const heading = /^(?:ATX|Setext)Heading(\d)$/.exec(node.name)?.[1];
    if (heading !== undefined) {
      const content = this.#inlines(node);
      return [{ is: 'heading', level: Number(heading), id: this.#id(plain(content)), content }];
    }
    switch (node.name) {
      case 'Paragraph':
        return [{ is: 'paragraph', content: this.#inlines(node) }];
      case 'Blockquote':
        return [{ is: 'quote', content: this.#blocks(node, depth + 1) }];
      case 'BulletList':
      case 'OrderedList':
        return [this.#list(node, depth)];
      case 'FencedCode':
      case 'CodeBlock':
        return [
          {
            is: 'code',
            text: node
              .getChildren('CodeText')
              .map((part) => this.#slice(part))
              .join(''),
          },
        ];
      case 'HTMLBlock':
      case 'ProcessingInstructionBlock':
        return [{ is: 'code', text: this.#slice(node) }];
      case 'HorizontalRule':
        return [{ is: 'rule' }];
      case 'Table': {
        const cells = (row: Node | null): Inline[][] =>
          row === null ? [] : row.getChildren('TableCell').map((cell) => this.#inlines(cell));
        return [
          { is: 'table', head: cells(node.getChild('TableHeader')), rows: node.getChildren('TableRow').map(cells) },
        ];
      }
      default:
        // Marks, comments and definitions of links.
        return [];
    }
  }

  #list(node: Node, depth: number): Block {
    const items = node.getChildren('ListItem').map((item): ListItem => {
      const task = item.getChild('Task');
      if (task === null) return { content: this.#blocks(item, depth + 1) };
      const marker = task.getChild('TaskMarker');
      return {
        checked: marker !== null && /x/i.test(this.#slice(marker)),
        content: [{ is: 'paragraph', content: this.#inlines(task) }, ...this.#blocks(item, depth + 1)],
      };
    });
    const mark = node.name === 'OrderedList' ? node.getChild('ListItem')?.getChild('ListMark') : undefined;
    return mark === null || mark === undefined
      ? { is: 'list', items }
      : { is: 'list', start: Number.parseInt(this.#slice(mark), 10), items };
  }

  /** What stands in a node, between its marks. */
  #inlines(node: Node, from = node.from, to = node.to, depth = 0): Inline[] {
    const inlines: Inline[] = [];
    let at = from;
    const text = (end: number): void => {
      if (end > at) inlines.push({ is: 'text', text: this.#text.slice(at, end) });
      at = Math.max(at, end);
    };
    for (const child of children(node)) {
      if (child.from < at || child.to > to) continue;
      text(child.from);
      at = child.to;
      inlines.push(...(depth > DEEPEST ? [this.#literal(child)] : this.#inline(child, depth)));
    }
    text(to);
    return depth === 0 ? trimmed(joined(inlines)) : joined(inlines);
  }

  #inline(node: Node, depth: number): Inline[] {
    const inside = (): Inline[] => this.#inlines(node, node.from, node.to, depth + 1);
    switch (node.name) {
      case 'Emphasis':
        return [{ is: 'emphasis', content: inside() }];
      case 'StrongEmphasis':
        return [{ is: 'strong', content: inside() }];
      case 'Strikethrough':
        return [{ is: 'deleted', content: inside() }];
      case 'InlineCode': {
        const code = this.#slice(node)
          .replace(/^`+|`+$/g, '')
          .replace(/\n/g, ' ');
        // A space on both sides lets code begin with a backtick.
        return [{ is: 'code', text: /^ .*[^ ].* $/s.test(code) ? code.slice(1, -1) : code }];
      }
      case 'Link':
      case 'Image':
        return this.#link(node, depth);
      case 'Autolink': {
        const url = node.getChild('URL');
        return url === null ? [this.#literal(node)] : [this.#bare(url)];
      }
      case 'URL':
        return [this.#bare(node)];
      case 'Escape':
        return [{ is: 'text', text: this.#slice(node).slice(1) }];
      case 'Entity':
        return [{ is: 'text', text: character(this.#slice(node)) }];
      case 'HardBreak':
        return [{ is: 'break' }];
      case 'HTMLTag':
      case 'ProcessingInstruction':
        return [this.#literal(node)];
      default:
        // Marks, also those at the beginning of a quotation's lines, and comments.
        return [];
    }
  }

  #link(node: Node, depth: number): Inline[] {
    const [open, close] = node.getChildren('LinkMark');
    if (open === undefined || close === undefined) return [this.#literal(node)];
    const content = this.#inlines(node, open.to, close.from, depth + 1);
    const url = node.getChild('URL');
    const label = node.getChild('LinkLabel');
    const named =
      label === null || this.#slice(label) === '[]' ? this.#text.slice(open.to, close.from) : this.#slice(label);
    const isInline = this.#text[close.to] === '(' && node.to > close.to;
    const address = url !== null ? this.#address(url) : isInline ? '' : this.#references.get(labelName(named));
    // Brackets without a definition are brackets.
    if (address === undefined) return [this.#literal(node)];
    return node.name === 'Image' ? [{ is: 'image', text: plain(content) }] : this.#linked(address, content);
  }

  #linked(address: string, content: Inline[]): Inline[] {
    return linkTarget(address, this.#file) === undefined ? content : [{ is: 'link', href: address.trim(), content }];
  }

  /** An address that stands in the text. */
  #bare(url: Node): Inline {
    const text = this.#slice(url);
    const hasScheme = /^[a-z][a-z\d+.-]*:/i.test(text);
    const href = hasScheme ? text : text.includes('@') ? `mailto:${text}` : `https://${text}`;
    const content: Inline = { is: 'text', text };
    return linkTarget(href, this.#file) === undefined ? content : { is: 'link', href, content: [content] };
  }

  #address(url: Node): string {
    return this.#slice(url)
      .replace(/^<(.*)>$/s, '$1')
      .replace(/\\([!-/:-@[-`{-~])/g, '$1')
      .replace(/&(?:#\d+|#x[\da-f]+|\w+);/gi, character);
  }

  #literal(node: Node): Inline {
    return { is: 'text', text: this.#slice(node) };
  }

  /** A heading's name in links, as GitHub makes it. */
  #id(text: string): string {
    const id = text
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const before = this.#ids.get(id) ?? 0;
    this.#ids.set(id, before + 1);
    return before === 0 ? id : `${id}-${before}`;
  }

  #slice({ from, to }: { readonly from: number; readonly to: number }): string {
    return this.#text.slice(from, to);
  }
}

function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

function labelName(label: string): string {
  return label
    .replace(/^\[|\]$/g, '')
    .trim()
    .replace(/\s+/g, ' ')
    .toLowerCase();
}

/** What of inline content is text. */
export function plain(content: readonly Inline[]): string {
  return content
    .map((inline) => ('content' in inline ? plain(inline.content) : 'text' in inline ? inline.text : ' '))
    .join('');
}

/** Neighbouring texts in one, with single spaces. */
function joined(inlines: readonly Inline[]): Inline[] {
  const all: Inline[] = [];
  for (const inline of inlines) {
    const last = all.at(-1);
    if (inline.is !== 'text') all.push(inline);
    else if (last?.is !== 'text') all.push({ is: 'text', text: spaced(inline.text) });
    else all[all.length - 1] = { is: 'text', text: spaced(last.text + inline.text) };
  }
  return all;
}

function spaced(text: string): string {
  return text.replace(/[ \t\n]+/g, ' ');
}

function trimmed(inlines: Inline[]): Inline[] {
  return inlines.flatMap((inline, i): Inline[] => {
    if (inline.is !== 'text') return [inline];
    let { text } = inline;
    if (i === 0) text = text.trimStart();
    if (i === inlines.length - 1) text = text.trimEnd();
    return text === '' ? [] : [{ is: 'text', text }];
  });
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  laquo: '«',
  raquo: '»',
  times: '×',
  middot: '·',
  bull: '•',
  deg: '°',
  sect: '§',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  larr: '←',
  rarr: '→',
  harr: '↔',
  le: '≤',
  ge: '≥',
  ne: '≠',
};

/** The character that a reference names; one that is not known stays as it is written. */
function character(reference: string): string {
  const [, decimal, hex, name] = /^&(?:#(\d+)|#x([\da-f]+)|(\w+));$/i.exec(reference) ?? [];
  if (name !== undefined) return Object.hasOwn(named, name) ? named[name]! : reference;
  const code = decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16);
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : '\ufffd';
}
