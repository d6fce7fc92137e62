import type { PanelView, ToPanel } from '../protocol/panel.js';
import { changeOf, same } from '../protocol/panel-change.js';

/** Decides what a page has to be told: the whole view at first, then what changed, and nothing where nothing did. */
export class ViewSender {
  #version = 0;
  #sent: PanelView | undefined;

  /** The page was made anew and knows nothing. */
  forget(): void {
    this.#sent = undefined;
  }

  /** The message that brings the page to a view; undefined where it is there already. The view's own version is not used. */
  message(view: PanelView): ToPanel | undefined {
    const before = this.#sent;
    if (before !== undefined && same({ ...view, version: before.version }, before)) return undefined;
    const after = { ...view, version: ++this.#version };
    this.#sent = after;
    const change = before && changeOf(before, after);
    return change === undefined ? { type: 'view', view: after } : { type: 'change', change };
  }
}
