import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../corpus/types.js';
import { BUNDLED } from '../models/catalogue.js';
import { modelFolder, ModelNotDownloaded } from '../models/reference.js';
import type { EngineSettings } from '../protocol/engine.js';
import type { EngineNotificationParams } from '../protocol/rpc.js';
import { openVectors } from './model.js';
import type { Vectors } from './vectors.js';

export interface ModelSwitchOptions {
  /** The workspace folder: what relative folders of models are relative to. */
  readonly folder: string;
  /** Where vectors are cached. */
  readonly storage: string;
  /** Folder of the bundled models, and of the downloaded ones. */
  readonly models: string;
  readonly downloads: string | undefined;
  readonly onLog: (level: 'info' | 'warn' | 'error', message: string) => void;
  readonly onChange: (change: EngineNotificationParams<'modelChange'>) => void;
  /** Why the model that the settings name is not in use; none when it is. */
  readonly onProblems: (problems: readonly Problem[]) => void;
  /** The next model has been loaded: its vectors can be made. */
  readonly onNext: () => void;
}

type Choice = Pick<EngineSettings, 'model' | 'runtime'>;

/** How often loading a model may end the process before it is not tried again. */
const DEATHS = 2;

/**
 * The model in use and, after another one was chosen, the next one: it is loaded while everything goes on with the one
 * in use, and takes its place when its vectors are there. One that cannot be used changes nothing; where there is none in
 * use yet, the bundled one steps in.
 */
export class ModelSwitch {
  #current: Vectors | undefined;
  /** What chose the model in use. */
  #currentChoice: Choice | undefined;
  #next: Vectors | undefined;
  #choice: Choice | undefined;
  #isRefused = false;
  #loading: Promise<void> | undefined;
  readonly #users = new Map<Vectors, number>();
  readonly #retired = new Set<Vectors>();

  constructor(private readonly options: ModelSwitchOptions) {}

  /** The vectors of the model in use. */
  get current(): Vectors | undefined {
    return this.#current;
  }

  /** The vectors of the model that will take its place. */
  get next(): Vectors | undefined {
    return this.#next;
  }

