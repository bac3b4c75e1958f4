import { describe, expect, it, vi } from 'vitest';
import { type SimpleJwtOptions, simpleJwt } from '../../src/backends/simple-jwt.ts';
import { answering, contextOf } from './local-server.ts';
import { recordOf } from './saying.ts';

const BASE = 'https://api.example.com/auth';
const RECORD = recordOf({ accessToken: 'a.1', refreshToken: 'r.1' });

/** What is sent, as `path body` and the `Authorization`. */
function recording(body: unknown = { access: 'a.2', refresh: 'r.2' }): { sent: string[]; send: typeof fetch } {
  const sent: string[] = [];
  const answer = answering(body);
  return {
    sent,
    send: async (input, init) => {
      const authorization = new Headers(init?.headers).get('Authorization');
      sent.push(`${input} ${init?.body}${authorization === null ? '' : ` as ${authorization}`}`);
      return answer(input, init);
    },
  };
}

async function outcomeOf(work: Promise<unknown> | undefined): Promise<unknown> {
  try {
    return await work;
  } catch (error) {
    return error;
  }
}

function refreshing(body: unknown, status: number, headers: Record<string, string> = {}): Promise<unknown> {
  return outcomeOf(simpleJwt({ baseUrl: BASE }).refresh?.(RECORD, contextOf(answering(body, status, headers))));
}

describe('a refresh', () => {
  it('says how often it was tried and why, in a header that the project names, and else in none (HRD-8)', async () => {
    const headers: (string | null)[] = [];
    const send: typeof fetch = async (input, init) => {
      headers.push(new Headers(init?.headers).get('X-Auth-Attempt'));
      return await answering({ access: 'a.2' })(input, init);
    };
    for (const attemptHeader of ['X-Auth-Attempt', undefined]) {
      const backend = simpleJwt({ baseUrl: BASE, ...(attemptHeader && { attemptHeader }) });
      await backend.refresh?.(RECORD, contextOf(send), { attempt: 2, cause: 'expired' });
    }
    expect(headers).toEqual(['2; cause=expired', null]);
  });

  it.each([
    ['401 token_not_valid', 401, { detail: 'Token is invalid', code: 'token_not_valid' }, 'refresh-rejected'],
    ['401 without a code', 401, { detail: 'Le jeton est expiré' }, 'refresh-rejected'],
    ['401 no_active_account', 401, { detail: 'x', code: 'no_active_account' }, 'refresh-rejected'],
    ['401 password_changed', 401, { detail: 'x', code: 'password_changed' }, 'refresh-rejected'],
    ['400 token_not_valid', 400, { code: 'token_not_valid' }, 'refresh-rejected'],
    ['403 token_not_valid', 403, { code: 'token_not_valid' }, 'refresh-rejected'],
    ['401 user_inactive', 401, { detail: 'x', code: 'user_inactive' }, 'account-disabled'],
    ['401 user_not_found', 401, { detail: 'x', code: 'user_not_found' }, 'account-disabled'],
  ])('that is answered %s ends the session (C25)', async (_, status, body, reason) => {
    expect(await refreshing(body, status)).toMatchObject({ code: 'refresh-rejected', reason });
  });

  it.each([
    ['a bare 400', 400, { refresh: ['This field is required.'] }],
    ['a bare 401', 401, ''],
    ['401 with HTML', 401, '<h1>401 Authorization Required</h1>'],
    ['401 of a gateway', 401, { message: 'Unauthorized' }],
    ['401 with a detail that is no text', 401, { detail: { code: 'token_not_valid' } }],
    ['401 with a list', 401, [{ code: 'token_not_valid' }]],
    ['403 of a proxy', 403, { detail: 'Forbidden' }],
    ['403 with HTML', 403, '<h1>Forbidden</h1>'],
    ['404', 404, { detail: 'Not found.' }],
    ['405', 405, { detail: 'Method "POST" not allowed.' }],
    ['408', 408, ''],
    ['413', 413, ''],
    ['421', 421, ''],
    ['425', 425, ''],
    ['429', 429, { detail: 'Request was throttled.' }],
    ['500', 500, { detail: 'Server error', code: 'token_not_valid' }],
    ['502', 502, '<html>Bad gateway</html>'],
    ['503', 503, { code: 'token_not_valid' }],
    ['504', 504, ''],
    ['520', 520, ''],
    ['530', 530, ''],
    ['a code that is not SimpleJWT’s', 400, { code: 'invalid' }],
    ['a code in the prose', 400, { detail: 'token_not_valid' }],
    ['a code that is inherited', 400, JSON.parse('{"__proto__":{"code":"token_not_valid"}}')],
  ])('that is answered %s gives no verdict (C24, C25, ROT-6)', async (_, status, body) => {
    expect(await refreshing(body, status)).toMatchObject({ code: 'auth-unavailable' });
  });

  it.each([
    ['HTML', '<!doctype html>'],
    ['truncated JSON', '{"access":"a'],
    ['nothing', ''],
    ['no access token', { refresh: 'r.2' }],
    ['a token that is no text', { access: 5 }],
    ['a token in a list', [{ access: 'a.2' }]],
  ])('that is answered 200 with %s is no verdict, and no token (C24, ROT-9)', async (_, body) => {
    expect(await refreshing(body, 200)).toMatchObject({ code: 'token-response' });
  });

  it('takes Retry-After to the engine (C26)', async () => {
    expect(await refreshing('', 429, { 'Retry-After': '7' })).toMatchObject({ retryAfter: 7000 });
    expect(await refreshing('', 503, { 'Retry-After': '-5' })).toMatchObject({ retryAfter: undefined });
  });

  it('sends the refresh token to its endpoint and nowhere else, with no access token and no wish for a broader scope (ATT-10, ROT-10)', async () => {
    const { sent, send } = recording();
    const platform = vi.fn();
    vi.stubGlobal('fetch', platform);
    await simpleJwt({ baseUrl: BASE }).refresh?.(RECORD, contextOf(send));
    expect(sent).toEqual([`${BASE}/token/refresh/ {"refresh":"r.1"}`]);
    expect(platform).not.toHaveBeenCalled();
  });
});

