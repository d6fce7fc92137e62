import { mkdir, open, readFile, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueModel } from './catalogue.js';
import { downloadFile } from './download.js';
import { DownloadError } from './download-error.js';
import type { HubModel } from './hub.js';
import type { Network } from './http.js';
import { Manifest, MANIFEST, readRecipe } from './recipe.js';
import { downloadFolder, isDownloaded } from './reference.js';

/** What has not arrived whole is here, beside the models. */
const UNFINISHED = '.unfinished';

export interface InstallOptions {
  readonly signal: AbortSignal;
  /** Bytes of all files that are on disk, of `model.bytes`. */
  readonly onProgress?: (bytes: number) => void;
  readonly network: Network;
}

/**
 * Downloads a model into its folder under `downloads`, which is there only when all files have arrived and been checked.
 * What an earlier attempt left is gone on from.
 * @returns the folder
 * @throws DownloadError, AbortError when cancelled: then nothing has changed, and a later attempt can go on
 */
export async function installModel(downloads: string, model: HubModel, options: InstallOptions): Promise<string> {
  const target = downloadFolder(downloads, model.id);
  const unfinished = downloadFolder(join(downloads, UNFINISHED), model.id);
  await mkdir(unfinished, { recursive: true });
  const release = await claim(`${unfinished}.claim`);
  try {
    // Another window may have been faster.
    if (isDownloaded(downloads, model.id)) return target;
    await fetchAll(unfinished, model, options);
    await rename(unfinished, target);
    return target;
  } finally {
    await release();
  }
}

async function fetchAll(
  folder: string,
  model: HubModel,
  { signal, onProgress, network }: InstallOptions,
): Promise<void> {
  const known = await checkRoom(folder, model);
  let done = 0;
  const files: Manifest['files'] = [];
  for (const file of model.files) {
    const { host, id, revision } = model;
    const target = join(folder, ...file.path.split('/'));
    const onBytes = (bytes: number): void => onProgress?.(done + bytes);
    // Files of an earlier attempt are as good as new where they are of the same content.
    const earlier = known.find(
      ({ path, etag, bytes }) => path === file.path && etag === file.etag && bytes === file.bytes,
    );
    const sha256 =
      earlier?.sha256 ?? (await downloadFile({ host, id, revision, file, target, signal, onBytes }, network));
    files.push({ path: file.path, bytes: file.bytes, sha256 });
    if (earlier === undefined && file.etag !== '') known.push({ ...file, sha256 });
    await writeFile(join(folder, ARRIVED), JSON.stringify(known));
    done += file.bytes;
    onProgress?.(done);
  }
  let recipe = catalogueModel(model.id)?.recipe;
  try {
    recipe ??= await readRecipe(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DownloadError('refused', `${model.id} cannot be used: ${why}`, { cause: error });
  }
  const manifest: Manifest = { id: model.id, host: model.host, revision: model.revision, recipe, files };
  await rm(join(folder, ARRIVED), { force: true });
  await writeDurably(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Which files of an unfinished download are whole. */
const ARRIVED = 'arrived.json';

interface Arrived {
  readonly path: string;
  readonly bytes: number;
  readonly etag: string;
  readonly sha256: string;
}

/** Reads what has arrived already, and makes sure that there is room for the rest. */
async function checkRoom(folder: string, model: HubModel): Promise<Arrived[]> {
  const known = await readArrived(folder);
  const missing = model.files
    .filter(({ path, etag }) => !known.some((file) => file.path === path && file.etag === etag))
    .reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < missing)
    throw new DownloadError(
      'full',
      `${model.id} needs ${megabytes(missing)} MB on the disk of ${folder}, where ${megabytes(bavail * bsize)} MB are free`,
    );
  return known;
}

async function readArrived(folder: string): Promise<Arrived[]> {
  try {
    const list: unknown = JSON.parse(await readFile(join(folder, ARRIVED), 'utf8'));
    const arrived = Array.isArray(list) ? list.filter(isArrived) : [];
    const there = await Promise.all(
      arrived.map(({ path, bytes }) =>
        stat(join(folder, ...path.split('/'))).then(
          ({ size }) => size === bytes,
          () => false,
        ),
      ),
    );
    return arrived.filter((_, i) => there[i]);
  } catch {
    return [];
  }
}

function isArrived(item: unknown): item is Arrived {
  if (typeof item !== 'object' || item === null) return false;
  const text = (name: string): boolean => typeof Reflect.get(item, name) === 'string';
  return text('path') && text('etag') && text('sha256') && typeof Reflect.get(item, 'bytes') === 'number';
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);

async function writeDurably(file: string, content: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Keeps other windows away from an unfinished download; a claim of a process that has ended does not count. */
async function claim(file: string): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const pid = Number(await readFile(file, 'utf8').catch(() => ''));
      if (attempt > 0 || isAlive(pid))
        throw new DownloadError('busy', 'This model is being downloaded already', { cause: error });
      await rm(file, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ids of the models that have been downloaded, with what their manifests say. */
export async function installedModels(downloads: string): Promise<Manifest[]> {
  const names = await readdir(downloads).catch(() => []);
  const found: Manifest[] = [];
  for (const name of names.sort()) {
    if (name === UNFINISHED) continue;
    try {
      found.push(Manifest.parse(JSON.parse(await readFile(join(downloads, name, MANIFEST), 'utf8'))));
    } catch {
      // Not one of ours.
    }
  }
  return found;
}

/** Deletes a downloaded model, and what is left of one that did not arrive whole. */
export async function removeModel(downloads: string, id: string): Promise<void> {
  for (const folder of [downloads, join(downloads, UNFINISHED)])
    await rm(downloadFolder(folder, id), { recursive: true, force: true });
}
