import type { TextDocument } from 'vscode';
import { workspace } from 'vscode';
import { ruleFor, scanFile } from '../corpus/scan.js';
import type { Document } from '../corpus/types.js';
import type { FolderSession } from './folder-session.js';

/** A file longer than this (UTF-16 units) is not decorated: the editor itself gives up on its niceties there. */
const LONGEST = 5_000_000;

/** The corpus file, workspace-relative, that an editor shows; undefined where it shows another file. */
export function corpusFileOf(session: FolderSession, document: TextDocument): string | undefined {
  const project = session.project;
  if (project === undefined || document.uri.scheme !== 'file') return undefined;
  const folder = workspace.getWorkspaceFolder(document.uri);
  if (folder?.uri.fsPath !== session.folder) return undefined;
  const file = workspace.asRelativePath(document.uri, false).replaceAll('\\', '/');
  return ruleFor(file, project.corpus) === undefined ? undefined : file;
}

/** The documents of one file of the corpus; none of a file that is too long. */
export async function documentsIn(session: FolderSession, file: string, text: TextDocument): Promise<Document[]> {
  const project = session.project;
  const documents: Document[] = [];
  if (project === undefined || text.offsetAt(text.lineAt(text.lineCount - 1).range.end) > LONGEST) return documents;
  for await (const document of scanFile(session.folder, file, project.corpus)) documents.push(document);
  return documents;
}
