import axios, { type AxiosAdapter, type AxiosError } from 'axios';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

/** A world where the first request has failed, with what the app keeps of it. */
async function failed(status: number) {
  const world = createWorld();
  let answers: AxiosAdapter | undefined = async (config) => {
    const response = { status, statusText: '', headers: {}, config, request: {}, data: '' };
    throw new axios.AxiosError('failed', 'ERR', config, {}, response);
  };
  const api = axios.create({ baseURL: API, adapter: (config) => (answers ?? world.adapter)(config) });
  attachSession(api, world.session);
  await world.session.signIn(ALICE);
  const error = await api.get('/me', { headers: { 'X-App': '1' } }).catch((reason: unknown) => reason as AxiosError);
  answers = undefined;
  const { config = {} as never } = error as AxiosError;
  return { ...world, api, config };
}

describe('an app whose own interceptor sends what failed again', () => {
  it('has no part in refreshes: there is one, however eager it is (HRD-5)', async () => {
    const { api, session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    api.interceptors.response.use(undefined, (error: AxiosError) => api(error.config as never));
    backend.onRefresh(() => Promise.reject(new Error('down')));
    backend.expireAll();
    const asked = [api.get('/a'), api.get('/b')];
    for (const each of asked) each.catch(() => {});
    await clock.advance(0);
    expect(backend.calls.refresh).toBe(1);
    backend.onRefresh(undefined);
    await clock.advance(2000);
    await Promise.all(asked);
    expect(backend.calls.refresh).toBe(2);
  });
});

describe('an app that sends error.config again', () => {
  it('is authorised with the token of that moment (C5)', async () => {
    const { api, config, seen, session, backend } = await failed(503);
    await session.refresh();
    backend.expireAll();
    await api(config);

    expect(seen).toHaveLength(2);
    expect(backend.accepts(seen[1]?.authorization)).toBe(true);
  });

  it('has nothing of ours in it (C23)', async () => {
    const { config } = await failed(401);

    expect(config.headers.toJSON()).not.toHaveProperty('Authorization');
    expect(Object.getOwnPropertySymbols(config).filter((symbol) => String(symbol).includes('latchkey'))).toEqual([]);
    expect(Object.keys(config).filter((key) => /retry|latchkey|session/i.test(key))).toEqual([]);
  });

  it('can send it anonymously (C20)', async () => {
    const { api, config, seen } = await failed(503);
    await expect(api({ ...config, anonymous: true })).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: undefined }]);
  });

  it('sends it bare after a sign-out (C5)', async () => {
    const { api, config, seen, session } = await failed(503);
    await session.signOut();
    await expect(api(config)).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: undefined }]);
  });

  it('sends it bare through an instance without a session (C22)', async () => {
    const { config, seen } = await failed(503);
    await expect(axios(config)).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: undefined }]);
  });

  it('may do so from a response interceptor, as apps that retry do (C5)', async () => {
    const { api, seen, backend } = await failed(503);
    let retries = 0;
    api.interceptors.response.use(undefined, (error: AxiosError) => {
      retries += 1;
      if (retries > 1 || error.config === undefined) throw error;
      return api(error.config);
    });
    backend.accepts = () => false;

    await expect(api.get('/me')).rejects.toMatchObject({ status: 401 });
    expect(retries).toBe(2);
    expect(seen).toHaveLength(4);
    expect(backend.calls.refresh).toBe(2);
  });

  it('may send it any number of times without one adapter growing around another (C5)', async () => {
    const { api, config, seen } = await failed(503);
    let next = config;
    for (let round = 0; round < 100; round += 1) next = (await api(next)).config;

    expect(seen).toHaveLength(100);
    expect(next.adapter).toBe(config.adapter);
  });

  it('gets a request that was cancelled before it was sent authorised anew (C5)', async () => {
    const { api, session, seen } = createWorld();
    await session.signIn(ALICE);
    const controller = new AbortController();
    controller.abort();
    const error = (await api
      .get('/me', { signal: controller.signal })
      .catch((reason: unknown) => reason)) as AxiosError;
    const { signal: _, ...again } = error.config ?? ({} as never);
    await session.signOut();

    await expect(api({ ...again, anonymous: true })).rejects.toMatchObject({ status: 401 });
    await expect(api(again)).rejects.toMatchObject({ status: 401 });
    expect(seen).toMatchObject([{ authorization: undefined }, { authorization: undefined }]);
  });
});
