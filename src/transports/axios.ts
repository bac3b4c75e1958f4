import {
  type AxiosAdapter,
  type AxiosError,
  type AxiosInstance,
  type AxiosResponse,
  getAdapter,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Unsubscribe } from '../platform/clock.ts';
import { type Engine, engineOf } from '../session/engine.ts';
import type { Epoch } from '../session/holder.ts';
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

/** The adapter that we put in place of the one that a request would have used. */
interface Wrapper extends AxiosAdapter {
  readonly inner: InternalAxiosRequestConfig['adapter'];
  readonly epoch: Epoch;
  readonly owner: Engine;
}

/** Where a request keeps its wrapper, also after somebody replaced the adapter or copied the config. */
const WRAPPER: unique symbol = Symbol('latchkey.wrapper');
type Tagged = InternalAxiosRequestConfig & { [WRAPPER]?: Wrapper };

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
    throw new TypeError('attachSession: the first argument must be an axios instance, such as axios.create().');
  }
  const mayCarry = createMayCarry(options, engine, () => instance.defaults.baseURL);
  const authorize = createAuthorize(engine, axiosWire, mayCarry, options.judge);
  let isOrderTold = false;

  function interceptRequest(config: Tagged): Tagged {
    if (config.anonymous === true) return config;
    // Sent again by the app, or attached twice: what is wrapped is the adapter, never our own wrapper of it (C22).
    const before = config[WRAPPER];
    const inner =
      before !== undefined && config.adapter === before && before.owner === engine ? before.inner : config.adapter;
    config.adapter = config[WRAPPER] = wrap(inner, engine.epoch());
    return config;
  }

  function wrap(inner: Wrapper['inner'], epoch: Epoch): Wrapper {
    const adapter = (config: InternalAxiosRequestConfig): Promise<AxiosResponse> => {
      const call: AxiosCall = {
        config,
        url: urlOf(config),
        inner: getAdapter(inner ?? instance.defaults.adapter, config),
      };
      return hasAuthorization(config) ? call.inner(config) : authorize(call, epoch);
    };
    return Object.assign(adapter, { inner, epoch, owner: engine });
  }

  /** The net: an interceptor that ran after ours put its own adapter in the place of the wrapper, and the token was lost. */
  async function catchLost(response: AxiosResponse): Promise<AxiosResponse | undefined> {
    const config = response?.config as Tagged | undefined;
    const wrapper = config?.[WRAPPER];
    if (config === undefined || wrapper === undefined || config.adapter === wrapper || wrapper.owner !== engine)
      return undefined;
    const call: AxiosCall = { config, url: urlOf(config), inner: getAdapter(config.adapter, config) };
    if (hasAuthorization(config) || !mayCarry(call.url)) return undefined;
    if (!isOrderTold) {
      isOrderTold = true;
      engine.diagnose(
        'adapter-replaced',
        'An interceptor that runs after latchkey’s sets config.adapter: call attachSession() before adding it.',
      );
    }
    const answer = axiosWire.answer(call, response);
    const isRefused = answer !== undefined && (await engine.judge(answer)) !== 'accepted';
    if (!isRefused || !axiosWire.isReplayable(call)) return undefined;
    return transformResponse(config, await authorize(call, wrapper.epoch));
  }

  const requestId = instance.interceptors.request.use(interceptRequest, undefined, { synchronous: true });
  const responseId = instance.interceptors.response.use(
    (response) => (isLost(response.config) ? catchLost(response).then((again) => again ?? response) : response),
    async (error: AxiosError) => {
      const response = error?.response;
      const again = response !== undefined && isLost(response.config) ? await catchLost(response) : undefined;
      if (again === undefined) throw error;
      return again;
    },
  );
  return () => {
    instance.interceptors.request.eject(requestId);
    instance.interceptors.response.eject(responseId);
  };
}

function isLost(config: Tagged | undefined): boolean {
  return config?.[WRAPPER] !== undefined && config.adapter !== config[WRAPPER];
}

/** What axios does with an answer above its adapter; the net is above that already. */
function transformResponse(config: InternalAxiosRequestConfig, response: AxiosResponse): AxiosResponse {
  const transforms = [config.transformResponse ?? []].flat();
  for (const transform of transforms) {
    response.data = transform.call(config, response.data, response.headers as never, response.status);
  }
  return response;
}
