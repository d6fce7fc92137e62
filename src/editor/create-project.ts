import { l10n, Uri, window, workspace } from 'vscode';
import { newProject } from '../labels/new-project.js';
import { projectFileName } from '../labels/project.js';

/** Writes a commented marginalia.json that fits what is in the folder, and opens it; one that is there is only opened. */
export async function createProject(): Promise<void> {
  const folders = workspace.workspaceFolders ?? [];
  const folder =
    folders.length > 1
      ? await window.showWorkspaceFolderPick({ placeHolder: l10n.t('Folder for marginalia.json') })
      : folders[0];
  if (folder === undefined) return;
  const file = Uri.joinPath(folder.uri, projectFileName);
  await newProject(folder.uri.fsPath);
  await window.showTextDocument(file);
}
