import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simpleJwt } from '../../src/backends/simple-jwt.ts';
import { type AuthUnavailableError, isAuthError, type SignInRejectedError } from '../../src/errors.ts';
import { answering, contextOf } from './local-server.ts';

const PASSWORD = 'correct horse CANARY staple';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARYsignature';
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

type Failure = SignInRejectedError & AuthUnavailableError;

async function fail(body: unknown, status = 401, headers: Record<string, string> = {}): Promise<Failure> {
  const backend = simpleJwt<object>({ baseUrl: 'https://api.example.com/auth' });
  const parameters = { username: 'alice@example.com', password: PASSWORD, otp: { pin: 424242 } };
  const outcome = await backend
    .signIn?.(parameters, contextOf(answering(body, status, headers)))
    .catch((error: unknown) => error);
  expect(isAuthError(outcome)).toBe(true);
  return outcome as Failure;
}

describe('a sign-in that the server rejects', () => {
  it('says what the server says', async () => {
    const body = { detail: 'No active account found with the given credentials', code: 'no_active_account' };
    expect(await fail(body)).toMatchObject({
      code: 'sign-in-rejected',
      status: 401,
      serverMessage: body.detail,
      serverCode: 'no_active_account',
    });
  });

  it('says what is wrong with each field of the form', async () => {
    const error = await fail({ password: ['This field may not be blank.'], username: ['Too long.', 'Odd.'] }, 400);
    expect(error.fields).toEqual({ password: ['This field may not be blank.'], username: ['Too long.', 'Odd.'] });
    expect(error.serverMessage).toBe('This field may not be blank.');
  });

  it('says how long to wait', async () => {
    expect(await fail({ detail: 'Throttled.' }, 429, { 'Retry-After': '30' })).toMatchObject({
      code: 'sign-in-rejected',
      retryAfter: 30_000,
    });
  });

  it.each([
    ['the password', { detail: `Bad password ${PASSWORD}!` }],
    ['the password in a field', { password: [`"${PASSWORD}" is too common`] }],
    ['the password as a field’s name', { [PASSWORD]: ['unknown'] }],
    ['the password as the code', { code: PASSWORD }],
    ['a JWT', { detail: `Token ${JWT} is blacklisted` }],
    ['a JWT in a field', { token: [JWT] }],
    ['a JWT as a field’s name', { [JWT]: ['?'] }],
    ['a JWT as the code', { error: JWT }],
    ['a header', { message: 'Authorization: Bearer CANARY' }],
    ['a form', { error_description: `grant_type=password&username=a&password=CANARY&refresh_token=CANARY` }],
    ['a cookie', { msg: 'Set-Cookie: sessionid=CANARY; Path=/' }],
    ['the PIN', { detail: 'PIN 424242 is wrong: CANARY'.replace('CANARY', '') }],
    ['the password where the text is cut', { detail: `${'x'.repeat(4085)} ${PASSWORD}` }],
    ['the password in something nested', { errors: [{ input: PASSWORD }], detail: { input: PASSWORD } }],
  ])('does not give back %s (LOG-1, LOG-4, LOG-6)', async (_, body) => {
    const error = await fail(body, 400);
    const shown = `${error} ${error.serverMessage} ${error.serverCode} ${JSON.stringify(error)} ${error.stack}`;
    expect(shown).not.toMatch(/CANARY|424242|correct horse/);
  });

  it('makes text of 10 kB, line ends and control characters short and plain (LOG-6)', async () => {
    const dirty = `first\r\nsecond\u0000\u001b[31m\u2028${'x'.repeat(10_000)}`;
    const error = await fail({ detail: dirty, code: dirty, [dirty]: [dirty], list: Array(50).fill(dirty) }, 400);
    const texts = [
      error.serverMessage,
      error.serverCode,
      ...Object.keys(error.fields),
      ...Object.values(error.fields).flat(),
    ];
    for (const text of texts) {
      expect(text?.length).toBeLessThanOrEqual(300);
      expect(text).not.toMatch(CONTROL);
    }
    expect(error.fields.list).toHaveLength(10);
  });

  it('keeps no more fields than a form has, however many the server sends (LOG-6)', async () => {
    const body = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`f${index}`, ['x']]));
    expect(Object.keys((await fail(body, 400)).fields).length).toBeLessThanOrEqual(50);
  });

  it('plants nothing by the name of a field (PPL-2)', async () => {
    const error = await fail('{"__proto__":["polluted"],"constructor":["x"],"detail":"no"}', 400);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Array.isArray(Object.prototype)).toBe(false);
    expect(error.fields.toString).toBeUndefined();
  });

  it.each([
    ['objects where there should be text', { a: [{ toString: 1, valueOf: 1 }], detail: 'no' }],
    ['null and numbers where there should be text', { a: [null, 5, true], detail: 'no' }],
    ['an empty list', { a: [], detail: 'no' }],
  ])('survives %s', async (_, body) => {
    expect(await fail(body, 400)).toMatchObject({ code: 'sign-in-rejected', serverMessage: 'no' });
  });
});

describe('a sign-in without a verdict', () => {
  it.each([
    ['HTML', 401, '<script>alert("CANARY")</script>'],
    ['HTML of a proxy', 403, '<h1>Forbidden</h1>'],
    ['an empty 400', 400, ''],
    ['a list', 400, ['no']],
    ['a text', 400, '"no"'],
    ['408', 408, { detail: 'no' }],
    ['425', 425, { detail: 'no' }],
    ['500', 500, { detail: 'no' }],
    ['503', 503, { detail: 'no' }],
    ['302', 302, ''],
  ])('is no rejection: %s (C24)', async (_, status, body) => {
    const error = await fail(body, status);
    expect(error).toMatchObject({ code: 'auth-unavailable' });
    expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/CANARY|<script/);
  });

  it('is a rejection or not, and never shows the password, whatever JSON the server sends (LOG-6, C24)', async () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('detail', 'code', 'password', 'message', 'error', '__proto__'), fc.jsonValue()),
      fc.record({ detail: fc.string().map((text) => text + PASSWORD), list: fc.array(fc.constant(PASSWORD)) }),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(400, 401, 403, 422, 500), async (value, status) => {
        const error = await fail(value, status);
        expect(['sign-in-rejected', 'auth-unavailable']).toContain(error.code);
        expect(JSON.stringify(error)).not.toContain('CANARY');
      }),
    );
  });
});
