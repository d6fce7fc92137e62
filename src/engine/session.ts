import { join } from 'node:path';
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';
import { languageShares } from '../corpus/language.js';
import { loadDocument } from '../corpus/scan.js';
import type { Document, DocumentRef, Problem, Range } from '../corpus/types.js';
import type { ModelInfo } from '../embedding/types.js';
import { anchor } from '../labels/anchors.js';
import { sha16, type Annotation } from '../labels/annotation.js';
import { readProject, type Project } from '../labels/project.js';
import { isSynthetic, readSynthetic, syntheticFile, type SyntheticRecord } from '../labels/synthetic.js';
import { uniformOf } from '../learning/random.js';
import { strategies } from '../learning/strategies/index.js';
import type { Progress } from '../protocol/progress.js';
import type {
  EngineNotification,
  EngineSettings,
  Params,
  PassageKey,
  QueuedPassage,
  QueueStatus,
  Result,
  Suggestion,
} from '../protocol/engine.js';
import type { QueueFilter } from '../protocol/queue-filter.js';
import type { EngineNotificationParams } from '../protocol/rpc.js';
import type { Analysis } from './analysis.js';
import { corpusProblems } from './check.js';
import { estimateInput } from './estimate-input.js';
import { Estimates, reportHere, type Reporter } from './estimates.js';
import { candidatesIn, Filtering } from './filtering.js';
import { basisOf, corpusOf, fitHeads, outgrown, SAMPLE, stateOf, type Heads, type Training } from './heads.js';
import { inputsOf } from './inputs.js';
import { readLabelFiles } from './label-files.js';
import { labelProblems } from './label-problems.js';
import { LabelIndex, type OwnedAnnotation } from './label-index.js';
import { labelledAt, labelledPassages, weighted, type LabelledPassage } from './labelled.js';
import { ModelSwitch } from './model-switch.js';
import { identity, type Entry, type Pool } from './pool.js';
import { Planner, type PlannerState } from './planner.js';
import { progressOf } from './progress.js';
import { quickHeads } from './quick-heads.js';
import { interleave, RandomOrder } from './random-share.js';
import { Ranking } from './ranking.js';
import { scanAgain, scanAll } from './scanning.js';
import { excerpt } from './search.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import { StreamQueue } from './stream-queue.js';
import { carriedSuggestions, synthesise } from './synthesis.js';
import type { Vectors } from './vectors.js';
import { embedWave, nextWave, WavePace } from './waves.js';

export interface SessionOptions {
  /** The workspace folder. */
  readonly folder: string;
  /** Where caches go: outside the repository's tracked files. */
  readonly storage: string;
  /** Folder of the bundled models. */
  readonly models: string;
  /** Folder of the downloaded models; undefined where there are none. */
  readonly downloads?: string | undefined;
  readonly settings: EngineSettings;
  /**
   * Heads are fitted only when everything is embedded, and from nothing but corpus, labels, model and seed: for commands, whose
   * answer is not to depend on what was cached or labelled when.
   */
  readonly settled?: boolean;
  /** Makes the estimates in the background, in a thread of its own; without it, they are made when asked for. */
  readonly reporter?: Reporter;
  readonly emit: <N extends EngineNotification>(name: N, params: EngineNotificationParams<N>) => void;
}

/**
 * Stages of background work, in the order in which they are done when several are due. A stage stays due until it is
 * done: one that is interrupted is done again.
 */
const STAGES = ['project', 'scan', 'labels', 'model', 'train', 'rank', 'embed', 'check', 'prepare'] as const;
type Stage = (typeof STAGES)[number];

/**
 * Passages with vectors that make a queue while others are still to come. With so many, the next model takes over, if all
 * labelled ones are among them.
 */
const ENOUGH = 2_048;
/** Passages of which the languages are guessed, and how much of each is read. */
const LANGUAGE_SAMPLE = 200;
const LANGUAGE_UNITS = 500;
/** Passages ranked at a time, and first of all: what changes meanwhile waits for it. */
const RANK_WAVE = 48;
const FIRST_WAVE = 32;
/** Milliseconds without a change after which quick heads are fitted further. */
const QUIET = 300;
/** How often a ranking under way is published, in milliseconds. */
const PUBLISH_EVERY = 150;
/** While texts are embedded, what is learned from text alone is learned anew when there are so many times more of them. */
const GROWTH = 8;
/** Milliseconds without work after which heads and ranking are written to disk. */
const SAVE_AFTER = 3_000;
/** UTF-16 units of a passage that is listed. */
const EXCERPT = 200;

/**
 * The engine's state for one workspace folder, in whichever process it runs: the corpus, the labels, the heads and the
 * queue. It reads files and caches, and writes nothing but caches. One background loop does what is due, stage by
 * stage; every change makes its stage and those after it due again.
 */
export class Session {
  #settings: EngineSettings;
  #project: Project | undefined;
  #pool: Pool | undefined;
  readonly #labels = new LabelIndex();
  #labelled = new Map<string, LabelledPassage[]>();
  readonly #models: ModelSwitch;
  #heads: Heads | undefined;
  #ranking = new Ranking();
  readonly #random = new RandomOrder();
  readonly #filtering = new Filtering();
  readonly #estimates: Estimates;
  readonly #stream: StreamQueue;
  /** The made-up passages by document, and the documents of those made in this session. */
  #synthetic = new Map<string, SyntheticRecord>();
  readonly #madeNow = new Set<string>();
  readonly #planner = new Planner();
  /** What the heads were fitted on. */
  #training: readonly Training[] = [];
  readonly #problems = new Map<'project' | 'corpus' | 'labels' | 'model' | `file:${string}`, readonly Problem[]>();

