import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  commands,
  EventEmitter,
  RelativePattern,
  Uri,
  window,
  workspace,
  type ExtensionContext,
  type WorkspaceFolder,
} from 'vscode';
import { ruleFor } from '../corpus/scan.js';
import { labelNames, projectFileName } from '../labels/project.js';
import { isSynthetic } from '../labels/synthetic.js';
import type { PanelView } from '../protocol/panel.js';
import { chosenFilter } from './chosen-filter.js';
import { describe, trace } from './describe.js';
import type { Disposes } from './disposes.js';
import { EngineClient } from './engine-client.js';
import { FolderSession } from './folder-session.js';
import type { Log } from './log.js';
import { createModelNotices } from './model-notices.js';
import { matterOf, noProjectNotice } from './notices.js';
import { readSettings, section } from './settings.js';

/** Where the workspace's state keeps the queue's filter. */
const FILTER_STATE = 'marginalia.filter';
/** Milliseconds that changes of files are gathered before they are acted upon. */
const SETTLE = 150;

/**
 * The workspace's side of the extension: finds the folder with a project, opens a session for it, and tells it what
 * changes on disk and in the settings. There is none while no folder has a marginalia.json.
 */
export class Host implements Disposes {
  readonly #context: ExtensionContext;
  readonly #log: Log;
  readonly #changed = new EventEmitter<void>();
  readonly #queueChanged = new EventEmitter<void>();
  readonly #labelsChanged = new EventEmitter<void>();
  readonly #estimatesChanged = new EventEmitter<void>();
  readonly #disposables: Disposes[] = [];
  #session: FolderSession | undefined;
  #sessionDisposables: Disposes[] = [];
  #opening: Promise<void> = Promise.resolve();
  #contextKeys = '';

