import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialProject } from './initial-project.js';
import { parseProject, projectFileName } from './project.js';

/**
 * Makes a folder a project: writes `marginalia.json` from what is there, and the git attributes of its label files. What
 * is there already stays.
 * @returns names of the files that were written. @throws where one cannot be read or written
 */
export async function newProject(folder: string): Promise<string[]> {
  const written: string[] = [];
  const file = join(folder, projectFileName);
  try {
    await writeFile(file, await initialProject(folder), { flag: 'wx' });
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
