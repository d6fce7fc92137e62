import type { Document, Problem, Range, Severity } from '../corpus/types.js';
import { anchor } from './anchors.js';
import type { Annotation } from './annotation.js';
import { allows, type Project } from './project.js';
import { comparePlaces, firstStart, placeOf } from './order.js';
import type { Line } from './serialise.js';

/** A label file as it stands on disk. */
export interface LabelFile {
  /** Workspace-relative POSIX path. */
  readonly file: string;
  readonly lines: readonly Line[];
}

/**
 * Looks for problems in label files: lines that are not understood, labels that the project does not have, ends and
 * signatures of relations, and anchors that no longer fit the text. Documents are read one at a time.
 * @param documents reads a document; undefined where the corpus has none of that name
 */
export async function checkLabels(
  project: Project,
  files: readonly LabelFile[],
  documents: (doc: string) => Promise<Document | undefined>,
  signal?: AbortSignal,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  const byDocument = new Map<string, { file: string; line: number; annotation: Annotation }[]>();
  for (const { file, lines } of files) {
    const report = (line: number, severity: Severity, code: string, message: string): void => {
      problems.push({ file, line, severity, code, message });
    };
    const byId = new Map<string, Annotation>();
    for (const { annotation } of lines) if (annotation !== undefined) byId.set(annotation.id, annotation);
    const seen = new Map<string, number>();
    lines.forEach((line, index) => {
      const number = index + 1;
      if (line.annotation === undefined) {
        if (line.problem !== undefined)
          report(number, 'error', line.problem.code, `${line.problem.message} The line is kept as it is.`);
        return;
      }
      const { annotation } = line;
      const earlier = seen.get(annotation.id);
      if (earlier !== undefined)
        report(
          number,
          'warning',
          'label-duplicate',
          `Line ${earlier} has the same id '${annotation.id}': the later one counts.`,
        );
      seen.set(annotation.id, number);
      for (const finding of checkAgainstProject(annotation, project, byId)) report(number, ...finding);
      const other = byDocument.get(annotation.doc);
      const entry = { file, line: number, annotation };
      if (other === undefined) byDocument.set(annotation.doc, [entry]);
      else other.push(entry);
    });
    const unsorted = firstUnsorted(lines, byId);
    if (unsorted !== undefined)
      report(
        unsorted,
        'information',
        'label-unsorted',
        'This line is out of order; the next change to this file sorts it.',
      );
  }

  for (const [doc, entries] of byDocument) {
    signal?.throwIfAborted();
    const document = await documents(doc);
    for (const { file, line, annotation } of entries) {
      if (document === undefined) {
        const message = `The corpus has no document '${doc}'. Was its file moved, or its record changed?`;
        problems.push({ file, line, severity: 'error', code: 'document-missing', message });
        continue;
      }
      const finding = checkAnchor(annotation, document);
      if (finding !== undefined) {
        const [severity, code, message] = finding;
        problems.push({ file, line, severity, code, message });
      }
    }
  }
  return problems.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

type Finding = readonly [Severity, string, string];

function* checkAgainstProject(
  annotation: Annotation,
  project: Project,
  byId: ReadonlyMap<string, Annotation>,
): Generator<Finding> {
  const known = (labels: readonly { readonly label: string }[], kind: string): Finding | undefined =>
    labels.some(({ label }) => label === annotationLabel(annotation))
      ? undefined
      : ['error', 'label-unknown', `marginalia.json has no ${kind} '${annotationLabel(annotation)}'.`];
  const kind = annotation.type === 'rejection' ? annotation.of : annotation.type;
  const unknown =
    kind === 'entity'
      ? known(project.entities, 'entity')
      : kind === 'relation'
        ? known(project.relations, 'relation')
        : kind === 'class'
          ? known(project.classes, 'class')
          : undefined;
  if (unknown !== undefined) yield unknown;
  if (annotation.type === 'class') {
    const type = project.classes.find(({ label }) => label === annotation.label);
    if (type !== undefined && !type.values.some(({ value }) => value === annotation.value))
      yield ['error', 'value-unknown', `The class '${annotation.label}' has no value '${annotation.value}'.`];
  }
  if (annotation.type === 'relation') {
    const ends = [annotation.head, annotation.tail].map((id) => byId.get(id));
    for (const [i, name] of (['head', 'tail'] as const).entries())
      if (ends[i]?.type !== 'entity')
        yield ['error', 'relation-end-missing', `The ${name} '${annotation[name]}' is no entity of this file.`];
    const [head, tail] = ends;
    const type = project.relations.find(({ label }) => label === annotation.label);
    if (
      type !== undefined &&
      head?.type === 'entity' &&
      tail?.type === 'entity' &&
      !allows(type, head.label, tail.label)
    )
      yield [
        'error',
        'relation-signature',
        `The signature of '${annotation.label}' does not allow ${head.label} → ${tail.label}.`,
      ];
  }
}

function annotationLabel(annotation: Annotation): string {
  return annotation.type === 'review' ? '' : annotation.label;
}

function checkAnchor(annotation: Annotation, document: Document): Finding | undefined {
  const past =
    annotation.type === 'relation' ? undefined : annotation.spans?.find(({ end }) => end > document.map.length);
  const found = anchor(annotation, document);
  switch (found.state) {
    case 'exact':
      return undefined;
    case 'moved':
      return ['warning', 'anchor-moved', `The text moved: this label now belongs to ${places(found.spans)}.`];
    case 'stale':
      if (past !== undefined)
        return [
          'error',
          'offset-out-of-range',
          `The offset ${past.end} is past the end of '${annotation.doc}', which has ${document.map.length} code points.`,
        ];
      return ['error', 'anchor-stale', `This label no longer fits its text: ${found.reason}.`];
  }
}

function places(spans: readonly Range[]): string {
  return spans.map(({ start, end }) => `${start}–${end}`).join(', ');
}

function firstUnsorted(lines: readonly Line[], byId: ReadonlyMap<string, Annotation>): number | undefined {
  const startOf = (id: string): number | undefined => {
    const head = byId.get(id);
    return head?.type === 'entity' ? firstStart(head) : undefined;
  };
  let previous: ReturnType<typeof placeOf> | undefined;
  for (const [index, { annotation }] of lines.entries()) {
    if (annotation === undefined) continue;
    const place = placeOf(annotation, startOf);
    if (previous !== undefined && comparePlaces(previous, place) > 0) return index + 1;
    previous = place;
  }
  return undefined;
}
