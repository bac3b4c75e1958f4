// @vitest-environment-options { "url": "https://app.example.com/" }
import { createHash } from 'node:crypto';
import { redirectSignIn } from 'latchkey/oauth2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CALLBACK, createWorld, errorOf, ISSUER, json, METADATA, seconds, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => {
  world.dispose();
  vi.useRealTimers();
});

const kept = (): string[] => Object.keys(sessionStorage);

describe('a redirect sign-in', () => {
  it('asks for a code with PKCE by S256, a state and a nonce, new ones each time, and has no secret (OAU-2, OAU-3)', async () => {
    const first = await world.begin();
    expect(Object.fromEntries(first)).toMatchObject({
      tenant: 'a',
      client_id: 'spa',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid',
      code_challenge_method: 'S256',
    });
    const { verifier } = JSON.parse(sessionStorage.getItem(`latchkey.oauth2.1.${first.get('state')}`) ?? '{}');
    expect(first.get('code_challenge')).toBe(createHash('sha256').update(verifier).digest('base64url'));
    expect(world.left[0]?.href).not.toContain(verifier);
    const second = await world.begin();
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(second.get(name)).toMatch(/^[\w-]{43}$/);
      expect(second.get(name)).not.toBe(first.get(name));
    }
    expect(kept()).toHaveLength(2);
  });

  it('hands the code in once for two calls at once, and signs in whom the ID token names (OAU-2, OAU-4, RED-1)', async () => {
    await world.begin();
    const { state } = world.answer();
    world.arrive(world.answer());
    const both = [world.sso.complete(world.session), world.sso.complete(world.session)];
    // Before anything was awaited.
    expect(location.href).toBe(CALLBACK);
    expect(await Promise.all(both)).toEqual(Array(2).fill({ after: 'sign-in', returnTo: '/orders?page=2' }));
    const posts = world.posts('/token');
    expect(posts).toHaveLength(1);
    expect(posts[0]?.form).toEqual({
      grant_type: 'authorization_code',
      client_id: 'spa',
      redirect_uri: CALLBACK,
      code: 'CANARY_code',
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
    for (const { init } of world.sent) {
      expect(init).toMatchObject({
        redirect: 'error',
        cache: 'no-store',
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      });
    }
    expect(world.session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    expect(world.record()).toMatchObject({ subject: 'alice', tokens: { idToken: expect.any(String) } });
    expect(sessionStorage.getItem(`latchkey.oauth2.1.${state}`)).toBeNull();
    expect(await world.sso.complete(world.session)).toBeUndefined();
  });

  it('asks for what a step-up demands, and for more that the provider understands', async () => {
    world.dispose();
    world = createWorld({ scope: 'openid read', resource: 'https://api.example.com', parameters: { audience: 'x' } });
    const stepUp = { acrValues: ['mfa', 'pwd'], maxAge: 300_500, scope: 'read pay' };
    expect(Object.fromEntries(await world.begin({ ...stepUp, prompt: 'login', loginHint: 'a@b.c' }))).toMatchObject({
      acr_values: 'mfa pwd',
      max_age: '300',
      scope: 'openid read pay',
      prompt: 'login',
      login_hint: 'a@b.c',
      audience: 'x',
      resource: 'https://api.example.com',
    });
    world.claims = { auth_time: seconds() };
    world.arrive(world.answer());
    await world.sso.complete(world.session);
    expect(world.posts('/token')[0]?.form).toMatchObject({ resource: 'https://api.example.com' });
  });

  it('keeps nobody out whose device has a wrong clock', async () => {
    for (const wrong of [86_400_000, -86_400_000]) {
      world.dispose();
      world = createWorld();
      const right = seconds();
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + wrong });
      world.claims = { iat: right, exp: right + 60, auth_time: right };
      await world.begin({ maxAge: 60_000 });
      world.arrive(world.answer());
      expect(await world.sso.complete(world.session)).toMatchObject({ after: 'sign-in' });
      vi.useRealTimers();
    }
  });

  it.each(['//evil.example', '/\\evil.example', 'javascript:alert(1)', 'https://evil.example/', '/.//evil.example'])(
    'returns to no other site, not to %s, whoever wrote that down (OAU-2)',
    async (returnTo) => {
      await world.begin({ returnTo });
      world.arrive(world.answer());
      expect(await world.sso.complete(world.session)).toEqual({ after: 'sign-in', returnTo: '/' });
      await world.begin({ returnTo: '/orders' });
      const [key = ''] = kept();
      sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(key) ?? '{}'), returnTo }));
      world.arrive(world.answer());
      expect(await world.sso.complete(world.session)).toEqual({ after: 'sign-in', returnTo: '/' });
    },
  );

  it('leaves pages alone that were not opened by the provider', async () => {
    for (const url of [
      '/orders?state=CA',
      '/orders?code=XMAS',
      '/callback',
      '/callback?state=CA',
      '/other?code=a&state=b',
    ]) {
      history.replaceState({ of: 'a router' }, '', url);
      expect(await world.sso.complete(world.session)).toBeUndefined();
      expect(location.href).toBe(`https://app.example.com${url}`);
    }
  });

  it('keeps what a router has noted of the page', async () => {
    await world.begin();
    history.replaceState({ of: 'a router' }, '', `${CALLBACK}?${new URLSearchParams(world.answer())}`);
    await world.sso.complete(world.session);
    expect(history.state).toEqual({ of: 'a router' });
  });

  it('forgets after a day what nobody has answered', async () => {
    await world.begin();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_001 });
    world.arrive(world.answer());
    expect(await errorOf(world.sso.complete(world.session))).toMatchObject({ code: 'token-response' });
    sessionStorage.setItem('latchkey.oauth2.1.old', '{"kind":"sign-in"}');
    sessionStorage.setItem('latchkey.oauth2.2.newer', 'left alone');
    await world.begin();
    expect(kept().filter((key) => !key.endsWith(String(world.answer().state)))).toEqual(['latchkey.oauth2.2.newer']);
  });

  it('tells where the browser lets the page keep nothing (STO-5)', async () => {
    const denied = (): never => {
      throw new DOMException('denied', 'SecurityError');
    };
    vi.stubGlobal('sessionStorage', { getItem: denied, setItem: denied, removeItem: denied });
    expect(await errorOf(world.sso.signIn())).toMatchObject({ code: 'token-store' });
    expect(world.left).toEqual([]);
  });

  it.each([
    ['another issuer', { ...METADATA, issuer: 'https://evil.example' }],
    ['nearly the same issuer', { ...METADATA, issuer: `${ISSUER}/` }],
    ['an endpoint over plain http', { ...METADATA, authorization_endpoint: 'http://id.example.com/authorize' }],
    ['an endpoint that is a script', { ...METADATA, authorization_endpoint: 'javascript:alert(1)' }],
    ['no authorization endpoint', { ...METADATA, authorization_endpoint: undefined }],
    ['PKCE without S256', { ...METADATA, code_challenge_methods_supported: ['plain'] }],
    ['a list', [METADATA]],
  ])('goes to no provider whose metadata have %s (OAU-6)', async (_, metadata) => {
    world.answers[`${ISSUER}/.well-known/openid-configuration`] = () => json(metadata);
    const { code } = await errorOf(world.sso.signIn());
    expect(['auth-unavailable', 'token-response']).toContain(code);
    expect(world.left).toEqual([]);
  });

  it('asks for the metadata once, and again only where they could not be had', async () => {
    world.answers[`${ISSUER}/.well-known/openid-configuration`] = () => json({}, 503);
    expect(await errorOf(world.sso.signIn())).toMatchObject({ code: 'auth-unavailable', status: 503 });
    world.answers[`${ISSUER}/.well-known/openid-configuration`] = () => json(METADATA);
    for (let count = 1; count <= 3; count += 1) await world.begin();
    expect(world.posts('/.well-known/openid-configuration')).toHaveLength(2);
  });

  it('does nothing where there is no page', async () => {
    vi.stubGlobal('document', undefined);
    const sso = redirectSignIn({ issuer: ISSUER, clientId: 'spa', redirectUri: '/callback' });
    expect(await sso.complete(world.session)).toBeUndefined();
    expect(await errorOf(sso.signIn())).toMatchObject({ code: 'auth-unavailable' });
    expect(world.sent).toEqual([]);
  });
});

