import type { Document } from '../corpus/types.js';
import type { FollowedFile } from './followed-file.js';
import type { EditedDocument } from './moved-lines.js';

/**
 * The documents of a file whose text or id an edit has changed. A record that is named after its text is found where it
 * stood, under its new name.
 * @param before the file as it was, with what was changed since
 * @param after the file as it was saved then
 */
export async function editedDocuments(before: FollowedFile, after: FollowedFile): Promise<EditedDocument[]> {
  const documents = await after.documents();
  const byId = new Map(documents.map((document) => [document.ref.id, document]));
  const edited: EditedDocument[] = [];
  for (const document of await before.documents()) {
    const named = byId.get(document.ref.id);
    if (named?.text === document.text) continue;
    const target = named ?? sameRecord(before, after, document, documents);
    edited.push({
      before: document,
      after: target,
      follow: (range) => {
        const found = before.find(document, range);
        if (found === undefined || target === undefined) return undefined;
        const [start, end] = [found.start, found.end].map((offset) => after.placeAt([target], offset)?.at);
        return start === undefined || end === undefined || start >= end ? undefined : { start, end };
      },
    });
  }
  return edited;
}

function sameRecord(
  before: FollowedFile,
  after: FollowedFile,
  document: Document,
  documents: readonly Document[],
): Document | undefined {
  const found = before.find(document, { start: 0, end: document.map.length });
  return found && after.placeAt(documents, found.start)?.document;
}
