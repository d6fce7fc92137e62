import { Emitter } from 'vscode-jsonrpc/node';
import type { Document, Problem, Unit } from '../corpus/types.js';
import type { Annotation } from '../labels/annotation.js';
import type { Draft, Edit } from '../labels/edits.js';
import { readProject, type Project } from '../labels/project.js';
import { addSynthetic, syntheticFile } from '../labels/synthetic.js';
import { PassageKey, type Params, type QueueStatus } from '../protocol/engine.js';
import type { Action, PanelView } from '../protocol/panel.js';
import type { EngineNotificationParams } from '../protocol/rpc.js';
import { editFor, type EditAction } from './actions.js';
import { describe } from './describe.js';
import type { ChosenFilter } from './chosen-filter.js';
import type { EngineClient } from './engine-client.js';
import type { Log } from './log.js';
import { movesOf, type EditedDocument, type Moves } from './moved-lines.js';
import { noticeOf, type Situation } from './notices.js';
import { PassageWalk } from './passage-walk.js';
import { SessionDocuments } from './session-documents.js';
import { SessionLabels } from './session-labels.js';
import type { Settings } from './settings.js';
import { keyOf } from './shown-passage.js';
import { passageView, viewTypes, type Lines, type Shown } from './view.js';

/** What the session needs of the engine. */
export type Engine = Pick<
  EngineClient,
  'state' | 'onState' | 'on' | 'request' | 'notify' | 'start' | 'stop' | 'restart'
>;

export interface FolderSessionOptions {
  /** The workspace folder, absolute. */
  readonly folder: string;
  /** Where the engine keeps its caches, and its bundled models. */
  readonly storage: string;
  readonly models: string;
  /** Folder of the downloaded models. */
  readonly downloads: string;
  readonly settings: Settings;
  /** What the queue is narrowed to. */
  readonly filter?: ChosenFilter | undefined;
  readonly log: Log;
  /** Tells the person what nobody asked for. */
  readonly tell?: (message: string) => void;
  readonly engine: (prepare: () => Promise<Params<'start'>>) => Engine;
}

export type ModelChange = EngineNotificationParams<'modelChange'>;

export interface ModelState {
  readonly runtime: string;
  readonly name: string;
  readonly reason: string;
}

/**
 * One workspace folder with a project: the host's truth. It holds the project, the labels and the passage on screen,
 * keeps the next passages ready, and tells the engine of every change. It knows nothing of the editor.
 */
