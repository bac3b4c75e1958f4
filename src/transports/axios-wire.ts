import {
  type AxiosAdapter,
  AxiosError,
  AxiosHeaders,
  type AxiosResponse,
  CanceledError,
  getAdapter,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Presentation } from '../backends/backend.ts';
import { isFunction, isObject } from '../platform/check-options.ts';
import { platformFetch } from '../platform/web.ts';
import { own } from '../token/own.ts';

import { createBare } from './bare.ts';
import { isOneShot } from './one-shot.ts';
import { readJson } from './read-json.ts';
import { eitherSignal, type Wire } from './wire.ts';

/** One axios request, as it reaches its adapter. */
export interface AxiosCall {
  /** The app's own, which nothing is written on (C23). */
  readonly config: InternalAxiosRequestConfig;
  readonly url: string;
  readonly inner: AxiosAdapter;
}

/** As axios has it: a scheme and `//`, or `//` alone. */
const ABSOLUTE = /^(?:[a-z][a-z\d+\-.]*:)?\/\//i;
const SLASH = 47;

/**
 * The URL that an adapter will send a config to, but for its query. Each part is read once and as a string, and what
 * is sent is made of the same strings (ATT-12).
 */
export function urlOf(config: InternalAxiosRequestConfig): string {
  const url = String(config.url ?? '');
  const { baseURL } = config;
  // Most are paths from the root, below a base without a slash at its end: no pattern has to be run over those.
  const isRooted = url.charCodeAt(0) === SLASH && url.charCodeAt(1) !== SLASH;
  if (!baseURL || (!isRooted && ABSOLUTE.test(url) && config.allowAbsoluteUrls !== false)) return url;
  const base = String(baseURL);
  if (!url) return base;
  const start = base.charCodeAt(base.length - 1) === SLASH ? base.replace(/\/+$/, '') : base;
  return start + (isRooted ? url : `/${url.replace(/^\/+/, '')}`);
}

/** Whether the caller brings credentials of its own, in a header of any case or as `auth`; they are respected (ATT-6, C18). */
export function hasAuthorization({ headers, auth }: InternalAxiosRequestConfig): boolean {
  if (auth) return true;
  for (const name of Object.keys(headers)) {
    if (name.length === 13 && name.toLowerCase() === 'authorization') return headers[name] != null;
  }
  return false;
}

export const axiosWire: Wire<AxiosCall, AxiosResponse> = {
  url: (call) => call.url,
  method: ({ config }) => (config.method ?? 'get').toUpperCase(),
  // A text does as well, to axios.
  timeLimit: ({ config }) => Number(config.timeout) || undefined,
  isReplayable: ({ config }) => !isOneShot(config.data),

  send(call, presentation, timeLeft, end) {
    if (!presentation && !timeLeft) return call.inner(call.config);
    const { config } = call;
    const clone = privateClone(call, presentation, timeLeft, end);
    const adapter = clone.env === config.env ? call.inner : getAdapter(config.adapter, clone);
    return adapter(clone).then(
      (response) => giveBack(response, config),
      (error) => {
        // The error, and whatever caused it, speaks of the caller's request, and holds nothing of the copy that carried
        // the token (LOG-3).
        for (let each = error, depth = 0; isObject(each) && depth < 5; depth += 1) {
          const { response, cause } = each as AxiosError;
          if ('config' in each) giveBack(each, config);
          if (isObject(response)) giveBack(response, config);
          each = cause;
        }
        throw error;
      },
    );
  },

  status: (outcome) => responseOf(outcome)?.status,

  answer(call, outcome) {
    const response = responseOf(outcome);
    if (typeof response?.status !== 'number') return undefined;
    const { status, headers, data, request } = response;
    const url = finalUrl(request);
    return {
      status,
      method: axiosWire.method(call),
      // An absolute one is where a server answered from; a mock may put the config's own part of a URL there.
      url: url && ABSOLUTE.test(url) ? url : call.url,
      header: (name) =>
        AxiosHeaders.from(headers as AxiosHeaders)
          .get(name)
          ?.toString(),
      body: () => readJson(data),
    };
  },

  letGo(outcome) {
    const data = responseOf(outcome)?.data;
    // Only a stream is still being received; others have come in whole.
    if (isFunction(data?.destroy)) data.destroy();
    else if (isFunction(data?.getReader)) data.cancel().catch(() => {});
  },

  onAbort({ config }, way, leave) {
    const { signal } = config;
    const token = config.cancelToken as CancelTokenPort | undefined;
    if (!signal && !token) return undefined;
    const abort = (): void => leave(way, token?.reason ?? new CanceledError(undefined, config));
    if (signal?.aborted) abort();
    signal?.addEventListener?.('abort', abort);
    token?.subscribe?.(abort);
    return () => {
      signal?.removeEventListener?.('abort', abort);
      token?.unsubscribe?.(abort);
    };
  },

  timeoutError({ config }) {
    const { timeout, timeoutErrorMessage, transitional } = config;
    return new AxiosError(
      timeoutErrorMessage || `timeout of ${timeout}ms exceeded`,
      transitional?.clarifyTimeoutError ? 'ETIMEDOUT' : 'ECONNABORTED',
      config,
    );
  },
};

