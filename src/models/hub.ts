import { DownloadError } from './download-error.js';
import { send, type HttpAnswer, type Network } from './http.js';
import { POOLING_FILE, PROMPTS_FILE } from './recipe.js';

export const HUB_HOST = 'https://huggingface.co';

/** What the hub tells of one file before it is fetched. */
export interface HubFile {
  /** In the repository, with slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Names this content; '' where the host does not tell: then nothing of an earlier attempt can be used. */
  readonly etag: string;
}

/** All files of a model, at one commit. */
export interface HubModel {
  readonly id: string;
  /** Where it comes from: an address without a path's last slash. */
  readonly host: string;
  /** A commit, or `main` where the host does not tell it. */
  readonly revision: string;
  readonly files: readonly HubFile[];
  readonly bytes: number;
}

/** Without these a model cannot be used. */
const NEEDED = ['config.json', 'tokenizer.json', 'tokenizer_config.json'] as const;
/** The first of these that is there: weights that do not make a text's vector depend on its neighbours come first. */
const WEIGHTS = ['onnx/model.onnx', 'onnx/model_quantized.onnx'] as const;
const OPTIONAL = [POOLING_FILE, PROMPTS_FILE] as const;
const REDIRECTIONS = 8;

/**
 * The host in the form in which it is used.
 * @throws Error where it is no address of a server
 */
export function hubHost(setting: string): string {
  const text = setting.trim();
  if (text === '') return HUB_HOST;
  let url: URL;
  try {
    url = new URL(text.includes('://') ? text : `https://${text}`);
  } catch (error) {
    throw new Error(`The hub's host '${text}' is not an address such as ${HUB_HOST}`, { cause: error });
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new Error(`The hub's host '${text}' is not an address such as ${HUB_HOST}`);
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** The address of a file. */
export function fileUrl(host: string, id: string, revision: string, path: string): URL {
  return new URL(`${host}/${id}/resolve/${encodeURIComponent(revision)}/${path}`);
}

/**
 * Asks the hub which files a model has, how long they are and what names their content; fetches none.
 * @throws DownloadError; AbortError when cancelled
 */
export async function describeModel(
  host: string,
  id: string,
  network: Network,
  signal: AbortSignal,
): Promise<HubModel> {
  let revision = 'main';
  const files: HubFile[] = [];
  const ask = async (path: string): Promise<HubFile | undefined> => {
    const found = await describeFile(host, id, revision, path, network, signal);
    // From the first answer on, everything is of one commit.
    if (found?.commit !== undefined) revision = found.commit;
    if (found !== undefined) files.push(found.file);
    return found?.file;
  };
  for (const path of NEEDED) if ((await ask(path)) === undefined) throw missing(host, id, path);
  let weights: HubFile | undefined;
  for (const path of WEIGHTS) if ((weights ??= await ask(path)) !== undefined) break;
  if (weights === undefined) throw missing(host, id, `${WEIGHTS[0]} and no ${WEIGHTS[1]}`);
  for (let part = 0; ; part++) {
    // Weights of large models stand in files beside.
    if ((await ask(`${weights.path}_data${part === 0 ? '' : `_${part}`}`)) === undefined) break;
  }
  for (const path of OPTIONAL) await ask(path);
  return { id, host, revision, files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function missing(host: string, id: string, path: string): DownloadError {
  return new DownloadError(
    'missing',
    `${id} has no ${path} on ${new URL(host).host}: only models exported to ONNX for transformers.js can be used`,
  );
}

/** Undefined where there is no such file. */
async function describeFile(
  host: string,
  id: string,
  revision: string,
  path: string,
  network: Network,
  signal: AbortSignal,
): Promise<{ file: HubFile; commit: string | undefined } | undefined> {
  let url = fileUrl(host, id, revision, path);
  let commit: string | undefined;
  for (let step = 0; step < REDIRECTIONS; step++) {
    const answer = await send({ url, method: 'HEAD', signal }, network);
    answer.resume();
    const status = answer.statusCode ?? 0;
    commit ??= header(answer, 'x-repo-commit');
    // Content that is stored elsewhere is described by the hub itself, in the answer that leads there.
    const bytes =
      count(header(answer, 'x-linked-size')) ?? (status === 200 ? count(header(answer, 'content-length')) : undefined);
    const etag = header(answer, 'x-linked-etag') ?? (status === 200 ? header(answer, 'etag') : undefined);
    if (bytes !== undefined && status < 400) return { file: { path, bytes, etag: plainEtag(etag) }, commit };
    if (status >= 300 && status < 400) {
      url = redirection(answer, url);
      continue;
    }
    if (status === 404) return undefined;
    if (status === 200) throw new DownloadError('refused', `${url.host} does not tell how long ${path} of ${id} is`);
    throw refusal(url, status, `${path} of ${id}`);
  }
  throw new DownloadError('refused', `${new URL(host).host} redirects too often for ${path} of ${id}`);
}

/** The etag without quotes and the mark of a weak one. */
function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^W\//, '').replace(/^"|"$/g, '');
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

export function header(answer: HttpAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** @throws DownloadError where there is none, or where it would give up encryption */
export function redirection(answer: HttpAnswer, from: URL): URL {
  const location = header(answer, 'location');
  if (location === undefined || !URL.canParse(location, from.href))
    throw new DownloadError('refused', `${from.host} redirects to nowhere`);
  const to = new URL(location, from.href);
  if (!['http:', 'https:'].includes(to.protocol))
    throw new DownloadError('refused', `${from.host} redirects to ${to.protocol}, which is not followed`);
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw new DownloadError('refused', `${from.host} redirects to ${to.host} without encryption; that is not followed`);
  return to;
}

/** What a status of 400 and more means for a person. */
export function refusal({ host }: URL, status: number, what: string): DownloadError {
  switch (status) {
    case 401:
    case 403:
      return new DownloadError(
        'refused',
        `${host} does not give ${what} to everybody (status ${status}): there is no such model, or it needs an account. ` +
          `Download it by other means and choose its folder`,
      );
    case 404:
      return new DownloadError('missing', `${host} has no ${what}`);
    case 429:
      return new DownloadError('refused', `${host} has been asked too often (status 429); try again later`);
    default:
      return new DownloadError('refused', `${host} answers with status ${status} for ${what}`);
  }
}
