// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { type FlaskJwtExtendedOptions, flaskJwtExtended } from '../../src/backends/flask-jwt-extended.ts';
import { answerOf, outcomeOf, type Reply, recordOf, showCookies, talk } from './saying.ts';

const BASE = 'https://api.example.com/auth/';
const URL_OF_API = new URL('https://api.example.com/api/');
const RECORD = recordOf({ accessToken: 'a.1', refreshToken: 'r.1' });
const CARRIER = recordOf();
const backendOf = (options: Partial<FlaskJwtExtendedOptions> = {}) => flaskJwtExtended({ baseUrl: BASE, ...options });
const refreshing = (reply: Reply): Promise<unknown> =>
  outcomeOf(backendOf().refresh?.(RECORD, talk(reply).context) as Promise<unknown>);

describe('Flask-JWT-Extended with tokens in headers', () => {
  it('sends the refresh token as Bearer to its endpoint, never the access token (C49, ATT-10)', async () => {
    const { sent, context } = talk([200, { access_token: 'a.2', refresh_token: 'r.2' }]);
    expect(await backendOf().refresh?.(RECORD, context)).toMatchObject({ accessToken: 'a.2', refreshToken: 'r.2' });
    expect(sent.map(({ method, url, body, headers }) => [method, url, body, headers.get('Authorization')])).toEqual([
      ['POST', `${BASE}refresh`, '{}', 'Bearer r.1'],
    ]);
  });

  it('revokes both tokens on sign-out, one after the other, although one is dead already', async () => {
    const { sent, context } = talk([401, { msg: 'Token has expired' }], [200, {}]);
    await backendOf().revoke?.(RECORD, context, { everywhere: false });
    expect(sent.map(({ method, url, headers }) => `${method} ${url} ${headers.get('Authorization')}`)).toEqual([
      `DELETE ${BASE}logout Bearer a.1`,
      `DELETE ${BASE}logout Bearer r.1`,
    ]);
  });

  it('signs out everywhere, by another method and at another path where the project says so', async () => {
    const { sent, context } = talk([200, {}]);
    const backend = backendOf({ logoutMethod: 'POST', paths: { logout: 'bye', everywhere: 'bye/all' } });
    await backend.revoke?.(recordOf({ accessToken: 'a.1' }), context, { everywhere: true });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([`POST ${BASE}bye/all`, `POST ${BASE}bye`]);
    expect(backendOf({ paths: { logout: false } }).revoke).toBeUndefined();
  });

  it.each<[string, Reply, string]>([
    ['401 expired', [401, { msg: 'Token has expired' }], 'refresh-rejected'],
    ['401 revoked', [401, { msg: 'Token has been revoked' }], 'refresh-rejected'],
    ['401 in another language', [401, { msg: 'Jeton expiré' }], 'refresh-rejected'],
    ['422 for no token of this server', [422, { msg: 'Signature verification failed' }], 'refresh-rejected'],
    ['a 401 of a gateway', [401, { message: 'Unauthorized' }], 'auth-unavailable'],
    ['a 401 in HTML', [401, '<h1>401</h1>'], 'auth-unavailable'],
    ['a 422 of the project', [422, { errors: { name: 'missing' } }], 'auth-unavailable'],
    ['a 403', [403, { msg: 'no' }], 'auth-unavailable'],
    ['a 503', [503, { msg: 'Token has expired' }], 'auth-unavailable'],
  ])('hears %s to a refresh as a verdict or none (C25, ROT-6)', async (_, reply, code) => {
    expect(await refreshing(reply)).toMatchObject({ code });
  });

  it.each<[number, unknown, unknown]>([
    [401, { msg: 'Token has expired' }, 'refused'],
    [401, { msg: 'Missing Authorization Header' }, 'refused'],
    [401, undefined, 'refused'],
    [422, { msg: 'Signature verification failed' }, 'refused'],
    [422, { msg: 'Unprocessable', errors: { name: ['missing'] } }, 'accepted'],
    [422, { errors: {} }, 'accepted'],
    [422, undefined, 'accepted'],
    [401, { msg: 'Fresh token required' }, { stepUp: { maxAge: 0 } }],
    [401, { msg: 'CSRF double submit tokens do not match' }, 'refused'],
    [403, { msg: 'Token has expired' }, 'accepted'],
    [500, { msg: 'Fresh token required' }, 'accepted'],
    [401, JSON.parse('{"__proto__":{"msg":"Fresh token required"}}'), 'refused'],
  ])('takes %i with %j from an API for %j (B6)', async (status, body, judgement) => {
    expect(await backendOf().judge?.(answerOf(status, body))).toEqual(judgement);
  });

  it('knows the texts that a project has translated (B6)', async () => {
    const backend = backendOf({ cookies: true, texts: { freshRequired: 'Frisch bitte', csrfRefused: ['Kein CSRF'] } });
    expect(await backend.judge?.(answerOf(401, { msg: 'Frisch bitte' }))).toEqual({ stepUp: { maxAge: 0 } });
    expect(await backend.judge?.(answerOf(401, { msg: 'Kein CSRF' }))).toBe('resend');
    expect(await backend.judge?.(answerOf(401, { msg: 'Fresh token required' }))).toBe('refused');
  });
});

