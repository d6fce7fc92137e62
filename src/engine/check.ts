import { corpusFiles } from '../corpus/files.js';
import { scanCorpus } from '../corpus/scan.js';
import type { CorpusConfig, DocumentRef, Problem } from '../corpus/types.js';
import { projectFileName, readProject } from '../labels/project.js';
import { labelProblems } from './label-problems.js';

/** Everything that is wrong with a workspace folder: project file, corpus files, label files. */
export async function checkWorkspace(folder: string): Promise<Problem[]> {
  const { project, problems } = await readProject(folder);
  if (project === undefined) return problems;
  const found: Problem[] = [...problems];
  const documents = new Map<string, DocumentRef>();
  const onProblem = (problem: Problem): void => void found.push(problem);
  for await (const { ref } of scanCorpus(folder, project.corpus, { onProblem })) documents.set(ref.id, ref);
  found.push(...(await corpusProblems(folder, project.corpus, documents.size)));
  found.push(...(await labelProblems(folder, project, (doc) => documents.get(doc))));
  return found;
}

/** What the project file's patterns come to: a warning for each that no file matches, and one for an empty corpus. */
export async function corpusProblems(folder: string, config: CorpusConfig, documents: number): Promise<Problem[]> {
  const warning = (code: string, message: string): Problem => ({
    file: projectFileName,
    line: 1,
    severity: 'warning',
    code,
    message,
  });
  const { matches } = await corpusFiles(folder, config);
  const problems = config.rules.flatMap(({ include }, i) =>
    matches[i] === 0 ? [warning('no-match', `No file matches the pattern '${include}' of "corpus".`)] : [],
  );
  if (documents === 0) {
    const remedy = 'Change the patterns or add files.';
    problems.push(
      warning('corpus-empty', `The corpus is empty: no file with text matches a pattern of "corpus". ${remedy}`),
    );
  }
  return problems;
}
