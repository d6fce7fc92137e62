import { corpusFiles } from '../corpus/files.js';
import { scanCorpus } from '../corpus/scan.js';
import type { DocumentRef, Problem } from '../corpus/types.js';
import { projectFileName, readProject } from '../labels/project.js';
import { labelProblems } from './label-problems.js';

/** Everything that is wrong with a workspace folder: project file, corpus files, label files. */
export async function checkWorkspace(folder: string): Promise<Problem[]> {
  const { project, problems } = await readProject(folder);
  if (project === undefined) return problems;
  const found: Problem[] = [...problems, ...(await unmatchedRules(folder, project.corpus))];
  const documents = new Map<string, DocumentRef>();
  const onProblem = (problem: Problem): void => void found.push(problem);
  for await (const { ref } of scanCorpus(folder, project.corpus, { onProblem })) documents.set(ref.id, ref);
  if (documents.size === 0) {
    const message =
      'The corpus is empty: no file with text matches a pattern of "corpus". Change the patterns or add files.';
    found.push({ file: projectFileName, line: 1, severity: 'warning', code: 'corpus-empty', message });
  }
  found.push(...(await labelProblems(folder, project, (doc) => documents.get(doc))));
  return found;
}

/** A warning for each pattern of the project file that no file matches. */
export async function unmatchedRules(folder: string, config: Parameters<typeof corpusFiles>[1]): Promise<Problem[]> {
  const { matches } = await corpusFiles(folder, config);
  return config.rules.flatMap((rule, i): Problem[] =>
    matches[i] === 0
      ? [
          {
            file: projectFileName,
            line: 1,
            severity: 'warning',
            code: 'no-match',
            message: `No file matches the pattern '${rule.include}' of "corpus".`,
          },
        ]
      : [],
  );
}
