/** What the editor's settings and the environment say about proxies. */
export interface ProxySettings {
  /** Used for every address when it is not empty; else the environment's variables count. */
  readonly proxy: string;
  /** Hosts that are reached directly, besides those of NO_PROXY. */
  readonly noProxy: readonly string[];
  /** Value of the Proxy-Authorization header, where the proxy's address does not hold name and password. */
  readonly authorization?: string | undefined;
}

export const NO_PROXY_SETTINGS: ProxySettings = { proxy: '', noProxy: [] };

export interface Proxy {
  readonly url: URL;
  readonly authorization: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address; undefined where it is reached directly. As other programs do: HTTPS_PROXY for https, HTTP_PROXY
 * for http, else ALL_PROXY; small letters first; NO_PROXY names hosts that are reached directly.
 * @throws Error where a proxy's address is of no form, or not one of HTTP
 */
export function proxyFor(target: URL, settings: ProxySettings, environment: Environment): Proxy | undefined {
  const variable = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? '';
  const address =
    settings.proxy || variable(target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') || variable('ALL_PROXY');
  if (address === '') return undefined;
  const direct = [...settings.noProxy, ...variable('NO_PROXY').split(/[\s,]+/)];
  if (direct.some((rule) => matches(target, rule))) return undefined;
  const url = parse(address);
  const { username, password } = url;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    username === '' ? settings.authorization : `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { url, authorization };
}

function parse(address: string): URL {
  let url: URL;
  try {
    url = new URL(address.includes('://') ? address : `http://${address}`);
  } catch (error) {
    throw new Error(`The proxy '${address}' is not an address`, { cause: error });
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  // A password must not get into a message.
  throw new Error(`Proxies of the kind '${url.protocol}//' are not supported; give one that begins with http://`);
}

/** A rule is `*`, or a host with all that are under it (`example.org`, `.example.org`, `*.example.org`), or with a port. */
function matches(target: URL, rule: string): boolean {
  if (rule === '') return false;
  if (rule === '*') return true;
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(rule.toLowerCase()) ?? [];
  const targetPort = target.port || (target.protocol === 'https:' ? '443' : '80');
  if (port !== undefined && port !== targetPort) return false;
  const name = host.replace(/^\*?\./, '');
  return name !== '' && (target.hostname === name || target.hostname.endsWith(`.${name}`));
}
