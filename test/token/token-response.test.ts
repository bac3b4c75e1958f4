import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAuthError } from '../../src/errors.ts';
import { readTokenResponse } from '../../src/token/token-response.ts';

const PLAIN = { access_token: 'a', token_type: 'Bearer' };

describe('readTokenResponse', () => {
  it('reads a whole response of RFC 6749 section 5.1 (ROT-9)', () => {
    const body = { ...PLAIN, refresh_token: 'r', id_token: 'i', scope: 'read write', expires_in: 300 };
    expect(readTokenResponse(body)).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
      idToken: 'i',
      scope: 'read write',
      lifetime: 300_000,
    });
  });

  it('reads a response without expires_in, refresh token or token type, which is legal (ROT-9, C31)', () => {
    expect(readTokenResponse({ access_token: 'a' })).toEqual({
      accessToken: 'a',
      refreshToken: undefined,
      scope: undefined,
      lifetime: undefined,
    });
  });

  it('ignores members that it does not know, whatever is in them (ROT-9)', () => {
    const extra = { session_state: 5, error: null, accessToken: 'no', refresh: [], nested: { access_token: 'no' } };
    expect(readTokenResponse({ ...PLAIN, ...extra })).toEqual(readTokenResponse(PLAIN));
  });

  it('takes null for absent, as some servers send it', () => {
    const body = { ...PLAIN, refresh_token: null, id_token: null, scope: null, expires_in: null, token_type: null };
    expect(readTokenResponse(body)).toEqual(readTokenResponse(PLAIN));
  });

  it.each([
    [300, 300_000],
    ['300', 300_000],
    [0, 0],
    [0.5, 500],
    ['1e3', 1_000_000],
  ])('reads expires_in %j (ROT-9)', (expires, lifetime) => {
    expect(readTokenResponse({ ...PLAIN, expires_in: expires }).lifetime).toBe(lifetime);
  });

  it.each(['soon', '', ' ', '5 minutes', -1, '-1', Number.NaN, Number('1e400'), '1e400', 1e306, true, [], [300], {}])(
    'refuses expires_in %j (ROT-9, JWT-5)',
    (expires) => {
      expect(() => readTokenResponse({ ...PLAIN, expires_in: expires })).toThrow('expires_in');
    },
  );

  it.each([
    [1800, 1_800_000],
    ['1800', 1_800_000],
    [0, undefined],
    [null, undefined],
    ['soon', undefined],
    [{}, undefined],
  ])('reads refresh_expires_in %j, which is a hint, and never refused', (expires, refreshLifetime) => {
    expect(readTokenResponse({ ...PLAIN, refresh_expires_in: expires }).refreshLifetime).toBe(refreshLifetime);
  });

  it('takes an id_token for an ID token only where the others go by their names of OAuth', () => {
    const names = { accessToken: 'access', refreshToken: 'refresh' };
    expect(readTokenResponse({ access: 'a', refresh: 'r', id_token: 'i' }, names)).toEqual({
      accessToken: 'a',
      refreshToken: 'r',
    });
    expect(readTokenResponse({ access: 'a', id_token: { id: 7 } }, names)).toEqual({ accessToken: 'a' });
    expect(() => readTokenResponse({ ...PLAIN, id_token: { id: 7 } })).toThrow('id_token');
  });

  it.each(['Bearer', 'bearer', 'BEARER'])('understands token type %s (ATT-8)', (type) => {
    expect(readTokenResponse({ ...PLAIN, token_type: type }).accessToken).toBe('a');
  });

  it.each(['DPoP', 'mac', 'N_A', 'JWT', ''])('refuses token type %j (ATT-8, ROT-9)', (type) => {
    expect(() => readTokenResponse({ ...PLAIN, token_type: type })).toThrow('token_type');
  });

  it.each([undefined, null, '', 'text', 5, true, [], [PLAIN]])('refuses a body that is %j (ROT-9)', (body) => {
    expect(() => readTokenResponse(body)).toThrow('no JSON object');
  });

  it.each([undefined, null, '', 5, true, {}, ['a']])('refuses an access token that is %j (ROT-9)', (token) => {
    expect(() => readTokenResponse({ access_token: token })).toThrow('access_token');
  });

  it('never takes what it inherits for what the server sent (PPL-1, PPL-2)', () => {
    const inherited = Object.create({ access_token: 'evil', refresh_token: 'evil', expires_in: 1 });
    expect(() => readTokenResponse(inherited)).toThrow('access_token');
    const planted: unknown = JSON.parse('{"access_token":"a","__proto__":{"refresh_token":"evil","expires_in":1}}');
    expect(readTokenResponse(planted)).toEqual(readTokenResponse(PLAIN));
  });

  it('gives tokens or a typed error for any JSON, and no error says what was in it (ROT-9, LOG-2)', () => {
    const member = fc.oneof(fc.jsonValue(), fc.constant('CANARY'));
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record(
        { access_token: member, refresh_token: member, token_type: member, scope: member, expires_in: member },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(body, (value) => {
        try {
          const { lifetime = 0 } = readTokenResponse(value);
          expect(Number.isFinite(lifetime) && lifetime >= 0).toBe(true);
        } catch (error) {
          expect(isAuthError(error)).toBe(true);
          expect(String(error)).not.toContain('CANARY');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
