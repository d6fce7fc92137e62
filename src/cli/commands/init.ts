import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initialProject } from '../../labels/initial-project.js';
import { parseProject, projectFileName } from '../../labels/project.js';
import { flag, parseArguments, text, UsageError } from '../arguments.js';
import { print, printJson } from '../output.js';
import { workspaceFolder } from '../session.js';

/** `marginalia init`: writes `marginalia.json` from what is in the folder, and the git attributes of label files. */
export async function init(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, { workspace: { type: 'string' }, json: { type: 'boolean' } });
  const folder = workspaceFolder(text(options, 'workspace'));
  const written: string[] = [];
  const project = await initialProject(folder);
  try {
    await writeFile(join(folder, projectFileName), project, { flag: 'wx' });
    written.push(projectFileName);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw new UsageError(`${join(folder, projectFileName)} cannot be written: ${String(error)}`);
  }
  const labels = parseProject(await readFile(join(folder, projectFileName), 'utf8')).project?.labels ?? 'labels';
  if (await addAttributes(folder, labels)) written.push('.gitattributes');
  if (flag(options, 'json')) printJson({ written });
  else if (written.length === 0) print(`${projectFileName} is there already; nothing was changed.`);
  else print(`Wrote ${written.join(' and ')}. Look through it, then run 'marginalia queue' or open the panel.`);
  return 0;
}

/** Label files keep their line feeds on every system. Returns whether the line had to be added. */
async function addAttributes(folder: string, labels: string): Promise<boolean> {
  const file = join(folder, '.gitattributes');
  const line = `${labels}/**/*.jsonl text eol=lf`;
  const present = await readFile(file, 'utf8').catch(() => '');
  if (present.split(/\r?\n/).includes(line)) return false;
  const separator = present === '' || present.endsWith('\n') ? '' : '\n';
  await writeFile(file, `${present}${separator}${line}\n`);
  return true;
}
