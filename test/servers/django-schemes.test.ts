// @vitest-environment node
import { jwtDecode } from 'jwt-decode';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { createPlainClient, type PlainClient } from './plain-client.ts';

let server: DjangoServer;
let client: PlainClient;

beforeAll(async () => {
  server = await startDjango({ exposeHeaders: ['X-New-Token'] });
  client = createPlainClient(server.url);
});
beforeEach(() => server.reset());
afterAll(() => server.stop());

const ALICE = { username: 'alice', password: 'alice-pass-1' };
const get = (path: string, authorization: string) => client.send(path, { headers: { Authorization: authorization } });

describe('the real djoser', () => {
  it('registers somebody who can sign in at once, and knows the token by either scheme word', async () => {
    const dora = { username: 'dora', password: 'dora-pass-1', email: 'dora@example.com' };
    expect(await client.post('/auth/djoser/users/', dora)).toMatchObject({ status: 201, body: { username: 'dora' } });
    const taken = await client.post('/auth/djoser/users/', dora);
    expect(taken).toMatchObject({ status: 400, body: { username: [expect.any(String)] } });

    const { status, body } = await client.post('/auth/djoser/jwt/create/', dora);
    expect([status, Object.keys(body).sort()]).toEqual([200, ['access', 'refresh']]);
    for (const scheme of ['JWT', 'Bearer']) {
      expect(await get('/auth/djoser/users/me/', `${scheme} ${body.access}`)).toMatchObject({
        status: 200,
        body: { username: 'dora', email: 'dora@example.com' },
      });
    }
    expect(await client.send('/auth/djoser/users/me/')).toMatchObject({ status: 401 });

    await server.reset();
    expect(await client.post('/auth/djoser/jwt/create/', dora)).toMatchObject({ status: 401 });
  });

  it('verifies, refreshes and rotates as SimpleJWT does, with its faults (C49)', async () => {
    const { body } = await client.post('/auth/djoser/jwt/create/', ALICE);
    expect(await client.post('/auth/djoser/jwt/verify/', { token: body.access })).toMatchObject({ status: 200 });
    const refresh = () => client.post('/auth/djoser/jwt/refresh/', { refresh: body.refresh });

    await server.set({ refreshStatus: 503 });
    expect(await refresh()).toMatchObject({ status: 503 });
    await server.set({ refreshStatus: null });
    expect(await refresh()).toMatchObject({ status: 200, body: { refresh: expect.any(String) } });
    expect(await refresh()).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });
  });
});

describe('sliding sessions', () => {
  const me = async () => {
    const { body } = await client.post('/auth/token/', ALICE);
    return { access: String(body.access), reply: await get('/api/me/', `Bearer ${body.access}`) };
  };

  it('sends no token of itself', async () => {
    const { reply } = await me();
    expect([reply.headers['x-new-token'], reply.body.token]).toEqual([undefined, undefined]);
  });

  it("carries a newer token of the same user in a header, whatever the answer, and lets a page's script read it", async () => {
    await server.set({ slideHeader: true });
    const { body } = await client.post('/auth/token/', ALICE);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const headers = { Authorization: `Bearer ${body.access}`, Origin: 'http://localhost:5173' };

    for (const [path, status] of Object.entries({ '/api/me/': 200, '/api/forbidden/': 403 })) {
      const reply = await client.send(path, { headers });
      const fresh = jwtDecode<{ user_id: unknown; iat: number }>(String(reply.headers['x-new-token']));
      expect(reply).toMatchObject({ status, headers: { 'access-control-expose-headers': 'X-New-Token' } });
      expect(fresh.user_id).toEqual(jwtDecode<{ user_id: unknown }>(body.access).user_id);
      expect(fresh.iat).toBeGreaterThan(Number(jwtDecode(body.access).iat));
      expect(await get('/api/me/', `Bearer ${reply.headers['x-new-token']}`)).toMatchObject({ status: 200 });
    }
    expect((await client.send('/api/me/')).headers['x-new-token']).toBeUndefined();
  });

  it('carries it in another header, or in a field of the body', async () => {
    await server.set({ slideHeader: 'X-Fresh', slideField: true });
    const { reply } = await me();
    for (const token of [reply.headers['x-fresh'], reply.body.token]) {
      expect(await get('/api/me/', `Bearer ${token}`)).toMatchObject({ status: 200, body: { username: 'alice' } });
    }
  });

  it('sends an older token, one of somebody else, two, or none, if it was told to (C46)', async () => {
    const faulty = async (slideFault: 'older' | 'foreign' | 'twice' | 'missing') => {
      await server.set({ slideHeader: true, slideField: true, slideFault });
      const { access, reply } = await me();
      return { access: jwtDecode(access), header: String(reply.headers['x-new-token'] ?? ''), body: reply.body };
    };
    const older = await faulty('older');
    expect(Number(jwtDecode(older.header).iat)).toBeLessThan(Number(older.access.iat));
    expect(Number(jwtDecode(older.body.token).exp)).toBeLessThan(Number(older.access.exp));

    const foreign = await faulty('foreign');
    expect(await get('/api/me/', `Bearer ${foreign.header}`)).toMatchObject({ body: { username: 'bob' } });
    expect((await faulty('twice')).header).toMatch(/^ey[\w.-]+, ey[\w.-]+$/);
    const missing = await faulty('missing');
    expect([missing.header, missing.body.token]).toEqual(['', undefined]);
  });
});

