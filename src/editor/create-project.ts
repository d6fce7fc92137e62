import { writeFile } from 'node:fs/promises';
import { l10n, Uri, window, workspace } from 'vscode';
import { initialProject } from '../labels/initial-project.js';
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
  try {
    await writeFile(file.fsPath, await initialProject(folder.uri.fsPath), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  await window.showTextDocument(file);
}
