import { compareCodePoints } from '../corpus/code-points.js';
import type { Document, Problem, Range, Severity } from '../corpus/types.js';
import { anchor } from './anchors.js';
import type { Annotation } from './annotation.js';
import type { Project } from './project.js';
import { allows } from './signature.js';
import { comparePlaces, entityStarts, placeOf } from './order.js';
import { lineProblems } from './serialise.js';
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
  const byDocument = new Map<string, Located[]>();
  for (const { file, lines } of files) {
    problems.push(...lineProblems(file, lines));
    const located = lines.flatMap(({ annotation }, index): Located[] =>
      annotation === undefined ? [] : [{ file, line: index + 1, annotation }],
    );
    problems.push(...checkFile(located, project));
    for (const one of located) {
      const others = byDocument.get(one.annotation.doc);
      if (others === undefined) byDocument.set(one.annotation.doc, [one]);
      else others.push(one);
    }
  }

  for (const [doc, located] of byDocument) {
    signal?.throwIfAborted();
    const document = await documents(doc);
    for (const { file, line, annotation } of located) {
      const finding = document === undefined ? missingDocument(annotation) : checkAnchor(annotation, document);
      if (finding !== undefined) problems.push(problemOf({ file, line }, finding));
    }
  }
  return problems.sort((a, b) => compareCodePoints(a.file, b.file) || a.line - b.line);
}

interface Located {
  readonly file: string;
  readonly line: number;
  readonly annotation: Annotation;
}

/** Severity, code and message of a problem. */
type Finding = readonly [Severity, string, string];

function problemOf({ file, line }: Pick<Located, 'file' | 'line'>, [severity, code, message]: Finding): Problem {
  return { file, line, severity, code, message };
}

/** What can be said without the documents. */
function checkFile(located: readonly Located[], project: Project): Problem[] {
  const byId = new Map(located.map(({ annotation }) => [annotation.id, annotation]));
  const ids = new Map<string, number>();
  const facts = new Map<string, number>();
  return located
    .flatMap((one) => {
      const { annotation, line } = one;
      const findings = [
        ...checkForm(annotation),
        ...checkLabel(annotation, project),
        ...checkEnds(annotation, project, byId),
        ...checkRepeated(annotation, line, ids, facts),
      ];
      if (annotation.conflict !== undefined) {
        findings.push([
          'warning',
          'label-conflict',
          'Two versions of this label met: choose one and delete "conflict".',
        ]);
      }
      return findings.map((finding) => problemOf(one, finding));
    })
    .concat(firstUnsorted(located));
}

function checkForm(annotation: Annotation): Finding[] {
  if (annotation.type === 'relation') return [];
  const spans = annotation.spans ?? [];
  const empty = spans.find(({ start, end }) => start >= end);
  if (empty !== undefined) {
    return [
      ['error', 'label-invalid', `The span ${places([empty])} is empty: its end must be greater than its start.`],
    ];
  }
  const inOrder = spans.every(({ start }, i) => i === 0 || start >= spans[i - 1]!.end);
  return inOrder ? [] : [['error', 'label-invalid', `The spans ${places(spans)} must be in order and not overlap.`]];
}

function checkLabel(annotation: Annotation, project: Project): Finding[] {
  const kind = annotation.type === 'rejection' ? annotation.of : annotation.type;
  if (annotation.type === 'review' || kind === 'review') return [];
  const { label } = annotation;
  const types = { entity: project.entities, relation: project.relations, class: project.classes }[kind];
  if (!types.some((type) => type.label === label)) {
    return [['error', 'label-unknown', `marginalia.json has no ${kind} '${label}'.`]];
  }
  const type = kind === 'class' ? project.classes.find((candidate) => candidate.label === label) : undefined;
  const { value } = annotation;
  if (type === undefined || type.values.some((known) => known.value === value)) return [];
  return [['error', 'value-unknown', `The class '${label}' has no value '${String(value)}'.`]];
}

function checkEnds(annotation: Annotation, project: Project, byId: ReadonlyMap<string, Annotation>): Finding[] {
  if (annotation.type !== 'relation' && (annotation.type !== 'rejection' || annotation.of !== 'relation')) return [];
  const findings: Finding[] = [];
  const ends = (['head', 'tail'] as const).map((name) => {
    const id = annotation[name] ?? '';
    const end = byId.get(id);
    if (end?.type !== 'entity') {
      findings.push(['error', 'relation-end-missing', `The ${name} '${id}' is no entity of this file.`]);
      return undefined;
    }
    if (end.doc !== annotation.doc) {
      findings.push(['error', 'relation-end-elsewhere', `The ${name} '${id}' is in another document, '${end.doc}'.`]);
    }
    return end;
  });
  const [head, tail] = ends;
  const type = project.relations.find(({ label }) => label === annotation.label);
  if (type !== undefined && head !== undefined && tail !== undefined && !allows(type, head.label, tail.label)) {
    const message = `The signature of '${annotation.label}' does not allow ${head.label} → ${tail.label}.`;
    findings.push(['error', 'relation-signature', message]);
  }
  return findings;
}

/** Two lines with one id, or with different ids that say the same. */
function checkRepeated(
  annotation: Annotation,
  line: number,
  ids: Map<string, number>,
  facts: Map<string, number>,
): Finding[] {
  const { id, type, doc } = annotation;
  const spans = annotation.type === 'relation' ? [] : (annotation.spans ?? []).map(({ start, end }) => [start, end]);
  const of = annotation.type === 'rejection' ? annotation.of : '';
  const label = annotation.type === 'review' ? '' : annotation.label;
  const ends = [annotation['head'], annotation['tail']];
  const fact = JSON.stringify([type, of, label, annotation['value'], doc, spans, ends]);
  const [sameId, sameFact] = [ids.get(id), facts.get(fact)];
  ids.set(id, line);
  facts.set(fact, line);
  if (sameId !== undefined) {
    return [['error', 'id-duplicate', `Line ${sameId} has the same id '${id}': one of the two must go.`]];
  }
  if (sameFact !== undefined) return [['warning', 'label-duplicate', `Line ${sameFact} says the same.`]];
  return [];
}

function missingDocument({ doc }: Annotation): Finding {
  const message = `The corpus has no document '${doc}'. Was its file moved, or its record changed?`;
  return ['error', 'document-missing', message];
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

function firstUnsorted(located: readonly Located[]): Problem[] {
  const starts = entityStarts(located.map(({ annotation }) => annotation));
  const order = located.map(({ annotation }) => placeOf(annotation, (id) => starts.get(id)));
  const at = order.findIndex((place, i) => i > 0 && comparePlaces(order[i - 1]!, place) > 0);
  if (at === -1) return [];
  const message = 'This line is out of order; the next change to this file sorts it.';
  return [problemOf(located[at]!, ['information', 'label-unsorted', message])];
}
