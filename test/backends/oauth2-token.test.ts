import { afterEach, describe, expect, it, vi } from 'vitest';
import { oauth2Token } from '../../src/backends/oauth2-token.ts';
import type { SessionRecord } from '../../src/token/session-record.ts';
import type { TokenInput } from '../../src/token/token-set.ts';
import { answering, contextOf } from './local-server.ts';
import { recordOf } from './saying.ts';

const TOKEN = 'https://id.example.com/oauth/token';
const REVOKE = 'https://id.example.com/oauth/revoke';
const OPTIONS = { tokenEndpoint: TOKEN, clientId: 'spa' };
const record = (tokens: TokenInput = {}): SessionRecord =>
  recordOf({ accessToken: 'a.1', refreshToken: 'r.1', ...tokens });

function recording(body: unknown = { access_token: 'a.2', token_type: 'Bearer' }): {
  readonly sent: [string, RequestInit][];
  readonly send: typeof fetch;
} {
  const sent: [string, RequestInit][] = [];
  const answer = answering(body);
  return {
    sent,
    send: async (input, init) => {
      sent.push([String(input), init ?? {}]);
      return await answer(input, init);
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

const refreshing = (body: unknown, status: number, headers: Record<string, string> = {}): Promise<unknown> =>
  outcomeOf(oauth2Token(OPTIONS).refresh?.(record(), contextOf(answering(body, status, headers))));

afterEach(() => vi.unstubAllGlobals());

describe('a refresh of oauth2Token', () => {
  it('is a form of RFC 6749 section 6, without cookies, cache, referrer or redirects, and with no token besides (OAU-4, ATT-10, ATT-11, RED-1)', async () => {
    const { sent, send } = recording();
    await oauth2Token(OPTIONS).refresh?.(record({ scope: 'read', idToken: 'i.1' }), contextOf(send));
    const [[url, init] = ['', {} as RequestInit]] = sent;
    expect(url).toBe(TOKEN);
    expect(init.body).toBe('grant_type=refresh_token&refresh_token=r.1&client_id=spa');
    expect(init.headers).toEqual({ 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' });
    expect(init).toMatchObject({
      method: 'POST',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
    });
  });

  it.each([
    ['all of it where nobody knows what was granted', undefined, 'read write'],
    ['only what was granted', 'read', 'read'],
    ['nothing where none of it was granted', 'openid', null],
  ])('asks for %s (ROT-10)', async (_, scope, asked) => {
    const { sent, send } = recording();
    const backend = oauth2Token({ ...OPTIONS, scope: 'read write', resource: 'https://api.example.com' });
    await backend.refresh?.(record({ scope }), contextOf(send));
    const form = new URLSearchParams(String(sent[0]?.[1].body));
    expect(form.get('scope')).toBe(asked);
    expect(form.get('resource')).toBe('https://api.example.com');
  });

  it('keeps the query of its endpoint (RFC 6749 section 3.2)', async () => {
    const { sent, send } = recording();
    await oauth2Token({ ...OPTIONS, tokenEndpoint: `${TOKEN}?p=policy` }).refresh?.(record(), contextOf(send));
    expect(sent[0]?.[0]).toBe(`${TOKEN}?p=policy`);
  });

  it('reads opaque tokens, their lifetime and a new ID token (C45, ROT-9)', async () => {
    const body = { access_token: 'o~+/=', token_type: 'bearer', expires_in: 60, id_token: 'i.2', extra: 1 };
    expect(await refreshing(body, 200)).toMatchObject({ accessToken: 'o~+/=', lifetime: 60_000, idToken: 'i.2' });
  });

  it.each([400, 401, 403])('that is answered %d invalid_grant ends the session (ROT-6)', async (status) => {
    const body = { error: 'invalid_grant', error_description: 'x' };
    expect(await refreshing(body, status)).toMatchObject({ code: 'refresh-rejected', reason: 'refresh-rejected' });
  });

  it.each([
    ['invalid_client', 401],
    ['unauthorized_client', 400],
    ['unsupported_grant_type', 400],
    ['invalid_scope', 400],
    ['invalid_target', 400],
    ['invalid_request', 400],
  ])('that is answered %s leaves the session alone, and says what to mend (ROT-6)', async (error, status) => {
    expect(await refreshing({ error }, status)).toMatchObject({
      code: 'auth-unavailable',
      status,
      message: expect.stringContaining(`says ${error}: `),
    });
  });

  it.each([
    ['500 with the code', 500, { error: 'invalid_grant' }],
    ['503', 503, ''],
    ['429 with the code', 429, { error: 'invalid_grant' }],
    ['408', 408, { error: 'invalid_grant' }],
    ['400 with HTML', 400, '<h1>invalid_grant</h1>'],
    ['400 with another code', 400, { error: 'temporarily_unavailable' }],
    ['400 with the code in the prose', 400, { error: 'x', error_description: 'invalid_grant' }],
    ['400 with a list', 400, [{ error: 'invalid_grant' }]],
    ['400 with a code in a code', 400, { error: { error: 'invalid_grant' } }],
    ['401 of a gateway', 401, { message: 'Unauthorized' }],
    ['an inherited code', 400, JSON.parse('{"__proto__":{"error":"invalid_grant"}}')],
  ])('that is answered %s is no verdict (C24, ROT-6)', async (_, status, body) => {
    expect(await refreshing(body, status)).toMatchObject({ code: 'auth-unavailable' });
  });

  it.each([
    ['HTML', '<!doctype html>'],
    ['no access token', { refresh_token: 'r.2', token_type: 'Bearer' }],
    ['a token of another type', { access_token: 'a.2', token_type: 'DPoP' }],
  ])('that is answered 200 with %s is no verdict, and no token (ROT-9)', async (_, body) => {
    expect(await refreshing(body, 200)).toMatchObject({ code: 'token-response' });
  });

  it('takes Retry-After to the engine, and no word of the server into an error (C26, LOG-1)', async () => {
    expect(await refreshing('', 429, { 'Retry-After': '7' })).toMatchObject({ retryAfter: 7000 });
    const error = await refreshing({ error: 'invalid_client', error_description: 'r.1 CANARY' }, 401);
    expect(JSON.stringify([error, String(error), (error as Error).stack])).not.toMatch(/CANARY|r\.1/);
  });
});

describe('a revocation of oauth2Token', () => {
  const backend = oauth2Token({ ...OPTIONS, revocationEndpoint: REVOKE });

  it('is of the refresh token, else of the access token, and outlives the page (RFC 7009)', async () => {
    const { sent, send } = recording({});
    await backend.revoke?.(record(), contextOf(send), { everywhere: false });
    const alone = recordOf({ accessToken: 'a.1' });
    await backend.revoke?.(alone, contextOf(send), { everywhere: false });
    expect(sent.map(([url, { body }]) => `${url} ${body}`)).toEqual([
      `${REVOKE} token=r.1&token_type_hint=refresh_token&client_id=spa`,
      `${REVOKE} token=a.1&token_type_hint=access_token&client_id=spa`,
    ]);
    expect(sent.every(([, { keepalive, redirect }]) => keepalive === true && redirect === 'error')).toBe(true);
  });

  it('sends nothing where there is nothing to revoke, and throws what is no success', async () => {
    const { sent, send } = recording({});
    const none = recordOf();
    await backend.revoke?.(none, contextOf(send), { everywhere: false });
    expect(sent).toEqual([]);
    const context = contextOf(answering({ error: 'invalid_client' }, 401));
    expect(await outcomeOf(backend.revoke?.(record(), context, { everywhere: false }))).toMatchObject({ status: 401 });
  });

  it('is not there without an endpoint: then a sign-out stays local', () => {
    expect('revoke' in oauth2Token(OPTIONS)).toBe(false);
  });
});

describe('the options of oauth2Token', () => {
  it.each([
    ['nothing', undefined, 'tokenEndpoint, clientId'],
    ['no token endpoint', { clientId: 'spa' }, 'tokenEndpoint'],
    ['no client id', { tokenEndpoint: TOKEN }, 'clientId'],
    ['plain http', { ...OPTIONS, tokenEndpoint: 'http://id.example.com/token' }, 'https'],
    [
      'a revocation over plain http',
      { ...OPTIONS, revocationEndpoint: 'http://id.example.com/' },
      'revocationEndpoint',
    ],
    ['a password in the URL', { ...OPTIONS, tokenEndpoint: 'https://a:CANARY@id.example.com/' }, 'user'],
    ['a fragment', { ...OPTIONS, tokenEndpoint: `${TOKEN}#x` }, 'fragment'],
    ['javascript:', { ...OPTIONS, tokenEndpoint: 'javascript:alert(1)' }, 'https'],
    ['a client secret (OAU-3)', { ...OPTIONS, clientSecret: 'CANARY' }, 'keeps no secret'],
    ['one as on the wire (OAU-3)', { ...OPTIONS, client_secret: 'CANARY' }, 'leave client_secret out'],
    ['another grant (OAU-1)', { ...OPTIONS, grantType: 'password' }, '"grantType"'],
    ['a password (OAU-1)', { ...OPTIONS, password: 'CANARY' }, '"password"'],
    ['a scope that is a list', { ...OPTIONS, scope: ['read'] }, 'scope'],
    ['allowInsecure: "yes"', { ...OPTIONS, allowInsecure: 'yes' }, 'allowInsecure'],
  ])('refuse %s, and name it', (_, options, named) => {
    const make = () => oauth2Token(options as never);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(named);
    expect(make).not.toThrow('CANARY');
  });

  it('offer no sign-in: there is no password grant, and no implicit one (OAU-1)', () => {
    expect(Object.keys(oauth2Token({ ...OPTIONS, revocationEndpoint: REVOKE })).sort()).toEqual([
      'endpoints',
      'refresh',
      'revoke',
      'tokensFrom',
    ]);
    expect(Object.getPrototypeOf(oauth2Token(OPTIONS))).toBeNull();
  });

  it('name the endpoints, to which no token is attached, and none where there is no page for a relative one', () => {
    expect(oauth2Token({ ...OPTIONS, revocationEndpoint: REVOKE }).endpoints).toEqual([TOKEN, REVOKE]);
    vi.stubGlobal('location', undefined);
    vi.stubGlobal('document', undefined);
    expect(oauth2Token({ ...OPTIONS, tokenEndpoint: '/oauth/token' }).endpoints).toEqual([]);
  });

  it('may allow plain http', () => {
    const tokenEndpoint = 'http://id.intern/token';
    expect(oauth2Token({ ...OPTIONS, tokenEndpoint, allowInsecure: true }).endpoints).toEqual([tokenEndpoint]);
  });
});