  /** Settles when no model is being loaded. */
  async whenLoaded(): Promise<void> {
    while (this.#loading !== undefined) await this.#loading;
  }

  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  /** Loads the chosen model: waits for the first one; any other is loaded in the background. Never rejects. */
  async choose({ model, runtime }: Choice): Promise<void> {
    const choice = { model, runtime };
    if (isSame(choice, this.#choice)) return;
    this.#choice = choice;
    if (this.#current !== undefined) {
      this.#dropNext();
      this.#loadSoon();
      return;
    }
    if ((await this.#load(choice)) || !this.#isWanted(choice) || model === BUNDLED) return;
    await this.#stepIn(choice);
  }

  /** Models were downloaded or removed: what was refused may be tried again. */
  forgetRefusal(): void {
    if (this.#isRefused) this.#choice = undefined;
  }

  /** The next model takes the place of the one in use. */
  adopt(): void {
    const old = this.#current;
    const next = this.#next;
    if (next === undefined) return;
    this.#current = next;
    this.#currentChoice = this.#choice;
    this.#next = undefined;
    this.#retire(old);
    this.#tell('inUse', '');
  }

  /** How far the next model's vectors are. */
  embedding(done: number, total: number): void {
    this.#tell('embedding', '', done, total);
  }

  /** Does something with vectors that are not closed meanwhile, though another model may take over. */
  async using<T>(vectors: Vectors, work: () => Promise<T>): Promise<T> {
    this.#users.set(vectors, (this.#users.get(vectors) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (this.#users.get(vectors) ?? 1) - 1;
      if (left > 0) this.#users.set(vectors, left);
      else {
        this.#users.delete(vectors);
        if (this.#retired.has(vectors)) this.#retire(vectors);
      }
    }
  }

  async close(): Promise<void> {
    this.#choice = undefined;
    await this.whenLoaded();
    const open = [this.#current, this.#next, ...this.#retired];
    this.#current = undefined;
    this.#next = undefined;
    this.#retired.clear();
    for (const vectors of open) await vectors?.close();
  }

  /** One model at a time: which one is asked when it is its turn. */
  #loadSoon(): void {
    this.#loading ??= this.#loadWanted().finally(() => {
      this.#loading = undefined;
    });
  }

  async #loadWanted(): Promise<void> {
    for (;;) {
      const choice = this.#choice;
      if (choice === undefined) return;
      await this.#load(choice);
      if (this.#isWanted(choice)) return;
    }
  }

  /** Whether the model is in use, or will be. */
  async #load(choice: Choice): Promise<boolean> {
    const { onLog, onProblems, onNext } = this.options;
    this.#isRefused = false;
    if (this.#current !== undefined && isSame(choice, this.#currentChoice)) {
      onProblems([]);
      this.#tell('inUse', '');
      return true;
    }
    this.#tell('loading', '');
    let vectors: Vectors | undefined;
    try {
      vectors = await this.#open(choice);
    } catch (error) {
      if (this.#isWanted(choice)) this.#refuse(choice, error);
      return false;
    }
    if (!this.#isWanted(choice)) {
      if (vectors !== this.#current) await vectors.close();
      return false;
    }
    onProblems([]);
    const { info } = vectors;
    if (this.#current === undefined) {
      this.#current = vectors;
      this.#currentChoice = choice;
      this.#tell('inUse', '');
    } else if (this.#current === vectors) {
      this.#currentChoice = choice;
      this.#tell('inUse', '');
    } else {
      this.#next = vectors;
      onLog(
        'info',
        `The model ${info.name} is ready; its vectors are made while ${this.#current.info.name} stays in use.`,
      );
      onNext();
    }
    return true;
  }

  /** @throws Error where the model cannot be loaded, or ended the process when it was */
  async #open({ model, runtime }: Choice): Promise<Vectors> {
    const { folder, models, downloads, storage, onLog } = this.options;
    const path = modelFolder(model, folder, { bundled: models, downloads });
    const log = (message: string): void => onLog('info', message);
    const load = (): Promise<Vectors> =>
      openVectors({ folder: path, name: model, runtime, storage, onLog: log }, this.#current);
    if (model === BUNDLED) return load();
    // A model that is too big for the memory, or that the runtime chokes on, ends the process.
    const record = join(storage, 'model-loading.json');
    const deaths = await readDeaths(record, model);
    if (deaths >= DEATHS) {
      await rm(record, { force: true });
      throw new Error(
        `loading it ended the engine ${DEATHS} times: it may need more memory than there is. It is tried again when the engine is started anew`,
      );
    }
    await mkdir(storage, { recursive: true });
    await writeFile(record, JSON.stringify({ model, deaths: deaths + 1 }));
    try {
      return await load();
    } finally {
      await rm(record, { force: true });
    }
  }

  #refuse({ model }: Choice, error: unknown): void {
    this.#isRefused = true;
    const { onLog, onProblems } = this.options;
    const why = error instanceof Error ? error.message : String(error);
    const message = `The model '${model}' cannot be used: ${why}`;
    onProblems([{ file: 'marginalia.json', line: 1, severity: 'error', code: 'model-unusable', message }]);
    onLog('error', message);
    this.#tell(error instanceof ModelNotDownloaded ? 'missing' : 'refused', why);
  }

  /** The bundled model, so that labelling goes on; the problem stays. */
  async #stepIn({ runtime }: Choice): Promise<void> {
    const { onLog } = this.options;
    try {
      this.#current = await this.#open({ model: BUNDLED, runtime });
      this.#currentChoice = { model: BUNDLED, runtime };
      onLog('warn', `The bundled model ${BUNDLED} is used instead.`);
    } catch (error) {
      onLog('error', `Nor can the bundled model be used: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** What was to take over is not wanted any more. */
  #dropNext(): void {
    const dropped = this.#next;
    this.#next = undefined;
    this.#retire(dropped);
  }

  #isWanted(choice: Choice): boolean {
    return this.#choice === choice;
  }

  #tell(state: EngineNotificationParams<'modelChange'>['state'], message: string, done = 0, total = 0): void {
    const model = this.#choice?.model;
    if (model !== undefined) this.options.onChange({ model, state, message, done, total });
  }

  #retire(vectors: Vectors | undefined): void {
    if (vectors === undefined) return;
    if (this.#users.has(vectors)) {
      this.#retired.add(vectors);
      return;
    }
    this.#retired.delete(vectors);
    vectors.close().catch((error: unknown) => {
      this.options.onLog(
        'warn',
        `A model could not be closed: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
}

function isSame(a: Choice, b: Choice | undefined): boolean {
  return a.model === b?.model && a.runtime === b.runtime;
}

/** How often loading this model has ended the process. */
async function readDeaths(record: string, model: string): Promise<number> {
  try {
    const found: unknown = JSON.parse(await readFile(record, 'utf8'));
    if (typeof found !== 'object' || found === null || Reflect.get(found, 'model') !== model) return 0;
    const deaths: unknown = Reflect.get(found, 'deaths');
    return typeof deaths === 'number' ? deaths : 0;
  } catch {
    return 0;
  }
}
