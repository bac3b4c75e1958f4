// @vitest-environment-options { "url": "https://app.example.com/" }
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALLBACK, createWorld, errorOf, ISSUER, json, METADATA, type World } from './world.ts';

const BYE = 'https://app.example.com/bye';
let world: World;
beforeEach(() => {
  world = createWorld({ postLogoutRedirectUri: BYE });
});
afterEach(() => world.dispose());

const kept = (): string[] => Object.keys(sessionStorage);
const complete = () => world.sso.complete(world.session);

describe('the return from the provider', () => {
  it('to the page with a slash more or less says so, and leaves neither code nor transaction behind (LOG-1)', async () => {
    await world.begin();
    world.arrive(world.answer(), '/callback/');
    const error = await errorOf(complete());
    expect(error).toMatchObject({ code: 'token-response', returnTo: '/orders?page=2' });
    expect(error.message).toContain('arrived at /callback/, and redirectUri is /callback:');
    expect(location.href).toBe(`${CALLBACK}/`);
    expect(kept()).toEqual([]);
    expect(world.posts('/token')).toEqual([]);
  });

  it('to any other page of the app is one all the same, for a no as for a code', async () => {
    await world.begin();
    const { state = '' } = world.answer();
    world.arrive({ state, error: 'access_denied' }, 'https://app.example.com//x');
    expect(await errorOf(complete())).toMatchObject({ code: 'token-response' });
    expect([location.origin, location.search]).toEqual(['https://app.example.com', '']);
    expect(kept()).toEqual([]);
  });

  it.each([{ code: 'CANARY_code' }, { error: 'access_denied' }, { code: 'CANARY_code', state: '' }])(
    'without a state is no answer, and does not stay in the URL: %j (OAU-2, LOG-1)',
    async (answer) => {
      await world.begin();
      world.arrive(answer);
      expect(await errorOf(complete())).toMatchObject({ code: 'token-response' });
      expect(location.href).toBe(CALLBACK);
      // The sign-in that is under way can still be answered.
      world.arrive(world.answer());
      expect(await complete()).toMatchObject({ after: 'sign-in' });
    },
  );

  it.each([
    ['access_denied', {}],
    ['login_required', { prompt: 'none' }],
  ])('with a no (%s) tells the app where the user was', async (error, request) => {
    await world.begin({ ...request, returnTo: '/cart' });
    const { state = '' } = world.answer();
    world.arrive({ state, iss: ISSUER, error });
    const thrown = await errorOf(complete());
    expect(thrown).toMatchObject({ code: 'sign-in-rejected', serverCode: error, returnTo: '/cart' });
  });

  it('with an answer that nobody can read tells where the user was, and one that was not asked for does not', async () => {
    await world.begin();
    world.answers[METADATA.token_endpoint] = () => json({}, 503);
    world.arrive(world.answer());
    expect(await errorOf(complete())).toMatchObject({ code: 'auth-unavailable', returnTo: '/orders?page=2' });
    world.arrive({ code: 'x', state: 'y' });
    expect(await errorOf(complete())).not.toHaveProperty('returnTo');
  });

  it('leads no user to another site by what was written into the storage, after a no either (RFC 9700)', async () => {
    await world.begin();
    const [key = ''] = kept();
    const damaged = { ...JSON.parse(sessionStorage.getItem(key) ?? '{}'), returnTo: '//evil.example' };
    sessionStorage.setItem(key, JSON.stringify(damaged));
    const { state = '' } = world.answer();
    world.arrive({ state, iss: ISSUER, error: 'access_denied' });
    expect(await errorOf(complete())).toMatchObject({ returnTo: '/' });
  });

  it.each(['/callback', '/bye'])('leads to the start page when the sign-in was begun on %s', async (path) => {
    history.replaceState(null, '', path);
    await world.begin();
    world.arrive(world.answer());
    expect(await complete()).toEqual({ after: 'sign-in', returnTo: '/' });
  });
});
