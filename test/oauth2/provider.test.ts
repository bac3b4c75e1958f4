// @vitest-environment-options { "url": "https://app.example.com/" }
import { createSession, type Diagnostic, diagnose, memoryStore } from 'latchkey';
import { redirectSignIn } from 'latchkey/oauth2';
import { backendContract } from 'latchkey/testing';
import { authServerHandlers } from 'latchkey/testing/msw';
import { setupServer } from 'msw/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CALLBACK, createWorld, errorOf, ISSUER, json, METADATA, type World } from './world.ts';

const DISCOVERY = `${ISSUER}/.well-known/openid-configuration`;
let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => {
  world.dispose();
  vi.useRealTimers();
});

async function signIn(): Promise<void> {
  await world.begin();
  world.arrive(world.answer());
  await world.sso.complete(world.session);
}

describe('the metadata of a provider', () => {
  it.each(['authorization_endpoint', 'token_endpoint', 'revocation_endpoint', 'end_session_endpoint'] as const)(
    "with a relative %s do not lead to the app's own page (OAU-6)",
    async (name) => {
      world.answers[DISCOVERY] = () => json({ ...METADATA, [name]: '/made-here' });
      const before = world.left.length;
      const error = await errorOf(
        world
          .begin()
          .then(() => world.arrive(world.answer()))
          .then(() => world.sso.complete(world.session))
          .then(() => world.sso.backend.revoke?.(world.record(), context(), { everywhere: false }))
          .then(() => world.sso.signOut(world.session))
          .then((isLeaving) => Promise.reject(new Error(`Left: ${isLeaving}`))),
      );
      const isSignOut = name === 'end_session_endpoint';
      expect(error).toMatchObject(isSignOut ? { message: 'Left: false' } : { code: 'auth-unavailable' });
      if (!isSignOut) expect(error.message).toContain(name);
      expect(world.sent.filter(({ url }) => url.includes('made-here'))).toEqual([]);
      expect(world.left.slice(before).filter(({ origin }) => origin !== ISSUER)).toEqual([]);
    },
  );

  it.each(['https://login.example/{tenant}/v2.0', `${ISSUER}/`])(
    'of another issuer, %s, say so with both names',
    async (issuer) => {
      world.answers[DISCOVERY] = () => json({ ...METADATA, issuer });
      const { code, message } = await errorOf(world.sso.signIn());
      expect(code).toBe('auth-unavailable');
      expect(message).toBe(
        `issuer is ${ISSUER}, and its metadata are those of ${issuer}: if that is your provider, write issuer just so.`,
      );
    },
  );

  it('hold a sign-out up for 5 seconds at most', async () => {
    await signIn();
    const other = redirectSignIn({ issuer: ISSUER, clientId: 'spa', redirectUri: CALLBACK });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    const settled = vi.fn();
    void other.signOut(world.session).then(settled);
    await vi.advanceTimersByTimeAsync(4999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(settled.mock.calls).toEqual([[false]]);
    expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
  });
});

describe('the errors of a sign-in', () => {
  it('name a client that the provider refuses by a challenge, and do not say "try again"', async () => {
    await world.begin();
    const headers = { 'WWW-Authenticate': 'Basic realm="id", error="invalid_client"', 'Retry-After': '7' };
    world.answers[METADATA.token_endpoint] = () => new Response('{}', { status: 401, headers });
    world.arrive(world.answer());
    const error = await errorOf(world.sso.complete(world.session));
    expect(error).toMatchObject({ code: 'auth-unavailable', status: 401, retryAfter: 7000 });
    expect(error.message).toBe(`${ISSUER} answered with status 401: is clientId a public client there?`);
  });

  it.each<[string, () => Response, object]>([
    ['a rate limit', () => said(429, '{"error":"slow_down"}'), { code: 'auth-unavailable', status: 429 }],
    ['a server that is down', () => said(503, '<h1>'), { code: 'auth-unavailable', status: 503 }],
    ['a no', () => said(400, '{"error":"invalid_grant"}'), { code: 'sign-in-rejected', status: 400 }],
  ])('say how long to wait, for %s', async (_, answer, expected) => {
    await world.begin();
    world.answers[METADATA.token_endpoint] = answer;
    world.arrive(world.answer());
    const error = await errorOf(world.sso.complete(world.session));
    expect(error).toMatchObject({ ...expected, retryAfter: 3000 });
  });

  it('say of the metadata, too, how long to wait, and why there is no answer', async () => {
    world.answers[DISCOVERY] = () => said(503, '{}');
    expect(await errorOf(world.sso.signIn())).toMatchObject({ status: 503, retryAfter: 3000 });
    delete world.answers[DISCOVERY];
    expect((await errorOf(world.sso.signIn())).message).toBe(
      `No answer from ${ISSUER} (network, CORS, or a redirect).`,
    );
  });
});

describe('the backend of a provider', () => {
  it('keeps the contract of all backends, each case of it for itself', async () => {
    vi.unstubAllGlobals();
    const auth = authServerHandlers({ baseUrl: ISSUER, kind: 'oauth2', clientId: 'spa' });
    const server = setupServer(...auth.handlers);
    server.listen({ onUnhandledRequest: 'error' });
    const made = () => redirectSignIn({ issuer: ISSUER, clientId: 'spa', redirectUri: CALLBACK }).backend;
    const casesOf = (backend: ReturnType<typeof made>) =>
      backendContract(backend, { tokens: async () => backend.tokensFrom(auth.tokensFor('alice')) });
    const failed: unknown[] = [];
    for (const { check } of casesOf(made())) await check().catch((error) => failed.push(error));
    for (const index of casesOf(made()).keys()) {
      await casesOf(made())
        [index]?.check()
        .catch((error) => failed.push(error));
    }
    server.close();
    expect(failed).toEqual([]);
  });

  it('names the endpoints once they are known, and none that is not its own', async () => {
    expect(world.sso.backend.endpoints).toEqual([DISCOVERY]);
    await signIn();
    expect([...(world.sso.backend.endpoints ?? [])]).toEqual([
      DISCOVERY,
      METADATA.token_endpoint,
      METADATA.revocation_endpoint,
    ]);
    const found: readonly Diagnostic[] = await diagnose(world.session);
    expect(found.map(({ code }) => code)).not.toContain('endpoint-insecure');
  });

  it('is the same for a session that is made anew, also when its endpoints are known meanwhile', async () => {
    const make = (backend = world.sso.backend) => createSession({ backend, store: memoryStore(), name: 'again' });
    const first = make();
    await signIn();
    expect(make()).toBe(first);
    // As after a hot reload.
    const anew = { issuer: ISSUER, clientId: 'spa', redirectUri: CALLBACK };
    expect(make(redirectSignIn(anew).backend)).toBe(first);
    const other = make(redirectSignIn({ ...anew, clientId: 'spa-2' }).backend);
    expect(other).not.toBe(first);
    other.dispose();
  });
});

function context(): { signal: AbortSignal; now(): number; fetch: typeof fetch } {
  return { signal: new AbortController().signal, now: () => Date.now(), fetch: (...given) => fetch(...given) };
}

function said(status: number, body: string): Response {
  return new Response(body, { status, headers: { 'Content-Type': 'application/json', 'Retry-After': '3' } });
}
