import path from 'node:path';
import { ConfigurationTarget, l10n, QuickPickItemKind, Uri, window, workspace, type QuickPickItem } from 'vscode';
import { BUNDLED, CATALOGUE, type CatalogueModel } from '../models/catalogue.js';
import { installedModels } from '../models/install.js';
import { isDownloaded, isHubId, modelReference } from '../models/reference.js';
import type { FolderSession } from './folder-session.js';
import type { Log } from './log.js';
import { downloadModel } from './model-download.js';
import { section } from './settings.js';

/** An item of the list; `pick` gives the setting's new value, undefined where the person thinks better of it. */
interface ModelItem extends QuickPickItem {
  readonly pick?: () => Promise<string | undefined>;
}

/** Lets the person choose a model for the workspace, and downloads it, after asking, where it is not there yet. */
export async function chooseModel(session: FolderSession, log: Log): Promise<void> {
  const picked = await window.showQuickPick(await items(session), {
    placeHolder: l10n.t('Choose the model that reads the text'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  const model = await picked?.pick?.();
  if (model !== undefined) await takeModel(session, model, log);
}

/** Makes a model the workspace's: downloads it first where it is one of the hub that is not there. */
export async function takeModel(session: FolderSession, model: string, log: Log): Promise<void> {
  const reference = modelReference(model, session.folder);
  const { downloads } = session;
  if (reference.kind === 'hub' && !isDownloaded(downloads, reference.id)) {
    if (!(await downloadModel(reference.id, downloads, session.model?.name ?? BUNDLED, log))) return;
    session.modelsChanged();
  }
  // What a workspace that is not trusted says is not used.
  const target = workspace.isTrusted ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  await workspace.getConfiguration(section, Uri.file(session.folder)).update('model', model, target);
}

async function items(session: FolderSession): Promise<ModelItem[]> {
  const chosen = session.settings.engine.model;
  const downloaded = new Set((await installedModels(session.downloads)).map(({ id }) => id));
  const mark = (model: string): string => (model === chosen ? '$(check) ' : '');
  const others = [...downloaded].filter((id) => !CATALOGUE.some((model) => model.id === id));
  return [
    separator(l10n.t('Bundled')),
    {
      label: `${mark(BUNDLED)}${BUNDLED}`,
      description: l10n.t('English'),
      detail: [l10n.t('no download'), l10n.t('fast')].join(' · '),
      pick: () => Promise.resolve(BUNDLED),
    },
    separator(l10n.t('Hub')),
    ...CATALOGUE.map((model): ModelItem => ({
      label: `${mark(model.id)}${model.title}`,
      description: `${model.id} · ${languagesText(model)}`,
      detail: [
        downloaded.has(model.id) ? l10n.t('downloaded') : l10n.t('{0} MB download', model.megabytes),
        speedText(model),
        l10n.t('{0} dimensions', model.dimensions),
        model.licence,
      ].join(' · '),
      pick: () => Promise.resolve(model.id),
    })),
    ...others.map((id): ModelItem => ({
      label: `${mark(id)}${id}`,
      detail: l10n.t('downloaded'),
      pick: () => Promise.resolve(id),
    })),
    separator(l10n.t('Other')),
    {
      label: l10n.t('Another Hub Id…'),
      detail: l10n.t('A model exported to ONNX for transformers.js'),
      pick: askForId,
    },
    {
      label: l10n.t('A Local Folder…'),
      detail: l10n.t('With config.json, tokenizer.json and onnx/model.onnx'),
      pick: () => askForFolder(session.folder),
    },
  ];
}

function separator(label: string): ModelItem {
  return { label, kind: QuickPickItemKind.Separator };
}

function languagesText({ languages }: CatalogueModel): string {
  if (languages === 'many') return l10n.t('many languages');
  return languages.map((language) => (language === 'zh' ? l10n.t('Chinese') : l10n.t('English'))).join(', ');
}

function speedText({ speed }: CatalogueModel): string {
  switch (speed) {
    case 'medium':
      return l10n.t('medium speed');
    case 'slow':
      return l10n.t('slow');
    case 'slowest':
      return l10n.t('very slow');
  }
}

function askForId(): Thenable<string | undefined> & Promise<string | undefined> {
  return Promise.resolve(
    window.showInputBox({
      title: l10n.t('Id of the model on the hub'),
      placeHolder: 'owner/name',
      ignoreFocusOut: true,
      validateInput: (text) => (isHubId(text.trim()) ? undefined : l10n.t('An id has the form owner/name.')),
    }),
  ).then((text) => text?.trim());
}

async function askForFolder(workspaceFolder: string): Promise<string | undefined> {
  const [picked] =
    (await window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: l10n.t('Use This Model'),
      defaultUri: Uri.file(workspaceFolder),
    })) ?? [];
  if (picked === undefined) return undefined;
  // Inside the workspace, a path that holds for everybody who has it.
  const relative = path.relative(workspaceFolder, picked.fsPath);
  const isInside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return isInside ? `./${relative.replaceAll('\\', '/')}` : picked.fsPath;
}
