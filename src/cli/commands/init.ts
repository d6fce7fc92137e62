import { newProject } from '../../labels/new-project.js';
import { projectFileName } from '../../labels/project.js';
import { flag, parseArguments, text, UsageError } from '../arguments.js';
import { print, printJson } from '../output.js';
import { workspaceFolder } from '../session.js';

/** `marginalia init`: makes a folder a project. */
export async function init(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, { workspace: { type: 'string' }, json: { type: 'boolean' } });
  const folder = workspaceFolder(text(options, 'workspace'));
  let written: string[];
  try {
    written = await newProject(folder);
  } catch (error) {
    throw new UsageError(`${folder} cannot be made a project: ${String(error)}`);
  }
  if (flag(options, 'json')) printJson({ written });
  else if (written.length === 0) print(`${projectFileName} is there already; nothing was changed.`);
  else print(`Wrote ${written.join(' and ')}. Look through it, then run 'marginalia queue' or open the panel.`);
  return 0;
}
