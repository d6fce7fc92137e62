import { commands, l10n, window } from 'vscode';
import { trace } from './describe.js';
import type { Disposes } from './disposes.js';
import { editedDocuments } from './edited-documents.js';
import type { Host } from './host.js';
import type { Log } from './log.js';
import type { OpenFiles, Saved } from './open-files.js';

/** Milliseconds that the status bar tells of labels that moved. */
const TOLD = 5000;

/** Writes the labels of a file that was edited where their text went, as soon as the file is saved, and says so. */
export function createLabelMoves(host: Host, files: OpenFiles, log: Log): Disposes {
  return files.onSave((saved) => {
    moveLabels(host, saved, log).catch((error: unknown) => {
      log.error(`The labels of ${saved.after.file} could not be moved with its text: ${trace(error)}`);
      void window.showErrorMessage(
        l10n.t('The labels of {0} could not be moved with its text. The log says why.', saved.after.file),
      );
    });
  });
}

async function moveLabels(host: Host, { before, after }: Saved, log: Log): Promise<void> {
  const session = host.session;
  if (session === undefined) return;
  const { moved, lost } = await session.follow(await editedDocuments(before, after));
  const { file } = after;
  if (moved.length > 0) {
    log.info(`${file} was edited: ${moved.length} lines of ${session.annotator} moved with its text.`);
    window.setStatusBarMessage(l10n.t('$(tag) {0} lines of your label file moved with the text', moved.length), TOLD);
  }
  if (lost.length === 0) return;
  log.warn(`${file} was edited: ${lost.length} lines of ${session.annotator} no longer fit its text.`);
  const show = l10n.t('Show Problems');
  const answer = await window.showWarningMessage(
    l10n.t(
      '{0}: the text of {1} of your labels is gone. They stay in your label file until you remove them, and are back when the text is.',
      file,
      lost.length,
    ),
    show,
  );
  if (answer === show) await commands.executeCommand('workbench.actions.view.problems');
}
