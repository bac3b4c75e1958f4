/** The page that asks. It is another origin than every server, on the same host: as an app under development. */
export const PAGE = 'http://127.0.0.1:5173';

/** One request as it left the browser. */
export interface Traveled {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly credentials: RequestCredentials;
  readonly keepalive: boolean;
  /** 0 until it is answered. */
  status: number;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly isHttpOnly: boolean;
  readonly isSecure: boolean;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** A browser's `fetch` and its cookies, as far as auth depends on them: credentials mode, path, HttpOnly, expiry. */
export interface CookieFetch {
  readonly fetch: typeof fetch;
  /** What was sent, in order. */
  readonly traveled: Traveled[];
  /** Each `Set-Cookie` that came, in order. */
  readonly setCookies: string[];
  /** What the page's `document.cookie` shows: neither HttpOnly ones, nor those of another path. */
  readable(): string;
  /** The names of all of them. */
  names(): readonly string[];
  /** As if a server at that URL had sent it. */
  plant(setCookie: string, url: string): void;
  /** All of them as they are now; calling what it gives brings them back. */
  snapshot(): () => void;
}

/** Makes a browser without cookies, on the `fetch` that the platform has now. */
export function createCookieFetch(): CookieFetch {
  const send = globalThis.fetch;
  let cookies: readonly Cookie[] = [];
  const traveled: Traveled[] = [];
  const setCookies: string[] = [];

  function plant(setCookie: string, from: string): void {
    const cookie = parse(setCookie, new URL(from));
    cookies = cookies.filter(({ name, path, host }) => `${name} ${path} ${host}` !== keyOf(cookie));
    if (cookie.until > Date.now()) cookies = [...cookies, cookie];
  }

  /** The more specific path first (RFC 6265 section 5.4). */
  function cookiesFor(url: URL): readonly Cookie[] {
    return cookies
      .filter(({ host, path, isSecure, until }) => {
        const isBelow = url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
        return host === url.hostname && isBelow && until > Date.now() && (!isSecure || url.protocol === 'https:');
      })
      .sort((one, other) => other.path.length - one.path.length);
  }

  return {
    traveled,
    setCookies,
    plant,
    async fetch(input, init) {
      const request = new Request(input, init);
      const url = new URL(request.url);
      const { method, credentials, keepalive } = request;
      const isCarried = credentials === 'include' || (credentials === 'same-origin' && url.origin === PAGE);
      const headers = new Headers(request.headers);
      headers.set('Origin', PAGE);
      const pairs = isCarried ? cookiesFor(url).map(({ name, value }) => `${name}=${value}`) : [];
      if (pairs.length > 0) headers.set('Cookie', pairs.join('; '));
      const entry: Traveled = { url, method, headers, credentials, keepalive, status: 0 };
      traveled.push(entry);
      const body = request.body ? await request.arrayBuffer() : null;
      const response = await send(url, { method, headers, body, signal: request.signal, redirect: request.redirect });
      entry.status = response.status;
      // A browser shows a page nothing of an answer that does not allow it, cookies included.
      const allowed = response.headers.get('Access-Control-Allow-Credentials') === 'true';
      if (isCarried && (!allowed || response.headers.get('Access-Control-Allow-Origin') !== PAGE))
        throw new TypeError('Failed to fetch');
      for (const line of isCarried ? response.headers.getSetCookie() : []) {
        setCookies.push(line);
        plant(line, url.href);
      }
      return response;
    },
    readable: () =>
      cookiesFor(new URL(PAGE))
        .filter(({ isHttpOnly }) => !isHttpOnly)
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    names: () => cookies.map(({ name }) => name).sort(),
    snapshot() {
      const before = cookies;
      return () => {
        cookies = before;
      };
    },
  };
}

function keyOf({ name, path, host }: Cookie): string {
  return `${name} ${path} ${host}`;
}

function parse(setCookie: string, { hostname }: URL): Cookie {
  const [pair = '', ...rest] = setCookie.split(';').map((part) => part.trim());
  const attributes = new Map(
    rest.map((part) => [part.split('=')[0]?.toLowerCase(), part.split('=').slice(1).join('=')]),
  );
  const age = attributes.get('max-age');
  const expires = attributes.get('expires');
  const end = expires ? Date.parse(expires) : Number.POSITIVE_INFINITY;
  return {
    name: pair.split('=')[0] ?? '',
    value: pair.split('=').slice(1).join('='),
    host: hostname,
    path: attributes.get('path') || '/',
    isHttpOnly: attributes.has('httponly'),
    isSecure: attributes.has('secure'),
    until: age === undefined ? end : Date.now() + Number(age) * 1000,
  };
}
