import { delay, HttpResponse, http, type RequestHandler } from 'msw';
import { isDown, RETRY_AFTER } from './faults.ts';
import { issue, ownerOf, revoke } from './tokens.ts';

type Body = Readonly<Record<string, unknown>>;

/** How long a refresh takes, in milliseconds: long enough to see who waits for it. */
const REFRESH_TIME = 1000;
const USERS = ['alice', 'bob'];
const NO_ACCOUNT = { detail: 'No active account found with the given credentials' };
const DEAD_REFRESH_TOKEN = { detail: 'Token is invalid or expired', code: 'token_not_valid' };

/** Whoever gives the right password gets two tokens. */
async function signIn(request: Request, shape: typeof simpleJwtPair): Promise<Response> {
  const { username, password } = await read(request);
  await delay(300);
  const isRight = USERS.includes(String(username)) && password === `${username}-pass-1`;
  if (!isRight) return HttpResponse.json({ ...NO_ACCOUNT, msg: NO_ACCOUNT.detail }, { status: 401 });
  return HttpResponse.json(shape(String(username)));
}

/** A refresh token is good once: it is revoked when it is used. */
async function refresh(token: unknown, shape: typeof simpleJwtPair, refusal: () => Response): Promise<Response> {
  if (isDown()) return new HttpResponse(null, { status: 503, headers: { 'Retry-After': String(RETRY_AFTER) } });
  const username = ownerOf('refresh', token);
  if (username !== undefined) revoke(token);
  await delay(REFRESH_TIME);
  return username === undefined ? refusal() : HttpResponse.json(shape(username));
}

/** Signing in and out, and refreshing, as SimpleJWT, Flask-JWT-Extended and an OAuth server have it. */
export const signInViews: readonly RequestHandler[] = [
  http.post('/auth/token/', ({ request }) => signIn(request, simpleJwtPair)),
  http.post('/auth/token/refresh/', async ({ request }) =>
    refresh((await read(request)).refresh, simpleJwtPair, () => HttpResponse.json(DEAD_REFRESH_TOKEN, { status: 401 })),
  ),
  http.post('/auth/token/blacklist/', async ({ request }) => {
    const { refresh: token } = await read(request);
    if (ownerOf('refresh', token) === undefined) return HttpResponse.json(DEAD_REFRESH_TOKEN, { status: 401 });
    revoke(token);
    return HttpResponse.json({});
  }),

  http.post('/flask/login', ({ request }) => signIn(request, oauthPair)),
  http.post('/flask/refresh', ({ request }) =>
    refresh(bearerOf(request), oauthPair, () => HttpResponse.json({ msg: 'Token has been revoked' }, { status: 401 })),
  ),
  http.delete('/flask/logout', ({ request }) => {
    revoke(bearerOf(request));
    return HttpResponse.json({ msg: 'Token successfully revoked' });
  }),

  http.post('/oauth/login', ({ request }) => signIn(request, oauthPair)),
  http.post('/oauth/token', async ({ request }) => {
    const form = new URLSearchParams(await request.text());
    const refusal = (): Response => HttpResponse.json({ error: 'invalid_grant' }, { status: 400 });
    return refresh(form.get('refresh_token'), oauthPair, refusal);
  }),
  http.post('/oauth/revoke', async ({ request }) => {
    revoke(new URLSearchParams(await request.text()).get('token'));
    return new HttpResponse(null, { status: 200 });
  }),
];

/** The token that a request presents. */
export function bearerOf(request: Request): string {
  return (request.headers.get('Authorization') ?? '').replace(/^Bearer /, '');
}

function simpleJwtPair(username: string): Record<string, unknown> {
  return { access: issue('access', username), refresh: issue('refresh', username) };
}

function oauthPair(username: string): Record<string, unknown> {
  const { access, refresh } = simpleJwtPair(username);
  return { access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: 30 };
}

async function read(request: Request): Promise<Body> {
  return (await request.json().catch(() => ({}))) as Body;
}
