import { mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DownloadError } from '../../../src/models/download-error.js';
import { DEFAULT_NETWORK, type Network } from '../../../src/models/http.js';
import { describeModel, hubHost, type HubModel } from '../../../src/models/hub.js';
import { installedModels, installModel, removeModel } from '../../../src/models/install.js';
import { MANIFEST, Manifest, POOLING_FILE, PROMPTS_FILE } from '../../../src/models/recipe.js';
import { downloadFolder, isDownloaded } from '../../../src/models/reference.js';
import { startSecureProxy, type SecureProxy } from '../../fixtures/secure-proxy.js';
import { COMMIT, sha256, startHub, type Hub, type Mishap, type SeenRequest } from '../../fixtures/hub.js';

const id = 'owner/small-model';
const weights = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
const text = (content: string): Uint8Array => Buffer.from(content);

let hub: Hub;
let downloads: string;
let network: Network;
beforeEach(async () => {
  hub = await startHub();
  downloads = await mkdtemp(join(tmpdir(), 'marginalia-models-'));
  network = { ...DEFAULT_NETWORK, environment: {}, patience: 200, pause: 1 };
  hub.set(id, 'config.json', text('{"hidden_size":6}'));
  hub.set(id, 'tokenizer.json', text('{"model":{}}'));
  hub.set(id, 'tokenizer_config.json', text('{}'));
  hub.set(id, 'onnx/model.onnx', weights);
  hub.set(id, 'onnx/model_quantized.onnx', text('smaller'));
});
afterEach(async () => {
  await hub.close();
  await rm(downloads, { recursive: true, force: true });
});

const never = new AbortController().signal;
const describeIt = (host = hub.host, name = id): Promise<HubModel> => describeModel(host, name, network, never);
const install = async (signal = never, onProgress?: (bytes: number) => void): Promise<string> =>
  installModel(downloads, await describeIt(), { signal, network, ...(onProgress && { onProgress }) });
const isWeights = ({ method, path }: SeenRequest): boolean =>
  method === 'GET' && path === `/storage/${sha256(weights)}`;
/** Goes wrong with the first requests for the weights, in this order. */
const weightsGo = (...mishaps: readonly Mishap[]): void => {
  let count = 0;
  hub.mishap = (request) => (isWeights(request) ? mishaps[count++] : undefined);
};
/** Large buffers are slow to compare. */
const weightsIn = async (folder: string): Promise<string> => sha256(await readFile(join(folder, 'onnx/model.onnx')));
const ranges = (): (string | undefined)[] => hub.requests.filter(isWeights).map(({ range }) => range);
const failure = async (work: Promise<unknown>): Promise<DownloadError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof DownloadError) return error;
  throw new Error(`Expected a DownloadError, not ${String(error)}`);
};

