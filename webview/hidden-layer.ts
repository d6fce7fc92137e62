import { LitElement } from 'lit';

/** A layer that only draws: what it shows is in the side list for everyone, so screen readers pass over it. */
export class HiddenLayer extends LitElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('aria-hidden', 'true');
  }
}
