import {
  ConfigurationTarget,
  extensions,
  l10n,
  QuickPickItemKind,
  Uri,
  window,
  workspace,
  type QuickPickItem,
} from 'vscode';
import { z } from 'zod';
import { SHORT_LIST, StrategyName } from '../protocol/engine.js';
import { section } from './settings.js';

/** The setting as the manifest contributes it, in the editor's language. */
const Manifest = z.object({
  contributes: z.object({
    configuration: z.object({
      properties: z.object({
        'marginalia.strategy': z.object({ enum: z.array(StrategyName), enumDescriptions: z.array(z.string()) }),
      }),
    }),
  }),
});

interface StrategyItem extends QuickPickItem {
  readonly strategy?: StrategyName;
}

/** Lets the person choose the query strategy and writes the setting: where it is set already, else in the workspace. */
export async function chooseStrategy(folder: string): Promise<void> {
  const values = workspace.getConfiguration(section, Uri.file(folder));
  const current = values.get('strategy');
  const { enum: names, enumDescriptions } = Manifest.parse(
    extensions.getExtension('marginalia.marginalia')?.packageJSON,
  ).contributes.configuration.properties['marginalia.strategy'];
  const item = (strategy: StrategyName): StrategyItem => ({
    label: strategy,
    detail: enumDescriptions[names.indexOf(strategy)] ?? '',
    strategy,
    ...(strategy === current && { description: l10n.t('in use') }),
  });
  const picked = await window.showQuickPick<StrategyItem>(
    [
      ...names.slice(0, SHORT_LIST).map(item),
      { label: l10n.t('All others'), kind: QuickPickItemKind.Separator },
      ...names.slice(SHORT_LIST).map(item),
    ],
    { placeHolder: l10n.t('What to be asked about first'), matchOnDetail: true },
  );
  if (picked?.strategy === undefined) return;
  const set = values.inspect('strategy');
  const isUsers = set?.globalValue !== undefined && set.workspaceValue === undefined;
  await values.update(
    'strategy',
    picked.strategy,
    isUsers ? ConfigurationTarget.Global : ConfigurationTarget.Workspace,
  );
}
