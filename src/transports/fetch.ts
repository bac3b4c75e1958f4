import { isFunction, optional, type Rules } from '../platform/check-options.ts';
import { engineOf } from '../session/engine.ts';
import { own, ownOptions } from '../token/own.ts';
import { createAuthorize } from './authorized.ts';
import { createBare } from './bare.ts';
import { isOneShot } from './one-shot.ts';
import { createMayCarry, type TransportOptions } from './resource-server.ts';
import { eitherSignal, type Wire } from './wire.ts';

export interface AuthorizedFetchOptions extends TransportOptions {
  /** What sends the requests. Default is the platform's `fetch`, looked up for each request. */
  readonly fetch?: typeof fetch;
}

const MORE: Rules = { fetch: [optional(isFunction), 'must be a function'] };

interface FetchCall {
  readonly input: string | Request;
  readonly init: RequestInit | undefined;
  /** Undefined when there is nothing in the body that could be used up. */
  readonly spare: Request | undefined;
  readonly send: typeof fetch;
}

/**
 * Makes a drop-in `fetch` that presents a session's tokens. It takes and gives exactly what `fetch` does; a request that
 * carries an `Authorization` header of its own, or goes to a server that is not listed, is passed on as it is.
 *
 * @throws {TypeError} When an argument or option is wrong.
 * @example
 * const authorizedFetch = createAuthorizedFetch(session, { resourceServers: ['https://api.example.com'] })
 */
export function createAuthorizedFetch(session: object, options: AuthorizedFetchOptions = {}): typeof fetch {
  const engine = engineOf(session);
  const mayCarry = createMayCarry(options, engine, () => undefined, 'createAuthorizedFetch', MORE);
  const { fetch: given, judge } = ownOptions(options);
  const authorize = createAuthorize(engine, fetchWire, mayCarry, judge);
  function start(input: RequestInfo | URL, wished: RequestInit | undefined): Promise<Response> {
    const send = given ?? globalThis.fetch;
    if (hasAuthorization(wished?.headers ?? (isRequest(input) ? input.headers : undefined))) return send(input, wished);
    // A Request, or a class of the app, has its members on a prototype: only the platform reads those rightly (C16).
    if (wished && !isPlain(wished)) return start(new Request(input, wished), undefined);
    const init = wished && snapshot(wished);
    // Read once, as a string: what is checked is what is sent (ATT-12).
    if (!isRequest(input)) return authorize({ input: String(input), init, spare: undefined, send }, engine.epoch());
    // Its body can be read once, so a second copy is kept back before the first is sent (C15).
    const mayHaveBody = init?.body == null && input.method !== 'GET' && input.method !== 'HEAD';
    const isReadable = !input.bodyUsed && input.body?.locked !== true;
    const spare = mayHaveBody && isReadable && mayCarry(input.url) ? input.clone() : undefined;
    return authorize({ input, init, spare, send }, engine.epoch());
  }

  return (input, init) => {
    try {
      return start(input, init);
    } catch (error) {
      // As fetch does: it never throws.
      return Promise.reject(error);
    }
  };
}

const fetchWire: Wire<FetchCall, Response> = {
  url: ({ input }) => (typeof input === 'string' ? input : input.url),
  method: ({ input, init }) => (init?.method ?? (typeof input === 'string' ? 'GET' : input.method)).toUpperCase(),
  // fetch has a signal instead.
  timeLimit: () => undefined,
  isReplayable: ({ input, init, spare }) =>
    !isOneShot(init?.body) && (typeof input === 'string' || spare !== undefined || !input.bodyUsed),

  send({ input, init, spare, send }, presentation, _timeLeft, end) {
    const headers = presentation?.headers;
    const credentials = own(presentation, 'credentials') as RequestCredentials | undefined;
    if (headers === undefined && credentials === undefined && !end) return send(input, init);
    const sent = createBare<RequestInit>();
    if (typeof input !== 'string') {
      // Any init resets a request's referrer (Fetch, "new Request", step 12), so it is handed on.
      sent.referrer = input.referrer;
      sent.referrerPolicy = input.referrerPolicy;
    }
    Object.assign(sent, init);
    sent.headers = withHeaders(init?.headers ?? undefined, input, headers);
    if (credentials) sent.credentials = credentials;
    if (end) sent.signal = eitherSignal(signalOf(input, init), end);
    return send(typeof input !== 'string' && spare !== undefined && input.bodyUsed ? spare : input, sent);
  },

  status: (outcome) => (outcome as Partial<Response> | undefined)?.status,

  answer(call, outcome) {
    const { input } = call;
    const response = outcome as Response;
    if (typeof response?.status !== 'number' || typeof response.clone !== 'function') return undefined;
    return {
      status: response.status,
      method: fetchWire.method(call),
      url: response.url || (typeof input === 'string' ? input : input.url),
      header: (name) => response.headers.get(name) ?? undefined,
      // A clone, so that the caller can still read its own.
      body: () =>
        response
          .clone()
          .json()
          .catch(() => undefined),
    };
  },

  letGo(outcome) {
    (outcome as Response).body?.cancel().catch(() => {});
  },

  onAbort({ input, init }, way, leave) {
    const signal = signalOf(input, init);
    if (!signal) return undefined;
    const abort = (): void => leave(way, signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return () => signal.removeEventListener('abort', abort);
  },

  timeoutError: () => new DOMException('The operation timed out.', 'TimeoutError'),
};

/** The caller's own; null in an init takes that of the Request away. */
function signalOf(input: string | Request, init: RequestInit | undefined): AbortSignal | null | undefined {
  return init?.signal !== undefined || typeof input === 'string' ? init?.signal : input.signal;
}

/** A Request of another realm is one as well, so this looks at what it has. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'headers' in input && 'url' in input;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What the caller says at this moment: it may wait or be sent again, and the app may use its objects again meanwhile (C5). */
function snapshot(init: RequestInit): RequestInit {
  const copy = { __proto__: null, ...init } as RequestInit;
  if (init.headers) copy.headers = withHeaders(init.headers, '', undefined);
  return copy;
}

/** Whether the caller set an `Authorization` header of its own, in whichever form headers come (ATT-6, PPL-4). */
function hasAuthorization(headers: RequestInit['headers']): boolean {
  if (headers === undefined || headers === null) return false;
  if (typeof (headers as Headers).has === 'function') return (headers as Headers).has('Authorization');
  const names = Array.isArray(headers) ? headers.map(([name = '']) => name) : Object.keys(headers);
  return names.some((name) => name.length === 13 && name.toLowerCase() === 'authorization');
}

/** The caller's headers with ours, in an object of our own. */
function withHeaders(
  headers: RequestInit['headers'],
  input: string | Request,
  added: Readonly<Record<string, string>> | undefined,
): Record<string, string> | Headers {
  const given = headers ?? (typeof input === 'string' ? undefined : input.headers);
  if (given === undefined) return { ...added };
  if (!Array.isArray(given) && typeof (given as Headers).entries !== 'function') {
    return { ...(given as Record<string, string>), ...added };
  }
  const merged = new Headers(given);
  for (const [name, value] of Object.entries(added ?? {})) merged.set(name, value);
  return merged;
}
