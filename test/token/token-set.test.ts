import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenSet } from '../../src/token/token-set.ts';

const NOW = Date.UTC(2030, 0, 1);

function jwt(claims: object): string {
  return `eyJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
}

describe('createTokenSet', () => {
  it('takes no scope but a text: another one would make the stored session unreadable (STO-2)', () => {
    const before = createTokenSet({ accessToken: 'a', scope: 'read' }, 0);
    expect(createTokenSet({ accessToken: 'b', scope: ['read', 'write'] as never }, 0, before).scope).toBe('read');
    expect(createTokenSet({ accessToken: 'b', scope: 7 as never }, 0).scope).toBeUndefined();
  });

  it.each([
    ['opaque, with a lifetime from the server', { accessToken: 'opaque~token+/=', lifetime: 5000 }, 5000],
    ['opaque, without one', { accessToken: 'opaque' }, undefined],
    ['a JWT without exp', { accessToken: jwt({ sub: 'alice' }) }, undefined],
    ['a JWT whose exp is a string', { accessToken: jwt({ exp: '1893456060' }) }, undefined],
    ['a malformed JWT', { accessToken: 'eyJ9.%%%.s' }, undefined],
    ['a JWE', { accessToken: 'a.b.c.d.e' }, undefined],
  ])('works with a token that is %s (C45)', (_, input, lifetime) => {
    expect(createTokenSet(input, NOW)).toMatchObject({ ...input, tokenType: 'Bearer', lifetime });
  });

  it('believes the server’s lifetime before the token’s own claim (JWT-4)', () => {
    expect(createTokenSet({ accessToken: jwt({ iat: 0.5, exp: 100.5 }), lifetime: 7 }, NOW).lifetime).toBe(7);
  });

  it('keeps the old refresh token and scope where the new set names none (C31)', () => {
    const first = createTokenSet({ accessToken: 'a1', refreshToken: 'r1', scope: 'read' }, NOW);
    expect(createTokenSet({ accessToken: 'a2' }, NOW, first)).toMatchObject({ refreshToken: 'r1', scope: 'read' });
    expect(createTokenSet({ accessToken: 'a2', refreshToken: 'r2' }, NOW, first).refreshToken).toBe('r2');
  });

  it.each([
    ['bearer', 'Bearer'],
    ['BEARER', 'Bearer'],
    ['JWT', 'JWT'],
    [undefined, 'Bearer'],
  ])('presents token type %s as %s (ATT-8)', (tokenType, presented) => {
    expect(createTokenSet({ accessToken: 'a', tokenType }, NOW).tokenType).toBe(presented);
  });

  it.each(['DPoP', 'dpop', 'MAC', 'N_A', 'PoP', '', 'Bearer x', 'Bearer\r\nX-Evil: 1', 'a:b', 'ß'])(
    'refuses token type %j, which it could only present wrongly (ATT-8, ATT-9)',
    (tokenType) => {
      expect(() => createTokenSet({ accessToken: 'a', tokenType }, NOW)).toThrow(
        expect.objectContaining({ code: 'token-response' }),
      );
    },
  );

  it.each([5, true, ['Bearer'], { toString: () => 'Bearer' }])(
    'refuses token type %j, which is no text (ATT-8)',
    (tokenType) => {
      expect(() => createTokenSet({ accessToken: 'a', tokenType: tokenType as never }, NOW)).toThrow(
        expect.objectContaining({ code: 'token-response' }),
      );
    },
  );

  it('takes a token of 64 KiB', () => {
    const accessToken = 'x'.repeat(64 * 1024);
    expect(createTokenSet({ accessToken }, NOW).accessToken).toBe(accessToken);
  });

  it('takes a token only of visible ASCII, so that none can split a header, and never quotes it (ATT-9, LOG-1)', () => {
    for (const character of ['\r\n', '\n', '\0', ' ', '\t', '\u007f', 'é', '\u2028', '😀']) {
      for (const token of [`CANARY${character}x`, `${character}CANARY`, `CANARY${character}`]) {
        for (const input of [{ accessToken: token }, { accessToken: 'a', refreshToken: token }]) {
          const error = thrownBy(() => createTokenSet(input, NOW));
          expect(error).toMatchObject({ code: 'token-response' });
          expect(String(error)).not.toContain('CANARY');
        }
      }
    }
  });

  it('takes any string or refuses it, and what it takes fits in one header line (ATT-9)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (accessToken) => {
        const isTaken = thrownBy(() => createTokenSet({ accessToken }, NOW)) === undefined;
        expect(isTaken).toBe(/^[!-~]+$/.test(accessToken));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a number', 5],
    ['null', null],
    ['an object', { toString: () => 'token' }],
    ['empty', ''],
    ['longer than 64 KiB', 'x'.repeat(64 * 1024 + 1)],
  ])('refuses an access token that is %s', (_, accessToken) => {
    expect(thrownBy(() => createTokenSet({ accessToken } as never, NOW))).toMatchObject({ code: 'token-response' });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '60' as never])('refuses a lifetime of %s (JWT-5)', (lifetime) => {
    expect(thrownBy(() => createTokenSet({ accessToken: 'a', lifetime }, NOW))).toMatchObject({
      code: 'token-response',
    });
  });

  it('is immutable', () => {
    expect(Object.isFrozen(createTokenSet({ accessToken: 'a' }, NOW))).toBe(true);
  });
});

it('lets a newer token that is both, for access and for renewal, take the place of both', () => {
  const first = createTokenSet({ accessToken: 't.1', refreshToken: 't.1' }, NOW);
  expect(createTokenSet({ accessToken: 't.2' }, NOW, first)).toMatchObject({ accessToken: 't.2', refreshToken: 't.2' });
  const pair = createTokenSet({ accessToken: 'a.1', refreshToken: 'r.1' }, NOW);
  expect(createTokenSet({ accessToken: 'a.2' }, NOW, pair).refreshToken).toBe('r.1');
});

describe('a token with an `iat` that was copied from the refresh token, as SimpleJWT does', () => {
  /** Seconds since the sign-in. */
  const at = (iat: number, exp = 600): string => jwt({ iat: NOW / 1000 + iat, exp: NOW / 1000 + exp });
  const first = createTokenSet({ accessToken: at(0, 300), refreshToken: at(0, 9000) }, NOW);

  it.each([
    ['a refresh token came along: it was issued when that was', at(590, 9000), 10_000],
    ['that says that the server gives more time by now', at(60, 9000), 540_000],
    ['the same refresh token came along', first.refreshToken, 300_000],
    ['none came along: it lives no longer than the one before', undefined, 300_000],
    ['the one that came along does not say when', jwt({ exp: NOW }), 300_000],
    ['the one that came along is opaque', 'opaque', 300_000],
    ['the one that came along says nonsense', at(700, 9000), 300_000],
    ['the one that came along is older', at(-5, 9000), 300_000],
  ])('lives for what it was given where %s (JWT-4)', (_, refreshToken, lifetime) => {
    expect(createTokenSet({ accessToken: at(60), refreshToken }, NOW, first).lifetime).toBe(lifetime);
  });
});

describe('a token that only a cookie was known of before', () => {
  it('is bound by the device’s clock where its `iat` may be stale', () => {
    const carrier = { ...createTokenSet({}, NOW), lifetime: 1 };
    const at = (iat: number, exp: number): string => jwt({ iat: NOW / 1000 + iat, exp: NOW / 1000 + exp });
    expect(createTokenSet({ accessToken: at(-86_400, 300) }, NOW, carrier).lifetime).toBe(300_000);
    // By a clock that is an hour fast it is dead already, which cannot be.
    expect(createTokenSet({ accessToken: at(-3600, -3300) }, NOW, carrier).lifetime).toBe(300_000);
    expect(createTokenSet({ accessToken: jwt({ exp: NOW / 1000 + 60 }) }, NOW, carrier).lifetime).toBe(60_000);
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
