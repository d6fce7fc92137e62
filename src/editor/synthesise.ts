import { l10n, ProgressLocation, window } from 'vscode';
import type { FolderSession } from './folder-session.js';

const STANDARD = 20;
const MOST = 200;

/** 'Synthesise Passages…': asks how many, makes them up and puts them to the top of the queue. */
export async function synthesisePassages(session: FolderSession): Promise<void> {
  const answer = await window.showInputBox({
    title: l10n.t('Synthesise Passages'),
    prompt: l10n.t('How many passages to make up, of those that you have accepted, where the model is torn?'),
    value: String(STANDARD),
    validateInput: (value) => (isCount(value) ? undefined : l10n.t('A whole number from 1 to {0}', MOST)),
  });
  if (answer === undefined) return;
  const made = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Marginalia makes up passages…') },
    () => session.synthesise(Number(answer)),
  );
  void window.showInformationMessage(
    made === 0
      ? l10n.t('There are too few accepted passages to make up others of. Accept some more first.')
      : l10n.t('{0} made-up passages are first in the queue, marked as synthetic.', made),
  );
}

function isCount(value: string): boolean {
  const count = Number(value);
  return value.trim() !== '' && Number.isInteger(count) && count >= 1 && count <= MOST;
}
