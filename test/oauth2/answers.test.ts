// @vitest-environment-options { "url": "https://app.example.com/" }
import { inspect } from 'node:util';
import { redirectSignIn } from 'latchkey/oauth2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALLBACK, createWorld, errorOf, ISSUER, json, METADATA, seconds, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.dispose());

/** Arrives with an answer, and gives the error; nobody is signed in, and nothing of it is left anywhere. */
async function refused(parameters: Record<string, string>): Promise<Error & Record<string, unknown>> {
  const state = world.answer().state ?? '';
  const kept = sessionStorage.getItem(`latchkey.oauth2.1.${state}`) ?? '{}';
  const [, verifier = 'none'] = /"verifier":"([^"]+)"/.exec(kept) ?? [];
  const [, nonce = 'none'] = /"nonce":"([^"]+)"/.exec(kept) ?? [];
  world.arrive(parameters);
  const error = await errorOf(world.sso.complete(world.session));
  expect(world.session.getState().status).not.toBe('signed-in');
  expect(location.href).toBe(CALLBACK);
  for (const said of [inspect(error, { depth: 8, showHidden: true }), JSON.stringify(error), ...world.events]) {
    expect(said).not.toContain('CANARY');
    if (verifier !== 'none') for (const secret of [verifier, nonce]) expect(said).not.toContain(secret);
  }
  return error;
}

describe('an answer of the provider', () => {
  it('with a state that this tab has not given is refused, and no code is handed in (OAU-2)', async () => {
    await world.begin();
    expect(await refused({ ...world.answer(), state: 'x'.repeat(43) })).toMatchObject({ code: 'token-response' });
    expect(world.posts('/token')).toEqual([]);
  });

  it('that comes a second time is refused (OAU-2)', async () => {
    await world.begin();
    const answer = world.answer();
    world.arrive(answer);
    await world.sso.complete(world.session);
    await world.session.signOut();
    expect(await refused(answer)).toMatchObject({ code: 'token-response' });
    expect(world.posts('/token')).toHaveLength(1);
  });

  it('that comes a second time after a failure is refused, too (OAU-2)', async () => {
    await world.begin();
    const answer = world.answer();
    world.answers[METADATA.token_endpoint] = () => json({}, 503);
    expect(await refused(answer)).toMatchObject({ code: 'auth-unavailable', status: 503 });
    expect(await refused(answer)).toMatchObject({ code: 'token-response' });
    expect(world.posts('/token')).toHaveLength(1);
  });

  it('of another issuer is a mix-up: the code goes nowhere (OAU-2, OAU-6, RFC 9207)', async () => {
    await world.begin();
    expect(await refused({ ...world.answer(), iss: 'https://evil.example' })).toMatchObject({ code: 'token-response' });
    await world.begin();
    const { iss, ...without } = world.answer();
    expect(await refused(without)).toMatchObject({ code: 'token-response' });
    expect(world.posts('/token')).toEqual([]);
    expect(iss).toBe(ISSUER);
  });

  it('to the sign-in at another provider is left to that one (OAU-2)', async () => {
    const other = redirectSignIn({ issuer: 'https://id2.example.com', clientId: 'spa', redirectUri: CALLBACK });
    await world.begin();
    world.arrive(world.answer());
    expect(await other.complete(world.session)).toBeUndefined();
    expect(location.search).toContain('CANARY_code');
    expect(await world.sso.complete(world.session)).toMatchObject({ after: 'sign-in' });
  });

  it.each<[string, Record<string, unknown>]>([
    ['another nonce', { nonce: 'n'.repeat(43) }],
    ['no nonce', { nonce: undefined }],
    ['another audience', { aud: 'other' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['no subject', { sub: undefined }],
    ['an end before its beginning', { exp: seconds() - 3600 }],
  ])('whose ID token has %s signs nobody in (OAU-2, OAU-6)', async (_, claims) => {
    await world.begin();
    world.claims = claims;
    expect(await refused(world.answer())).toMatchObject({ code: 'token-response' });
  });

  it('whose ID token is of an older sign-in than was asked for signs nobody in (RFC 9470)', async () => {
    await world.begin({ maxAge: 60_000 });
    world.claims = { auth_time: seconds() - 3600 };
    expect(await refused(world.answer())).toMatchObject({ code: 'token-response' });
  });

  it('without an ID token, which was asked for, signs nobody in', async () => {
    await world.begin();
    world.answers[METADATA.token_endpoint] = () => json({ access_token: 'CANARY_access', token_type: 'Bearer' });
    expect(await refused(world.answer())).toMatchObject({ code: 'token-response' });
  });

  it('needs no ID token where openid is not asked for (RFC 6749)', async () => {
    world.dispose();
    world = createWorld({ scope: 'read' });
    expect((await world.begin()).has('nonce')).toBe(false);
    world.answers[METADATA.token_endpoint] = () => json({ access_token: 'opaque', token_type: 'Bearer' });
    world.arrive(world.answer());
    expect(await world.sso.complete(world.session)).toMatchObject({ after: 'sign-in' });
    expect(world.session.getState()).toMatchObject({ status: 'signed-in', user: {} });
  });

  it('that says no is told with its code, and its words are made safe (LOG-6)', async () => {
    await world.begin();
    const { state = '' } = world.answer();
    const error_description = 'No.\r\n<b>Bearer CANARY_x</b> https://x?code=CANARY_y';
    const error = await refused({ state, iss: ISSUER, error: 'access_denied', error_description });
    expect(error).toMatchObject({ code: 'sign-in-rejected', status: 0, serverCode: 'access_denied' });
    expect(error.serverMessage).not.toMatch(/[\r\n]/);
    expect(world.posts('/token')).toEqual([]);
  });

  it.each([
    [
      'a code that the token endpoint refuses',
      () => json({ error: 'invalid_grant', error_description: 'CANARY_code' }, 400),
      'sign-in-rejected',
    ],
    ['a client that it does not know', () => json({ error: 'invalid_client' }, 401), 'sign-in-rejected'],
    ['an overloaded token endpoint', () => json({ error: 'slow_down' }, 429), 'auth-unavailable'],
    [
      'a page of a proxy',
      () => new Response('<h1>CANARY</h1>', { status: 200, headers: { 'Content-Type': 'text/html' } }),
      'auth-unavailable',
    ],
    [
      'half an answer',
      () => new Response('{"access_token":"CANARY', { headers: { 'Content-Type': 'application/json' } }),
      'auth-unavailable',
    ],
    ['tokens of a type that needs more', () => json({ access_token: 'CANARY_a', token_type: 'MAC' }), 'token-response'],
  ] as const)('with %s signs nobody in, and no error shows it (LOG-1)', async (_, answer, code) => {
    await world.begin();
    world.answers[METADATA.token_endpoint] = answer;
    expect(await refused(world.answer())).toMatchObject({ code });
  });

  it('that meets no network signs nobody in', async () => {
    await world.begin();
    delete world.answers[METADATA.token_endpoint];
    expect(await refused(world.answer())).toMatchObject({ code: 'auth-unavailable' });
  });

  it('is for nobody where what was kept of the request is damaged (STO-2)', async () => {
    for (const damaged of ['{', 'null', '[]', '{"kind":"sign-in"}', `{"kind":"sign-in","issuer":5}`]) {
      await world.begin();
      sessionStorage.setItem(`latchkey.oauth2.1.${world.answer().state}`, damaged);
      expect(await refused(world.answer())).toMatchObject({ code: 'token-response' });
    }
    expect(world.posts('/token')).toEqual([]);
  });
});
