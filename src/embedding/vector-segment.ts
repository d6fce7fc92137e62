import { randomBytes } from 'node:crypto';
import { open, readFile, rm, stat, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { headSize, readHead, type BodyPlace } from './vector-record.js';

/**
 * A segment of the vector cache: two files that are only ever appended to, `<id>.heads` (a header, then heads of one
 * size) and `<id>.bodies`. A third, `<id>.lock`, holds the id of the process that appends; others only read.
 */
export interface SegmentName {
  /** Hash of the model. */
  readonly model: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  readonly id: string;
}

const MAGIC = 'marginalia vectors 1';
const HEADER_BYTES = 64;

export function newSegmentName(model: string): SegmentName {
  const created = Date.now();
  return { model, created, id: `${model}-${created.toString(36).padStart(9, '0')}-${randomBytes(3).toString('hex')}` };
}

/** Undefined for files that are not a segment's heads. */
export function parseSegmentFile(file: string): SegmentName | undefined {
  const match = /^(([0-9a-f]{16})-([0-9a-z]{9})-[0-9a-f]{6})\.heads$/.exec(file);
  if (!match) return undefined;
  const [, id, model, created] = match;
  if (id === undefined || model === undefined || created === undefined) return undefined;
  return { id, model, created: parseInt(created, 36) };
}

const headsFile = (folder: string, id: string): string => join(folder, `${id}.heads`);
const bodiesFile = (folder: string, id: string): string => join(folder, `${id}.bodies`);
const lockFile = (folder: string, id: string): string => join(folder, `${id}.lock`);

/** Bytes that a segment takes on disk; 0 where it is gone. */
export async function segmentBytes(folder: string, id: string): Promise<number> {
  let bytes = 0;
  for (const file of [headsFile(folder, id), bodiesFile(folder, id)]) {
    bytes += await stat(file).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

/** When a segment was last opened or written to, in milliseconds since the epoch; 0 where it is gone. */
export async function segmentUsed(folder: string, id: string): Promise<number> {
  return stat(headsFile(folder, id)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** Notes that a segment is used. Where that cannot be written, it counts as unused since it was written to. */
export async function touchSegment(folder: string, id: string): Promise<void> {
  const now = new Date();
  await utimes(headsFile(folder, id), now, now).catch(() => undefined);
}

/** Deletes a segment; does nothing where a system does not let open files go. */
export async function deleteSegment(folder: string, id: string): Promise<void> {
  // The heads go last: as long as they are there, the segment is found and can be deleted again.
  for (const file of [lockFile(folder, id), bodiesFile(folder, id), headsFile(folder, id)]) {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** Segments that this process appends to. */
const held = new Set<string>();

/** Whether a living process, or a cache of this one, appends to a segment. */
export async function isInUse(folder: string, id: string): Promise<boolean> {
  const pid = Number(await readFile(lockFile(folder, id), 'utf8').catch(() => ''));
  return pid === process.pid ? held.has(id) : pid > 0 && isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process cannot be signalled, but it lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Takes the right to append to a segment; false where another has it. */
async function lock(folder: string, id: string): Promise<boolean> {
  if (await isInUse(folder, id)) return false;
  // A process that died leaves its lock behind. Should two others take it over at once, both append: checksums see to
  // it that what they overwrite of each other counts as missing.
  await rm(lockFile(folder, id), { force: true });
  try {
    const handle = await open(lockFile(folder, id), 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
  } catch {
    return false;
  }
  held.add(id);
  return true;
}

async function unlock(folder: string, id: string): Promise<void> {
  held.delete(id);
  await rm(lockFile(folder, id), { force: true });
}

export class Segment {
  #heads: Buffer;
  #rows: number;
  #bodiesEnd = 0;
  #reading: Promise<FileHandle> | undefined;
  #writing: { readonly heads: FileHandle; readonly bodies: FileHandle } | undefined;

  private constructor(
    private readonly folder: string,
    readonly name: SegmentName,
    private readonly dimensions: number,
    heads: Buffer,
  ) {
    this.#heads = heads;
    this.#rows = Math.floor(heads.length / headSize(dimensions));
  }

  /** Reads the heads of a segment; undefined where it is gone, or not of this model's shape. */
  static async read(folder: string, name: SegmentName, dimensions: number): Promise<Segment | undefined> {
    const file = await readFile(headsFile(folder, name.id)).catch(() => undefined);
    if (!file?.subarray(0, HEADER_BYTES).equals(header(name, dimensions))) return undefined;
    return new Segment(folder, name, dimensions, file.subarray(HEADER_BYTES));
  }

  /** Makes an empty segment, with the right to append. */
  static async create(folder: string, name: SegmentName, dimensions: number): Promise<Segment> {
    const segment = new Segment(folder, name, dimensions, Buffer.alloc(0));
    await lock(folder, name.id);
    const heads = await open(headsFile(folder, name.id), 'wx');
    await heads.writeFile(header(name, dimensions));
    segment.#writing = { heads, bodies: await open(bodiesFile(folder, name.id), 'wx') };
    return segment;
  }

  /** Takes the right to append, cutting off what a crash left unfinished; false where that cannot be had. */
  async append(): Promise<boolean> {
    if (!(await lock(this.folder, this.name.id))) return false;
    let heads: FileHandle | undefined;
    let bodies: FileHandle | undefined;
    try {
      heads = await open(headsFile(this.folder, this.name.id), 'r+');
      bodies = await open(bodiesFile(this.folder, this.name.id), 'r+');
      const file = await heads.readFile();
      this.#heads = file.subarray(HEADER_BYTES);
      this.#rows = Math.floor(this.#heads.length / headSize(this.dimensions));
      while (this.#rows > 0 && this.head(this.#rows - 1) === undefined) this.#rows--;
      for (const { place } of this.rows()) this.#bodiesEnd = Math.max(this.#bodiesEnd, place.offset + place.length);
      await heads.truncate(this.#headsEnd);
      await bodies.truncate(this.#bodiesEnd);
      this.#writing = { heads, bodies };
      return true;
    } catch {
      await heads?.close();
      await bodies?.close();
      await unlock(this.folder, this.name.id);
      return false;
    }
  }

  get #headsEnd(): number {
    return HEADER_BYTES + this.#rows * headSize(this.dimensions);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#headsEnd + this.#bodiesEnd;
  }

  /** Key and place of each undamaged row. */
  *rows(): Generator<{ readonly row: number; readonly key: string; readonly place: BodyPlace }> {
    for (let row = 0; row < this.#rows; row++) {
      const head = this.head(row);
      if (head) yield { row, ...head };
    }
  }

  head(row: number): { readonly key: string; readonly place: BodyPlace } | undefined {
    return readHead(this.headBytes(row), this.dimensions);
  }

  headBytes(row: number): Buffer {
    const size = headSize(this.dimensions);
    return this.#heads.subarray(row * size, (row + 1) * size);
  }

  /**
   * Appends bodies, then their heads, so that a head never tells of a body that is not there. Returns the first row.
   * After an error nothing counts as written, and the next call writes over it.
   */
  async write(bodies: readonly Buffer[], headOf: (index: number, place: BodyPlace) => Buffer): Promise<number> {
    if (!this.#writing) throw new Error(`Segment ${this.name.id} of the vector cache is not open for writing.`);
    let offset = this.#bodiesEnd;
    const heads = bodies.map((body, index) => {
      const head = headOf(index, { offset, length: body.length });
      offset += body.length;
      return head;
    });
    const newHeads = Buffer.concat(heads);
    await writeAll(this.#writing.bodies, Buffer.concat(bodies), this.#bodiesEnd);
    await writeAll(this.#writing.heads, newHeads, this.#headsEnd);
    const first = this.#rows;
    this.#remember(newHeads);
    this.#bodiesEnd = offset;
    return first;
  }

  #remember(heads: Buffer): void {
    const used = this.#rows * headSize(this.dimensions);
    if (used + heads.length > this.#heads.length) {
      const larger = Buffer.alloc(Math.max(1 << 16, 2 * (used + heads.length)));
      this.#heads.copy(larger, 0, 0, used);
      this.#heads = larger;
    }
    heads.copy(this.#heads, used);
    this.#rows += heads.length / headSize(this.dimensions);
  }

  /** Reads a stretch of the bodies' file; shorter than asked where the file ends. */
  async readBodies(offset: number, length: number): Promise<Buffer> {
    const handle = await (this.#reading ??= open(bodiesFile(this.folder, this.name.id), 'r'));
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** Gives the right to append back. */
  async seal(): Promise<void> {
    await this.#writing?.heads.close();
    await this.#writing?.bodies.close();
    this.#writing = undefined;
    await unlock(this.folder, this.name.id);
  }

  async close(): Promise<void> {
    if (this.#writing) await this.seal();
    await this.#reading?.then(
      (handle) => handle.close(),
      () => undefined,
    );
  }
}

function header(name: SegmentName, dimensions: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(`${MAGIC}\n${name.model}\n${dimensions}\n`, 'latin1');
  return bytes;
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
