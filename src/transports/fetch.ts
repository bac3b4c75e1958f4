import { engineOf } from '../session/engine.ts';
import { createAuthorize, type Wire } from './authorized.ts';
import { createMayCarry, type TransportOptions } from './resource-server.ts';

export interface AuthorizedFetchOptions extends TransportOptions {
  /** What sends the requests. Default is the platform's `fetch`, looked up for each request. */
  readonly fetch?: typeof fetch;
}

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
  if (options.fetch !== undefined && typeof options.fetch !== 'function') {
    throw new TypeError('createAuthorizedFetch: fetch must be a function like the platform’s fetch.');
  }
  const authorize = createAuthorize(
    engine,
    fetchWire,
    createMayCarry(options, engine, () => undefined),
    options.judge,
  );
  return (input, init) => {
    const send = options.fetch ?? globalThis.fetch;
    if (isRequest(input)) {
      if (hasAuthorization(init?.headers ?? input.headers)) return send(input, init);
      // Its body can be read once, so a second copy is kept back before the first is sent (C15).
      const mayHaveBody = init?.body === undefined && input.method !== 'GET' && input.method !== 'HEAD';
      const spare = mayHaveBody && !input.bodyUsed ? input.clone() : undefined;
      return authorize({ input, init, spare, send }, engine.epoch());
    }
    if (hasAuthorization(init?.headers)) return send(input, init);
    // Read once, as a string: what is checked is what is sent (ATT-12).
    return authorize({ input: String(input), init, spare: undefined, send }, engine.epoch());
  };
}

const fetchWire: Wire<FetchCall, Response> = {
  url: ({ input }) => (typeof input === 'string' ? input : input.url),
  method: ({ input, init }) => (init?.method ?? (typeof input === 'string' ? 'GET' : input.method)).toUpperCase(),
  // fetch has a signal instead.
  timeLimit: () => undefined,
  isReplayable: ({ input, init, spare }) =>
    !isOneShot(init?.body) && (typeof input === 'string' || spare !== undefined || !input.bodyUsed),

  send({ input, init, spare, send }, presentation) {
    const headers = presentation?.headers;
    if (headers === undefined && presentation?.credentials === undefined) return send(input, init);
    const { credentials } = presentation ?? {};
    const added = {
      headers: withHeaders(init?.headers ?? undefined, input, headers),
      ...(credentials && { credentials }),
    };
    if (typeof input === 'string') return send(input, init === undefined ? added : { ...init, ...added });
    // Any init resets a request's referrer (Fetch, "new Request", step 12), so it is handed on.
    const { referrer, referrerPolicy } = input;
    return send(spare !== undefined && input.bodyUsed ? spare : input, { referrer, referrerPolicy, ...init, ...added });
  },

  answer({ input }, outcome) {
    const response = outcome as Response;
    if (typeof response?.status !== 'number' || typeof response.clone !== 'function') return undefined;
    return {
      status: response.status,
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

  onAbort({ input, init }, reject) {
    const signal = init?.signal ?? (typeof input === 'string' ? undefined : input.signal);
    const abort = (): void => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    return () => signal?.removeEventListener('abort', abort);
  },

  timeoutError: () => new DOMException('The operation timed out.', 'TimeoutError'),
};

/** A Request of another realm is one as well, so this looks at what it has. */
function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'headers' in input && 'url' in input;
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

/** A stream is read as it is sent: the second time it would be empty (C15). */
function isOneShot(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body);
}
