import { delay, HttpResponse, http, type RequestHandler } from 'msw';
import { isDown, takeDown } from './outage.ts';
import { issue, ownerOf, revoke, revokeAll } from './tokens.ts';

type Body = Record<string, unknown>;

/** How long a refresh takes, in milliseconds: long enough to see who waits for it. */
const REFRESH_TIME = 1200;
const NO_ACCOUNT = 'No active account found with the given credentials';
const DEAD_TOKEN = { detail: 'Given token not valid for any token type', code: 'token_not_valid' };
const DEAD_REFRESH_TOKEN = { detail: 'Token is invalid or expired', code: 'token_not_valid' };

/** A Django with SimpleJWT, as far as this page asks anything of it: refresh tokens rotate, and are revoked when used. */
export const handlers: readonly RequestHandler[] = [
  http.post('/auth/token/', async ({ request }) => {
    const { username, password } = await read(request);
    await delay(300);
    if (username !== 'alice' || password !== 'alice-pass-1') {
      return HttpResponse.json({ detail: NO_ACCOUNT }, { status: 401 });
    }
    return HttpResponse.json({ access: issue('access', username), refresh: issue('refresh', username) });
  }),

  http.post('/auth/token/refresh/', async ({ request }) => {
    if (isDown()) return new HttpResponse(null, { status: 503 });
    const { refresh } = await read(request);
    const username = ownerOf('refresh', refresh);
    if (username !== undefined) revoke(refresh);
    await delay(REFRESH_TIME);
    if (username === undefined) return HttpResponse.json(DEAD_REFRESH_TOKEN, { status: 401 });
    return HttpResponse.json({ access: issue('access', username), refresh: issue('refresh', username) });
  }),

  http.post('/auth/token/blacklist/', async ({ request }) => {
    const { refresh } = await read(request);
    if (ownerOf('refresh', refresh) === undefined) return HttpResponse.json(DEAD_REFRESH_TOKEN, { status: 401 });
    revoke(refresh);
    return HttpResponse.json({});
  }),

  http.get('/api/me/', ({ request }) =>
    answer(request, (username) => ({ id: 1, username, email: `${username}@example.com` })),
  ),
  http.get('/api/items/', ({ request }) =>
    answer(request, () => ({ count: 1, next: null, previous: null, results: [{ id: 1, name: 'Item 1' }] })),
  ),

  http.post('/_control/expire', () => {
    revokeAll('access');
    return HttpResponse.json({});
  }),
  http.post('/_control/outage', () => {
    revokeAll('access');
    takeDown();
    return HttpResponse.json({});
  }),
  http.post('/_control/revoke-all', () => {
    revokeAll('access', 'refresh');
    return HttpResponse.json({});
  }),
];

/** Answers whoever brings a good access token, after some time: no two requests take the same. */
async function answer(request: Request, body: (username: string) => Body): Promise<Response> {
  const authorization = request.headers.get('Authorization') ?? '';
  const username = ownerOf('access', authorization.replace(/^Bearer /, ''));
  await delay(150 + 450 * Math.random());
  if (authorization === '') {
    return HttpResponse.json({ detail: 'Authentication credentials were not provided.' }, { status: 401 });
  }
  return username === undefined ? HttpResponse.json(DEAD_TOKEN, { status: 401 }) : HttpResponse.json(body(username));
}

async function read(request: Request): Promise<Body> {
  return (await request.json().catch(() => ({}))) as Body;
}
