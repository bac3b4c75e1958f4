// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { djoser } from '../../src/backends/djoser.ts';
import { type SimpleJwtOptions, simpleJwt } from '../../src/backends/simple-jwt.ts';
import { outcomeOf, type Reply, recordOf, showCookies, talk } from './saying.ts';

const BASE = 'https://api.example.com/cookie/';
/** What the engine hands over where all that is left of a session is its cookie. */
const CARRIER = recordOf();
const backendOf = (options: Partial<SimpleJwtOptions> = {}) =>
  simpleJwt({
    baseUrl: BASE,
    refreshCookie: true,
    paths: { obtain: 'login/', refresh: 'refresh/', blacklist: 'logout/' },
    ...options,
  });

describe('SimpleJWT with its refresh token in an httpOnly cookie', () => {
  it('signs in, refreshes and logs out with the cookie and the CSRF value, and no token in a body (C49, CSR-1, CSR-5)', async () => {
    showCookies('csrftoken=value');
    const { sent, context } = talk([200, { access: 'a.1' }]);
    const backend = backendOf();
    expect(await backend.signIn?.({ username: 'alice', password: 'x' }, context)).toMatchObject({ accessToken: 'a.1' });
    await backend.refresh?.(CARRIER, context);
    await backend.revoke?.(CARRIER, context, { everywhere: false });
    expect(sent.map(({ url, method, body }) => `${method} ${url} ${body}`)).toEqual([
      `POST ${BASE}login/ {"username":"alice","password":"x"}`,
      `POST ${BASE}refresh/ {}`,
      `POST ${BASE}logout/ {}`,
    ]);
    for (const { headers, credentials } of sent)
      expect([headers.get('X-CSRFToken'), headers.get('Authorization'), credentials]).toEqual([
        'value',
        null,
        'include',
      ]);
  });

  it('lets the browser send the cookie to its own endpoints alone: a request of the API carries the access token (ATT-11)', () => {
    const backend = backendOf({ csrf: { path: 'csrf/' } });
    expect(backend.present).toBeUndefined();
    expect(backend.credential).toBe('cookie');
    expect(backend.endpoints).toEqual(
      ['login/', 'refresh/', 'token/verify/', 'logout/', 'csrf/'].map((path) => `${BASE}${path}`),
    );
  });

  it('asks for no CSRF value where the project has switched that off, and for another one where it was renamed', async () => {
    showCookies('csrftoken=value; other=b');
    const { sent, context } = talk([200, { access: 'a.1' }]);
    await backendOf({ csrf: false }).refresh?.(CARRIER, context);
    await backendOf({ csrf: { cookie: 'other', header: 'X-Other' } }).refresh?.(CARRIER, context);
    expect(sent.map(({ headers }) => [headers.get('X-CSRFToken'), headers.get('X-Other')])).toEqual([
      [null, null],
      [null, 'b'],
    ]);
  });

  it.each<[string, Reply]>([
    ['Django’s own page', [403, '<!DOCTYPE html><h1>Forbidden</h1>']],
    ['the REST framework’s words', [403, { detail: 'CSRF Failed: CSRF token missing.' }]],
  ])('tries once more what %s refused, and does not take it for the end of the session (CSR-4)', async (_, refusal) => {
    const { sent, context } = talk(refusal, [200, { access: 'a.2' }]);
    expect(await backendOf().refresh?.(CARRIER, context)).toMatchObject({ accessToken: 'a.2' });
    expect(sent).toHaveLength(2);
    const refused = talk(refusal);
    expect(await outcomeOf(backendOf().refresh?.(CARRIER, refused.context))).toMatchObject({
      code: 'auth-unavailable',
    });
    expect(refused.sent).toHaveLength(2);
  });

  it('is signed out by a code of SimpleJWT in a 403, which is what the REST framework makes of a 401 in a bare view (C25)', async () => {
    const { sent, context } = talk([403, { detail: 'Token is blacklisted', code: 'token_not_valid' }]);
    expect(await outcomeOf(backendOf().refresh?.(CARRIER, context))).toMatchObject({ code: 'refresh-rejected' });
    expect(sent).toHaveLength(1);
  });

  it('shows a user the 403 that says why they may not sign in, after one try', async () => {
    const { sent, context } = talk([403, { detail: 'This account is locked.' }]);
    const error = await outcomeOf(backendOf().signIn?.({ username: 'alice', password: 'x' }, context));
    expect(error).toMatchObject({ code: 'sign-in-rejected', status: 403, serverMessage: 'This account is locked.' });
    expect(sent).toHaveLength(1);
  });

  it.each<[string, Reply, string]>([
    ['no cookie', [401, { detail: 'No refresh cookie', code: 'no_refresh_cookie' }], 'refresh-rejected'],
    ['a dead one', [401, { detail: 'Token is blacklisted', code: 'token_not_valid' }], 'refresh-rejected'],
    ['a page of a proxy', [401, '<h1>401</h1>'], 'auth-unavailable'],
    ['a 403 of the project', [403, { detail: 'Not from here.' }], 'auth-unavailable'],
    ['no access token', [200, {}], 'token-response'],
  ])('hears %s as a verdict or none', async (_, reply, code) => {
    expect(await outcomeOf(backendOf().refresh?.(CARRIER, talk(reply).context))).toMatchObject({ code });
  });

  it('logs out everywhere before it logs out here, while there still is a cookie', async () => {
    const { sent, context } = talk([204]);
    const paths = { blacklist: 'logout/', everywhere: 'logout/all/' };
    await backendOf({ paths }).revoke?.(CARRIER, context, { everywhere: true });
    await backendOf({ paths }).revoke?.(CARRIER, context, { everywhere: false });
    expect(sent.map(({ url }) => url)).toEqual(['logout/all/', 'logout/', 'logout/'].map((path) => `${BASE}${path}`));
  });

  it('refuses options that make no sense together, or at all', () => {
    expect(() => backendOf({ sliding: true })).toThrow(/sliding/);
    expect(() => backendOf({ csrf: true as never })).toThrow(/simpleJwt: csrf must be an object or false/);
    expect(() => backendOf({ csrf: { header: 5 } as never })).toThrow(/csrf\.header/);
    expect(() => backendOf({ blacklistNeedsAccessToken: true })).toThrow(/cookie alone/);
    expect(() => simpleJwt({ baseUrl: BASE, csrf: {} })).toThrow(/csrf is for refreshCookie/);
    expect(() => simpleJwt({ baseUrl: BASE, sliding: true, fields: { access: 'x' } })).toThrow(/sliding has one token/);
    expect(() => djoser({ baseUrl: BASE, sliding: true } as never)).toThrow(/no option "sliding"/);
  });

  it('keeps no refresh token, also where a view sends it along', () => {
    expect(backendOf().tokensFrom({ access: 'a', refresh: 'r' })).toMatchObject({
      accessToken: 'a',
      refreshToken: undefined,
    });
  });
});
