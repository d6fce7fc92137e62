import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { sha16 } from '../labels/annotation.js';
import { SpanScorer } from '../learning/heads/entity.js';
import { RelationScorer } from '../learning/heads/relation.js';
import type { Heads } from './heads.js';
import type { SavedRanking } from './ranking.js';

/**
 * The heads and the ranking of a workspace folder on disk, so that a new process has the queue of the one before at once.
 * A cache: whatever is missing, damaged, of another model or project, or of another build of this program is made anew.
 */
export interface Snapshot {
  readonly heads: Heads;
  readonly ranking: SavedRanking;
}

/** The heads as plain data. */
type SavedHeads = Omit<Heads, 'entities' | 'relations'> & {
  readonly entities: SpanScorer['head'];
  readonly relations: RelationScorer['head'];
};

/** The contents are what this very build wrote (see `buildOf`), so the form of the whole is all that is checked. */
const Saved = z.object({
  build: z.string(),
  heads: z.custom<SavedHeads>((value) => typeof value === 'object' && value !== null),
  ranking: z.custom<SavedRanking>((value) => typeof value === 'object' && value !== null),
});

const CRC_BYTES = 4;

/** The file of a folder's snapshot. */
function snapshotFile(storage: string, folder: string): string {
  return join(storage, 'queue', `${sha16(folder)}.bin`);
}

/**
 * Undefined where there is none that can be used.
 * @param basis what the heads are to stand on, see `basisOf`: those of another model could not read its vectors
 */
export async function readSnapshot(storage: string, folder: string, basis: string): Promise<Snapshot | undefined> {
  try {
    const bytes = await readFile(snapshotFile(storage, folder));
    const content = bytes.subarray(CRC_BYTES);
    if (crc32(content) !== bytes.readUInt32LE(0)) return undefined;
    const { build, heads, ranking } = Saved.parse(deserialize(content));
    if (build !== (await buildOf()) || heads.basis !== basis) return undefined;
    return {
      heads: {
        ...heads,
        entities: new SpanScorer(heads.entities),
        relations: new RelationScorer(heads.relations),
      },
      ranking,
    };
  } catch {
    return undefined;
  }
}

/** Replaces the snapshot of a folder in one step. Throws where the disk does not take it. */
export async function writeSnapshot(storage: string, folder: string, { heads, ranking }: Snapshot): Promise<void> {
  const saved: z.infer<typeof Saved> = {
    build: await buildOf(),
    heads: { ...heads, entities: heads.entities.head, relations: heads.relations.head },
    ranking,
  };
  const content = serialize(saved);
  const checksum = Buffer.alloc(CRC_BYTES);
  checksum.writeUInt32LE(crc32(content));
  const file = snapshotFile(storage, folder);
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(draft, [checksum, content]);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Names the build that runs: what another one wrote may be of another form. */
async function buildOf(): Promise<string> {
  const { size, mtimeMs } = await stat(fileURLToPath(import.meta.url));
  return `${size} ${mtimeMs}`;
}
