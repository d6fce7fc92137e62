import { l10n, window, type Selection, type TextDocument } from 'vscode';
import type { Document, Range } from '../corpus/types.js';
import { addEntity } from '../labels/edits.js';
import { corpusFileOf, documentsIn } from './file-documents.js';
import type { FolderSession } from './folder-session.js';

/** Labels the selection of the active text editor as an entity; asks for the label. Rejects with a message for the person. */
export async function labelSelection(session: FolderSession): Promise<void> {
  const editor = window.activeTextEditor;
  const project = session.project;
  if (editor === undefined || project === undefined) return;
  if (editor.selection.isEmpty) throw new Error(l10n.t('Select the text to label first.'));
  const file = corpusFileOf(session, editor.document);
  if (file === undefined)
    throw new Error(l10n.t('This file is not part of the corpus that marginalia.json describes.'));
  if (editor.document.isDirty && !(await save(editor.document))) return;
  const { selection } = editor;
  const place = findPlace(await documentsIn(session, file, editor.document), selection);
  if (place === undefined)
    throw new Error(l10n.t('The selection is not text that can be labelled, or spans more than one record.'));
  const picked = await window.showQuickPick(
    project.entities.map(({ label, description, key }) => ({
      label,
      ...(key === undefined ? {} : { description: key }),
      ...(description === undefined ? {} : { detail: description }),
    })),
    { placeHolder: l10n.t('Label for “{0}”', quoted(place)), matchOnDetail: true },
  );
  if (picked === undefined) return;
  await session.edit(place.document, (draft) => addEntity(draft, picked.label, [place.range]));
}

interface Place {
  readonly document: Document;
  readonly range: Range;
}

/** Where a selection lies in the documents of its file, without white space at its ends. */
function findPlace(documents: readonly Document[], { start, end }: Selection): Place | undefined {
  for (const document of documents) {
    const from = document.map.fromFile(start);
    const to = document.map.fromFile(end);
    if (from === undefined || to === undefined || from >= to) continue;
    const text = textOf({ document, range: { start: from, end: to } });
    const leading = text.length - text.trimStart().length;
    const trailing = text.length - text.trimEnd().length;
    if (leading === text.length) return undefined;
    // White space lies in the basic plane: a UTF-16 unit is a code point.
    return { document, range: { start: from + leading, end: to - trailing } };
  }
  return undefined;
}

function textOf({ document, range }: Place): string {
  return document.text.slice(document.map.toUtf16(range.start), document.map.toUtf16(range.end));
}

function quoted(place: Place): string {
  const text = textOf(place).replace(/\s+/g, ' ');
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
