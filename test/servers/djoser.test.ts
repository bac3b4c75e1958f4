// @vitest-environment node
import axios from 'axios';
import { createSession, memoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { type DjoserOptions, djoser } from 'latchkey/backends';
import { backendContract } from 'latchkey/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { RIGHT, WRONG } from './presets.ts';

let django: DjangoServer;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(() => django.reset());

interface Profile {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

function app(options: Partial<DjoserOptions> = {}) {
  const api = axios.create({ baseURL: django.url });
  const session = createSession({
    backend: djoser({ baseUrl: `${django.url}/auth/djoser`, ...options }),
    store: memoryStore(),
    loadUser: ({ signal }) => api.get<Profile>('/auth/djoser/users/me/', { signal }).then(({ data }) => data),
  });
  attachSession(api, session);
  return { api, session };
}

describe('an app on a real djoser', () => {
  it('signs a user in, and loads who that is with its own client from users/me/ (C49)', async () => {
    const { session } = app();
    const profile = { id: 1, username: 'alice', email: 'alice@example.com' };
    expect(await session.signIn(RIGHT)).toMatchObject(profile);
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: profile });
  });

  it('registers a user by an anonymous request, and then signs them in, though another one is signed in', async () => {
    const { api, session } = app();
    await session.signIn(RIGHT);
    const dora = { username: 'dora', password: 'dora-pass-1' };
    const { status } = await api.post(
      '/auth/djoser/users/',
      { ...dora, email: 'dora@example.com' },
      { anonymous: true },
    );
    expect(status).toBe(201);
    const entry = (await django.log()).find(({ method, path }) => method === 'POST' && path === '/auth/djoser/users/');
    expect(entry?.hadAuthorization).toBe(false);
    expect(await session.signIn(dora)).toMatchObject({ username: 'dora' });
  });

  it.each(['JWT', 'Bearer'])('presents its token as %s (ATT-8)', async (headerType) => {
    const { api, session } = app({ headerType });
    await session.signIn(RIGHT);
    expect((await api.get('/api/echo/')).data.headers.authorization).toBe(headerType);
    await session.refresh();
    expect((await api.get('/api/echo/')).data.headers.authorization).toBe(headerType);
  });

  it('loads the user with a token that was refreshed for it, when the one at hand is refused', async () => {
    const { session } = app();
    const { data } = await axios.post(`${django.url}/auth/djoser/jwt/create/`, RIGHT);
    await session.signInWithTokens({ accessToken: 'stale.token.x', refreshToken: data.refresh, tokenType: 'JWT' });
    await expect.poll(() => session.getState()).toMatchObject({ user: { username: 'alice' } });
    expect(await django.count('/auth/djoser/jwt/refresh/')).toBe(1);
  });

  it('asks jwt/verify/ on restore where the app wants that', async () => {
    const store = memoryStore();
    const backend = djoser({ baseUrl: `${django.url}/auth/djoser` });
    await createSession({ backend, store }).signIn(RIGHT);
    const session = createSession({ backend, store, restore: 'verify' });
    await session.ready;
    expect(session.getState().status).toBe('signed-in');
    expect(await django.count('/auth/djoser/jwt/verify/')).toBe(1);
  });
});

describe('the contract, asked of djoser', () => {
  const of = (url: string) =>
    backendContract(djoser({ baseUrl: `${url}/auth/djoser` }), { right: RIGHT, wrong: WRONG });
  it.each(of('http://127.0.0.1').map(({ title }) => title))('is kept: %s', async (title) => {
    await of(django.url)
      .find((one) => one.title === title)
      ?.check();
  });
});
