import { afterEach, describe, expect, it, vi } from 'vitest';
import { simpleJwt } from '../../src/backends/simple-jwt.ts';
import { answering, contextOf } from './local-server.ts';

const BASE = 'https://api.example.com/auth';

function make(options: unknown): ReturnType<typeof simpleJwt> {
  return simpleJwt(options as never);
}

afterEach(() => vi.unstubAllGlobals());

describe('the options of simpleJwt', () => {
  it.each([
    ['nothing', undefined, 'baseUrl'],
    ['null', null, 'baseUrl'],
    ['no baseUrl', {}, 'baseUrl'],
    ['an empty baseUrl', { baseUrl: '' }, 'baseUrl'],
    ['a baseUrl that is no text', { baseUrl: new URL(BASE) }, 'baseUrl'],
    ['a baseUrl over plain http', { baseUrl: 'http://api.example.com/auth' }, 'https'],
    ['a baseUrl with a password', { baseUrl: 'https://alice:CANARY@api.example.com' }, 'user'],
    ['an unknown option', { baseUrl: BASE, url: BASE }, '"url"'],
    ['an unknown path', { baseUrl: BASE, paths: { logout: 'x/' } }, '"paths.logout"'],
    ['a path that is no text', { baseUrl: BASE, paths: { refresh: 5 } }, 'paths.refresh'],
    ['a path that is empty', { baseUrl: BASE, paths: { obtain: '' } }, 'paths.obtain'],
    ['paths that are text', { baseUrl: BASE, paths: 'token/' }, 'paths'],
    ['no obtain path', { baseUrl: BASE, paths: { obtain: false } }, 'paths.obtain'],
    ['blacklist: true', { baseUrl: BASE, paths: { blacklist: true } }, 'paths.blacklist'],
    ['an unknown field', { baseUrl: BASE, fields: { token: 'x' } }, '"fields.token"'],
    ['a field that is no text', { baseUrl: BASE, fields: { access: 5 } }, 'fields.access'],
    ['a header type of two words', { baseUrl: BASE, headerType: 'Bearer x' }, 'headerType'],
    ['a header type that splits a header', { baseUrl: BASE, headerType: 'Bearer\r\nX' }, 'headerType'],
    ['a header type that is no text', { baseUrl: BASE, headerType: 5 }, 'headerType'],
    ['sliding: "no"', { baseUrl: BASE, sliding: 'no' }, 'sliding'],
    ['allowInsecure: "no"', { baseUrl: 'http://api.example.com', allowInsecure: 'no' }, 'allowInsecure'],
    ['blacklistNeedsAccessToken: 1', { baseUrl: BASE, blacklistNeedsAccessToken: 1 }, 'blacklistNeedsAccessToken'],
  ])('refuse %s, and name it', (_, options, named) => {
    expect(() => make(options)).toThrow(TypeError);
    expect(() => make(options)).toThrow(named);
    expect(() => make(options)).not.toThrow('CANARY');
  });

  it('may leave an option undefined, which is its default', () => {
    const options = { baseUrl: BASE, paths: undefined, fields: undefined, headerType: undefined, sliding: undefined };
    expect(make(options).endpoints).toEqual([
      `${BASE}/token/`,
      `${BASE}/token/refresh/`,
      `${BASE}/token/verify/`,
      `${BASE}/token/blacklist/`,
    ]);
  });

  it('leave a sign-out local where there is no log-out view', () => {
    expect(make({ baseUrl: BASE, paths: { blacklist: false } }).revoke).toBeUndefined();
    expect(make({ baseUrl: BASE, sliding: true }).revoke).toBeUndefined();
    expect(make({ baseUrl: BASE, paths: { blacklist: false } }).endpoints).toHaveLength(3);
  });

  it('take a relative baseUrl from the page, and have nothing to say where there is none', () => {
    vi.stubGlobal('location', new URL('https://app.example.com/x/'));
    vi.stubGlobal('document', { baseURI: 'https://app.example.com/x/' });
    expect(make({ baseUrl: '/auth' }).endpoints?.[0]).toBe('https://app.example.com/auth/token/');
    vi.stubGlobal('location', undefined);
    vi.stubGlobal('document', undefined);
    expect(make({ baseUrl: '/auth' }).endpoints).toEqual([]);
  });

  it('do not send a password where a base element of another origin points (ATT-10, PPL-5)', async () => {
    vi.stubGlobal('location', new URL('https://app.example.com/x/'));
    vi.stubGlobal('document', { baseURI: 'https://evil.example/' });
    const sent: string[] = [];
    const send = answering({ access: 'a' });
    const recording: typeof fetch = (input, init) => {
      sent.push(String(input));
      return send(input, init);
    };
    await make({ baseUrl: '/auth' }).signIn?.({ username: 'alice', password: 'right' }, contextOf(recording));
    expect(sent).toEqual(['https://app.example.com/auth/token/']);
  });
});