describe('a log-out', () => {
  it('blacklists the refresh token, with the access token only where the view demands it (ATT-10)', async () => {
    for (const [blacklistNeedsAccessToken, as] of [
      [false, ''],
      [true, ' as Bearer a.1'],
    ] as const) {
      const { sent, send } = recording({});
      const backend = simpleJwt({ baseUrl: BASE, blacklistNeedsAccessToken });
      await backend.revoke?.(RECORD, contextOf(send), { everywhere: false });
      expect(sent).toEqual([`${BASE}/token/blacklist/ {"refresh":"r.1"}${as}`]);
    }
  });

  it('takes a token that is dead already for success, and everything else for none', async () => {
    const revoke = (body: unknown, status: number): Promise<unknown> =>
      outcomeOf(
        simpleJwt({ baseUrl: BASE }).revoke?.(RECORD, contextOf(answering(body, status)), { everywhere: false }),
      );
    expect(await revoke({ detail: 'x', code: 'token_not_valid' }, 401)).toBeUndefined();
    expect(await revoke('', 204)).toBeUndefined();
    expect(await revoke('', 404)).toMatchObject({ code: 'auth-unavailable' });
    expect(await revoke('', 503)).toMatchObject({ code: 'auth-unavailable' });
  });
});

describe('an API’s answer', () => {
  const judge = (status: number, body: unknown): unknown =>
    simpleJwt({ baseUrl: BASE }).judge?.({
      status,
      method: 'GET',
      url: BASE,
      header: () => undefined,
      body: async () => body,
    });

  it.each([
    [200, { code: 'user_inactive' }, 'accepted'],
    [403, { code: 'user_inactive' }, 'accepted'],
    [401, { code: 'token_not_valid' }, 'refused'],
    [401, undefined, 'refused'],
    [401, 'user_inactive', 'refused'],
    [401, ['user_inactive'], 'refused'],
    [401, { detail: 'user_inactive' }, 'refused'],
    [401, Object.create({ code: 'user_inactive' }), 'refused'],
    [401, { code: 'user_inactive' }, { ended: 'account-disabled' }],
    [401, { code: 'user_not_found' }, { ended: 'account-disabled' }],
  ])('of status %d with %j is %j (C25, PPL-1)', async (status, body, judgement) => {
    expect(await judge(status, body)).toEqual(judgement);
  });
});

describe('sliding tokens, other names and another header', () => {
  it.each<[string, SimpleJwtOptions, unknown, string]>([
    ['sliding', { baseUrl: BASE, sliding: true }, { token: 'a.2' }, '{"token":"r.1"}'],
    ['renamed', { baseUrl: BASE, fields: { access: 'x', refresh: 'y' } }, { x: 'a.2' }, '{"y":"r.1"}'],
    ['elsewhere', { baseUrl: BASE, paths: { refresh: 'again/' } }, { access: 'a.2' }, '{"refresh":"r.1"}'],
  ])('are spoken: %s', async (_, options, body, sent) => {
    const recorded = recording(body);
    const tokens = await simpleJwt(options).refresh?.(RECORD, contextOf(recorded.send));
    expect(recorded.sent[0]).toContain(sent);
    expect(tokens).toMatchObject({ accessToken: 'a.2' });
  });

  it('present the project’s own header type (ATT-8)', () => {
    expect(simpleJwt({ baseUrl: BASE, headerType: 'JWT' }).tokensFrom?.({ access: 'a' })).toMatchObject({
      tokenType: 'JWT',
    });
  });
});
