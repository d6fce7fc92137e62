import { loadDocument } from '../corpus/scan.js';
import type { DocumentRef, Problem } from '../corpus/types.js';
import { checkLabels } from '../labels/check.js';
import type { Project } from '../labels/project.js';
import { readLabelFiles } from './label-files.js';

/**
 * The problems of all label files, as they stand on disk.
 * @param locate finds a document of the corpus
 */
export async function labelProblems(
  folder: string,
  project: Project,
  locate: (doc: string) => DocumentRef | undefined,
  signal?: AbortSignal,
): Promise<Problem[]> {
  const files = await readLabelFiles(folder, project.labels);
  return checkLabels(
    project,
    files,
    async (doc) => {
      const ref = locate(doc);
      return ref === undefined ? undefined : loadDocument(folder, project.corpus, ref);
    },
    signal,
  );
}
