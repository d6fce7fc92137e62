import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { PanelView } from '../src/protocol/panel.js';
import { Intent } from './intent.js';
import { withKey, type Keymap } from './keys.js';
import { keepFocus } from './label-bar.js';
import { shared } from './styles.js';

const diskText = { saved: '✓ saved', saving: '… saving', failed: '✗ not saved' } as const;
const diskTitle = {
  saved: 'Everything shown here is on disk',
  saving: 'Being written to disk',
  failed: 'The last change is not on disk',
} as const;

/** Where the passage stands, why it was chosen, how far the work has come, and whether all of it is on disk. */
@customElement('status-line')
export class StatusLine extends LitElement {
  @property({ attribute: false }) view: PanelView | undefined;
  @property({ attribute: false }) keymap: Keymap | undefined;

  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 2px 14px;
        font-size: 12px;
        color: var(--vscode-descriptionForeground);
        font-variant-numeric: tabular-nums;
      }
      .source {
        padding: 0 2px;
        margin-inline-start: -3px;
        color: var(--vscode-textLink-foreground);
        overflow-wrap: anywhere;
        text-align: start;
      }
      .engine {
        max-width: 32em;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .space {
        flex: 1;
      }
      .failed {
        color: var(--vscode-errorForeground);
        font-weight: 600;
      }
      .warn {
        color: var(--vscode-editorWarning-foreground);
      }
      .synthetic {
        padding: 0 6px;
        border: 1px solid currentColor;
        border-radius: 8px;
        color: var(--vscode-editorWarning-foreground);
        font-weight: 600;
      }
      progress {
        appearance: none;
        width: 72px;
        height: 5px;
        margin-inline-end: 6px;
        vertical-align: middle;
        border: 1px solid var(--vscode-contrastBorder, transparent);
        border-radius: 2px;
        background: color-mix(in srgb, var(--vscode-editor-foreground) 16%, transparent);
      }
      progress::-webkit-progress-bar {
        background: none;
      }
      progress::-webkit-progress-value {
        background: var(--vscode-progressBar-background, var(--vscode-focusBorder));
        border-radius: 2px;
      }
      @media (forced-colors: active) {
        progress::-webkit-progress-value {
          forced-color-adjust: none;
          background: CanvasText;
        }
      }
    `,
  ];

  override render(): TemplateResult | typeof nothing {
    const { view } = this;
    if (view === undefined) return nothing;
    const { passage, progress, annotator, disk, engine } = view;
    return html`
      ${
        passage === undefined
          ? nothing
          : html`<button
                class="source"
                title=${withKey('Open in its file', this.keymap?.actions.openSource)}
                @mousedown=${keepFocus}
                @click=${(): void => void this.dispatchEvent(new Intent({ command: { do: 'openSource' } }))}
              >
                ${passage.doc}:${passage.line}
              </button>
              ${
                passage.synthetic === true
                  ? html`<span
                      class="synthetic"
                      title="Nobody wrote this passage: it was made up of others to ask about"
                      >synthetic</span
                    >`
                  : nothing
              }
              ${
                passage.strategy === undefined
                  ? nothing
                  : html`<span title="Query strategy and this passage’s score: why it comes now"
                      >${passage.strategy}${passage.score === undefined ? '' : ` ${passage.score.toFixed(2)}`}</span
                    >`
              }
              ${passage.answer === undefined ? nothing : html`<span>reviewed: ${passage.answer}</span>`}`
      }
      <span class="space"></span>
      ${
        progress.total === 0
          ? nothing
          : html`<button
              title=${withKey('Passages reviewed; shows the progress view', this.keymap?.actions.progress)}
              @mousedown=${keepFocus}
              @click=${(): void => void this.dispatchEvent(new Intent({ command: { do: 'progress' } }))}
            >
              <progress
                aria-label="Passages reviewed"
                max=${Math.max(1, progress.total)}
                .value=${progress.reviewed}
              ></progress
              >${progress.reviewed} of ${progress.total}
            </button>`
      }
      ${
        (this.keymap?.conflicts.length ?? 0) === 0
          ? nothing
          : html`<button
              class="warn"
              title=${this.keymap?.conflicts.join('\n') ?? ''}
              @mousedown=${keepFocus}
              @click=${(): void => void this.dispatchEvent(new Intent({ command: { do: 'help' } }))}
            >
              ⚠ keys
            </button>`
      }
      <span title="Annotator">${annotator}</span>
      <span
        class=${`engine ${engine.state === 'failed' ? 'failed' : engine.state === 'restarting' ? 'warn' : ''}`}
        title=${engine.detail === '' ? `Engine: ${engine.state}` : engine.detail}
        >engine ${engine.state}${engine.state === 'ready' || engine.detail === '' ? '' : `: ${engine.detail}`}</span
      >
      <span class=${`disk ${disk}`} role="status" title=${diskTitle[disk]}>${diskText[disk]}</span>
    `;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'status-line': StatusLine;
  }
}
