import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import type { Progress, TaskProgress } from '../../src/protocol/progress.js';
import type { FromProgressPage, ProgressView, ToProgressPage } from '../../src/protocol/progress-panel.js';
import { shared } from '../styles.js';
import { FigureRequest, PlotFigure, tableOf } from './plot-figure.js';
import { balancePlot, curvePlot, uncertaintyPlot } from './plots.js';
import { balanceTable, curveTable, progressMarkdown, rulesTable, uncertaintyTable } from './tables.js';
import {
  balanceText,
  basisText,
  duration,
  gainText,
  measureNames,
  passages,
  percentage,
  taskName,
  verdictNames,
  verdictSigns,
  withInterval,
} from './words.js';

/** The part of what VS Code gives a webview that the progress view uses. */
export interface ProgressApi {
  postMessage(message: FromProgressPage): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** Plots are not drawn narrower or wider than people like to read them. */
const NARROWEST = 260;
const WIDEST = 560;
const GAP = 32;

/**
 * The progress view: how good the model is, what more labels would bring, whether to go on, and the balance of the
 * labels. Of its own it keeps only which figures are shown as tables.
 */
@customElement('marginalia-progress')
export class MarginaliaProgress extends LitElement {
  @state() private view: ProgressView | undefined;
  @state() private width = 0;
  @state() private tables: ReadonlySet<string> = new Set();
  @state() private said = '';

