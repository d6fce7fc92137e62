import { comparePlaces, entityStarts, headOf, placeOf } from './order.js';
import type { Place } from './order.js';
import type { AnnotationLine, Line } from './serialise.js';
import { sortLines } from './serialise.js';

interface Entry {
  readonly line: Line;
  /** Where the line stands; a line without an annotation, where the one before it stands. */
  place: Place | undefined;
}

/**
 * The lines of one label file, in the order of the file: found by id and by document, changed line by line.
 * Lines stay where they are until the first change, which sorts them. Of several lines with one id, which a careless
 * merge leaves, the last in order counts; all are kept until that id is changed, which replaces them all.
 */
export class Lines implements Iterable<Line> {
  /** One-based number of the first mark of an unresolved merge, as the file was read. */
  readonly mergeConflict: number | undefined;
  #entries: Entry[];
  #sorted: boolean;
  /** The entry that counts. */
  readonly #byId = new Map<string, Entry>();
  /** Entries that do not. */
  readonly #shadowed = new Map<string, Entry[]>();
  readonly #byDocument = new Map<string, Set<Entry>>();
  readonly #byHead = new Map<string, Set<Entry>>();

  constructor(lines: Iterable<Line>) {
    this.#entries = Array.from(lines, (line) => ({ line, place: undefined }));
    for (const entry of this.#entries) this.#index(entry);
    const mark = this.#entries.findIndex(
      ({ line }) => line.annotation === undefined && line.problem?.code === 'label-merge-conflict',
    );
    this.mergeConflict = mark === -1 ? undefined : mark + 1;
    for (const id of this.#shadowed.keys()) this.#rank(id);
    this.#sorted = this.#placeAll();
  }

  get length(): number {
    return this.#entries.length;
  }

  *[Symbol.iterator](): Iterator<Line> {
    for (const { line } of this.#entries) yield line;
  }

  get(id: string): AnnotationLine | undefined {
    return lineOf(this.#byId.get(id));
  }

  /** The lines that count, of one document, in the order of a sorted file. */
  document(doc: string): AnnotationLine[] {
    return Array.from(this.#byDocument.get(doc) ?? [])
      .filter((entry) => this.#byId.get(entry.line.annotation?.id ?? '') === entry)
      .map((entry) => ({ line: lineOf(entry)!, place: this.#placeOf(entry)! }))
      .sort((a, b) => comparePlaces(a.place, b.place))
      .map(({ line }) => line);
  }

  /** The lines that count, in order. */
  *annotations(): Iterable<AnnotationLine> {
    for (const entry of this.#entries) {
      const line = lineOf(entry);
      if (line !== undefined && this.get(line.annotation.id) === line) yield line;
    }
  }

  /** One-based number of the line that counts for an id. */
  number(id: string): number | undefined {
    const entry = this.#byId.get(id);
    return entry === undefined ? undefined : this.#entries.indexOf(entry) + 1;
  }

  /** Replaces the line that counts for an id, adds it where there is none, or removes it. */
  set(id: string, line: AnnotationLine | undefined): void {
    this.#sort();
    for (const old of [this.#byId.get(id), ...(this.#shadowed.get(id) ?? [])]) {
      if (old === undefined) continue;
      this.#take(old);
      this.#unindex(old);
    }
    if (line !== undefined) {
      const entry: Entry = { line, place: undefined };
      this.#index(entry);
      this.#place(entry);
    }
    // An entity takes its relations along.
    for (const dependent of this.#byHead.get(id) ?? []) {
      const place = this.#placeOf(dependent);
      if (place === undefined || (dependent.place !== undefined && comparePlaces(place, dependent.place) === 0))
        continue;
      this.#take(dependent);
      this.#place(dependent);
    }
  }

  #sort(): void {
    if (this.#sorted) return;
    const entryOf = new Map(this.#entries.map((entry) => [entry.line, entry]));
    this.#entries = sortLines(this.#entries.map(({ line }) => line)).map((line) => entryOf.get(line)!);
    this.#sorted = this.#placeAll();
  }

  /** Gives every entry its place; whether they stand in that order. */
  #placeAll(): boolean {
    let sorted = true;
    let before: Place | undefined;
    for (const entry of this.#entries) {
      entry.place = this.#placeOf(entry) ?? before;
      if (before !== undefined && entry.place !== before && comparePlaces(before, entry.place!) > 0) sorted = false;
      before = entry.place;
    }
    return sorted;
  }

  #placeOf({ line }: Entry): Place | undefined {
    if (line.annotation === undefined) return undefined;
    return placeOf(line.annotation, (id) => {
      const same = [this.#byId.get(id), ...(this.#shadowed.get(id) ?? [])];
      return entityStarts(same.flatMap((entry) => entry?.line.annotation ?? [])).get(id);
    });
  }

  #place(entry: Entry): void {
    const place = this.#placeOf(entry);
    entry.place = place;
    this.#entries.splice(this.#after(place), 0, entry);
  }

  #take(entry: Entry): void {
    let at = this.#after(entry.place) - 1;
    while (this.#entries[at] !== entry) at--;
    // Lines that followed it follow the one before it now.
    const before = this.#entries[at - 1]?.place;
    for (let i = at + 1; this.#entries[i]?.line.annotation === undefined && i < this.#entries.length; i++) {
      this.#entries[i]!.place = before;
    }
    this.#entries.splice(at, 1);
  }

  /** Index of the first entry that stands after a place. */
  #after(place: Place | undefined): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#entries[middle]!.place;
      if (other === undefined || (place !== undefined && comparePlaces(other, place) <= 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #index(entry: Entry): void {
    const annotation = entry.line.annotation;
    if (annotation === undefined) return;
    const { id } = annotation;
    const earlier = this.#byId.get(id);
    if (earlier !== undefined) this.#shadowed.set(id, [...(this.#shadowed.get(id) ?? []), earlier]);
    this.#byId.set(id, entry);
    addTo(this.#byDocument, annotation.doc, entry);
    const head = headOf(annotation);
    if (head !== undefined) addTo(this.#byHead, head, entry);
  }

  #unindex(entry: Entry): void {
    const annotation = entry.line.annotation;
    if (annotation === undefined) return;
    this.#byId.delete(annotation.id);
    this.#shadowed.delete(annotation.id);
    removeFrom(this.#byDocument, annotation.doc, entry);
    const head = headOf(annotation);
    if (head !== undefined) removeFrom(this.#byHead, head, entry);
  }

  /** Lets the last in order of the lines with one id count, whatever the order of the file. */
  #rank(id: string): void {
    const same = [...(this.#shadowed.get(id) ?? []), this.#byId.get(id)!];
    const ranked = same
      .map((entry) => ({ entry, place: this.#placeOf(entry)! }))
      .sort((a, b) => comparePlaces(a.place, b.place))
      .map(({ entry }) => entry);
    this.#byId.set(id, ranked.pop()!);
    this.#shadowed.set(id, ranked);
  }
}

function lineOf(entry: Entry | undefined): AnnotationLine | undefined {
  return entry?.line.annotation === undefined ? undefined : entry.line;
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}

function removeFrom<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  set?.delete(value);
  if (set?.size === 0) map.delete(key);
}
