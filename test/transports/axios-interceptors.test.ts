import axios, { type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld, type World } from '../support/world.ts';

interface Counts {
  request: number;
  response: number;
  error: number;
}

/** An instance with an app's own interceptors around the session's, or before, or after them. */
async function appWith(order: 'before' | 'after', use: (api: AxiosInstance, counts: Counts) => void) {
  const world = createWorld();
  const counts: Counts = { request: 0, response: 0, error: 0 };
  const api = axios.create({ baseURL: API, adapter: world.adapter });
  if (order === 'before') use(api, counts);
  const detach = attachSession(api, world.session);
  if (order === 'after') use(api, counts);
  await world.session.signIn(ALICE);
  world.backend.expireAll();
  return { ...world, api, counts, detach };
}

function countEach(isAsync: boolean) {
  return (api: AxiosInstance, counts: Counts): void => {
    const count = (config: InternalAxiosRequestConfig) => {
      counts.request += 1;
      config.headers.set('X-Count', String(counts.request));
      return isAsync ? Promise.resolve(config) : config;
    };
    api.interceptors.request.use(count, undefined, { synchronous: !isAsync });
    api.interceptors.response.use(
      (response) => {
        counts.response += 1;
        return response.data;
      },
      (error) => {
        counts.error += 1;
        throw error;
      },
    );
  };
}

describe.each(['before', 'after'] as const)('app interceptors registered %s the session', (order) => {
  it.each([
    ['synchronous', false],
    ['asynchronous', true],
  ])('run exactly once for a request that is sent twice: %s, with r => r.data (C13)', async (_, isAsync) => {
    const { api, counts, seen } = await appWith(order, countEach(isAsync));

    expect(await api.get('/me')).toEqual({ status: 200, url: `${API}/me` });
    expect(counts).toEqual({ request: 1, response: 1, error: 0 });
    expect(seen).toHaveLength(2);
  });

  it('run exactly once for a request that is refused twice (C13)', async () => {
    const { api, counts, backend, seen } = await appWith(order, countEach(false));
    backend.accepts = () => false;

    await expect(api.get('/me')).rejects.toMatchObject({ status: 401 });
    expect(counts).toEqual({ request: 1, response: 0, error: 1 });
    expect(seen).toHaveLength(2);
  });

  it.each([null, undefined, '', 0, 'text', { config: null }, { config: 'x' }])(
    'may make anything of a response, such as %j (C13)',
    async (value) => {
      const { api } = await appWith(order, (instance) => instance.interceptors.response.use(() => value as never));

      expect(await api.get('/me')).toEqual(value);
    },
  );

  it.each([null, undefined, 'text', { response: null }, { response: undefined }, { response: { config: null } }])(
    'may make anything of an error, such as %j (C13)',
    async (value) => {
      const { api, backend } = await appWith(order, (instance) =>
        instance.interceptors.response.use(undefined, () => Promise.reject(value)),
      );
      backend.accepts = () => false;
      const outcome = await api.get('/me').then(
        () => 'resolved',
        (error: unknown) => ({ error }),
      );

      expect(outcome).toEqual({ error: value });
    },
  );

  it('may turn an error into a result (C13)', async () => {
    const { api, backend } = await appWith(order, (instance) =>
      instance.interceptors.response.use(undefined, (error) => ({ recovered: error.response.status })),
    );
    backend.accepts = () => false;

    expect(await api.get('/me')).toEqual({ recovered: 401 });
  });

  it('may hand on a copy of the config (C13)', async () => {
    const { api, seen } = await appWith(order, (instance) =>
      instance.interceptors.request.use((config) => ({ ...config })),
    );

    expect((await api.get('/me')).status).toBe(200);
    expect(seen).toHaveLength(2);
  });

  it.each([
    [
      'in place',
      (config: InternalAxiosRequestConfig, world: World) => Object.assign(config, { adapter: world.adapter }),
    ],
    ['in a copy', (config: InternalAxiosRequestConfig, world: World) => ({ ...config, adapter: world.adapter })],
  ])('may set config.adapter %s without losing the token (C21)', async (_, set) => {
    const own = createWorld();
    const world = await appWith(order, (instance) => {
      instance.interceptors.request.use((config) => set(config, { ...own, adapter: (c) => world.adapter(c) }));
    });
    const response = await world.api.get('/me');

    expect(response.status).toBe(200);
    expect(response.data).toEqual({ status: 200, url: `${API}/me` });
    expect(world.backend.accepts(world.seen.at(-1)?.authorization)).toBe(true);
    expect(world.events.includes('diagnostic:adapter-replaced')).toBe(order === 'before');
  });

  it('may set an adapter around the one that is there, and still sends twice at most (C4, C21)', async () => {
    let passed = 0;
    const { api, backend, seen, events } = await appWith(order, (instance) => {
      instance.interceptors.request.use((config) => {
        const inner = axios.getAdapter(config.adapter ?? instance.defaults.adapter);
        config.adapter = (given) => {
          passed += 1;
          return inner(given);
        };
        return config;
      });
    });
    expect((await api.get('/me')).status).toBe(200);
    expect(seen).toHaveLength(2);
    backend.accepts = () => false;

    await expect(api.get('/me')).rejects.toMatchObject({ status: 401 });
    expect(seen).toHaveLength(4);
    expect(passed).toBe(order === 'before' ? 2 : 4);
    expect(events).not.toContain('diagnostic:adapter-replaced');
  });

  it('are all that is left once the session is detached (C13)', async () => {
    const { api, detach, seen, counts } = await appWith(order, countEach(false));
    detach();
    detach();

    await expect(api.get('/me')).rejects.toMatchObject({ status: 401 });
    expect(counts).toEqual({ request: 1, response: 0, error: 1 });
    expect(seen).toMatchObject([{ authorization: undefined }]);
    expect(Object.keys(api.defaults.headers.common)).not.toContain('Authorization');
  });
});

