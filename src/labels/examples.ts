import type { Annotation, Entity } from './annotation.js';
import type { LabelExample, LabelExamples } from './label-example.js';
import type { Project } from './project.js';

interface Found {
  readonly example: Omit<LabelExample, 'times'>;
  /** Where it bears the label: a place that several annotators labelled counts once. */
  readonly places: Set<string>;
  at: string;
}

/** Characters of a passage that a label file keeps. */
const KEPT = 24;

/**
 * Examples of each of a project's labels from what people have accepted: at most `most` a label (a class: a value), the
 * most frequent texts first, then the latest.
 *
 * @param files the annotations file by file, since a relation's ends are in its own file; no proposals
 */
export function labelExamples(project: Project, files: Iterable<Iterable<Annotation>>, most = 5): LabelExamples[] {
  const found = new Map<string, Map<string, Found>>();
  const add = (name: string, key: string, place: string, at: string, example: Found['example']): void => {
    const texts = found.get(name) ?? new Map<string, Found>();
    found.set(name, texts);
    const known = texts.get(key);
    if (known === undefined) texts.set(key, { example, places: new Set([place]), at });
    else {
      known.places.add(place);
      if (at > known.at) known.at = at;
    }
  };
  for (const file of files) {
    const lines = [...file];
    const entities = new Map<string, Entity>();
    for (const line of lines) if (line.type === 'entity') entities.set(line.id, line);
    for (const line of lines) {
      if (line.type === 'entity') {
        const text = entityText(line);
        add(`entity ${line.label}`, text, whereOf(line), line.at, { before: line.before, text, after: line.after });
      } else if (line.type === 'relation') {
        const head = entities.get(line.head);
        const tail = entities.get(line.tail);
        if (head === undefined || tail === undefined) continue;
        const text = `${entityText(head)} → ${entityText(tail)}`;
        add(`relation ${line.label}`, text, `${whereOf(head)} ${whereOf(tail)}`, line.at, {
          before: '',
          text,
          after: '',
        });
      } else if (line.type === 'class') {
        const { first, value } = line;
        const text = squeezed(Array.from(first).length < KEPT ? first : `${first}…`);
        const place = whereOf(line);
        add(`class ${line.label}: ${value}`, place, place, line.at, { before: '', text, after: '', value });
      }
    }
  }
  const of = (kind: LabelExamples['kind'], label: string, names: readonly string[]): LabelExamples => {
    const all = names.map((name) => [...(found.get(name)?.values() ?? [])]);
    return {
      kind,
      label,
      count: all.flat().reduce((sum, { places }) => sum + places.size, 0),
      examples: all.flatMap((one) =>
        one
          .sort(
            (a, b) => b.places.size - a.places.size || compare(b.at, a.at) || compare(a.example.text, b.example.text),
          )
          .slice(0, most)
          .map(({ example, places }) => ({ ...example, times: places.size })),
      ),
    };
  };
  return [
    ...project.entities.map(({ label }) => of('entity', label, [`entity ${label}`])),
    ...project.relations.map(({ label }) => of('relation', label, [`relation ${label}`])),
    ...project.classes.map(({ label, values }) =>
      of(
        'class',
        label,
        values.map(({ value }) => `class ${label}: ${value}`),
      ),
    ),
  ];
}

function entityText({ spans }: Entity): string {
  return squeezed(spans.map(({ text }) => text).join(' … '));
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function whereOf({ doc, spans }: { doc: string; spans: readonly { start: number; end: number }[] }): string {
  return JSON.stringify([doc, spans.map(({ start, end }) => [start, end])]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