describe('the older single-token scheme', () => {
  const obtain = async () => String((await client.post('/auth/legacy/obtain/', ALICE)).body.token);
  const refresh = (token: string) => client.post('/auth/legacy/refresh/', { token });
  const refused = (reason: string) => ({ status: 400, body: { non_field_errors: [reason] } });

  it('gives one token, known by the scheme word JWT', async () => {
    expect(await client.post('/auth/legacy/obtain/', { ...ALICE, password: 'no' })).toMatchObject(
      refused('Unable to log in with provided credentials.'),
    );
    const token = await obtain();
    const payload = jwtDecode<Record<string, unknown>>(token);
    expect(Object.keys(payload).sort()).toEqual(['email', 'exp', 'orig_iat', 'user_id', 'username']);
    expect(await get('/api/legacy/me/', `JWT ${token}`)).toMatchObject({ status: 200, body: { username: 'alice' } });
    expect(await get('/api/legacy/me/', `Bearer ${token}`)).toMatchObject({ status: 401 });
    expect(await client.post('/auth/legacy/verify/', { token })).toMatchObject({ status: 200, body: { token } });
  });

  it('renews a token while it lives, from the sign-in on for a given time (C49)', async () => {
    const token = await obtain();
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const { status, body } = await refresh(token);
    expect([status, Object.keys(body)]).toEqual([200, ['token']]);
    const [old, renewed] = [token, body.token].map((each) => jwtDecode<{ exp: number; orig_iat: number }>(each));
    expect(renewed?.orig_iat).toBe(old?.orig_iat);
    expect(renewed?.exp).toBeGreaterThan(old?.exp ?? Infinity);

    await server.set({ legacyRefreshDelta: 0 });
    expect(await refresh(body.token)).toMatchObject(refused('Refresh has expired.'));
    expect(await get('/api/legacy/me/', `JWT ${body.token}`)).toMatchObject({ status: 200 });
  });

  it('refuses an expired one at the API with 401 and at the refresh with 400, and one that was made bad', async () => {
    const good = await obtain();
    await server.set({ accessLifetime: 1 });
    const token = await obtain();
    await new Promise((resolve) => setTimeout(resolve, 1_050));

    const api = await get('/api/legacy/me/', `JWT ${token}`);
    expect(api).toMatchObject({ status: 401, body: { detail: 'Signature has expired.' } });
    expect(api.headers['www-authenticate']).toBe('JWT realm="api"');
    expect(await refresh(token)).toMatchObject(refused('Signature has expired.'));

    await server.revokeAll();
    expect(await refresh(good)).toMatchObject(refused('Error decoding signature.'));
  });

  it('refuses a disabled account', async () => {
    const token = await obtain();
    await server.user('alice', 'deactivate');
    expect(await refresh(token)).toMatchObject(refused('User account is disabled.'));
    expect(await get('/api/legacy/echo/', `JWT ${token}`)).toMatchObject({ status: 401 });
  });
});
