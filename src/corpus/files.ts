import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { compareCodePoints } from './code-points.js';
import { unreadable } from './decode.js';
import type { CorpusConfig, Problem, SourceKind, SourceRule } from './types.js';

export interface CorpusFiles {
  /** Workspace-relative POSIX paths, sorted by code point. */
  readonly files: readonly string[];
  /** For each rule of the project file, in order, the number of files that its pattern matches. */
  readonly matches: readonly number[];
}

export interface ScanOptions {
  readonly onProblem?: ((problem: Problem) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a file is read: by its extension. What is not known is plain text. */
export function kindOf(file: string): SourceKind {
  switch (path.posix.extname(file).toLowerCase()) {
    case '.md':
    case '.markdown':
    case '.mdx':
      return 'markdown';
    case '.jsonl':
    case '.ndjson':
      return 'jsonl';
    case '.csv':
    case '.tsv':
      return 'csv';
    default:
      return 'text';
  }
}

/** How files of made-up passages are read. */
const SYNTHETIC_RULE: SourceRule = { include: '*.jsonl', text: 'text', id: 'id' };

/** The rule that a file is read by: the first whose pattern matches; undefined where the file is not of the corpus. */
export function ruleFor(file: string, config: CorpusConfig): SourceRule | undefined {
  if (config.synthetic !== undefined && isRecordIn(config.synthetic, file)) return SYNTHETIC_RULE;
  const { excludes, rules } = matchersOf(config);
  const names = file.split('/');
  const excluded = names.some((name, i) => isHidden(name) || excludes(names.slice(0, i + 1).join('/')));
  return excluded ? undefined : config.rules.find((_, i) => rules[i]!.matches(file));
}

/**
 * The files of the corpus. Hidden files and folders and `node_modules` are never part of it. Symbolic links are
 * followed, but nothing is listed twice: its own name counts before a link's.
 * A folder or link that cannot be read is reported (`unreadable`) and left out.
 * Throws the signal's reason when aborted.
 */
export async function corpusFiles(
  folder: string,
  config: CorpusConfig,
  { onProblem, signal }: ScanOptions = {},
): Promise<CorpusFiles> {
  const { excludes, rules } = matchersOf(config);
  const matches = config.rules.map(() => 0);
  const files: string[] = [];
  const links: string[] = [];
  /** Real paths of the folders and files that were met. */
  const met = new Set<string>();

  const offer = (file: string, real: string): void => {
    const matching = rules.flatMap((rule, i) => (rule.matches(file) ? [i] : []));
    if (matching.length === 0 || met.has(real)) return;
    met.add(real);
    files.push(file);
    for (const i of matching) matches[i]!++;
  };

  const walk = async (relative: string, real: string): Promise<void> => {
    signal?.throwIfAborted();
    if (met.has(real)) return;
    met.add(real);
    let entries: Dirent[];
    try {
      entries = await readdir(real, { withFileTypes: true });
    } catch (error) {
      onProblem?.(unreadable(relative === '' ? '.' : relative, error));
      return;
    }
    for (const entry of entries) {
      const file = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (isHidden(entry.name) || excludes(file)) continue;
      if (entry.isSymbolicLink()) links.push(file);
      else if (entry.isFile()) offer(file, path.join(real, entry.name));
      else if (entry.isDirectory() && rules.some((rule) => rule.reaches(file))) {
        await walk(file, path.join(real, entry.name));
      }
    }
  };

  const follow = async (link: string): Promise<void> => {
    if (!rules.some((rule) => rule.matches(link) || rule.reaches(link))) return;
    try {
      const real = await realpath(path.join(folder, link));
      const target = await stat(real);
      if (target.isFile()) offer(link, real);
      else if (target.isDirectory()) await walk(link, real);
    } catch (error) {
      signal?.throwIfAborted();
      // Without its target it cannot be told whether a link is a folder.
      if (rules.some((rule) => rule.matches(link))) onProblem?.(unreadable(link, error));
    }
  };

  try {
    await walk('', await realpath(folder));
  } catch (error) {
    signal?.throwIfAborted();
    onProblem?.(unreadable('.', error));
  }
  // Links found below links come after those above them.
  while (links.length > 0) {
    for (const link of links.splice(0).sort(compareCodePoints)) await follow(link);
  }
  files.push(...(await syntheticFiles(folder, config)));
  return { files: files.sort(compareCodePoints), matches };
}

async function syntheticFiles(folder: string, { synthetic }: CorpusConfig): Promise<string[]> {
  if (synthetic === undefined) return [];
  // There is none until the first passage is made up.
  const names = await readdir(path.join(folder, synthetic)).catch(() => []);
  return names.map((name) => `${synthetic}/${name}`).filter((file) => isRecordIn(synthetic, file));
}

function isRecordIn(folder: string, file: string): boolean {
  const name = path.posix.basename(file);
  return path.posix.dirname(file) === folder && name.endsWith('.jsonl') && !isHidden(name);
}

interface Matchers {
  readonly excludes: (path: string) => boolean;
  readonly rules: readonly RuleMatcher[];
}

interface RuleMatcher {
  readonly matches: (file: string) => boolean;
  /** Whether a folder may hold files that match. */
  readonly reaches: (folder: string) => boolean;
}

const matchers = new WeakMap<CorpusConfig, Matchers>();

function matchersOf(config: CorpusConfig): Matchers {
  let found = matchers.get(config);
  if (found === undefined) {
    const exclude = config.exclude.map(withoutDot).filter((glob) => glob !== '');
    found = {
      excludes: exclude.length === 0 ? () => false : picomatch(exclude, { dot: true }),
      rules: config.rules.map((rule) => ruleMatcher(withoutDot(rule.include))),
    };
    matchers.set(config, found);
  }
  return found;
}

function ruleMatcher(glob: string): RuleMatcher {
  if (glob === '') return { matches: () => false, reaches: () => false };
  const { base } = picomatch.scan(glob);
  return {
    matches: picomatch(glob),
    reaches: (folder) => base === '' || `${base}/`.startsWith(`${folder}/`) || folder.startsWith(`${base}/`),
  };
}

function withoutDot(glob: string): string {
  return glob.replace(/^(\.\/)+/, '');
}

function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}
