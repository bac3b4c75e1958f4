// @vitest-environment node
import axios, { type AxiosInstance } from 'axios';
import { createSession, memoryStore, type Session, type SessionOptions, type SessionRecord } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { type SimpleJwtOptions, simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';

const ALICE = { username: 'alice', password: 'alice-pass-1' };
const BOB = { username: 'bob', password: 'bob-pass-1' };
let django: DjangoServer;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());
beforeEach(() => django.reset());

interface App<SignIn = UsernameAndPassword> {
  readonly session: Session<SignIn>;
  readonly api: AxiosInstance;
  readonly events: string[];
}
function app<SignIn extends object = UsernameAndPassword>(
  backend: Partial<SimpleJwtOptions> = {},
  options: Partial<SessionOptions<SignIn>> = {},
): App<SignIn> {
  const session = createSession<SignIn>({
    backend: simpleJwt<SignIn>({ baseUrl: `${django.url}/auth`, ...backend }),
    store: memoryStore(),
    ...options,
  });
  const events: string[] = [];
  session.on('signed-out', ({ reason }) => events.push(reason));
  session.on('diagnostic', ({ code }) => events.push(code));
  const api = axios.create({ baseURL: django.url });
  attachSession(api, session);
  return { session, api, events };
}
/** Lets the access token die on the server for certain: SimpleJWT cuts `exp` to whole seconds. */
const expiry = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1000 + 50));

