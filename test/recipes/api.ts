import { type AuthServer, authServerHandlers } from 'latchkey/testing/msw';
import { getResponse } from 'msw';

/** Who can sign in. */
export const ALICE = { username: 'alice', password: 'alice-pass-1' };
export const BOB = { username: 'bob', password: 'bob-pass-1' };

/** One request as it came. */
export interface Received {
  /** `GET /orders/`. */
  readonly line: string;
  readonly authorization: string | undefined;
  readonly status: number;
}

/** Answers the request of a user. */
export type Route = (user: string, request: Request) => Response | Promise<Response>;

/** The server of the recipes, wherever it is. */
export interface Api {
  readonly auth: AuthServer;
  readonly received: Received[];
  answer(request: Request): Promise<Response>;
}

/**
 * Makes the server of the recipes: `/auth/` is SimpleJWT, `/orders/` are those of the user, `/outage/` is down, `/never/` takes no
 * token, and `/open/`
 * says whether it was given a token.
 *
 * @param routes More of it, by path.
 */
export function createApi(origin: string, routes: Readonly<Record<string, Route>> = {}): Api {
  const auth = authServerHandlers({ baseUrl: `${origin}/auth`, users: [ALICE, BOB] });
  const received: Received[] = [];
  const all: Readonly<Record<string, Route>> = {
    '/orders/': async (user, request) =>
      Response.json(request.method === 'POST' ? [`${await request.text()} of ${user}`] : [`a lamp of ${user}`]),
    '/never/': () => Response.json({}, { status: 401 }),
    '/outage/': () => new Response('', { status: 503 }),
    ...routes,
  };

  async function answerApi(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/open/') return Response.json(request.headers.get('Authorization') ?? 'bare');
    const route = all[pathname];
    if (!route) return new Response('', { status: 404 });
    return auth.protect(request, (user) => route(String(user.username), request));
  }

  return {
    auth,
    received,
    async answer(request) {
      if (new URL(request.url).pathname.startsWith('/auth/')) {
        return (await getResponse([...auth.handlers], request)) ?? new Response('', { status: 404 });
      }
      const response = await answerApi(request);
      const line = `${request.method} ${new URL(request.url).pathname}`;
      received.push({
        line,
        authorization: request.headers.get('Authorization') ?? undefined,
        status: response.status,
      });
      return response;
    },
  };
}
