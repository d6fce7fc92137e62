import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { shared } from '../styles.js';
import { cardStyles, renderCard, type LabelCard } from './label-card.js';

/** Milliseconds that the pointer rests on a label before its card opens, and may leave both before it closes. */
const OPENS_AFTER = 450;
const CLOSES_AFTER = 200;
const MARGIN = 8;

/**
 * The card of the label whose button (`data-label`) the pointer rests on or the keyboard has: what it means, and examples.
 * Escape closes it; the pointer may go onto it. Listens to the whole tree that it stands in.
 */
@customElement('label-hover')
export class LabelHover extends LitElement {
  @property({ attribute: false }) cards: readonly LabelCard[] = [];
  @state() private shown: string | undefined;

  @query('[role=tooltip]') private readonly card!: HTMLElement | null;

  #root: Node | undefined;
  #button: Element | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closing = false;

  static override styles = [
    shared,
    cardStyles,
    css`
      [role='tooltip'] {
        position: fixed;
        inset: 0 auto auto 0;
        z-index: 20;
        width: max-content;
        max-width: min(360px, calc(100vw - 16px));
        max-height: 60vh;
        overflow: auto;
        padding: 8px 12px;
        line-height: 1.5;
        color: var(--vscode-editorHoverWidget-foreground, var(--vscode-editorWidget-foreground, inherit));
        background: var(--vscode-editorHoverWidget-background, var(--vscode-editorWidget-background));
        border: 1px solid
          var(
            --vscode-contrastBorder,
            var(--vscode-editorHoverWidget-border, var(--vscode-editorWidget-border, currentcolor))
          );
        border-radius: 4px;
        box-shadow: 0 2px 8px var(--vscode-widget-shadow, rgb(0 0 0 / 36%));
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#root = this.getRootNode();
    // Not 'pointerover' and 'focusin': from one button to the next they do not leave the bar's shadow tree.
    this.#root.addEventListener('pointermove', this.#over);
    this.#root.addEventListener('pointerdown', this.#gone);
    document.addEventListener('keydown', this.#pressed, true);
    document.addEventListener('keyup', this.#released);
    document.addEventListener('pointerleave', this.#left);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#root?.removeEventListener('pointermove', this.#over);
    this.#root?.removeEventListener('pointerdown', this.#gone);
    document.removeEventListener('keydown', this.#pressed, true);
    document.removeEventListener('keyup', this.#released);
    document.removeEventListener('pointerleave', this.#left);
  }

  readonly #over = (event: Event): void => {
    if (event.composedPath().includes(this)) {
      this.#stay();
      return;
    }
    const button = labelled(event);
    if (button === undefined) {
      if (this.#button !== undefined) this.#left();
    } else if (button !== this.#button) this.#soon(button, OPENS_AFTER);
    else if (this.shown === button.dataset['label']) this.#stay();
  };

  /** The keyboard has come to a label. */
  readonly #released = (event: KeyboardEvent): void => {
    if (event.key !== 'Tab' && !event.key.startsWith('Arrow')) return;
    const button = labelled(event);
    if (button?.matches(':focus-visible') === true) this.#soon(button, 0);
  };

  readonly #left = (): void => {
    if (this.shown === undefined) this.#gone();
    else if (!this.#closing) {
      clearTimeout(this.#timer);
      this.#closing = true;
      this.#timer = setTimeout(this.#gone, CLOSES_AFTER);
    }
  };

  #stay(): void {
    clearTimeout(this.#timer);
    this.#closing = false;
  }

  readonly #gone = (): void => {
    this.#stay();
    this.shown = undefined;
    this.#button = undefined;
  };

  /** Any key closes it, since the keyboard is about to do something else; Tab may open another. */
  readonly #pressed = (): void => {
    if (this.shown !== undefined) this.#gone();
  };

  #soon(button: HTMLElement, delay: number): void {
    this.#stay();
    this.#button = button;
    this.#timer = setTimeout(() => {
      this.shown = button.dataset['label'];
      this.dispatchEvent(new Event('examples'));
    }, delay);
  }

  override render(): TemplateResult | typeof nothing {
    const card = this.cards.find(({ name }) => name === this.shown);
    return card === undefined ? nothing : html`<div role="tooltip">${renderCard(card, true)}</div>`;
  }

  /** Below the button, or above it where there is no room. */
  override updated(): void {
    const { card } = this;
    if (card === null || this.#button === undefined) return;
    const at = this.#button.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const left = Math.max(MARGIN, Math.min(at.left, window.innerWidth - width - MARGIN));
    const below = at.bottom + 4;
    const top = below + height + MARGIN <= window.innerHeight ? below : Math.max(MARGIN, at.top - height - 4);
    card.style.setProperty('left', `${left}px`);
    card.style.setProperty('top', `${top}px`);
  }
}

/** The button of a label that an event comes from. */
function labelled(event: Event): HTMLElement | undefined {
  return event
    .composedPath()
    .find((target): target is HTMLElement => target instanceof HTMLElement && target.dataset['label'] !== undefined);
}

declare global {
  interface HTMLElementTagNameMap {
    'label-hover': LabelHover;
  }
}
