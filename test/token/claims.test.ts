import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { dateOf, decodeClaims, lifetimeOf, subjectOf } from '../../src/token/claims.ts';

const RECEIVED = Date.UTC(2030, 0, 1);
const SECOND = RECEIVED / 1000;

function base64url(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('base64url');
}

function jwt(payload: unknown, signature = 'signature'): string {
  const text = typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? '');
  return `${base64url('{"alg":"RS256"}')}.${base64url(text)}.${signature}`;
}

describe('decodeClaims', () => {
  it('reads the payload of a JWT, with every character of it', () => {
    expect(decodeClaims(jwt({ sub: 'käthe 🔑', exp: SECOND, nested: { a: [1] } }))).toEqual({
      sub: 'käthe 🔑',
      exp: SECOND,
      nested: { a: [1] },
    });
  });

  it('takes claims for a hint: a signature is neither needed nor looked at (JWT-1)', () => {
    const claims = { sub: 'alice' };
    const unsigned = `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(claims))}.`;
    expect(decodeClaims(unsigned)).toEqual(claims);
    expect(decodeClaims(jwt(claims, 'forged'))).toEqual(claims);
    expect(decodeClaims(`not-json.${base64url(JSON.stringify(claims))}.x`)).toEqual(claims);
  });

  it('gives claims that nobody can write on', () => {
    expect(Object.isFrozen(decodeClaims(jwt({ sub: 'alice' })))).toBe(true);
  });

  it('leaves a token of 20 MB opaque without decoding a byte of it (JWT-2, JWT-7)', () => {
    const decode = vi.spyOn(globalThis, 'atob');
    const parse = vi.spyOn(JSON, 'parse');
    expect(decodeClaims(`eyJhbGciOiJub25lIn0.${'e'.repeat(20 * 1024 * 1024)}.`)).toBeUndefined();
    expect(decode).not.toHaveBeenCalled();
    expect(parse).not.toHaveBeenCalled();
  });

  it('decodes up to 16 KiB, and not a character more (JWT-2)', () => {
    const payload = base64url(JSON.stringify({ sub: 'a'.repeat(9000) }));
    const signature = (length: number): string => 's'.repeat(length - payload.length - 'eyJ9..'.length);
    expect(decodeClaims(`eyJ9.${payload}.${signature(16 * 1024)}`)).toBeDefined();
    expect(decodeClaims(`eyJ9.${payload}.${signature(16 * 1024 + 1)}`)).toBeUndefined();
  });

  it.each([
    ['an empty string', ''],
    ['an opaque token', 'b5a1c2d3-opaque~token+/='],
    ['two parts', `a.${base64url('{}')}`],
    ['four parts', `${jwt({})}.d`],
    ['a JWE of five parts', `a.${base64url('{}')}.c.d.e`],
    ['an empty payload', 'a..c'],
    ['a character outside base64url', `a.${base64url('{"a":1}')}=.c`],
    ['plain base64', `a.${Buffer.from('{"a":"???>>>"}').toString('base64')}.c`],
    ['a length that no base64 has', 'a.abcde.c'],
    ['white space around it', ` ${jwt({ sub: 'a' })}`],
    ['a line feed after it', `${jwt({ sub: 'a' })}\n`],
    ['broken UTF-8', `a.${base64url(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))}.c`],
    ['truncated JSON', jwt('{"sub":"alice"')],
    ['null', jwt('null')],
    ['an array', jwt([{ sub: 'alice' }])],
    ['a number', jwt('42')],
    ['a string', jwt('"alice"')],
  ])('takes %s for opaque (JWT-3, C45)', (_, token) => {
    expect(decodeClaims(token)).toBeUndefined();
  });

  it('lets the last of two claims of one name win, as JSON does (JWT-8)', () => {
    expect(lifetimeOf(decodeClaims(jwt('{"exp":1,"iat":10,"exp":40}')), RECEIVED)).toBe(30_000);
  });

  it('neither reads nor spreads what is called __proto__, constructor or prototype (PPL-2)', () => {
    const claims = decodeClaims(
      jwt('{"__proto__":{"exp":9,"sub":"mallory"},"constructor":{"prototype":{"sub":"eve"}}}'),
    );
    expect(subjectOf(claims)).toBeUndefined();
    expect(lifetimeOf(claims, RECEIVED)).toBeUndefined();
    expect(({} as { sub?: unknown }).sub).toBeUndefined();
  });

  it('is total: any string gives claims or undefined (JWT-7)', () => {
    const isFine = (token: string): boolean => {
      const claims = decodeClaims(token);
      subjectOf(claims);
      const lifetime = lifetimeOf(claims, RECEIVED);
      return lifetime === undefined || (Number.isFinite(lifetime) && lifetime > 0);
    };
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), isFine), { numRuns: 500 });
    fc.assert(
      fc.property(fc.array(fc.base64String(), { maxLength: 6 }), (parts) => isFine(parts.join('.').replace(/=/g, ''))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isFine(`a.${base64url(bytes)}.c`)),
      { numRuns: 500 },
    );
  });

  it('is total: any JSON as a payload gives exactly its claims, or undefined where it is no object (JWT-7)', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value: unknown = JSON.parse(json);
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        expect(decodeClaims(jwt(json))).toEqual(isObject ? value : undefined);
      }),
      { numRuns: 500 },
    );
  });
});

