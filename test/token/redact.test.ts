import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact, safeCause, safeText, stringsIn } from '../../src/token/redact.ts';

describe('redact', () => {
  it.each([
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJDQU5BUlkifQ.CANARY-signature_x',
    'the token eyJhbGciOiJIUzI1NiJ9.CANARY.CANARY is expired',
    'eyJhbGciOiJub25lIn0.CANARY.',
    'eyJhbGciOiJSU0EtT0FFUCJ9.CANARY.CANARY.CANARY.CANARY',
    'Authorization: Bearer CANARY_opaque+/=',
    'authorization: bearer CANARY',
    'JWT CANARY.CANARY',
    'Basic Q0FOQVJZOkNBTkFSWQ==CANARY',
    'DPoP CANARY',
    'grant_type=refresh_token&refresh_token=CANARY&scope=x',
    'my_refresh_token=CANARY',
    '{"refresh":"CANARY","access":"CANARY"}',
    '{"access_token": "CANARY with spaces"}',
    "{'password': 'CANARY, and \"more\" CANARY'}",
    'accessToken: CANARY',
    'csrftoken=CANARY',
    'csrf_token=CANARY; sessionid=CANARY',
    'client_secret=CANARY',
    'newPassword=CANARY',
    'Cookie: a=CANARY; b=CANARY',
    'Set-Cookie: __Host-refresh=CANARY; Path=/; HttpOnly',
    'https://app.example.com/callback?code=CANARY&state=x',
    'id_token=CANARY',
  ])('takes the credential out of %j (LOG-4)', (text) => {
    expect(redact(text)).not.toContain('CANARY');
    expect(redact(text)).toContain('[redacted]');
  });

  it.each([
    'No active account found with the given credentials',
    'This field may not be blank.',
    'Request was throttled. Expected available in 3 seconds.',
    'token_not_valid',
    'The refresh endpoint is gone',
  ])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('takes out the secrets that are known, the longer ones first, so that no fragment of one stays (LOG-1)', () => {
    expect(redact('no user hunter2-CANARY', ['hunter2', 'hunter2-CANARY'])).toBe('no user [redacted]');
    expect(redact('a.b$& and a.b$&', ['a.b$&'])).toBe('[redacted] and [redacted]');
  });

  it('leaves none of the known secrets in any text, wherever they stand in it (LOG-1)', () => {
    const secret = fc.string({ minLength: 4, maxLength: 12 });
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), secret, (before, one, between, two) => {
        const clean = redact(`${before}${one}${between}${two}`, [one, two]).replaceAll('[redacted]', '\0');
        return !clean.includes(one) && !clean.includes(two);
      }),
    );
  });
});

describe('safeText', () => {
  it('is at most 300 characters, on one line, without control characters (LOG-6)', () => {
    const text = safeText(`first\r\nsecond\u0000\u001b[31m\u0085\u2028${'x'.repeat(10_000)}`);
    expect(text).toHaveLength(300);
    expect(text.startsWith('first second [31m')).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  });

  it('has no characters that turn the text around them (LOG-6)', () => {
    expect(safeText('a\u202eb\u2066c\u202ad')).toBe('a b c d');
  });

  it('leaves no part of a known secret, wherever the text is cut (LOG-1, LOG-6)', () => {
    const secret = 'correct horse CANARY battery staple';
    for (let before = 4096 - secret.length - 5; before < 4100; before += 1) {
      const text = safeText(`eyJ${'h'.repeat(before - 4)}.x ${secret} end`, [secret]);
      expect(text).not.toMatch(/correct|CANARY|staple/);
    }
  });

  it('keeps HTML as the text that it is: showing it as text is safe, and nothing is decoded (LOG-6)', () => {
    expect(safeText('<b>No</b> &lt;script&gt;')).toBe('<b>No</b> &lt;script&gt;');
  });

  it('is total, and bounded, for any text (LOG-6)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => safeText(text).length <= 300),
      { numRuns: 500 },
    );
  });
});

describe('stringsIn', () => {
  it('finds every string and number that a user typed, whatever it is called and however it is nested', () => {
    const parameters = { username: 'alice', otp: { pin: 123456, backup: ['one', 'two'] }, remember: true };
    expect(stringsIn(parameters)).toEqual(['alice', '123456', 'one', 'two']);
  });

  it('reads a form as well', () => {
    const form = new FormData();
    form.set('password', 'CANARY');
    expect(stringsIn(form)).toContain('CANARY');
    expect(stringsIn(new URLSearchParams({ password: 'CANARY' }))).toContain('CANARY');
    expect(stringsIn(new Map([['password', 'CANARY']]))).toContain('CANARY');
  });

  it('ends on something that contains itself', () => {
    const loop: Record<string, unknown> = { password: 'CANARY' };
    loop.self = loop;
    expect(stringsIn(loop)).toContain('CANARY');
  });
});

describe('safeCause', () => {
  it('keeps a plain error without anything secret as it is (C9)', () => {
    const error = new TypeError('fetch failed');
    expect(safeCause(error)).toBe(error);
  });

  it.each([
    ['a request', Object.assign(new Error('x'), { config: { data: 'CANARY' } })],
    ['something that is not enumerable', Object.defineProperty(new Error('x'), 'request', { value: 'CANARY' })],
    ['something under a symbol', Object.assign(new Error('x'), { [Symbol('config')]: 'CANARY' })],
    ['a cause', new Error('x', { cause: { refresh: 'CANARY' } })],
    ['several errors', new AggregateError([new Error('CANARY')], 'x')],
    ['a token in its message', new Error('refresh_token=CANARY was refused')],
    ['a token in its name', Object.assign(new Error('x'), { name: 'Bearer CANARY' })],
    ['a token in its code', Object.assign(new Error('x'), { code: 'refresh_token=CANARY' })],
    ['a message that is no text', Object.assign(new Error('x'), { message: { refresh: 'CANARY' } })],
  ])('replaces an error that carries %s by a stand-in (LOG-2)', (_, error) => {
    const cause = safeCause(error);
    expect(cause).not.toBe(error);
    for (const key of Reflect.ownKeys(cause)) {
      expect(String((cause as unknown as Record<symbol, unknown>)[key as symbol])).not.toContain('CANARY');
    }
  });

  it('keeps the name, the code and the status, which tell what went wrong (LOG-2)', () => {
    const error = Object.assign(new RangeError('Request failed'), { code: 'ERR_NETWORK', status: 502, config: {} });
    expect(safeCause(error)).toMatchObject({
      name: 'RangeError',
      message: 'Request failed',
      code: 'ERR_NETWORK',
      status: 502,
    });
  });

  it.each([
    ['text', 'Bearer CANARY'],
    ['an object', { refresh: 'CANARY' }],
    ['an object that cannot be text', Object.create(null)],
    ['a symbol', Symbol('x')],
    ['nothing', undefined],
  ])('makes an error of %s that was thrown (C8, LOG-2)', (_, thrown) => {
    expect(safeCause(thrown)).toBeInstanceOf(Error);
    expect(safeCause(thrown).message).not.toContain('CANARY');
  });
});
