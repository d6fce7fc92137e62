import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { JSONPath, Node, ParseError } from 'jsonc-parser';
import type { z } from 'zod';
import type { CorpusConfig, Problem, Severity } from '../corpus/types.js';
import { digitKeys, letterKeys, reservedKeys } from './keys.js';
import { withDefaultColors } from './palette.js';
import { ProjectFile } from './project-schema.js';
import { syntheticFolder } from './synthetic.js';

export const projectFileName = 'marginalia.json';

export interface EntityType {
  readonly label: string;
  /** From the file, else the first free letter of its name (keys.ts); undefined when none is left. */
  readonly key?: string;
  /** `#rgb` or `#rrggbb`. */
  readonly color: string;
  readonly description?: string;
}

export interface RelationType {
  readonly label: string;
  readonly key?: string;
  /** Entity labels that may be its head, and its tail. */
  readonly head: readonly string[];
  readonly tail: readonly string[];
  readonly symmetric: boolean;
  readonly description?: string;
}

export interface ClassType {
  readonly label: string;
  readonly values: readonly { readonly value: string; readonly key?: string }[];
  /** Whether a passage may have several of the values. */
  readonly multiple: boolean;
  readonly description?: string;
}

/** `marginalia.json`, normalised: everything in the order of the file, defaults filled in. */
export interface Project {
  /** The label files' folder is among its `exclude`. */
  readonly corpus: CorpusConfig;
  readonly entities: readonly EntityType[];
  readonly relations: readonly RelationType[];
  readonly classes: readonly ClassType[];
  /** Folder of the label files: workspace-relative POSIX path, never the workspace itself. */
  readonly labels: string;
  /** Workspace-relative POSIX path. */
  readonly guidelines?: string;
}

export interface ParsedProject {
  /** Undefined when any problem is an error. */
  readonly project?: Project;
  readonly problems: Problem[];
}

/** The names of all labels: what a review's scope is made of. */
export function labelNames(project: Project): string[] {
  return [...project.entities, ...project.relations, ...project.classes].map(({ label }) => label);
}

/** Reads and parses the project file of a workspace folder. Never throws: what is wrong is in the problems. */
export async function readProject(folder: string): Promise<ParsedProject> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(folder, projectFileName));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      const message = `There is no ${projectFileName} in this folder. Run 'Marginalia: Create Project' or 'marginalia init' to write one.`;
      return { problems: [{ file: projectFileName, line: 1, severity: 'error', code: 'project-missing', message }] };
    }
    const message = `Could not read ${projectFileName}: ${error instanceof Error ? error.message : String(error)}`;
    return { problems: [{ file: projectFileName, line: 1, severity: 'error', code: 'project-unreadable', message }] };
  }
  return parseProject(bytes.toString('utf8'));
}

/**
 * Parses the text of a project file (JSON with comments and trailing commas). Errors are `project-invalid`; unknown
 * keys, reserved keys and an empty corpus or schema are warnings. Every problem has its line.
 */
export function parseProject(text: string): ParsedProject {
  const source = new Source(text);
  const project = source.problems.length > 0 ? undefined : projectOf(source);
  source.problems.sort((a, b) => a.line - b.line);
  return project === undefined ? { problems: source.problems } : { project, problems: source.problems };
}

/** The project, unless any problem found is an error. */
function projectOf(source: Source): Project | undefined {
  if (source.root === undefined) return undefined;
  source.checkNames(source.root);
  const file = validated(source);
  if (file === undefined) return undefined;
  const project = normalised(file, source);
  crossCheck(file, project, source);
  return source.problems.some(({ severity }) => severity === 'error') ? undefined : project;
}

/**
 * Sets (or, with undefined, removes) one value of a project file; comments and the rest of the layout stay.
 * The text must be free of syntax errors.
 */
export function editProject(text: string, path: JSONPath, value: unknown): string {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.includes('\t'),
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}

/** The parsed text with its problems: knows the line of every value. */
class Source {
  readonly root: Node | undefined;
  readonly problems: Problem[] = [];
  readonly #text: string;

