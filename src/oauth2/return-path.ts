/**
 * A path of the page's own origin, or `/` where what was given is none. It may have come out of a link, and must lead to
 * no other site: `//evil.example`, `/\evil.example`, `javascript:…` (RFC 9700 section 4.11.1).
 *
 * @param base A URL of the page.
 */
export function returnPath(given: unknown, base: URL): string {
  const path = pathOf(given, base);
  // What is a path here may be a host when it is resolved once more, as `//evil.example` from `/.//evil.example`.
  return path !== undefined && pathOf(path, base) === path ? path : '/';
}

function pathOf(given: unknown, base: URL): string | undefined {
  if (typeof given !== 'string') return undefined;
  try {
    const { origin, pathname, search, hash } = new URL(given, base);
    return origin === base.origin ? pathname + search + hash : undefined;
  } catch {
    return undefined;
  }
}
