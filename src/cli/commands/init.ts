import type { SourceRule } from '../../corpus/types.js';
import { newProject, type NewProject } from '../../labels/new-project.js';
import { projectFileName } from '../../labels/project.js';
import { TEMPLATES } from '../../labels/templates.js';
import { flag, oneOf, parseArguments, text, UsageError } from '../arguments.js';
import { print, printJson } from '../output.js';
import { workspaceFolder } from '../session.js';

/** `marginalia init`: makes a folder a project. */
export async function init(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    template: { type: 'string' },
    json: { type: 'boolean' },
  });
  const template = oneOf(options, 'template', TEMPLATES);
  const folder = workspaceFolder(text(options, 'workspace'));
  let project: NewProject;
  try {
    project = await newProject(folder, template);
  } catch (error) {
    throw new UsageError(`${folder} cannot be made a project: ${String(error)}`);
  }
  const { written, made } = project;
  if (flag(options, 'json')) {
    printJson({
      written,
      ...(made && { template: made.template, corpus: made.corpus, withoutText: made.withoutText }),
    });
    return 0;
  }
  if (made === undefined) print(`${projectFileName} is there already and stays as it is.`);
  if (written.length > 0) print(`Wrote ${written.join(' and ')}.`);
  if (made === undefined) return 0;
  print(`Labels: the template '${made.template}'. Texts:`);
  for (const rule of made.corpus) print(`  ${ruleText(rule)}`);
  if (made.withoutText.length > 0) print(`Left out, since no field holds text: ${made.withoutText.join(', ')}`);
  print(`Look through ${projectFileName}, then run 'marginalia queue' or open the panel.`);
  return 0;
}

function ruleText({ include, text: field, id }: SourceRule): string {
  if (field === undefined) return include;
  return `${include}: text in "${field}"${id === undefined ? '' : `, records named by "${id}"`}`;
}
