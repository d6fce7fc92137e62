import {
  OverviewRulerLane,
  ThemeColor,
  window,
  type DecorationOptions,
  type Range as EditorRange,
  type TextEditor,
  type TextEditorDecorationType,
  type ThemableDecorationAttachmentRenderOptions,
} from 'vscode';
import type { Range } from '../corpus/types.js';
import type { EntityType } from '../labels/project.js';
import { GRAPHICS, readable, TEXT, withOpacity } from './contrast.js';
import { trace } from './describe.js';
import type { Disposes } from './disposes.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import { editorRanges, LINES_AROUND, linesNear, type MarkedText, type MarkedTexts } from './marked-text.js';
import type { Questions } from './questions.js';

/** Milliseconds that changes are gathered before editors are decorated anew. */
const CALM = 120;

/** The editor's ground in VS Code's own themes, which colours must stand out from: the hardest of each kind. */
const LIGHT = '#ffffff';
const DARK = '#1f1f1f';

const NAME = {
  margin: '0 0.3em 0 0.2em',
  backgroundColor: new ThemeColor('editorInlayHint.background'),
};

/** How the entities of one label are drawn. */
interface Style {
  readonly labelled: TextEditorDecorationType;
  readonly suggested: TextEditorDecorationType;
}

/**
 * Draws labels and suggestions in ordinary text editors. While the text is being edited the editor moves what is drawn;
 * as soon as it rests it is drawn where the text went.
 */
export class Decorations implements Disposes {
  readonly #host: Host;
  readonly #texts: MarkedTexts;
  readonly #log: Log;
  readonly #disposables: Disposes[];
  #styles = new Map<string, Style>();
  #drawnFor = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(host: Host, texts: MarkedTexts, questions: Questions, log: Log) {
    this.#host = host;
    this.#texts = texts;
    this.#log = log;
    const soon = (): void => {
      this.#timer ??= this.#drawSoon();
    };
    this.#disposables = [
      host.onLabels(soon),
      questions.onChange(soon),
      texts.files.onChange(() => {
        // While somebody types the editor itself moves what is drawn.
        clearTimeout(this.#timer);
        this.#timer = this.#drawSoon();
      }),
      window.onDidChangeVisibleTextEditors(soon),
      // Of long files only what is near is drawn.
      window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => {
        if (textEditor.document.lineCount > LINES_AROUND) soon();
      }),
    ];
    soon();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#forgetStyles();
  }

  #drawSoon(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      this.#draw().catch((error: unknown) => this.#log.error(`Decorations: ${trace(error)}`));
    }, CALM);
  }

  async #draw(): Promise<void> {
    const session = this.#host.session;
    this.#prepareStyles(session?.project?.entities ?? []);
    for (const editor of window.visibleTextEditors) {
      const { version } = editor.document;
      const text = session?.settings.decorations === true ? await this.#texts.of(editor.document) : undefined;
      // It is drawn again when what was typed meanwhile has come to rest.
      if (editor.document.version === version) this.#drawEditor(editor, text);
    }
  }

  #drawEditor(editor: TextEditor, text: MarkedText | undefined): void {
    const labelled = new Map<string, DecorationOptions[]>();
    const suggested = new Map<string, DecorationOptions[]>();
    const near = linesNear(editor);
    for (const { document, labels, questions } of text === undefined ? [] : this.#texts.on(near, text)) {
      const ranges = (spans: readonly Range[]): EditorRange[] => {
        const found = text === undefined ? [] : editorRanges(editor.document, text.file, document, spans);
        return found.some(({ start, end }) => start.line <= near.last && end.line >= near.first) ? found : [];
      };
      for (const { label, spans } of labels) add(labelled, label, named(ranges(spans), label));
      for (const { suggestion, suggested: isSuggested } of questions) {
        if (!isSuggested) continue;
        const { label } = suggestion;
        const found = ranges(suggestion.spans);
        // What somebody else has labelled so bears the name already.
        const isNamed = labels.some((mark) => mark.label === label && isSamePlace(mark.spans, suggestion.spans));
        add(suggested, label, isNamed ? found.map((range) => ({ range })) : named(found, `${label}?`));
      }
    }
    for (const [label, style] of this.#styles) {
      editor.setDecorations(style.labelled, labelled.get(label) ?? []);
      editor.setDecorations(style.suggested, suggested.get(label) ?? []);
    }
  }

  #prepareStyles(entities: readonly EntityType[]): void {
    const wanted = JSON.stringify(entities.map(({ label, color }) => [label, color]));
    if (wanted === this.#drawnFor) return;
    this.#drawnFor = wanted;
    this.#forgetStyles();
    this.#styles = new Map(entities.map(({ label, color }) => [label, styleOf(color)]));
  }

  #forgetStyles(): void {
    for (const { labelled, suggested } of this.#styles.values()) {
      labelled.dispose();
      suggested.dispose();
    }
    this.#styles.clear();
  }
}

function add(to: Map<string, DecorationOptions[]>, label: string, options: readonly DecorationOptions[]): void {
  const known = to.get(label);
  if (known === undefined) to.set(label, [...options]);
  else known.push(...options);
}

/** The label's name behind the last of its ranges: it is never told by colour alone. */
function named(ranges: readonly EditorRange[], name: string): DecorationOptions[] {
  const last = ranges.length - 1;
  return ranges.map((range, i) => (i < last ? { range } : { range, renderOptions: { after: { contentText: name } } }));
}

function styleOf(color: string): Style {
  const [light, dark] = [paintOf(color, LIGHT), paintOf(color, DARK)];
  return {
    labelled: window.createTextEditorDecorationType({
      borderStyle: 'solid',
      borderWidth: '0 0 2px 0',
      overviewRulerLane: OverviewRulerLane.Center,
      after: { ...NAME, fontStyle: 'normal' },
      light: { ...light, backgroundColor: withOpacity(light.borderColor, 0.18) },
      dark: { ...dark, backgroundColor: withOpacity(dark.borderColor, 0.18) },
    }),
    suggested: window.createTextEditorDecorationType({
      borderStyle: 'dotted',
      borderWidth: '1px',
      overviewRulerLane: OverviewRulerLane.Left,
      after: { ...NAME, fontStyle: 'italic' },
      light,
      dark,
    }),
  };
}

function isSamePlace(a: readonly Range[], b: readonly Range[]): boolean {
  return a.length === b.length && a.every(({ start, end }, i) => start === b[i]!.start && end === b[i]!.end);
}

/** A label's colour on a ground: of lines and of its name. */
function paintOf(
  color: string,
  ground: string,
): { borderColor: string; overviewRulerColor: string; after: ThemableDecorationAttachmentRenderOptions } {
  const drawn = readable(color, ground, GRAPHICS);
  return { borderColor: drawn, overviewRulerColor: drawn, after: { color: readable(color, ground, TEXT) } };
}
