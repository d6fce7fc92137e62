import type { Range } from '../corpus/types.js';
import type { Annotation, ClassLabel, Review } from '../labels/annotation.js';
import type { Project } from '../labels/project.js';
import type { Candidate, Suggestion } from '../protocol/engine.js';

/**
 * What a person has settled in a document, found by place: a view asks it of every candidate and suggestion, of which
 * there may be hundreds, in a document that may have a thousand labels.
 */
export class Answered {
  readonly #project: Project;
  readonly #entities = new Set<string>();
  readonly #places = new Set<string>();
  readonly #rejected = new Set<string>();
  readonly #pairs = new Set<string>();
  readonly #classes = new Map<string, ClassLabel[]>();
  readonly #reviews = new Map<string, Review>();

  constructor(project: Project, own: Iterable<Annotation> = []) {
    this.#project = project;
    for (const line of own) this.add(line);
  }

  add(line: Annotation): void {
    switch (line.type) {
      case 'entity':
        this.#entities.add(line.id);
        this.#places.add(placeOf(line.spans));
        return;
      case 'relation':
        this.#pair(line.label, line.head, line.tail);
        return;
      case 'class': {
        const place = placeOf(line.spans);
        this.#classes.set(place, [...(this.#classes.get(place) ?? []), line]);
        return;
      }
      case 'review': {
        const place = placeOf(line.spans);
        if (!this.#reviews.has(place)) this.#reviews.set(place, line);
        return;
      }
      case 'rejection':
        if (line.of === 'relation') {
          if (line.head !== undefined && line.tail !== undefined) this.#pair(line.label, line.head, line.tail);
        } else if (line.spans !== undefined) {
          this.#rejected.add(nameOf(line.of, line.label, line.value ?? '', placeOf(line.spans)));
          if (line.of === 'entity') this.#rejected.add(placeOf(line.spans));
        }
    }
  }

  #pair(label: string, head: string, tail: string): void {
    this.#pairs.add(nameOf(label, head, tail)).add(nameOf(head, tail));
    const type = this.#project.relations.find((candidate) => candidate.label === label);
    if (type?.symmetric === true) this.#pairs.add(nameOf(label, tail, head));
  }

  classesAt(passage: Range): readonly ClassLabel[] {
    return this.#classes.get(placeOf([passage])) ?? [];
  }

  reviewAt(passage: Range): Review | undefined {
    return this.#reviews.get(placeOf([passage]));
  }

  /** Whether a suggestion still asks for something: neither labelled nor turned down since. */
  isOpen({ kind, label, value = '', spans, head, tail }: Suggestion, passage: Range): boolean {
    const project = this.#project;
    switch (kind) {
      case 'entity': {
        const place = placeOf(spans);
        return (
          project.entities.some((type) => type.label === label) &&
          !this.#places.has(place) &&
          !this.#rejected.has(nameOf('entity', label, '', place))
        );
      }
      case 'relation':
        return (
          project.relations.some((type) => type.label === label) &&
          head !== undefined &&
          tail !== undefined &&
          this.#entities.has(head) &&
          this.#entities.has(tail) &&
          !this.#pairs.has(nameOf(label, head, tail))
        );
      case 'class': {
        const type = project.classes.find((candidate) => candidate.label === label);
        return (
          type?.values.some((candidate) => candidate.value === value) === true &&
          !this.#rejected.has(nameOf('class', label, value, placeOf([passage]))) &&
          !this.classesAt(passage).some((line) => line.label === label && (line.value === value || !type.multiple))
        );
      }
    }
  }

  /** Whether the person has not settled yet what the model is unsure of. */
  isInDoubt({ kind, spans, head, tail, class: name }: Candidate, passage: Range): boolean {
    switch (kind) {
      case 'entity': {
        const place = placeOf(spans);
        return !this.#places.has(place) && !this.#rejected.has(place);
      }
      case 'relation':
        return head !== undefined && tail !== undefined && !this.#pairs.has(nameOf(head, tail));
      case 'class':
        return (
          this.#project.classes.some(({ label }) => label === name) &&
          !this.classesAt(passage).some(({ label }) => label === name)
        );
    }
  }
}

function placeOf(spans: readonly Range[]): string {
  return spans.map(({ start, end }) => `${start}-${end}`).join(' ');
}

/** Parts cannot run into each other: no label, id or value holds a line end. */
function nameOf(...parts: readonly string[]): string {
  return parts.join('\n');
}
