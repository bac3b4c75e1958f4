import axios, { type AxiosAdapter, AxiosHeaders, type InternalAxiosRequestConfig } from 'axios';
import { AxiosHeaders as OtherHeaders } from 'axios-1.7';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { beforeEach, describe, expect, it } from 'vitest';
import { ALICE, API, createWorld, type World } from '../support/world.ts';

const EVIL = 'https://evil.example';
let world: World;
/** Every config that reached the adapter of `world.api`. */
let configs: InternalAxiosRequestConfig[];

beforeEach(async () => {
  world = createWorld();
  configs = [];
  const inner = world.adapter;
  const adapter: AxiosAdapter = (config) => {
    configs.push(config);
    return inner(config);
  };
  world.api.defaults.adapter = adapter;
  await world.session.signIn(ALICE);
});

function tokenAt(index = 0): string | undefined {
  return world.seen[index]?.authorization;
}

describe('the decision', () => {
  it.each([
    ['url', { url: `${EVIL}/x` }],
    ['baseURL', { baseURL: EVIL }],
    ['url and allowAbsoluteUrls', { baseURL: `${API}/v1`, url: `${EVIL}/x`, allowAbsoluteUrls: true }],
  ])(
    'is made after every interceptor that changes the %s, registered before or after ours (ATT-5)',
    async (_, change) => {
      const first = axios.create({ baseURL: API, adapter: world.adapter });
      first.interceptors.request.use((config) => Object.assign(config, change));
      attachSession(first, world.session, { resourceServers: [API] });
      await first.get('/x').catch(() => undefined);
      world.api.interceptors.request.use((config) => Object.assign(config, change));
      await world.api.get('/x').catch(() => undefined);
      expect(world.seen.map(({ url }) => url.startsWith(EVIL))).toEqual([true, true]);
      expect(world.seen.map(({ authorization }) => authorization)).toEqual([undefined, undefined]);
    },
  );

  it('is made after every request transform (ATT-5)', async () => {
    const transformRequest = function (this: InternalAxiosRequestConfig, data: unknown): unknown {
      this.url = `${EVIL}/x`;
      return data;
    };
    await world.api.post('/x', 'data', { transformRequest }).catch(() => undefined);
    expect(world.seen).toMatchObject([{ url: `${EVIL}/x`, authorization: undefined }]);
  });

  it.each(['url', 'baseURL'])(
    'and what is sent see one and the same %s, also one that changes as it is read (ATT-12)',
    async (name) => {
      let reads = 0;
      const shifty = { toString: () => (reads++ === 0 ? API : EVIL) };
      world.api.interceptors.request.use((config) => Object.assign(config, { url: '/x', [name]: shifty }));
      await world.api.get('/x').catch(() => undefined);
      for (const { url, authorization } of world.seen)
        expect(url.startsWith(API) || authorization === undefined).toBe(true);
    },
  );

  it('of a fetch and what it sends see one and the same URL (ATT-12)', async () => {
    let reads = 0;
    const shifty = { toString: () => `${reads++ === 0 ? API : EVIL}/x` };
    await world.fetch(shifty as never);
    expect(world.seen).toMatchObject([{ url: `${API}/x` }]);
    expect(reads).toBe(1);
  });

  it.each([
    [`${API}/x`, true],
    [`${EVIL}/x`, false],
    [`${API}@evil.example/x`, false],
    ['//evil.example/x', false],
    ['/\\evil.example/x', false],
  ])('is the same for fetch, as text, URL or Request: %s (ATT-1)', async (url, isAttached) => {
    const forms: (string | URL | Request)[] = [url];
    if (url.startsWith('https:') && !url.includes('@')) forms.push(new URL(url), new Request(url));
    const sent: (string | null)[] = [];
    const send: typeof fetch = async (input, init) => {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
      sent.push(headers.get('Authorization'));
      return Response.json({});
    };
    const authorized = createAuthorizedFetch(world.session, { resourceServers: [API], fetch: send });
    for (const form of forms) await authorized(form);
    expect(sent.map((value) => value !== null)).toEqual(forms.map(() => isAttached));
  });
});

