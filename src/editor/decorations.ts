import {
  l10n,
  MarkdownString,
  OverviewRulerLane,
  Range,
  ThemeColor,
  window,
  workspace,
  type DecorationOptions,
  type TextDocument,
  type TextEditor,
  type TextEditorDecorationType,
} from 'vscode';
import type { Document } from '../corpus/types.js';
import type { Annotation } from '../labels/annotation.js';
import type { EntityType } from '../labels/project.js';
import { trace } from './describe.js';
import type { Disposes } from './disposes.js';
import { corpusFileOf, documentsIn } from './file-documents.js';
import type { FolderSession } from './folder-session.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import { editorPosition } from './positions.js';
import { revive } from './revive.js';

/** Milliseconds that changes are gathered before editors are decorated anew. */
const CALM = 120;

/** Draws labelled entities in ordinary text editors, where the text on screen is the text on disk. */
export class Decorations implements Disposes {
  readonly #host: Host;
  readonly #log: Log;
  readonly #disposables: Disposes[];
  #types = new Map<string, TextEditorDecorationType>();
  #drawnFor = '';
  /** Documents of the files on screen, as long as their text stays the same. */
  readonly #read = new WeakMap<TextDocument, { readonly version: number; readonly documents: Promise<Document[]> }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(host: Host, log: Log) {
    this.#host = host;
    this.#log = log;
    this.#disposables = [
      host.onLabels(() => this.#drawSoon()),
      window.onDidChangeVisibleTextEditors(() => this.#drawSoon()),
      workspace.onDidSaveTextDocument(() => this.#drawSoon()),
      workspace.onDidChangeTextDocument(({ document }) => {
        // At once: what was drawn is about to stand in the wrong place.
        for (const editor of window.visibleTextEditors) if (editor.document === document) this.#clear(editor);
        if (!document.isDirty) this.#drawSoon();
      }),
    ];
    this.#drawSoon();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const disposable of [...this.#disposables, ...this.#types.values()]) disposable.dispose();
  }

  #drawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw().catch((error: unknown) => this.#log.error(`Decorations: ${trace(error)}`));
    }, CALM);
  }

  async #draw(): Promise<void> {
    const session = this.#host.session;
    const entities = session?.project?.entities ?? [];
    this.#prepareTypes(entities);
    for (const editor of window.visibleTextEditors) {
      if (session === undefined || !session.settings.decorations || editor.document.isDirty) this.#clear(editor);
      else await this.#drawEditor(editor, session);
    }
  }

  async #drawEditor(editor: TextEditor, session: FolderSession): Promise<void> {
    const file = corpusFileOf(session, editor.document);
    if (file === undefined) return;
    const { version } = editor.document;
    let read = this.#read.get(editor.document);
    if (read?.version !== version) {
      read = { version, documents: documentsIn(session, file, editor.document) };
      this.#read.set(editor.document, read);
    }
    const documents = await read.documents;
    if (editor.document.version !== version || editor.document.isDirty) return;
    const byLabel = new Map<string, DecorationOptions[]>();
    for (const document of documents) {
      const { own, others } = session.lines(document.ref.id);
      const drawn = new Set<string>();
      for (const { by, lines } of [{ by: session.annotator, lines: own }, ...others])
        for (const { label, options, place } of decorationsOf(revive(lines, document), by, document, session)) {
          // Where several people say the same, it is drawn once.
          if (drawn.has(place)) continue;
          drawn.add(place);
          const list = byLabel.get(label);
          if (list === undefined) byLabel.set(label, options);
          else list.push(...options);
        }
    }
    for (const [label, type] of this.#types) editor.setDecorations(type, byLabel.get(label) ?? []);
  }

  #clear(editor: TextEditor): void {
    for (const type of this.#types.values()) editor.setDecorations(type, []);
  }

  #prepareTypes(entities: readonly EntityType[]): void {
    const wanted = JSON.stringify(entities.map(({ label, color }) => [label, color]));
    if (wanted === this.#drawnFor) return;
    this.#drawnFor = wanted;
    for (const type of this.#types.values()) type.dispose();
    this.#types = new Map(
      entities.map(({ label, color }) => [
        label,
        window.createTextEditorDecorationType({
          backgroundColor: `${longColor(color)}2e`,
          borderColor: color,
          borderStyle: 'solid',
          borderWidth: '0 0 2px 0',
          overviewRulerColor: color,
          overviewRulerLane: OverviewRulerLane.Center,
        }),
      ]),
    );
  }
}

interface Drawn {
  readonly label: string;
  /** Names what is drawn: the same label at the same place. */
  readonly place: string;
  readonly options: DecorationOptions[];
}

function* decorationsOf(
  lines: readonly Annotation[],
  by: string,
  document: Document,
  session: FolderSession,
): Generator<Drawn> {
  for (const line of lines) {
    if (line.type !== 'entity') continue;
    const { label, spans } = line;
    const type = session.project?.entities.find((candidate) => candidate.label === label);
    const hover = new MarkdownString();
    hover.appendMarkdown('**');
    hover.appendText(label);
    hover.appendMarkdown('** ');
    hover.appendText(l10n.t('labelled by {0}', by));
    if (type?.description !== undefined) hover.appendText(`\n\n${type.description}`);
    const last = spans.length - 1;
    yield {
      label,
      place: JSON.stringify([label, spans.map(({ start, end }) => [start, end])]),
      options: spans.map(({ start, end }, i) => ({
        range: new Range(editorPosition(document.map.toFile(start)), editorPosition(document.map.toFile(end))),
        hoverMessage: hover,
        // The label is never told by colour alone.
        ...(i === last
          ? {
              renderOptions: {
                after: {
                  contentText: label,
                  color: new ThemeColor('descriptionForeground'),
                  margin: '0 0.4em 0 0.2em',
                },
              },
            }
          : {}),
      })),
    };
  }
}

/** `#rgb` as `#rrggbb`. */
function longColor(color: string): string {
  return color.length === 4 ? `#${Array.from(color.slice(1), (digit) => digit + digit).join('')}` : color;
}
