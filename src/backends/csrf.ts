import { checkOptions, isText, optional, type Rule } from '../platform/check-options.ts';
import { cookieValues } from '../platform/page-cookie.ts';
import { platformFetch } from '../platform/web.ts';
import { isJsonObject, own } from '../token/own.ts';
import type { BackendContext } from './backend.ts';
import { callTokenEndpoint } from './token-endpoint.ts';

/** How a server wants to be shown that a request comes from its own page (double submit). */
export interface CsrfOptions {
  /** The cookie that has the value, and that this page may read. Django's is `csrftoken`. */
  readonly cookie?: string;
  /** The header that repeats it. Django's is `X-CSRFToken`. */
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
   * @throws {AuthUnavailableError} When the server does not answer to being asked for one.
   */
  headers(context: BackendContext, isStale: boolean): Promise<Readonly<Record<string, string>>>;
  /** The same for a request of the app, as far as it is known by now; none for a method that changes nothing. */
  known(method: string): Readonly<Record<string, string>>;
  /** Asks for a value that the page cannot read, once for all who wait; whatever comes of it. */
  renew(): Promise<void>;
}

const TEXT: Rule = [optional(isText), 'must be text'];

/** Checks what an app says of its server's CSRF protection, and adds what the preset knows. */
export function csrfOptions(maker: string, options: CsrfOptions | undefined, preset: CsrfOptions): CsrfOptions {
  const rules = { cookie: TEXT, header: TEXT, path: TEXT, field: TEXT };
  return { ...preset, ...checkOptions(maker, options ?? {}, rules, 'csrf.') };
}

/** The one value of a readable cookie; undefined where there is none, or two of which one was planted (CKI-4). */
export function csrfValue(cookie: string): string | undefined {
  try {
    const values = cookieValues(cookie);
    return values.length === 1 ? values[0] : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a 403 is Django's own page, which is no JSON, or says so in JSON: the word is in every language the same. */
export function isCsrfRefusal(body: unknown): boolean {
  return !isJsonObject(body) || Object.values(body).some((text) => typeof text === 'string' && /csrf/i.test(text));
}

/** RFC 9110 section 9.2.1. */
const SAFE = /^(?:GET|HEAD|OPTIONS)$/;
/** How long a request that was refused waits for another value, in milliseconds. */
const PATIENCE = 10_000;

/** @param url Where `path` is. */
export function createCsrf(options: CsrfOptions, url: (path: string) => string): Csrf {
  const { cookie = 'csrftoken', header = 'X-CSRFToken', path, field = 'csrfToken' } = options;
  /** What the server said, where this page may not read the cookie. */
  let told: string | undefined;
  let renewing: Promise<void> | undefined;

  function shown(): Readonly<Record<string, string>> {
    const value = csrfValue(cookie) ?? told;
    // What could split a header is no value.
    return value && /^[\x21-\x7e]+$/.test(value) ? { [header]: value } : {};
  }

  async function headers(context: BackendContext, isStale: boolean): Promise<Readonly<Record<string, string>>> {
    if (path !== undefined && (isStale || !(csrfValue(cookie) ?? told))) {
      const answer = await callTokenEndpoint({ url: url(path), method: 'GET', credentials: 'include' }, context);
      const said = own(answer.body, field);
      told = typeof said === 'string' ? said : undefined;
    }
    return shown();
  }

  return {
    headers,
    known: (method) => (SAFE.test(method) ? {} : shown()),
    renew() {
      if (csrfValue(cookie) !== undefined) return Promise.resolve();
      const context = { signal: AbortSignal.timeout(PATIENCE), now: () => 0, fetch: platformFetch };
      renewing ??= headers(context, true)
        .then(
          () => {},
          () => {},
        )
        .finally(() => {
          renewing = undefined;
        });
      return renewing;
    },
  };
}
