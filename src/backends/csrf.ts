import { checkOptions } from '../platform/check-options.ts';
import { cookieValues } from '../platform/page-cookie.ts';
import { platformFetch } from '../platform/web.ts';
import { isJsonObject, own, ownOptions } from '../token/own.ts';
import type { BackendContext } from './backend.ts';
import { HEADER, TEXT } from './rules.ts';
import { callTokenEndpoint, endpointUrl } from './token-endpoint.ts';

/** How a server wants to be shown that a request comes from its own page (double submit). */
export interface CsrfOptions {
  /** The cookie that has the value, and that this page may read. Default is Django's, `csrftoken`. */
  readonly cookie?: string;
  /** The header that repeats it. Default is Django's, `X-CSRFToken`. */
  readonly header?: string;
  /**
   * A path that sets the cookie when it is asked with GET, for pages that do not come from the server itself. Where the
   * page may not read the cookie, because the server is another host, the value is taken from its JSON answer.
   */
  readonly path?: string;
  /** What that answer calls the value. Default is `csrfToken`. */
  readonly field?: string;
}

/** The values of one server, read anew for each request: they change with a sign-in, and with each refresh (CSR-2). */
export interface Csrf {
  /**
   * The header for a request to the backend's own endpoints; none where there is no value.
   *
   * @param isStale Whether the value that was sent last was refused (CSR-4).
   */
  headers(context: BackendContext, isStale: boolean): Promise<Readonly<Record<string, string>>>;
  /** The same for a request of the app, as far as it is known by now; none for a method that changes nothing. */
  known(method: string): Readonly<Record<string, string>>;
  /** Asks for another value, once for all who wait; whatever comes of it. */
  renew(): Promise<void>;
}

/** RFC 9110 section 9.2.1. */
const SAFE = /^(?:GET|HEAD|OPTIONS)$/;
/** How long a request that was refused waits for another value, in milliseconds: less than it has patience. */
const LIMIT = 5000;

/**
 * Checks what an app says of its server's CSRF protection.
 *
 * @throws {TypeError} Naming the option and the fix.
 */
export function checkCsrf(maker: string, options: CsrfOptions): CsrfOptions {
  return checkOptions(maker, options, { cookie: TEXT, header: HEADER, path: TEXT, field: TEXT }, 'csrf.');
}

/** Whether a 403 is Django's own page, which is no JSON, or says so in JSON: the word is in every language the same. */
export function isCsrfRefusal(body: unknown): boolean {
  return !isJsonObject(body) || Object.values(body).some((text) => typeof text === 'string' && /csrf/i.test(text));
}

/** Whether a method changes nothing, so that no server asks where its request comes from. */
export function isSafe(method: string): boolean {
  return SAFE.test(method);
}

/**
 * Shows a server that requests come from its own page.
 *
 * @param place Where `path` is: below its `baseUrl`.
 */
export function createCsrf(
  options: CsrfOptions,
  { baseUrl, allowInsecure = false }: { readonly baseUrl: string; readonly allowInsecure?: boolean },
): Csrf {
  const { cookie = 'csrftoken', header = 'X-CSRFToken', path, field = 'csrfToken' } = ownOptions(options);
  /** What the server said, where this page may not read the cookie. */
  let told: string | undefined;
  /** What was read last, and what of that was refused: it is of another server that has the page, and the same framework. */
  let last: string | undefined;
  let refused: string | undefined;
  let renewing: Promise<void> | undefined;

  function shown(): Readonly<Record<string, string>> {
    const read = csrfValue(cookie);
    last = read;
    const value = read === undefined || read === refused ? (told ?? read) : read;
    // What could split a header is no value.
    return value && /^[\x21-\x7e]+$/.test(value) ? { [header]: value } : {};
  }

  async function headers(context: BackendContext, isStale: boolean): Promise<Readonly<Record<string, string>>> {
    if (isStale) refused = last;
    if (path !== undefined && (isStale || !(csrfValue(cookie) ?? told))) {
      const url = endpointUrl(baseUrl, path, allowInsecure);
      // No value is no failure: what is then refused was answered, and nothing is in doubt.
      const answer = await callTokenEndpoint({ url, method: 'GET', credentials: 'include' }, context).catch(
        () => undefined,
      );
      const said = own(answer?.body, field);
      told = typeof said === 'string' ? said : undefined;
    }
    return shown();
  }

  return {
    headers,
    known: (method) => (isSafe(method) ? {} : shown()),
    renew() {
      if (path === undefined) return Promise.resolve();
      const context = { signal: AbortSignal.timeout(LIMIT), now: () => 0, fetch: platformFetch };
      renewing ??= headers(context, true).then(() => {
        renewing = undefined;
      });
      return renewing;
    },
  };
}

/** The one value of a readable cookie; undefined where there is none, or two of which one was planted (CKI-4). */
function csrfValue(cookie: string): string | undefined {
  try {
    const values = cookieValues(cookie);
    return values.length === 1 ? values[0] : undefined;
  } catch {
    return undefined;
  }
}