/** What axios's type of a CancelToken keeps to itself. */
interface CancelTokenPort {
  readonly reason?: unknown;
  subscribe?(listener: () => void): void;
  unsubscribe?(listener: () => void): void;
}

function responseOf(outcome: unknown): AxiosResponse | undefined {
  return (outcome instanceof Error ? (outcome as AxiosError).response : outcome) as AxiosResponse | undefined;
}

/** A config of our own to put the token on; the body, the functions and the signal in it stay the caller's. */
function privateClone(
  { config, url, inner }: AxiosCall,
  presentation: Presentation | undefined,
  timeLeft: number | undefined,
  end: AbortSignal | undefined,
): InternalAxiosRequestConfig {
  // Recent configs have no prototype. Key by key is faster than a spread.
  const prototype = Object.getPrototypeOf(config);
  const clone = prototype ? Object.create(prototype) : createBare<typeof config>();
  for (const key of Object.keys(config)) clone[key] = config[key as keyof typeof config];
  // Keeps the kind of the headers, which may be those of another copy of axios (C18).
  clone.headers = Object.assign(
    Object.create(Object.getPrototypeOf(config.headers)),
    config.headers,
    presentation?.headers,
  );
  if (typeof config.url !== 'string' || config.allowAbsoluteUrls === false || /\/\/\/$/.test(config.baseURL ?? '')) {
    // Older releases do not know `allowAbsoluteUrls`, and leave slashes: the URL that was checked is the one that is sent.
    clone.url = url;
    delete clone.baseURL;
  }
  const credentials = own(presentation, 'credentials');
  // The fetch adapter takes false for "omit"; to say nothing means "same-origin" to every adapter.
  if (credentials === 'same-origin') delete clone.withCredentials;
  else if (credentials) clone.withCredentials = credentials === 'include';
  // The fetch adapter does not tell where an answer came from; the others, which axios names, do (RED-2).
  const env = config.env as { readonly fetch?: unknown } | undefined;
  // An adapter of the app's own sends as it likes.
  if (typeof config.adapter !== 'function' && inner.name !== 'xhr' && inner.name !== 'http' && !env?.fetch)
    clone.env = { ...env, fetch: tellingFetch } as never;
  if (timeLeft) clone.timeout = Math.ceil(timeLeft);
  if (end) clone.signal = eitherSignal(config.signal as AbortSignal | undefined, end);
  return clone;
}

/** Notes the URL that answered on the Request, which axios made for this one send and hands on beside its answer. */
async function tellingFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await platformFetch(input, init);
  if (typeof input === 'object') Object.defineProperty(input, 'responseURL', { value: response.url });
  return response;
}

/** Puts the caller's config back, and hides the platform's request object, whose headers show the token (LOG-3). */
function giveBack<T extends { config?: unknown; request?: unknown }>(
  outcome: T,
  config: InternalAxiosRequestConfig,
): T {
  outcome.config = config;
  const { request } = outcome;
  // A browser's XMLHttpRequest does not tell what was sent, and apps read its `responseURL`.
  if (isObject(request) && !(typeof XMLHttpRequest !== 'undefined' && request instanceof XMLHttpRequest)) {
    const responseURL = finalUrl(request);
    outcome.request = { responseURL, res: { responseUrl: responseURL } };
  }
  return outcome;
}

/** Where an answer came from, as each adapter tells it; undefined when it does not. */
function finalUrl(request: unknown): string | undefined {
  const { responseURL, res } = (request ?? {}) as { responseURL?: unknown; res?: { responseUrl?: unknown } };
  const url = responseURL || res?.responseUrl;
  return typeof url === 'string' ? url : undefined;
}
