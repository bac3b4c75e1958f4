// @vitest-environment-options { "url": "https://app.example.com/" }
import { oauth2Token } from 'latchkey/backends';
import { type RedirectSignInRequest, type RedirectSignOutRequest, redirectSignIn } from 'latchkey/oauth2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CALLBACK, createWorld, errorOf, ISSUER, type World } from './world.ts';

let world: World;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => world.dispose());

const make = (options: object) =>
  redirectSignIn({ issuer: ISSUER, clientId: 'spa', redirectUri: CALLBACK, ...options });

describe('redirectSignIn', () => {
  it.each<[string, object, string]>([
    ['a client secret (OAU-3)', { clientSecret: 'CANARY' }, 'keeps no secret'],
    ['an issuer over plain http (OAU-6)', { issuer: 'http://id.example.com' }, 'https'],
    ['an issuer that is relative', { issuer: '/auth' }, 'issuer'],
    ['an issuer with a query', { issuer: `${ISSUER}?x` }, 'query'],
    ['an issuer with an empty query', { issuer: `${ISSUER}?` }, 'query'],
    ['an issuer with a fragment', { issuer: `${ISSUER}/#` }, 'fragment'],
    ['an issuer that is no text', { issuer: new URL(ISSUER) }, 'issuer'],
    ['a parameter that holds it together', { parameters: { code_challenge_method: 'plain' } }, 'code_challenge_method'],
    ['an age that a check depends on', { parameters: { max_age: '0' } }, 'parameters.max_age'],
    ['parameters in a list', { parameters: ['prompt=consent'] }, 'parameters'],
    ['another response type (OAU-1)', { parameters: { response_type: 'token' } }, 'response_type'],
    ['an unknown option (OAU-1)', { responseType: 'token' }, '"responseType"'],
    ['no client id', { clientId: '' }, 'clientId'],
    ['a blank scope', { scope: ' ' }, 'scope'],
    ['a resource that is a path', { resource: '/api' }, 'resource must be an absolute URI'],
    ['a resource with a fragment', { resource: 'https://api.example.com/#x' }, 'resource'],
    [
      'a page of another origin',
      { redirectUri: 'https://evil.example/cb' },
      'redirectUri must be a page of https://app',
    ],
    ['a page that is a script', { redirectUri: 'javascript:alert(1)' }, 'redirectUri must be a page'],
    ['a page with a fragment', { redirectUri: '/cb#x' }, 'redirectUri must be a page'],
    ['a page with an empty fragment', { redirectUri: '/cb#' }, 'redirectUri must be a page'],
    ['a page after the sign-out of another origin', { postLogoutRedirectUri: 'https://a.b/' }, 'postLogoutRedirectUri'],
  ])('refuses %s, at once', (_, options, named) => {
    expect(() => make(options)).toThrow(TypeError);
    expect(() => make(options)).toThrow(named);
    expect(() => make(options)).not.toThrow('CANARY');
  });

  it('can be made where there is no page yet, as on a server, or one without an origin', () => {
    vi.stubGlobal('document', undefined);
    expect(() => make({})).not.toThrow();
    vi.unstubAllGlobals();
    vi.stubGlobal('location', new URL('about:blank'));
    expect(() => make({})).not.toThrow();
  });

  it('takes the name of an API that is no URL (RFC 8707)', async () => {
    world.dispose();
    world = createWorld({ resource: 'urn:example:api' });
    expect((await world.begin()).get('resource')).toBe('urn:example:api');
  });

  it.each<[object, string]>([
    [{ maxAge: -1 }, 'maxAge'],
    [{ maxAge: Number.POSITIVE_INFINITY }, 'maxAge'],
    [{ maxAge: Number.NaN }, 'maxAge'],
    [{ scope: ' ' }, 'scope'],
    [{ to: '/' }, '"to"'],
  ])('refuses a sign-in with %j, and leaves no page', async (request, named) => {
    const error = await errorOf(world.sso.signIn(request as RedirectSignInRequest));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(named);
    expect(world.left).toEqual([]);
  });

  it('refuses a sign-out with an option that there is not, and one of no session, in words of its own', async () => {
    const signOut = (...given: unknown[]) => errorOf(Reflect.apply(world.sso.signOut, undefined, given));
    const unknown = { everywhere: true } as RedirectSignOutRequest;
    expect((await signOut(world.session, unknown)).message).toContain('"everywhere"');
    expect((await signOut(world.session, { returnTo: 5 })).message).toContain('returnTo must be text');
    for (const session of [undefined, null, {}]) {
      expect((await signOut(session)).message).toContain('signOut(session)');
      const error = await errorOf(Reflect.apply(world.sso.complete, undefined, [session]));
      expect(error.message).toContain('complete(session)');
    }
  });

  it('sends the prompt of all sign-ins, and that of one in its place', async () => {
    world.dispose();
    const parameters = { prompt: 'consent', login_hint: 'a@b.c', acr_values: 'pwd' };
    world = createWorld({ parameters });
    expect(Object.fromEntries(await world.begin())).toMatchObject(parameters);
    const asked = await world.begin({ prompt: 'none', loginHint: 'd@e.f', acrValues: ['mfa'] });
    expect(Object.fromEntries(asked)).toMatchObject({ prompt: 'none', login_hint: 'd@e.f', acr_values: 'mfa' });
  });
});

describe('oauth2Token', () => {
  it.each([{ scope: '  ' }, { resource: 'api' }, { resource: 'https://api.example.com/#' }])(
    'refuses %j',
    (options) => {
      const [name = ''] = Object.keys(options);
      expect(() => oauth2Token({ tokenEndpoint: `${ISSUER}/token`, clientId: 'spa', ...options })).toThrow(name);
    },
  );
});
