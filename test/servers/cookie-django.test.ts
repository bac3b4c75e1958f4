// @vitest-environment node
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';
import { type HttpsFront, startHttpsFront } from './https-front.mjs';
import { createPlainClient, type PlainClient, type Reply } from './plain-client.ts';

let server: DjangoServer;
let front: HttpsFront;

beforeAll(async () => {
  server = await startDjango();
  front = await startHttpsFront(server.url);
});
beforeEach(() => server.reset());
afterAll(async () => {
  await front.stop();
  await server.stop();
});

const ALICE = { username: 'alice', password: 'alice-pass-1' };

/** The header that Django wants to see, read anew from the cookie. */
const csrf = (client: PlainClient) => ({ 'X-CSRFToken': client.cookie('csrftoken') ?? '' });
const post = (client: PlainClient, path: string, json?: unknown) => client.post(path, json, csrf(client));

async function signIn(mode: 'cookie' | 'jar', client = createPlainClient(server.url)): Promise<PlainClient> {
  await client.send(`/${mode}/csrf/`);
  expect(await post(client, `/${mode}/login/`, ALICE)).toMatchObject({ status: 200 });
  return client;
}

const setCookie = (reply: Reply, name: string) => reply.headers['set-cookie']?.find((line) => line.startsWith(name));

describe('the refresh token in an HttpOnly cookie, behind Django CSRF', () => {
  it('gives the access token alone, rotates the cookie, and forgets it at the log-out', async () => {
    const client = createPlainClient(server.url);
    const { csrfToken } = (await client.send('/cookie/csrf/')).body;
    const login = await client.post('/cookie/login/', ALICE, { 'X-CSRFToken': csrfToken });

    expect(login).toMatchObject({ status: 200, body: { access: expect.any(String) } });
    expect(Object.keys(login.body)).toEqual(['access']);
    expect(setCookie(login, 'refresh_token')).toMatch(/HttpOnly; Max-Age=86400; Path=\/cookie\/; SameSite=Lax$/);
    const first = client.cookie('refresh_token');

    const refreshed = await post(client, '/cookie/refresh/');
    expect(refreshed).toMatchObject({ status: 200, body: { access: expect.any(String) } });
    expect(await client.send('/api/me/', { bearer: refreshed.body.access })).toMatchObject({ status: 200 });
    expect(client.cookie('refresh_token')).not.toBe(first);

    expect(await post(client, '/cookie/logout/')).toMatchObject({ status: 204, text: '' });
    expect(client.cookie('refresh_token')).toBeUndefined();
    expect(await post(client, '/cookie/refresh/')).toMatchObject({
      status: 401,
      body: { detail: 'No refresh cookie', code: 'no_refresh_cookie' },
    });
  });

  it('refuses what has no CSRF token, the sign-in too, as an HTML page, and uses nothing up (CSR-5)', async () => {
    const client = await signIn('cookie');
    for (const path of ['/cookie/login/', '/cookie/refresh/', '/cookie/logout/', '/cookie/logout/all/']) {
      const refusal = await client.post(path, ALICE);
      expect([refusal.status, refusal.headers['content-type'], refusal.body]).toEqual([
        403,
        expect.stringContaining('text/html'),
        undefined,
      ]);
    }
    expect(await post(client, '/cookie/refresh/')).toMatchObject({ status: 200 });
  });

  it('changes the CSRF cookie at the sign-in: the value of before is refused (CSR-2)', async () => {
    const client = createPlainClient(server.url);
    await client.send('/cookie/csrf/');
    const before = csrf(client);
    await client.post('/cookie/login/', ALICE, before);

    expect(await client.post('/cookie/refresh/', {}, before)).toMatchObject({ status: 403 });
    expect(await post(client, '/cookie/refresh/')).toMatchObject({ status: 200 });
  });

  it('answers a rotated, revoked or expired cookie as SimpleJWT does, and does not delete it', async () => {
    const refused = { status: 401, body: { code: 'token_not_valid' } };
    const client = await signIn('cookie');
    const old = client.cookie('refresh_token') ?? '';
    await post(client, '/cookie/refresh/');
    client.put('refresh_token', old, '/cookie/');
    expect(await post(client, '/cookie/refresh/')).toMatchObject(refused);
    expect(client.cookie('refresh_token')).toBe(old);

    const revoked = await signIn('cookie');
    await post(revoked, '/cookie/refresh/');
    await server.revokeAll();
    expect(await post(revoked, '/cookie/refresh/')).toMatchObject(refused);

    await server.set({ refreshLifetime: 1 });
    const expired = await signIn('cookie');
    const token = expired.cookie('refresh_token') ?? '';
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expired.put('refresh_token', token, '/cookie/');
    expect(await post(expired, '/cookie/refresh/')).toMatchObject(refused);
  });

  it('logs out everywhere: every cookie of that user, and nobody else', async () => {
    const here = await signIn('cookie');
    const there = await signIn('cookie');
    await post(there, '/cookie/refresh/');
    const jar = await signIn('jar');

    expect(await post(here, '/cookie/logout/all/')).toMatchObject({ status: 204 });
    expect(await post(there, '/cookie/refresh/')).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });
    jar.put('jar_access', '', '/jar/');
    expect(await jar.send('/jar/me/')).toMatchObject({ status: 401 });
    expect(await signIn('cookie')).toBeDefined();
  });

  it('marks its cookies Secure over https, and is reached there from the same origin alone or a trusted one', async () => {
    const client = createPlainClient(front.url, front.certificate);
    await client.send('/cookie/csrf/');
    const headers = { ...csrf(client), Origin: front.url, Referer: `${front.url}/` };
    const login = await client.post('/cookie/login/', ALICE, headers);

    expect(login).toMatchObject({ status: 200 });
    expect(setCookie(login, 'refresh_token')).toMatch(/; HttpOnly; .*; Secure$/);
    const stranger = { ...csrf(client), Origin: 'https://evil.example', Referer: 'https://evil.example/' };
    expect(await client.post('/cookie/refresh/', {}, stranger)).toMatchObject({ status: 403 });
    expect(await client.post('/cookie/refresh/', {}, { ...headers, ...csrf(client) })).toMatchObject({ status: 200 });
  });
});