export class FolderSession {
  readonly engine: Engine;
  readonly #options: FolderSessionOptions;
  readonly #log: Log;
  readonly #changed = new Emitter<undefined>();
  readonly #queueChanged = new Emitter<undefined>();
  readonly #labelsChanged = new Emitter<undefined>();
  readonly #estimatesChanged = new Emitter<undefined>();
  readonly #modelChanged = new Emitter<ModelChange>();
  readonly #languages = new Emitter<EngineNotificationParams<'languages'>['shares']>();
  #settings: Settings;
  #filter: ChosenFilter | undefined;
  #project: Project | undefined;
  #projectProblems: readonly Problem[] = [];
  #engineProblems: readonly Problem[] = [];
  readonly #labels: SessionLabels;
  readonly #walk: PassageWalk;
  #status: QueueStatus = { version: 0, passages: 0, reviewed: 0, state: '' };
  #model: ModelState | undefined;
  #modelChange: ModelChange | undefined;
  #progress: EngineNotificationParams<'progress'> | undefined;
  /** Actions follow one another: each sees the lines that the one before it left. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #documents: SessionDocuments;
  #disposed = false;

  constructor(options: FolderSessionOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#settings = options.settings;
    this.#filter = options.filter;
    this.#labels = new SessionLabels({
      folder: options.folder,
      storage: options.storage,
      log: options.log,
      tell: options.tell ?? ((message) => this.#log.warn(message)),
      between: async (work) => {
        await this.labelFilesChanged();
        await this.#inTurn(() => {
          work();
          return Promise.resolve();
        });
      },
      onTaken: () => {
        this.#changed.fire(undefined);
      },
      onWritten: ({ put, remove }) => {
        this.engine.notify('labelsChanged', { put: [...put], removed: [...remove] });
        this.#labelsChanged.fire(undefined);
      },
    });
    this.engine = options.engine(async () => {
      // The engine reads the label files, not our journal.
      await this.#labels.flush();
      const { folder, storage, models, downloads } = this.#options;
      return { folder, storage, models, downloads, settings: this.#settings.engine };
    });
    this.#documents = new SessionDocuments(options.folder, this.engine, () => this.#project);
    this.#walk = new PassageWalk({
      engine: this.engine,
      log: options.log,
      hasProject: () => this.#project !== undefined,
      filter: () => this.#filter,
      unit: () => this.unit,
      document: (doc) => this.document(doc),
      ownLines: (doc) => this.lines(doc).own,
      onStatus: (status) => {
        this.#status = status;
      },
      changed: () => {
        this.#changed.fire(undefined);
      },
    });
    this.engine.onState((state) => {
      if (state === 'restarting') this.#progress = undefined;
      if (state === 'ready') {
        this.#progress = undefined;
        this.#walk.engineReady();
      }
      this.#changed.fire(undefined);
    });
    this.engine.on('progress', (progress) => {
      this.#progress = progress;
      this.#changed.fire(undefined);
    });
    this.engine.on('queueChanged', ({ status }) => {
      this.#status = status;
      this.#walk.queueChanged();
      this.#queueChanged.fire(undefined);
      this.#changed.fire(undefined);
    });
    this.engine.on('progressChanged', () => {
      this.#estimatesChanged.fire(undefined);
    });
    this.engine.on('model', ({ info }) => {
      this.#model = info;
      this.#log.info(`Model '${info.name}' on the ${info.runtime} runtime: ${info.reason}`);
      this.#changed.fire(undefined);
    });
    this.engine.on('modelChange', (change) => {
      this.#modelChange = change;
      this.#modelChanged.fire(change);
      this.#changed.fire(undefined);
    });
    this.engine.on('languages', ({ shares }) => {
      this.#languages.fire(shares);
    });
    this.engine.on('problems', ({ problems }) => {
      this.#engineProblems = problems;
      this.#changed.fire(undefined);
    });
    this.engine.on('log', ({ level, message }) => this.#log[level](`engine: ${message}`));
  }

  /** Anything that the panel, the status bar or the Problems panel shows has changed. */
  readonly onChange = this.#changed.event;
  /** The ranking has changed. */
  readonly onQueue = this.#queueChanged.event;
  /** Lines of some document have changed. */
  readonly onLabels = this.#labelsChanged.event;
  /** The engine has new estimates of quality: ask it for `progress`. */
  readonly onEstimates = this.#estimatesChanged.event;
  /** What becomes of the model that the settings name. */
  readonly onModelChange = this.#modelChanged.event;
  /** The languages of the corpus are known. */
  readonly onLanguages = this.#languages.event;

  get folder(): string {
    return this.#options.folder;
  }

  get project(): Project | undefined {
    return this.#project;
  }

