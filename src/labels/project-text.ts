import type { SourceRule, Unit } from '../corpus/types.js';
import { templates, type TemplateId } from './templates.js';

/** All that a new project file says. */
export interface ProjectChoice {
  readonly corpus: readonly SourceRule[];
  /** Globs. */
  readonly exclude: readonly string[];
  readonly template: TemplateId;
  /** Workspace-relative POSIX path. */
  readonly guidelines?: string;
}

/** The text of a new `marginalia.json`, with comments that say what each part is for. */
export function projectText({ corpus, exclude, template, guidelines }: ProjectChoice): string {
  const { entities, relations, classes, wholeRecords } = templates[template];
  const unit: Unit =
    wholeRecords && corpus.length > 0 && corpus.every(({ text }) => text !== undefined) ? 'document' : 'paragraph';
  const rules = corpus.map((rule) => inline(rule.text === undefined ? rule.include : rule));
  return `// What Marginalia labels here. Comments stay when Marginalia changes this file.
{
  // Which files hold the text. Of JSONL, CSV and TSV files also the field with the text, and one that names the record.
  "corpus": [
${rules.map((rule) => `    ${rule}`).join(',\n')}
  ],
  "exclude": ${inline(exclude)},

  // What is shown and reviewed at a time: "sentence", "paragraph" or "document".
  "unit": ${inline(unit)},

  // Labels of stretches of text, each with the key that applies it${example(entities, '"Person": { "key": "p", "description": "A named human being" }')}
  "entities": ${members(entities)},

  // Links from one entity to another, and between which labels they are allowed${example(relations, '"worksFor": { "key": "w", "head": ["Person"], "tail": ["Organisation"] }')}
  "relations": ${members(relations)},

  // Labels of whole passages; the digits choose their values${example(classes, '"tone": { "values": ["neutral", "praise", "complaint"], "multiple": false }')}
  "classes": ${members(classes)},

  // The folder of the label files: one annotation a line, one file an annotator.
  "labels": "labels"${guidelines === undefined ? '' : `,\n\n  // Shown beside the passage.\n  "guidelines": ${inline(guidelines)}`}
}
`;
}

/** The end of a comment: where the part is empty, what a label would look like. */
function example(group: object, line: string): string {
  return Object.keys(group).length > 0 ? '.' : `, for example:\n  // ${line}`;
}

/** A label a line. */
function members(group: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(group).map(([name, value]) => `    ${JSON.stringify(name)}: ${inline(value)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`;
}

/** JSON on one line, spaced as people write it. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${inline(part)}`);
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}
