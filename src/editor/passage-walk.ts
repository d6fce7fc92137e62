import { setTimeout as wait } from 'node:timers/promises';
import { passagesOf } from '../corpus/passages.js';
import type { Document, Unit } from '../corpus/types.js';
import type { Annotation } from '../labels/annotation.js';
import { reviewOf } from '../labels/edits.js';
import type { PassageKey, QueuedPassage, QueueStatus } from '../protocol/engine.js';
import { includesReviewed } from '../protocol/queue-filter.js';
import type { ChosenFilter } from './chosen-filter.js';
import { describe } from './describe.js';
import { Drawn } from './drawn.js';
import type { EngineClient } from './engine-client.js';
import type { Log } from './log.js';
import { PassedPassages } from './passed-passages.js';
import { revive } from './revive.js';
import { findPassage, isSame, keyOf, keyText, merged } from './shown-passage.js';
import type { Shown } from './view.js';

/** What the walk needs of its session. */
export interface WalkSurroundings {
  readonly engine: Pick<EngineClient, 'state' | 'request'>;
  readonly log: Log;
  /** Whether there is a project whose passages can be asked for. */
  readonly hasProject: () => boolean;
  readonly filter: () => ChosenFilter | undefined;
  readonly unit: () => Unit;
  readonly document: (doc: string) => Promise<Document | undefined>;
  /** The person's own lines of a document, as they are in their file. */
  readonly ownLines: (doc: string) => readonly Annotation[];
  readonly onStatus: (status: QueueStatus) => void;
  /** What is shown has changed. */
  readonly changed: () => void;
}

/** Passages that are ready before they are asked for. */
const AHEAD = 3;
/** Milliseconds that changes of the queue are gathered before the passages ahead are asked for again. */
const REFILL_AFTER = 200;
/** Milliseconds after an edit before the suggestions are asked for again. */
const SUGGEST_AFTER = 80;
/** Milliseconds that a passage waits for its suggestions before it is shown without. */
const SUGGESTIONS_PATIENCE = 100;

/** The passage on screen, those ahead of it and those behind. Whoever calls sees to it that what moves it comes one after the other. */
export class PassageWalk {
  readonly #of: WalkSurroundings;
  #shown: Shown | undefined;
  #ahead: Shown[] = [];
  /** Passages that were shown before, latest last. */
  #trail: PassageKey[] = [];
  readonly #passed = new PassedPassages();
  readonly #drawn = new Drawn();
  #exhausted = false;
  #refilling: Promise<void> | undefined;
  #refillTimer: NodeJS.Timeout | undefined;
  #suggestTimer: NodeJS.Timeout | undefined;
  /** Whether lines of the passage on screen changed since its suggestions were asked for. */
  #suggestionsDue = false;
  #disposed = false;

  constructor(surroundings: WalkSurroundings) {
    this.#of = surroundings;
  }

  get shown(): Shown | undefined {
    return this.#shown;
  }

