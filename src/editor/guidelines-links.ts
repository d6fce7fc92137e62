/** Where a link of the guidelines leads, as far as it may lead anywhere. */
export type LinkTarget =
  | { readonly to: 'web'; readonly href: string }
  /** A file of the workspace folder: POSIX segments below it. */
  | { readonly to: 'file'; readonly path: string }
  | { readonly to: 'heading'; readonly id: string };

/**
 * Reads an address: http, https and mailto, headings of the guidelines and files of the workspace folder. Undefined for
 * everything else, above all for `javascript:`, `data:`, `command:` and `file:`, and for paths out of the folder.
 *
 * @param file the guidelines' own path, from which relative addresses lead
 */
export function linkTarget(address: string, file: string): LinkTarget | undefined {
  // Browsers skip control characters and spaces before and within a scheme.
  const href = address.replace(/[\p{Cc}\p{Zs}]+/gu, (spaces, at: number) => (at === 0 ? '' : spaces)).trimEnd();
  if (href === '' || /\p{Cc}/u.test(href)) return undefined;
  if (href.startsWith('#')) return { to: 'heading', id: decoded(href.slice(1)).toLowerCase() };
  const scheme = /^([^/?#]*?):/.exec(href)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (!['http', 'https', 'mailto'].includes(scheme) || !URL.canParse(href)) return undefined;
    return { to: 'web', href: new URL(href).href };
  }
  if (href.startsWith('//') || href.includes('\\')) return undefined;
  const path = decoded(href.replace(/[?#].*$/s, ''));
  if (/[\\:\p{Cc}]/u.test(path)) return undefined;
  const segments = path.startsWith('/') ? [] : file.split('/').slice(0, -1);
  for (const segment of path.split('/')) {
    if (segment === '..') {
      if (segments.pop() === undefined) return undefined;
    } else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments.length === 0 ? undefined : { to: 'file', path: segments.join('/') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
