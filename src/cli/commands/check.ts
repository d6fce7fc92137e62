import type { Problem } from '../../corpus/types.js';
import { checkWorkspace } from '../../engine/check.js';
import { flag, oneOf, parseArguments, text } from '../arguments.js';
import { print, printJson } from '../output.js';
import { workspaceFolder } from '../session.js';

/** `marginalia check`: exits with 1 where there is an error. */
export async function check(args: readonly string[]): Promise<number> {
  const options = parseArguments(args, {
    workspace: { type: 'string' },
    json: { type: 'boolean' },
    format: { type: 'string' },
  });
  const format = flag(options, 'json') ? 'json' : (oneOf(options, 'format', ['text', 'json', 'github']) ?? 'text');
  const problems = await checkWorkspace(workspaceFolder(text(options, 'workspace')));
  if (format === 'json') printJson({ problems });
  else for (const problem of problems) print(format === 'github' ? githubLine(problem) : textLine(problem));
  if (format === 'text' && problems.length === 0) print('No problems.');
  return problems.some(({ severity }) => severity === 'error') ? 1 : 0;
}

function textLine({ file, line, severity, code, message }: Problem): string {
  return `${file}:${line}: ${severity}: ${message} [${code}]`;
}

/** A workflow command of GitHub Actions, which shows the problem at its line. */
function githubLine({ file, line, severity, code, message }: Problem): string {
  const command = severity === 'information' ? 'notice' : severity;
  const property = (value: string): string => data(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const data = (value: string): string => value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  return `::${command} file=${property(file)},line=${line},title=${property(code)}::${data(message)}`;
}
