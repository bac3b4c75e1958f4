import { TokenStoreError } from '../errors.ts';
import { checkOptions, optional, type Rule, type Rules } from '../platform/check-options.ts';
import { cookieValues } from '../platform/page-cookie.ts';
import { decodeClaims, subjectOf } from '../token/claims.ts';
import { encodeRecord, isOutdated, RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { createTokenSet } from '../token/token-set.ts';
import { storeKey, type TokenStore } from './token-store.ts';
import { PERSISTENT_STORE, type PersistentStoreOptions } from './web-storage-store.ts';

export interface CookieStoreOptions extends PersistentStoreOptions {
  /** Default is `/`, and then the name of the cookie has the `__Host-` prefix: no subdomain can plant one. */
  readonly path?: string;
  /** Shares the cookie with the subdomains of a domain. Default is this host alone; the prefix is left out with it. */
  readonly domain?: string;
  /** Default is `Strict`. */
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
  /**
   * The name of a readable cookie in which the *server* keeps the access token. The store then only reads it, and
   * removes it on sign-out.
   */
  readonly accessTokenFrom?: string;
}

/** Browsers drop a longer pair of name and value without a word (CKI-3). */
const MAX_COOKIE_BYTES = 4096;
/** RFC 6265 section 4.1.1: what a cookie's name may be. */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
/** RFC 6265 section 4.1.1: an attribute's value must not end it, or start another (CKI-2). */
const ATTRIBUTE_VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

const OPTIONS: Rules = {
  ...PERSISTENT_STORE,
  path: usable(/^\//, ATTRIBUTE_VALUE),
  domain: usable(ATTRIBUTE_VALUE),
  sameSite: usable(/^(?:Strict|Lax|None)$/),
  accessTokenFrom: usable(COOKIE_NAME),
};

/**
 * Keeps the session in a cookie that script can read; all tabs share it. It has every weakness of `localStorage`, is sent
 * to the server with each request of its path, and holds 4 kB at most (RFC 6265 section 6.1). Choose it only
 * where something else reads that cookie. An httpOnly cookie of the server is a different thing, and a better one.
 *
 * Always `Secure`: it needs https, or http on localhost in Chromium and Firefox.
 *
 * @example
 * createSession({ backend, store: cookieStore({ sameSite: 'Lax' }) })
 */
export function cookieStore(options: CookieStoreOptions = {}): TokenStore {
  const {
    path = '/',
    domain,
    sameSite = 'Strict',
    maxAge,
    accessTokenFrom,
  } = checkOptions('cookieStore', options, OPTIONS);

  const prefix = path === '/' && domain === undefined ? '__Host-' : '';
  function cookieName(name: string): string {
    if (!COOKIE_NAME.test(name))
      throw new TokenStoreError('The name of the session cannot be part of the name of a cookie.');
    return accessTokenFrom ?? prefix + storeKey(name);
  }
  const attributes = `; Path=${path}${domain === undefined ? '' : `; Domain=${domain}`}; SameSite=${sameSite}; Secure`;

  function clear(name: string): void {
    writeCookie(`${cookieName(name)}=${attributes}; Max-Age=0`);
    if (readCookie(cookieName(name))) throw new TokenStoreError('The session cookie could not be removed.');
  }
  return {
    scope: 'origin',
    synchronous: true,
    isReadOnly: accessTokenFrom !== undefined,
    load(name) {
      if (!('document' in globalThis)) return undefined;
      const value = readCookie(cookieName(name));
      if (accessTokenFrom !== undefined) return value === undefined ? undefined : recordOf(accessTokenFrom, value);
      if (!isOutdated(value, maxAge, Date.now())) return value;
      clear(name);
      return undefined;
    },
    save(name, record) {
      // What the server keeps, the server writes.
      if (accessTokenFrom !== undefined) return;
      const pair = `${cookieName(name)}=${encodeURIComponent(encodeRecord(record))}`;
      if (pair.length - 1 > MAX_COOKIE_BYTES) {
        throw new TokenStoreError('The session is larger than the 4096 bytes of a cookie: use localStorageStore().');
      }
      writeCookie(`${pair}${attributes}${maxAge === undefined ? '' : `; Max-Age=${Math.ceil(maxAge / 1000)}`}`);
      if (readCookie(cookieName(name)) !== encodeRecord(record)) {
        throw new TokenStoreError('The browser did not keep the session: a cookie needs https, and to be allowed.');
      }
    },
    clear(name) {
      if ('document' in globalThis) clear(name);
    },
  };
}

/** Both throw in a sandboxed frame (STO-5). */
function useCookies<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new TokenStoreError('This page may not use cookies.', error);
  }
}

function writeCookie(cookie: string): void {
  useCookies(() => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is asynchronous, and not in every browser.
    document.cookie = cookie;
  });
}

function readCookie(name: string): string | undefined {
  const values = useCookies(() => cookieValues(name));
  // A second one comes first at will (CKI-4).
  if (values.length > 1) throw new TokenStoreError(`Two cookies are named ${name}: neither is trusted.`);
  return values[0];
}

/** The server's own cookie says nothing of generations; the time of issue orders its tokens just as well. */
function recordOf(cookie: string, accessToken: string): SessionRecord {
  const claims = decodeClaims(accessToken);
  const issued = typeof claims?.iat === 'number' && claims.iat >= 1 ? Math.floor(claims.iat) : undefined;
  const receivedAt = issued === undefined ? Date.now() : issued * 1000;
  return {
    version: RECORD_VERSION,
    sessionId: `cookie.${cookie}`,
    generation: issued ?? 1,
    receivedAt,
    signedInAt: receivedAt,
    subject: subjectOf(claims),
    remember: undefined,
    tokens: createTokenSet({ accessToken }, receivedAt),
  };
}

function usable(...patterns: readonly RegExp[]): Rule {
  const matches = (value: unknown): boolean =>
    typeof value === 'string' && patterns.every((pattern) => pattern.test(value));
  return [optional(matches), 'is not usable in a cookie'];
}
