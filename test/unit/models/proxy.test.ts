import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../../src/models/proxy.js';

const secure = new URL('https://hub.example.org/file');
const none = { proxy: '', noProxy: [] };
const chosen = (
  environment: Record<string, string>,
  settings: Parameters<typeof proxyFor>[1] = none,
  target = secure,
): string | undefined => proxyFor(target, settings, environment)?.url.href;

describe('the proxy', () => {
  it('is that of the settings before that of the environment', () => {
    expect(chosen({})).toBeUndefined();
    expect(chosen({ HTTPS_PROXY: 'http://env:1' })).toBe('http://env:1/');
    expect(chosen({ HTTPS_PROXY: 'http://env:1' }, { ...none, proxy: 'http://set:2' })).toBe('http://set:2/');
  });

  it('is the one for the kind of address; small letters first; a host alone is enough', () => {
    const both = { HTTPS_PROXY: 'http://s:1', HTTP_PROXY: 'http://p:1' };
    expect(chosen(both)).toBe('http://s:1/');
    expect(chosen(both, none, new URL('http://hub.example.org'))).toBe('http://p:1/');
    expect(chosen({ ...both, https_proxy: 'small:3' })).toBe('http://small:3/');
    expect(chosen({ ALL_PROXY: 'all:4' })).toBe('http://all:4/');
  });

  it.each([
    ['*', true],
    ['hub.example.org', true],
    ['example.org', true],
    ['.example.org', true],
    ['*.example.org', true],
    ['other.org, EXAMPLE.ORG', true],
    ['hub.example.org:443', true],
    ['hub.example.org:8443', false],
    ['ample.org', false],
    ['other.org', false],
    ['', false],
  ])('is not used for hosts that NO_PROXY names: %j', (rule, direct) => {
    expect(chosen({ HTTPS_PROXY: 'p:1', NO_PROXY: rule }) === undefined).toBe(direct);
    expect(chosen({}, { proxy: 'p:1', noProxy: rule.split(/[\s,]+/) }) === undefined).toBe(direct);
  });

  it('takes name and password from its address, else what the settings say', () => {
    const authorization = (settings: Parameters<typeof proxyFor>[1]): string | undefined =>
      proxyFor(secure, settings, {})?.authorization;
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(authorization({ ...none, proxy: 'http://u%40:p%3A@p:1', authorization: 'x' })).toBe(basic('u@:p:'));
    expect(authorization({ ...none, proxy: 'http://p:1', authorization: 'x' })).toBe('x');
  });

  it('is refused where its address is of no known kind, without telling its password', () => {
    expect(() => chosen({ HTTPS_PROXY: 'socks5://u:secret@p:1' })).toThrow(/^Proxies of the kind 'socks5:\/\/'/);
    expect(() => chosen({}, { ...none, proxy: 'http://' })).toThrow(/is not an address/);
  });
});
