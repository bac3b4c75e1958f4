// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { type CookieSessionOptions, cookieSession } from '../../src/backends/cookie-session.ts';
import { answerOf, outcomeOf, type Reply, recordOf, showCookies, talk } from './saying.ts';

const BASE = 'https://api.example.com/jar/';
const API = { url: new URL('https://api.example.com/api/'), method: 'POST' };
const CARRIER = recordOf();
const backendOf = (options: Partial<CookieSessionOptions> = {}) =>
  cookieSession({ baseUrl: BASE, accessLifetime: 300_000, ...options });

describe('cookies that the server renews by itself', () => {
  it('signs in, lets one probe go ahead, and logs out, with the cookie and the CSRF value (C49, CSR-1, CSR-5)', async () => {
    showCookies('csrftoken=value');
    const { sent, context } = talk([200, { username: 'alice' }]);
    const backend = backendOf({ paths: { everywhere: 'logout/all/' } });
    expect(await backend.signIn?.({ username: 'alice', password: 'x' }, context)).toEqual({ lifetime: 300_000 });
    expect(await backend.refresh?.(CARRIER, context)).toEqual({ lifetime: 300_000 });
    await backend.revoke?.(CARRIER, context, { everywhere: true });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${BASE}login/`,
      `GET ${BASE}me/`,
      `POST ${BASE}logout/all/`,
      `POST ${BASE}logout/`,
    ]);
    expect(
      sent.map(({ headers, credentials, keepalive }) => [headers.get('X-CSRFToken'), credentials, keepalive]),
    ).toEqual(Array(4).fill(['value', 'include', true]));
  });

  it.each<[string, Reply, string]>([
    ['a 401 in JSON', [401, { detail: 'Authentication credentials were not provided.' }], 'refresh-rejected'],
    ['the page of a proxy', [401, '<h1>401</h1>'], 'auth-unavailable'],
    ['a 403', [403, { detail: 'no' }], 'auth-unavailable'],
    ['a redirect to a sign-in page', [302, ''], 'auth-unavailable'],
    ['a 503', [503, {}], 'auth-unavailable'],
  ])('hears %s to the probe as a verdict or none (C25)', async (_, reply, code) => {
    expect(await outcomeOf(backendOf().refresh?.(CARRIER, talk(reply).context))).toMatchObject({ code });
  });

  it('lets the cookie go with each request of the API, and the CSRF value, read anew, with what changes something (CSR-2)', () => {
    const { present } = backendOf();
    showCookies('csrftoken=one');
    expect(present?.(CARRIER, API)).toEqual({ credentials: 'include', headers: { 'X-CSRFToken': 'one' } });
    showCookies('csrftoken=two');
    expect(present?.(CARRIER, API)).toMatchObject({ headers: { 'X-CSRFToken': 'two' } });
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect(present?.(CARRIER, { ...API, method })).toEqual({ credentials: 'include', headers: {} });
    showCookies('csrftoken=planted; csrftoken=two');
    expect(present?.(CARRIER, API)).toEqual({ credentials: 'include', headers: {} });
    showCookies('csrftoken=two');
    expect(backendOf({ csrf: false }).present?.(CARRIER, API)).toEqual({ credentials: 'include', headers: {} });
  });

  it.each<[number, unknown, string]>([
    [401, { detail: 'no' }, 'refused'],
    [403, undefined, 'resend'],
    [403, { detail: 'CSRF Failed: CSRF token missing.' }, 'resend'],
    [403, { detail: 'You do not have permission to perform this action.' }, 'accepted'],
    [404, undefined, 'accepted'],
  ])('takes %i with %j from an API for %j (CSR-4)', async (status, body, judgement) => {
    expect(await backendOf().judge?.(answerOf(status, body))).toBe(judgement);
  });

  it('leaves its probe to the app as well, which loads the user there', () => {
    expect(backendOf().endpoints).toEqual([`${BASE}login/`, `${BASE}logout/`]);
    expect(() => backendOf({ paths: { probe: 'http://api.example.com/me/' } })).toThrow(TypeError);
  });

  it('takes no 403 for a CSRF refusal where the server does not ask for a value', async () => {
    expect(await backendOf({ csrf: false }).judge?.(answerOf(403, undefined))).toBe('accepted');
  });
});

describe('cookies of another host, which the page cannot read', () => {
  it('gives a request of the API the value that the server told, and another one once that was refused (CSR-2, CSR-4)', async () => {
    const backend = backendOf({ csrf: { path: 'csrf/' } });
    const { sent, context } = talk([200, { csrfToken: 'told' }], [200, {}]);
    await backend.refresh?.(CARRIER, context);
    expect(sent.map(({ url }) => url)).toEqual([`${BASE}csrf/`, `${BASE}me/`]);
    expect(backend.present?.(CARRIER, API)).toMatchObject({ headers: { 'X-CSRFToken': 'told' } });

    const asked = vi.fn(async () => Response.json({ csrfToken: 'told-again' }));
    vi.stubGlobal('fetch', asked);
    const judged = Array.from({ length: 20 }, () => backend.judge?.(answerOf(403, '<h1>Forbidden</h1>')));
    expect(new Set(await Promise.all(judged))).toEqual(new Set(['resend']));
    expect(asked).toHaveBeenCalledTimes(1);
    expect(asked).toHaveBeenCalledWith(`${BASE}csrf/`, expect.objectContaining({ credentials: 'include' }));
    expect(backend.present?.(CARRIER, API)).toMatchObject({ headers: { 'X-CSRFToken': 'told-again' } });
  });

  it('goes on without a value where the server tells none, and asks nobody where it names no path (CSR-4)', async () => {
    const asked = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')));
    vi.stubGlobal('fetch', asked);
    const backend = backendOf({ csrf: { path: 'csrf/' } });
    expect(await backend.judge?.(answerOf(403, undefined))).toBe('resend');
    expect(backend.present?.(CARRIER, API)).toEqual({ credentials: 'include', headers: {} });
    expect(await backendOf({}).judge?.(answerOf(403, undefined))).toBe('resend');
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('lets a GET alone, which shows nothing that could be refused', async () => {
    expect(await backendOf({}).judge?.({ ...answerOf(403, '<h1>no</h1>'), method: 'GET' })).toBe('accepted');
  });
});

it.each<[Partial<CookieSessionOptions>, RegExp]>([
  [{ accessLifetime: undefined as never }, /accessLifetime must be milliseconds/],
  [{ accessLifetime: Number.POSITIVE_INFINITY }, /accessLifetime must be milliseconds/],
  [{ csrf: true as never }, /csrf must be an object or false/],
  [{ paths: { login: 'x' } as never }, /no option "paths\.login"/],
])('cookieSession refuses %j', (options, message) => {
  expect(() => backendOf(options)).toThrow(message);
});
