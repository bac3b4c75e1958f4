import { AuthUnavailableError, SignInRejectedError } from '../errors.ts';
import { configUrl, isSecureTarget, pageUrl, resolveUrl } from '../platform/web-origin.ts';
import { isJsonObject, own, ownOptions } from '../token/own.ts';
import { safeCause, safeText, stringsIn } from '../token/redact.ts';
import type { BackendContext } from './backend.ts';

/** One request to an endpoint of the authorization server. */
export interface TokenEndpointRequest {
  readonly url: string;
  /** Default is `POST`. */
  readonly method?: 'POST' | 'DELETE' | 'GET';
  /** Sent as JSON, unless the method is `GET`. Default is `{}`: a body that no form of another site can send (CSR-1). */
  readonly json?: object | undefined;
  /** Sent form-encoded instead (RFC 6749 section 4.1.3); what is undefined is left out. */
  readonly form?: Readonly<Record<string, string | undefined>> | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** `include` where a cookie is the credential. Default is `omit` (ATT-11). */
  readonly credentials?: 'omit' | 'include' | undefined;
  /** Lets the request outlive the page. Default is false. */
  readonly keepalive?: boolean;
}

/** An answer of the authorization server, read as far as it is safe to. */
export interface TokenEndpointAnswer {
  /** Which endpoint answered. */
  readonly url: string;
  /** Whether it did what it was asked for. */
  readonly isOk: boolean;
  readonly status: number;
  /** Whether it is made for people, whatever its status. */
  readonly isPage: boolean;
  /** The parsed JSON; undefined when the body was none, whatever its content type says. */
  readonly body: unknown;
  /** From the header of that name, in milliseconds, at most an hour; undefined when absent, hidden by CORS or nonsense. */
  readonly retryAfter: number | undefined;
}

/** No token response is this long; a captive portal's page may be (ROT-9). */
const MAX_BODY_LENGTH = 1024 * 1024;
const MAX_RETRY_AFTER = 3600_000;
/** No form has more fields; an answer may. */
const MAX_FIELDS = 50;
/** RFC 9110 section 5.6.7: each of its three forms, of which the oldest names no time zone. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/;

/**
 * Resolves an endpoint, and refuses one to which a password or a refresh token must not travel.
 *
 * @throws {TypeError} When the base is no URL of http or https, is plain http, or has more than a host and a path.
 */
export function endpointUrl(baseUrl: string, path: string, allowInsecure: boolean): string {
  const base = configUrl(baseUrl);
  // Userinfo would be shown by every error, and whatever comes after the path would swallow the endpoint's own.
  if (base && base.username + base.password + base.search + base.hash) {
    throw new TypeError('baseUrl must have no user name, password, query or fragment.');
  }
  if (base && !base.pathname.endsWith('/')) base.pathname += '/';
  const url = base && resolveUrl(path, base.href);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError('baseUrl and paths must make a URL of https.');
  }
  if (!allowInsecure && !isSecureTarget(url)) {
    throw new TypeError(`baseUrl: ${url.origin} is plain http; use https, or allowInsecure: true.`);
  }
  return url.href;
}

/**
 * Sends one request with `fetch`, outside the app's interceptors, so that a refresh token meets nothing but its endpoint
 * (ATT-10). Redirects are errors: a 307 would hand the token to whoever it names (RED-1).
 *
 * @throws {AuthUnavailableError} When there is no answer to judge: network, CORS, a redirect, time-out, a huge body.
 */
