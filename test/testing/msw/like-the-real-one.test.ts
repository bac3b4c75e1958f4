// @vitest-environment node
import { authServerHandlers } from 'latchkey/testing/msw';
import { getResponse, type HttpHandler, HttpResponse, http } from 'msw';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DjangoServer, startDjango } from '../../servers/django/start.mjs';

const ALICE = { username: 'alice', password: 'alice-pass-1' };
const BOB = { username: 'bob', password: 'bob-pass-1' };

let django: DjangoServer;
beforeAll(async () => {
  django = await startDjango();
});
afterAll(() => django.stop());

/** What a server says, without what is random in it: tokens are texts, and no text but that of a code or a problem counts. */
interface Said {
  readonly status: number;
  readonly challenge: string | null;
  readonly type: string | null;
  readonly body: unknown;
}
type Ask = (path: string, init?: RequestInit) => Promise<Response>;
type Send = (path: string, init?: RequestInit) => Promise<{ said: Said; body: Record<string, never> }>;

/** The two servers, asked in the same way. */
const servers: readonly (readonly [name: string, create: (rotate: boolean) => Promise<Ask>])[] = [
  [
    'the real one',
    async (rotate) => {
      await django.reset();
      await django.set({ rotate });
      return (path, init) => fetch(django.url + path, init);
    },
  ],
  [
    'the one in memory',
    async (rotate) => {
      const auth = authServerHandlers({ baseUrl: 'http://127.0.0.1:1/auth', users: [ALICE, BOB], rotate });
      const me = http.get('http://127.0.0.1:1/api/me/', ({ request }) =>
        auth.protect(request, ({ username }) => HttpResponse.json({ username })),
      );
      const handlers: HttpHandler[] = [...auth.handlers, me];
      return async (path, init) => {
        const answer = await getResponse(handlers, new Request(`http://127.0.0.1:1${path}`, init));
        return answer ?? Promise.reject(new Error(`no handler for ${path}`));
      };
    },
  ],
];

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
const bearer = (authorization: string): RequestInit => ({ headers: { Authorization: authorization } });

/** Plays a story on a server, and gives what it said. */
async function play(ask: Ask, story: (send: Send) => Promise<void>): Promise<readonly Said[]> {
  const said: Said[] = [];
  await story(async (path, init) => {
    const answer = await ask(path, init);
    const body = await answer.json();
    const { status, headers } = answer;
    const now = {
      status,
      challenge: headers.get('WWW-Authenticate'),
      type: headers.get('Content-Type'),
      body: shapeOf(path === ME && status === 200 ? { username: body.username } : body),
    };
    said.push(now);
    return { said: now, body };
  });
  return said;
}

/** Tokens and names as their kind; prose of parsers and lists as it is, but for what a JSON parser says. */
function shapeOf(value: unknown): unknown {
  // This Django takes sliding tokens as well, and says of them what it says of the others.
  if (Array.isArray(value)) return value.filter((one) => one?.token_type !== 'sliding').map(shapeOf);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .sort(([one], [other]) => one.localeCompare(other))
        .map(([key, member]) => [key, key === 'code' ? member : shapeOf(member)]),
    );
  }
  if (typeof value !== 'string') return typeof value;
  if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(value)) return claimsOf(value);
  return value.replace(/^(JSON parse error|Invalid data\. Expected a dictionary).*$/, '$1');
}

/** The names of a token's claims, and what sort of token it is. */
function claimsOf(token: string): unknown {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return { names: Object.keys(claims).sort(), type: claims.token_type, whole: Number.isInteger(claims.exp) };
}

const TOKEN = '/auth/token/';
const REFRESH = '/auth/token/refresh/';
const VERIFY = '/auth/token/verify/';
const BLACKLIST = '/auth/token/blacklist/';
const ME = '/api/me/';

