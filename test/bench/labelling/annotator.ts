import { setTimeout as wait } from 'node:timers/promises';
import type { Frame, Page } from 'playwright-core';
import type { PassageView, ViewEntity, ViewSpan, ViewSuggestion } from '../../../src/protocol/panel.js';
import { keyOf, type TrueEntity, type Truth } from './corpus.js';
import type { Seen } from './recorder.js';

/** Labels passages by the keyboard alone, as somebody would who knows what is right: looks, presses, looks again. */

export interface Tally {
  accepted: number;
  rejected: number;
  entities: number;
  relations: number;
  undone: number;
  /** The most presses that an entity of one word has taken, and a relation from its selected head on. */
  mostForWord: number;
  mostForRelation: number;
}

/** More presses than any step needs: then something is wrong. */
const enough = 150;
/** Milliseconds that a key may take to be answered. */
const patience = 5000;
/** Milliseconds after which a key that changes nothing on screen is taken for answered. */
const quiet = 400;

export class Annotator {
  readonly tally: Tally = {
    accepted: 0,
    rejected: 0,
    entities: 0,
    relations: 0,
    undone: 0,
    mostForWord: 0,
    mostForRelation: 0,
  };
  /** Suggestions that were turned down: kind, label and quote. */
  readonly rejections: string[] = [];
  readonly #keyboard: Page['keyboard'];
  readonly #panel: Frame;
  readonly #pause: number;
  #presses = 0;

  /** @param pause milliseconds between two keys */
  constructor(page: Page, panel: Frame, pause: number) {
    this.#keyboard = page.keyboard;
    this.#panel = panel;
    this.#pause = pause;
  }

  /** What is on screen. */
  async look(): Promise<Seen> {
    return this.#panel.evaluate(() => window.answered(0));
  }

  async press(key: string, until = patience): Promise<Seen> {
    this.#presses++;
    // A capital is typed with Shift.
    await this.#keyboard.press(/^[A-Z]$/.test(key) ? `Shift+${key}` : key);
    const seen = await this.#panel.evaluate((most) => window.answered(most), until);
    if (seen.error !== undefined) throw new Error(`After '${key}' the panel says: ${seen.error}`);
    await wait(this.#pause);
    return seen;
  }

  /** Labels the passage on screen as it is right, and takes a step back now and then. */
  async label(truth: Truth, takesBack: boolean): Promise<void> {
    await this.#answerSuggestions(truth);
    let hesitates = takesBack;
    for (const entity of truth.entities) {
      const { passage } = await this.look();
      if (passage === undefined || own(passage, entity) !== undefined) continue;
      const before = this.#presses;
      await this.#labelEntity(entity);
      this.tally.entities++;
      if (!truth.text.slice(entity.start, entity.end).includes(' '))
        this.tally.mostForWord = Math.max(this.tally.mostForWord, this.#presses - before);
      if (!hesitates) continue;
      hesitates = false;
      await this.press('u');
      await this.press('Shift+U');
      this.tally.undone++;
    }
    await this.#answerSuggestions(truth);
    for (const { label, head, tail } of truth.relations) {
      const { passage } = await this.look();
      if (passage === undefined) return;
      const from = own(passage, truth.entities[head]!)!;
      const to = own(passage, truth.entities[tail]!)!;
      if (passage.relations.some((one) => one.label === label && one.head === from.id && one.tail === to.id)) continue;
      await this.#link(label, from, to);
      this.tally.relations++;
    }
    await this.#answerSuggestions(truth);
  }

  async #answerSuggestions(truth: Truth): Promise<void> {
    for (let guard = 0; guard < enough; guard++) {
      const { passage } = await this.look();
      const [open] = passage?.suggestions ?? [];
      if (passage === undefined || open === undefined) return;
      const seen = await this.#goTo(({ selection }) => selection.kind === 'suggestion', 'j');
      if (seen === undefined || seen.selection.kind !== 'suggestion' || seen.passage === undefined) continue;
      const { key } = seen.selection;
      const suggestion = seen.passage.suggestions.find((one) => one.key === key);
      if (suggestion === undefined) continue;
      const right = isRight(suggestion, seen.passage, truth);
      if (right) this.tally.accepted++;
      else {
        this.tally.rejected++;
        this.rejections.push(`${suggestion.kind} ${suggestion.label} ${key}`);
      }
      await this.press(right ? 'y' : 'n');
    }
    throw new Error(`The suggestions of '${truth.text}' never end.`);
  }

  async #labelEntity(entity: TrueEntity): Promise<void> {
    let seen = await this.look();
    for (let guard = 0; guard < enough; guard++) {
      const { passage, selection } = seen;
      if (passage === undefined) return;
      const { start, end } = placeIn(passage, entity);
      if (guard === 0 && selectedPlace(passage, selection)?.start !== start) {
        // What came from the engine in the same moment may have answered first.
        const wordPick = (await this.press('.')).wordPick ?? (await this.look()).wordPick;
        const code = wordPick?.choices.find(({ span }) => span.start === start)?.code;
        if (code === undefined) throw new Error(`No letter over the word at ${entity.start}.`);
        for (const letter of code.split('')) seen = await this.press(letter);
        continue;
      }
      const at = selectedPlace(passage, selection);
      if (selection.kind === 'text' && at?.start === start && at.end === end) {
        await this.press(keyOf[entity.label]!);
        return;
      }
      // Where something else is selected, a step off it and back leads to the word.
      const extend = selection.kind === 'text' && at?.start === start && at.end < end;
      const back = at !== undefined && (at.start > start || (selection.kind === 'text' && at.start === start));
      seen = await this.press(extend ? 'Shift+ArrowRight' : back ? 'ArrowLeft' : 'ArrowRight');
    }
    throw new Error(`The cursor does not get to ${entity.label} at ${entity.start}.`);
  }

