import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { place } from '../place.js';
import { shared } from '../styles.js';
import { plotStyles } from './plot-styles.js';
import type { Plot } from './plots.js';
import { svgFile } from './save-svg.js';
import { csv, type Table } from './tables.js';

/** What a figure asks the page for. */
export class FigureRequest extends Event {
  static readonly type = 'figure';
  constructor(readonly wanted: { readonly save: 'svg' | 'csv'; readonly text: string } | { readonly table: boolean }) {
    super(FigureRequest.type, { bubbles: true, composed: true });
  }
}

/** A plot with its table: one of the two is seen, and the table is always there for screen readers. */
@customElement('plot-figure')
export class PlotFigure extends LitElement {
  @property() name = '';
  /** The plot in a sentence. */
  @property() summary = '';
  @property({ attribute: false }) plot: Plot | undefined;
  @property({ attribute: false }) table: Table = { columns: [], rows: [] };
  @property({ attribute: false }) legend: TemplateResult | undefined;
  @property({ type: Boolean }) astable = false;

  @query('svg') private readonly drawing!: SVGSVGElement | null;

  static override styles = [
    shared,
    plotStyles,
    css`
      figure {
        margin: 0;
      }
      figcaption {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 8px;
        margin-bottom: 6px;
      }
      h3 {
        flex: 1;
        margin: 0;
        font-size: 1em;
      }
      button {
        font-size: 0.92em;
        color: var(--vscode-textLink-foreground);
        border-color: var(--vscode-contrastBorder, transparent);
      }
      button[aria-pressed='true'] {
        text-decoration: underline;
        color: var(--vscode-inputOption-activeForeground, inherit);
        background: var(--vscode-inputOption-activeBackground, none);
        border-color: var(--vscode-inputOption-activeBorder, currentcolor);
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        border-collapse: collapse;
        font-variant-numeric: tabular-nums;
      }
      th,
      td {
        text-align: start;
        padding: 2px 16px 2px 0;
        border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
      .number {
        text-align: end;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 0 14px;
        margin-top: 2px;
        font-size: 0.92em;
      }
      .legend b {
        font-family: var(--vscode-editor-font-family, monospace);
        font-weight: normal;
      }
    `,
  ];

  override render(): TemplateResult {
    const { plot, astable } = this;
    return html`<figure ${place(plot === undefined || astable ? {} : { width: `${plot.width}px` })}>
      <figcaption>
        <h3>${this.name}</h3>
        <button
          aria-pressed=${astable ? 'true' : 'false'}
          title=${astable ? `Show ‘${this.name}’ as a plot` : `Show ‘${this.name}’ as a table`}
          @click=${(): void => this.#ask({ table: !astable })}
        >
          Table
        </button>
        ${
          plot === undefined || astable
            ? nothing
            : html`<button title="Save ‘${this.name}’ as an SVG drawing" @click=${this.#saveDrawing}>SVG</button>`
        }
        <button
          title="Save ‘${this.name}’ as a CSV table"
          @click=${(): void => this.#ask({ save: 'csv', text: csv(this.table) })}
        >
          CSV
        </button>
      </figcaption>
      ${
        plot === undefined || astable
          ? nothing
          : html`<svg
                viewBox="0 0 ${plot.width} ${plot.height}"
                width=${plot.width}
                height=${plot.height}
                role="img"
                aria-label=${this.summary}
              >
                ${plot.content}
              </svg>
              ${this.legend === undefined ? nothing : html`<div class="legend" aria-hidden="true">${this.legend}</div>`}`
      }
      <div
        class=${astable ? 'scroll' : 'unseen'}
        tabindex=${astable ? '0' : nothing}
        role=${astable ? 'group' : nothing}
        aria-label=${astable ? this.name : nothing}
      >
        ${tableOf(this.table, this.name)}
      </div>
    </figure>`;
  }

  #ask(wanted: FigureRequest['wanted']): void {
    this.dispatchEvent(new FigureRequest(wanted));
  }

  readonly #saveDrawing = (): void => {
    if (this.drawing === null) return;
    const background = getComputedStyle(document.documentElement).getPropertyValue('--vscode-editor-background');
    this.#ask({ save: 'svg', text: svgFile(this.drawing, background.trim() || 'white') });
  };
}

/** A table with its name for screen readers. */
export function tableOf({ columns, rows }: Table, name: string): TemplateResult {
  const isNumber = (column: number): boolean => rows.every((row) => /^[\d.,]+( %)?$/.test(String(row[column])));
  const classes = columns.map((_, i) => (isNumber(i) ? 'number' : ''));
  return html`<table aria-label=${name}>
    ${
      columns.some((column) => column !== '')
        ? html`<thead>
            <tr>
              ${columns.map((column, i) => html`<th scope="col" class=${classes[i]!}>${column}</th>`)}
            </tr>
          </thead>`
        : nothing
    }
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${row.map((cell, i) =>
              i === 0
                ? html`<th scope="row" class=${classes[i]!}>${cell}</th>`
                : html`<td class=${classes[i]!}>${cell}</td>`,
            )}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'plot-figure': PlotFigure;
  }
}
