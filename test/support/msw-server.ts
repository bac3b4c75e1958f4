import type { FakeBackend } from 'latchkey/testing';
import { HttpResponse, http, type RequestHandler } from 'msw';

/** What the handlers saw of one request. */
export interface Visit {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: string;
}

/** A small shop behind msw: `/orders` wants a token, `/news` does not, `/closed` is down. */
export function shopHandlers(origin: string, backend: FakeBackend, visits: Visit[]): RequestHandler[] {
  const visit = async (request: Request): Promise<boolean> => {
    const authorization = request.headers.get('Authorization');
    visits.push({ path: new URL(request.url).pathname, authorization, body: await request.clone().text() });
    return backend.accepts(authorization ?? undefined);
  };
  const refusal = () =>
    HttpResponse.json(
      { detail: 'no' },
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' } },
    );
  return [
    http.get(`${origin}/orders`, async ({ request }) =>
      (await visit(request)) ? HttpResponse.json([{ id: 1 }]) : refusal(),
    ),
    http.post(`${origin}/orders`, async ({ request }) =>
      (await visit(request)) ? HttpResponse.json(await request.json(), { status: 201 }) : refusal(),
    ),
    http.get(`${origin}/news`, async ({ request }) => {
      await visit(request);
      return HttpResponse.text('news');
    }),
    http.get(`${origin}/closed`, async ({ request }) => {
      await visit(request);
      return new HttpResponse('<h1>503</h1>', { status: 503, headers: { 'Content-Type': 'text/html' } });
    }),
  ];
}
