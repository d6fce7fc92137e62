import type { GuidelinesView, LabelExamples } from '../src/protocol/guidelines.js';
import type { Action, FromPanel, PanelCommand, PanelView, PassageView, ToPanel } from '../src/protocol/panel.js';
import { applyChange, same, type ViewChange } from '../src/protocol/panel-change.js';
import { samePassage } from './selection.js';

/** The part of what VS Code gives a webview that the panel uses. */
export interface VsCodeApi {
  postMessage(message: FromPanel): void;
  /** What the page keeps while it is hidden and when the window is reloaded. */
  getState(): unknown;
  setState(state: unknown): void;
}

/** What the panel does with what the host says. */
export interface Receiver {
  /** Resolves when the view is in the document. */
  viewed(view: PanelView): Promise<void>;
  /** An action is on disk, or has failed with a message for people. */
  done(id: number, error: string | undefined): void;
  /** The guidelines to show beside the passage. */
  guided(guidelines: GuidelinesView): void;
  /** What examples there are of each label. */
  exampled(labels: readonly LabelExamples[]): void;
  /** A command of the palette. */
  commanded(name: PanelCommand): void;
}

interface Waiting {
  readonly id: number;
  readonly what: 'paint' | 'next';
  readonly since: number;
  readonly before: PanelView | undefined;
}

/** The panel's side of the protocol: actions with growing ids, and the times from a key to what it led to. */
export class Connection {
  readonly #api: VsCodeApi;
  readonly #receiver: Receiver;
  #view: PanelView | undefined;
  #nextId = 1;
  #waiting: readonly Waiting[] = [];

  constructor(api: VsCodeApi, receiver: Receiver) {
    this.#api = api;
    this.#receiver = receiver;
    window.addEventListener('message', (event: MessageEvent<ToPanel>) => this.#received(event.data));
    this.#api.postMessage({ type: 'ready' });
  }

  /** Sends an action and returns its id. `since`: time stamp of the key or click, on the clock of `performance.now()`. */
  send(action: Action, since: number): number {
    const id = this.#nextId++;
    const moves = action.do === 'verdict' || action.do === 'next' || action.do === 'back';
    this.#waiting = [...this.#waiting, { id, what: moves ? 'next' : 'paint', since, before: this.#view }];
    this.#api.postMessage({ type: 'action', id, action });
    return id;
  }

  /** Tells the host of what is not an action on labels. */
  tell(message: Exclude<FromPanel, { type: 'action' }>): void {
    this.#api.postMessage(message);
  }

  #received(message: ToPanel): void {
    if (message.type === 'done') {
      if (message.error !== undefined) this.#waiting = this.#waiting.filter(({ id }) => id !== message.id);
      this.#receiver.done(message.id, message.error);
      return;
    }
    if (message.type === 'command') {
      this.#receiver.commanded(message.name);
      return;
    }
    if (message.type === 'guidelines') {
      this.#receiver.guided(message.guidelines);
      return;
    }
    if (message.type === 'examples') {
      this.#receiver.exampled(message.labels);
      return;
    }
    const view = message.type === 'view' ? message.view : this.#changed(message.change);
    // A view that was overtaken on its way says nothing new.
    if (view === undefined || (this.#view !== undefined && view.version < this.#view.version)) return;
    this.#view = view;
    const answered = this.#waiting.filter((waiting) => answers(view, waiting));
    this.#waiting = this.#waiting.filter((waiting) => !answered.includes(waiting));
    void this.#show(view, answered);
  }

  /** The view that a change leads to. A change of a view that is not here is answered by asking for the whole. */
  #changed(change: ViewChange): PanelView | undefined {
    const before = this.#view;
    const view = before?.version === change.base ? applyChange(before, change) : undefined;
    if (view === undefined) this.#api.postMessage({ type: 'ready' });
    return view;
  }

  async #show(view: PanelView, answered: readonly Waiting[]): Promise<void> {
    await this.#receiver.viewed(view);
    if (answered.length === 0) return;
    requestAnimationFrame(() => {
      const now = performance.now();
      for (const { what, since } of answered) this.#api.postMessage({ type: 'timing', what, ms: now - since });
    });
  }
}

/** Does a view show what an action led to? Views also come for other reasons: progress, the engine's state. */
function answers({ passage }: PanelView, { what, before }: Waiting): boolean {
  if (what === 'next') return !samePassage(before?.passage, passage);
  return !samePassage(before?.passage, passage) || !same(contentOf(before?.passage), contentOf(passage));
}

function contentOf(passage: PassageView | undefined): unknown {
  if (passage === undefined) return undefined;
  const { entities, relations, classes, suggestions, flag, note, answer } = passage;
  return [entities, relations, classes, suggestions, flag, note, answer];
}
