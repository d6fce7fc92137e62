import { join } from 'node:path';
import { z } from 'zod';
import { compareCodePoints } from '../corpus/code-points.js';
import { sha16 } from './annotation.js';
import { nodeDisk, type Disk } from './disk.js';

/**
 * Made-up passages are records of files of their own, `<labels>/synthetic/<annotator>.jsonl`: they are committed with the
 * labels that anchor in them, and nobody takes them for text that was found. One record a line, sorted by id.
 */
export const SyntheticRecord = z.looseObject({
  /** First 12 hex digits of SHA-256 of the text. */
  id: z.string().min(1),
  text: z.string(),
  /** Entities carried over from the passages that it is made of, in code points. */
  entities: z.array(z.looseObject({ start: z.int(), end: z.int(), label: z.string() })),
  making: z.string(),
  /** The passages that it is made of. */
  from: z.array(z.looseObject({ doc: z.string(), start: z.int(), end: z.int() })),
  seed: z.int(),
  synthetic: z.literal(true),
});
export type SyntheticRecord = z.infer<typeof SyntheticRecord>;

/** The folder of made-up passages in a labels folder: a workspace-relative POSIX path. */
export function syntheticFolder(labels: string): string {
  return `${labels}/synthetic`;
}

/** The file of an annotator's made-up passages: a workspace-relative POSIX path. */
export function syntheticFile(labels: string, annotator: string): string {
  return `${syntheticFolder(labels)}/${annotator}.jsonl`;
}

/** Whether a file, or the file of a document, holds made-up passages. */
export function isSynthetic(labels: string, fileOrDocument: string): boolean {
  return fileOrDocument.startsWith(`${syntheticFolder(labels)}/`);
}

export function syntheticId(text: string): string {
  return sha16(text).slice(0, 12);
}

/** The made-up passages of a workspace folder by document (`path#id`); lines of another form are left out. */
export async function readSynthetic(
  folder: string,
  labels: string,
  disk: Disk = nodeDisk,
): Promise<Map<string, SyntheticRecord>> {
  const records = new Map<string, SyntheticRecord>();
  const inside = syntheticFolder(labels);
  for (const name of (await disk.list(join(folder, inside))).sort(compareCodePoints)) {
    if (!name.endsWith('.jsonl') || name.startsWith('.')) continue;
    for (const line of await readLines(join(folder, inside, name), disk)) {
      const record = parsed(line);
      if (record !== undefined) records.set(`${inside}/${name}#${record.id}`, record);
    }
  }
  return records;
}

/**
 * Adds records to an annotator's file of made-up passages; resolves when they would outlive a crash. What is there stays,
 * lines of another form too; of one id the line that was there.
 */
export async function addSynthetic(
  folder: string,
  labels: string,
  annotator: string,
  records: readonly SyntheticRecord[],
  disk: Disk = nodeDisk,
): Promise<void> {
  const file = join(folder, syntheticFile(labels, annotator));
  const inside = join(folder, syntheticFolder(labels));
  const old = (await readLines(file, disk)).filter((line) => line.trim() !== '');
  const known = new Set(old.map((line) => parsed(line)?.id));
  const added = records.filter(({ id }) => !known.has(id)).map((record) => JSON.stringify(record));
  const lines = [...old, ...added].sort((a, b) => compareCodePoints(parsed(a)?.id ?? '', parsed(b)?.id ?? ''));
  await disk.makeFolder(inside);
  const temporary = `${file}.tmp`;
  await disk.write(temporary, [Buffer.from(`${lines.join('\n')}\n`)]);
  await disk.rename(temporary, file);
  await disk.syncFolder(inside);
}

async function readLines(file: string, disk: Disk): Promise<string[]> {
  const bytes = await disk.read(file);
  return bytes === undefined ? [] : Buffer.from(bytes).toString('utf8').split(/\r?\n/);
}

function parsed(line: string): SyntheticRecord | undefined {
  try {
    return SyntheticRecord.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
