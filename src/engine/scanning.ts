import { setImmediate as breathe } from 'node:timers/promises';
import { corpusFiles, scanCorpus, scanFile } from '../corpus/scan.js';
import type { CorpusConfig, Problem } from '../corpus/types.js';
import { Pool, type Entry } from './pool.js';

/** Documents read before others get their turn. */
const DOCUMENTS_PER_TURN = 200;

export interface Scan {
  readonly pool: Pool;
  /** Of each file that was read; an empty list where there are none. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  /** Passages of files that were read again, whose text their file did not hold before. */
  readonly fresh: readonly Entry[];
}

/** Reads the whole corpus. */
export async function scanAll(
  folder: string,
  config: CorpusConfig,
  signal: AbortSignal,
  onProgress: (documents: number) => void,
): Promise<Scan> {
  const pool = new Pool(folder, config);
  const problems = new Map<string, Problem[]>();
  const onProblem = (problem: Problem): void => {
    const others = problems.get(problem.file);
    if (others === undefined) problems.set(problem.file, [problem]);
    else others.push(problem);
  };
  let documents = 0;
  for await (const document of scanCorpus(folder, config, { onProblem, signal })) {
    pool.add(document);
    if (++documents % DOCUMENTS_PER_TURN !== 0) continue;
    onProgress(documents);
    await breathe();
  }
  return { pool, problems, fresh: [] };
}

/** Reads files again into a pool; what they held before is forgotten. */
export async function scanAgain(
  folder: string,
  config: CorpusConfig,
  pool: Pool,
  files: Iterable<string>,
  signal: AbortSignal,
): Promise<Scan> {
  const known = new Set((await corpusFiles(folder, config)).files);
  const problems = new Map<string, Problem[]>();
  const fresh: Entry[] = [];
  for (const file of files) {
    const before = new Set([...pool.inFile(file)].map(({ hash }) => hash));
    pool.removeFile(file);
    const found: Problem[] = [];
    problems.set(file, found);
    if (!known.has(file)) continue;
    for await (const document of scanFile(folder, file, config, (problem) => found.push(problem), signal))
      pool.add(document);
    for (const entry of pool.inFile(file)) if (!before.has(entry.hash)) fresh.push(entry);
  }
  return { pool, problems, fresh };
}
