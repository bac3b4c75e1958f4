// @vitest-environment node
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OidcServer, startOidc } from './oidc/start.mjs';
import { createVisitor, tokensOf } from './oidc/visitor.ts';

const CALLBACK = 'http://localhost:1/callback';
const HOME = 'http://localhost:1/home';
let server: OidcServer;
beforeAll(async () => {
  server = await startOidc({ redirectUris: [CALLBACK], postLogoutRedirectUris: [HOME] });
});
afterAll(() => server.stop());
beforeEach(() => server.reset());

const post = async (
  path: string,
  form: Record<string, string>,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> => {
  const answer = await fetch(server.url + path, { method: 'POST', body: new URLSearchParams(form) });
  return { status: answer.status, body: JSON.parse((await answer.text()) || '{}') };
};
const refresh = (token: unknown) =>
  post('/token', { grant_type: 'refresh_token', client_id: 'spa', refresh_token: String(token) });
const me = async (token: unknown): Promise<number> =>
  (await fetch(`${server.url}/api/me`, { headers: { Authorization: `Bearer ${token}` } })).status;

describe('the OpenID provider of the tests', () => {
  it('gives opaque tokens and an ID token for a code, to a client that has no secret', async () => {
    const tokens = await tokensOf(server, CALLBACK);
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'openid' });
    expect(String(tokens.access_token).split('.')).toHaveLength(1);
    expect(String(tokens.id_token).split('.')).toHaveLength(3);
    expect(await me(tokens.access_token)).toBe(200);
    expect(await me('anything')).toBe(401);
    expect(server.count('/token')).toBe(1);
  });

  it('demands PKCE (OAU-2)', async () => {
    const query = new URLSearchParams({
      client_id: 'spa',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
    });
    const back = await createVisitor(server).signIn(`${server.url}/auth?${query}`);
    expect(back?.searchParams.get('error')).toBe('invalid_request');
  });

  it('sends a wrong password back to the form, and says who cancelled', async () => {
    const query = new URLSearchParams({
      client_id: 'spa',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    });
    const url = `${server.url}/auth?${query}`;
    expect(await createVisitor(server).signIn(url, { login: 'alice', password: 'no' })).toBeUndefined();
    const back = await createVisitor(server).signIn(url, { cancel: 'yes' });
    expect(back?.searchParams.get('error')).toBe('access_denied');
  });

  it('rotates refresh tokens, and ends the whole grant when one comes twice', async () => {
    const first = await tokensOf(server, CALLBACK);
    const second = await refresh(first.refresh_token);
    expect(second).toMatchObject({ status: 200, body: { refresh_token: expect.any(String) } });
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    const again = await refresh(first.refresh_token);
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 400 });
    expect(await me(second.body.access_token)).toBe(401);
  });

  it('revokes tokens, and takes an unknown one for revoked (RFC 7009)', async () => {
    const tokens = await tokensOf(server, CALLBACK);
    const revoked = { client_id: 'spa', token: String(tokens.refresh_token) };
    expect((await post('/token/revocation', revoked)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(400);
    expect((await post('/token/revocation', { ...revoked, token: 'unknown' })).status).toBe(200);
    const other = await tokensOf(server, CALLBACK);
    server.revokeAll();
    expect((await refresh(other.refresh_token)).status).toBe(400);
    expect(await me(other.access_token)).toBe(401);
  });

  it('lets access tokens die when it is told to', async () => {
    server.set({ accessTokenTTL: 1 });
    const tokens = await tokensOf(server, CALLBACK);
    expect(tokens.expires_in).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect(await me(tokens.access_token)).toBe(401);
  });

  it('remembers who has signed in, until the sign-out', async () => {
    const visitor = createVisitor(server);
    await tokensOf(server, CALLBACK, {}, visitor);
    const silent = await tokensOf(server, CALLBACK, { prompt: 'none' }, visitor);
    expect(silent.access_token).toEqual(expect.any(String));
  });

  it('gives a token for an API alone (RFC 8707)', async () => {
    const tokens = await tokensOf(server, CALLBACK, { resource: 'https://api.example.com', scope: 'openid read' });
    expect(tokens).toMatchObject({ scope: 'read' });
    const answer = await fetch(`${server.url}/api/me`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
    expect(await answer.json()).toMatchObject({ username: 'alice', aud: 'https://api.example.com', scope: 'read' });
  });
});