const stories: readonly (readonly [what: string, story: (send: Send) => Promise<void>])[] = [
  [
    'sign-ins, right and wrong',
    async (send) => {
      for (const typed of [
        ALICE,
        BOB,
        { ...ALICE, password: 'no' },
        { username: 'nobody', password: 'no' },
        { ...ALICE, more: 1 },
      ]) {
        await send(TOKEN, post(typed));
      }
    },
  ],
  [
    'bodies that are not what was asked for',
    async (send) => {
      const odd = [
        {},
        { refresh: null },
        { refresh: '' },
        { refresh: ' ' },
        { refresh: [] },
        { refresh: {} },
        { refresh: true },
        { refresh: 1 },
      ];
      for (const body of [...odd, [], 'text', 1, null]) await send(REFRESH, post(body));
      for (const body of [{ username: 'alice' }, { password: 'x' }, { username: '', password: null }]) {
        await send(TOKEN, post(body));
      }
      await send(VERIFY, post({}));
      await send(BLACKLIST, post({}));
      await send(REFRESH, { ...post({}), body: '{"refresh"' });
      await send(REFRESH, { ...post({}), body: '' });
      await send(REFRESH, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: '{}' });
    },
  ],
  [
    'forms instead of JSON',
    async (send) => {
      const { body } = await send(TOKEN, { method: 'POST', body: new URLSearchParams(ALICE) });
      await send(REFRESH, { method: 'POST', body: new URLSearchParams({ refresh: String(body.refresh) }) });
      const form = new FormData();
      for (const [name, value] of Object.entries(ALICE)) form.set(name, value);
      await send(TOKEN, { method: 'POST', body: form });
    },
  ],
  [
    'other methods',
    async (send) => {
      for (const path of [TOKEN, REFRESH, VERIFY, BLACKLIST]) {
        for (const method of ['GET', 'PUT', 'DELETE']) await send(path, { method });
      }
    },
  ],
  [
    'a refresh, and the old token again',
    async (send) => {
      const { body: first } = await send(TOKEN, post(ALICE));
      const { body: second } = await send(REFRESH, post({ refresh: first.refresh }));
      await send(REFRESH, post({ refresh: first.refresh }));
      await send(REFRESH, post({ refresh: second.refresh ?? first.refresh }));
      await send(REFRESH, post({ refresh: first.access }));
      await send(REFRESH, post({ refresh: 'abc' }));
      await send(ME, bearer(`Bearer ${second.access}`));
    },
  ],
  [
    'verification',
    async (send) => {
      const { body } = await send(TOKEN, post(ALICE));
      for (const token of [body.access, body.refresh, 'abc', 'a.b.c']) await send(VERIFY, post({ token }));
      await send(BLACKLIST, post({ refresh: body.refresh }));
      for (const token of [body.access, body.refresh]) await send(VERIFY, post({ token }));
    },
  ],
  [
    'a sign-out, once and again',
    async (send) => {
      const { body } = await send(TOKEN, post(ALICE));
      await send(BLACKLIST, post({ refresh: body.access }));
      await send(BLACKLIST, post({ refresh: 'abc' }));
      await send(BLACKLIST, post({ refresh: body.refresh }));
      await send(BLACKLIST, post({ refresh: body.refresh }));
      await send(REFRESH, post({ refresh: body.refresh }));
      await send(ME, bearer(`Bearer ${body.access}`));
    },
  ],
  [
    'what an API says of headers',
    async (send) => {
      const { body } = await send(TOKEN, post(ALICE));
      const { access, refresh } = body;
      await send(ME);
      for (const header of [
        `Bearer ${access}`,
        `bearer ${access}`,
        `Token ${access}`,
        'Bearer',
        `Bearer ${access} x`,
        'Bearer abc',
        `Bearer ${refresh}`,
        `${access}`,
      ]) {
        await send(ME, bearer(header));
      }
    },
  ],
];

describe.each([
  ['on', true],
  ['off', false],
])('a server in memory, with rotation %s', (_, rotate) => {
  it.each(stories)('answers as a real Django does: %s', async (_what, story) => {
    const heard: (readonly Said[])[] = [];
    for (const [, create] of servers) heard.push(await play(await create(rotate), story));
    const [real, fake] = heard;
    expect(real?.length).toBeGreaterThan(2);
    expect(fake).toEqual(real);
  });
});
