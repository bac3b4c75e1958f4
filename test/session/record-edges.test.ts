// @vitest-environment node
import { type SessionRecord, type TokenInput, TokenResponseError } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { newRecord } from '../../src/session/new-record.ts';

const NOW = Date.UTC(2030, 0, 1);
const LIFE = 300_000;
const COOKIE = { credential: 'cookie' } as const;

const jwt = (sub: string): string => `e30.${btoa(JSON.stringify({ sub })).replace(/=+$/, '')}.s`;

/** The record of a sign-in, and what comes of a refresh so much later, in milliseconds. */
const signIn = (tokens: TokenInput): SessionRecord => newRecord(tokens, { backend: {}, now: NOW });
const refresh = (tokens: TokenInput, previous: SessionRecord, time = 1000): SessionRecord =>
  newRecord(tokens, { backend: {}, now: NOW + time }, previous);

describe('what a sign-in gave', () => {
  it.each([['text'], [5], [null], [['token']]])(
    'is no set of tokens, not even where a cookie is enough: %o',
    (input) => {
      expect(() => newRecord(input as never, { backend: COOKIE, now: NOW })).toThrow(TokenResponseError);
    },
  );

  it('need be nothing but a cookie, where that is the credential', () => {
    const { generation, tokens } = newRecord({}, { backend: COOKIE, now: NOW });
    expect(generation).toBe(1);
    expect(tokens.accessToken).toBeUndefined();
  });

  it('is a refresh token alone only where an older client has left it', () => {
    const making = { backend: {}, now: NOW };
    expect(newRecord({ refreshToken: 'r' }, { ...making, isRest: true }).tokens.refreshToken).toBe('r');
    expect(() => newRecord({ refreshToken: 'r' }, making)).toThrow(TokenResponseError);
    expect(() => newRecord({}, { ...making, isRest: true })).toThrow(TokenResponseError);
  });
});

describe('what a refresh gave', () => {
  const old = { accessToken: 'a', refreshToken: 'r', lifetime: LIFE };

  it('is a copy of what was spent from the moment on at which that has died (P6)', () => {
    expect(refresh(old, signIn(old), LIFE - 1).generation).toBe(2);
    expect(() => refresh(old, signIn(old), LIFE)).toThrow(TokenResponseError);
  });

  it('is no such copy where either token is new', () => {
    expect(refresh({ ...old, refreshToken: 's' }, signIn(old), LIFE).tokens.refreshToken).toBe('s');
    expect(refresh({ ...old, accessToken: 'b' }, signIn(old), LIFE).tokens.accessToken).toBe('b');
  });

  it.each<[string, TokenInput, TokenInput, string | undefined]>([
    [
      'of the same user, where the new token says nothing',
      { accessToken: jwt('alice') },
      { accessToken: 'b' },
      'alice',
    ],
    [
      'of whom the backend named, where only the new token says something',
      { accessToken: 'a', subject: 'alice' },
      { accessToken: jwt('4711') },
      'alice',
    ],
    ['of another user, where both tokens say so', { accessToken: jwt('alice') }, { accessToken: jwt('bob') }, 'bob'],
  ])('is %s (SES-3)', (_, before, after, subject) => {
    expect(refresh(after, signIn(before)).subject).toBe(subject);
  });
});
