import { GFM, parser } from '@lezer/markdown';
import type { Range } from '../types.js';

const gfm = parser.configure(GFM);

/** What of a markdown text is prose, in UTF-16 units and in order. */
export interface MarkdownProse {
  /** Headings, paragraphs and the paragraphs of list items, quotes and footnotes, without their markers. */
  readonly blocks: readonly Range[];
  /** The blocks without inline markup: emphasis marks, link targets, images, HTML tags, the `>` of continued lines. */
  readonly prose: readonly Range[];
}

/**
 * Finds the prose of GitHub Flavored Markdown (CommonMark 0.31 with its tables, task lists and autolinks). Code blocks,
 * tables, HTML blocks, comments, link reference definitions and front matter (YAML or TOML) are none.
 */
export function markdownProse(text: string): MarkdownProse {
  const offset = frontMatterLength(text);
  const body = text.slice(offset);
  const blocks: Range[] = [];
  const prose: Range[] = [];

  let block: { start: number; end: number } | undefined;
  let markup: Range[] = [];
  const open = (start: number, end: number): void => {
    block = { start, end };
    markup = [];
  };
  const close = (): void => {
    if (block === undefined) return;
    const trimmed = trim(body, block.start, block.end);
    const pieces = without(
      trimmed,
      markup.sort((a, b) => a.start - b.start),
    );
    if (pieces.some(({ start, end }) => /\S/.test(body.slice(start, end)))) {
      blocks.push(shift(trimmed, offset));
      prose.push(...pieces.map((piece) => shift(piece, offset)));
    }
    block = undefined;
  };

  gfm.parse(body).iterate({
    enter: ({ name, from, to, node }) => {
      if (notProse.has(name)) return false;
      if (/^(ATX|Setext)Heading/.test(name) || name === 'Paragraph' || name === 'Task') {
        open(from + footnoteMarkerLength(body.slice(from, to)), to);
      } else if (name === 'LinkReference') {
        // To CommonMark a footnote of one word is a link reference.
        const marker = footnoteMarkerLength(body.slice(from, to));
        if (marker === 0) return false;
        open(from + marker, to);
      } else if (block === undefined) {
        return true;
      } else if (name === 'HeaderMark' || name === 'TaskMarker') {
        // At the block's beginning or end.
        if (from <= block.start) block.start = to;
        else block.end = from;
      } else if (name === 'URL' && isWord(body.slice(from, to), node.parent?.name)) {
        return false;
      } else if (name === 'Link') {
        // The text of a link is prose, a footnote's number is not.
        const closing = body.startsWith('[^', from) ? from : node.getChildren('LinkMark')[1]!.from;
        markup.push({ start: closing, end: to });
      } else if (name === 'Escape' || (name === 'HardBreak' && body[from] === '\\')) {
        markup.push({ start: from, end: from + 1 });
      } else if (inlineMarkup.has(name)) {
        markup.push({ start: from, end: to });
        return false;
      }
      return true;
    },
    leave: ({ name }) => {
      if (/^(ATX|Setext)Heading/.test(name) || name === 'Paragraph' || name === 'Task' || name === 'LinkReference') {
        close();
      }
    },
  });
  return { blocks, prose };
}

const notProse = new Set([
  'FencedCode',
  'CodeBlock',
  'HTMLBlock',
  'CommentBlock',
  'ProcessingInstructionBlock',
  'Table',
  'HorizontalRule',
]);

const inlineMarkup = new Set([
  'CodeMark',
  'Comment',
  'EmphasisMark',
  'Entity',
  'HTMLTag',
  'Image',
  'LinkLabel',
  'LinkMark',
  'LinkTitle',
  'ProcessingInstruction',
  'QuoteMark',
  'StrikethroughMark',
  'URL',
]);

/** What the grammar calls a URL, but reads as a word: a bare e-mail address, the only word of a footnote. */
function isWord(url: string, parent: string | undefined): boolean {
  if (parent === 'LinkReference') return !url.includes('://');
  return parent !== 'Link' && parent !== 'Autolink' && url.includes('@');
}

/** Length of the front matter at the beginning, fences included; 0 where there is none. */
function frontMatterLength(text: string): number {
  return /^(---|\+\+\+)[ \t]*\n(?:.*\n)*?\1[ \t]*(?:\n|$)/.exec(text)?.[0].length ?? 0;
}

function footnoteMarkerLength(paragraph: string): number {
  return /^\[\^[^\]\s]+\]:/.exec(paragraph)?.[0].length ?? 0;
}

function trim(text: string, start: number, end: number): Range {
  const piece = text.slice(start, end);
  return { start: start + piece.length - piece.trimStart().length, end: start + piece.trimEnd().length };
}

/** A range without some stretches, which are in order. */
function without(range: Range, holes: readonly Range[]): Range[] {
  const rest: Range[] = [];
  let { start } = range;
  for (const hole of holes) {
    const end = Math.min(hole.start, range.end);
    if (end > start) rest.push({ start, end });
    start = Math.max(start, hole.end);
  }
  if (range.end > start) rest.push({ start, end: range.end });
  return rest;
}

function shift({ start, end }: Range, by: number): Range {
  return { start: start + by, end: end + by };
}