describe('the backend of a redirect sign-in', () => {
  const signIn = async (): Promise<void> => {
    await world.begin();
    world.arrive(world.answer());
    await world.sso.complete(world.session);
  };

  it('refreshes where the provider says, and keeps the ID token that comes with the first tokens only', async () => {
    await signIn();
    const { idToken } = world.record().tokens;
    world.answers[METADATA.token_endpoint] = () => json({ access_token: 'a.2', token_type: 'Bearer' });
    await world.session.refresh();
    expect(world.posts('/token').at(-1)?.form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'CANARY_refresh_1',
      client_id: 'spa',
    });
    expect(world.record().tokens).toMatchObject({ accessToken: 'a.2', idToken });
    expect(world.session.getState()).toMatchObject({ user: { sub: 'alice' } });
  });

  it('ends the session where a refresh names somebody else (SES-3)', async () => {
    await signIn();
    world.claims = { sub: 'mallory', nonce: undefined };
    await world.session.refresh().catch(() => {});
    expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'user-switched' });
  });

  it('does not revoke the tokens before when the same user signs in once more: some have one grant for both', async () => {
    await signIn();
    await signIn();
    expect(world.posts('/revoke')).toEqual([]);
    world.claims = { sub: 'bob' };
    await signIn();
    await vi.waitFor(() => expect(world.posts('/revoke')).toHaveLength(1));
    expect(world.posts('/revoke')[0]?.form).toMatchObject({ token: 'CANARY_refresh_2', client_id: 'spa' });
  });

  it('keeps the session when the metadata cannot be had', async () => {
    await signIn();
    world.answers[METADATA.token_endpoint] = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
    expect(await errorOf(world.session.refresh())).toMatchObject({ code: 'auth-unavailable' });
    expect(world.session.getState().status).toBe('signed-in');
  });
});