describe('lifetimeOf', () => {
  it('prefers exp − iat, which no wrong clock of the device can spoil (JWT-4)', () => {
    expect(lifetimeOf({ iat: 1000, exp: 1300 }, RECEIVED)).toBe(300_000);
    expect(lifetimeOf({ iat: 1000.5, exp: 1300.75 }, RECEIVED)).toBe(300_250);
  });

  it('measures exp against the device’s clock where there is no iat', () => {
    expect(lifetimeOf({ exp: SECOND + 60 }, RECEIVED)).toBe(60_000);
  });

  it.each([
    ['a string', '1893456060'],
    ['a boolean', true],
    ['null', null],
    ['an array', [SECOND + 60]],
    ['zero', 0],
    ['negative', -1],
    ['not a number', Number.NaN],
    ['infinite, as 1e400 is', Number('1e400')],
    ['in milliseconds by mistake', RECEIVED + 60_000],
    ['beyond every date', Number.MAX_SAFE_INTEGER],
    ['absent', undefined],
    ['in the past', SECOND - 60],
    ['this very moment', SECOND],
    ['the first that is beyond every date', 1e11],
  ])('does not know the expiry of a token whose exp is %s (JWT-3, JWT-4, C45)', (_, exp) => {
    expect(lifetimeOf({ exp } as never, RECEIVED)).toBeUndefined();
  });

  it('ignores an iat that is nonsense, and an exp before its iat (JWT-4)', () => {
    expect(lifetimeOf({ iat: '5', exp: SECOND + 60 } as never, RECEIVED)).toBe(60_000);
    expect(lifetimeOf({ iat: RECEIVED, exp: SECOND + 60 }, RECEIVED)).toBe(60_000);
    expect(lifetimeOf({ iat: 2000, exp: 1000 }, RECEIVED)).toBeUndefined();
    expect(lifetimeOf({ iat: 1000, exp: 1000 }, RECEIVED)).toBeUndefined();
  });

  it.each([0, -5, Number.NEGATIVE_INFINITY])('measures by the device’s clock where iat is %s (JWT-4)', (iat) => {
    expect(lifetimeOf({ iat, exp: SECOND + 60 }, RECEIVED)).toBe(60_000);
  });

  it('knows dates up to 1e11 seconds, and none from there on (JWT-4)', () => {
    expect(lifetimeOf({ iat: 1e11 - 60, exp: 1e11 - 1 }, RECEIVED)).toBe(59_000);
    expect(lifetimeOf({ iat: 1e11 - 60, exp: 1e11 }, RECEIVED)).toBeUndefined();
  });

  it('gives a positive finite number or undefined, whatever the claims are (JWT-7)', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (exp, iat) => {
        const lifetime = lifetimeOf({ exp, iat } as never, RECEIVED);
        return lifetime === undefined || (Number.isFinite(lifetime) && lifetime > 0);
      }),
    );
  });
});

describe('dateOf', () => {
  it('gives the date that a token says', () => {
    expect(dateOf({ exp: SECOND, iat: 5.5 }, 'exp')).toBe(SECOND);
    expect(dateOf({ exp: SECOND, iat: 5.5 }, 'iat')).toBe(5.5);
  });

  it.each([
    ['does not say', {}],
    ['is opaque', undefined],
    ['says it as text', { iat: String(SECOND) }],
    ['says null', { iat: null }],
    ['says true', { iat: true }],
  ])('gives 0 for a token that %s (JWT-3)', (_, claims) => {
    expect(dateOf(claims as never, 'iat')).toBe(0);
  });
});

describe('subjectOf', () => {
  it.each([
    [{ sub: 'alice' }, 'alice'],
    [{ user_id: 7 }, '7'],
    [{ sub: 'alice', user_id: 7 }, 'alice'],
    [{ sub: { id: 1 } }, undefined],
    [{ sub: null, user_id: true }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('reads %j as %s', (claims, subject) => {
    expect(subjectOf(claims as never)).toBe(subject);
  });
});
