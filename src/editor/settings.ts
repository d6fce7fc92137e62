import { workspace, type Uri } from 'vscode';
import { annotatorSlug, readAnnotator } from '../labels/identity.js';
import { EngineSettings } from '../protocol/engine.js';
import { describe } from './describe.js';
import type { Log } from './log.js';

/** All settings of the extension, read in one place. */
export interface Settings {
  readonly engine: EngineSettings;
  /** Panel action → key. */
  readonly keys: Readonly<Record<string, string>>;
  readonly decorations: boolean;
}

export const section = 'marginalia';

/** Milliseconds that git has to tell its user's name. */
const GIT_PATIENCE = 2000;

export async function readSettings(folder: Uri, log: Log): Promise<Settings> {
  const values = workspace.getConfiguration(section, folder);
  const engine = EngineSettings.safeParse({
    strategy: values.get('strategy'),
    annotator: await annotator(values.get<string>('annotator', ''), folder.fsPath, log),
    model: values.get('model'),
    runtime: values.get('embedding.runtime'),
    seed: values.get('seed'),
    unit: values.get('unit') ?? undefined,
    randomShare: values.get('randomShare'),
    streamBudget: values.get('stream.budget'),
    target: values.get('target') ?? undefined,
  });
  if (!engine.success) {
    const [issue] = engine.error.issues;
    throw new Error(`The setting marginalia.${issue?.path.join('.') ?? ''} is not usable: ${issue?.message ?? ''}`);
  }
  const keys = Object.entries(values.get<Record<string, unknown>>('keys', {})).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { engine: engine.data, keys: Object.fromEntries(keys), decorations: values.get('decorations.enabled', true) };
}

async function annotator(setting: string, folder: string, log: Log): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  try {
    if (setting.trim() !== '') return annotatorSlug(setting);
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('git does not answer')), GIT_PATIENCE);
    });
    return await Promise.race([readAnnotator(folder), late]);
  } catch (error) {
    log.warn(`The annotator is 'me' until the setting marginalia.annotator names one: ${describe(error)}`);
    return 'me';
  } finally {
    clearTimeout(timer);
  }
}