describe('both tokens in HttpOnly cookies that the server renews by itself', () => {
  it('renews them on any call once the access token is over, and revokes the refresh token of before', async () => {
    const client = await signIn('jar');
    expect(await client.send('/jar/me/')).toMatchObject({ status: 200, body: { username: 'alice' } });
    expect(await server.renewals()).toBe(0);

    const [access, refresh] = [client.cookie('jar_access') ?? '', client.cookie('jar_refresh') ?? ''];
    client.put('jar_access', 'over', '/jar/');
    const renewed = await post(client, '/jar/echo/?a=1', { title: 'hi' });
    expect(renewed).toMatchObject({ status: 200, body: { method: 'POST', body: '{"title":"hi"}' } });
    expect(setCookie(renewed, 'jar_refresh')).toMatch(/HttpOnly; Max-Age=86400; Path=\/jar\/; SameSite=Lax$/);
    expect([client.cookie('jar_access'), client.cookie('jar_refresh')]).not.toEqual([access, refresh]);
    expect(await client.send('/jar/me/')).toMatchObject({ status: 200 });
    expect(await server.renewals()).toBe(1);

    client.put('jar_access', 'over', '/jar/');
    client.put('jar_refresh', refresh, '/jar/');
    expect(await client.send('/jar/me/')).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });
    expect(await server.renewals()).toBe(1);
  });

  it('renews an access cookie whose token really has expired', async () => {
    await server.set({ accessLifetime: 1 });
    const client = await signIn('jar');
    await new Promise((resolve) => setTimeout(resolve, 1_050));

    expect(await client.send('/jar/me/')).toMatchObject({ status: 200 });
    expect(await server.renewals()).toBe(1);
  });

  it('refuses without cookies, and after revocation, log-out and log-out everywhere', async () => {
    expect(await createPlainClient(server.url).send('/jar/me/')).toMatchObject({ status: 401 });

    const revoked = await signIn('jar');
    await server.revokeAll();
    revoked.put('jar_access', 'over', '/jar/');
    expect(await revoked.send('/jar/me/')).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });

    const client = await signIn('jar');
    const refresh = client.cookie('jar_refresh') ?? '';
    expect(await post(client, '/jar/logout/')).toMatchObject({ status: 204 });
    expect([client.cookie('jar_access'), client.cookie('jar_refresh')]).toEqual([undefined, undefined]);
    client.put('jar_refresh', refresh, '/jar/');
    expect(await client.send('/jar/me/')).toMatchObject({ status: 401 });

    const [here, there] = [await signIn('jar'), await signIn('jar')];
    expect(await post(here, '/jar/logout/all/')).toMatchObject({ status: 204 });
    there.put('jar_access', 'over', '/jar/');
    expect(await there.send('/jar/me/')).toMatchObject({ status: 401 });
  });

  it('refuses a write without the CSRF token in JSON, before anything is renewed; a wrong password is a 401', async () => {
    const client = await signIn('jar');
    client.put('jar_access', 'over', '/jar/');
    for (const path of ['/jar/echo/', '/jar/login/', '/jar/logout/', '/jar/logout/all/']) {
      expect(await client.post(path, ALICE)).toMatchObject({
        status: 403,
        body: { detail: expect.stringMatching(/^CSRF Failed: /) },
      });
    }
    expect(await server.renewals()).toBe(0);
    expect(await post(client, '/jar/login/', { ...ALICE, password: 'no' })).toMatchObject({ status: 401 });
  });
});
