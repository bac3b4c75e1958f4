import { delay, HttpResponse, http, type RequestHandler } from 'msw';
import { setAnswersLate, takeDown, timeFor } from './faults.ts';
import { itemsOf } from './items.ts';
import { bearerOf, signInViews } from './sign-in-views.ts';
import { ownerOf, revokeAll } from './tokens.ts';

const DEAD_TOKEN = { detail: 'Given token not valid for any token type', code: 'token_not_valid' };

/** A Django with SimpleJWT, as far as these pages ask anything of it; with two other ways of signing in beside it. */
export const handlers: readonly RequestHandler[] = [
  ...signInViews,

  http.post('/auth/logout/all/', ({ request }) =>
    answer(request, () => {
      revokeAll('refresh');
      return new HttpResponse(null, { status: 204 });
    }),
  ),

  http.get('/api/me/', ({ request }) =>
    answer(request, (username) => HttpResponse.json({ id: 1, username, email: `${username}@example.com` })),
  ),
  http.get('/api/items/', ({ request }) =>
    answer(request, (username) => {
      const page = itemsOf(username, new URL(request.url));
      return page ? HttpResponse.json(page) : HttpResponse.json({ detail: 'Invalid page.' }, { status: 404 });
    }),
  ),

  http.post('/_control/:command', ({ params: { command } }) => {
    if (command === 'expire') revokeAll('access');
    else if (command === 'revoke-all') revokeAll('access', 'refresh');
    else if (command === 'late' || command === 'prompt') setAnswersLate(command === 'late');
    else if (command === 'outage') {
      revokeAll('access');
      takeDown();
    } else return new HttpResponse(null, { status: 404 });
    return HttpResponse.json({});
  }),
];

/** Answers whoever brings a good access token, after some time. Whether it is good is decided when the request comes. */
async function answer(request: Request, respond: (username: string) => Response): Promise<Response> {
  const token = bearerOf(request);
  const username = ownerOf('access', token);
  await delay(timeFor(new URL(request.url)));
  if (token === '') {
    return HttpResponse.json({ detail: 'Authentication credentials were not provided.' }, { status: 401 });
  }
  return username === undefined ? HttpResponse.json(DEAD_TOKEN, { status: 401 }) : respond(username);
}
