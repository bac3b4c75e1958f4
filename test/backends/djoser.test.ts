// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { djoser } from '../../src/backends/djoser.ts';
import { answerOf, outcomeOf, recordOf, talk } from './saying.ts';

const BASE = 'https://api.example.com/auth/';
const RECORD = recordOf({ accessToken: 'a.1', refreshToken: 'r.1', tokenType: 'JWT' });

describe('djoser', () => {
  it('is spoken to at the paths, and with the header type, that its documentation has (C49)', async () => {
    const { sent, context } = talk([200, { access: 'a.2', refresh: 'r.2' }]);
    const backend = djoser({ baseUrl: BASE });
    expect(await backend.signIn?.({ username: 'alice', password: 'x' }, context)).toMatchObject({
      accessToken: 'a.2',
      refreshToken: 'r.2',
      tokenType: 'JWT',
    });
    await backend.refresh?.(RECORD, context);
    await backend.verify?.(RECORD, context);
    expect(sent.map(({ url, body, credentials }) => `${url} ${body} ${credentials}`)).toEqual([
      `${BASE}jwt/create/ {"username":"alice","password":"x"} omit`,
      `${BASE}jwt/refresh/ {"refresh":"r.1"} omit`,
      `${BASE}jwt/verify/ {"token":"a.1"} omit`,
    ]);
    expect(backend.endpoints).toEqual(['create', 'refresh', 'verify'].map((path) => `${BASE}jwt/${path}/`));
  });

  it('presents Bearer where the project has left SimpleJWT’s default', () => {
    const backend = djoser({ baseUrl: BASE, headerType: 'Bearer' });
    expect(backend.tokensFrom({ access: 'a' })).toMatchObject({ tokenType: 'Bearer' });
  });

  it('signs out locally, as it has no log-out view, unless the project has one of its own', async () => {
    expect(djoser({ baseUrl: BASE }).revoke).toBeUndefined();
    const { sent, context } = talk([205]);
    const backend = djoser({ baseUrl: BASE, paths: { blacklist: 'jwt/blacklist/', everywhere: 'logout/all/' } });
    await backend.revoke?.(RECORD, context, { everywhere: true });
    expect(sent.map(({ url, body, headers }) => `${url} ${body} ${headers.get('Authorization')}`)).toEqual([
      `${BASE}logout/all/ {} JWT a.1`,
      `${BASE}jwt/blacklist/ {"refresh":"r.1"} null`,
    ]);
  });

  it('hears SimpleJWT’s verdicts', async () => {
    const backend = djoser({ baseUrl: BASE });
    const refused = talk([401, { detail: 'Token is blacklisted', code: 'token_not_valid' }]);
    expect(await outcomeOf(backend.refresh?.(RECORD, refused.context))).toMatchObject({ code: 'refresh-rejected' });
    expect(await backend.judge?.(answerOf(401, { code: 'user_inactive' }))).toEqual({ ended: 'account-disabled' });
  });

  it('names itself where an option is wrong', () => {
    expect(() => djoser({ baseUrl: '' })).toThrow(/^djoser: baseUrl/);
    expect(() => djoser({ baseUrl: BASE, headerType: 'two words' })).toThrow(/^djoser: headerType/);
  });
});
