import { workspace, type TextDocument } from 'vscode';
import { ruleFor } from '../corpus/scan.js';
import type { FolderSession } from './folder-session.js';

/** A file longer than this (UTF-16 units) is not decorated: the editor itself gives up on its niceties there. */
const LONGEST = 5_000_000;

/** The corpus file, workspace-relative, that an editor shows; undefined where it shows another file, or too long a one. */
export function corpusFileOf(session: FolderSession, document: TextDocument): string | undefined {
  const project = session.project;
  if (project === undefined || document.uri.scheme !== 'file') return undefined;
  const folder = workspace.getWorkspaceFolder(document.uri);
  if (folder?.uri.fsPath !== session.folder) return undefined;
  const file = workspace.asRelativePath(document.uri, false).replaceAll('\\', '/');
  if (ruleFor(file, project.corpus) === undefined) return undefined;
  return document.offsetAt(document.lineAt(document.lineCount - 1).range.end) > LONGEST ? undefined : file;
}
