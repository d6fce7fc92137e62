import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DownloadError } from './download-error.js';
import { fileUrl, header, redirection, refusal, type HubFile } from './hub.js';
import { send, type HttpAnswer, type Network } from './http.js';

/** How often a transfer that breaks off is taken up again before it is given up. */
const ATTEMPTS = 4;
const REDIRECTIONS = 8;

export interface FileDownload {
  readonly host: string;
  readonly id: string;
  readonly revision: string;
  readonly file: HubFile;
  /** Where the file is to be; beside it stands what has arrived so far. */
  readonly target: string;
  readonly signal: AbortSignal;
  /** Called with the bytes of this file that are on disk. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Fetches one file. What an earlier attempt left of the same content is gone on from; where the server does not give the
 * rest alone, or the content is another by now, it begins anew. The file is in place only when its length and, where the
 * hub tells it, its hash are right.
 * @returns its SHA-256 in hex
 * @throws DownloadError, after which a later attempt can go on; AbortError when cancelled
 */
export async function downloadFile(download: FileDownload, network: Network): Promise<string> {
  const { target, file, signal } = download;
  const part = `${target}.part`;
  const etagFile = `${target}.etag`;
  await mkdir(dirname(target), { recursive: true });
  const earlier = await readFile(etagFile, 'utf8').catch(() => '');
  if (file.etag === '' || earlier !== file.etag) {
    await rm(part, { force: true });
    await writeFile(etagFile, file.etag);
  }
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      await fetchRest(download, part, network);
      break;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof DownloadError) || !isPassing(error)) throw error;
      // One that gets on is given more attempts.
      if ((await sizeOf(part)) > before) attempt = 1;
      else if (attempt >= ATTEMPTS) throw error;
      await wait(network.pause * attempt, undefined, { signal });
    }
  }
  const sha256 = await check(download, part);
  await rename(part, target);
  await rm(etagFile, { force: true });
  return sha256;
}

function isPassing({ failure }: DownloadError): boolean {
  return failure === 'broken' || failure === 'stalled';
}

/** Appends what is missing. */
async function fetchRest(download: FileDownload, part: string, network: Network): Promise<void> {
  const { file, signal, onBytes } = download;
  let have = await sizeOf(part);
  if (have > file.bytes) {
    await rm(part);
    have = 0;
  }
  onBytes?.(have);
  if (have === file.bytes && (have > 0 || (await exists(part)))) return;
  const answer = await get(download, have, network);
  const output = await open(part, isRest(answer, have, file.bytes) ? 'a' : 'w');
  try {
    await write(answer, output, download, network);
    await output.sync();
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    answer.destroy();
    await output.close();
  }
}

/** Asks for the bytes from `have` on, following redirections. */
async function get(
  { host, id, revision, file, signal }: FileDownload,
  have: number,
  network: Network,
): Promise<HttpAnswer> {
  let url = fileUrl(host, id, revision, file.path);
  const headers = have > 0 ? { range: `bytes=${have}-` } : {};
  for (let step = 0; step < REDIRECTIONS; step++) {
    const answer = await send({ url, method: 'GET', headers, signal }, network);
    const status = answer.statusCode ?? 0;
    if (status === 200 || status === 206) return answer;
    answer.resume();
    if (status >= 300 && status < 400) url = redirection(answer, url);
    else if (status === 416) {
      // There is no such rest: what is here is not a beginning of what is there.
      return get({ host, id, revision, file, signal, target: '' }, 0, network);
    } else if (status >= 500) throw new DownloadError('broken', refusal(url, status, file.path).message);
    else throw refusal(url, status, `${file.path} of ${id}`);
  }
  throw new DownloadError('refused', `${new URL(host).host} redirects too often for ${file.path} of ${id}`);
}

/** Whether an answer is the rest that was asked for; if not, it must be the whole file. */
function isRest(answer: HttpAnswer, have: number, bytes: number): boolean {
  if (answer.statusCode !== 206) return false;
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header(answer, 'content-range') ?? '') ?? [];
  if (Number(from) === have && (total === '*' || Number(total) === bytes)) return true;
  throw new DownloadError('refused', `The server sends another part of the file than it was asked for`);
}

async function write(
  answer: HttpAnswer,
  output: FileHandle,
  { file, onBytes, signal }: FileDownload,
  network: Network,
): Promise<void> {
  let have = (await output.stat()).size;
  const stalled = new DownloadError(
    'stalled',
    `${file.path}: no byte came for ${network.patience / 1000} seconds, after ${have} of ${file.bytes}`,
  );
  answer.setTimeout(network.patience, () => answer.destroy(stalled));
  try {
    for await (const chunk of answer) {
      signal.throwIfAborted();
      if (!Buffer.isBuffer(chunk)) continue;
      if (have + chunk.length > file.bytes)
        throw new DownloadError('corrupt', `${file.path} is longer than the hub said (${file.bytes} bytes)`);
      await output.write(chunk);
      have += chunk.length;
      onBytes?.(have);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOSPC' || code === 'EDQUOT')
      throw new DownloadError('full', `There is no room on the disk for ${file.path}`, { cause: error });
    throw new DownloadError('broken', `${file.path}: the connection broke off after ${have} of ${file.bytes} bytes`, {
      cause: error,
    });
  }
  if (have < file.bytes)
    throw new DownloadError('broken', `${file.path}: the connection ended after ${have} of ${file.bytes} bytes`);
}

/**
 * Compares what has arrived with what the hub tells of it. Its etag is the content's SHA-256 for large files, and git's
 * hash of the blob for others; one that is neither says nothing that can be checked.
 */
async function check({ file }: FileDownload, part: string): Promise<string> {
  const sha256 = createHash('sha256');
  const blob = createHash('sha1').update(`blob ${file.bytes}\0`);
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) {
    if (!Buffer.isBuffer(chunk)) continue;
    sha256.update(chunk);
    blob.update(chunk);
  }
  const found = sha256.digest('hex');
  const expected = /^[0-9a-f]{64}$/.test(file.etag)
    ? found
    : /^[0-9a-f]{40}$/.test(file.etag)
      ? blob.digest('hex')
      : file.etag;
  if (expected === file.etag) return found;
  await rm(part, { force: true });
  throw new DownloadError(
    'corrupt',
    `${file.path} is not what the hub has: its hash is ${expected}, not ${file.etag}. It was deleted; try again`,
  );
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
