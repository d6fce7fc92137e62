import { setTimeout as wait } from 'node:timers/promises';
import { commands, l10n, ProgressLocation, Selection, TextEditorRevealType, window, type TextEditor } from 'vscode';
import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { passagesOf } from '../corpus/passages.js';
import type { Document, Range } from '../corpus/types.js';
import { relabel, remove } from '../labels/edits.js';
import { editFor } from './actions.js';
import { chooseLabel } from './label-selection.js';
import { editorRanges, type MarkedText, type MarkedTexts } from './marked-text.js';
import type { Panel } from './panel.js';
import type { Questions } from './questions.js';
import { innermost, type LabelMark, type Question } from './text-marks.js';
import { TextTarget } from './text-target.js';
import { around, type Direction } from './walk.js';

/** Milliseconds in which an editor has drawn what it was told to: it scrolls sideways only then, and hides its hover. */
const DRAWN = 80;

/** A place in a document that a text editor shows. */
interface Here {
  readonly editor: TextEditor;
  readonly text: MarkedText;
  readonly document: Document;
  /** Code point. */
  readonly at: number;
  readonly target: TextTarget | undefined;
}

/** Commands on what stands at the cursor of a text editor, or where a link of a hover says. All reject with a message for the person. */
export class TextCommands {
  readonly #texts: MarkedTexts;
  readonly #questions: Questions;
  readonly #panel: Panel;
  #looking: CancellationTokenSource | undefined;

  constructor(texts: MarkedTexts, questions: Questions, panel: Panel) {
    this.#texts = texts;
    this.#questions = questions;
    this.#panel = panel;
  }

  /** Command → what it does; a link's argument comes first. */
  table(): Record<string, (argument: unknown) => Promise<void>> {
    return {
      nextUncertain: () => this.#walk('next'),
      previousUncertain: () => this.#walk('previous'),
      acceptAtCursor: (argument) => this.#answer(argument, 'acceptSuggestion'),
      rejectAtCursor: (argument) => this.#answer(argument, 'rejectSuggestion'),
      changeLabelAtCursor: (argument) => this.#changeLabel(argument),
      removeLabelAtCursor: (argument) => this.#removeLabel(argument),
      openAtCursor: (argument) => this.#openInPanel(argument),
      revealEntity: (argument) => this.#reveal(argument),
    };
  }

