import type { Action } from '../src/protocol/panel.js';
import type { Command } from './keys.js';
import type { LabelName } from './visibility.js';
import type { Selection } from './selection.js';

/** What a person wants, from any part of the panel to the panel itself. */
export type Wanted =
  | { readonly select: Selection }
  | { readonly command: Command }
  | { readonly action: Action }
  /** The entity that is picked as an end of a relation; none where a drag ended beside every one. */
  | { readonly picked: string | undefined }
  /** An entity to go to. */
  | { readonly jump: string }
  | { readonly toggle: LabelName; readonly only: boolean }
  | { readonly showAll: true };

/** Bubbles out of every shadow root. */
export class Intent extends Event {
  static readonly type = 'intent';
  readonly wanted: Wanted;

  constructor(wanted: Wanted) {
    super(Intent.type, { bubbles: true, composed: true });
    this.wanted = wanted;
  }
}