describe('Flask-JWT-Extended with tokens in cookies', () => {
  const cookies = (options: Partial<FlaskJwtExtendedOptions> = {}) => backendOf({ cookies: true, ...options });
  const BOTH = 'csrf_access_token=access; csrf_refresh_token=refresh';

  it('shows the refresh secret to a refresh and the access secret to the rest (CSR-2, C49)', async () => {
    showCookies(BOTH);
    const { sent, context } = talk([200, { refresh: true }]);
    expect(await cookies({ accessLifetime: 5000 }).refresh?.(CARRIER, context)).toEqual({ lifetime: 5000 });
    await cookies().revoke?.(CARRIER, context, { everywhere: false });
    expect(sent.map(({ method, url, headers }) => `${method} ${url} ${headers.get('X-CSRF-TOKEN')}`)).toEqual([
      `POST ${BASE}refresh refresh`,
      `POST ${BASE}logout access`,
    ]);
    expect(sent.map(({ credentials, headers }) => [credentials, headers.get('Authorization')])).toEqual(
      Array(2).fill(['include', null]),
    );
  });

  it('shows the access secret, read anew, to an API whose method changes something, and the cookie to every one (CSR-2)', () => {
    const { present } = cookies();
    const presented = (method: string): unknown => present?.(CARRIER, { url: URL_OF_API, method });
    showCookies(BOTH);
    expect(presented('POST')).toEqual({ credentials: 'include', headers: { 'X-CSRF-TOKEN': 'access' } });
    expect(presented('GET')).toEqual({ credentials: 'include', headers: {} });
    showCookies('csrf_access_token=rotated');
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(presented(method)).toEqual({ credentials: 'include', headers: { 'X-CSRF-TOKEN': 'rotated' } });
    // One of two was planted from a subdomain (CSR-6).
    showCookies('csrf_access_token=planted; csrf_access_token=access');
    expect(presented('POST')).toEqual({ credentials: 'include', headers: {} });
  });

  it.each(['CSRF double submit tokens do not match', 'Missing CSRF token'])(
    'does not take "%s" for the end of the session (CSR-4)',
    async (msg) => {
      const { sent, context } = talk([401, { msg }], [200, { refresh: true }]);
      expect(await cookies().refresh?.(CARRIER, context)).toEqual({ lifetime: undefined });
      expect(sent).toHaveLength(2);
      const refused = talk([401, { msg }]);
      const error = await outcomeOf(cookies().refresh?.(CARRIER, refused.context));
      expect(error).toMatchObject({ code: 'auth-unavailable', status: 401 });
      expect(await cookies().judge?.(answerOf(401, { msg }))).toBe('resend');
    },
  );

  it('names the cookies and the header that a project has renamed', async () => {
    showCookies('a=access; r=refresh');
    const { sent, context } = talk([200, {}]);
    const backend = cookies({ csrf: { accessCookie: 'a', refreshCookie: 'r', header: 'X-Mine' } });
    await backend.refresh?.(CARRIER, context);
    expect(sent[0]?.headers.get('X-Mine')).toBe('refresh');
    expect(backend.present?.(CARRIER, { url: URL_OF_API, method: 'POST' })).toMatchObject({
      headers: { 'X-Mine': 'access' },
    });
  });

  it('has no credential and no header of its own where tokens are in headers', () => {
    expect([backendOf().present, backendOf().credential]).toEqual([undefined, 'record']);
  });
});

it.each<[Partial<FlaskJwtExtendedOptions>, RegExp]>([
  [{ accessLifetime: Number.POSITIVE_INFINITY }, /accessLifetime must be milliseconds/],
  [{ logoutMethod: 'GET' as never }, /logoutMethod must be DELETE or POST/],
  [{ cookies: true, csrf: { cookie: 'x' } as never }, /no option "csrf\.cookie"/],
  [{ texts: { csrfRefused: 'x' } as never }, /texts\.csrfRefused must be a list/],
  [{ texts: { csrfRefused: [1] as never } }, /texts\.csrfRefused must be a list/],
  [{ accessLifetime: 1 }, /for cookies: true/],
  [{ csrf: { header: 'X' } }, /for cookies: true/],
  [{ paths: null as never }, /paths must be an object/],
])('flaskJwtExtended refuses %j', (options, message) => {
  expect(() => backendOf(options)).toThrow(message);
});
