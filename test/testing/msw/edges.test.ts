// @vitest-environment node
import { createTestSession } from 'latchkey/testing';
import { type AuthServerOptions, authServerHandlers } from 'latchkey/testing/msw';
import { getResponse } from 'msw';
import { describe, expect, it } from 'vitest';

const baseUrl = 'https://api.example.com/auth';
const ORIGIN = { Origin: 'https://app.example.com' };
const me = (headers: HeadersInit = ORIGIN) => new Request('https://api.example.com/me', { headers });

function signIn(auth: ReturnType<typeof authServerHandlers>, typed: object): Promise<Response | undefined> {
  const headers = { ...ORIGIN, 'Content-Type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(typed) };
  return getResponse([...auth.handlers], new Request(`${baseUrl}/token/`, init));
}

describe('authServerHandlers()', () => {
  it('lets a page of another origin read how long to wait, and what is demanded (HTTP-4)', async () => {
    const auth = authServerHandlers({ baseUrl });
    auth.fail({ status: 429, retryAfter: 3 });
    const [busy, refused] = [await signIn(auth, {}), await auth.protect(me(), () => new Response())];
    for (const answer of [busy, refused]) {
      expect(answer?.headers.get('Access-Control-Expose-Headers')).toBe('Retry-After, WWW-Authenticate');
    }
    const { access } = auth.tokensFor('alice');
    const headers = { ...ORIGIN, Authorization: `Bearer ${access}` };
    const own = new Response('', { headers: { 'Access-Control-Expose-Headers': 'X-New-Token' } });
    const answer = await auth.protect(me(headers), () => own);
    expect(answer.headers.get('Access-Control-Expose-Headers')).toBe('X-New-Token, Retry-After, WWW-Authenticate');
  });

  it('takes an answer of the app that lets nobody change its headers', async () => {
    const auth = authServerHandlers({ baseUrl });
    const headers = { ...ORIGIN, Authorization: `Bearer ${auth.tokensFor('alice').access}` };
    const redirect = await auth.protect(me(headers), () => Response.redirect('https://api.example.com/you', 303));
    expect([redirect.status, redirect.headers.get('Location')]).toEqual([303, 'https://api.example.com/you']);
    expect(redirect.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN.Origin);
    const fetched = await auth.protect(me(headers), () => fetch('data:application/json,{"a":1}'));
    expect([fetched.headers.get('Access-Control-Allow-Origin'), await fetched.json()]).toEqual([
      ORIGIN.Origin,
      { a: 1 },
    ]);
  });

  it.each([204, 205, 304])('fails with status %i, which has no body', async (status) => {
    const auth = authServerHandlers({ baseUrl });
    auth.fail({ status });
    const answer = await signIn(auth, {});
    expect([answer?.status, answer?.body]).toEqual([status, null]);
  });

  it.each<[Partial<AuthServerOptions>, string]>([
    [{ paths: { obtian: 'x' } }, 'there is no option "paths.obtian"; there are obtain, refresh, verify, blacklist'],
    [{ kind: 'oauth2', paths: { obtain: 'x' } }, 'there are token, revocation, authorization, endSession'],
    [{ paths: { obtain: 5 as never } }, 'paths.obtain must be text'],
    [{ paths: [] as never }, 'paths must be an object'],
    [{ users: [{ claims: { sub: '1' } }] }, 'users must be a list'],
    [{ users: ['alice'] as never }, 'users must be a list'],
    [{ users: [{ username: 'a', claims: 'admin' as never }] }, 'users must be a list'],
    [{ accessLifetime: Number.POSITIVE_INFINITY }, 'accessLifetime must be milliseconds'],
  ])('refuses %j', (options, named) => {
    expect(() => authServerHandlers({ baseUrl, ...options })).toThrow(TypeError);
    expect(() => authServerHandlers({ baseUrl, ...options })).toThrow(named);
  });

  it('refuses a fault that could never be met', () => {
    const auth = authServerHandlers({ baseUrl });
    expect(() => auth.fail({ on: 'sign-in' as never })).toThrow('fail: on must be one of signIn, refresh');
    expect(() => auth.fail({ status: 99 })).toThrow('fail: status must be');
    expect(() => auth.fail({ times: 0 })).toThrow('fail: times must be');
    expect(() => auth.fail({ retryAfter: -1 })).toThrow('fail: retryAfter must be');
    expect(() => auth.fail({ code: 503 } as never)).toThrow('there is no option "code"');
    expect(() => auth.loseNextAnswer('token' as never)).toThrow('loseNextAnswer: on must be one of');
    expect(() => auth.delay(Number.NaN)).toThrow('delay must be milliseconds');
  });
});

describe('users', () => {
  const pin = { phone: '555', pin: 7 };

  it.each([
    [pin, true],
    [{ phone: '555', pin: '7' }, true],
    [{ phone: 555, pin: 7 }, true],
    [{ phone: '555', pin: 8 }, false],
    [{ phone: '555' }, false],
  ])('sign in with %j alike in a test session and at a server in memory: %s', async (typed, isRight) => {
    const auth = authServerHandlers({ baseUrl, users: [pin] });
    expect((await signIn(auth, typed))?.status === 200).toBe(isRight);
    const session = createTestSession<object, object>({ users: [pin] });
    const isIn = await session.signIn(typed).then(
      () => true,
      () => false,
    );
    session.dispose();
    expect(isIn).toBe(isRight);
  });

  it('have a number for a name where there is no text, and nobody signs in whose fields were taken away', async () => {
    const users: { id?: number; password?: string }[] = [{ id: 7, password: 'x' }];
    const session = createTestSession<{ sub?: string }, object>({ users });
    expect((await session.signIn({ id: 7, password: 'x' })).sub).toBe('7');
    delete users[0]?.id;
    delete users[0]?.password;
    await expect(session.signIn({})).rejects.toMatchObject({ code: 'sign-in-rejected' });
    session.dispose();
  });
});
