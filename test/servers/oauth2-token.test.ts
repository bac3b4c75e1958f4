// @vitest-environment node
import axios, { type AxiosInstance } from 'axios';
import { createSession, memoryStore, type Session, type SessionRecord } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { type OAuth2TokenOptions, oauth2Token } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OidcServer, startOidc } from './oidc/start.mjs';
import { tokensOf } from './oidc/visitor.ts';

const CALLBACK = 'http://localhost:1/callback';
const API = 'https://api.example.com';
let server: OidcServer;
let sessions: Session[] = [];
beforeAll(async () => {
  server = await startOidc({ redirectUris: [CALLBACK] });
});
afterAll(() => server.stop());
beforeEach(() => server.reset());
afterEach(() => {
  for (const session of sessions) session.dispose();
  sessions = [];
});

interface App {
  readonly session: Session;
  readonly api: AxiosInstance;
  readonly store: ReturnType<typeof memoryStore>;
  readonly events: string[];
  signIn(parameters?: Readonly<Record<string, string>>): Promise<unknown>;
}

function app(options: Partial<OAuth2TokenOptions> = {}): App {
  const backend = oauth2Token({
    tokenEndpoint: `${server.url}/token`,
    revocationEndpoint: `${server.url}/token/revocation`,
    clientId: 'spa',
    ...options,
  });
  const store = memoryStore();
  const session = createSession({ backend, store });
  sessions.push(session);
  const events: string[] = [];
  session.on('signed-out', ({ reason }) => events.push(reason));
  session.on('refresh-failed', ({ error }) => events.push(error.message));
  session.on('diagnostic', ({ code }) => events.push(code));
  const api = axios.create({ baseURL: server.url });
  attachSession(api, session);
  return {
    session,
    api,
    store,
    events,
    signIn: async (parameters) =>
      await session.signInWithTokens(backend.tokensFrom(await tokensOf(server, CALLBACK, parameters))),
  };
}

const recordOf = ({ store }: App): SessionRecord => store.load('default') as SessionRecord;
const expiry = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2050));

describe('an app on a real OpenID provider, rotation and reuse detection on', () => {
  it('sends an opaque token, and knows who it is by the ID token (C49, RFC 9068)', async () => {
    const one = app();
    expect(await one.signIn()).toMatchObject({ sub: 'alice', name: 'Alice', aud: 'spa' });
    expect((await one.api.get('/api/me')).data).toMatchObject({ username: 'alice' });
    expect(recordOf(one)).toMatchObject({ subject: 'alice', tokens: { lifetime: 300_000, scope: 'openid' } });
  });

  it('refreshes once for 20 requests of axios and fetch across an expiry, and none fails (C2, C49)', async () => {
    server.set({ accessTokenTTL: 2 });
    const { api, session, signIn, events } = app();
    const authorized = createAuthorizedFetch(session, { resourceServers: [server.url] });
    await signIn();
    const before = server.count('/token');
    await expiry();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 ? api.get(`/api/me?${index}`) : authorized(`${server.url}/api/me?${index}`),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(server.count('/token')).toBe(before + 1);
    expect(server.log.filter(({ status }) => status >= 400)).toEqual([]);
    expect(events).toEqual([]);
  });

  it('lives on through three rotations, and never sends a refresh token twice (C49, ROT-2)', async () => {
    const one = app();
    await one.signIn();
    const seen = new Set([recordOf(one).tokens.refreshToken]);
    for (let turn = 0; turn < 3; turn += 1) {
      await one.session.refresh();
      seen.add(recordOf(one).tokens.refreshToken);
    }
    expect(seen.size).toBe(4);
    expect((await one.api.get('/api/me')).status).toBe(200);
    expect(one.session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice', name: 'Alice' } });
  });

  it('ends as refresh-rejected once somebody else has sent its refresh token, too (C49, ROT-6)', async () => {
    server.set({ accessTokenTTL: 2 });
    const one = app();
    await one.signIn();
    const stolen = String(recordOf(one).tokens.refreshToken);
    await fetch(`${server.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'spa', refresh_token: stolen }),
    });
    await expiry();
    await expect(one.api.get('/api/me')).rejects.toMatchObject({ code: 'signed-out', reason: 'refresh-rejected' });
    expect(one.events).toEqual(['refresh-rejected']);
  });

  it('ends as refresh-rejected when the provider has revoked it (C49)', async () => {
    const { api, signIn, events } = app();
    await signIn();
    server.revokeAll();
    await expect(api.get('/api/me')).rejects.toMatchObject({ response: { status: 401 } });
    expect(events).toEqual(['refresh-rejected']);
  });

  it('revokes the refresh token, and the access token with it, on sign-out (RFC 7009, C49)', async () => {
    const one = app();
    await one.signIn();
    const { accessToken, refreshToken } = recordOf(one).tokens;
    await one.session.signOut();
    const headers = { Authorization: `Bearer ${accessToken}` };
    expect((await fetch(`${server.url}/api/me`, { headers })).status).toBe(401);
    const form = { grant_type: 'refresh_token', client_id: 'spa', refresh_token: String(refreshToken) };
    expect((await fetch(`${server.url}/token`, { method: 'POST', body: new URLSearchParams(form) })).status).toBe(400);
    expect(server.count('/token/revocation')).toBe(1);
    expect(one.events).toEqual(['user']);
  });

  it('revokes the access token where there is no refresh token', async () => {
    const one = app();
    await one.signIn();
    const { accessToken } = recordOf(one).tokens;
    const alone = app();
    await alone.session.signInWithTokens({ accessToken });
    await alone.session.signOut();
    const headers = { Authorization: `Bearer ${accessToken}` };
    expect((await fetch(`${server.url}/api/me`, { headers })).status).toBe(401);
  });

  it('keeps the session over a wrong client id, and says what to mend (ROT-6)', async () => {
    const { session, signIn, events } = app({ clientId: 'nobody' });
    await signIn();
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable', status: 401 });
    expect(session.getState().status).toBe('signed-in');
    expect(events).toEqual([expect.stringContaining('invalid_client: is clientId right')]);
  });

  it('keeps the session over a resource that the provider does not know (RFC 8707, ROT-6)', async () => {
    const { session, signIn, events } = app({ resource: 'urn:another:api' });
    await signIn();
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
    expect(session.getState().status).toBe('signed-in');
    expect(events).toEqual([expect.stringContaining('invalid_target: mend resource')]);
  });

  it('asks for the token of one API, and for no more than was granted (RFC 8707, ROT-10)', async () => {
    const { api, session, signIn } = app({ resource: API, scope: 'read write' });
    await signIn({ resource: API, scope: 'openid read' });
    await session.refresh();
    expect((await api.get('/api/me')).data).toMatchObject({ aud: API, scope: 'read' });
  });
});
