// @vitest-environment node
import axios from 'axios';
import {
  AuthUnavailableError,
  type Backend,
  customStore,
  RefreshRejectedError,
  SignInRejectedError,
  TokenResponseError,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CanaryWorld, createCanaryWorld, outcomeOf, USER } from './canary-world.ts';

type Credentials = typeof USER;

/** An axios error as a backend of one's own gets it: request, headers and body with every secret in them. */
async function axiosError(url: string, secret: string): Promise<Error> {
  const config = {
    headers: { Authorization: `Bearer ${secret}` },
    adapter: 'http' as const,
    validateStatus: () => false,
  };
  return (await outcomeOf(() =>
    axios.post(`${url}/auth/token/`, { refresh: secret, password: secret }, config),
  )) as Error;
}

/** What such a backend makes of that error. */
const WAYS: readonly [string, (error: Error, secret: string) => unknown][] = [
  ['as it is', (error) => error],
  ['as the cause of a plain Error', (error) => new Error('failed', { cause: error })],
  ['as the cause of AuthUnavailableError', (error) => new AuthUnavailableError('failed', { cause: error })],
  ['as the cause of RefreshRejectedError', (error) => new RefreshRejectedError('refresh-rejected', error)],
  ['as the cause of TokenResponseError', (error) => new TokenResponseError('failed', error)],
  ['as a property of AuthUnavailableError', (error) => Object.assign(new AuthUnavailableError('failed'), { error })],
  ['as text in a message', (error, secret) => new Error(`${error.message}: ${secret}`)],
  ['as text in AuthUnavailableError', (error, secret) => new AuthUnavailableError(`${error.message}: ${secret}`)],
  ['as text in SignInRejectedError', (_, secret) => new SignInRejectedError(400, { serverMessage: `no ${secret}` })],
  ['as no Error at all', (error, secret) => ({ ...error, toString: () => secret })],
  ['as text alone', (_, secret) => `cannot use ${secret}`],
];

async function worldOf(backend: (url: string) => Partial<Backend<Credentials>>): Promise<CanaryWorld> {
  // A failure holds the next refresh back for longer than anybody waits: what is shown is what it failed with.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  const world = await createCanaryWorld((url) => ({
    patience: 400,
    backend: {
      endpoints: [],
      async signIn() {
        return { accessToken: 'CANARY-access', refreshToken: 'CANARY-refresh', lifetime: 60_000, subject: 'alice' };
      },
      ...backend(url),
    } as Backend<Credentials>,
  }));
  onTestFinished(() => world.close());
  return world;
}

describe('a backend of one’s own that throws an axios error', () => {
  it.each(WAYS)('from its refresh, %s, shows no token (LOG-1, LOG-2)', async (_, make) => {
    const world = await worldOf((url) => ({
      async refresh({ tokens: { refreshToken = '' } }) {
        throw make(await axiosError(url, refreshToken), refreshToken);
      },
    }));
    await world.session.signIn(USER);
    const api = axios.create({ baseURL: world.server.url });
    attachSession(api, world.session);
    await world.clock.advance(60_000);
    const work = [() => api.get('/x'), () => world.session.getAccessToken(), () => world.session.refresh()];
    for (const error of await Promise.all(work.map(outcomeOf))) {
      expect(error).toBeInstanceOf(Error);
      world.show('error', error);
    }
    expect(world.server.got[0]?.body).toContain('CANARY-refresh');
    expect(world.leaks()).toEqual([]);
  });

  it.each(WAYS)('from its sign-in, %s, shows no password (LOG-1, LOG-2)', async (_, make) => {
    const world = await worldOf((url) => ({
      async signIn({ password }) {
        throw make(await axiosError(url, password), password);
      },
    }));
    world.show('error', await outcomeOf(() => world.session.signIn(USER)));
    expect(world.server.got[0]?.body).toContain('CANARY-password');
    expect(world.leaks()).toEqual([]);
  });

  it.each(WAYS)('from its revocation, %s, shows no token (LOG-1)', async (_, make) => {
    const world = await worldOf((url) => ({
      async revoke({ tokens: { refreshToken = '' } }) {
        throw make(await axiosError(url, refreshToken), refreshToken);
      },
    }));
    await world.session.signIn(USER);
    world.show('outcome', await outcomeOf(() => world.session.signOut()));
    expect(world.leaks()).toEqual([]);
  });
});

describe('a store of one’s own', () => {
  const FAILURES: readonly [string, (stored: unknown) => unknown][] = [
    ['names the record in its error', (stored) => new Error(`cannot write ${JSON.stringify(stored)}`)],
    ['throws its request', (stored) => Object.assign(new Error('failed'), { body: stored })],
    ['throws the record', (stored) => stored],
  ];

  it.each(FAILURES)('that %s shows no token (LOG-1)', async (_, make) => {
    let last: unknown;
    const world = await createCanaryWorld(() => ({
      store: customStore({
        load: () => undefined,
        save(_name, record) {
          last = record;
          throw make(record);
        },
        clear() {
          throw make(last);
        },
      }),
    }));
    onTestFinished(() => world.close());
    await world.session.signIn(USER);
    await outcomeOf(() => world.session.refresh());
    await world.session.signOut();
    expect(JSON.stringify(last)).toContain('CANARY');
    expect(world.leaks()).toEqual([]);
  });

  it.each([
    ['text that is no JSON', '{"version":1,"tokens":{"accessToken":"CANARY'],
    ['another form', { version: 2, tokens: { accessToken: 'CANARY' } }],
    ['a damaged record', { version: 1, tokens: { accessToken: 'CANARY CANARY' }, sessionId: 'CANARY' }],
  ])('that holds %s shows nothing of it (LOG-1, STO-2)', async (_, stored) => {
    const world = await createCanaryWorld(() => ({
      store: customStore({ load: () => stored, save() {}, clear() {} }),
    }));
    onTestFinished(() => world.close());
    await world.session.ready;
    expect(world.session.getState().status).toBe('signed-out');
    expect(world.leaks()).toEqual([]);
  });
});

describe('a listener of the app', () => {
  it('that throws a token is named, and not quoted (LOG-1, EVT-3)', async () => {
    const world = await createCanaryWorld();
    onTestFinished(() => world.close());
    const codes: string[] = [];
    world.session.on('diagnostic', ({ code }) => codes.push(code));
    world.session.on('refreshed', async () => {
      throw new Error(`my token is ${await world.session.getAccessToken()}`);
    });
    await world.session.signIn(USER);
    await world.session.refresh();
    await world.clock.advance(0);
    expect(codes).toEqual(['listener-failed']);
    expect(world.leaks()).toEqual([]);
  });
});
