import type { Answer, Judgement } from '../backends/backend.ts';
import { checkOptions, isBoolean, isFunction, optional, type Rules } from '../platform/check-options.ts';
import { configUrl, isSecureTarget, pageUrl, resolveUrl } from '../platform/web-origin.ts';
import type { Engine } from '../session/engine.ts';

/**
 * A server that may be sent tokens: an origin such as `https://api.example.com`, an origin with a path below which it
 * is (`https://example.com/api`), or every host below a domain, over https (`{ host: '*.example.com' }`).
 */
export type ResourceServer = string | { readonly host: `*.${string}` };

/** What a transport can be told besides its session. */
export interface TransportOptions {
  /** Which servers may be sent tokens, and no others. Default is the origin of the client's `baseURL`, else the page's. */
  readonly resourceServers?: readonly ResourceServer[];
  /** A first word on every answer of these servers; undefined leaves it to the backend. */
  readonly judge?: (answer: Answer) => Judgement | undefined;
  /** Allows plain http beyond this machine, for closed networks. A diagnostic says so. */
  readonly allowInsecure?: true;
}

/** Whether a URL, as the client would send it, may carry a credential. */
export type MayCarry = (url: string) => boolean;

interface Place {
  readonly origin: string;
  /** With a slash at the end; `/` for the whole origin. */
  readonly path: string;
}

