// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { checkCsrf, createCsrf } from '../../src/backends/csrf.ts';
import { showCookies, talk } from './saying.ts';

const BASE = 'https://api.example.com/auth/';
const at = { baseUrl: BASE };
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
    const known = (cookie: string) => createCsrf({ cookie, header: 'X' }, at).known('POST');
    expect([known('csrftoken'), known('csrf.oken'), known('csrf')]).toEqual([{ X: 'd+=' }, { X: 'c' }, {}]);
  });

  it('is what its server told, and not the cookie of the page’s own host, once that was refused (CSR-3, CSR-4)', async () => {
    showCookies('csrftoken=of-the-page');
    const { context, sent } = talk([200, { csrfToken: 'told' }]);
    const csrf = createCsrf({ path: 'csrf/' }, at);
    expect(await csrf.headers(context, false)).toEqual({ 'X-CSRFToken': 'of-the-page' });
    expect(await csrf.headers(context, true)).toEqual({ 'X-CSRFToken': 'told' });
    expect(await csrf.headers(context, false)).toEqual({ 'X-CSRFToken': 'told' });
    expect(csrf.known('POST')).toEqual({ 'X-CSRFToken': 'told' });
    expect(sent).toHaveLength(1);
    showCookies('csrftoken=another');
    expect(csrf.known('DELETE')).toEqual({ 'X-CSRFToken': 'another' });
    expect(csrf.known('GET')).toEqual({});
  });

  it.each(['path', 'cookie', 'header', 'field'])(
    'has nothing of what every object is made to have as %s (PPL-1)',
    async (name) => {
      Object.assign(Object.prototype, { [name]: 'https://evil.example/' });
      try {
        showCookies('');
        const { context, sent } = talk([200, { csrfToken: 'told' }]);
        await createCsrf({}, at).headers(context, true);
        expect(sent).toEqual([]);
        showCookies('csrftoken=mine');
        expect(await createCsrf({}, at).headers(context, false)).toEqual({ 'X-CSRFToken': 'mine' });
      } finally {
        Reflect.deleteProperty(Object.prototype, name);
      }
    },
  );

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

  it('that cannot be reached gives no value: what is sent without one is refused, and that is an answer (CSR-4)', async () => {
    const context = { ...talk().context, fetch: () => Promise.reject(new TypeError('Failed to fetch')) };
    expect(await csrf().headers(context, false)).toEqual({});
  });
});

it('names the option that is wrong', () => {
  expect(checkCsrf('simpleJwt', { path: 'csrf/' })).toEqual({ path: 'csrf/' });
  expect(() => checkCsrf('simpleJwt', { cookie: 5 } as never)).toThrow(/simpleJwt: csrf\.cookie/);
  expect(() => checkCsrf('simpleJwt', { header: 'X CSRF' })).toThrow(/csrf\.header must be the name of a header/);
  expect(() => checkCsrf('simpleJwt', { cooky: 'x' } as never)).toThrow(TypeError);
});
