// @vitest-environment node
import axios, { AxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import MockAdapter from 'axios-mock-adapter';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type CanaryWorld, createCanaryWorld, outcomeOf, USER } from './canary-world.ts';

let world: CanaryWorld;
beforeEach(async () => {
  world = await createCanaryWorld();
  await world.session.signIn(USER);
});
afterEach(() => world.close());

const status =
  (code: number, body = '{"detail":"no"}'): Answer =>
  (response) =>
    response.writeHead(code, { 'Content-Type': 'application/json' }).end(body);

/** How an API answers, and whether the caller gets an error of it. */
const SCENARIOS: readonly [string, Answer, boolean][] = [
  ['200', undefined, false],
  ['401, again and again', status(401), true],
  ['401 of a closed account', status(401, '{"code":"user_inactive"}'), true],
  ['403', status(403), true],
  ['500', status(500), true],
  [
    'a redirect',
    (response, { path }) => (path === '/other' ? response : response.writeHead(302, { Location: '/other' })).end('{}'),
    false,
  ],
  ['a redirect that never ends', (response) => response.writeHead(302, { Location: '?again' }).end(), true],
  ['a connection that is cut', (response) => response.destroy(), true],
  [
    'an answer that is cut',
    (response) => {
      response.writeHead(200, { 'Content-Length': '999' });
      response.write('{', () => response.destroy());
    },
    true,
  ],
];

/** An instance that shows each config and each answer, as a logging interceptor of the app would. */
function loggingInstance(adapter: 'http' | 'fetch'): AxiosInstance {
  const instance = axios.create({ baseURL: world.server.url, adapter });
  const log = (): void => {
    instance.interceptors.request.use((config) => {
      later.push(() => world.show('a config in a request interceptor', config));
      return config;
    });
    instance.interceptors.response.use(
      (response) => {
        later.push(() => world.show('config of a response', response.config));
        later.push(() => world.show('request of a response', response.request));
        return response;
      },
      (error: AxiosError) => {
        world.show('an error in a response interceptor', error);
        throw error;
      },
    );
  };
  const later: (() => void)[] = [];
  log();
  attachSession(instance, world.session);
  log();
  instance.interceptors.response.use(
    (response) => {
      for (const look of later) look();
      return response;
    },
    (error) => {
      for (const look of later) look();
      throw error;
    },
  );
  return instance;
}

function axiosErrorOf(config: object): AxiosError {
  return new AxiosError('x', 'C', config as never, { config, headers: config });
}

function see(outcome: unknown, isError: boolean): void {
  expect(outcome instanceof Error).toBe(isError);
  if (outcome instanceof Error) world.show('error', outcome);
  else world.show('what the app has of a response', { ...(outcome as AxiosResponse), data: undefined });
  expect(world.authorised()).toBeGreaterThan(0);
  expect(world.leaks()).toEqual([]);
}

