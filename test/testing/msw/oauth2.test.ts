// @vitest-environment node
import { createSession, memoryStore } from 'latchkey';
import { oauth2Token } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { backendContract } from 'latchkey/testing';
import { type AuthServer, type AuthServerOptions, authServerHandlers } from 'latchkey/testing/msw';
import { getResponse, HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { describe, expect, it } from 'vitest';
import { decodeClaims } from '../../../src/token/claims.ts';

const baseUrl = 'https://id.example.com';
const NOW = Date.UTC(2030, 0, 1);
const INVALID_GRANT = { error: 'invalid_grant', error_description: 'grant request is invalid' };

interface World {
  readonly auth: AuthServer;
  token(form: Record<string, unknown>): Promise<[status: number, body: Record<string, unknown>]>;
  revoke(token: unknown): Promise<Response>;
  me(token?: unknown): Promise<Response>;
}

function world(options: Partial<AuthServerOptions> = {}): World {
  const auth = authServerHandlers({ baseUrl, kind: 'oauth2', clientId: 'spa', now: () => NOW, ...options });
  const send = async (path: string, init: RequestInit): Promise<Response> =>
    (await getResponse([...auth.handlers], new Request(`${baseUrl}/${path}`, init))) ?? Response.error();
  const form = (fields: Record<string, unknown>): RequestInit => ({
    method: 'POST',
    body: new URLSearchParams({ client_id: 'spa', ...fields } as Record<string, string>),
  });
  return {
    auth,
    async token(fields) {
      const answer = await send('token', form(fields));
      expect(answer.headers.get('Cache-Control')).toBe('no-store');
      return [answer.status, await answer.json()];
    },
    revoke: (token) => send('token/revocation', form({ token })),
    me: (token) => {
      const headers: HeadersInit = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      const request = new Request('https://api.example.com/me', { headers });
      return auth.protect(request, (user) => HttpResponse.json({ name: user.username }));
    },
  };
}
const refresh = (refresh_token: unknown) => ({ grant_type: 'refresh_token', refresh_token });

describe("authServerHandlers({ kind: 'oauth2' })", () => {
  it('is a server for a whole app that uses oauth2Token, from sign-in to sign-out (C49)', async () => {
    const auth = authServerHandlers({ baseUrl, kind: 'oauth2', clientId: 'spa' });
    const me = http.get('https://api.example.com/me', ({ request }) =>
      auth.protect(request, (user) => HttpResponse.json({ name: user.username })),
    );
    const server = setupServer(...auth.handlers, me);
    server.listen({ onUnhandledRequest: 'error' });
    const backend = oauth2Token({
      tokenEndpoint: `${baseUrl}/token`,
      clientId: 'spa',
      revocationEndpoint: `${baseUrl}/token/revocation`,
    });
    const tokens = async () => backend.tokensFrom(auth.tokensFor('alice'));
    for (const { check } of backendContract(backend, { tokens })) await check();
    auth.reset();

    const session = createSession({ backend, store: memoryStore() });
    const get = createAuthorizedFetch(session, { resourceServers: ['https://api.example.com'] });
    await session.signInWithTokens(await tokens());
    expect(session.getState()).toMatchObject({ user: { sub: 'alice' } });
    auth.expireAll();
    const answers = await Promise.all(Array.from({ length: 3 }, () => get('https://api.example.com/me')));
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(Array(3).fill({ name: 'alice' }));
    expect(auth.calls.refresh).toBe(1);
    await session.signOut();
    expect(auth.calls.revoke).toBeGreaterThan(0);
    session.dispose();
    server.close();
  });

  it('gives opaque tokens with their life and an ID token, for a code, once', async () => {
    const { auth, token, me } = world({ accessLifetime: 60_000 });
    const code = auth.codeFor('alice');
    const [status, body] = await token({ grant_type: 'authorization_code', code, code_verifier: 'any' });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+$/),
      expires_in: 60,
      id_token: expect.any(String),
      refresh_token: expect.any(String),
      scope: 'openid offline_access',
      token_type: 'Bearer',
    });
    const id = { iss: baseUrl, aud: 'spa', sub: 'alice', iat: NOW / 1000, exp: NOW / 1000 + 3600 };
    expect(decodeClaims(String(body.id_token))).toEqual(id);
    expect(await (await me(body.access_token)).json()).toEqual({ name: 'alice' });
    // The code again: the whole grant is revoked.
    expect(await token({ grant_type: 'authorization_code', code })).toEqual([400, INVALID_GRANT]);
    expect((await me(body.access_token)).status).toBe(401);
    expect(await token(refresh(body.refresh_token))).toEqual([400, INVALID_GRANT]);
    expect(auth.calls).toEqual({ signIn: 2, refresh: 1, verify: 0, revoke: 0 });
  });

  it('has no ID token without the scope, and no new refresh token without rotation', async () => {
    const { auth, token } = world({ scope: 'api:read', rotate: false });
    const [, body] = await token(refresh(auth.tokensFor('alice').refresh_token));
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
  });

  it('rotates, and ends the whole grant when a spent token comes again', async () => {
    const { auth, token, me } = world();
    const first = auth.tokensFor('alice');
    const [status, second] = await token(refresh(first.refresh_token));
    expect(status).toBe(200);
    expect((await me(second.access_token)).status).toBe(200);
    expect(await token(refresh(first.refresh_token))).toEqual([400, INVALID_GRANT]);
    expect(await token(refresh(second.refresh_token))).toEqual([400, INVALID_GRANT]);
    expect((await me(second.access_token)).status).toBe(401);
  });

  it('takes a spent token within the grace window', async () => {
    const { auth, token } = world({ graceWindow: 5000 });
    const { refresh_token } = auth.tokensFor('alice');
    expect([(await token(refresh(refresh_token)))[0], (await token(refresh(refresh_token)))[0]]).toEqual([200, 200]);
  });

  it('revokes a refresh token with its whole grant, an access token alone, and says 200 to any other', async () => {
    const { auth, token, revoke, me } = world();
    const [one, other] = [auth.tokensFor('alice'), auth.tokensFor('alice')];
    const answers = [await revoke(one.refresh_token), await revoke(other.access_token), await revoke('nope')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(['', '', '']);
    expect(await token(refresh(one.refresh_token))).toEqual([400, INVALID_GRANT]);
    expect([(await me(one.access_token)).status, (await me(other.access_token)).status]).toEqual([401, 401]);
    expect((await token(refresh(other.refresh_token)))[0]).toBe(200);
  });

  it.each([
    ['without a refresh token', { grant_type: 'refresh_token' }, 400, 'invalid_request'],
    ['garbage', { grant_type: 'refresh_token', refresh_token: 'abc' }, 400, 'invalid_grant'],
    ['another client', { ...refresh('x'), client_id: 'nope' }, 401, 'invalid_client'],
    ['too much scope', { ...refresh('x'), scope: 'openid email' }, 400, 'invalid_scope'],
    ['an unknown grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['no grant', {}, 400, 'invalid_request'],
  ])('refuses %s as RFC 6749 has it', async (_, form, status, error) => {
    const { token } = world();
    expect(await token(form)).toEqual([
      status,
      expect.objectContaining({ error, error_description: expect.any(String) }),
    ]);
  });

  it('takes forms only', async () => {
    const { auth } = world();
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
    const answer = await getResponse([...auth.handlers], new Request(`${baseUrl}/token`, init));
    expect([answer?.status, await answer?.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    const other = await getResponse([...auth.handlers], new Request(`${baseUrl}/token`));
    expect(other?.status).toBe(404);
  });

  it('challenges as RFC 6750 has it: of an error it speaks only to who sent a token', async () => {
    const { me } = world();
    expect((await me()).headers.get('WWW-Authenticate')).toBe(`Bearer realm="${baseUrl}"`);
    expect((await me('abc')).headers.get('WWW-Authenticate')).toBe(
      `Bearer realm="${baseUrl}", error="invalid_token", error_description="invalid token provided"`,
    );
  });

  it('closes an account for refreshes, codes and the API', async () => {
    const { auth, token, me } = world();
    const { access_token, refresh_token } = auth.tokensFor('alice');
    const code = auth.codeFor('alice');
    auth.closeAccount('alice');
    expect((await me(access_token)).status).toBe(401);
    expect(await token(refresh(refresh_token))).toEqual([400, INVALID_GRANT]);
    expect(await token({ grant_type: 'authorization_code', code })).toEqual([400, INVALID_GRANT]);
  });

  it('tells its faults apart by what is asked for, on its one endpoint', async () => {
    const { auth, token } = world();
    const { refresh_token } = auth.tokensFor('alice');
    auth.fail({ status: 429, on: 'refresh' });
    const code = auth.codeFor('alice');
    expect((await token({ grant_type: 'authorization_code', code }))[0]).toBe(200);
    const answer = await getResponse(
      [...auth.handlers],
      new Request(`${baseUrl}/token`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: 'spa', ...refresh(refresh_token) } as Record<string, string>),
      }),
    );
    expect(answer?.status).toBe(429);
  });
});