  constructor(text: string) {
    // A byte-order mark is no JSON; offsets move by one, lines do not.
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    const errors: ParseError[] = [];
    this.root = parseTree(this.#text, errors, { allowTrailingComma: true });
    if (this.root === undefined && errors.every(({ offset }) => offset >= this.#text.trimEnd().length)) {
      this.#add(1, 'error', 'project-invalid', "The file is empty: delete it and run 'marginalia init' to write one.");
      return;
    }
    const seen = new Set<number>();
    for (const { error, offset } of errors) {
      const line = this.#lineAt(offset);
      if (seen.has(line)) continue;
      seen.add(line);
      const what = printParseErrorCode(error)
        .replace(/([a-z])([A-Z])/g, '$1 $2')
        .toLowerCase();
      this.#add(line, 'error', 'project-invalid', `This is not JSON: ${what}.`);
    }
  }

  error(path: JSONPath | undefined, message: string, at?: Node): void {
    const where = path === undefined || path.length === 0 ? '' : `${pathName(path)}: `;
    this.#add(this.lineOf(path ?? [], at), 'error', 'project-invalid', `${where}${message}`);
  }

  warn(code: string, path: JSONPath, message: string, at?: Node): void {
    const where = path.length === 0 ? '' : `${pathName(path)}: `;
    this.#add(this.lineOf(path, at), 'warning', code, `${where}${message}`);
  }

  /** One-based line of the value at a path; where it does not exist, of the innermost value around it that does. */
  lineOf(path: JSONPath, at?: Node): number {
    if (at !== undefined) return this.#lineAt(at.offset);
    for (let length = path.length; this.root !== undefined && length >= 0; length--) {
      const node = findNodeAtLocation(this.root, path.slice(0, length));
      if (node !== undefined) return this.#lineAt(node.offset);
    }
    return 1;
  }

  /** The property node that holds a key of the object at a path. */
  property(path: JSONPath, key: string): Node | undefined {
    const node = this.root === undefined ? undefined : findNodeAtLocation(this.root, path);
    return node?.children?.find((property) => property.children?.[0]?.value === key);
  }

  /** An object's keys in the order of the file: JavaScript objects put those that look like numbers first. */
  keys(path: JSONPath): string[] {
    const node = this.root === undefined ? undefined : findNodeAtLocation(this.root, path);
    return (node?.children ?? []).map((property) => String(property.children?.[0]?.value));
  }

  /** Reports names that occur twice in one object, of which JSON would keep the last, and one that no object can hold. */
  checkNames(node: Node): void {
    const seen = new Set<unknown>();
    for (const child of node.children ?? []) {
      if (child.type === 'property') {
        const name: unknown = child.children?.[0]?.value;
        if (seen.has(name)) this.error(undefined, `"${String(name)}" is defined twice here.`, child);
        if (name === '__proto__') this.error(undefined, '"__proto__" cannot be a name.', child);
        seen.add(name);
      }
      this.checkNames(child);
    }
  }

  #add(line: number, severity: Severity, code: string, message: string): void {
    this.problems.push({ file: projectFileName, line, severity, code, message });
  }

  #lineAt(offset: number): number {
    let line = 1;
    for (let i = this.#text.indexOf('\n'); i !== -1 && i < offset; i = this.#text.indexOf('\n', i + 1)) line++;
    return line;
  }
}

function pathName(path: JSONPath): string {
  return path
    .map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${segment}`))
    .join('')
    .slice(1);
}

type Issue = z.core.$ZodIssue;

function validated(source: Source): ProjectFile | undefined {
  const value: unknown = getNodeValue(source.root!);
  const first = ProjectFile.safeParse(value);
  if (first.success) return first.data;
  const issues = flat(first.error.issues);
  const unknownKeys = issues.filter((issue) => issue.code === 'unrecognized_keys');
  for (const issue of unknownKeys) {
    const path = jsonPath(issue.path);
    for (const key of issue.keys) {
      source.warn(
        'project-unknown-key',
        path,
        `"${key}" is not known here and does nothing.`,
        source.property(path, key),
      );
    }
  }
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') report(issue, source);
  }
  if (issues.length > unknownKeys.length) return undefined;
  const known = unknownKeys.reduce((rest, { path, keys }) => without(rest, path, keys), value);
  const second = ProjectFile.safeParse(known);
  if (second.success) return second.data;
  for (const issue of flat(second.error.issues)) report(issue, source);
  return undefined;
}

function report(issue: Issue, source: Source): void {
  const path = jsonPath(issue.path);
  // A bad name of a record is reported against the record: point at the name.
  if (issue.code === 'invalid_key') {
    const name = String(path.at(-1));
    const message = issue.issues[0]?.message ?? issue.message;
    source.error(path, message, source.property(path.slice(0, -1), name));
    return;
  }
  const message = issue.message.replace(/^Invalid (input|option): /, '');
  source.error(path, message);
}

/** Replaces a failed union by the issues of the alternative that was meant: the one whose type fits. */
function flat(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [issue];
    const meant = issue.errors.find((branch) =>
      branch.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
    );
    return meant === undefined
      ? [issue]
      : flat(meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })));
  });
}

function jsonPath(path: readonly PropertyKey[]): JSONPath {
  return path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
}

function without(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => (index === head ? without(item, rest, keys) : item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => head !== undefined || !keys.includes(key));
  return Object.fromEntries(entries.map(([key, item]) => [key, key === head ? without(item, rest, keys) : item]));
}

/** Drops what is undefined, so that an optional key is either there with a value or not there. */
function defined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

function normalised(file: ProjectFile, source: Source): Project {
  const entityLabels = source.keys(['entities']);
  const relationLabels = source.keys(['relations']);
  const classLabels = source.keys(['classes']);
  const taken = new Set(reservedKeys);
  for (const { key } of [...Object.values(file.entities ?? {}), ...Object.values(file.relations ?? {})]) {
    if (key !== undefined) taken.add(key);
  }
  const named = (names: string[], group: Record<string, { key?: string | undefined }> | undefined) =>
    letterKeys(
      names.map((name) => ({ name, key: group?.[name]?.key })),
      taken,
    );
  const entityKeys = named(entityLabels, file.entities);
  const relationKeys = named(relationLabels, file.relations);
  const colors = withDefaultColors(entityLabels.map((name) => file.entities?.[name]?.color));
  const labels = cleanPath(file.labels ?? 'labels');
  return {
    corpus: {
      rules: (file.corpus ?? []).map((rule) => (typeof rule === 'string' ? { include: rule } : defined(rule))),
      // Label files are JSONL too: a glob such as **/*.jsonl must not make them part of the corpus.
      exclude: [...(file.exclude ?? []), `${labels.replace(/[\\*?[\]{}()!+@|]/g, '\\$&')}/**`],
      synthetic: syntheticFolder(labels),
      unit: file.unit ?? 'paragraph',
    },
    entities: entityLabels.map((label, index) => ({
      label,
      ...defined({ key: entityKeys[index], description: file.entities?.[label]?.description }),
      color: colors[index]!,
    })),
    relations: relationLabels.map((label, index) => {
      const relation = file.relations?.[label];
      return {
        label,
        ...defined({ key: relationKeys[index], description: relation?.description }),
        head: relation?.head ?? [],
        tail: relation?.tail ?? [],
        symmetric: relation?.symmetric ?? false,
      };
    }),
    classes: classLabels.map((label) => {
      const definition = file.classes?.[label];
      const values = definition?.values ?? [];
      const keys = digitKeys(values.length, taken);
      return {
        label,
        values: values.map((value, index) => ({ value, ...defined({ key: keys[index] }) })),
        multiple: definition?.multiple ?? false,
        ...defined({ description: definition?.description }),
      };
    }),
    labels,
    ...(file.guidelines === undefined ? {} : { guidelines: cleanPath(file.guidelines) }),
  };
}

function cleanPath(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** What a person would call 'not a path inside this folder', or undefined. */
function leaves(path: string): string | undefined {
  if (/^([a-z]:)?[/\\]/i.test(path)) return 'must be relative to this folder';
  if (path.split(/[/\\]/).includes('..')) return 'must stay inside this folder';
  // In a glob a backslash escapes the next character; before a letter it is a Windows path.
  if (/\\[\p{L}\p{N}.]/u.test(path)) return 'must be written with / instead of \\';
  return undefined;
}

function crossCheck(file: ProjectFile, project: Project, source: Source): void {
  const paths: [JSONPath, string | undefined][] = [
    ...(file.corpus ?? []).map((rule, index): [JSONPath, string] =>
      typeof rule === 'string' ? [['corpus', index], rule] : [['corpus', index, 'include'], rule.include],
    ),
    ...(file.exclude ?? []).map((glob, index): [JSONPath, string] => [['exclude', index], glob]),
    [['labels'], file.labels],
    [['guidelines'], file.guidelines],
  ];
  for (const [path, value] of paths) {
    const wrong = value === undefined ? undefined : leaves(value);
    if (wrong !== undefined) source.error(path, `"${value!}" ${wrong}.`);
  }
  if (project.labels === '') source.error(['labels'], 'label files need a folder of their own, such as "labels".');
  if (/[\\:*?"<>|]/.test(project.labels))
    source.error(['labels'], `"${project.labels}" cannot be a folder's name everywhere.`);

  checkLabelNames(project, source);
  checkKeys(file, source);
  const entities = new Set(project.entities.map(({ label }) => label));
  for (const relation of project.relations) {
    for (const side of ['head', 'tail'] as const) {
      relation[side].forEach((label, index) => {
        if (!entities.has(label)) {
          source.error(['relations', relation.label, side, index], `"${label}" is not one of the entities.`);
        }
      });
    }
  }
  for (const { label, values } of project.classes) {
    const seen = new Set<string>();
    values.forEach(({ value }, index) => {
      const path = ['classes', label, 'values', index];
      if (seen.has(value)) source.error(path, `the value "${value}" is there twice.`);
      if (value === '__proto__') source.error(path, '"__proto__" cannot be a value.');
      seen.add(value);
    });
  }
  if (project.corpus.rules.length === 0) {
    source.warn('project-no-corpus', ['corpus'], 'no files to label: name some, such as ["docs/**/*.md"].');
  }
  if (labelNames(project).length === 0) {
    source.warn('project-no-labels', ['entities'], 'no labels yet: define at least one entity, relation or class.');
  }
}

function checkLabelNames(project: Project, source: Source): void {
  const groups = { entities: project.entities, relations: project.relations, classes: project.classes };
  const usedFor = new Map<string, string>();
  for (const [group, types] of Object.entries(groups)) {
    for (const { label } of types) {
      const at = source.property([group], label);
      const earlier = usedFor.get(label);
      if (earlier !== undefined && earlier !== group) {
        source.error([group, label], `"${label}" is already the name of one of the ${earlier}.`, at);
      }
      // The model's word for 'no label here'.
      if (label === 'none') source.error([group, label], '"none" cannot be a label.', at);
      usedFor.set(label, group);
    }
  }
}

function checkKeys(file: ProjectFile, source: Source): void {
  const usedBy = new Map<string, string>();
  for (const group of ['entities', 'relations'] as const) {
    for (const label of source.keys([group])) {
      const key = file[group]?.[label]?.key;
      if (key === undefined) continue;
      const path = [group, label, 'key'];
      const other = usedBy.get(key);
      if (other !== undefined) source.error(path, `"${key}" is already the key of ${other}.`);
      else if (reservedKeys.includes(key)) {
        source.warn(
          'key-reserved',
          path,
          `"${key}" is a key of the panel itself: choose another, or rebind the panel's.`,
        );
      }
      usedBy.set(key, label);
    }
  }
}
