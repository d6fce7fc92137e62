import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';
import { scanCorpus } from '../../../src/corpus/scan.js';
import type { CorpusConfig, Document, Problem, SourceRule } from '../../../src/corpus/types.js';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files, removed after the test. */
export function workspace(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'corpus-'));
  folders.push(folder);
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), content);
  }
  return folder;
}

export function corpus(rules: readonly (string | SourceRule)[], exclude: readonly string[] = []): CorpusConfig {
  return {
    rules: rules.map((rule) => (typeof rule === 'string' ? { include: rule } : rule)),
    exclude,
    unit: 'paragraph',
  };
}

export async function scanned(
  folder: string,
  config: CorpusConfig,
): Promise<{ documents: Document[]; problems: Problem[] }> {
  const documents: Document[] = [];
  const problems: Problem[] = [];
  for await (const document of scanCorpus(folder, config, { onProblem: (problem) => problems.push(problem) })) {
    documents.push(document);
  }
  return { documents, problems };
}

/** File, line and code of problems: what tests compare. */
export function places(problems: readonly Problem[]): string[] {
  return problems.map(({ file, line, code }) => `${file}:${line} ${code}`);
}
