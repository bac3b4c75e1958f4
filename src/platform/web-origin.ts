/** The URL against which the page resolves relative ones; undefined where there is no page, as on a server. */
export function pageUrl(): string | undefined {
  const base: unknown = globalThis.document?.baseURI;
  // An element that is named `baseURI` stands in its place (PPL-5).
  return typeof base === 'string' ? base : globalThis.location?.href;
}

/** Resolves a URL as the page would; undefined when it is none. */
export function resolveUrl(url: string, base: string | undefined = pageUrl()): URL | undefined {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

/**
 * Resolves a URL that the app configured: where its own page is, and not where a `<base>` of another origin points.
 * Markup alone can plant one of those, and passwords and tokens would follow it (ATT-1, ATT-10).
 */
export function configUrl(url: string): URL | undefined {
  const base = pageUrl();
  const here = globalThis.location;
  const isOwn = here === undefined || resolveUrl('', base)?.origin === (globalThis.origin ?? here.origin);
  return resolveUrl(url, isOwn ? base : here.href);
}

/** Whether a host is this very machine (RFC 6761 section 6.3, RFC 5735 section 3): nothing sent there leaves it. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname.endsWith('.localhost') ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}

/**
 * Whether a credential may travel to a URL: over https, or over http to this machine while the page itself is of this
 * machine, or there is no page (ATT-4).
 */
export function isSecureTarget(url: URL, page: string | undefined = globalThis.location?.href): boolean {
  if (url.protocol === 'https:') return true;
  if (url.protocol !== 'http:' || !isLoopback(url.hostname)) return false;
  const from = page === undefined ? undefined : resolveUrl(page);
  // A page without a host (about:blank, a test) is as local as none.
  return from === undefined || from.hostname === '' || isLoopback(from.hostname);
}