describe('what the hub has of a model', () => {
  it('is asked for without fetching any of it, at one commit', async () => {
    const model = await describeIt();
    expect(model).toMatchObject({ id, revision: COMMIT, bytes: weights.length + 12 + 2 + 17 });
    expect(model.files.map(({ path }) => path)).toEqual([
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'onnx/model.onnx',
    ]);
    expect(model.files[3]!.etag).toBe(sha256(weights));
    expect(new Set(hub.requests.map(({ method }) => method))).toEqual(new Set(['HEAD']));
    expect(hub.requests.filter(({ path }) => path.includes('/main/'))).toHaveLength(1);
  });

  it('includes weights that stand in files beside, and how its vectors are pooled', async () => {
    hub.set(id, 'onnx/model.onnx_data', text('more'));
    hub.set(id, 'onnx/model.onnx_data_1', text('and more'));
    hub.set(id, POOLING_FILE, text('{}'));
    hub.set(id, PROMPTS_FILE, text('{}'));
    expect((await describeIt()).files.map(({ path }) => path).slice(3)).toEqual([
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'onnx/model.onnx_data_1',
      POOLING_FILE,
      PROMPTS_FILE,
    ]);
  });

  it('is taken from a mirror that tells neither commit nor stored hashes', async () => {
    hub.mishap = () => ({ without: ['x-repo-commit', 'x-linked-size', 'x-linked-etag'] });
    const model = await describeIt();
    expect(model).toMatchObject({ revision: 'main', bytes: weights.length + 12 + 2 + 17 });
  });

  it.each([
    [401, 'refused', /does not give.*needs an account.*choose its folder/],
    [403, 'refused', /does not give/],
    [404, 'missing', /has no config\.json on 127\.0\.0\.1.*only models exported to ONNX/],
    [429, 'refused', /asked too often/],
    [500, 'refused', /answers with status 500/],
  ])('is told in words when the hub answers %i', async (status, kind, message) => {
    hub.mishap = () => ({ status });
    const error = await failure(describeIt());
    expect(error.failure).toBe(kind);
    expect(error.message).toMatch(message);
  });

  it('is refused without weights in ONNX', async () => {
    hub.set('owner/other', 'config.json', text('{}'));
    hub.set('owner/other', 'tokenizer.json', text('{}'));
    hub.set('owner/other', 'tokenizer_config.json', text('{}'));
    expect((await failure(describeIt(hub.host, 'owner/other'))).message).toMatch(/no onnx\/model\.onnx and no/);
  });

  it('says that nobody answers, and where', async () => {
    const { host } = hub;
    await hub.close();
    const error = await failure(describeIt(host));
    expect(error.failure).toBe('offline');
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+ cannot be reached: the connection was refused$/);
    hub = await startHub();
  });

  it('says that a name is not known', async () => {
    const error = await failure(describeIt('http://no-such-host.invalid'));
    expect(error.failure).toBe('offline');
    expect(error.message).toMatch(/^no-such-host\.invalid cannot be reached/);
  });
});

