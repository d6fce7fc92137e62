import { html, nothing, type TemplateResult } from 'lit';
import type { Block, Inline, ListItem } from '../../src/protocol/guidelines.js';

/** Guidelines as elements. Everything that somebody wrote is text in them. */

export interface Following {
  /** A link was chosen. */
  readonly follow: (href: string) => void;
}

export function renderBlocks(blocks: readonly Block[], following: Following): TemplateResult[] {
  return blocks.map((block) => renderBlock(block, following));
}

function renderBlock(block: Block, following: Following): TemplateResult {
  switch (block.is) {
    case 'heading':
      // The pane has the headings above: what is first level in the file is third in the page.
      return html`<div
        class="heading level${block.level}"
        role="heading"
        aria-level=${Math.min(6, block.level + 2)}
        id=${block.id}
        tabindex="-1"
      >
        ${renderInlines(block.content, following)}
      </div>`;
    case 'paragraph':
      return html`<p>${renderInlines(block.content, following)}</p>`;
    case 'code':
      return html`<pre tabindex="0"><code>${block.text}</code></pre>`;
    case 'quote':
      return html`<blockquote>${renderBlocks(block.content, following)}</blockquote>`;
    case 'list':
      return block.start === undefined
        ? html`<ul>
            ${block.items.map((item) => renderItem(item, following))}
          </ul>`
        : html`<ol start=${block.start}>
            ${block.items.map((item) => renderItem(item, following))}
          </ol>`;
    case 'table':
      return html`<div class="scroll" tabindex="0" role="group" aria-label="Table">
        <table>
          <thead>
            <tr>
              ${block.head.map((cell) => html`<th scope="col">${renderInlines(cell, following)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${block.rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td>${renderInlines(cell, following)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
    case 'rule':
      return html`<hr />`;
  }
}

function renderItem({ content, checked }: ListItem, following: Following): TemplateResult {
  const [first] = content;
  // A list of single paragraphs is a tight one.
  const inner =
    content.length === 1 && first?.is === 'paragraph'
      ? renderInlines(first.content, following)
      : renderBlocks(content, following);
  return html`<li>
    ${
      checked === undefined
        ? nothing
        : html`<span role="img" aria-label=${checked ? 'Done' : 'Open'}>${checked ? '☑' : '☐'}</span> `
    }${inner}
  </li>`;
}

function renderInlines(content: readonly Inline[], following: Following): TemplateResult[] {
  return content.map((inline) => renderInline(inline, following));
}

function renderInline(inline: Inline, following: Following): TemplateResult {
  switch (inline.is) {
    case 'text':
      return html`${inline.text}`;
    case 'code':
      return html`<code>${inline.text}</code>`;
    case 'emphasis':
      return html`<em>${renderInlines(inline.content, following)}</em>`;
    case 'strong':
      return html`<strong>${renderInlines(inline.content, following)}</strong>`;
    case 'deleted':
      return html`<s>${renderInlines(inline.content, following)}</s>`;
    case 'image':
      return html`<span class="image" title="Images are not loaded"
        >▧ ${inline.text === '' ? 'image' : inline.text}</span
      >`;
    case 'break':
      return html`<br />`;
    case 'link':
      // Never followed by the page itself: the host opens it, and VS Code asks first.
      return html`<a
        href=${inline.href}
        title=${inline.href}
        @click=${(event: Event): void => {
          event.preventDefault();
          event.stopPropagation();
          following.follow(inline.href);
        }}
        >${renderInlines(inline.content, following)}</a
      >`;
  }
}