describe('an app on a real Django with SimpleJWT, rotation and blacklist on', () => {
  it('signs in, sends the token, and knows who it is (C49)', async () => {
    const { session, api } = app();
    const user = await session.signIn(ALICE);
    const { data } = await api.get('/api/me/');
    expect(data).toMatchObject({ username: 'alice', jti: user.jti });
  });

  it('refreshes once for 20 requests of axios and fetch across an expiry, and none fails (C2)', async () => {
    await django.set({ accessLifetime: 2 });
    const { session, api } = app();
    const authorized = createAuthorizedFetch(session, { resourceServers: [django.url] });
    await session.signIn(ALICE);
    await expiry(2);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 ? api.get(`/api/echo/?${index}`) : authorized(`${django.url}/api/echo/?${index}`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(await django.count('/auth/token/refresh/')).toBe(1);
    expect((await django.log()).filter(({ status }) => status === 401)).toEqual([]);
  });

  it('stays signed in over several generations without one 401, although their `iat` is stale', async () => {
    await django.set({ accessLifetime: 3 });
    const { session, api } = app();
    await session.signIn(ALICE);
    for (let generation = 0; generation < 3; generation += 1) {
      await expiry(2.2);
      expect((await api.get('/api/me/')).status).toBe(200);
    }
    expect((await django.log()).filter(({ status }) => status === 401)).toEqual([]);
    expect(await django.count('/auth/token/refresh/')).toBe(3);
  });

  it('sends 20 requests that the server refused a second time, after one refresh (C1)', async () => {
    const { session, api } = app();
    await session.signIn(ALICE);
    // The server forgets the key of a token that, to the client, is fresh: its lifetime is over there at once.
    await django.set({ accessLifetime: 1 });
    const short = app();
    const tokens = await short.session.signIn(ALICE).then(() => short.session.getAccessToken());
    await django.set({ accessLifetime: 300 });
    const stale = { accessToken: tokens, refreshToken: await refreshTokenOf(), lifetime: 300_000 };
    await session.signInWithTokens(stale);
    await expiry(1);
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post('/api/echo/', { n: 1 })));
    expect(answers.map(({ data }) => [data.method, JSON.parse(data.body)])).toEqual(Array(20).fill(['POST', { n: 1 }]));
    expect(await django.count('/auth/token/refresh/')).toBe(1);
    expect(await django.count('/api/echo/')).toBe(40);
  });

  it('shows a wrong password as SignInRejectedError with the words of the server', async () => {
    const { session } = app();
    await expect(session.signIn({ ...ALICE, password: 'no' })).rejects.toMatchObject({
      code: 'sign-in-rejected',
      status: 401,
      serverMessage: expect.stringContaining('No active account'),
    });
    await expect(session.signIn({ username: 'alice' } as never)).rejects.toMatchObject({
      status: 400,
      fields: { password: [expect.any(String)] },
    });
  });

  it('tells an unverified address and a lock-out apart, and how long the lock-out lasts', async () => {
    const { session } = app({ paths: { obtain: 'strict/token/' } });
    await expect(session.signIn({ username: 'carol', password: 'carol-pass-1' })).rejects.toMatchObject({
      serverCode: 'email_not_verified',
      retryAfter: undefined,
    });
    for (let attempt = 0; attempt < 3; attempt += 1) await session.signIn({ ...BOB, password: 'no' }).catch(() => {});
    await expect(session.signIn(BOB)).rejects.toMatchObject({ status: 429, retryAfter: 30_000 });
  });

  it('ends the session as account-disabled when the API says so, even where refresh still works (C25)', async () => {
    const { session, api, events } = app();
    await session.signIn(BOB);
    await django.user('bob', 'deactivate');
    await expect(api.get('/api/me/')).rejects.toMatchObject({ response: { status: 401 } });
    expect(events).toEqual(['account-disabled']);
    expect(await django.count('/auth/token/refresh/')).toBe(0);
    await expect(session.signIn(BOB)).rejects.toMatchObject({ code: 'sign-in-rejected' });
  });

  it('ends the session as refresh-rejected when the server has blacklisted it', async () => {
    await django.set({ accessLifetime: 1 });
    const { session, api, events } = app();
    await session.signIn(ALICE);
    await django.revokeAll();
    await expiry(1);
    await expect(api.get('/api/me/')).rejects.toMatchObject({ code: 'signed-out', reason: 'refresh-rejected' });
    expect(events).toEqual(['refresh-rejected']);
  });

  it('blacklists the refresh token on sign-out', async () => {
    const store = memoryStore();
    const { session } = app({}, { store });
    await session.signIn(ALICE);
    const { tokens } = store.load('default') as SessionRecord;
    await session.signOut();
    const again = axios.post(`${django.url}/auth/token/refresh/`, { refresh: tokens.refreshToken });
    await expect(again).rejects.toMatchObject({ response: { status: 401, data: { code: 'token_not_valid' } } });
  });

  it('goes through a log-out view that demands the access token', async () => {
    const { session, events } = app({ paths: { blacklist: 'logout/' }, blacklistNeedsAccessToken: true });
    await session.signIn(ALICE);
    await session.signOut();
    expect((await django.log()).at(-1)).toMatchObject({ path: '/auth/logout/', status: 205, hadAuthorization: true });
    expect(events).toEqual(['user']);
  });

  it('presents the token as JWT where the project says so', async () => {
    const { session, api } = app({ headerType: 'JWT' });
    await session.signIn(ALICE);
    expect((await api.get('/api/echo/')).data.headers.authorization).toBe('JWT');
  });

  it('signs in by e-mail at another path', async () => {
    const { session, api } = app<{ email: string; password: string }>({ paths: { obtain: 'email/token/' } });
    await session.signIn({ email: 'alice@example.com', password: 'alice-pass-1' });
    expect((await api.get('/api/me/')).data.username).toBe('alice');
  });

  it('lives on one refresh token for ever where rotation is off (C31)', async () => {
    await django.set({ rotate: false });
    const { session, api } = app();
    await session.signIn(ALICE);
    await session.refresh();
    await session.refresh();
    expect((await api.get('/api/me/')).status).toBe(200);
    expect(await django.count('/auth/token/refresh/')).toBe(2);
  });

  it('renews sliding tokens', async () => {
    const { session, api } = app({ sliding: true, paths: { obtain: 'sliding/', refresh: 'sliding/refresh/' } });
    await session.signIn(ALICE);
    const first = await session.getAccessToken();
    // The renewed token differs by its expiry alone, which counts whole seconds.
    await expiry(1);
    await session.refresh();
    expect(await session.getAccessToken()).not.toBe(first);
    expect((await api.get('/api/me/')).data.username).toBe('alice');
  });

  it('asks the server on restore, and is signed out where it says no', async () => {
    const store = memoryStore();
    const first = app({}, { store });
    await first.session.signIn(ALICE);
    const second = app({}, { store, restore: 'verify' });
    await second.session.ready;
    expect(second.session.getState().status).toBe('signed-in');
    expect(await django.count('/auth/token/verify/')).toBe(1);
  });

  it('never bothers a view that would refuse a stale token: anonymous requests carry none (C20)', async () => {
    const { session, api } = app();
    await session.signInWithTokens({ accessToken: 'stale.token.x', lifetime: 300_000 });
    await expect(api.get('/api/public-parsed/')).rejects.toMatchObject({ response: { status: 401 } });
    expect((await api.get('/api/public-parsed/', { anonymous: true })).status).toBe(200);
  });

  it('uploads a file that survives the refusal of its token (C14)', async () => {
    const { session, api } = app();
    await session.signInWithTokens({
      accessToken: 'stale.token.x',
      refreshToken: await refreshTokenOf(),
      lifetime: 300_000,
    });
    const form = new FormData();
    form.append('note', 'käthe');
    form.append('file', new Blob(['x'.repeat(70_000)]), 'big.txt');
    const { data } = await api.post('/api/echo/', form);
    expect(JSON.stringify(data)).toContain('big.txt');
    expect(JSON.stringify(data)).toContain('70000');
  });
});

/** A refresh token of alice, got by hand. */
async function refreshTokenOf(): Promise<string> {
  const { data } = await axios.post(`${django.url}/auth/token/`, ALICE);
  return data.refresh;
}
