// @vitest-environment-options { "url": "https://app.example.com/" }
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorld, ISSUER, json, METADATA, type World } from './world.ts';

const BYE = 'https://app.example.com/bye';
let world: World;
beforeEach(async () => {
  world = createWorld({ postLogoutRedirectUri: BYE });
  await world.begin();
  world.arrive(world.answer());
  await world.sso.complete(world.session);
});
afterEach(() => world.dispose());

async function leave(options?: { readonly returnTo?: string }): Promise<URL> {
  const before = world.left.length;
  void world.sso.signOut(world.session, options);
  return await vi.waitFor(() => world.left[before] ?? Promise.reject(new Error('Still here.')));
}

describe('a sign-out at the provider', () => {
  it('comes after the one here, with the ID token as a hint, the very page that was registered, and a state (OUT-9)', async () => {
    const { idToken } = world.record().tokens;
    const statuses: string[] = [];
    vi.mocked(location.assign).mockImplementation((url) => {
      statuses.push(world.session.getState().status);
      world.left.push(new URL(url));
    });
    const { origin, pathname, searchParams } = await leave();
    expect(origin + pathname).toBe(`${ISSUER}/logout`);
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'spa',
      id_token_hint: idToken,
      post_logout_redirect_uri: BYE,
      state: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(statuses).toEqual(['signed-out']);
    expect(world.posts('/revoke')).toHaveLength(1);
    expect(world.events).toEqual(['signed-in', 'signed-out:user']);
  });

  it('is known on return by its state, once, and only as a sign-out (OUT-9)', async () => {
    const state = (await leave({ returnTo: '/welcome' })).searchParams.get('state') ?? '';
    world.arrive({ state }, BYE);
    expect(await world.sso.complete(world.session)).toEqual({ after: 'sign-out', returnTo: '/welcome' });
    expect(location.href).toBe(BYE);
    world.arrive({ state }, BYE);
    expect(await world.sso.complete(world.session)).toBeUndefined();
  });

  it('leads to no other site afterwards, and is no sign-in, whatever comes with it (OUT-9)', async () => {
    const state = (await leave({ returnTo: '//evil.example' })).searchParams.get('state') ?? '';
    world.arrive({ state, code: 'CANARY_code', iss: ISSUER });
    await expect(world.sso.complete(world.session)).rejects.toMatchObject({ code: 'token-response' });
    const again = (await leave({ returnTo: '//evil.example' })).searchParams.get('state') ?? '';
    world.arrive({ state: again }, BYE);
    expect(await world.sso.complete(world.session)).toEqual({ after: 'sign-out', returnTo: '/' });
    expect(world.posts('/token')).toHaveLength(1);
  });

  it('is one here only where the provider has no page for it, or cannot be reached (OUT-9)', async () => {
    for (const answer of [() => json({ ...METADATA, end_session_endpoint: undefined }), () => json({}, 503)]) {
      world.dispose();
      world = createWorld({ postLogoutRedirectUri: BYE });
      world.answers[`${ISSUER}/.well-known/openid-configuration`] = answer;
      await world.session.signInWithTokens({ accessToken: 'a' });
      expect(await world.sso.signOut(world.session)).toBe(false);
      expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
      expect(world.left).toEqual([]);
    }
  });
});