  /** Whether the queue has nothing more to show. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#refillTimer);
    clearTimeout(this.#suggestTimer);
  }

  /** The engine is ready: it may have what it had not before. */
  engineReady(): void {
    if (this.#shown === undefined) this.refillSoon(0);
  }

  /** The ranking has changed. */
  queueChanged(): void {
    this.#exhausted = false;
    this.refillSoon(this.#shown === undefined ? 0 : REFILL_AFTER);
    if (this.#suggestionsDue) this.#suggestSoon();
  }

  /** Other passages may come than those that were ready. */
  forgetAhead(): void {
    this.#ahead = [];
    this.#exhausted = false;
  }

  /** The queue may have something again, where it had nothing. */
  hopeAgain(): void {
    this.#exhausted = false;
  }

  /** The text of every document may be another. */
  async textChanged(): Promise<void> {
    this.#exhausted = false;
    await this.#reload();
    this.refillSoon(REFILL_AFTER);
  }

  async filesChanged(files: readonly string[]): Promise<void> {
    this.#ahead = this.#ahead.filter(({ document }) => !files.includes(document.ref.file));
    this.#exhausted = false;
    if (this.#shown !== undefined && files.includes(this.#shown.document.ref.file)) await this.#reload();
  }

  /** Lines were changed elsewhere than in the passage on screen: what is suggested for it is asked for with the next queue. */
  linesChanged(): void {
    this.#suggestionsDue = true;
  }

  /** Lines of the passage on screen were changed. */
  shownChanged(): void {
    this.#suggestionsDue = true;
    this.#suggestSoon();
    this.#of.changed();
  }

  /** Shows a given passage. */
  async show(key: PassageKey): Promise<void> {
    const shown = await this.#load(key);
    if (shown === undefined) throw new Error(`The corpus no longer holds this passage of ${key.doc}.`);
    this.#leave();
    this.#enter(this.#drawn.has(key) ? shown : { ...shown, chosen: true });
  }

  /** Goes back to a passage whose lines an undo or a redo has changed: what was undone should be seen. */
  async returnTo(key: PassageKey): Promise<void> {
    this.#passed.delete(key);
    if (this.#shown !== undefined && keyText(keyOf(this.#shown)) === keyText(key)) {
      this.shownChanged();
      return;
    }
    const shown = await this.#load(key);
    if (shown === undefined) return;
    if (this.#shown !== undefined && this.#isOpen(this.#shown)) this.#ahead.unshift(this.#shown);
    this.#enter(shown);
  }

  /** Remembers how a passage came to be asked, whose verdict is taken back. */
  note(key: PassageKey, query: Parameters<Drawn['note']>[1]): void {
    this.#drawn.note(key, query);
  }

  /** Leaves what is shown and ready for what the filter lets through. */
  startOver(): void {
    this.#leave();
    this.#shown = undefined;
    this.forgetAhead();
    this.#passed.forget(this.#of.filter() === undefined ? 'unanswered' : 'all');
  }

  /** Leaves the passage on screen for the next one of the queue. */
  advance(verdict: boolean): void {
    const left = this.#shown;
    this.#leave();
    if (left !== undefined) {
      this.#passed.add(keyOf(left), verdict);
      // Where reviewed passages are shown, what was seen just now does not come again.
      if (!this.#showsReviewed) this.#passed.shorten();
    }
    this.#enterNext();
    this.refillSoon(0);
  }

  /** Shows the passage again that was shown before. Rejects with a message for the person where there is none. */
  async back(): Promise<void> {
    const key = this.#trail.pop();
    if (key === undefined) throw new Error('There is no passage before this one.');
    const shown = await this.#load(key);
    if (shown === undefined)
      throw new Error(`The corpus no longer holds the passage of ${key.doc} that was shown before.`);
    // The passage that was on screen comes again after this one.
    if (this.#shown !== undefined && this.#isOpen(this.#shown)) this.#ahead.unshift(this.#shown);
    this.#enter(shown);
  }

  /** Shows the passage of this document in which one of the person's entities begins. */
  async showEntity(id: string): Promise<void> {
    const document = this.#shown?.document;
    if (document === undefined) return;
    const entity = revive(this.#of.ownLines(document.ref.id), document).find((line) => line.id === id);
    const start = entity?.type === 'entity' ? entity.spans[0]?.start : undefined;
    const passages = passagesOf(document, this.#of.unit());
    const passage = passages.find((one) => start !== undefined && one.start <= start && start < one.end);
    const shown = passage && (await this.#load({ doc: document.ref.id, start: passage.start, end: passage.end }));
    if (shown === undefined) throw new Error('This entity stands in no passage of the corpus any more.');
    this.#leave();
    this.#enter(shown);
  }

  #leave(): void {
    if (this.#shown !== undefined) this.#trail.push(keyOf(this.#shown));
  }

  /** Shows the next passage of the queue. */
  #enterNext(): void {
    const next = this.#ahead.shift();
    if (next !== undefined && next.chosen !== true) this.#drawn.note(keyOf(next), next.queued);
    this.#enter(next);
  }

  #enter(shown: Shown | undefined): void {
    this.#shown = shown;
    this.#suggestionsDue = shown !== undefined && shown.queued === undefined;
    if (this.#suggestionsDue) this.#suggestSoon();
    this.#of.changed();
  }

  /** What the engine has to say comes later when it takes its time. */
  async #load(key: PassageKey): Promise<Shown | undefined> {
    const asked = this.#passage(key).catch(() => undefined);
    const document = await this.#of.document(key.doc);
    const queued = await Promise.race([asked, wait(SUGGESTIONS_PATIENCE, undefined, { ref: false })]);
    return document === undefined || key.end > document.map.length
      ? undefined
      : { document, passage: { start: key.start, end: key.end }, queued };
  }

  /** What the engine says of a passage of any place, asked for as it was asked for before. */
  async #passage(key: PassageKey): Promise<QueuedPassage | undefined> {
    const { item } = await this.#of.engine.request('passage', { key });
    return item === null ? undefined : this.#drawn.restored(item);
  }

  /** Asks for the passages ahead, in the background. @param delay milliseconds that more reasons to do so are gathered */
  refillSoon(delay: number): void {
    if (delay === 0) {
      clearTimeout(this.#refillTimer);
      this.#refillTimer = undefined;
      void this.refill();
    } else {
      this.#refillTimer ??= setTimeout(() => {
        this.#refillTimer = undefined;
        void this.refill();
      }, delay);
    }
  }

  /** Asks for the passages ahead; the first of them comes on screen where there is none. Never rejects. */
  async refill(): Promise<void> {
    // Several who want it at once get the same; who comes while it is under way may have changed what is wanted.
    while (this.#refilling !== undefined) await this.#refilling;
    if (this.#disposed || !this.#of.hasProject()) return;
    this.#refilling = this.#fetch().finally(() => {
      this.#refilling = undefined;
    });
    await this.#refilling;
  }

  async #fetch(): Promise<void> {
    try {
      const exclude = this.#passed.keys();
      if (this.#shown !== undefined) exclude.push(keyOf(this.#shown));
      const filter = this.#of.filter();
      const { status, items } = await this.#of.engine.request('passages', {
        exclude,
        ...(filter && { filter: filter.filter }),
        offset: 0,
        limit: AHEAD + 1,
      });
      if (filter !== this.#of.filter()) return;
      this.#of.onStatus(status);
      const found: Shown[] = [];
      for (const queued of items) {
        const document = await this.#of.document(queued.key.doc);
        if (document === undefined || queued.key.end > document.map.length) continue;
        const passage = { start: queued.key.start, end: queued.key.end };
        const shown: Shown = { document, passage, queued, ...(filter && { chosen: true }) };
        if (this.#isWanted(shown)) found.push(shown);
      }
      // Meanwhile the person may have gone on.
      this.#ahead = found.filter((next) => !this.#isPassed(next) && !isSame(next, this.#shown));
      if (this.#shown === undefined && this.#ahead.length > 0) this.#enterNext();
      if (this.#shown !== undefined || found.length > 0) return;
      if (this.#passed.forget('unanswered')) {
        // Only what was passed over is left: it comes round again.
        await this.#fetch();
        return;
      }
      // An empty answer while the engine is still reading says nothing yet.
      if (this.#of.engine.state === 'ready') this.#exhausted = true;
      this.#of.changed();
    } catch (error) {
      this.#of.log.warn(`The next passages could not be had: ${describe(error)}`);
      this.#of.changed();
    }
  }

  #isPassed(shown: Shown): boolean {
    return this.#passed.has(keyOf(shown));
  }

  /** Whether the queue may show it: not where the person has answered, unless they look at reviewed passages. */
  #isWanted(shown: Shown): boolean {
    return this.#showsReviewed || this.#isOpen(shown);
  }

  get #showsReviewed(): boolean {
    const filter = this.#of.filter();
    return filter !== undefined && includesReviewed(filter.filter);
  }

  /** Whether the person has not answered yet. */
  #isOpen({ document, passage }: Shown): boolean {
    return reviewOf({ lines: revive(this.#of.ownLines(document.ref.id), document) }, passage) === undefined;
  }

  /** Asks for the suggestions of the passage on screen again, in the background. */
  #suggestSoon(): void {
    clearTimeout(this.#suggestTimer);
    this.#suggestTimer = setTimeout(() => void this.#suggest(), SUGGEST_AFTER);
  }

  async #suggest(): Promise<void> {
    const asked = this.#shown;
    if (asked === undefined) return;
    try {
      const item = await this.#passage(keyOf(asked));
      if (item === undefined || this.#shown !== asked) return;
      const replaced = asked.queued?.suggestions ?? [];
      this.#shown = { ...asked, queued: merged(asked.queued, item), replaced };
      this.#of.changed();
    } catch (error) {
      this.#of.log.debug(`The suggestions could not be had: ${describe(error)}`);
    }
  }

  /** Reads the document on screen again; the passage is found by its text. */
  async #reload(): Promise<void> {
    const old = this.#shown;
    if (old === undefined) return;
    const document = await this.#of.document(old.document.ref.id);
    if (this.#shown !== old) return;
    const passage = document === undefined ? undefined : findPassage(old, document);
    if (document !== undefined && passage !== undefined) {
      this.#enter({ document, passage, queued: passage.start === old.passage.start ? old.queued : undefined });
    } else {
      this.#of.log.info(`The passage on screen is gone from ${old.document.ref.id}: the next one is shown.`);
      this.#enterNext();
      this.refillSoon(0);
    }
  }
}