describe('an adapter that an app put in the place of ours', () => {
  async function replaced(isAttachedTwice = false) {
    const world = createWorld();
    const api = axios.create({ baseURL: API });
    api.interceptors.request.use((config) => ({ ...config, adapter: world.adapter }));
    attachSession(api, world.session);
    if (isAttachedTwice) attachSession(api, world.session);
    await world.session.signIn(ALICE);
    return { ...world, api };
  }

  it('is sent the token once the bare request was refused, and the order is told once (C21)', async () => {
    const { api, seen, backend, events } = await replaced();
    await api.get('/1');
    await api.get('/2');

    expect(seen.map(({ authorization }) => backend.accepts(authorization))).toEqual([false, true, false, true]);
    expect(events.filter((event) => event === 'diagnostic:adapter-replaced')).toHaveLength(1);
    expect(backend.calls.refresh).toBe(0);
  });

  it('is given a result for every status that validateStatus accepts (C21)', async () => {
    const { api } = await replaced();
    const response = await api.get('/1', { validateStatus: () => true });

    expect(response.status).toBe(200);
    expect(response.data).toEqual({ status: 200, url: `${API}/1` });
  });

  it('hands on a refusal with its data as parsed as any other (C21)', async () => {
    const { api, backend, seen } = await replaced();
    backend.accepts = () => false;
    const error = await api.get('/1').catch((reason: unknown) => reason);

    expect(error).toMatchObject({ status: 401, response: { data: { status: 401, url: `${API}/1` } } });
    expect(seen).toHaveLength(3);
  });

  it('is not asked again by a second attachment (C22)', async () => {
    const { api, backend, seen } = await replaced(true);
    backend.accepts = () => false;

    await expect(api.get('/1')).rejects.toMatchObject({ status: 401 });
    expect(seen).toHaveLength(3);
  });

  it('gets nothing of an anonymous request, nor of one with credentials of its own (C20)', async () => {
    const { api, seen } = await replaced();
    await expect(api.get('/1', { anonymous: true })).rejects.toMatchObject({ status: 401 });
    await expect(api.get('/2', { headers: { Authorization: 'Basic x' } })).rejects.toMatchObject({ status: 401 });

    expect(seen.map(({ authorization }) => authorization)).toEqual([undefined, 'Basic x']);
  });
});