  #api: ProgressApi | undefined;
  readonly #resized = new ResizeObserver(([entry]) => {
    if (entry !== undefined) this.width = Math.floor(entry.contentRect.width);
  });

  static override styles = [
    shared,
    css`
      :host {
        display: block;
        height: 100vh;
        overflow-y: auto;
        scrollbar-gutter: stable;
        padding: 12px 20px 32px;
        font-family: var(--vscode-font-family, sans-serif);
        font-size: var(--vscode-font-size, 13px);
        line-height: 1.5;
        color: var(--vscode-foreground);
        background: var(--vscode-editor-background);
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
      }
      h1 {
        margin: 0;
        font-size: 1.35em;
        font-weight: 600;
      }
      h2 {
        margin: 0 0 6px;
        font-size: 1.15em;
      }
      header button {
        border-color: var(--vscode-contrastBorder, var(--vscode-button-border, transparent));
        color: var(--vscode-button-secondaryForeground, inherit);
        background: var(--vscode-button-secondaryBackground, none);
      }
      header button:hover {
        background: var(--vscode-button-secondaryHoverBackground, none);
      }
      .stale {
        flex: 1;
        color: var(--vscode-descriptionForeground);
      }
      .tiles {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 32px;
        margin: 6px 0 4px;
      }
      .tiles div {
        min-width: 7em;
      }
      dt {
        font-size: 0.92em;
      }
      dd {
        margin: 0;
        font-size: 1.35em;
        font-variant-numeric: tabular-nums;
      }
      dd small {
        font-size: 0.7em;
      }
      section {
        margin-top: 18px;
        padding-top: 14px;
        border-top: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, rgb(128 128 128 / 35%)));
      }
      p {
        max-width: 72em;
        margin: 0 0 8px;
      }
      .score {
        font-size: 1.35em;
        font-variant-numeric: tabular-nums;
      }
      .warning::before {
        content: '⚠ ';
      }
      .verdict {
        display: inline-block;
        padding: 0 8px;
        margin-inline-end: 4px;
        border: 1px solid var(--vscode-contrastBorder, currentcolor);
        border-radius: 3px;
        font-weight: 600;
      }
      .figures {
        display: flex;
        flex-wrap: wrap;
        gap: 18px ${GAP}px;
        margin-top: 10px;
      }
      plot-figure {
        min-width: 0;
        max-width: 100%;
      }
      details {
        margin-bottom: 4px;
      }
      summary {
        cursor: pointer;
        width: fit-content;
      }
      table {
        border-collapse: collapse;
        margin: 4px 0;
      }
      th,
      td {
        text-align: start;
        vertical-align: top;
        padding: 2px 16px 2px 0;
        font-weight: normal;
      }
      thead th {
        font-weight: 600;
      }
    `,
  ];

  /** Begins to talk with the host. */
  connect(api: ProgressApi): void {
    this.#api = api;
    const kept = api.getState();
    if (typeof kept === 'object' && kept !== null && 'tables' in kept && Array.isArray(kept.tables))
      this.tables = new Set(kept.tables.filter((name) => typeof name === 'string'));
    window.addEventListener('message', (event: MessageEvent<ToProgressPage>) => this.#received(event.data));
    api.postMessage({ type: 'ready' });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized.observe(this);
    document.addEventListener('keydown', this.#pressed);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized.disconnect();
    document.removeEventListener('keydown', this.#pressed);
  }

  #received(message: ToProgressPage): void {
    if (message.type === 'done') {
      this.said = message.message;
      return;
    }
    const before = this.view?.progress;
    this.view = message.view;
    // New numbers come every few seconds; only news is said.
    const news = message.view.progress?.tasks.filter(
      (task) => before !== undefined && verdictOf(before, task) !== task.advice.verdict,
    );
    if (news !== undefined && news.length > 0)
      this.said = news.map((task) => `${taskName(task)}: ${task.advice.message}`).join(' ');
  }

  readonly #pressed = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'c') this.#copy();
    else if (event.key === 't') this.#allTables();
    else if (event.key === 'Escape' || event.key === '%') this.#api?.postMessage({ type: 'labelling' });
    else return;
    event.preventDefault();
  };

  readonly #copy = (): void => {
    const { progress, annotator } = this.view ?? {};
    if (progress === undefined || annotator === undefined) return;
    this.#api?.postMessage({ type: 'copy', text: progressMarkdown(progress, annotator, new Date()) });
  };

  readonly #allTables = (): void => {
    const figures = [...this.renderRoot.querySelectorAll('plot-figure')].map(({ id }) => id);
    this.#showTables(this.tables.size < figures.length ? new Set(figures) : new Set());
  };

  #showTables(tables: ReadonlySet<string>): void {
    this.tables = tables;
    this.#api?.setState({ tables: [...tables] });
  }

  readonly #asked = (event: Event): void => {
    const figure = event.target;
    if (!(event instanceof FigureRequest) || !(figure instanceof PlotFigure)) return;
    const { wanted } = event;
    if ('table' in wanted) {
      const others = [...this.tables].filter((id) => id !== figure.id);
      this.#showTables(new Set(wanted.table ? [...others, figure.id] : others));
    } else this.#api?.postMessage({ type: 'save', name: `${fileName(figure.id)}.${wanted.save}`, text: wanted.text });
  };

  override render(): TemplateResult {
    const { progress, notice } = this.view ?? {};
    return html`
      <header>
        <h1>Progress</h1>
        <span class="stale">${staleness(progress)}</span>
        ${
          progress === undefined
            ? nothing
            : html`<button title="Show all plots as tables, or all as plots (T)" @click=${this.#allTables}>
                  Tables <kbd aria-hidden="true">T</kbd>
                </button>
                <button title="Copy everything as Markdown (C)" @click=${this.#copy}>
                  Copy as Markdown <kbd aria-hidden="true">C</kbd>
                </button>`
        }
        <button title="Back to the passage (Esc)" @click=${(): void => this.#api?.postMessage({ type: 'labelling' })}>
          Label <kbd aria-hidden="true">Esc</kbd>
        </button>
      </header>
      <main @figure=${this.#asked}>
        ${notice === undefined ? nothing : html`<p class="warning">${notice}</p>`}
        ${
          progress === undefined
            ? notice === undefined
              ? html`<p>The engine is being asked …</p>`
              : nothing
            : this.#progress(progress)
        }
      </main>
      <div class="unseen" role="status" aria-live="polite">${this.said}</div>
    `;
  }

  #progress(progress: Progress): TemplateResult {
    return html`
      ${this.#overview(progress)} ${progress.tasks.map((task) => this.#task(task, progress))}
      ${
        progress.balance.length === 0
          ? nothing
          : html`<section aria-label="Label balance">
              <div class="figures">
                <plot-figure
                  id="balance"
                  name="Label balance"
                  summary="Accepted labels: ${progress.balance.map((item) => `${item.value ?? item.label} ${item.count}`).join(', ')}"
                  .plot=${balancePlot(progress.balance, this.#plotWidth(1))}
                  .table=${balanceTable(progress)}
                  ?astable=${this.tables.has('balance')}
                ></plot-figure>
              </div>
              <p>${balanceText(progress.balance)}</p>
            </section>`
      }
    `;
  }

  #overview({ passages: all, reviewed, random, synthetic, pace, target }: Progress): TemplateResult {
    const tile = (name: string, value: string, more = ''): TemplateResult =>
      html`<div>
        <dt>${name}</dt>
        <dd>${value}${more === '' ? nothing : html` <small>${more}</small>`}</dd>
      </div>`;
    return html`<dl class="tiles">
      ${tile('Reviewed', String(reviewed), `of ${all}${all === 0 ? '' : `, ${percentage(reviewed / all, 0)}`}`)}
      ${tile('Random sample', String(random), random === 1 ? 'passage' : 'passages')}
      ${tile('Verdicts per hour', pace === undefined ? '–' : String(Math.round(pace.perHour)), pace === undefined ? 'after four verdicts' : `${Math.round(pace.seconds)} s each`)}
      ${tile('Time left', pace === undefined ? '–' : duration(pace.left), pace === undefined ? '' : 'to the end of the queue')}
      ${target === undefined ? nothing : tile('Target', percentage(target, 0))}
      ${synthetic === 0 ? nothing : tile('Made up', String(synthetic), 'not counted in any estimate')}
    </dl>`;
  }

  #task(task: TaskProgress, { target, random }: Progress): TemplateResult {
    const { estimate, advice, basis, curve } = task;
    const name = taskName(task);
    const id = `${task.kind}${task.name === undefined ? '' : `-${task.name}`}`;
    const width = this.#plotWidth(2);
    const unlabelled = task.uncertainty.reduce((sum, count) => sum + count, 0);
    return html`<section aria-label=${name}>
      <h2>${name}</h2>
      <p class=${estimate !== undefined && basis === 'chosen' ? 'warning' : ''}>
        ${
          estimate === undefined
            ? nothing
            : html`<span class="score">${measureNames[estimate.measure]} ${withInterval(estimate)}</span><br />`
        }
        ${basisText(task, random)}
      </p>
      <p>
        <span class="verdict"
          ><span aria-hidden="true">${verdictSigns[advice.verdict]}</span> ${verdictNames[advice.verdict]}</span
        >
        ${advice.message}
      </p>
      <details>
        <summary>Why: ${advice.rules.filter(({ met }) => met).length} of ${advice.rules.length} rules say stop</summary>
        ${tableOf(rulesTable(task), `Stopping rules, ${name}`)}
      </details>
      <p>${gainText(task)}</p>
      <div class="figures">
        ${
          curve.length === 0
            ? nothing
            : html`<plot-figure
                id="learning-curve-${id}"
                name="Learning curve"
                summary="Learning curve of ${name}: ${curve.map(({ labels, score }) => `${percentage(score, 0)} with ${labels}`).join(', ')} labelled passages"
                .plot=${curvePlot(task, target, width)}
                .table=${curveTable(task)}
                .legend=${legend(task)}
                ?astable=${this.tables.has(`learning-curve-${id}`)}
              ></plot-figure>`
        }
        ${
          unlabelled === 0
            ? nothing
            : html`<plot-figure
                id="uncertainty-${id}"
                name="Uncertainty"
                summary="How uncertain the model is about ${passages(unlabelled)} that nobody has labelled"
                .plot=${uncertaintyPlot(task, width)}
                .table=${uncertaintyTable(task)}
                .legend=${html`${passages(unlabelled)} by chance of those that nobody has labelled; the least certain
                decision in each.`}
                ?astable=${this.tables.has(`uncertainty-${id}`)}
              ></plot-figure>`
        }
      </div>
    </section>`;
  }

  /** The width of one of so many plots beside one another; of one above the other where they would be too narrow. */
  #plotWidth(beside: number): number {
    const room = this.width || 600;
    const each = (room - (beside - 1) * GAP) / beside;
    return Math.max(NARROWEST, Math.min(WIDEST, Math.floor(each >= 340 ? each : room)));
  }
}

function staleness(progress: Progress | undefined): string {
  if (progress === undefined || progress.current) return '';
  return progress.working ? 'The scores are being brought up to date …' : 'The scores are of labels a little older.';
}

function verdictOf(progress: Progress, { kind, name }: TaskProgress): string | undefined {
  return progress.tasks.find((task) => task.kind === kind && task.name === name)?.advice.verdict;
}

function legend({ law, gain }: TaskProgress): TemplateResult {
  const item = (sign: string, text: string): TemplateResult => html`<span><b>${sign}</b> ${text}</span>`;
  return html`${item('─●─', 'measured, with 95 % interval')} ${law === undefined ? nothing : item('╌╌', 'fitted law')}
  ${gain === undefined ? nothing : item('◇', `expected with ${gain.labels} more`)}`;
}

/** A figure's name as a file's: what no file system likes becomes a hyphen. */
function fileName(id: string): string {
  return id.replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '-').slice(0, 100);
}

declare global {
  interface HTMLElementTagNameMap {
    'marginalia-progress': MarginaliaProgress;
  }
}