  constructor(context: ExtensionContext, log: Log) {
    this.#context = context;
    this.#log = log;
    const reopen = (): void => void this.reopen();
    const watcher = workspace.createFileSystemWatcher(`**/${projectFileName}`);
    const isOurs = (uri: Uri): boolean =>
      workspace.workspaceFolders?.some((folder) => Uri.joinPath(folder.uri, projectFileName).fsPath === uri.fsPath) ===
      true;
    const settled = gather<Uri>(() => {
      void this.#projectFileChanged();
    });
    const changed = (uri: Uri): void => {
      if (isOurs(uri)) settled.add(uri);
    };
    this.#disposables.push(
      this.#changed,
      this.#queueChanged,
      this.#labelsChanged,
      this.#estimatesChanged,
      watcher,
      watcher.onDidCreate(changed),
      watcher.onDidChange(changed),
      watcher.onDidDelete(changed),
      settled,
      workspace.onDidChangeWorkspaceFolders(reopen),
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(section)) void this.#configure();
      }),
      workspace.onDidGrantWorkspaceTrust(() => void this.#configure()),
    );
  }

  /** Anything that is shown has changed. */
  readonly onChange = this.#changed.event;
  readonly onQueue = this.#queueChanged.event;
  readonly onLabels = this.#labelsChanged.event;
  readonly onEstimates = this.#estimatesChanged.event;

  get session(): FolderSession | undefined {
    return this.#session;
  }

  /** Opens the first folder that has a project, and closes the one that was open if it is another. */
  reopen(): Promise<void> {
    this.#opening = this.#opening.then(() =>
      this.#reopen().catch((error: unknown) => this.#log.error(`The project could not be opened: ${trace(error)}`)),
    );
    return this.#opening;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Narrows the queue to what fits a query, '' for all of it, and remembers that for the workspace. */
  async setFilter(query: string): Promise<void> {
    const filter = chosenFilter(query);
    await this.#context.workspaceState.update(FILTER_STATE, filter?.query);
    await this.#session?.setFilter(filter);
    this.#updateContext();
  }

  /** Ends the engine and brings all labels into their files. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    for (const disposable of this.#sessionDisposables.splice(0)) disposable.dispose();
    await session?.dispose();
  }

  view(version: number): PanelView {
    if (this.#session !== undefined) return this.#session.view(version);
    return {
      version,
      types: { entities: [], relations: [], classes: [] },
      keys: {},
      annotator: '',
      notice: noProjectNotice((workspace.workspaceFolders ?? []).length > 0),
      progress: { reviewed: 0, total: 0 },
      canUndo: false,
      canRedo: false,
      disk: 'saved',
      engine: { state: 'starting', detail: '' },
    };
  }

  async #reopen(): Promise<void> {
    const folder = await projectFolder();
    if (folder?.uri.fsPath === this.#session?.folder && this.#session !== undefined) return;
    await this.close();
    if (folder !== undefined) {
      const session = await this.#newSession(folder);
      this.#session = session;
      this.#sessionDisposables.push(
        session.onChange(() => {
          this.#updateContext();
          this.#changed.fire();
        }),
        session.onQueue(() => this.#queueChanged.fire()),
        session.onLabels(() => this.#labelsChanged.fire()),
        session.onEstimates(() => this.#estimatesChanged.fire()),
        createModelNotices(session, this.#context, this.#log),
        ...this.#watch(folder, session),
      );
      await session.open();
    }
    this.#updateContext();
    this.#changed.fire();
    this.#queueChanged.fire();
    this.#labelsChanged.fire();
  }

  async #newSession(folder: WorkspaceFolder): Promise<FolderSession> {
    const { extensionUri, storageUri, globalStorageUri } = this.#context;
    const name = createHash('sha256').update(folder.uri.fsPath).digest('hex').slice(0, 16);
    return new FolderSession({
      folder: folder.uri.fsPath,
      storage: join((storageUri ?? globalStorageUri).fsPath, name),
      models: Uri.joinPath(extensionUri, 'media', 'models').fsPath,
      downloads: Uri.joinPath(globalStorageUri, 'models').fsPath,
      settings: await readSettings(folder.uri, this.#log),
      filter: chosenFilter(this.#context.workspaceState.get<string>(FILTER_STATE, '')),
      log: this.#log,
      tell: (message) => void window.showInformationMessage(message),
      engine: (prepare) =>
        new EngineClient({
          program: Uri.joinPath(extensionUri, 'dist', 'engine.mjs').fsPath,
          prepare,
          log: this.#log,
        }),
    });
  }

  #watch(folder: WorkspaceFolder, session: FolderSession): Disposes[] {
    const files = gather<string>((changed) => void this.#filesChanged(session, changed));
    const labels = gather<string>(() => void this.#safely(session.labelFilesChanged()));
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, '**/*'));
    const report = (uri: Uri): void => {
      const file = workspace.asRelativePath(uri, false).replaceAll('\\', '/');
      const project = session.project;
      if (project === undefined || file.split('/').some((name) => name.startsWith('.') || name === 'node_modules'))
        return;
      if (file.startsWith(`${project.labels}/`) && !isSynthetic(project.labels, file)) {
        if (file.endsWith('.jsonl')) labels.add(file);
      } else if (ruleFor(file, project.corpus) !== undefined) files.add(file);
    };
    const removed = (uri: Uri): void => {
      report(uri);
      // Of a folder that is removed or renamed only the folder is reported.
      const name = uri.path.slice(uri.path.lastIndexOf('/') + 1);
      if (!name.includes('.')) void this.#safely(session.projectChanged());
    };
    return [
      files,
      labels,
      watcher,
      watcher.onDidCreate(report),
      watcher.onDidChange(report),
      watcher.onDidDelete(removed),
    ];
  }

  async #filesChanged(session: FolderSession, files: ReadonlySet<string>): Promise<void> {
    this.#log.debug(`Changed: ${[...files].join(', ')}`);
    await this.#safely(session.filesChanged([...files]));
    this.#labelsChanged.fire();
  }

  async #projectFileChanged(): Promise<void> {
    const session = this.#session;
    const folder = await projectFolder();
    if (session !== undefined && folder?.uri.fsPath === session.folder) await this.#safely(session.projectChanged());
    else await this.reopen();
  }

  async #configure(): Promise<void> {
    const session = this.#session;
    if (session === undefined) return;
    await this.#safely(
      readSettings(Uri.file(session.folder), this.#log).then((settings) => session.configure(settings)),
    );
  }

  async #safely(work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => this.#log.error(describe(error)));
  }

  #updateContext(): void {
    const session = this.#session;
    const hasProject = session !== undefined;
    const state = session === undefined ? 'none' : stateOf(session);
    const isFiltered = session?.filter !== undefined;
    const keys = `${hasProject} ${state} ${isFiltered}`;
    if (keys === this.#contextKeys) return;
    this.#contextKeys = keys;
    void commands.executeCommand('setContext', 'marginalia.hasProject', hasProject);
    void commands.executeCommand('setContext', 'marginalia.engine', state);
    void commands.executeCommand('setContext', 'marginalia.filtered', isFiltered);
    this.#queueChanged.fire();
  }
}

/** Value of the context key that chooses the queue's welcome text. */
function stateOf(session: FolderSession): string {
  const { project } = session;
  const matter = matterOf(session.situation);
  if (matter === 'reading') return 'starting';
  if (matter !== 'starting' && matter !== 'restarting') return matter;
  if (session.status.version === 0) return 'starting';
  return project !== undefined && labelNames(project).length === 0 ? 'noLabels' : 'ready';
}

async function projectFolder(): Promise<WorkspaceFolder | undefined> {
  for (const folder of workspace.workspaceFolders ?? []) {
    if (folder.uri.scheme !== 'file') continue;
    const found = await access(Uri.joinPath(folder.uri, projectFileName).fsPath).then(
      () => true,
      () => false,
    );
    if (found) return folder;
  }
  return undefined;
}

/** Gathers what comes in quick succession. */
function gather<T>(done: (items: ReadonlySet<T>) => void): Disposes & { add(item: T): void } {
  let items = new Set<T>();
  let timer: NodeJS.Timeout | undefined;
  return {
    add(item: T): void {
      items.add(item);
      timer ??= setTimeout(() => {
        const gathered = items;
        items = new Set();
        timer = undefined;
        done(gathered);
      }, SETTLE);
    },
    dispose: () => clearTimeout(timer),
  };
}
