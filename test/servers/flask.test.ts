// @vitest-environment node
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FlaskServer, startFlask } from './flask/start.mjs';
import { createPlainClient, type PlainClient } from './plain-client.ts';

let server: FlaskServer;
let client: PlainClient;

beforeAll(async () => {
  server = await startFlask();
});
beforeEach(async () => {
  await server.reset();
  client = createPlainClient(server.url);
});
afterAll(() => server.stop());

const ALICE = { username: 'alice', password: 'alice-pass-1' };
const get = (path: string, bearer: string) => client.send(path, { bearer });
const refresh = (bearer: string) => client.send('/auth/refresh', { method: 'POST', bearer });
const logout = (bearer: string, path = '/auth/logout') => client.send(path, { method: 'DELETE', bearer });

async function signIn(username = 'alice'): Promise<{ access: string; refresh: string }> {
  const { status, body } = await client.post('/auth/login', { username, password: `${username}-pass-1` });
  expect([status, Object.keys(body).sort()]).toEqual([200, ['access_token', 'refresh_token']]);
  return { access: body.access_token, refresh: body.refresh_token };
}

describe('the real Flask, tokens in headers', () => {
  it('signs in, refreshes with the refresh token as Bearer, and gives no new one unless it rotates', async () => {
    expect(await client.post('/auth/login', { ...ALICE, password: 'no' })).toMatchObject({
      status: 401,
      body: { msg: 'Bad username or password' },
    });
    const first = await signIn();
    expect(await get('/api/me', first.access)).toMatchObject({ status: 200, body: { username: 'alice' } });
    const { body } = await refresh(first.refresh);
    expect(body).toEqual({ access_token: expect.any(String) });

    await server.set({ rotate: true });
    const rotated = await refresh(first.refresh);
    expect(rotated.body).toEqual({ access_token: expect.any(String), refresh_token: expect.any(String) });
    expect(await refresh(first.refresh)).toMatchObject({ status: 401, body: { msg: 'Token has been revoked' } });
    expect(await refresh(rotated.body.refresh_token)).toMatchObject({ status: 200 });
  });

  it('tells what is no token by 422 from what is good no more by 401', async () => {
    await server.set({ accessLifetime: 1 });
    const { access, refresh: token } = await signIn();
    expect(await refresh(access)).toMatchObject({ status: 422, body: { msg: 'Only refresh tokens are allowed' } });
    await new Promise((resolve) => setTimeout(resolve, 1_100));

    for (const path of ['/api/me', '/api/optional']) {
      expect(await get(path, access)).toMatchObject({ status: 401, body: { msg: 'Token has expired' } });
    }
    expect(await get('/api/me', 'abc')).toMatchObject({ status: 422, body: { msg: 'Not enough segments' } });
    expect(await get('/api/me', token)).toMatchObject({ status: 422 });
    expect(await client.send('/api/me')).toMatchObject({ status: 401, body: { msg: 'Missing Authorization Header' } });
    expect(await client.send('/api/optional')).toMatchObject({ status: 200, body: { username: null } });
  });

  it('wants a fresh token where one is needed: that of a sign-in, not of a refresh', async () => {
    const first = await signIn();
    expect(await get('/api/fresh', first.access)).toMatchObject({ status: 200 });

    const { body } = await refresh(first.refresh);
    expect(await get('/api/fresh', body.access_token)).toMatchObject({
      status: 401,
      body: { msg: 'Fresh token required' },
    });
  });

  it('revokes the token that the log-out presents, of either kind, and all of a user everywhere', async () => {
    const { access, refresh: token } = await signIn();
    expect((await logout(access)).body).toEqual({ msg: 'Access token successfully revoked' });
    expect((await logout(token)).body).toEqual({ msg: 'Refresh token successfully revoked' });
    for (const answer of [await get('/api/me', access), await refresh(token), await logout(token)]) {
      expect(answer).toMatchObject({ status: 401, body: { msg: 'Token has been revoked' } });
    }

    const [here, there, bob] = [await signIn(), await signIn(), await signIn('bob')];
    expect(await logout(here.access, '/auth/logout/all')).toMatchObject({ status: 200 });
    expect(await refresh(there.refresh)).toMatchObject({ status: 401 });
    expect(await refresh(bob.refresh)).toMatchObject({ status: 200 });

    await server.revokeAll();
    expect(await refresh(bob.refresh)).toMatchObject({ status: 401 });
  });

  it('knows no disabled user, at the API, the refresh and the sign-in', async () => {
    const { access, refresh: token } = await signIn('bob');
    await server.user('bob', 'deactivate');

    for (const answer of [await get('/api/me', access), await refresh(token)]) {
      expect(answer).toMatchObject({ status: 401, body: { msg: 'Error loading the user bob' } });
    }
    expect(await client.post('/auth/login', { username: 'bob', password: 'bob-pass-1' })).toMatchObject({
      status: 401,
    });
  });

  it('reads tokens from the place that a route is for, and shows what arrived', async () => {
    const { access } = await signIn();
    await client.post('/cookie/login', ALICE);

    expect(await get('/cookie/me', access)).toMatchObject({ status: 200 });
    expect(await createPlainClient(server.url).send('/cookie/me', { bearer: access })).toMatchObject({ status: 401 });
    expect(await client.send('/api/me')).toMatchObject({ status: 401 });
    const echo = await client.send('/api/echo?a=1', { method: 'PUT', json: { b: 2 }, bearer: access });
    expect(echo.body).toMatchObject({ method: 'PUT', query: { a: '1' }, body: '{"b":2}', length: 7 });
    expect(echo.body.headers.authorization).toBe('Bearer');
  });

  it('fails at the refresh as it is told to, and leaves the token good', async () => {
    const { refresh: token } = await signIn();
    await server.set({ rotate: true, refreshStatus: 503, retryAfter: 7 });
    const failed = await refresh(token);
    expect([failed.status, failed.headers['retry-after'], failed.body]).toEqual([503, '7', undefined]);

    await server.set({ refreshStatus: null });
    expect(await refresh(token)).toMatchObject({ status: 200 });
    expect((await server.log()).filter(({ path }) => path === '/auth/refresh').map(({ status }) => status)).toEqual([
      503, 200,
    ]);
  });
});

describe('the grace window of Flask', () => {
  beforeEach(() => server.set({ rotate: true, graceSeconds: 60 }));

  it('gives a token that was just rotated the same successor again, also to many at once', async () => {
    const { refresh: token } = await signIn();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(token)));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const successors = new Set(answers.map(({ body }) => body.refresh_token));
    expect(successors.size).toBe(1);

    // Once the successor was used, its predecessor is no longer the one before.
    const [successor] = successors;
    expect(await refresh(successor)).toMatchObject({ status: 200 });
    expect(await refresh(token)).toMatchObject({ status: 401, body: { msg: 'Token has been revoked' } });
  });

  it('gives nothing again once the window is over, or somebody logged out', async () => {
    const out = await signIn();
    const { body } = await refresh(out.refresh);
    // The log-out of a client that never saw the successor ends it too.
    expect(await logout(out.refresh)).toMatchObject({ status: 200 });
    expect(await refresh(out.refresh)).toMatchObject({ status: 401 });
    expect(await refresh(body.refresh_token)).toMatchObject({ status: 401 });

    const late = await signIn();
    const first = await refresh(late.refresh);
    await server.set({ graceSeconds: 0 });
    expect(await refresh(late.refresh)).toMatchObject({ status: 401 });
    expect(await refresh(first.body.refresh_token)).toMatchObject({ status: 200 });
  });
});
