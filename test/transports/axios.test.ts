import axios, { type AxiosRequestConfig } from 'axios';
import axios17 from 'axios-1.7';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

async function refusedFirst() {
  const world = createWorld();
  await world.session.signIn(ALICE);
  world.backend.expireAll();
  return world;
}

describe('a request of axios that is sent twice', () => {
  it.each<[string, AxiosRequestConfig, string]>([
    ['a path and params', { url: '/a', params: { q: 'ß', n: [1, 2] } }, '/a?q=%C3%9F&n[]=1&n[]=2'],
    ['a path without a slash', { url: 'a/b' }, '/a/b'],
    ['an absolute URL', { url: `${API}/a`, params: { q: 1 } }, '/a?q=1'],
    ['a URL with a query of its own', { url: '/a?x=1', params: { q: 1 } }, '/a?x=1&q=1'],
    ['a baseURL of its own', { url: '/a', baseURL: `${API}/v2/` }, '/v2/a'],
    ['no URL at all', {}, ''],
  ])('has its URL built once, from %s (C17)', async (_, config, expected) => {
    const { api, seen } = await refusedFirst();
    await api.request(config);

    expect(seen.map(({ url }) => decodeURI(url))).toEqual([0, 1].map(() => decodeURI(`${API}${expected}`)));
  });

  it('has its params serialised by the app’s own serialiser, on the original params (C17)', async () => {
    const { api, seen } = await refusedFirst();
    const params = { q: 1 };
    const paramsSerializer = (given: object) => `given=${JSON.stringify(given)}`;
    await api.get('/', { params, paramsSerializer: { serialize: paramsSerializer } });

    expect(seen.map(({ url }) => decodeURIComponent(url))).toEqual([0, 1].map(() => `${API}/?given={"q":1}`));
  });

  it('keeps its method and its data (C17)', async () => {
    const { api, backend, clock, seen } = await refusedFirst();
    for (const method of ['post', 'put', 'patch', 'delete'] as const) {
      // Tokens that are refused at once, one after another, would be a loop (ROT-11).
      await clock.advance(5000);
      backend.expireAll();
      await api.request({ method, url: '/', data: { a: 1 } });
    }

    expect(seen.map(({ method, body }) => [method, body])).toEqual(
      ['POST', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [0, 1].map(() => [method, '{"a":1}'])),
    );
  });
});

describe('headers of axios', () => {
  it.each<[string, () => AxiosRequestConfig]>([
    ['an object', () => ({ headers: { 'X-App': '1' } })],
    ['AxiosHeaders', () => ({ headers: new axios.AxiosHeaders({ 'X-App': '1' }) })],
    ['AxiosHeaders of another copy', () => ({ headers: new axios17.AxiosHeaders({ 'X-App': '1' }) as never })],
    ['null for the authorization', () => ({ headers: { 'X-App': '1', authorization: null as never } })],
  ])('may be %s (C18)', async (_, config) => {
    const { session, adapter, backend, seen } = await refusedFirst();
    const apps: unknown[] = [];
    const api = axios.create({
      baseURL: API,
      adapter: (given) => {
        apps.push(given.headers.get('X-App'));
        return adapter(given);
      },
    });
    attachSession(api, session);
    await api.get('/', config());

    expect(apps).toEqual(['1', '1']);
    expect(seen.map(({ authorization }) => backend.accepts(authorization))).toEqual([false, true]);
  });

  it.each<[string, AxiosRequestConfig]>([
    ['Authorization', { headers: { Authorization: 'Basic x' } }],
    ['authorization', { headers: { authorization: 'Basic x' } }],
    ['AUTHORIZATION', { headers: { AUTHORIZATION: 'Basic x' } }],
    ['AxiosHeaders', { headers: new axios.AxiosHeaders({ authorization: 'Basic x' }) }],
    ['AxiosHeaders of another copy', { headers: new axios17.AxiosHeaders().set('authorization', 'Basic x') as never }],
  ])('are respected when the caller set %s: no token, no refresh, no wait (C18)', async (_, config) => {
    const { api, seen, backend, clock } = await refusedFirst();
    await clock.advance(300_000);
    await expect(api.get('/', config)).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: 'Basic x' }]);
    expect(backend.calls.refresh).toBe(0);
  });

  it('are respected when an interceptor of the app set the authorization, before or after ours (C18)', async () => {
    const { session, adapter, seen } = await refusedFirst();
    const api = axios.create({ baseURL: API, adapter });
    const use = (value: string) =>
      api.interceptors.request.use((config) => {
        if (config.url === value) config.headers.set('authorization', `Basic ${value}`);
        return config;
      });
    use('/1');
    attachSession(api, session);
    use('/2');
    for (const url of ['/1', '/2']) await expect(api.get(url)).rejects.toMatchObject({ status: 401 });

    expect(seen.map(({ authorization }) => authorization)).toEqual(['Basic /1', 'Basic /2']);
  });

  it('are left alone when the caller brings auth (C18)', async () => {
    const { api, seen, backend } = await refusedFirst();
    await expect(api.get('/', { auth: { username: 'a', password: 'b' } })).rejects.toMatchObject({ status: 401 });

    expect(seen).toMatchObject([{ authorization: undefined }]);
    expect(backend.calls.refresh).toBe(0);
  });
});

describe('what the caller owns', () => {
  it('is never written on: config, headers, params, data, defaults (C23)', async () => {
    const { api, backend } = await refusedFirst();
    const freeze = <T extends object>(value: T): T => Object.freeze(value);
    const config = freeze({
      url: '/a',
      method: 'post',
      headers: freeze({ 'X-App': '1' }),
      params: freeze({ q: 1 }),
      data: freeze({ a: freeze([1]) }),
    });
    const defaults = JSON.stringify(api.defaults);

    const { config: shown } = await api.request(config as never);
    backend.accepts = () => false;
    const error = await api.request(config as never).catch((reason: unknown) => reason);

    expect(JSON.stringify(api.defaults)).toBe(defaults);
    for (const each of [shown, (error as { config: typeof shown }).config]) {
      expect(each.headers.has('Authorization')).toBe(false);
      expect(each.adapter).toBe(api.defaults.adapter);
    }
  });

  it('is the config that its own adapter failed with, however it failed (C23)', async () => {
    const { session } = await refusedFirst();
    const failures = [new Error('plain'), Object.freeze(new Error('frozen')), 'text', null, undefined, { status: 401 }];
    for (const failure of failures) {
      const api = axios.create({ baseURL: API, adapter: () => Promise.reject(failure) });
      attachSession(api, session);
      const outcome = await api.get('/').catch((error: unknown) => ({ error }));
      expect(outcome).toEqual({ error: failure });
    }
  });
});