  async #link(label: string, head: ViewEntity, tail: ViewEntity): Promise<void> {
    await this.#goTo(({ selection }) => selection.kind === 'entity' && selection.id === head.id, 'k');
    const before = this.#presses;
    const { pick } = await this.press(keyOf[label]!);
    const code = pick?.choices.find(({ id }) => id === tail.id)?.code;
    if (code === undefined) throw new Error(`No hint for the tail of ${label}.`);
    for (const letter of code) await this.press(letter);
    this.tally.mostForRelation = Math.max(this.tally.mostForRelation, this.#presses - before);
  }

  /** Presses a key until something is so; undefined when it never is. */
  async #goTo(isThere: (seen: Seen) => boolean, key: string): Promise<Seen | undefined> {
    let seen = await this.look();
    for (let i = 0; i < 60 && !isThere(seen); i++) seen = await this.press(key, quiet);
    return isThere(seen) ? seen : undefined;
  }
}

function placeIn({ passage }: PassageView, { start, end }: { readonly start: number; readonly end: number }): ViewSpan {
  return { start: start + passage.start, end: end + passage.start };
}

function own(passage: PassageView, entity: TrueEntity): ViewEntity | undefined {
  const { start, end } = placeIn(passage, entity);
  return passage.entities.find(
    (one) =>
      one.own &&
      one.label === entity.label &&
      one.spans.length === 1 &&
      one.spans[0]!.start === start &&
      one.spans[0]!.end === end,
  );
}

function selectedPlace(passage: PassageView, selection: Seen['selection']): ViewSpan | undefined {
  switch (selection.kind) {
    case 'text':
      return {
        start: Math.min(selection.anchor.start, selection.focus.start),
        end: Math.max(selection.anchor.end, selection.focus.end),
      };
    case 'entity':
      return passage.entities.find(({ id }) => id === selection.id)?.spans[0];
    case 'suggestion':
      return passage.suggestions.find(({ key }) => key === selection.key)?.spans[0];
    default:
      return undefined;
  }
}

function isRight({ kind, label, spans, head, tail }: ViewSuggestion, passage: PassageView, truth: Truth): boolean {
  const isAt = (span: ViewSpan | undefined, entity: TrueEntity): boolean => {
    const { start, end } = placeIn(passage, entity);
    return span?.start === start && span.end === end;
  };
  if (kind === 'entity')
    return spans.length === 1 && truth.entities.some((one) => one.label === label && isAt(spans[0], one));
  const spanOf = (id: string | undefined): ViewSpan | undefined =>
    passage.entities.find((one) => one.id === id)?.spans[0];
  return truth.relations.some(
    (one) =>
      one.label === label &&
      isAt(spanOf(head), truth.entities[one.head]!) &&
      isAt(spanOf(tail), truth.entities[one.tail]!),
  );
}
