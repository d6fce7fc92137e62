import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRaw, splitLines, type Line } from '../labels/serialise.js';
import type { Owner } from './label-index.js';

export interface LabelFile {
  /** Workspace-relative POSIX path. */
  readonly file: string;
  readonly owner: Owner;
  readonly lines: readonly Line[];
}

/**
 * Reads the annotators' files and 'gold' of a labels folder; proposals are left out, since nobody has accepted them.
 * Only reads: a folder that does not exist yet holds no labels.
 */
export async function readLabelFiles(folder: string, labels: string): Promise<LabelFile[]> {
  let names: string[];
  try {
    names = (await readdir(join(folder, labels))).sort();
  } catch {
    return [];
  }
  const files: LabelFile[] = [];
  for (const name of names) {
    if (!name.endsWith('.jsonl') || name.startsWith('.')) continue;
    const bytes = await readFile(join(folder, labels, name));
    files.push({
      file: `${labels}/${name}`,
      owner: name.slice(0, -'.jsonl'.length),
      lines: splitLines(bytes).map(parseRaw),
    });
  }
  return files;
}