describe('a download', () => {
  it('puts the model in place with a record of what it is', async () => {
    const seen: number[] = [];
    const folder = await install(never, (bytes) => seen.push(bytes));
    expect(folder).toBe(downloadFolder(downloads, id));
    expect(await weightsIn(folder)).toBe(sha256(weights));
    const manifest = Manifest.parse(JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')));
    expect(manifest).toMatchObject({ id, host: hub.host, revision: COMMIT, recipe: { pooling: 'mean', prefix: '' } });
    expect(manifest.files.find(({ path }) => path === 'onnx/model.onnx')?.sha256).toBe(sha256(weights));
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(
      ['config.json', MANIFEST, 'onnx', 'onnx/model.onnx', 'tokenizer.json', 'tokenizer_config.json'].sort(),
    );
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe((await describeIt()).bytes);
    expect(await installedModels(downloads)).toMatchObject([{ id }]);
    await removeModel(downloads, id);
    expect(isDownloaded(downloads, id)).toBe(false);
    expect(await installedModels(downloads)).toEqual([]);
  });

  it('takes the recipe from the catalogue, else from what the repository says', async () => {
    const known = 'Xenova/e5-small-v2';
    for (const path of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'])
      hub.set(known, path, text('{}'));
    await installModel(downloads, await describeIt(hub.host, known), { signal: never, network });
    hub.set(id, POOLING_FILE, text('{"pooling_mode_cls_token":true}'));
    await install();
    const recipes = (await installedModels(downloads)).map(({ recipe }) => recipe);
    expect(recipes).toEqual([
      { pooling: 'mean', prefix: 'query: ' },
      { pooling: 'cls', prefix: '' },
    ]);
  });

  it('goes on where the connection broke', async () => {
    weightsGo({ breakAfter: 100_000 }, { breakAfter: 50_000 });
    expect(await weightsIn(await install())).toBe(sha256(weights));
    const [first, second, third] = ranges();
    expect(first).toBeUndefined();
    const from = (range: string | undefined): number => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]);
    expect(from(second)).toBeGreaterThan(0);
    expect(from(third)).toBeGreaterThanOrEqual(from(second));
  });

  it('goes on after a body that ended early, and after a server that fell silent', async () => {
    weightsGo({ truncateAt: 90_000 }, { stallAfter: 1000 });
    expect(await weightsIn(await install())).toBe(sha256(weights));
    expect(ranges()).toHaveLength(3);
  });

  it('begins anew where the server does not give parts', async () => {
    weightsGo({ breakAfter: 100_000 }, { wholeFile: true });
    expect(await weightsIn(await install())).toBe(sha256(weights));
  });

  it('survives errors of the server that pass', async () => {
    weightsGo({ status: 500 }, { status: 503 });
    expect(await weightsIn(await install())).toBe(sha256(weights));
  });

  it.each([
    ['errors that do not pass', { status: 502 }, 'broken', /status 502/],
    ['silence', { stallAfter: 0 }, 'stalled', /no byte came/i],
    ['a connection that always breaks', { breakAfter: 0 }, 'broken', /broke off|ended the connection/],
    ['a refusal', { status: 403 }, 'refused', /does not give/],
    ['other content', { corrupt: true }, 'corrupt', /is not what the hub has.*deleted; try again/],
  ] as const)('ends with a message after %s, and leaves no model', async (_, mishap, kind, message) => {
    hub.mishap = (request) => (isWeights(request) ? mishap : undefined);
    const error = await failure(install());
    expect(error.failure).toBe(kind);
    expect(error.message).toMatch(message);
    expect(isDownloaded(downloads, id)).toBe(false);
    // Whatever it was, the next attempt succeeds.
    hub.mishap = () => undefined;
    expect(await weightsIn(await install())).toBe(sha256(weights));
  });

  it('notices other content of small files by git’s hash', async () => {
    hub.mishap = ({ method, path }) =>
      method === 'GET' && path.endsWith('/tokenizer_config.json') ? { corrupt: true } : undefined;
    expect((await failure(install())).message).toMatch(/tokenizer_config\.json is not what the hub has/);
  });

  it('is cancelled, and a later one goes on from there', async () => {
    const controller = new AbortController();
    weightsGo({ slow: 5 });
    const cancelled = install(controller.signal, (bytes) => {
      if (bytes > 100_000) controller.abort();
    });
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    expect(isDownloaded(downloads, id)).toBe(false);
    const before = hub.requests.length;
    await install();
    const later = hub.requests.slice(before).filter(({ method }) => method === 'GET');
    expect(later.find(isWeights)?.range).toMatch(/^bytes=[1-9]\d*-$/);
    // What had arrived whole is not asked for again.
    expect(later.map(({ path }) => path).filter((path) => path.endsWith('config.json'))).toEqual([]);
  });

  it('does not go on from another version', async () => {
    weightsGo({ breakAfter: 100_000 }, { status: 403 });
    await failure(install());
    const newer = weights.map((byte) => byte ^ 3);
    hub.set(id, 'onnx/model.onnx', newer);
    hub.mishap = () => undefined;
    expect(await weightsIn(await install())).toBe(sha256(newer));
  });

  it('trusts nothing of an earlier attempt where the host does not name the content', async () => {
    const without = ['x-linked-etag', 'etag'];
    hub.mishap = (request) => (isWeights(request) ? { breakAfter: 1000, without } : { without });
    await failure(
      install(AbortSignal.timeout(300)).catch((error: unknown) => {
        throw error instanceof DownloadError ? error : new DownloadError('broken', String(error));
      }),
    );
    const before = hub.requests.length;
    hub.mishap = () => ({ without });
    expect(await weightsIn(await install())).toBe(sha256(weights));
    expect(hub.requests.slice(before).find(isWeights)?.range).toBeUndefined();
  });

  it('is refused while it is under way, and not after a process that ended', async () => {
    const unfinished = join(downloads, '.unfinished');
    weightsGo({ slow: 5 });
    const first = install();
    await expect.poll(() => hub.requests.some(isWeights)).toBe(true);
    expect((await failure(install())).failure).toBe('busy');
    await first;
    await removeModel(downloads, id);
    await mkdir(unfinished, { recursive: true });
    // No process has such a number.
    await writeFile(`${downloadFolder(unfinished, id)}.claim`, '99999999');
    await install();
    expect((await stat(downloadFolder(downloads, id))).isDirectory()).toBe(true);
  });

  it('refuses a pooling that it does not know', async () => {
    hub.set(id, POOLING_FILE, text('{"pooling_mode_mean_tokens":false,"pooling_mode_lasttoken":true}'));
    expect((await failure(install())).message).toMatch(/owner\/small-model cannot be used: .*pooling/);
    expect(isDownloaded(downloads, id)).toBe(false);
  });

  it('goes through a proxy, with its password', async () => {
    const proxy = await startHub();
    try {
      for (const path of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'onnx/model.onnx'])
        proxy.set(id, path, text('{}'));
      network = { ...network, proxy: { proxy: proxy.host.replace('//', '//mei:s%40fe@'), noProxy: [] } };
      await installModel(downloads, await describeIt('http://hub.invalid'), { signal: never, network });
      expect(hub.requests).toEqual([]);
      expect(proxy.requests.length).toBeGreaterThan(4);
      const expected = `Basic ${Buffer.from('mei:s@fe').toString('base64')}`;
      expect(new Set(proxy.requests.map(({ proxyAuthorization }) => proxyAuthorization))).toEqual(new Set([expected]));
    } finally {
      await proxy.close();
    }
  });

  it('names the proxy that cannot be reached', async () => {
    network = { ...network, environment: { http_proxy: 'http://127.0.0.1:9' } };
    expect((await failure(describeIt())).message).toMatch(/cannot be reached through the proxy 127\.0\.0\.1:9/);
  });
});