  async #answer(argument: unknown, what: 'acceptSuggestion' | 'rejectSuggestion'): Promise<void> {
    const here = await this.#here(argument);
    const { document, text, at, target } = here;
    const { questions, links } = this.#texts.in(document, text);
    const question =
      target?.key === undefined
        ? innermost(questions, ({ suggestion }) => suggestion.spans, at)
        : [...questions, ...links].find(({ key }) => key === target.key);
    if (question === undefined)
      throw new Error(l10n.t('There is no suggestion here. ‘Next Uncertain Span’ goes to the next one.'));
    await text.session.edit(document, (draft) =>
      editFor({ do: what, key: question.key }, shownWith(document, question), draft),
    );
  }

  async #changeLabel(argument: unknown): Promise<void> {
    const here = await this.#here(argument);
    const { id, label, spans } = this.#ownLabel(here);
    const { session } = here.text;
    const quote = spans.map((span) => quoteOf(here.document, span)).join(' … ');
    const picked = await chooseLabel(session, l10n.t('Another label than {0} for “{1}”', label, quote));
    if (picked !== undefined) await session.edit(here.document, (draft) => relabel(draft, id, picked));
  }

  async #removeLabel(argument: unknown): Promise<void> {
    const here = await this.#here(argument);
    const { id } = this.#ownLabel(here);
    await here.text.session.edit(here.document, (draft) => remove(draft, id));
  }

  #ownLabel({ document, text, at, target }: Here): { id: string; label: string; spans: readonly Range[] } {
    const own = this.#texts.in(document, text).labels.filter((mark) => mark.own !== undefined);
    const mark =
      target?.id === undefined
        ? innermost<LabelMark>(own, ({ spans }) => spans, at)
        : own.find((candidate) => candidate.own?.id === target.id);
    if (mark?.own === undefined) throw new Error(l10n.t('There is no label of yours here.'));
    return { id: mark.own.id, label: mark.label, spans: mark.spans };
  }

  async #openInPanel(argument: unknown): Promise<void> {
    const { document, text, at } = await this.#here(argument);
    const passages = passagesOf(document, text.session.unit);
    const passage = passages.find(({ end }) => at <= end) ?? passages.at(-1);
    if (passage === undefined) throw new Error(l10n.t('There is no text to label here.'));
    this.#panel.open();
    await text.session.show({ doc: document.ref.id, start: passage.start, end: passage.end });
  }

  async #reveal(argument: unknown): Promise<void> {
    const { editor, text, document, target } = await this.#here(argument);
    const mark = this.#texts.in(document, text).labels.find(({ lines }) => lines.some(({ id }) => id === target?.id));
    if (mark === undefined) throw new Error(l10n.t('This entity is no longer there.'));
    await select(editor, text, document, mark.spans);
  }

  /** Goes to the next thing that the model asks, around the file, and shows its hover. */
  async #walk(direction: Direction): Promise<void> {
    const { editor, text, document, at } = await this.#here(undefined);
    this.#looking?.cancel();
    const looking = new CancellationTokenSource();
    this.#looking = looking;
    const from = { index: text.documents.indexOf(document), at };
    const found = await window.withProgress(
      { location: ProgressLocation.Window, title: l10n.t('Looking for what the model is unsure of…') },
      () => this.#find(text, from, direction, looking),
    );
    if (looking.token.isCancellationRequested) return;
    if (found === undefined) throw new Error(l10n.t('Nothing in this file is in doubt.'));
    await select(editor, text, found.document, found.question.suggestion.spans);
    await wait(DRAWN);
    await commands.executeCommand('editor.action.showHover', { focus: 'noAutoFocus' });
  }

  async #find(
    text: MarkedText,
    from: { readonly index: number; readonly at: number },
    direction: Direction,
    looking: CancellationTokenSource,
  ): Promise<{ document: Document; question: Question } | undefined> {
    for (const piece of around(text.documents, from, direction)) {
      await this.#questions.ask(text.session, text.file, piece, looking.token);
      if (looking.token.isCancellationRequested) return undefined;
      for (const { document, within } of piece) {
        const { questions } = this.#texts.in(document, text);
        const inside = questions.filter(({ suggestion: { spans } }) => {
          const start = spans[0]?.start ?? -1;
          const isHere = document === text.documents[from.index] && start === from.at;
          return within.start <= start && start < within.end && !isHere;
        });
        const question = direction === 'next' ? inside[0] : inside.at(-1);
        if (question !== undefined) return { document, question };
      }
    }
    return undefined;
  }

  /** The place that a link names, else the active editor's cursor: the beginning of its selection. */
  async #here(argument: unknown): Promise<Here> {
    const parsed = TextTarget.safeParse(argument);
    if (parsed.success) {
      const target = parsed.data;
      for (const editor of window.visibleTextEditors) {
        const text = await this.#texts.of(editor.document);
        const document = text?.documents.find(({ ref }) => ref.id === target.doc);
        if (text !== undefined && document !== undefined) return { editor, text, document, at: target.at, target };
      }
      throw new Error(l10n.t('The text editor of this label is no longer open.'));
    }
    const editor = window.activeTextEditor;
    const text = editor && (await this.#texts.of(editor.document));
    if (editor === undefined || text === undefined)
      throw new Error(l10n.t('This file is not part of the corpus that marginalia.json describes.'));
    const place = text.file.placeAt(text.documents, editor.document.offsetAt(editor.selection.start));
    if (place === undefined) throw new Error(l10n.t('There is no text to label here.'));
    return { editor, text, ...place, target: undefined };
  }
}

/** A question's passage as if it were on screen in the panel. */
function shownWith(document: Document, { passage, suggestion, suggested }: Question): Parameters<typeof editFor>[1] {
  const { start, end } = passage.key;
  const suggestions = suggested ? passage.suggestions : [...passage.suggestions, suggestion];
  return { document, passage: { start, end }, queued: { ...passage, suggestions } };
}

function quoteOf({ text, map }: Document, { start, end }: Range): string {
  return text.slice(map.toUtf16(start), map.toUtf16(end));
}

/** Selects the first of some spans and scrolls to it. */
async function select(
  editor: TextEditor,
  { file }: MarkedText,
  document: Document,
  spans: readonly Range[],
): Promise<void> {
  const [range] = editorRanges(editor.document, file, document, spans);
  if (range === undefined) throw new Error(l10n.t('The text of this label was deleted.'));
  const shown = await window.showTextDocument(editor.document, editor.viewColumn);
  shown.selection = new Selection(range.start, range.end);
  shown.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}
