import { documentsOf, loadDocument } from '../corpus/scan.js';
import type { Document } from '../corpus/types.js';
import type { Project } from '../labels/project.js';
import type { EngineClient } from './engine-client.js';

/** Documents that are kept: those asked for last. */
const KEPT = 8;

/** The documents of a session's corpus, as they stand on disk. */
export class SessionDocuments {
  readonly #folder: string;
  readonly #engine: Pick<EngineClient, 'request'>;
  readonly #project: () => Project | undefined;
  readonly #known = new Map<string, Document>();

  /** @param folder the workspace folder, absolute */
  constructor(folder: string, engine: Pick<EngineClient, 'request'>, project: () => Project | undefined) {
    this.#folder = folder;
    this.#engine = engine;
    this.#project = project;
  }

  /** A document by its id; undefined where the corpus has none. */
  async get(doc: string): Promise<Document | undefined> {
    const known = this.#known.get(doc);
    if (known !== undefined) return known;
    const project = this.#project();
    if (project === undefined) return undefined;
    const ref = await this.#engine.request('locate', { doc }).then(
      (result) => result.ref ?? undefined,
      () => this.#locate(doc, project),
    );
    const document = ref === undefined ? undefined : await loadDocument(this.#folder, project.corpus, ref);
    if (document === undefined) return undefined;
    this.#known.set(doc, document);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
    return document;
  }

  /** Forgets the documents of some files, or all: they are read again. */
  forget(files?: readonly string[]): void {
    for (const [doc, { ref }] of this.#known)
      if (files === undefined || files.includes(ref.file)) this.#known.delete(doc);
  }

  /** Finds a document without the engine's index. */
  async #locate(doc: string, project: Project): Promise<Document['ref'] | undefined> {
    for (const file of [doc, doc.slice(0, doc.lastIndexOf('#'))]) {
      const refs = await documentsOf(this.#folder, file, project.corpus);
      const found = refs.find(({ id }) => id === doc);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
