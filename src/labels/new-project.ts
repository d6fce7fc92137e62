import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guessCorpus, literalGlob, type CorpusGuess } from '../corpus/guess.js';
import { parseProject, projectFileName } from './project.js';
import { projectText, type ProjectChoice } from './project-text.js';
import { DEFAULT_TEMPLATE, type TemplateId } from './templates.js';

/** Read by the pattern of a new project where the folder holds no texts yet. */
export const FIRST_TEXTS = '**/*.{txt,md}';

export interface NewProject {
  /** Names of the files that were written. */
  readonly written: readonly string[];
  /** What `marginalia.json` was made from; undefined where one was there, which stays as it is. */
  readonly made?: ProjectChoice & Pick<CorpusGuess, 'withoutText'>;
}

/**
 * Makes a folder a project without asking: writes `marginalia.json` from what is there, and the git attributes of its
 * label files. @throws where a file cannot be read or written
 */
export async function newProject(folder: string, template: TemplateId = DEFAULT_TEMPLATE): Promise<NewProject> {
  const guess = await guessCorpus(folder);
  const choice = { ...choiceOf(guess), template };
  const written = await writeProject(folder, choice);
  const isNew = written.includes(projectFileName);
  return { written, ...(isNew && { made: { ...choice, withoutText: guess.withoutText } }) };
}

/** All that was found, as the project file names it. */
export function choiceOf({ sources, about, withoutText, guidelines }: CorpusGuess): Omit<ProjectChoice, 'template'> {
  return {
    corpus: sources.length > 0 ? sources.map(({ rule }) => rule) : [{ include: FIRST_TEXTS }],
    exclude: [...about, ...withoutText].map(literalGlob),
    ...(guidelines !== undefined && { guidelines }),
  };
}

/**
 * Writes a project's files; one that is there already stays.
 * @returns names of the files that were written. @throws where one cannot be written, or the choice makes no project
 */
export async function writeProject(folder: string, choice: ProjectChoice): Promise<string[]> {
  const text = projectText(choice);
  const [wrong] = parseProject(text).problems.filter(({ severity }) => severity === 'error');
  if (wrong !== undefined) throw new Error(`This makes no project: ${wrong.message}`);
  const written: string[] = [];
  const file = join(folder, projectFileName);
  try {
    await writeFile(file, text, { flag: 'wx' });
    written.push(projectFileName);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const labels = parseProject(await readFile(file, 'utf8')).project?.labels ?? 'labels';
  if (await addAttributes(folder, labels)) written.push('.gitattributes');
  return written;
}

/** Label files keep their line feeds on every system. Returns whether the line had to be added. */
async function addAttributes(folder: string, labels: string): Promise<boolean> {
  const file = join(folder, '.gitattributes');
  const line = `${labels}/**/*.jsonl text eol=lf`;
  let present = '';
  try {
    present = await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  if (present.split(/\r?\n/).includes(line)) return false;
  // Appended, so that nothing that is there can be lost.
  await appendFile(file, `${present === '' || present.endsWith('\n') ? '' : '\n'}${line}\n`);
  return true;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