export async function callTokenEndpoint(
  options: TokenEndpointRequest,
  context: BackendContext,
): Promise<TokenEndpointAnswer> {
  const {
    url,
    method = 'POST',
    json = {},
    form,
    headers,
    credentials = 'omit',
    keepalive = false,
  } = ownOptions(options);
  const type = method !== 'GET' && { 'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json' };
  let response: Response;
  let text: string;
  try {
    response = await context.fetch(url, {
      __proto__: null,
      method,
      headers: { ...headers, ...type, Accept: 'application/json' },
      ...(type && { body: form ? encodeForm(form) : encodeJson(json) }),
      redirect: 'error',
      cache: 'no-store',
      credentials,
      // Where a cookie comes along, a server may want to know from which origin: Django before 4 does, over https.
      referrerPolicy: credentials === 'include' ? 'strict-origin' : 'no-referrer',
      signal: context.signal,
      keepalive,
    } as RequestInit);
    text = await readText(response);
  } catch (error) {
    const why = context.signal.aborted
      ? 'it did not answer in time'
      : 'network, CORS, or a redirect: does the URL need a slash at its end?';
    throw new AuthUnavailableError(`No answer from ${url} (${why}).`, {
      cause: safeCause(error, stringsIn([json, form, headers])),
    });
  }
  const { status } = response;
  // RED-4: a page's service worker can still hand a redirect through, or what nobody may read; that is no answer.
  if (response.type === 'opaqueredirect' || response.redirected || status === 0) {
    throw new AuthUnavailableError(`${url} answered with a redirect, which is not followed: fix the URL.`);
  }
  return {
    url,
    status,
    isOk: status < 300,
    isPage: /^text\/html\b/i.test(response.headers.get('Content-Type') ?? ''),
    body: parseJson(text),
    retryAfter: parseRetryAfter(response.headers.get('Retry-After'), context.now()),
  };
}

/** The error for an answer that is no verdict: the session, or the visitor, simply tries again later. */
export function unavailable({ url, status, retryAfter }: TokenEndpointAnswer): AuthUnavailableError {
  const hint = status === 404 || status === 405 ? ': check baseUrl and paths' : '';
  return new AuthUnavailableError(`${url} answered with status ${status}, no verdict${hint}.`, { retryAfter, status });
}

/**
 * The error for a sign-in that did not succeed: rejected where the server says so in JSON, else unavailable.
 *
 * @param secrets What the user typed; it never comes back in a message.
 */
export function signInError(
  answer: TokenEndpointAnswer,
  secrets: readonly string[],
): SignInRejectedError | AuthUnavailableError {
  const { status, body, retryAfter } = answer;
  const isVerdict = isJsonObject(body) && status >= 400 && status < 500 && status !== 408 && status !== 425;
  if (!isVerdict) return unavailable(answer);
  /** The first text among members of the answer. */
  const said = (...keys: readonly string[]): string | undefined => {
    const text = keys.map((key) => own(body, key)).find(isString);
    return text && safeText(text, secrets);
  };
  const fields: Record<string, readonly string[]> = Object.create(null);
  for (const [field, messages] of Object.entries(body).slice(0, MAX_FIELDS)) {
    const texts = [messages].filter(Array.isArray).flat().filter(isString).slice(0, 10);
    if (texts.length > 0) fields[safeText(field, secrets)] = texts.map((text) => safeText(text, secrets));
  }
  return new SignInRejectedError(status, {
    serverMessage:
      said('detail', 'message', 'msg', 'error_description', 'error', 'code') ?? Object.values(fields)[0]?.[0],
    serverCode: said('code', 'error'),
    fields,
    retryAfter,
  });
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

/** RFC 9110 section 10.2.3: seconds or a date, and servers send worse; `Date.parse` would make a date of nearly anything. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? '';
  let wait = Number.NaN;
  if (/^\d+(?:\.\d+)?$/.test(text)) wait = Number(text) * 1000;
  else if (HTTP_DATE.test(text)) wait = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER);
}

/** A `toJSON` that somebody put on every object does not get to write the request (PPL-1). */
function encodeJson(json: object): string {
  return JSON.stringify(Object.getPrototypeOf(json) === Object.prototype ? ownOptions(json) : json);
}

function encodeForm(form: Readonly<Record<string, string | undefined>>): string {
  const fields = Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return new URLSearchParams(fields).toString();
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    text += decoder.decode(chunk.value, { stream: true });
    if (text.length > MAX_BODY_LENGTH) {
      await reader.cancel();
      throw new RangeError('the answer is longer than 1 MiB');
    }
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A relative base can be checked only in a page; an absolute one is checked when the backend is made. */
export function canResolve(baseUrl: string): boolean {
  return !!(pageUrl() || resolveUrl(baseUrl));
}
