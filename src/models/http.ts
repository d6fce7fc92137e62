// Under these names VS Code leaves the modules as they are: it replaces 'http' and 'https' by ones that choose a proxy of
// their own, and two proxies would be one too many.
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { DownloadError } from './download-error.js';
import { NO_PROXY_SETTINGS, proxyFor, type Proxy, type ProxySettings } from './proxy.js';

/** How the network is reached. */
export interface Network {
  readonly proxy: ProxySettings;
  /** Whether certificates that are not trusted end a connection. */
  readonly strictCertificates: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds without a byte after which a server counts as gone. */
  readonly patience: number;
  /** Milliseconds before a broken transfer is taken up again. */
  readonly pause: number;
}

export const DEFAULT_NETWORK: Network = {
  proxy: NO_PROXY_SETTINGS,
  strictCertificates: true,
  environment: process.env,
  patience: 30_000,
  pause: 1000,
};

export interface HttpRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** An answer whose body has not been read; whoever gets it reads or destroys it. */
export type HttpAnswer = http.IncomingMessage;

/**
 * Sends one request, through a proxy where one is set; follows no redirection.
 * @throws DownloadError where nobody answers; AbortError when cancelled
 */
export async function send(request: HttpRequest, network: Network): Promise<HttpAnswer> {
  request.signal.throwIfAborted();
  const proxy = proxyFor(request.url, network.proxy, network.environment);
  try {
    const options = await connectionTo(request, proxy, network);
    return await exchange(request, options, network);
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof DownloadError) throw error;
    const { host } = request.url;
    const code = codeOf(error);
    if (code === 'ECONNRESET' || code === 'EPIPE')
      throw new DownloadError('broken', `${host} ended the connection before it answered`, { cause: error });
    const through = proxy === undefined ? '' : ` through the proxy ${proxy.url.host}`;
    throw new DownloadError('offline', `${host} cannot be reached${through}: ${reason(error)}`, { cause: error });
  }
}

async function connectionTo(
  { url, signal }: HttpRequest,
  proxy: Proxy | undefined,
  network: Network,
): Promise<Options> {
  const secure = url.protocol === 'https:';
  const certificates = { rejectUnauthorized: network.strictCertificates, ...systemCertificates() };
  // An agent would keep connections open after the last file.
  const direct = { hostname: hostOf(url), port: url.port, path: url.pathname + url.search } as const;
  if (proxy === undefined) return { ...direct, agent: false, protocol: url.protocol, ...(secure && certificates) };
  const authorization = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
  const toProxy = {
    protocol: proxy.url.protocol,
    hostname: hostOf(proxy.url),
    port: proxy.url.port,
    agent: false,
    ...(proxy.url.protocol === 'https:' && certificates),
  } as const;
  if (!secure) return { ...toProxy, path: url.href, headers: { host: url.host, ...authorization } };

  const authority = `${url.hostname}:${url.port || '443'}`;
  const socket = await new Promise<Duplex>((resolve, reject) => {
    const connect = client(proxy.url).request({
      ...toProxy,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorization },
      signal,
      timeout: network.patience,
    });
    connect.once('connect', (answer, tunnel) => {
      if (answer.statusCode === 200) resolve(tunnel);
      else {
        tunnel.destroy();
        reject(proxyRefusal(proxy, answer.statusCode ?? 0));
      }
    });
    connect.once('timeout', () => connect.destroy(new Error('the proxy does not answer')));
    connect.once('error', reject);
    connect.end();
  });
  const servername = /^[\d.]+$|:/.test(url.hostname) ? undefined : url.hostname;
  const secured = await new Promise<tls.TLSSocket>((resolve, reject) => {
    const connection = tls.connect({ socket, ...certificates, ...(servername !== undefined && { servername }) });
    connection.once('secureConnect', () => resolve(connection));
    connection.once('error', reject);
  });
  // Any agent, also `false`, would open a connection of its own.
  return { ...direct, protocol: 'http:', headers: { host: url.host }, createConnection: () => secured };
}

interface Options extends https.RequestOptions {
  readonly headers?: Record<string, string>;
}

function exchange({ method, headers, signal }: HttpRequest, options: Options, network: Network): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = (options.protocol === 'https:' ? https : http).request({
      ...options,
      method,
      signal,
      timeout: network.patience,
      // The length of what is sent must be the file's own.
      headers: { 'user-agent': 'marginalia', 'accept-encoding': 'identity', ...headers, ...options.headers },
    });
    request.once('timeout', () =>
      request.destroy(new DownloadError('stalled', `No byte came for ${network.patience / 1000} seconds`)),
    );
    request.once('error', reject);
    request.once('response', resolve);
    request.end();
  });
}

function client(url: URL): typeof http | typeof https {
  return url.protocol === 'https:' ? https : http;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function proxyRefusal(proxy: Proxy, status: number): DownloadError {
  const what = status === 407 ? 'asks for a name and a password' : `answers with status ${status}`;
  return new DownloadError('offline', `The proxy ${proxy.url.host} ${what}`);
}

/** Certificates that the system trusts, such as a company's own, where this Node can read them (22.15 and later). */
function systemCertificates(): { readonly ca?: string[] } {
  const read: unknown = Reflect.get(tls, 'getCACertificates');
  if (typeof read !== 'function') return {};
  const list = (kind: string): string[] => {
    const found: unknown = Reflect.apply(read, tls, [kind]);
    return Array.isArray(found) ? found.filter((item) => typeof item === 'string') : [];
  };
  return { ca: [...new Set([...list('default'), ...list('system')])] };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name is not known here; is this computer offline?';
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'there is no way to it; is this computer offline?';
    default:
      return error.message || code;
  }
}
