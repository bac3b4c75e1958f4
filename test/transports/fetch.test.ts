// @vitest-environment node
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';

/** What reached the platform's fetch, made into the Request that it stands for. */
interface Sent {
  readonly input: unknown;
  readonly init: RequestInit | undefined;
  readonly request: Request;
}

/** An authorised fetch whose first answer is a refusal when its token is, and that notes what it was given. */
async function recorded() {
  const world = createWorld();
  const sent: Sent[] = [];
  const send = createAuthorizedFetch(world.session, {
    resourceServers: [API],
    fetch: async (input, init) => {
      const request = new Request(input, init);
      sent.push({ input, init, request });
      return new Response('{}', {
        status: world.backend.accepts(request.headers.get('Authorization') ?? undefined) ? 200 : 401,
      });
    },
  });
  await world.session.signIn(ALICE);
  world.backend.expireAll();
  return { ...world, send, sent };
}

const TRAITS = [
  'url',
  'method',
  'credentials',
  'mode',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
] as const;
const traitsOf = (request: Request) => Object.fromEntries(TRAITS.map((trait) => [trait, request[trait]]));

const init: RequestInit = {
  method: 'PUT',
  credentials: 'include',
  mode: 'same-origin',
  cache: 'no-store',
  redirect: 'manual',
  referrer: '',
  referrerPolicy: 'no-referrer',
  integrity: 'sha256-x',
  keepalive: true,
};

