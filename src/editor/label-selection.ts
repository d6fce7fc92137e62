import { l10n, window, type TextDocument } from 'vscode';
import type { Document, Range } from '../corpus/types.js';
import { addEntity } from '../labels/edits.js';
import type { FolderSession } from './folder-session.js';
import type { MarkedTexts } from './marked-text.js';

/** Labels the selection of the active text editor as an entity; asks for the label. Rejects with a message for the person. */
export async function labelSelection(texts: MarkedTexts): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  if (editor.selection.isEmpty) throw new Error(l10n.t('Select the text to label first.'));
  if ((await texts.of(editor.document)) === undefined)
    throw new Error(l10n.t('This file is not part of the corpus that marginalia.json describes.'));
  if (editor.document.isDirty && !(await save(editor.document))) return;
  const text = await texts.of(editor.document);
  if (text === undefined) return;
  const [start, end] = [editor.selection.start, editor.selection.end].map((position) =>
    text.file.placeAt(text.documents, editor.document.offsetAt(position)),
  );
  const range = start && end?.document === start.document ? trimmed(start.document, start.at, end.at) : undefined;
  // What the engine could not read is no text of the corpus either.
  const document = start && (await text.session.document(start.document.ref.id));
  if (range === undefined || document === undefined || document.text !== start?.document.text)
    throw new Error(l10n.t('The selection is not text that can be labelled, or spans more than one record.'));
  const picked = await chooseLabel(text.session, l10n.t('Label for “{0}”', quoted(document, range)));
  if (picked !== undefined) await text.session.edit(document, (draft) => addEntity(draft, picked, [range]));
}

/** Asks for one of the project's entity labels; undefined where none is chosen. */
export async function chooseLabel(session: FolderSession, placeHolder: string): Promise<string | undefined> {
  const labels = session.project?.entities ?? [];
  const picked = await window.showQuickPick(
    labels.map(({ label, description, key }) => ({
      label,
      ...(key === undefined ? {} : { description: key }),
      ...(description === undefined ? {} : { detail: description }),
    })),
    { placeHolder, matchOnDetail: true },
  );
  return picked?.label;
}

/** A stretch without white space at its ends; undefined where nothing else is in it. */
function trimmed(document: Document, start: number, end: number): Range | undefined {
  const text = textOf(document, { start, end });
  const leading = text.length - text.trimStart().length;
  if (leading === text.length) return undefined;
  // White space lies in the basic plane: a UTF-16 unit is a code point.
  return { start: start + leading, end: end - (text.length - text.trimEnd().length) };
}

function textOf({ text, map }: Document, { start, end }: Range): string {
  return text.slice(map.toUtf16(start), map.toUtf16(end));
}

function quoted(document: Document, range: Range): string {
  const text = textOf(document, range).replace(/\s+/g, ' ');
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

async function save(document: TextDocument): Promise<boolean> {
  const yes = l10n.t('Save and Label');
  const answer = await window.showInformationMessage(
    l10n.t('Labels belong to the text on disk: save this file first.'),
    yes,
  );
  return answer === yes && (await document.save());
}
