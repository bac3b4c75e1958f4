// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { createCsrf, csrfOptions, csrfValue } from '../../src/backends/csrf.ts';
import { outcomeOf, showCookies, talk } from './saying.ts';

const BASE = 'https://api.example.com/auth/';
const at = (path: string): string => `${BASE}${path}`;
const DJANGO = { cookie: 'csrftoken', header: 'X-CSRFToken' };

describe('the CSRF value', () => {
  it('is read anew for each send, because it changes with a sign-in and with each refresh (CSR-2)', async () => {
    const { context, sent } = talk();
    const csrf = createCsrf(DJANGO, at);
    showCookies('theme=dark; csrftoken=one; lang=en');
    expect(await csrf.headers(context, false)).toEqual({ 'X-CSRFToken': 'one' });
    showCookies('csrftoken=two');
    expect(await csrf.headers(context, false)).toEqual({ 'X-CSRFToken': 'two' });
    expect(sent).toEqual([]);
  });

  it('is found by the exact name of its cookie, and decoded (CKI-5)', () => {
    showCookies('xcsrftoken=a; csrftoken2=b; csrf.oken=c; csrftoken=d%2B%3D');
    expect([csrfValue('csrftoken'), csrfValue('csrf.oken'), csrfValue('csrf')]).toEqual(['d+=', 'c', undefined]);
  });

  it.each([
    ['another value', 'csrftoken=planted; csrftoken=mine'],
    ['the same value', 'csrftoken=mine; csrftoken=mine'],
  ])('is none where a second cookie of its name was planted with %s (CSR-6, CKI-4)', async (_, cookie) => {
    showCookies(cookie);
    expect(await createCsrf(DJANGO, at).headers(talk().context, false)).toEqual({});
  });

  it('is the server’s own word, and not a planted cookie, where there is a path to ask for it (CSR-6, CKI-4)', async () => {
    showCookies('csrftoken=planted; csrftoken=mine');
    const { context, sent } = talk([200, { csrfToken: 'told' }]);
    expect(await createCsrf({ ...DJANGO, path: 'csrf/' }, at).headers(context, false)).toEqual({
      'X-CSRFToken': 'told',
    });
    expect(sent).toMatchObject([{ url: `${BASE}csrf/`, method: 'GET', credentials: 'include', body: undefined }]);
  });

  it.each(['a b', 'a\nb', 'é', '%0d%0aX-Evil: 1', ''])('is none if no header can carry it: %j', async (value) => {
    showCookies(`csrftoken=${value}`);
    expect(await createCsrf(DJANGO, at).headers(talk().context, false)).toEqual({});
  });

  it('is none where there is no page, or a page that may have no cookies', async () => {
    const csrf = createCsrf(DJANGO, at);
    expect(await csrf.headers(talk().context, false)).toEqual({});
    vi.stubGlobal('document', {
      get cookie(): string {
        throw new DOMException('sandboxed', 'SecurityError');
      },
    });
    expect(await csrf.headers(talk().context, false)).toEqual({});
  });
});

describe('a path that sets the CSRF cookie', () => {
  const csrf = () => createCsrf({ ...DJANGO, path: 'csrf/' }, at);

  it('is asked once, where the page finds no value, and what it says is kept (CSR-2)', async () => {
    const { context, sent } = talk([200, { csrfToken: 'told' }]);
    const asked = csrf();
    for (let time = 0; time < 3; time += 1)
      expect(await asked.headers(context, false)).toEqual({ 'X-CSRFToken': 'told' });
    expect(sent).toHaveLength(1);
  });

  it('is asked again once the value was refused, and a cookie that it sets goes before what it says (CSR-4)', async () => {
    const { context, sent } = talk([200, { csrfToken: 'told' }], [200, { csrfToken: 'told-again' }]);
    const asked = csrf();
    await asked.headers(context, false);
    expect(await asked.headers(context, true)).toEqual({ 'X-CSRFToken': 'told-again' });
    showCookies('csrftoken=cookie');
    expect(await asked.headers(context, false)).toEqual({ 'X-CSRFToken': 'cookie' });
    expect(sent).toHaveLength(2);
  });

  it('may call the value by another name', async () => {
    const { context } = talk([200, { token: 'told' }]);
    const asked = createCsrf({ ...DJANGO, path: 'csrf/', field: 'token' }, at);
    expect(await asked.headers(context, false)).toEqual({ 'X-CSRFToken': 'told' });
  });

  it.each([
    ['HTML', '<p>'],
    ['a number', { csrfToken: 5 }],
    ['an inherited value', JSON.parse('{"__proto__":{"csrfToken":"x"}}')],
  ])('that answers with %s gives no value', async (_, body) => {
    expect(await csrf().headers(talk([200, body]).context, false)).toEqual({});
  });

  it('that cannot be reached leaves the session as it is: there is no verdict (CSR-4)', async () => {
    const context = { ...talk().context, fetch: () => Promise.reject(new TypeError('Failed to fetch')) };
    expect(await outcomeOf(csrf().headers(context, false))).toMatchObject({ code: 'auth-unavailable' });
  });
});

it('names the option that is wrong, and keeps what the preset knows where nothing is said', () => {
  expect(csrfOptions('simpleJwt', { path: 'csrf/' }, DJANGO)).toMatchObject({ ...DJANGO, path: 'csrf/' });
  expect(() => csrfOptions('simpleJwt', { cookie: 5 } as never, DJANGO)).toThrow(/simpleJwt: csrf\.cookie/);
  expect(() => csrfOptions('simpleJwt', { cooky: 'x' } as never, DJANGO)).toThrow(TypeError);
});
