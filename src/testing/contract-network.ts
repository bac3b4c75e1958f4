import type { BackendContext } from '../backends/backend.ts';
import { isAuthError } from '../errors.ts';
import { platformFetch } from '../platform/web.ts';
import { resolveUrl } from '../platform/web-origin.ts';

/** What a backend is given besides its arguments. */
export function contextOf(send: typeof fetch = platformFetch, signal?: AbortSignal): BackendContext {
  return { signal: signal ?? new AbortController().signal, now: () => Date.now(), fetch: send };
}

/** The code of the error that comes of some work, or what else does. */
export async function codeOf(work: Promise<unknown> | undefined): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return isAuthError(error) ? error.code : `a ${error instanceof Error ? error.name : typeof error}`;
  }
}

/**
 * Does some work while the platform's own `fetch` is another one: not every backend uses that of its context.
 *
 * @throws {TypeError} When the platform lets nobody replace it.
 */
export async function withFetch<T>(send: typeof fetch, work: () => Promise<T> | undefined): Promise<T | undefined> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  // Not assigned: what listens to the network, such as msw, makes it read-only.
  Object.defineProperty(globalThis, 'fetch', { value: send, configurable: true, enumerable: true, writable: true });
  try {
    return await work();
  } finally {
    if (before) Object.defineProperty(globalThis, 'fetch', before);
    else Reflect.deleteProperty(globalThis, 'fetch');
  }
}

/** What comes between a page and its server, and says nothing of the user. */
export const NO_VERDICTS: readonly (readonly [what: string, send: typeof fetch])[] = [
  ['a network that fails', () => Promise.reject(new TypeError('Failed to fetch'))],
  ...[200, 401, 403, 502, 503].map((status) => answer(`the page of a proxy (${status})`, status, '<h1>Wait</h1>')),
  ...[200, 401, 500].map((status) => answer(`an empty answer (${status})`, status, '')),
  ...[500, 503].map((status) => answer(`JSON of a server that failed (${status})`, status, '{"detail":"x"}')),
  answer('an answer of 2 MiB', 200, 'x'.repeat(2 * 1024 * 1024)),
];

/** The same for a refresh; whoever signs in may well be told that they have tried too often. */
export const NO_VERDICTS_ON_REFRESH: typeof NO_VERDICTS = [
  ...NO_VERDICTS,
  answer('a rate limit (429)', 429, '{"detail":"x"}'),
];

function answer(what: string, status: number, body: string): readonly [what: string, send: typeof fetch] {
  const type = body.startsWith('{') ? 'application/json' : 'text/html';
  return [what, async () => new Response(body, { status, headers: { 'Content-Type': type } })];
}

/**
 * Lets a backend work, and gives the URLs that it asked and has not listed, each once, without their queries.
 *
 * @param endpoints What it has listed, once it has worked: some learn their URLs from the server.
 * @param send What the backend is to be given; undefined stands for the platform's `fetch`.
 */
export async function unlistedUrls(
  endpoints: () => readonly string[],
  send: typeof fetch | undefined,
  work: (send: typeof fetch) => Promise<unknown>,
): Promise<readonly string[]> {
  const asked = new Set<string>();
  const { fetch: original } = globalThis;
  const spy: typeof fetch = (input, init) => {
    // What shows neither token nor password may be a part of the API, such as a probe by cookie.
    const { method = 'GET', headers } = input instanceof Request ? input : (init ?? {});
    const isPlain = method === 'GET' && !new Headers(headers).has('Authorization');
    if (!isPlain) asked.add(plain(input instanceof Request ? input.url : String(input)));
    return (send ?? original)(input, init);
  };
  await withFetch(spy, () => work(spy));
  const listed = new Set(endpoints().map(plain));
  return [...asked].filter((url) => !listed.has(url));
}

/** As it is compared with the endpoints. */
function plain(url: string): string {
  const { origin, pathname } = resolveUrl(url) ?? { origin: '', pathname: url };
  return origin + pathname;
}

/** Whether a request under way is aborted with the signal of the context. True where none is sent. */
export async function wasAborted(work: (context: BackendContext) => Promise<unknown> | undefined): Promise<boolean> {
  const controller = new AbortController();
  let signal: AbortSignal | null | undefined;
  let isSent = false;
  let tell = (): void => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const hang: typeof fetch = (input, init) => {
    signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    isSent = true;
    tell();
    // Whoever does not listen to its signal must not wait for ever either: what counts is whether it was told.
    return new Promise((_, reject) =>
      controller.signal.addEventListener('abort', () => reject(new TypeError('aborted'))),
    );
  };
  await withFetch(hang, async () => {
    const done = Promise.resolve(work(contextOf(hang, controller.signal))).catch(() => {});
    await Promise.race([told, done]);
    controller.abort();
  });
  return !isSent || signal?.aborted === true;
}
