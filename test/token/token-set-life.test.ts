import { describe, expect, it } from 'vitest';
import { createTokenSet, type TokenInput, userClaims } from '../../src/token/token-set.ts';

const NOW = Date.UTC(2030, 0, 1);
const SECOND = NOW / 1000;

function jwt(claims: object): string {
  return `eyJ9.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
}

/** When the refresh token dies that comes with these. */
function refreshEnd(input: TokenInput): number | undefined {
  return createTokenSet({ accessToken: 'a', ...input }, NOW).refreshExpiresAt;
}

describe('the end of a refresh token', () => {
  it('is as long after its receipt as the server says', () => {
    expect(refreshEnd({ refreshToken: 'r', refreshLifetime: 1_800_000 })).toBe(NOW + 1_800_000);
  });

  it('is what the token itself says, where the server says nothing (JWT-4)', () => {
    expect(refreshEnd({ refreshToken: jwt({ exp: SECOND + 60 }) })).toBe(NOW + 60_000);
    expect(refreshEnd({ refreshToken: jwt({ iat: 1000, exp: 1300 }) })).toBe(NOW + 300_000);
  });

  it('is what the server says, where the token itself says something else', () => {
    expect(refreshEnd({ refreshToken: jwt({ exp: SECOND + 60 }), refreshLifetime: 5000 })).toBe(NOW + 5000);
  });

  it.each([
    ['0', 0],
    ['negative', -1],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['a text', '60000' as never],
    ['a boolean', true as never],
  ])('is not known where its lifetime is %s (JWT-5)', (_, refreshLifetime) => {
    expect(refreshEnd({ refreshToken: 'r', refreshLifetime })).toBeUndefined();
  });

  it('is not known where nobody said, or where there is no refresh token', () => {
    expect(refreshEnd({ refreshToken: 'opaque' })).toBeUndefined();
    expect(refreshEnd({ refreshToken: jwt({ sub: 'alice' }) })).toBeUndefined();
    expect(refreshEnd({ refreshLifetime: 5000 })).toBeUndefined();
  });

  const first = createTokenSet({ accessToken: 'a1', refreshToken: 'r1', refreshLifetime: 9000 }, NOW);

  it.each<[string, TokenInput]>([
    ['no other comes along', { accessToken: 'a2' }],
    ['the same one comes along', { accessToken: 'a2', refreshToken: 'r1' }],
  ])('stays as it is where %s', (_, input) => {
    expect(createTokenSet(input, NOW + 5000, first).refreshExpiresAt).toBe(NOW + 9000);
  });

  it.each<[string, TokenInput, number | undefined]>([
    ['what the server says', { refreshToken: 'r2', refreshLifetime: 9000 }, NOW + 14_000],
    ['what it says of the same one', { refreshToken: 'r1', refreshLifetime: 9000 }, NOW + 14_000],
    ['what it says of one that it does not send again', { refreshLifetime: 9000 }, NOW + 14_000],
    ['what the token itself says', { refreshToken: jwt({ iat: 1000, exp: 1060 }) }, NOW + 65_000],
    ['not known', { refreshToken: 'r2' }, undefined],
  ])('else is %s', (_, input, end) => {
    expect(createTokenSet({ accessToken: 'a2', ...input }, NOW + 5000, first).refreshExpiresAt).toBe(end);
  });

  it('is new with a newer token that is both, for access and for renewal', () => {
    const both = createTokenSet({ accessToken: 't1', refreshToken: 't1', refreshLifetime: 9000 }, NOW);
    expect(createTokenSet({ accessToken: 't2', refreshLifetime: 9000 }, NOW + 5000, both).refreshExpiresAt).toBe(
      NOW + 14_000,
    );
  });
});

describe('the lifetime of an access token', () => {
  const previous = createTokenSet({ accessToken: 'a1', refreshToken: 'r1', lifetime: 300_000 }, NOW);

  it('may be 0: the server says that it is good for nothing more (JWT-5)', () => {
    expect(createTokenSet({ accessToken: 'a', lifetime: 0 }, NOW).lifetime).toBe(0);
  });

  it.each([
    ['has no `exp`', { iat: SECOND }],
    ['says nonsense', { iat: SECOND, exp: SECOND - 60 }],
    ['was dead when it was made', { iat: SECOND, exp: SECOND }],
  ])('is not known after a refresh either where the token %s (C45)', (_, claims) => {
    expect(createTokenSet({ accessToken: jwt(claims) }, NOW, previous).lifetime).toBeUndefined();
  });

  it('is not bound by the one before where an `iat` is nonsense, and cannot be stale (JWT-3)', () => {
    const accessToken = jwt({ iat: String(SECOND), exp: SECOND + 600 });
    expect(createTokenSet({ accessToken }, NOW, previous).lifetime).toBe(600_000);
  });

  it('is bound by the one before where its `iat` was copied from the refresh token that stays (JWT-4)', () => {
    const refreshToken = jwt({ iat: SECOND, exp: SECOND + 9000 });
    const first = createTokenSet({ accessToken: jwt({ iat: SECOND, exp: SECOND + 300 }), refreshToken }, NOW);
    const accessToken = jwt({ iat: SECOND, exp: SECOND + 890 });
    expect(createTokenSet({ accessToken, refreshToken }, NOW + 590_000, first).lifetime).toBe(300_000);
  });
});

describe('the ID token', () => {
  const first = createTokenSet({ accessToken: 'a1', idToken: 'i1' }, NOW);

  it('is kept where the new set names none, and replaced where it does', () => {
    expect(first.idToken).toBe('i1');
    expect(createTokenSet({ accessToken: 'a2' }, NOW, first).idToken).toBe('i1');
    expect(createTokenSet({ accessToken: 'a2', idToken: 'i2' }, NOW, first).idToken).toBe('i2');
  });
});

describe('userClaims', () => {
  const api = jwt({ sub: 'of the API' });

  it.each<[string, TokenInput, object | undefined]>([
    ['the ID token', { accessToken: api, idToken: jwt({ sub: 'alice' }) }, { sub: 'alice' }],
    ['the ID token, where the access token is opaque', { accessToken: 'a', idToken: jwt({ sub: 'b' }) }, { sub: 'b' }],
    ['the access token, where there is no ID token', { accessToken: api }, { sub: 'of the API' }],
    ['the access token, where the ID token is opaque', { accessToken: api, idToken: 'i' }, { sub: 'of the API' }],
    ['nothing, where neither can be read', { accessToken: 'a', idToken: 'i' }, undefined],
  ])('reads %s', (_, input, claims) => {
    expect(userClaims(createTokenSet(input, NOW))).toEqual(claims);
  });
});
