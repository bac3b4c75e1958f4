import axios, {
  type AxiosAdapter,
  type AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  getAdapter,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Answer } from '../backends/backend.ts';
import type { Unsubscribe } from '../platform/clock.ts';
import { type Engine, engineOf } from '../session/engine.ts';
import type { Epoch } from '../session/held.ts';
import { ownOptions } from '../token/own.ts';
import { createAuthorize } from './authorized.ts';
import { type AxiosCall, axiosWire, hasAuthorization, urlOf } from './axios-wire.ts';
import { createMayCarry, type TransportOptions } from './resource-server.ts';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Sends this request without a token, and without waiting for one. Default is false. */
    anonymous?: boolean;
  }
}

/** Takes a session off a client again. */
export type Detach = Unsubscribe;

/** Adapters, by name or as functions, of which the first that works here is used. */
type Adapters = NonNullable<InternalAxiosRequestConfig['adapter']>;

/** The adapter that we put in place of the one that a request would have used. */
interface Wrapper extends AxiosAdapter {
  readonly inner: Adapters;
  readonly epoch: Epoch;
  readonly owner: Engine;
}

/** Where a request keeps its wrapper until it has run, also after somebody replaced the adapter or copied the config. */
const WRAPPER: unique symbol = Symbol('latchkey.wrapper');
type Tagged = InternalAxiosRequestConfig & { [WRAPPER]?: Wrapper | undefined };

/**
 * Teaches an axios instance to present a session's tokens.
 *
 * A request interceptor hands each request a wrapped adapter. The answer is intercepted in there, below every interceptor
 * and transform of the app, so that a request that is sent twice runs them once. Children made with `instance.create()`
 * are bare until they are attached.
 *
 * @returns Takes it off again; requests under way go on.
 * @throws {TypeError} When an argument or option is wrong.
 * @example
 * attachSession(axios.create({ baseURL: 'https://api.example.com' }), session)
 */
export function attachSession(instance: AxiosInstance, session: object, options: TransportOptions = {}): Detach {
  const engine = engineOf(session);
  if (typeof instance?.interceptors?.request?.use !== 'function') {
    throw new TypeError('attachSession: the client must be an axios instance, such as axios.create().');
  }
  const mayCarry = createMayCarry(options, engine, () => instance.defaults.baseURL);
  const { judge } = ownOptions(options);
  const authorize = createAuthorize(engine, axiosWire, mayCarry, judge);
  let isOrderTold = false;

  function interceptRequest(config: Tagged): Tagged {
    // Sent again by the app, or attached twice: what is wrapped is the adapter, never our own wrapper of it (C22).
    const adapter = config.adapter ?? instance.defaults.adapter ?? axios.defaults.adapter ?? [];
    const inner = isOwn(adapter) ? adapter.inner : adapter;
    if (config.anonymous === true) {
      if (inner !== adapter) config.adapter = inner;
      delete config[WRAPPER];
    } else config.adapter = config[WRAPPER] = wrap(inner, engine.epoch());
    return config;
  }

  function isOwn(adapter: Adapters): adapter is Wrapper {
    return (adapter as Partial<Wrapper>).owner === engine;
  }

  function wrap(inner: Adapters, epoch: Epoch): Wrapper {
    const adapter = (config: Tagged): Promise<AxiosResponse> => {
      // From here on the config is what the app will find on the answer: nothing of ours stays on it (C23).
      config.adapter = inner;
      delete config[WRAPPER];
      const call = callOf(config, inner);
      return hasAuthorization(config) ? call.inner(config) : authorize(call, epoch);
    };
    adapter.inner = inner;
    adapter.epoch = epoch;
    adapter.owner = engine;
    return adapter;
  }

  /** The net: an interceptor that ran after ours put its own adapter in the place of the wrapper, and the token was lost. */
  async function catchLost(response: AxiosResponse, config: Tagged, epoch: Epoch): Promise<AxiosResponse | undefined> {
    delete config[WRAPPER];
    // A mock may have taken itself off the config.
    if (!config.adapter) return undefined;
    const call = callOf(config, config.adapter);
    if (hasAuthorization(config) || !mayCarry(call.url)) return undefined;
    if (!isOrderTold) {
      isOrderTold = true;
      engine.diagnose(
        'adapter-replaced',
        'An interceptor sets config.adapter after ours: call attachSession() before adding it.',
      );
    }
    if (!axiosWire.isReplayable(call) || !(await isRefused(axiosWire.answer(call, response)))) return undefined;
    return authorize(call, epoch).then(
      (again) => transformResponse(config, again),
      (error) => {
        if (error?.response) transformResponse(config, error.response);
        throw error;
      },
    );
  }

  async function isRefused(answer: Answer | undefined): Promise<boolean> {
    try {
      return !!answer && (judge?.(answer) ?? (await engine.judge(answer))) !== 'accepted';
    } catch {
      return false;
    }
  }

  /** Undefined when nothing was lost, as it should be. */
  function lostOf(response: AxiosResponse | null | undefined): Promise<AxiosResponse | undefined> | undefined {
    const config: Tagged | undefined = response?.config;
    const wrapper = config?.[WRAPPER];
    return response && config && wrapper?.owner === engine ? catchLost(response, config, wrapper.epoch) : undefined;
  }

  const { request, response } = instance.interceptors;
  const requestId = request.use(interceptRequest, undefined, { synchronous: true });
  const responseId = response.use(
    // An interceptor of the app may have made anything of the response by now, or of the error (C13).
    (answer) => lostOf(answer)?.then((again) => again ?? answer) ?? answer,
    async (error: AxiosError) => {
      const again = await lostOf(error?.response);
      if (again) return again;
      throw error;
    },
  );
  return () => {
    request.eject(requestId);
    response.eject(responseId);
  };
}

function callOf(config: InternalAxiosRequestConfig, adapters: Adapters): AxiosCall {
  return { config, url: urlOf(config), inner: getAdapter(adapters, config) };
}

/** What axios does with an answer above its adapter; the net is above that already. */
function transformResponse(config: InternalAxiosRequestConfig, response: AxiosResponse): AxiosResponse {
  for (const transform of [config.transformResponse ?? []].flat()) {
    response.data = transform.call(config, response.data, response.headers as never, response.status);
  }
  return response;
}
