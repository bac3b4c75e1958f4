// @vitest-environment-options { "url": "https://app.example.com/orders" }
import { createSession, memoryStore, type Session } from 'latchkey';
import { type RedirectSignIn, type RedirectSignInOptions, redirectSignIn } from 'latchkey/oauth2';
import { type AuthServer, type AuthServerOptions, authServerHandlers } from 'latchkey/testing/msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const issuer = 'https://id.example.com/tenant';
const server = setupServer();
const sessions: Session[] = [];
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
beforeEach(() => history.replaceState(null, '', '/orders'));
afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
  server.resetHandlers();
  sessionStorage.clear();
});
afterAll(() => server.close());

interface App {
  readonly auth: AuthServer;
  readonly sso: RedirectSignIn;
  readonly session: Session;
  /** Does what leaves the page, and gives the URL that it is left for. */
  leave(work: () => Promise<unknown>): Promise<string>;
  arrive(url: string): Promise<unknown>;
}

function app(options: Partial<AuthServerOptions> = {}, more: Partial<RedirectSignInOptions> = {}): App {
  const auth = authServerHandlers({ baseUrl: issuer, kind: 'oauth2', clientId: 'spa', ...options });
  server.use(...auth.handlers);
  const sso = redirectSignIn({
    issuer: options.baseUrl ?? issuer,
    clientId: 'spa',
    redirectUri: '/callback',
    postLogoutRedirectUri: '/bye',
    ...more,
  });
  const session = createSession({ backend: sso.backend, store: memoryStore() });
  sessions.push(session);
  const assign = vi.spyOn(location, 'assign').mockImplementation(() => {});
  return {
    auth,
    sso,
    session,
    async leave(work) {
      const before = assign.mock.calls.length;
      work().catch(() => {});
      return String(await vi.waitFor(() => assign.mock.calls[before]?.[0] ?? Promise.reject(new Error('Still here.'))));
    },
    arrive(url) {
      history.replaceState(null, '', url);
      return sso.complete(session);
    },
  };
}

describe("authServerHandlers({ kind: 'oauth2' }) below redirectSignIn", () => {
  it.each([issuer, 'https://id.example.com/'])(
    'signs a user in, refreshes, and signs them out at the provider: %s (C49)',
    async (baseUrl) => {
      const users = [{ username: 'alice', password: 'x', claims: { sub: '7', name: 'Alice' } }];
      const { auth, sso, session, leave, arrive } = app({ baseUrl, users });
      const left = await leave(() => sso.signIn({ maxAge: 60_000 }));
      expect(await arrive(auth.answerFor(left, 'alice'))).toEqual({ after: 'sign-in', returnTo: '/orders' });
      expect(location.href).toBe('https://app.example.com/callback');
      expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: '7', name: 'Alice' } });
      auth.expireAll();
      await session.refresh();
      expect(auth.calls).toEqual({ signIn: 1, refresh: 1, verify: 0, revoke: 0 });
      const leaving = await leave(() => sso.signOut(session, { returnTo: '/welcome' }));
      expect(await arrive(auth.answerFor(leaving))).toEqual({ after: 'sign-out', returnTo: '/welcome' });
      expect(auth.calls.revoke).toBe(1);
    },
  );

  it('says no where nobody signs in, or whose account was closed', async () => {
    const { auth, sso, leave, arrive } = app();
    const [asked, silent] = [await leave(() => sso.signIn()), await leave(() => sso.signIn({ prompt: 'none' }))];
    await expect(arrive(auth.answerFor(asked))).rejects.toMatchObject({ serverCode: 'access_denied' });
    await expect(arrive(auth.answerFor(silent))).rejects.toMatchObject({ serverCode: 'login_required' });
    auth.closeAccount('alice');
    const again = await leave(() => sso.signIn());
    await expect(arrive(auth.answerFor(again, 'alice'))).rejects.toMatchObject({ serverCode: 'access_denied' });
  });

  it('hands out tokens for the verifier, the client and the page of the very request, and no others', async () => {
    const { auth, sso, leave } = app();
    const left = await leave(() => sso.signIn());
    const { verifier } = JSON.parse(String(Object.values({ ...sessionStorage })[0]));
    const redirect_uri = 'https://app.example.com/callback';
    const right = { client_id: 'spa', redirect_uri, code_verifier: verifier, grant_type: 'authorization_code' };
    const send = async (wrong: Record<string, string>): Promise<number> => {
      const code = new URL(auth.answerFor(left, 'alice')).searchParams.get('code') ?? '';
      const body = new URLSearchParams({ ...right, code, ...wrong });
      return (await fetch(`${issuer}/token`, { method: 'POST', body })).status;
    };
    expect(await send({})).toBe(200);
    expect(await send({ code_verifier: 'x'.repeat(43) })).toBe(400);
    expect(await send({ code_verifier: '' })).toBe(400);
    expect(await send({ redirect_uri: 'https://app.example.com/' })).toBe(400);
    expect(await send({ code: 'code-99' })).toBe(400);
  });

  it('puts the nonce of the request into the ID token, so that one of another request signs nobody in', async () => {
    const { auth, sso, session, leave, arrive } = app();
    const left = new URL(await leave(() => sso.signIn()));
    left.searchParams.set('nonce', 'another');
    await expect(arrive(auth.answerFor(left, 'alice'))).rejects.toMatchObject({ code: 'token-response' });
    expect(session.getState()).toEqual({ status: 'signed-out' });
  });

  it('refuses a request without PKCE by S256, and leads to nobody whom it does not know', async () => {
    const { auth, sso, leave, arrive } = app();
    const left = new URL(await leave(() => sso.signIn()));
    left.searchParams.set('code_challenge_method', 'plain');
    await expect(arrive(auth.answerFor(left, 'alice'))).rejects.toMatchObject({ serverCode: 'invalid_request' });
    left.searchParams.set('client_id', 'other');
    expect(() => auth.answerFor(left, 'alice')).toThrow('the client other is not known here');
    expect(() => auth.answerFor(`${issuer}/session/end`)).toThrow('no post_logout_redirect_uri');
    expect(() => auth.answerFor('https://other.example/auth', 'alice')).toThrow('is not https://id.example.com');
  });

  it('has its own paths, fails at its metadata, and forgets its codes with a reset', async () => {
    const { auth, sso, leave } = app({ paths: { authorization: 'login', token: 'oauth/token' } });
    auth.fail({ status: 503, retryAfter: 2 });
    await expect(sso.signIn()).rejects.toMatchObject({ code: 'auth-unavailable', status: 503, retryAfter: 2000 });
    const left = await leave(() => sso.signIn());
    expect(left).toContain(`${issuer}/login?`);
    for (const code of [auth.codeFor('alice'), auth.codeFor('bob')]) {
      auth.reset();
      // The code of another user, given since, is not that one either.
      auth.codeFor('mallory');
      const body = new URLSearchParams({ client_id: 'spa', grant_type: 'authorization_code', code });
      expect((await fetch(`${issuer}/oauth/token`, { method: 'POST', body })).status).toBe(400);
    }
  });

  it('has codes and answers as an OAuth server only', () => {
    const auth = authServerHandlers({ baseUrl: issuer });
    expect(() => auth.answerFor(`${issuer}/auth`, 'alice')).toThrow("where kind is 'oauth2' only");
  });
});
