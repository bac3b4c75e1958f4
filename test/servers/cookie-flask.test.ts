// @vitest-environment node
import { jwtDecode } from 'jwt-decode';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FlaskServer, startFlask } from './flask/start.mjs';
import { type HttpsFront, startHttpsFront } from './https-front.mjs';
import { createPlainClient, type PlainClient } from './plain-client.ts';

let server: FlaskServer;
let front: HttpsFront;
let client: PlainClient;

beforeAll(async () => {
  server = await startFlask();
  front = await startHttpsFront(server.url);
});
beforeEach(async () => {
  await server.reset();
  client = createPlainClient(server.url);
});
afterAll(async () => {
  await front.stop();
  await server.stop();
});

const ALICE = { username: 'alice', password: 'alice-pass-1' };

describe('the real Flask, tokens in cookies', () => {
  /** The double submit; the refresh has a secret of its own. */
  const post = (path: string, secret?: string) =>
    client.post(path, {}, secret === undefined ? {} : { 'X-CSRF-TOKEN': client.cookie(secret) ?? '' });

  it('has a CSRF secret for each of the two tokens, and changes them with the token (CSR-2)', async () => {
    const login = await client.post('/cookie/login', ALICE);
    expect(login.body).toEqual({ login: true, csrf_access: expect.any(String), csrf_refresh: expect.any(String) });
    expect(login.headers['set-cookie']?.map((line) => line.replace(/=[^;]*/, ''))).toEqual([
      'access_token_cookie; HttpOnly; Path=/; SameSite=Lax',
      'csrf_access_token; Path=/; SameSite=Lax',
      'refresh_token_cookie; HttpOnly; Path=/cookie/; SameSite=Lax',
      'csrf_refresh_token; Path=/; SameSite=Lax',
    ]);

    expect(await client.send('/cookie/me')).toMatchObject({ status: 200, body: { username: 'alice', method: 'GET' } });
    expect(await post('/cookie/me')).toMatchObject({ status: 401, body: { msg: 'Missing CSRF token' } });
    expect(await post('/cookie/me', 'csrf_access_token')).toMatchObject({ status: 200 });
    const mismatch = { status: 401, body: { msg: 'CSRF double submit tokens do not match' } };
    expect(await post('/cookie/refresh', 'csrf_access_token')).toMatchObject(mismatch);

    const before = { 'X-CSRF-TOKEN': client.cookie('csrf_access_token') ?? '' };
    const refreshed = await post('/cookie/refresh', 'csrf_refresh_token');
    expect(refreshed.body).toEqual({ refresh: true, csrf_access: expect.any(String) });
    expect(await client.post('/cookie/me', {}, before)).toMatchObject(mismatch);
    expect(await post('/cookie/me', 'csrf_access_token')).toMatchObject({ status: 200 });
  });

  it('rotates the refresh cookie where it rotates, and forgets and revokes everything at the log-out', async () => {
    await server.set({ rotate: true });
    await client.post('/cookie/login', ALICE);
    const old = [client.cookie('refresh_token_cookie') ?? '', client.cookie('csrf_refresh_token') ?? ''] as const;
    expect(await post('/cookie/refresh', 'csrf_refresh_token')).toMatchObject({ status: 200 });

    const kept = [client.cookie('refresh_token_cookie') ?? '', client.cookie('csrf_refresh_token') ?? ''] as const;
    expect(await post('/cookie/logout')).toMatchObject({ status: 200, body: { logout: true } });
    expect(client.cookie('access_token_cookie')).toBeUndefined();
    expect(await client.send('/cookie/me')).toMatchObject({
      status: 401,
      body: { msg: 'Missing cookie "access_token_cookie"' },
    });
    for (const [token, secret] of [old, kept]) {
      client.put('refresh_token_cookie', token, '/cookie/');
      client.put('csrf_refresh_token', secret, '/');
      expect(await post('/cookie/refresh', 'csrf_refresh_token')).toMatchObject({
        status: 401,
        body: { msg: 'Token has been revoked' },
      });
    }
  });

  it('logs out everywhere from a cookie, and is revoked as a whole', async () => {
    const there = (await client.post('/auth/login', ALICE)).body.refresh_token;
    await client.post('/cookie/login', ALICE);
    expect(await post('/cookie/logout/all', 'csrf_access_token')).toMatchObject({ status: 200 });
    expect(await client.send('/auth/refresh', { method: 'POST', bearer: there })).toMatchObject({ status: 401 });

    await client.post('/cookie/login', ALICE);
    await server.revokeAll();
    expect(await client.send('/cookie/me')).toMatchObject({ status: 401, body: { msg: 'Token has been revoked' } });
    expect(await post('/cookie/refresh', 'csrf_refresh_token')).toMatchObject({ status: 401 });
  });

  it('renews the access cookie by itself in the second half of its life, if it was told to', async () => {
    await server.set({ implicitRenewal: true, accessLifetime: 60 });
    await client.post('/cookie/login', ALICE);
    const first = client.cookie('access_token_cookie') ?? '';
    await client.send('/cookie/me');
    expect([client.cookie('access_token_cookie'), await server.renewals()]).toEqual([first, 0]);

    // A token with a minute left, of a server whose tokens now live for an hour.
    await server.set({ accessLifetime: 3_600 });
    await client.send('/cookie/me');
    const second = client.cookie('access_token_cookie') ?? '';
    expect(await server.renewals()).toBe(1);
    expect(Number(jwtDecode(second).exp) - Number(jwtDecode(first).exp)).toBeGreaterThan(3_000);
    expect(await post('/cookie/me', 'csrf_access_token')).toMatchObject({ status: 200 });
  });

  it('marks every cookie Secure over https, and lets a page of another port in with credentials', async () => {
    const secure = createPlainClient(front.url, front.certificate);
    const origin = 'http://localhost:5173';
    const login = await secure.post('/cookie/login', ALICE, { Origin: origin });

    expect(login.headers['set-cookie']?.map((line) => line.endsWith('; Secure'))).toEqual(Array(4).fill(true));
    expect(login.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
    });
    expect(await secure.send('/cookie/me')).toMatchObject({ status: 200 });
    expect((await server.log()).at(-1)?.cookies).toContain('refresh_token_cookie');
  });
});