  get annotator(): string {
    return this.#settings.engine.annotator;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** What a passage is. */
  get unit(): Unit {
    return this.#settings.engine.unit ?? this.#project?.corpus.unit ?? 'paragraph';
  }

  /** What the queue is narrowed to; undefined where it shows everything that is to be reviewed. */
  get filter(): ChosenFilter | undefined {
    return this.#filter;
  }

  get status(): QueueStatus {
    return this.#status;
  }

  get model(): ModelState | undefined {
    return this.#model;
  }

  /** What has become of the model that the settings name. */
  get modelChange(): ModelChange | undefined {
    return this.#modelChange;
  }

  get downloads(): string {
    return this.#options.downloads;
  }

  get progress(): EngineNotificationParams<'progress'> | undefined {
    return this.#progress;
  }

  get shown(): Shown | undefined {
    return this.#walk.shown;
  }

  get problems(): readonly Problem[] {
    // The engine reports the project file's too, a moment later.
    const isProject = ({ file }: Problem): boolean => this.#projectProblems.some((problem) => problem.file === file);
    return [...this.#projectProblems, ...this.#engineProblems.filter((problem) => !isProject(problem))];
  }

  /** Reads project and labels, and starts the engine. */
  async open(): Promise<void> {
    await this.#readProject();
    if (this.#disposed) return;
    this.engine.start();
    this.#walk.refillSoon(0);
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#walk.dispose();
    await this.#turn.catch(() => undefined);
    await Promise.all([this.#labels.close(), this.engine.stop()]);
  }

  // Changes from outside.

  async configure(settings: Settings): Promise<void> {
    const old = this.#settings;
    this.#settings = settings;
    if (JSON.stringify(old.engine) !== JSON.stringify(settings.engine)) {
      this.#walk.forgetAhead();
      await this.engine.request('configure', { settings: settings.engine }).catch((error: unknown) => {
        // One that is down is started with the new settings.
        this.#log.warn(`The engine could not be told of the settings: ${describe(error)}`);
      });
      this.#walk.refillSoon(0);
    }
    this.#labelsChanged.fire(undefined);
    this.#changed.fire(undefined);
  }

  /** Models were downloaded or removed. */
  modelsChanged(): void {
    this.engine.notify('modelsChanged', {});
  }

  /** marginalia.json was changed. */
  async projectChanged(): Promise<void> {
    await this.#readProject();
    await this.#flush();
    this.engine.notify('projectChanged', {});
    this.#documents.forget();
    await this.#walk.textChanged();
    this.#labelsChanged.fire(undefined);
  }

  /** Files of the corpus, workspace-relative, were changed, made or removed. */
  async filesChanged(files: readonly string[]): Promise<void> {
    this.#documents.forget(files);
    await this.#flush();
    this.engine.notify('filesChanged', { files: [...files] });
    await this.#walk.filesChanged(files);
  }

  /** Label files may have been changed by somebody else; our own writes do not count. */
  async labelFilesChanged(): Promise<void> {
    const changes = await this.#inTurn(() => this.#labels.refresh());
    if (changes.length === 0) return;
    this.#log.info(`Label files were changed outside: ${changes.map(({ file }) => file).join(', ')}`);
    await this.#flush();
    this.engine.notify('labelsReloaded', {});
    this.#walk.linesChanged();
    this.#labelsChanged.fire(undefined);
    this.#changed.fire(undefined);
  }

  // What a person does.

  /** Does what the panel asks for; settles when it is on disk. Rejects with a message for the person. */
  async perform(action: Exclude<Action, { do: 'openSource' | 'command' }>): Promise<void> {
    switch (action.do) {
      case 'next':
        return this.#inTurn(() => {
          this.#walk.advance(false);
          return Promise.resolve();
        });
      case 'back':
        return this.#inTurn(() => this.#walk.back());
      case 'show':
        return this.#inTurn(() => this.#walk.showEntity(action.id));
      case 'undo':
        return this.#inTurn(() => this.#reverse('undo'));
      case 'redo':
        return this.#inTurn(() => this.#reverse('redo'));
      default:
        return this.#inTurn(() => this.#edit(action));
    }
  }

  /** Makes an edit of another document than the one on screen, as one step of the history. */
  async edit(document: Document, make: (draft: Draft) => Edit): Promise<void> {
    await this.#inTurn(async () => {
      await this.#labels.apply(this.annotator, make(this.#draft(document)), undefined);
      this.#walk.linesChanged();
      this.#changed.fire(undefined);
    });
  }

  /**
   * Brings the person's lines of some documents to where an edit has put their text, so that they stand on disk as they
   * are shown. Steps that can be undone go on with them.
   */
  async follow(edited: readonly EditedDocument[]): Promise<Moves> {
    return this.#inTurn(async () => {
      const all = edited.map((one) => movesOf(this.lines(one.before.ref.id).own, one, this.unit));
      const moves = { moved: all.flatMap(({ moved }) => moved), lost: all.flatMap(({ lost }) => lost) };
      const put = moves.moved.map(({ to }) => to);
      await this.#labels.follow(this.annotator, put);
      this.#changed.fire(undefined);
      return moves;
    });
  }

  /** Makes up passages, writes them, and has them asked about first; resolves with their number. */
  async synthesise(count: number): Promise<number> {
    const project = this.#project;
    if (project === undefined) throw new Error('marginalia.json cannot be used as it is: see the Problems panel.');
    const { annotator } = this;
    const { items } = await this.engine.request('synthesise', { count });
    if (items.length === 0) return 0;
    await this.#inTurn(() => addSynthetic(this.folder, project.labels, annotator, items));
    await this.filesChanged([syntheticFile(project.labels, annotator)]);
    return items.length;
  }

  /** Shows a given passage. */
  async show(key: PassageKey): Promise<void> {
    await this.#inTurn(() => this.#walk.show(key));
  }

  /** Narrows the queue, or shows all of it again; the panel goes on with its first passage. */
  async setFilter(filter: ChosenFilter | undefined): Promise<void> {
    await this.#inTurn(async () => {
      this.#filter = filter;
      this.#walk.startOver();
      this.#queueChanged.fire(undefined);
      await this.#walk.refill();
      this.#changed.fire(undefined);
    });
  }

  /** Annotators with label files, sorted. */
  get annotators(): string[] {
    return [...new Set([...this.#labels.annotators, this.annotator])].sort();
  }

  /** Asks for the passages ahead anew. */
  refresh(): void {
    this.#walk.hopeAgain();
    this.#queueChanged.fire(undefined);
    this.#walk.refillSoon(0);
  }

  /** The lines of a document: the person's own, and everybody else's by file. */
  lines(doc: string): Lines {
    return this.#labels.lines(doc, this.annotator);
  }

  /** What people have accepted, file by file: annotators' lines and gold, no proposals. */
  acceptedFiles(): Iterable<Annotation[]> {
    return this.#labels.acceptedFiles();
  }

  view(version: number): PanelView {
    const { state } = this.engine;
    const project = this.#project;
    const shown = this.shown;
    const base = {
      version,
      types: project === undefined ? { entities: [], relations: [], classes: [] } : viewTypes(project),
      keys: this.#settings.keys,
      annotator: this.annotator,
      progress: { reviewed: this.#status.reviewed, total: this.#status.passages },
      canUndo: this.#labels.canUndo,
      canRedo: this.#labels.canRedo,
      disk: this.#labels.disk,
      engine: { state: state === 'stopped' ? 'starting' : state, detail: this.#detail() },
    } as const;
    if (project === undefined || shown === undefined) return { ...base, notice: noticeOf(this.situation) };
    return { ...base, passage: passageView(shown, this.lines(shown.document.ref.id), project, this.annotator) };
  }

  #detail(): string {
    if (this.#labels.failure !== undefined) return this.#labels.failure.message;
    const progress = this.#progress;
    if (progress !== undefined && this.engine.state === 'working')
      return progress.total > 0 ? `${progress.stage} ${progress.done}/${progress.total}` : progress.stage;
    return this.#model === undefined ? '' : `${this.#model.name}, ${this.#model.runtime}`;
  }

  /** What decides what is shown where there is no passage. */
  get situation(): Situation {
    return {
      project: this.#project !== undefined,
      problems: this.#projectProblems,
      engine: this.engine.state,
      exhausted: this.#walk.exhausted,
      passages: this.#status.passages,
      filter: this.#filter?.query,
    };
  }

  /** A document by its id; undefined where the corpus has none. */
  document(doc: string): Promise<Document | undefined> {
    return this.#documents.get(doc);
  }

  // The lines.

  #draft(document: Document): Draft {
    return this.#labels.draft(document, this.#project, this.annotator);
  }

  async #edit(action: EditAction): Promise<void> {
    const shown = this.shown;
    if (shown === undefined) throw new Error('There is no passage on screen.');
    await this.#labels.apply(this.annotator, editFor(action, shown, this.#draft(shown.document)), keyOf(shown));
    if (action.do === 'verdict') this.#walk.advance(true);
    else this.#walk.shownChanged();
  }

  async #reverse(direction: 'undo' | 'redo'): Promise<void> {
    const reversal = this.#labels.reversal(direction);
    if (reversal === undefined) return;
    const key = PassageKey.safeParse(reversal.context).data;
    if (key !== undefined) {
      const { own } = this.lines(key.doc);
      for (const line of own)
        if (line.type === 'review' && reversal.edit.remove.includes(line.id)) this.#walk.note(key, line.query);
    }
    await this.#labels.reverse(reversal);
    if (key === undefined) this.#changed.fire(undefined);
    else await this.#walk.returnTo(key);
  }

  async #readProject(): Promise<void> {
    const { project, problems } = await readProject(this.folder);
    this.#projectProblems = problems;
    // A project file that is being edited is broken every now and then: the last good one stays in force.
    if (project !== undefined) {
      const moved = project.labels !== this.#project?.labels;
      this.#project = project;
      if (moved) {
        await this.#inTurn(() => this.#labels.open(project.labels));
        await this.#labels.takeHistory();
      }
    }
    this.#changed.fire(undefined);
  }

  /** The engine reads the label files when it is told that anything but a line has changed. */
  async #flush(): Promise<void> {
    await this.#labels.flush().catch((error: unknown) => {
      this.#log.error(`Label files could not be brought up to date: ${describe(error)}`);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
