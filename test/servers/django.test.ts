// @vitest-environment node
import { jwtDecode } from 'jwt-decode';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from './django/start.mjs';

interface Reply {
  readonly status: number;
  readonly body: { readonly access?: string; readonly refresh?: string };
}

let server: DjangoServer;

beforeAll(async () => {
  server = await startDjango();
});
beforeEach(() => server.reset());
afterAll(() => server.stop());

describe('the real Django', () => {
  it('signs in with a name or an e-mail address, and knows the token by either scheme word', async () => {
    const byName = await signIn();
    const byEmail = await post('/auth/email/token/', { email: 'alice@example.com', password: 'alice-pass-1' });

    expect(byName).toEqual({ access: expect.any(String), refresh: expect.any(String) });
    for (const authorization of [`Bearer ${byName.access}`, `JWT ${byEmail.body.access}`]) {
      expect(await get('/api/me/', authorization)).toMatchObject({ status: 200, body: { id: 1, username: 'alice' } });
    }
  });

  it('refuses a wrong password without a code, and a missing one as a bad request', async () => {
    expect(await post('/auth/token/', { username: 'alice', password: 'no' })).toEqual({
      status: 401,
      body: { detail: 'No active account found with the given credentials' },
    });
    expect(await post('/auth/token/', { username: 'alice' })).toEqual({
      status: 400,
      body: { password: ['This field is required.'] },
    });
  });

  it('refuses an access token once its life is over, even where nobody has to sign in', async () => {
    await server.set({ accessLifetime: 1 });
    const { access } = await signIn();
    const { exp, iat } = jwtDecode(access);
    expect(Number(exp) - Number(iat)).toBe(1);

    await new Promise((resolve) => setTimeout(resolve, 1_050));
    for (const path of ['/api/me/', '/api/public-parsed/']) {
      expect(await get(path, `Bearer ${access}`)).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });
    }
    expect(await get('/api/public/', `Bearer ${access}`)).toMatchObject({ status: 200 });
  });

  it('rotates the refresh token at every use, and revokes the one before', async () => {
    const first = await signIn();
    const answer = await post('/auth/token/refresh/', { refresh: first.refresh });

    expect(answer).toEqual({ status: 200, body: { access: expect.any(String), refresh: expect.any(String) } });
    expect(answer.body.refresh).not.toBe(first.refresh);
    expect(await post('/auth/token/refresh/', { refresh: first.refresh })).toEqual({
      status: 401,
      body: { detail: 'Token is blacklisted', code: 'token_not_valid' },
    });

    await server.set({ rotate: false });
    const unrotated = await post('/auth/token/refresh/', { refresh: answer.body.refresh });
    expect(unrotated).toEqual({ status: 200, body: { access: expect.any(String) } });

    // The list of what to revoke must name rotated tokens too.
    await server.revokeAll();
    expect(await post('/auth/token/refresh/', { refresh: answer.body.refresh })).toMatchObject({ status: 401 });
  });

  it('tells a disabled account by its code at the API, while older versions still refresh for it', async () => {
    const { access, refresh } = await signIn('bob');
    await server.user('bob', 'deactivate');

    expect(await get('/api/me/', `Bearer ${access}`)).toEqual({
      status: 401,
      body: { detail: 'User is inactive', code: 'user_inactive' },
    });
    // SimpleJWT up to 5.3 does not look at the user: 200. Later ones answer 401.
    expect([200, 401]).toContain((await post('/auth/token/refresh/', { refresh })).status);

    await server.user('bob', 'delete');
    expect(await get('/api/me/', `Bearer ${access}`)).toMatchObject({ status: 401, body: { code: 'user_not_found' } });
  });

  it('wants the access token at the log-out, and revokes the refresh token', async () => {
    const { access, refresh } = await signIn();

    expect(await post('/auth/logout/', { refresh })).toMatchObject({ status: 401 });
    expect(await post('/auth/logout/', { refresh }, `Bearer ${access}`)).toMatchObject({ status: 205 });
    expect(await post('/auth/token/refresh/', { refresh })).toMatchObject({ status: 401 });
  });

  it('takes a burst of sign-ins and refreshes at once, and has counted every one', async () => {
    const users = await Promise.all(Array.from({ length: 40 }, () => signIn()));
    const answers = await Promise.all(users.map(({ refresh }) => post('/auth/token/refresh/', { refresh })));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await server.count('/auth/token/refresh/')).toBe(40);
    expect((await server.log())[0]).toEqual({
      method: 'POST',
      path: '/auth/token/',
      status: 200,
      hadAuthorization: false,
      cookies: [],
    });
  });

  it('logs one user out everywhere, rotated tokens too, and nobody else', async () => {
    const [here, there, bob] = [await signIn(), await signIn(), await signIn('bob')];
    const rotated = await post('/auth/token/refresh/', { refresh: there.refresh });

    expect(await post('/auth/logout/all/', {})).toMatchObject({ status: 401 });
    expect(await post('/auth/logout/all/', {}, `Bearer ${here.access}`)).toMatchObject({ status: 204 });
    for (const refresh of [here.refresh, rotated.body.refresh]) {
      expect(await post('/auth/token/refresh/', { refresh })).toMatchObject({ status: 401 });
    }
    expect(await post('/auth/token/refresh/', { refresh: bob.refresh })).toMatchObject({ status: 200 });
  });

  it('fails at the refresh as it is told to, and leaves the token good', async () => {
    const { refresh } = await signIn();
    await server.set({ refreshStatus: 503, retryAfter: 7 });

    const answer = await fetch(`${server.url}/auth/token/refresh/`, { method: 'POST' });
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      503,
      '7',
      expect.stringContaining('<html>'),
    ]);

    await server.reset();
    expect(await post('/auth/token/refresh/', { refresh })).toMatchObject({ status: 200 });
  });
});

