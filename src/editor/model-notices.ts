import { l10n, window, type ExtensionContext, type Memento } from 'vscode';
import { BUNDLED, catalogueModel, knowsLanguage, MULTILINGUAL } from '../models/catalogue.js';
import { describe } from './describe.js';
import type { Disposes } from './disposes.js';
import type { FolderSession } from './folder-session.js';
import type { Log } from './log.js';
import { chooseModel, takeModel } from './model-picker.js';

/** Remembers, for a workspace, that a multilingual model was suggested; for all of them, that none is wanted. */
const SUGGESTED = 'marginalia.multilingualSuggested';
const NEVER = 'marginalia.neverSuggestMultilingual';
/** A multilingual model is suggested where this part of the text is in languages that the model does not know. */
const FOREIGN = 0.3;

/**
 * Tells of a model that is not there or cannot be used, and suggests another one, once, for text that it cannot read.
 * Whatever the settings of a workspace say, nothing is downloaded before a person agrees.
 */
export function createModelNotices(session: FolderSession, context: ExtensionContext, log: Log): Disposes {
  const safely = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      log.error(describe(error));
      void window.showErrorMessage(describe(error));
    });
  };
  // The engine tells it again whenever it is started anew.
  let told = '';
  const changes = session.onModelChange(({ model, state, message }) => {
    if (state === 'inUse' || state === 'loading') told = state === 'inUse' ? '' : told;
    if (state !== 'missing' && state !== 'refused') return;
    const what = `${model}\n${state}\n${message}`;
    if (what === told) return;
    told = what;
    safely(state === 'missing' ? tellMissing(session, model, log) : tellRefused(session, model, message, log));
  });
  const languages = session.onLanguages((shares) => {
    const { model } = session.settings.engine;
    const foreign = shares.filter(({ language }) => knowsLanguage(model, language) === false);
    const share = foreign.reduce((sum, language) => sum + language.share, 0);
    const [first] = foreign;
    if (first === undefined || share < FOREIGN) return;
    safely(suggest(session, first.language, model, context, log));
  });
  return {
    dispose: () => {
      changes.dispose();
      languages.dispose();
    },
  };
}

async function tellMissing(session: FolderSession, model: string, log: Log): Promise<void> {
  const download = l10n.t('Download…');
  const choose = l10n.t('Choose Another…');
  const message = l10n.t(
    'The settings name the model {0}, which is not on this computer. {1} stays in use.',
    model,
    session.model?.name ?? BUNDLED,
  );
  const answer = await window.showWarningMessage(message, download, choose);
  if (answer === download) await takeModel(session, model, log);
  if (answer === choose) await chooseModel(session, log);
}

async function tellRefused(session: FolderSession, model: string, why: string, log: Log): Promise<void> {
  const choose = l10n.t('Choose Another…');
  const inUse = session.model?.name ?? BUNDLED;
  const message = l10n.t('The model {0} cannot be used: {1} {2} stays in use.', model, why, inUse);
  if ((await window.showErrorMessage(message, choose)) === choose) await chooseModel(session, log);
}

async function suggest(
  session: FolderSession,
  language: string,
  model: string,
  { workspaceState, globalState }: { readonly workspaceState: Memento; readonly globalState: Memento },
  log: Log,
): Promise<void> {
  if (workspaceState.get<boolean>(SUGGESTED) === true || globalState.get<boolean>(NEVER) === true) return;
  // Asked means asked, also when nobody answers.
  await workspaceState.update(SUGGESTED, true);
  const name = new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language;
  const title = catalogueModel(MULTILINGUAL)?.title ?? MULTILINGUAL;
  log.info(`Much of the text is in ${name}, which ${model} does not know: ${MULTILINGUAL} is suggested, once.`);
  const take = l10n.t('Use {0}…', title);
  const choose = l10n.t('Choose…');
  const later = l10n.t('Not Now');
  const never = l10n.t('Never');
  const message = l10n.t(
    'Much of this text is in {0}, which the model {1} does not know. A multilingual model would learn from it faster.',
    name,
    model,
  );
  const answer = await window.showInformationMessage(message, take, choose, later, never);
  if (answer === take) await takeModel(session, MULTILINGUAL, log);
  if (answer === choose) await chooseModel(session, log);
  if (answer === never) await globalState.update(NEVER, true);
}
