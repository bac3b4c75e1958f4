// @vitest-environment node
import axios from 'axios';
import { createSession, memoryStore, type Session } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { simpleJwt, type UsernameAndPassword } from 'latchkey/backends';
import { backendContract } from 'latchkey/testing';
import { type AuthServer, type AuthServerOptions, authServerHandlers } from 'latchkey/testing/msw';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const baseUrl = 'https://api.example.com/auth';
const API = 'https://api.example.com';
const ALICE = { username: 'alice', password: 'alice-pass-1' };
const users = [ALICE, { username: 'bob', password: 'bob-pass-1' }];

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterAll(() => server.close());
const sessions: Session<UsernameAndPassword>[] = [];
afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
  server.resetHandlers();
});

/** A server in memory, with an API that it protects. */
function serve(options: Partial<AuthServerOptions> = {}): AuthServer {
  const auth = authServerHandlers({ baseUrl, users, ...options });
  const me = http.get(`${API}/me`, ({ request }) =>
    auth.protect(request, (user) => HttpResponse.json({ username: user.username })),
  );
  server.use(...auth.handlers, me);
  return auth;
}

/** An app on that server. */
function app(): { session: Session<UsernameAndPassword>; me(): Promise<unknown>; reasons: string[] } {
  const session = createSession<UsernameAndPassword>({ backend: simpleJwt({ baseUrl }), store: memoryStore() });
  sessions.push(session);
  const reasons: string[] = [];
  session.on('signed-out', ({ reason }) => reasons.push(reason));
  const client = axios.create({ baseURL: API, adapter: 'fetch' });
  attachSession(client, session);
  return { session, reasons, me: async () => (await client.get('/me')).data };
}

const refresh = (token: unknown) => fetch(`${baseUrl}/token/refresh/`, post({ refresh: token }));
const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

describe.each([
  ['with rotation', {}],
  ['without rotation', { rotate: false }],
  ['with reuse detection and a grace window', { reuseDetection: true, graceWindow: 10_000 }],
] as const)('simpleJwt on authServerHandlers() %s', (_, options) => {
  for (const { title, check } of backendContract(simpleJwt({ baseUrl }), {
    right: ALICE,
    wrong: { ...ALICE, password: 'no' },
  })) {
    it(title, async () => {
      serve(options);
      await check();
    });
  }
});