describe('the grace window of Django', () => {
  const refresh = (token = '') => post('/auth/token/refresh/', { refresh: token });
  const idOf = ({ body }: Reply) => jwtDecode<{ jti: string }>(body.refresh ?? '').jti;
  const refused = { status: 401, body: { detail: 'Token is blacklisted', code: 'token_not_valid' } };

  beforeEach(() => server.set({ graceSeconds: 60 }));

  it('gives a token that was just rotated the same successor again, until that was used', async () => {
    const first = await signIn();
    const [answer, again] = [await refresh(first.refresh), await refresh(first.refresh)];
    expect([answer.status, again.status]).toEqual([200, 200]);
    expect(idOf(again)).toBe(idOf(answer));

    const next = await refresh(again.body.refresh);
    expect(next.status).toBe(200);
    expect(await refresh(first.refresh)).toEqual(refused);
    // The two are one token: used as one, it is used as the other, and within the window both are given its successor.
    const lost = await refresh(answer.body.refresh);
    expect(idOf(lost)).toBe(idOf(next));
  });

  it('gives all of many at once the same successor, and leaves that good', async () => {
    for (let round = 0; round < 5; round++) {
      const first = await signIn();
      const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(first.refresh)));
      expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
      expect(new Set(answers.map(idOf)).size).toBe(1);
      expect((await refresh(answers[0]?.body.refresh)).status).toBe(200);
    }
  });

  it('gives nothing again once somebody logged out, with the token or with its successor', async () => {
    const unused = await signIn();
    await post('/auth/token/blacklist/', { refresh: unused.refresh });
    expect(await refresh(unused.refresh)).toEqual(refused);

    const first = await signIn();
    const { body } = await refresh(first.refresh);
    await post('/auth/token/blacklist/', { refresh: body.refresh ?? '' });
    expect(await refresh(first.refresh)).toEqual(refused);

    const last = await signIn();
    await refresh(last.refresh);
    await server.revokeAll();
    expect(await refresh(last.refresh)).toEqual(refused);
  });

  it('gives nothing again once the window is over, and the successor stays good', async () => {
    const first = await signIn();
    const { body } = await refresh(first.refresh);
    await server.set({ graceSeconds: 0.001 });
    expect(await refresh(first.refresh)).toEqual(refused);
    expect((await refresh(body.refresh)).status).toBe(200);
  });

  it('opens no door to an access token, or to what is no token at all', async () => {
    const { access } = await signIn();
    expect(await refresh(access)).toMatchObject({ status: 401, body: { detail: 'Token has wrong type' } });
    expect(await refresh('abc')).toMatchObject({ status: 401, body: { code: 'token_not_valid' } });
  });
});

async function signIn(username = 'alice'): Promise<{ access: string; refresh: string }> {
  const { status, body } = await post('/auth/token/', { username, password: `${username}-pass-1` });
  expect(status).toBe(200);
  return body as { access: string; refresh: string };
}

function post(path: string, body: object, authorization?: string): Promise<Reply> {
  return send(path, authorization, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function get(path: string, authorization: string): Promise<Reply> {
  return send(path, authorization, {});
}

async function send(path: string, authorization: string | undefined, init: RequestInit): Promise<Reply> {
  const headers = new Headers(init.headers);
  if (authorization !== undefined) headers.set('Authorization', authorization);
  const answer = await fetch(server.url + path, { ...init, headers });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
}