const OPTIONS: Rules = {
  resourceServers: [optional(Array.isArray), "must be a list, such as ['https://api.example.com']"],
  judge: [optional(isFunction), 'must be a function'],
  allowInsecure: [optional(isBoolean), 'must be true, or left out'],
};
/** How many URLs are remembered: most apps ask for the same ones again and again. */
const MEMORY = 500;
/** A path from the root, and nothing that a URL parser would take for a host: `//`, `/\`, `/<tab>/` (SECURITY 0.5). */
const ROOTED_PATH = /^\/(?:[\w.~%-]|$)/;
/** Says where it goes whatever the page is. */
const FULL_URL = /^https?:\/\//i;
/** What a URL parser would rewrite in a path: then only the parser knows whether it is that of an endpoint. */
const REWRITTEN = /[^!-~]|["<>\\^`{|}]|\/(?:\.|%2e)/i;

/**
 * Decides where tokens may go: to exact origins that were listed, over https, or http on one's own machine; never to an
 * endpoint of the backend itself, and never anywhere because a name looks alike (ATT-1 to 4).
 *
 * @param defaultServer The client's own server, asked again for each request because apps set it late.
 * @param maker The function whose options they are.
 * @param more What else it takes.
 * @throws {TypeError} When an option is wrong, naming it and the fix.
 */
export function createMayCarry(
  options: TransportOptions,
  engine: Engine,
  defaultServer: () => string | undefined,
  maker = 'attachSession',
  more: Rules = {},
): MayCarry {
  const { resourceServers, allowInsecure = false } = checkOptions(maker, options, { ...OPTIONS, ...more });
  const listed = resourceServers?.filter((server) => typeof server === 'string').map((s) => placeOf(s, allowInsecure));
  const domains = resourceServers?.filter((server) => typeof server !== 'string').map(domainOf) ?? [];
  /** What was decided of URLs that say where they go, whatever the page is; and of those that need the page for that. */
  const sure = new Map<string, boolean>();
  const onPage = new Map<string, boolean>();
  const told = new Set<string>();
  let isPrepared = false;
  let places = listed ?? [];
  let prefixes: readonly string[] = [];
  let endpoints: readonly string[] = [];
  let basis: string | undefined;
  let page: string | undefined;
  let pageOrigin = '';

  /** Works out, once for each page and default server, what the many requests are then compared with. */
  function prepare(server: string | undefined, currentPage: string | undefined): void {
    isPrepared = true;
    basis = server;
    page = currentPage;
    pageOrigin = (currentPage && resolveUrl(currentPage)?.origin) || '';
    sure.clear();
    onPage.clear();
    if (!listed) places = placesOf(configUrl(server ?? ''));
    endpoints = engine.endpoints();
    prefixes = places.filter(({ path }) => path === '/').map(({ origin }) => `${origin}/`);
  }

  function placesOf(server: URL | undefined): Place[] {
    if (!server || !isHttp(server)) return [];
    if (allowInsecure || isSecureTarget(server)) return [{ origin: server.origin, path: '/' }];
    tell('origin-insecure', server.origin, 'is plain http; use https, or allowInsecure: true.');
    return [];
  }

  function tell(code: 'origin-insecure' | 'origin-not-listed', origin: string, what: string): void {
    if (told.has(origin)) return;
    told.add(origin);
    engine.diagnose(code, `${origin} ${what}`);
  }

  function isEndpoint(url: string): boolean {
    // At the end of a URL `charAt` is empty, which every text includes.
    for (const endpoint of endpoints) {
      if (url.startsWith(endpoint) && '?#'.includes(url.charAt(endpoint.length))) return true;
    }
    return false;
  }

  function decide(url: string): boolean {
    const target = resolveUrl(url);
    // Userinfo in a URL is a way to write somebody else's host after a known name; no API needs it.
    if (!target || !isHttp(target) || target.username || target.password) return false;
    const { origin, pathname, protocol, port, hostname } = target;
    const isAllowed =
      places.some((place) => place.origin === origin && isBelow(pathname, place.path)) ||
      (protocol === 'https:' &&
        !port &&
        domains.some((domain) => hostname.length > domain.length && hostname.endsWith(domain)));
    if (!isAllowed) tell('origin-not-listed', origin, 'is not among resourceServers: no token is sent.');
    return isAllowed && !isEndpoint(target.href);
  }

  if (allowInsecure) engine.diagnose('origin-insecure', 'allowInsecure is on: tokens may travel over plain http.');
  return (url) => {
    const server = listed ? undefined : defaultServer();
    const isKnown = server === basis ? sure.get(url) : undefined;
    if (isKnown !== undefined) return isKnown;
    const isRooted = url.charCodeAt(0) === 47 && ROOTED_PATH.test(url);
    // Asking where the page is costs more than all the rest, and most clients name their server.
    const isSure = (listed || server !== undefined) && FULL_URL.test(url);
    const currentPage = isSure ? page : pageUrl();
    if (!isPrepared || server !== basis || currentPage !== page) prepare(server, currentPage);
    const memory = isSure ? sure : onPage;
    const known = memory.get(url);
    if (known !== undefined) return known;
    const full = isRooted ? pageOrigin + url : url;
    // Sound, and property-tested against the parser: what starts with "https://host/" has that origin, whatever follows.
    const isPlain = !REWRITTEN.test(full) && prefixes.some((prefix) => full.startsWith(prefix));
    const decided = isPlain ? !isEndpoint(full) : decide(url);
    if (memory.size >= MEMORY) memory.clear();
    memory.set(url, decided);
    return decided;
  };
}

function isHttp({ protocol }: URL): boolean {
  return /^https?:$/.test(protocol);
}

/** On a segment boundary, after the parser has removed dot segments; an encoded slash could hide one from it (ATT-3). */
function isBelow(pathname: string, path: string): boolean {
  return path === '/' || (`${pathname}/`.startsWith(path) && !/%2f|%5c/i.test(pathname));
}

function placeOf(server: string, allowInsecure: boolean): Place {
  const url = FULL_URL.test(server) || ROOTED_PATH.test(server) ? configUrl(server) : undefined;
  if (!url || !isHttp(url) || url.username + url.password + url.search + url.hash || /[*^$|]/.test(server)) {
    throw new TypeError(`resourceServers: no origin such as https://api.example.com: ${JSON.stringify(server)}.`);
  }
  const { origin, pathname } = url;
  if (!allowInsecure && !isSecureTarget(url)) {
    throw new TypeError(`resourceServers: ${origin} is plain http; use https, or allowInsecure: true.`);
  }
  return { origin, path: pathname.endsWith('/') ? pathname : `${pathname}/` };
}

function domainOf(server: { readonly host: string }): string {
  const host: unknown = server?.host;
  if (typeof host !== 'string' || !/^\*(?:\.[a-z\d-]+)+\.[a-z][a-z\d-]*$/i.test(host)) {
    throw new TypeError(`resourceServers: { host } must be like "*.example.com": ${JSON.stringify(host)}.`);
  }
  return host.slice(1).toLowerCase();
}