  readonly #due = new Set<Stage>();
  /** Files to scan again; undefined for all of them. */
  #filesDue: Set<string> | undefined;
  /** Documents whose labels changed since they were last gathered; undefined for all. */
  #documentsDue: Set<string> | undefined;
  #running: Promise<void> | undefined;
  /** Ends the stage at work when something changed that it builds on. */
  #work = new AbortController();
  readonly #life = new AbortController();
  #version = 0;
  readonly #pace = new WavePace();
  readonly #nextPace = new WavePace();
  /** Passages of the pool with vectors, and those that nobody made up; undefined where they are to be counted. */
  #embedded: number | undefined;
  #passages: number | undefined;
  /** The round of the ranking that is on disk, and when the next one is to be written. */
  #savedRound = '';
  #saving: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(private readonly options: SessionOptions) {
    this.#settings = options.settings;
    this.#models = new ModelSwitch({
      folder: options.folder,
      storage: options.storage,
      models: options.models,
      downloads: options.downloads,
      onLog: (level, message) => options.emit('log', { level, message }),
      onChange: (change) => options.emit('modelChange', change),
      onProblems: (problems) => this.#report('model', problems),
      onNext: () => this.#make('prepare'),
    });
    this.#stream = new StreamQueue(join(options.storage, 'stream.json'));
    this.#estimates = new Estimates({
      reporter: options.reporter ?? reportHere,
      onChange: () => options.emit('progressChanged', {}),
      onError: (error) => this.#logError('The estimates', error),
    });
  }

  get #vectors(): Vectors | undefined {
    return this.#models.current;
  }

  /** Begins to work in the background. */
  start(): void {
    this.#make('project');
  }

  /** Settles when there is nothing left to do. */
  async whenIdle(): Promise<void> {
    while (this.#running !== undefined || this.#models.isLoading) {
      await this.#running;
      await this.#models.whenLoaded();
    }
  }

  async dispose(): Promise<void> {
    this.#life.abort();
    this.#work.abort();
    this.#due.clear();
    await Promise.all([this.#running, this.#estimates.dispose()]);
    this.#release();
    await this.#save();
    await this.#models.close();
  }

  configure(settings: EngineSettings): void {
    const old = this.#settings;
    this.#settings = settings;
    if (settings.model !== old.model || settings.runtime !== old.runtime) this.#make('model');
    if (settings.unit !== old.unit) this.#make('project');
    this.#make('rank');
  }

  labelsChanged(put: readonly Annotation[], removed: readonly string[]): void {
    const owner = this.#settings.annotator;
    for (const id of removed) this.#touch(this.#labels.remove(owner, id)?.doc);
    for (const annotation of put) {
      this.#touch(this.#labels.remove(owner, annotation.id)?.doc);
      this.#labels.put(owner, annotation);
      this.#touch(annotation.doc);
    }
    this.#make('labels');
  }

  labelsReloaded(): void {
    this.#documentsDue = undefined;
    this.#make('labels', 'check');
  }

  filesChanged(files: readonly string[]): void {
    if (this.#filesDue !== undefined || !this.#due.has('scan')) {
      this.#filesDue ??= new Set();
      for (const file of files) this.#filesDue.add(file);
    }
    this.#make('scan');
  }

  /** Models were downloaded or removed. */
  modelsChanged(): void {
    this.#models.forgetRefusal();
    this.#make('model');
  }

  projectChanged(): void {
    this.#make('project');
  }

  /** Ranked candidates, most informative first; waits for the first ranking. */
  async candidates(
    { kind, filter, offset, limit }: Params<'candidates'>,
    signal?: AbortSignal,
  ): Promise<Result<'candidates'>> {
    await this.#ranked(signal);
    let open = this.#ranking.candidates(kind, (entry) => !this.#isReviewed(entry));
    if (filter !== undefined) open = candidatesIn(await this.#matching(filter, signal), filter, open);
    const items = open.slice(offset, offset + limit);
    return {
      status: this.#status(),
      items: items.map((item) => (this.#synthetic.has(item.doc) ? { ...item, synthetic: true } : item)),
    };
  }

  /** Ranked passages that are still to be reviewed, or those that fit a filter; waits for the first ranking. */
  async passages(
    { exclude, filter, offset, limit }: Params<'passages'>,
    signal?: AbortSignal,
  ): Promise<Result<'passages'>> {
    await this.#ranked(signal);
    const left = new Set(exclude.map(({ doc, start, end }) => identity({ ref: { id: doc }, start, end })));
    if (filter !== undefined) {
      // What a person chooses tells nothing about the rest: chance has no part in it.
      const matching = await this.#matching(filter, signal);
      const entries = matching.filter((entry) => !left.has(identity(entry))).slice(offset, offset + limit);
      const items = await this.#view(entries, new Set(), signal);
      return { status: this.#status(), items, matching: matching.length };
    }
    const { entries, random } = this.#queued(left, offset, limit);
    return { status: this.#status(), items: await this.#view(entries, random, signal) };
  }

  /** How far the person is, with the latest estimates. */
  async progress(signal?: AbortSignal): Promise<Progress> {
    await this.#ranked(signal);
    const { project } = this;
    if (project === undefined) throw new Error('marginalia.json cannot be used as it is: see the Problems panel.');
    this.#estimate();
    const { latest, isWorking } = this.#estimates;
    const { passages, reviewed } = this.#status();
    return progressOf({
      project,
      labelled: [...this.#labelled.values()].flat(),
      annotator: this.#settings.annotator,
      passages,
      reviewed,
      target: this.#settings.target,
      reports: latest?.reports ?? [],
      current: latest?.key === this.#estimateKey(),
      working: isWorking,
    });
  }

  /** Makes up passages where the model is torn; the caller writes them to the annotator's file (labels/synthetic.ts). */
  async synthesise(count: number, signal?: AbortSignal): Promise<SyntheticRecord[]> {
    await this.#ranked(signal);
    const [project, pool, vectors, heads] = [this.#project, this.#pool, this.#vectors, this.#heads];
    if (!project || !pool || !vectors || !heads) throw new Error('There is no model yet to be unsure of anything.');
    const { seed, annotator } = this.#settings;
    const records = await synthesise({
      project,
      pool,
      labelled: [...this.#labelled.values()].flat(),
      known: this.#synthetic.values(),
      seed,
      count,
      doubts: async (entries) => (await this.look(entries, signal)).map(({ score }) => score),
    });
    for (const { id } of records) this.#madeNow.add(`${syntheticFile(project.labels, annotator)}#${id}`);
    return records;
  }

  /**
   * What the heads and the strategy say of passages that are in no file of the corpus (pool.ts, looseEntry); nothing of
   * them is kept but vectors in the cache.
   * @throws Error where there is no model yet
   */
  async look(entries: readonly Entry[], signal?: AbortSignal): Promise<Analysis[]> {
    await this.#ranked(signal);
    const [pool, vectors, heads] = [this.#pool, this.#vectors, this.#heads];
    if (!pool || !vectors || !heads) throw new Error('There is no model yet to be unsure of anything.');
    return this.#models.using(vectors, async () => {
      const texts = entries.map(({ hash, text = '' }) => ({ hash, text }));
      await vectors.ensure(texts, signal ?? this.#life.signal);
      const state = this.#plannerState(pool, vectors, heads);
      return this.#planner.look(await this.#planner.inputs(entries, state), state);
    });
  }

  /** Settles when the estimates are of the labels as they are. */
  async whenEstimated(): Promise<void> {
    await this.whenIdle();
    this.#estimate();
    await this.#estimates.whenDone();
  }

  /** One given passage as the queue would show it, reviewed or not; undefined where the corpus has no such passage. */
  async passage(key: PassageKey, signal?: AbortSignal): Promise<QueuedPassage | undefined> {
    await this.#ranked(signal);
    const entry = this.#pool?.find(key.doc, key.start, key.end);
    return entry === undefined ? undefined : (await this.#view([entry], new Set(), signal))[0];
  }

  /** The passages whose text fits what was typed, reviewed or not. */
  async find(text: string, limit: number, signal?: AbortSignal): Promise<Result<'find'>['items']> {
    await this.#ranked(signal);
    const pool = this.#pool;
    if (pool === undefined) return [];
    const found = await this.#filtering.find(text, limit, pool, signal ?? this.#life.signal);
    return Promise.all(
      found.map(async (entry) => ({ key: keyOf(entry), text: excerpt((await pool.text(entry)) ?? '', text, EXCERPT) })),
    );
  }

  /** The passages of some documents, or of a stretch of each, in the order of the text. */
  async documents(places: Params<'documents'>['places'], signal?: AbortSignal): Promise<QueuedPassage[]> {
    await this.#ranked(signal);
    const entries = places.flatMap(({ doc, within }) =>
      (this.#pool?.of(doc) ?? []).filter(({ start, end }) => !within || (start < within.end && within.start < end)),
    );
    const items: QueuedPassage[] = [];
    for (let at = 0; at < entries.length; at += RANK_WAVE) {
      items.push(...(await this.#view(entries.slice(at, at + RANK_WAVE), new Set(), signal)));
      await breathe();
      signal?.throwIfAborted();
    }
    return items;
  }

  /** Where a document lives; waits until the corpus has been scanned. */
  async locate(doc: string): Promise<DocumentRef | undefined> {
    while (this.#running !== undefined && (this.#due.has('project') || this.#due.has('scan')))
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#pool?.locate(doc);
  }

  /** The project, for callers in the same process. */
  get project(): Project | undefined {
    return this.#project;
  }

  /** The heads and the transformer that they stand on, for callers in the same process; undefined before there are any. */
  get trained(): { readonly heads: Heads; readonly model: ModelInfo } | undefined {
    return this.#heads && this.#vectors && { heads: this.#heads, model: this.#vectors.info };
  }

  get problems(): Problem[] {
    return [...this.#problems.values()].flat();
  }

  // The loop.

  #make(...stages: readonly Stage[]): void {
    if (this.#life.signal.aborted) return;
    for (const stage of stages) this.#due.add(stage);
    clearTimeout(this.#saving);
    this.#work.abort();
    this.#work = new AbortController();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    // Several changes that come together are one change.
    await breathe();
    let told = false;
    for (;;) {
      const stage = STAGES.find((candidate) => this.#due.has(candidate));
      if (stage === undefined) break;
      // The next model's vectors are made in the background: as far as anybody waits for it, all is done.
      if (stage === 'prepare' && !told) this.options.emit('idle', {});
      told = stage === 'prepare';
      try {
        await this.#do(stage, this.#work.signal);
      } catch (error) {
        if (isAbort(error)) continue;
        this.#due.delete(stage);
        this.#logError(`Stage '${stage}'`, error);
      }
      this.#release();
      if (this.#life.signal.aborted) return;
      await breathe();
    }
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => void this.#save(), SAVE_AFTER).unref();
    if (this.options.reporter !== undefined) this.#estimate();
    if (!told) this.options.emit('idle', {});
  }

  async #do(stage: Stage, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    switch (stage) {
      case 'project':
        await this.#readProject();
        break;
      case 'scan':
        await this.#scan(signal);
        break;
      case 'labels':
        await this.#gatherLabels();
        break;
      case 'model':
        await this.#loadModel();
        break;
      case 'train':
        await this.#train(signal);
        break;
      case 'rank':
        await this.#rank(signal);
        break;
      case 'embed':
        await this.#embedWave();
        break;
      case 'check':
        await this.#check(signal);
        break;
      case 'prepare':
        await this.#prepare(signal);
        break;
    }
    this.options.emit('log', { level: 'debug', message: `${stage}: ${(performance.now() - started).toFixed(0)} ms` });
  }

  async #readProject(): Promise<void> {
    this.#due.delete('project');
    const { project, problems } = await readProject(this.options.folder);
    this.#report('project', problems);
    // A project file that is being edited is broken every now and then: the last good one stays in force.
    if (project === undefined) return;
    const unit = this.#settings.unit ?? project.corpus.unit;
    this.#project = { ...project, corpus: { ...project.corpus, unit } };
    this.#heads = undefined;
    this.#filesDue = undefined;
    this.#documentsDue = undefined;
    for (const stage of ['scan', 'labels', 'check'] as const) this.#due.add(stage);
    // The model is the settings' affair; only a missing one is worth another try.
    if (this.#vectors === undefined) this.#due.add('model');
  }

  async #scan(signal: AbortSignal): Promise<void> {
    const project = this.#project;
    const { folder } = this.options;
    const files = this.#filesDue;
    if (project === undefined) {
      this.#due.delete('scan');
      return;
    }
    const known = files === undefined ? undefined : this.#pool;
    const { pool, problems, fresh } =
      files !== undefined && known !== undefined
        ? await scanAgain(folder, project.corpus, known, files, signal)
        : await scanAll(folder, project.corpus, signal, (done) =>
            this.options.emit('progress', { stage: 'scan', done, total: 0 }),
          );
    this.#pool = pool;
    this.#embedded = undefined;
    this.#passages = undefined;
    if (pool !== known)
      for (const key of this.#problems.keys()) if (key.startsWith('file:')) this.#problems.delete(key);
    for (const [file, found] of problems) this.#problems.set(`file:${file}`, found);
    if (this.#streamBudget > 0) this.#stream.arrive(fresh.filter((entry) => !this.#isMadeUp(entry)));
    this.#synthetic = await readSynthetic(folder, project.labels);
    this.#problems.set('corpus', await corpusProblems(folder, project.corpus, this.#pool.documents));
    // Files that changed meanwhile are due: they must not be forgotten with those that were scanned.
    signal.throwIfAborted();
    this.#filesDue = undefined;
    this.#documentsDue = undefined;
    this.#due.delete('scan');
    this.#random.reset();
    this.#ranking.keep(this.#pool);
    this.#planner.keep(this.#pool);
    for (const stage of ['labels', 'embed', 'check', 'prepare'] as const) this.#due.add(stage);
    if (files === undefined) this.#tellLanguages(pool);
    this.#emitProblems();
  }

  async #gatherLabels(): Promise<void> {
    const pool = this.#pool;
    const project = this.#project;
    this.#due.delete('labels');
    if (pool === undefined || project === undefined) return;
    let documents = this.#documentsDue;
    this.#documentsDue = new Set();
    if (documents === undefined) {
      this.#labels.clear();
      for (const { owner, lines } of await readLabelFiles(this.options.folder, project.labels))
        for (const { annotation } of lines) if (annotation !== undefined) this.#labels.put(owner, annotation);
      this.#labelled.clear();
      documents = new Set(this.#labels.documents());
    }
    for (const doc of documents) await this.#gatherDocument(doc);
    this.#due.add('train');
  }

  async #gatherDocument(doc: string): Promise<void> {
    const pool = this.#pool;
    const ref = pool?.locate(doc);
    this.#labelled.delete(doc);
    if (pool === undefined || this.#project === undefined || ref === undefined) return;
    const document = await loadDocument(this.options.folder, this.#project.corpus, ref);
    if (document === undefined) return;
    const passages = labelledPassages(
      pool.of(doc),
      this.#labels.of(doc),
      (line) => anchoredSpans(line, document),
      (entry) => document.text.slice(document.map.toUtf16(entry.start), document.map.toUtf16(entry.end)),
    );
    this.#labelled.set(doc, passages);
  }

  async #loadModel(): Promise<void> {
    const { model, runtime } = this.#settings;
    const had = this.#vectors;
    if (had === undefined) this.options.emit('progress', { stage: 'model', done: 0, total: 1 });
    await this.#models.choose({ model, runtime });
    // Another one may have been chosen meanwhile.
    if (this.#settings.model === model && this.#settings.runtime === runtime) this.#due.delete('model');
    if (had !== undefined) return;
    if (this.#vectors !== undefined) {
      await this.#resume();
      this.options.emit('model', { info: this.#vectors.info });
    }
    this.#due.add('embed');
    this.options.emit('progress', { stage: 'model', done: 1, total: 1 });
  }

  /** Makes vectors of the next model, a wave at a time; it takes over, with heads of its own, when there are enough. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const next = this.#models.next;
    const pool = this.#pool;
    const project = this.#project;
    if (next === undefined || pool === undefined || project === undefined) {
      this.#due.delete('prepare');
      return;
    }
    const labelled = [...this.#labelled.values()].flat();
    const hashes = new Set(labelled.map(({ entry }) => entry.hash));
    const wave = nextWave(pool, next, hashes, this.#nextPace.passages);
    const have = wave.total - wave.left - wave.entries.length;
    this.#models.embedding(have, Math.max(have, Math.min(wave.total, ENOUGH)));
    if (wave.entries.length > 0 && (have < ENOUGH || wave.entries.some(({ hash }) => hashes.has(hash)))) {
      await this.#nextPace.timed(wave.entries.length, () => embedWave(wave, pool, next));
      return;
    }
    // Requests are answered with the old vectors and heads until both are replaced at once.
    const training = weighted(labelled).filter(({ passage }) => next.has(passage.entry.hash));
    const { seed } = this.#settings;
    const fit = { project, pool, vectors: next, training, embedded: have, seed, previous: undefined, signal };
    const heads = have === 0 ? undefined : await fitHeads(fit);
    signal.throwIfAborted();
    this.#due.delete('prepare');
    this.#models.adopt();
    this.#heads = heads;
    this.#embedded = undefined;
    this.options.emit('model', { info: next.info });
    for (const stage of ['rank', 'embed'] as const) this.#due.add(stage);
  }

  #tellLanguages(pool: Pool): void {
    const entries = [...pool.entries()];
    const step = Math.max(1, Math.floor(entries.length / LANGUAGE_SAMPLE));
    const texts = entries.flatMap(({ text }, at) =>
      at % step === 0 && text !== undefined ? [text.slice(0, LANGUAGE_UNITS)] : [],
    );
    this.options.emit('languages', { shares: languageShares(texts) });
  }

  #modelUnusable(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const message = `The model '${this.#settings.model}' cannot be used: ${why}`;
    this.#report('model', [{ file: 'marginalia.json', line: 1, severity: 'error', code: 'model-unusable', message }]);
    this.options.emit('log', { level: 'error', message });
  }

  /** Begins with the heads and the ranking of the process before. */
  async #resume(): Promise<void> {
    const [project, pool, vectors] = [this.#project, this.#pool, this.#vectors];
    if (project === undefined || pool === undefined || vectors === undefined) return;
    const { storage, folder } = this.options;
    const basis = basisOf(project, vectors.info.hash, this.#settings.seed);
    const snapshot = await readSnapshot(storage, folder, basis);
    if (snapshot === undefined) return;
    this.#heads = snapshot.heads;
    this.#ranking.resume(snapshot.ranking, pool);
    this.#savedRound = snapshot.ranking.round;
  }

  async #save(): Promise<void> {
    clearTimeout(this.#saving);
    const heads = this.#heads;
    const round = this.#ranking.round;
    if (heads === undefined || round === '' || round === this.#savedRound) return;
    this.#savedRound = round;
    const { storage, folder } = this.options;
    try {
      await writeSnapshot(storage, folder, { heads, ranking: this.#ranking.save() });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.options.emit('log', { level: 'warn', message: `The queue is not kept for the next start: ${why}` });
    }
  }

  /** Embeds the next wave, and makes due what it changes. */
  async #embedWave(): Promise<void> {
    const vectors = this.#vectors;
    const pool = this.#pool;
    if (vectors === undefined || pool === undefined) {
      this.#due.delete('embed');
      return;
    }
    const labelled = new Set([...this.#labelled.values()].flat().map(({ entry }) => entry.hash));
    const wave = nextWave(pool, vectors, labelled, this.#pace.passages);
    if (wave.entries.length > 0) {
      try {
        await this.#pace.timed(wave.entries.length, () => embedWave(wave, pool, vectors));
      } catch (error) {
        this.#due.delete('embed');
        this.#modelUnusable(error);
        return;
      }
      this.options.emit('progress', { stage: 'embed', done: wave.total - wave.left, total: wave.total });
    }
    if (wave.left === 0) this.#due.delete('embed');
    const embedded = wave.total - wave.left;
    this.#embedded = embedded;
    if (this.options.settled === true) {
      if (wave.left === 0) this.#due.add('train');
      return;
    }
    if (wave.entries.length === 0) return;
    const heads = this.#heads;
    const learned = heads?.spaces.size ?? 0;
    const train =
      heads === undefined ||
      wave.entries.some(({ hash }) => labelled.has(hash)) ||
      (embedded >= GROWTH * learned && learned < SAMPLE) ||
      (wave.left === 0 && outgrown(heads, embedded));
    if (train) this.#due.add('train');
    // Where there is enough to ask about, and a fit to come at the end, the rest waits for it: else it is ranked twice.
    else if (wave.left === 0 || embedded < ENOUGH || !outgrown(heads, wave.total)) this.#due.add('rank');
  }

  async #train(signal: AbortSignal): Promise<void> {
    const pool = this.#pool;
    const project = this.#project;
    const vectors = this.#vectors;
    const settled = this.options.settled === true;
    if (pool === undefined || project === undefined || vectors === undefined || (settled && this.#due.has('embed'))) {
      this.#due.delete('train');
      return;
    }
    this.#embedded ??= count(pool.entries(), ({ hash }) => vectors.has(hash));
    if (this.#embedded === 0) {
      this.#due.delete('train');
      return;
    }
    this.options.emit('progress', { stage: 'train', done: 0, total: 1 });
    const training = weighted([...this.#labelled.values()].flat()).filter(({ passage }) =>
      vectors.has(passage.entry.hash),
    );
    const { seed } = this.#settings;
    const embedded = this.#embedded;
    const options = { project, pool, vectors, training, embedded, seed, previous: this.#heads, signal };
    // A strategy that asks other heads, too, has them fitted: there is no quick look.
    const look = !settled && this.#ranking.version > 0 && strategies[this.#settings.strategy].members === undefined;
    const quick = look ? await quickHeads(options, this.#training) : undefined;
    if (quick !== undefined) {
      [this.#heads, this.#training] = [quick, training];
      await this.#rankFirst(pool, vectors, quick);
      // Whoever goes on labelling does not wait for a fit that would be out of date when it is done.
      await pause(QUIET, undefined, { signal });
    }
    this.#heads = await fitHeads({
      ...options,
      previous: this.#heads,
      ...(settled && { settledOn: corpusOf(pool) }),
    });
    this.#training = training;
    this.options.emit('progress', { stage: 'train', done: 1, total: 1 });
    this.#due.delete('train');
    this.#due.add('rank');
  }

  async #rank(signal: AbortSignal): Promise<void> {
    const pool = this.#pool;
    const vectors = this.#vectors;
    const heads = this.#heads;
    if (pool === undefined || vectors === undefined || heads === undefined) {
      this.#due.delete('rank');
      return;
    }
    const isNew = this.#ranking.begin(this.#round(heads));
    const state = this.#plannerState(pool, vectors, heads);
    await this.#planner.prepare(state);
    const atOnce = isNew
      ? this.#planner.scoreAtOnce(pool.all(), state, [...this.#labelled.values()].flat())
      : undefined;
    if (atOnce !== undefined) {
      this.#ranking.rescore(atOnce);
      await this.#offer(atOnce.entries);
      this.#plan(state, false);
      this.#publish();
      await breathe();
      signal.throwIfAborted();
    }
    const isOpen = (entry: Entry): boolean => !this.#isReviewed(entry);
    const isWhole = this.#embedded === pool.all().length;
    const entries = this.#ranking.pending(pool.all(), (entry) => (isWhole || vectors.has(entry.hash)) && isOpen(entry));
    // The first queue is shown as soon as there is one, and what new heads say of the passages that were most in doubt.
    const isFirst = atOnce === undefined && (isNew || this.#ranking.version === 0);
    let published = isFirst ? -Infinity : performance.now();
    for (let done = 0; done < entries.length;) {
      const wave = entries.slice(done, done + (isFirst && done === 0 ? FIRST_WAVE : RANK_WAVE));
      await this.#rankWave(wave, state);
      await this.#offer(wave);
      done += wave.length;
      this.options.emit('progress', { stage: 'rank', done, total: entries.length });
      if (performance.now() - published > PUBLISH_EVERY && done < entries.length) {
        this.#plan(state, false);
        this.#publish();
        published = performance.now();
      }
      await breathe();
      signal.throwIfAborted();
    }
    const outdated = this.#ranking.outdated(isOpen);
    for (let at = 0; at < outdated.length; at += RANK_WAVE) {
      await this.#rankWave(outdated.slice(at, at + RANK_WAVE), state);
      await breathe();
      signal.throwIfAborted();
    }
    this.#ranking.settle();
    const unseen = this.#planner.unseen(this.#ranking, isOpen, state);
    this.#planner.analyse(await this.#planner.inputs(unseen, state), state);
    signal.throwIfAborted();
    this.#due.delete('rank');
    this.#plan(state, true);
    this.#publish();
  }

  /** What quick heads say of the passages that were most in doubt, while a fit is still to come. */
  async #rankFirst(pool: Pool, vectors: Vectors, heads: Heads): Promise<void> {
    const isOpen = (entry: Entry): boolean => !this.#isReviewed(entry);
    const state = this.#plannerState(pool, vectors, heads);
    this.#ranking.begin(this.#round(heads));
    await this.#planner.prepare(state);
    await this.#rankWave(this.#ranking.best(FIRST_WAVE, isOpen), state);
    this.#plan(state, false);
    this.#publish();
  }

  async #rankWave(wave: readonly Entry[], state: PlannerState): Promise<void> {
    for (const analysis of this.#planner.analyse(await this.#planner.inputs(wave, state), state))
      this.#ranking.add(analysis);
  }

  /** Has it decided whether passages that have just arrived, and were ranked, are queried. */
  #offer(ranked: readonly Entry[]): Promise<void> {
    const { seed, strategy } = this.#settings;
    const options = { budget: this.#streamBudget, seed, scale: strategy };
    return this.#stream.offer(ranked, (entry) => this.#ranking.scoreOf(entry), options);
  }

  #plan(state: PlannerState, complete: boolean): void {
    const open = (entry: Entry): boolean => !this.#isReviewed(entry);
    this.#ranking.putFirst(this.#planner.plan(this.#ranking, open, state, complete));
  }

  async #check(signal: AbortSignal): Promise<void> {
    const project = this.#project;
    const pool = this.#pool;
    if (project !== undefined && pool !== undefined) {
      const problems = await labelProblems(this.options.folder, project, (doc) => pool.locate(doc), signal);
      signal.throwIfAborted();
      this.#report('labels', problems);
    }
    this.#due.delete('check');
  }

  /** Names everything that scores depend on besides the text. */
  #round(heads: Heads): string {
    const { strategy, annotator, seed } = this.#settings;
    const views = stateOf([...this.#labelled.values()].flat().map((passage) => ({ passage, weight: 1 })));
    const { basis, settledOn = '', quick = false, state, spaces } = heads;
    return sha16(JSON.stringify([basis, settledOn, quick, state, spaces.size, views, strategy, annotator, seed]));
  }

  // Estimates.

  /** Names what the estimates depend on; undefined while there is nothing to estimate from. */
  #estimateKey(): string | undefined {
    const { seed, target } = this.#settings;
    return this.#heads === undefined ? undefined : JSON.stringify([this.#heads.state, seed, target ?? null]);
  }

  /** Has the estimates brought up to date, beside everything else. */
  #estimate(): void {
    const key = this.#estimateKey();
    const [project, pool, vectors, heads] = [this.#project, this.#pool, this.#vectors, this.#heads];
    if (key === undefined || !project || !pool || !vectors || !heads) return;
    const { seed, target } = this.#settings;
    const labelled = [...this.#labelled.values()].flat();
    this.#estimates.want(key, () =>
      this.#models.using(vectors, () => estimateInput({ project, pool, vectors, heads, labelled, seed, target })),
    );
  }

  // Helpers.

  /** The open passages as they are asked about: the strategy's, and at random places those that chance chooses. */
  #queued(left: ReadonlySet<string>, offset: number, limit: number): { entries: Entry[]; random: Set<Entry> } {
    const { annotator, seed, strategy, randomShare = 0 } = this.#settings;
    const isOpen = (entry: Entry): boolean => !this.#isReviewed(entry) && !left.has(identity(entry));
    const count = offset + limit;
    // As many again, in case chance takes what stands first.
    const most = this.#hasFirst ? Infinity : 2 * count;
    const ranked = this.#firstAsked(this.#ranking.entries(isOpen, most));
    const share = strategy === 'random' ? 0 : randomShare;
    if (share === 0) return { entries: ranked.slice(offset, offset + limit), random: new Set() };
    const answered = new Set(left);
    for (const { owner, answer, entry } of [...this.#labelled.values()].flat())
      if (owner === annotator && answer !== undefined) answered.add(identity(entry));
    const corpus = (): Iterable<Entry> => this.#pool?.entries() ?? [];
    const drawn = this.#random.first(count, seed, corpus, (entry) => isOpen(entry) && !this.#isMadeUp(entry));
    const queue = interleave(ranked, drawn, identity, { from: answered.size, share, seed, count }).slice(offset);
    return {
      entries: queue.map(({ item }) => item),
      random: new Set(queue.flatMap(({ item, random }) => (random ? [item] : []))),
    };
  }

  /** The passages that fit a filter, in its order. */
  async #matching(filter: QueueFilter, signal?: AbortSignal): Promise<Entry[]> {
    const [pool, vectors, heads] = [this.#pool, this.#vectors, this.#heads];
    if (pool === undefined || vectors === undefined || heads === undefined) return [];
    const isOpen = (entry: Entry): boolean => !this.#isReviewed(entry);
    return this.#models.using(vectors, () =>
      this.#filtering.matching(filter, {
        pool,
        vectors,
        heads,
        ranked: this.#firstAsked(this.#ranking.entries(isOpen)),
        candidates: this.#ranking.candidates(undefined, isOpen),
        scoreOf: (entry) => this.#ranking.scoreOf(entry),
        viewsOf: (entry) => labelledAt(this.#labelled.get(entry.ref.id) ?? [], entry),
        signal: signal ?? this.#life.signal,
      }),
    );
  }

  /** What was made up just now or queried as it arrived comes before the rest. */
  #firstAsked(ranked: readonly Entry[]): readonly Entry[] {
    if (!this.#hasFirst) return ranked;
    const isFirst = (entry: Entry): boolean => this.#madeNow.has(entry.ref.id) || this.#stream.has(entry);
    return [...ranked.filter(isFirst), ...ranked.filter((entry) => !isFirst(entry))];
  }

  /** Whether anything comes before the rest whatever its score. */
  get #hasFirst(): boolean {
    return !this.#stream.isEmpty || this.#madeNow.size > 0;
  }

  get #streamBudget(): number {
    return this.#settings.streamBudget ?? 0;
  }

  #isMadeUp({ ref }: Entry): boolean {
    return this.#project !== undefined && isSynthetic(this.#project.labels, ref.file);
  }

  #logError(what: string, error: unknown): void {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.emit('log', { level: 'error', message: `${what} failed: ${why}` });
  }

  /** Waits until there is a ranking, or nothing that could become one. */
  async #ranked(signal?: AbortSignal): Promise<void> {
    while (this.#ranking.version === 0 && this.#running !== undefined) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal?.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal?.throwIfAborted();
  }

  /** Lets those who wait look again. */
  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #publish(): void {
    this.#version++;
    this.#ranking.version = this.#version;
    this.#release();
    this.options.emit('queueChanged', { status: this.#status() });
  }

  #status(): QueueStatus {
    const pool = this.#pool;
    this.#passages ??= count(pool?.entries() ?? [], (entry) => !this.#isMadeUp(entry));
    let reviewed = 0;
    for (const doc of this.#labelled.keys())
      reviewed += count(pool?.of(doc) ?? [], (entry) => !this.#isMadeUp(entry) && this.#isReviewed(entry));
    return { version: this.#version, passages: this.#passages, reviewed, state: this.#heads?.state ?? '' };
  }

  /** Whether nobody needs to be asked: the annotator has answered, or somebody has accepted the passage. */
  #isReviewed(entry: Entry): boolean {
    return labelledAt(this.#labelled.get(entry.ref.id) ?? [], entry).some(
      ({ owner, answer }) => answer === 'accept' || (answer !== undefined && owner === this.#settings.annotator),
    );
  }

  #plannerState(pool: Pool, vectors: Vectors, heads: Heads): PlannerState {
    const { strategy, seed, annotator } = this.#settings;
    const labelled = (entry: Entry): readonly LabelledPassage[] =>
      labelledAt(this.#labelled.get(entry.ref.id) ?? [], entry);
    return { heads, strategy, seed, annotator, labelled, pool, vectors, training: this.#training };
  }

  async #view(entries: readonly Entry[], random: ReadonlySet<Entry>, signal?: AbortSignal): Promise<QueuedPassage[]> {
    const vectors = this.#vectors;
    const heads = this.#heads;
    const pool = this.#pool;
    if (vectors === undefined || heads === undefined || pool === undefined) return [];
    return this.#models.using(vectors, async () => {
      const missing: { hash: string; text: string }[] = [];
      for (const entry of entries) {
        const text = vectors.has(entry.hash) ? undefined : await pool.text(entry);
        if (text !== undefined) missing.push({ hash: entry.hash, text });
      }
      await vectors.ensure(missing, signal ?? this.#life.signal);
      const made = entries.filter((entry) => this.#isMadeUp(entry));
      const inputs = new Map((await inputsOf(made, pool, vectors)).map(({ entry, input }) => [entry, input]));
      const carried = ({ entry, suggestions }: Analysis): Suggestion[] => {
        const [record, input] = [this.#synthetic.get(entry.ref.id), inputs.get(entry)];
        return record && input ? carriedSuggestions(record, input, heads.entities, suggestions) : [];
      };
      const state = this.#plannerState(pool, vectors, heads);
      const analyses = this.#planner.analyse(await this.#planner.inputs(entries, state), state);
      return analyses.map((analysis) => ({
        key: keyOf(analysis.entry),
        text: analysis.text.slice(0, 80),
        explanation: this.#planner.explain(analysis, state, random.has(analysis.entry)),
        ...(random.has(analysis.entry)
          ? { score: uniformOf(state.seed, identity(analysis.entry)), strategy: 'random' as const }
          : { score: analysis.score, strategy: this.#planner.strategyOf(analysis.entry, state) }),
        seed: state.seed,
        model: vectors.info.hash,
        state: heads.state,
        candidates: [...analysis.candidates],
        suggestions: [...analysis.suggestions, ...carried(analysis)],
        ...(this.#isMadeUp(analysis.entry) && { synthetic: true as const }),
      }));
    });
  }

  #touch(doc: string | undefined): void {
    if (doc !== undefined) this.#documentsDue?.add(doc);
  }

  #report(source: 'project' | 'labels' | 'model', problems: readonly Problem[]): void {
    this.#problems.set(source, problems);
    this.#emitProblems();
  }

  #emitProblems(): void {
    this.options.emit('problems', { problems: this.problems });
  }
}

function keyOf(entry: Entry): PassageKey {
  return { doc: entry.ref.id, start: entry.start, end: entry.end };
}

function anchoredSpans({ annotation }: OwnedAnnotation, document: Document): readonly Range[] | undefined {
  if (annotation.type === 'relation') return undefined;
  if (annotation.spans === undefined) return undefined;
  const found = anchor(annotation, document);
  return found.state === 'exact' ? annotation.spans : found.state === 'moved' ? found.spans : undefined;
}

function count<T>(items: Iterable<T>, wanted: (item: T) => boolean): number {
  let found = 0;
  for (const item of items) if (wanted(item)) found++;
  return found;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