describe('authServerHandlers()', () => {
  it('is a server for a whole app, from sign-in to sign-out (C49)', async () => {
    const auth = serve();
    const { session, me } = app();
    await expect(session.signIn({ ...ALICE, password: 'no' })).rejects.toMatchObject({ code: 'sign-in-rejected' });
    await session.signIn(ALICE);
    expect(await me()).toEqual({ username: 'alice' });
    auth.expireAll();
    expect(await Promise.all([me(), me(), me()])).toEqual(Array(3).fill({ username: 'alice' }));
    expect(auth.calls).toEqual({ signIn: 2, refresh: 1, verify: 0, revoke: 0 });
    const token = await session.getAccessToken();
    await session.signOut();
    expect(auth.calls.revoke).toBe(1);
    // As with the real one, only the refresh token is on the blacklist.
    const request = new Request(`${API}/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect(auth.userOf(request)).toEqual(ALICE);
  });

  it('signs in anybody with the password "right" where it was told of nobody', async () => {
    const auth = authServerHandlers({ baseUrl });
    server.use(...auth.handlers);
    const { session } = app();
    await session.signIn({ username: 'somebody', password: 'right' });
    await expect(session.signIn({ username: 'somebody', password: 'no' })).rejects.toMatchObject({ status: 401 });
  });

  it('takes the fields of the users for those of the form, and their claims for those of the tokens', async () => {
    const form = { email: 'a@example.com', password: 'x' };
    serve({ users: [{ ...form, claims: { name: 'Alice' } }] });
    const session = createSession<typeof form>({ backend: simpleJwt({ baseUrl }), store: memoryStore() });
    expect(await session.signIn(form)).toMatchObject({ name: 'Alice', user_id: '1', token_type: 'access' });
    const error = await session.signIn({ email: '', password: 'x' }).catch((reason) => reason);
    expect(error.fields).toEqual({ email: ['This field may not be blank.'] });
    session.dispose();
  });

  it('ends the session when the server has taken back every token', async () => {
    const auth = serve();
    const { session, me, reasons } = app();
    await session.signIn(ALICE);
    auth.revokeAll();
    await expect(me()).rejects.toMatchObject({ response: { status: 401 } });
    expect(reasons).toEqual(['refresh-rejected']);
    expect(auth.calls.refresh).toBe(1);
  });

  it('says that an account was closed, to the API, to a refresh and to a sign-in (C25)', async () => {
    const auth = serve();
    const { session, me, reasons } = app();
    await session.signIn(ALICE);
    auth.closeAccount('alice');
    await expect(me()).rejects.toMatchObject({ response: { status: 401, data: { code: 'user_inactive' } } });
    expect(reasons).toEqual(['account-disabled']);
    await expect(session.signIn(ALICE)).rejects.toMatchObject({ status: 401 });
    await session.signIn(users[1] as typeof ALICE);
    expect(await me()).toEqual({ username: 'bob' });
  });

  it('fails as often as it was told, with the status and the Retry-After that it was told, and does nothing', async () => {
    const auth = serve();
    const { refresh: token } = auth.tokensFor('alice');
    auth.fail({ status: 503, retryAfter: 2, times: 2, on: 'refresh' });
    auth.fail({ status: 429, on: 'refresh' });
    auth.fail({ status: 500, on: 'verify' });
    const answers = [await refresh(token), await refresh(token), await refresh(token), await refresh(token)];
    expect(answers.map(({ status, headers }) => [status, headers.get('Retry-After')])).toEqual([
      [503, '2'],
      [503, '2'],
      [429, null],
      [200, null],
    ]);
    expect(auth.calls.refresh).toBe(4);
  });

  it('can fail without any answer, and by default whatever it is asked for', async () => {
    const auth = serve();
    auth.fail({ status: 0 });
    await expect(fetch(`${baseUrl}/token/`, post(ALICE))).rejects.toThrow();
    auth.fail();
    expect((await fetch(`${baseUrl}/token/`, post(ALICE))).status).toBe(503);
    expect((await fetch(`${baseUrl}/token/`, post(ALICE))).status).toBe(200);
  });

  it('loses an answer, once its work is done: the token is spent, and nobody knows the next one', async () => {
    const auth = serve();
    const { refresh: token } = auth.tokensFor('alice');
    auth.loseNextAnswer();
    await expect(refresh(token)).rejects.toThrow();
    expect(await (await refresh(token)).json()).toEqual({ detail: 'Token is blacklisted', code: 'token_not_valid' });
  });

  it('holds an answer back once its work is done', async () => {
    const auth = serve();
    const { refresh: token } = auth.tokensFor('alice');
    auth.delay(60_000);
    const controller = new AbortController();
    const gone = fetch(`${baseUrl}/token/refresh/`, { ...post({ refresh: token }), signal: controller.signal });
    await expect.poll(() => auth.calls.refresh).toBe(1);
    controller.abort();
    await expect(gone).rejects.toThrow();
    auth.delay(0);
    expect((await refresh(token)).status).toBe(401);
  });

  it('takes a spent refresh token within the grace window, and not after it', async () => {
    let now = Date.now();
    const auth = serve({ graceWindow: 10_000, now: () => now });
    const { refresh: token } = auth.tokensFor('alice');
    const first = await (await refresh(token)).json();
    now += 9999;
    const second = await (await refresh(token)).json();
    expect(new Set([token, first.refresh, second.refresh]).size).toBe(3);
    now += 1;
    expect((await refresh(token)).status).toBe(401);
    expect((await refresh(first.refresh)).status).toBe(200);
  });

  it('ends the whole sign-in when a spent refresh token comes again, where it looks for that', async () => {
    for (const reuseDetection of [false, true]) {
      const auth = serve({ reuseDetection });
      const { refresh: token } = auth.tokensFor('alice');
      const other = auth.tokensFor('alice');
      const next = await (await refresh(token)).json();
      expect((await refresh(token)).status).toBe(401);
      expect((await refresh(next.refresh)).status).toBe(reuseDetection ? 401 : 200);
      expect((await refresh(other.refresh)).status).toBe(200);
    }
  });

  it('lets tokens expire by its own clock', async () => {
    let now = Date.UTC(2030, 0, 1);
    const auth = serve({ accessLifetime: 60_000, refreshLifetime: 120_000, now: () => now });
    const { access, refresh: token } = auth.tokensFor('alice');
    const request = new Request(`${API}/me`, { headers: { Authorization: `Bearer ${access}` } });
    now += 59_999;
    expect(auth.userOf(request)).toEqual(ALICE);
    now += 1;
    expect(auth.userOf(request)).toBeUndefined();
    now += 60_000;
    expect(await (await refresh(token)).json()).toMatchObject({ detail: 'Token is invalid or expired' });
  });

  it('is as at the start after a reset', async () => {
    const auth = serve();
    const { refresh: token } = auth.tokensFor('alice');
    auth.fail({ times: 5 });
    auth.closeAccount('bob');
    auth.loseNextAnswer('signIn');
    await refresh(token);
    auth.reset();
    expect(auth.calls).toEqual({ signIn: 0, refresh: 0, verify: 0, revoke: 0 });
    expect((await refresh(token)).status).toBe(401);
    expect((await fetch(`${baseUrl}/token/`, post(users[1]))).status).toBe(200);
  });

  it('lets a page of another origin in', async () => {
    const auth = serve();
    const headers = { Origin: 'https://app.example.com', 'Access-Control-Request-Headers': 'authorization,x-own' };
    const preflight = await fetch(`${baseUrl}/token/`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe('authorization,x-own');
    const answer = await auth.protect(new Request(`${API}/me`, { headers }), () => new Response());
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://app.example.com');
  });

  it('names an option that is wrong', () => {
    expect(() => authServerHandlers({} as never)).toThrow('authServerHandlers: baseUrl is missing');
    expect(() => authServerHandlers({ baseUrl, lifetime: 1 } as never)).toThrow('there is no option "lifetime"');
    expect(() => authServerHandlers({ baseUrl, kind: 'saml' } as never)).toThrow(
      "kind must be 'simple-jwt' or 'oauth2'",
    );
    expect(() => authServerHandlers({ baseUrl }).codeFor('alice')).toThrow("where kind is 'oauth2' only");
  });
});
