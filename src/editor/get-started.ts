import { access } from 'node:fs/promises';
import { commands, Uri, workspace, type ExtensionContext } from 'vscode';

/** The walkthrough, and the sample workspace that it begins with. */

/** Name in package.json. */
const WALKTHROUGH = 'start';
/** Global state: the folder in which the panel opens by itself, once. */
const OPENS_PANEL = 'marginalia.opensPanel';

/** Steps of the walkthrough are done when these context keys are true; VS Code remembers that they were. */
export type Milestone = 'createdProject' | 'gaveVerdict';

export async function openWalkthrough({ extension }: ExtensionContext): Promise<void> {
  await commands.executeCommand('workbench.action.openWalkthrough', `${extension.id}#${WALKTHROUGH}`, false);
}

export function reached(milestone: Milestone): void {
  void commands.executeCommand('setContext', `marginalia.${milestone}`, true);
}

/**
 * Opens a copy of the sample in the extension's storage, where labels of an earlier time are kept, and there the panel.
 * A window with a folder stays as it is: the sample gets one of its own.
 */
export async function openSample({ globalStorageUri, globalState, extensionUri }: ExtensionContext): Promise<void> {
  const sample = Uri.joinPath(globalStorageUri, 'marginalia-sample');
  if (!(await exists(sample))) {
    // Under another name until all of it is there.
    const incomplete = Uri.joinPath(globalStorageUri, 'marginalia-sample.incomplete');
    await workspace.fs.copy(Uri.joinPath(extensionUri, 'media', 'sample'), incomplete, { overwrite: true });
    await workspace.fs.rename(incomplete, sample);
  }
  await globalState.update(OPENS_PANEL, sample.fsPath);
  const forceNewWindow = (workspace.workspaceFolders ?? []).length > 0;
  await commands.executeCommand('vscode.openFolder', sample, { forceNewWindow });
}

/** Whether this window was opened to show the panel; true only once. */
export function takesPanelRequest({ globalState }: ExtensionContext): boolean {
  const folder = globalState.get<string>(OPENS_PANEL);
  const isHere = workspace.workspaceFolders?.some(({ uri }) => uri.fsPath === folder) === true;
  if (isHere) void globalState.update(OPENS_PANEL, undefined);
  return isHere;
}

function exists(file: Uri): Promise<boolean> {
  return access(file.fsPath).then(
    () => true,
    () => false,
  );
}
