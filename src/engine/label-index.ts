import type { Annotation } from '../labels/annotation.js';

/** Whose labels a line belongs to: an annotator's slug, or 'gold' for what was adjudicated. */
export type Owner = string;
export const GOLD: Owner = 'gold';

export interface OwnedAnnotation {
  readonly owner: Owner;
  readonly annotation: Annotation;
}

/** All accepted label lines in memory, by document. Proposals are not in it: nobody has accepted them. */
export class LabelIndex {
  readonly #byOwner = new Map<Owner, Map<string, Annotation>>();
  readonly #byDocument = new Map<string, Map<string, OwnedAnnotation>>();

  put(owner: Owner, annotation: Annotation): void {
    this.remove(owner, annotation.id);
    let own = this.#byOwner.get(owner);
    if (own === undefined) this.#byOwner.set(owner, (own = new Map<string, Annotation>()));
    own.set(annotation.id, annotation);
    let lines = this.#byDocument.get(annotation.doc);
    if (lines === undefined) this.#byDocument.set(annotation.doc, (lines = new Map<string, OwnedAnnotation>()));
    lines.set(key(owner, annotation.id), { owner, annotation });
  }

  remove(owner: Owner, id: string): Annotation | undefined {
    const annotation = this.#byOwner.get(owner)?.get(id);
    if (annotation === undefined) return undefined;
    this.#byOwner.get(owner)?.delete(id);
    const lines = this.#byDocument.get(annotation.doc);
    lines?.delete(key(owner, id));
    if (lines?.size === 0) this.#byDocument.delete(annotation.doc);
    return annotation;
  }

  of(doc: string): Iterable<OwnedAnnotation> {
    return this.#byDocument.get(doc)?.values() ?? [];
  }

  clear(): void {
    this.#byOwner.clear();
    this.#byDocument.clear();
  }

  documents(): IterableIterator<string> {
    return this.#byDocument.keys();
  }
}

function key(owner: Owner, id: string): string {
  return `${owner}\n${id}`;
}