describe('credentials of the caller’s own', () => {
  it.each([
    ['a plain object', { authorization: 'Basic mine' }],
    ['AxiosHeaders', new AxiosHeaders({ Authorization: 'Basic mine' })],
    ['AxiosHeaders of another copy', new OtherHeaders({ AUTHORIZATION: 'Basic mine' })],
  ])('in %s are respected, and nothing is added to them (ATT-6, C18, PPL-4)', async (_, headers) => {
    await world.api.get('/x', { headers: headers as never }).catch(() => undefined);
    expect(world.seen.map(({ authorization }) => authorization)).toEqual(['Basic mine']);
    expect(world.backend.calls.refresh).toBe(0);
  });

  it.each([
    ['a plain object', { aUTHORIZATION: 'Basic mine' }],
    ['a list', [['authorization', 'Basic mine']]],
    ['Headers', new Headers({ Authorization: 'Basic mine' })],
  ] as const)('in %s of a fetch are respected (ATT-6, PPL-4)', async (_, headers) => {
    await world.fetch(`${API}/x`, { headers: headers as HeadersInit });
    await world.fetch(new Request(`${API}/x`, { headers: headers as HeadersInit }));
    expect(world.seen.map(({ authorization }) => authorization)).toEqual(['Basic mine', 'Basic mine']);
    expect(world.backend.calls.refresh).toBe(0);
  });

  it('as axios’ auth are the only ones: no second method is sent (ATT-6)', async () => {
    await world.api.get('/x', { auth: { username: 'a', password: 'b' } }).catch(() => undefined);
    expect(configs[0]?.headers.get('Authorization')).toBeUndefined();
  });

  it.each([
    ['AxiosHeaders', new AxiosHeaders({ 'X-Mine': '1' })],
    ['AxiosHeaders of another copy', new OtherHeaders({ 'X-Mine': '1' })],
    ['a plain object', { 'X-Mine': '1' }],
  ])('that are none, in %s, stay beside the token (C18, PPL-4)', async (_, headers) => {
    await world.api.get('/x', { headers: headers as never });
    expect(configs[0]?.headers.get('X-Mine')).toBe('1');
    expect(tokenAt()).toMatch(/^Bearer /);
  });
});

describe('a token', () => {
  it('is in one Authorization header and nowhere else: not in the URL, the query, the body or a cookie (ATT-6, ATT-7)', async () => {
    const token = await world.session.getAccessToken();
    await world.api.post('/x', { a: 1 }, { params: { q: 1 } });
    world.backend.expireAll();
    await world.api.get('/x');
    const newer = await world.session.getAccessToken();
    for (const config of configs) {
      const { Authorization, ...headers } = config.headers.toJSON();
      expect(Authorization).toMatch(/^Bearer /);
      const rest = JSON.stringify([headers, config.url, config.baseURL, config.params, config.data, config.auth]);
      expect(rest).not.toContain(token);
      expect(rest).not.toContain(newer);
    }
    expect(configs).toHaveLength(3);
  });

  it('turns on no cookies of its own (ATT-11)', async () => {
    await world.api.get('/x');
    expect(configs[0]).not.toHaveProperty('withCredentials');
    expect(configs[0]).not.toHaveProperty('withXSRFToken');
    let init: RequestInit | undefined;
    const send: typeof fetch = async (_, given) => {
      init = given;
      return Response.json({});
    };
    await createAuthorizedFetch(world.session, { resourceServers: [API], fetch: send })(`${API}/x`);
    expect(Object.keys(init ?? {})).toEqual(['headers', 'signal']);
  });
});

describe('an anonymous request', () => {
  it('gets no token, and waits for none (C20)', async () => {
    world.backend.expireAll();
    await world.api.get('/x', { anonymous: true }).catch(() => undefined);
    expect(world.seen).toMatchObject([{ authorization: undefined }]);
    expect(world.backend.calls.refresh).toBe(0);
  });

  it('is sent at once while the session is still being restored (C20)', async () => {
    const slow = createWorld({ store: { ...never, scope: 'tab', synchronous: false } });
    expect(slow.session.getState().status).toBe('restoring');
    await slow.api.get('/x', { anonymous: true }).catch(() => undefined);
    expect(slow.seen).toHaveLength(1);
  });
});

const never = { load: () => new Promise(() => {}), save: async () => {}, clear: async () => {} };