describe('fetch', () => {
  it.each<[string, () => [RequestInfo | URL, RequestInit?]]>([
    ['a string', () => [`${API}/a?b=1#c`, init]],
    ['a URL', () => [new URL(`${API}/a?b=1#c`), init]],
    ['a Request', () => [new Request(`${API}/a?b=1#c`, init)]],
    ['a Request with a body', () => [new Request(`${API}/a?b=1#c`, { ...init, body: 'x' })]],
    ['a Request and an init', () => [new Request(`${API}/a?b=1#c`), init]],
    ['a GET without anything', () => [`${API}/a`]],
    ['a Request without anything', () => [new Request(`${API}/a`)]],
    ['a POST Request', () => [new Request(`${API}/a`, { method: 'POST', body: 'x' })]],
    ['a Request with a referrer', () => [new Request(`${API}/a`, { referrer: 'about:client', cache: 'reload' })]],
  ])('keeps everything that %s says, both times (C16)', async (_, make) => {
    const { send, sent } = await recorded();
    const expected = traitsOf(new Request(...make()));

    expect((await send(...make())).status).toBe(200);
    expect(sent.map(({ request }) => traitsOf(request))).toEqual([expected, expected]);
  });

  it.each<[string, HeadersInit]>([
    ['an object', { 'X-App': '1', accept: 'a/b' }],
    ['pairs', Object.entries({ 'X-App': '1', accept: 'a/b' })],
    ['Headers', new Headers({ 'X-App': '1', accept: 'a/b' })],
    ['a Map', new Map(Object.entries({ 'X-App': '1', accept: 'a/b' })) as never],
  ])('keeps headers given as %s, and writes nothing on them (C16, C23)', async (_, headers) => {
    const { send, sent, backend } = await recorded();
    const given = Object.freeze({ headers: Object.freeze(headers) }) as RequestInit;
    await send(`${API}/`, given);
    await send(new Request(`${API}/`, { headers: { 'X-App': 'replaced', 'X-Gone': '1' } }), given);

    for (const { request } of sent) {
      expect([request.headers.get('X-App'), request.headers.get('accept'), request.headers.get('X-Gone')]).toEqual([
        '1',
        'a/b',
        null,
      ]);
    }
    expect(sent.map(({ request }) => backend.accepts(request.headers.get('Authorization') ?? ''))).toEqual([
      false,
      true,
      true,
    ]);
    expect(new Headers(headers).has('Authorization')).toBe(false);
  });

  it('keeps the headers of a Request (C16)', async () => {
    const { send, sent } = await recorded();
    const request = new Request(`${API}/`, { headers: { 'X-App': '1' } });
    await send(request);

    for (const { request: each } of sent) expect(each.headers.get('X-App')).toBe('1');
    expect(request.headers.has('Authorization')).toBe(false);
  });

  it('hands on what only the platform’s fetch knows: priority, duplex, window, dispatcher (C16)', async () => {
    const { send, sent } = await recorded();
    const dispatcher = {};
    await send(`${API}/`, { priority: 'low', dispatcher, duplex: 'half' } as never);
    const request = new Request(`${API}/`);
    await send(request, { priority: 'high' });

    expect(
      sent.map(({ init: given }) => [given?.priority, (given as { dispatcher?: object }).dispatcher === dispatcher]),
    ).toEqual([
      ['low', true],
      ['low', true],
      ['high', false],
    ]);
    // The Request itself goes on, with what cannot be read from it.
    expect(sent[2]?.input).toBe(request);
  });

  it('makes no Request of a string or a URL (C16)', async () => {
    const { send, sent } = await recorded();
    await send(new URL('/a', API));

    expect(sent.map(({ input }) => input)).toEqual([`${API}/a`, `${API}/a`]);
  });

  it('passes on at once, as it is, what carries an Authorization of its own (C18)', async () => {
    const { send, sent, backend } = await recorded();
    const own = { authorization: 'Basic x' };
    const request = new Request(`${API}/`, { headers: own });
    for (const headers of [own, new Headers(own), Object.entries(own) as [string, string][]]) {
      expect((await send(`${API}/`, { headers } as RequestInit)).status).toBe(401);
    }
    expect((await send(request)).status).toBe(401);

    expect(sent.every(({ request: { headers } }) => headers.get('Authorization') === 'Basic x')).toBe(true);
    expect(sent[3]).toMatchObject({ input: request, init: undefined });
    expect(backend.calls.refresh).toBe(0);
  });

  it('gives the caller a response that nobody has read (C16)', async () => {
    const { send, backend } = await recorded();
    backend.accepts = () => false;
    const response = await send(`${API}/`);

    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe('{}');
  });

  it('lets go of the body of the refusal that it sends again (C16)', async () => {
    const { session, backend } = createWorld();
    const cancelled: number[] = [];
    let sends = 0;
    const send = createAuthorizedFetch(session, {
      resourceServers: [API],
      fetch: async () => {
        sends += 1;
        const no = sends;
        const body = new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1024)),
          cancel: () => void cancelled.push(no),
        });
        return new Response(body, { status: no === 1 ? 401 : 200 });
      },
    });
    await session.signIn(ALICE);
    const response = await send(`${API}/`);

    expect([response.status, backend.calls.refresh, cancelled]).toEqual([200, 1, [1]]);
    await response.body?.cancel();
  });

  it('fails as the platform’s fetch fails (C16)', async () => {
    const { session } = createWorld();
    const failure = new TypeError('Failed to fetch');
    const throwing = createAuthorizedFetch(session, {
      resourceServers: [API],
      fetch: () => {
        throw failure;
      },
    });
    const rejecting = createAuthorizedFetch(session, { resourceServers: [API], fetch: () => Promise.reject(failure) });
    await session.signIn(ALICE);

    await expect(rejecting(`${API}/`)).rejects.toBe(failure);
    await expect(throwing(`${API}/`)).rejects.toBe(failure);
    expect(session.getState().status).toBe('signed-in');
  });

  it('rejects, and never throws, for what is no request (C16)', async () => {
    const { send } = await recorded();
    const outcomes = [
      () => send('http://['),
      () => send(Symbol('x') as never),
      () => send(`${API}/`, { method: 'GET', body: 'x' }),
      () => send(`${API}/`, { headers: [['only a name']] as never }),
      () => send(`${API}/`, { headers: { 'not a name': 'x' } }),
    ].map((start) => start());

    for (const outcome of await Promise.allSettled(outcomes)) expect(outcome.status).toBe('rejected');
  });

  it('looks up the platform’s fetch for each request, so that a mock installed later is used (C21)', async () => {
    const { session } = createWorld();
    const send = createAuthorizedFetch(session, { resourceServers: [API] });
    await session.signIn(ALICE);
    const { fetch } = globalThis;
    try {
      globalThis.fetch = async () => new Response('mocked');
      expect(await (await send(`${API}/`)).text()).toBe('mocked');
    } finally {
      globalThis.fetch = fetch;
    }
  });
});
