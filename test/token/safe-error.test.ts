import { describe, expect, it } from 'vitest';
import {
  AuthUnavailableError,
  RefreshRejectedError,
  SignInRejectedError,
  TokenResponseError,
} from '../../src/errors.ts';
import { safeError } from '../../src/token/safe-error.ts';
import { leaksIn } from '../security/leaks.ts';

const SECRETS = ['CANARY'];

describe('safeError', () => {
  it('makes "no verdict" of what is not an error of latchkey, with a safe cause (C9, LOG-2)', () => {
    const thrown = Object.assign(new TypeError('no CANARY'), { code: 'ERR_NETWORK', config: { data: 'CANARY' } });
    const error = safeError(thrown, 'it failed', SECRETS);
    expect(error).toMatchObject({ code: 'auth-unavailable', message: 'it failed' });
    expect(error.cause).toMatchObject({ name: 'TypeError', code: 'ERR_NETWORK' });
    expect(leaksIn('error', error)).toEqual([]);
  });

  it('keeps an error of latchkey the very same one, with all that it says (LOG-2)', () => {
    const error = new SignInRejectedError(400, {
      serverMessage: 'Wrong.',
      serverCode: 'wrong',
      fields: { a: ['b'] },
      retryAfter: 5,
    });
    expect(safeError(error, 'x', SECRETS)).toBe(error);
    expect(error).toMatchObject({ status: 400, serverMessage: 'Wrong.', serverCode: 'wrong', retryAfter: 5 });
    expect(error.fields).toEqual({ a: ['b'] });
  });

  it.each([
    ['its message', new AuthUnavailableError('CANARY')],
    ['its cause', new RefreshRejectedError('idle', Object.assign(new Error('x'), { config: { data: 'CANARY' } }))],
    [
      'a cause of its cause',
      new AuthUnavailableError('x', { cause: new TokenResponseError('y', { CANARY: 'CANARY' }) }),
    ],
    ['a property', Object.assign(new TokenResponseError('x'), { response: 'CANARY' })],
    ['a symbol', Object.assign(new TokenResponseError('x'), { [Symbol('s')]: 'CANARY' })],
    ['the server’s message', new SignInRejectedError(400, { serverMessage: 'CANARY', serverCode: 'CANARY' })],
    ['a field', new SignInRejectedError(400, { fields: { CANARY: ['CANARY'] } })],
  ])('takes the secret out of %s (LOG-1, LOG-2)', (_, error) => {
    expect(leaksIn('error', error)).not.toEqual([]);
    expect(safeError(error, 'x', SECRETS)).toBe(error);
    expect(leaksIn('error', error)).toEqual([]);
  });

  it('takes off what somebody hung on an error of latchkey, secret or not (LOG-2)', () => {
    const symbol = Symbol('s');
    const error = Object.assign(new TokenResponseError('x'), { response: 'plain', [symbol]: 1 });
    safeError(error, 'x', SECRETS);
    expect(error).not.toHaveProperty('response');
    expect(Object.getOwnPropertySymbols(error)).toEqual([]);
    expect(error).toMatchObject({ isAuthError: true, name: 'TokenResponseError', code: 'token-response' });
  });

  it('gives no cause to an error that has none', () => {
    expect(safeError(new AuthUnavailableError('x'), 'y', SECRETS)).not.toHaveProperty('cause');
  });

  it('bears a null where a text or a list should be', () => {
    const details = { serverMessage: null as never, fields: { a: null as never } };
    const error = new SignInRejectedError(400, details);
    expect(safeError(error, 'x', SECRETS)).toBe(error);
    expect(error).toMatchObject(details);
  });

  it('leaves a cause where JSON and Object.keys do not see it', () => {
    const error = safeError(new AuthUnavailableError('x', { cause: new Error('y') }), 'x', SECRETS);
    expect(error.cause).toMatchObject({ message: 'y' });
    expect(Object.keys(error)).not.toContain('cause');
  });

  it('ends on errors that name each other', () => {
    const one: Error & { cause?: unknown } = new AuthUnavailableError('one');
    const two = new AuthUnavailableError('two', { cause: one });
    one.cause = two;
    expect(safeError(two, 'x', SECRETS)).toBe(two);
  });
});