describe.each(['http', 'fetch'] as const)('axios over its %s adapter', (adapter) => {
  it.each(SCENARIOS)('shows no token when the API gives %s (LOG-1, LOG-3)', async (_, answer, isError) => {
    world.answers.api = answer;
    const instance = loggingInstance(adapter);
    const config = { headers: { 'X-Mine': '1' }, timeout: 10_000, params: { q: 1 } };
    const outcome = await outcomeOf(() => instance.post('/x', { a: 1 }, config));
    world.show('the app’s own config', config);
    world.show('the defaults', instance.defaults);
    see(outcome, isError);
  });

  it('shows no token when the request times out (LOG-1)', async () => {
    world.answers.api = () => {};
    const instance = loggingInstance(adapter);
    const outcome = await outcomeOf(() => instance.get('/x', { timeout: 50 }));
    expect((outcome as AxiosError).code).toMatch(/ECONNABORTED|ETIMEDOUT/);
    see(outcome, true);
  });

  it('shows no token when the caller aborts (LOG-1)', async () => {
    const controller = new AbortController();
    world.answers.api = () => controller.abort();
    const instance = loggingInstance(adapter);
    const outcome = await outcomeOf(() => instance.get('/x', { signal: controller.signal }));
    expect(axios.isCancel(outcome)).toBe(true);
    see(outcome, true);
  });

  it('shows no token when the user signs out, or somebody else signs in, meanwhile (LOG-1)', async () => {
    const instance = loggingInstance(adapter);
    world.answers.api = () => void world.session.signOut();
    world.show('signed out', await outcomeOf(() => instance.get('/x')));
    await world.session.signIn(USER);
    world.answers.api = () => void world.session.signInWithTokens({ accessToken: 'CANARY-b', subject: 'bob' });
    see(await outcomeOf(() => instance.get('/x')), true);
  });

  it('leaves the error that apps know: its config is the caller’s, its answer the server’s (LOG-3)', async () => {
    world.answers.api = status(403);
    const instance = axios.create({ baseURL: world.server.url, adapter });
    attachSession(instance, world.session);
    const error = (await outcomeOf(() => instance.get('/x', { headers: { 'X-Mine': '1' } }))) as AxiosError;
    expect(axios.isAxiosError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_BAD_REQUEST', response: { status: 403, data: { detail: 'no' } } });
    expect(error.config?.url).toBe('/x');
    expect(error.config?.headers.get('X-Mine')).toBe('1');
    expect(error.config?.headers.has('Authorization')).toBe(false);
    expect(error.response?.config).toBe(error.config);
  });
});

describe('a mocked axios', () => {
  it.each([
    ['an answer of 401', (mock: MockAdapter) => mock.onAny().reply(401)],
    ['an answer of 200', (mock: MockAdapter) => mock.onAny().reply(200)],
    ['a network error', (mock: MockAdapter) => mock.onAny().networkError()],
    ['a time-out', (mock: MockAdapter) => mock.onAny().timeout()],
    ['an abort', (mock: MockAdapter) => mock.onAny().abortRequest()],
  ])('shows no token when the mock gives %s (LOG-1)', async (_, set) => {
    const instance = axios.create({ baseURL: world.server.url });
    set(new MockAdapter(instance));
    attachSession(instance, world.session);
    const outcome = await outcomeOf(() => instance.get('/x'));
    world.show('error', outcome);
    expect(world.leaks()).toEqual([]);
  });

  it.each([
    ['whose cause is that of another client', (config: object) => new Error('x', { cause: axiosErrorOf(config) })],
    ['that is no Error', (config: object) => ({ config, message: 'x' })],
    ['with a request', (config: object) => axiosErrorOf(config)],
  ])('shows no token when an adapter throws an error %s (LOG-1, LOG-3)', async (_, make) => {
    const instance = axios.create({ baseURL: world.server.url, adapter: (config) => Promise.reject(make(config)) });
    attachSession(instance, world.session);
    world.show('error', await outcomeOf(() => instance.get('/x')));
    expect(world.leaks()).toEqual([]);
  });
});

describe('fetch', () => {
  it.each(SCENARIOS)('shows no token when the API gives %s (LOG-1)', async (_, answer) => {
    world.answers.api = answer;
    const authorized = createAuthorizedFetch(world.session, { resourceServers: [world.server.url] });
    const init: RequestInit = { method: 'POST', body: 'x', headers: { 'X-Mine': '1' } };
    const request = new Request(`${world.server.url}/x`, init);
    for (const call of [() => authorized(`${world.server.url}/x`, init), () => authorized(request)]) {
      const outcome = await outcomeOf(call);
      world.show('outcome', outcome);
      if (outcome instanceof Response) world.show('reading its body', await outcomeOf(() => outcome.text()));
    }
    world.show('the app’s own init', init);
    world.show('the app’s own request', request);
    expect(world.authorised()).toBeGreaterThan(0);
    expect(world.leaks()).toEqual([]);
  });

  it('shows no token when the caller aborts (LOG-1)', async () => {
    const controller = new AbortController();
    world.answers.api = () => controller.abort();
    const authorized = createAuthorizedFetch(world.session, { resourceServers: [world.server.url] });
    world.show('error', await outcomeOf(() => authorized(`${world.server.url}/x`, { signal: controller.signal })));
    expect(world.authorised()).toBe(1);
    expect(world.leaks()).toEqual([]);
  });
});
