// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { type DrfJwtOptions, drfJwt } from '../../src/backends/drf-jwt.ts';
import { outcomeOf, type Reply, recordOf, talk } from './saying.ts';

const BASE = 'https://api.example.com/';
const RECORD = recordOf({ accessToken: 't.1', refreshToken: 't.1', tokenType: 'JWT' });
const backendOf = (options: Partial<DrfJwtOptions> = {}) => drfJwt({ baseUrl: BASE, ...options });

describe('the older single token of Django', () => {
  it('is obtained, renewed and verified by itself, and presented as JWT (C49)', async () => {
    const { sent, context } = talk([200, { token: 't.2' }]);
    const signedIn = await backendOf().signIn?.({ username: 'alice', password: 'x' }, context);
    expect(signedIn).toMatchObject({ accessToken: 't.2', refreshToken: 't.2', tokenType: 'JWT' });
    expect(await backendOf().refresh?.(RECORD, context)).toMatchObject({ accessToken: 't.2', refreshToken: 't.2' });
    expect(await backendOf().verify?.(RECORD, context)).toBe('accepted');
    expect(sent.map(({ method, url, body, credentials }) => `${method} ${url} ${body} ${credentials}`)).toEqual([
      `POST ${BASE}api-token-auth/ {"username":"alice","password":"x"} omit`,
      `POST ${BASE}api-token-refresh/ {"token":"t.1"} omit`,
      `POST ${BASE}api-token-verify/ {"token":"t.1"} omit`,
    ]);
  });

  it('cannot be revoked, so that a sign-out stays local', () => {
    expect(backendOf().revoke).toBeUndefined();
  });

  it('lives as long as the project says, whatever the device’s clock', () => {
    expect(backendOf({ accessLifetime: 300_000 }).tokensFrom({ token: 't' })).toMatchObject({ lifetime: 300_000 });
    expect(backendOf().tokensFrom({ token: 't' }).lifetime).toBeUndefined();
  });

  it.each<[string, Reply, string]>([
    ['a dead token', [400, { non_field_errors: ['Signature has expired.'] }], 'refresh-rejected'],
    ['one that is too old', [400, { non_field_errors: ['Refresh has expired.'] }], 'refresh-rejected'],
    ['another language', [400, { non_field_errors: ['La signature a expiré.'] }], 'refresh-rejected'],
    ['a field that is missing', [400, { token: ['This field is required.'] }], 'auth-unavailable'],
    ['a text in its place', [400, { non_field_errors: 'no' }], 'auth-unavailable'],
    ['a 401', [401, { detail: 'no' }], 'auth-unavailable'],
    ['HTML', [400, '<h1>Bad Request</h1>'], 'auth-unavailable'],
    ['no token', [200, {}], 'token-response'],
  ])('hears %s as a verdict or none (C25, ROT-6)', async (_, reply, code) => {
    expect(await outcomeOf(backendOf().refresh?.(RECORD, talk(reply).context))).toMatchObject({ code });
  });

  it('shows a wrong password as the server’s own words', async () => {
    const refusal = { non_field_errors: ['Unable to log in with provided credentials.'] };
    const error = await outcomeOf(
      backendOf().signIn?.({ username: 'alice', password: 'x' }, talk([400, refusal]).context),
    );
    expect(error).toMatchObject({ code: 'sign-in-rejected', status: 400, serverMessage: refusal.non_field_errors[0] });
  });

  it.each<[Partial<DrfJwtOptions>, RegExp]>([
    [{ accessLifetime: Number.POSITIVE_INFINITY }, /accessLifetime must be milliseconds/],
    [{ headerType: 'a b' }, /headerType must be one word/],
    [{ paths: { blacklist: 'x' } as never }, /no option "paths\.blacklist"/],
  ])('refuses %j', (options, message) => {
    expect(() => backendOf(options)).toThrow(message);
  });
});