describe('https through a proxy', () => {
  const secureHost = 'https://hub.test';
  const through = async (password: string | undefined, test: (proxy: SecureProxy) => Promise<void>): Promise<void> => {
    const proxy = await startSecureProxy(Number(new URL(hub.host).port), password);
    const address = password === undefined ? proxy.address : proxy.address.replace('//', `//${password}@`);
    network = { ...network, strictCertificates: false, proxy: { proxy: address, noProxy: [] } };
    await test(proxy).finally(() => proxy.close());
  };

  it('goes through a tunnel, with the password', () =>
    through('mei:safe', async (proxy) => {
      const folder = await installModel(downloads, await describeIt(secureHost), { signal: never, network });
      expect(await weightsIn(folder)).toBe(sha256(weights));
      const authorization = `Basic ${Buffer.from('mei:safe').toString('base64')}`;
      expect(new Set(proxy.tunnels.map((tunnel) => JSON.stringify(tunnel)))).toEqual(
        new Set([JSON.stringify({ authority: 'hub.test:443', authorization })]),
      );
    }));

  it('trusts no certificate that nobody signed', () =>
    through(undefined, async (proxy) => {
      network = { ...network, strictCertificates: true };
      expect((await failure(describeIt(secureHost))).message).toMatch(/hub\.test cannot be reached .*certificate/);
      expect(proxy.tunnels).not.toEqual([]);
      expect(hub.requests).toEqual([]);
    }));

  it('says that the proxy wants a password', () =>
    through('mei:safe', async ({ address }) => {
      network = { ...network, proxy: { proxy: address, noProxy: [] } };
      expect((await failure(describeIt(secureHost))).message).toMatch(/proxy .* asks for a name and a password/);
    }));
});

describe('the host', () => {
  it.each([
    ['', 'https://huggingface.co'],
    ['hf-mirror.example', 'https://hf-mirror.example'],
    ['https://mirror.example/hub/', 'https://mirror.example/hub'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ])('%j is %s', (setting, host) => {
    expect(hubHost(setting)).toBe(host);
  });

  it.each(['ftp://mirror.example', 'https://user:x@mirror.example', 'https://', 'file:///etc'])(
    '%j is refused',
    (bad) => {
      expect(() => hubHost(bad)).toThrow(/is not an address/);
    },
  );
});
