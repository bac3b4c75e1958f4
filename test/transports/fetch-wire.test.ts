// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { API } from '../support/world.ts';
import { answerOf, createFakeEngine, fetchOver, holding } from './fake-engine.ts';

type Given = Parameters<typeof fetch>;

/** An authorised fetch over an engine, and what it hands on, argument by argument. */
function recorded(engine = createFakeEngine(), status = 200) {
  const given: Given[] = [];
  const send = fetchOver(engine, async (...args) => {
    given.push(args);
    return answerOf(status);
  });
  return { engine, given, send };
}

const url = `${API}/a`;
const post = { method: 'POST', body: 'x' };

describe('what fetch is handed', () => {
  it.each<[string, RequestInit | undefined]>([
    ['nothing', undefined],
    ['an init', { method: 'PUT', body: 'x', headers: { 'X-App': '1' } }],
  ])('is exactly what the caller gave, where no token may go, with %s (C16)', async (_, init) => {
    const { send, given } = recorded();
    await send('https://elsewhere.example/a', init);

    expect(given).toEqual([['https://elsewhere.example/a', init]]);
  });

  it('is the very Request where no token may go: any init would reset its referrer (C16)', async () => {
    const { send, given } = recorded();
    const request = new Request('https://elsewhere.example/a', { headers: { 'X-App': '1' } });
    await send(request);

    expect(given).toEqual([[request, undefined]]);
    expect(given[0]?.[0]).toBe(request);
  });

  it('says with which credentials, where that is all that is presented (C21)', async () => {
    const engine = createFakeEngine({ ready: () => holding({ credentials: 'include' }) });
    const { send, given } = recorded(engine);
    await send(url, { credentials: 'omit' });
    await send(new Request(url));

    expect(given.map(([, init]) => init?.credentials)).toEqual(['include', 'include']);
  });

  it('says nothing of credentials where none are presented (C16)', async () => {
    const { send, given } = recorded();
    await send(url);

    expect(Object.keys(given[0]?.[1] ?? {})).toEqual(['headers']);
  });

  it('has plain headers as a plain object, spelt as the caller spelt them (C16)', async () => {
    const { send, given } = recorded();
    await send(url, { headers: { 'X-App': '1' } });

    expect(given[0]?.[1]?.headers).toEqual({ 'X-App': '1', Authorization: 'Bearer 1' });
    expect(given[0]?.[1]?.headers).not.toBeInstanceOf(Headers);
  });

  it('keeps the headers of a Request when the init beside it has none (C16)', async () => {
    const { send, given } = recorded();
    await send(new Request(url, { headers: { 'X-App': '1' } }), { cache: 'no-store' });

    expect(new Headers(given[0]?.[1]?.headers).get('X-App')).toBe('1');
  });

  it('takes headers of null for none (C16)', async () => {
    const { send, given } = recorded();
    expect((await send(url, { headers: null as never })).status).toBe(200);

    expect(new Headers(given[0]?.[1]?.headers).get('Authorization')).toBe('Bearer 1');
  });

  it.each(['Cache-Control', 'If-None-Match'])(
    'has a token beside %s, a name of the same length (ATT-6)',
    async (name) => {
      const { send, given } = recorded();
      await send(url, { headers: { [name]: 'x' } });

      expect(new Headers(given[0]?.[1]?.headers).get('Authorization')).toBe('Bearer 1');
    },
  );

  it.each<[string, HeadersInit]>([
    ['an object', { 'X-App': '1', AUTHORIZATION: 'Basic x', accept: 'a/b' }],
    ['pairs', Object.entries({ 'X-App': '1', AUTHORIZATION: 'Basic x', accept: 'a/b' })],
  ])('has the caller’s own credentials, wherever they stand in %s (ATT-6)', async (_, headers) => {
    const { send, given } = recorded();
    const init = { headers };
    await send(url, init);

    expect(given[0]?.[1]).toBe(init);
  });

  it('is a text for a text, also beside an init without a prototype (C16)', async () => {
    const { send, given } = recorded();
    const dispatcher = {};
    await send(url, Object.assign(Object.create(null), { method: 'POST', body: 'x', dispatcher }));

    expect(given[0]?.[0]).toBe(url);
    expect(given[0]?.[1]).toMatchObject({ method: 'POST', body: 'x', dispatcher });
  });

  it('is what the platform makes of null: a text (C16)', async () => {
    const { send, given } = recorded();
    await send(null as never);

    expect(given).toEqual([['null', undefined]]);
  });
});

describe('a Request', () => {
  it.each<[string, number, () => Given]>([
    ['with a body', 1, () => [new Request(url, post)]],
    ['with a body, beside an init of null', 1, () => [new Request(url, post), { body: null }]],
    ['whose body the init replaces', 0, () => [new Request(url, post), { body: 'y' }]],
    ['to GET', 0, () => [new Request(url)]],
    ['to HEAD', 0, () => [new Request(url, { method: 'HEAD' })]],
    ['to a server that gets no token', 0, () => [new Request('https://elsewhere.example/a', post)]],
  ])('%s is copied %i times (C15)', async (_, copies, make) => {
    const { send, given } = recorded();
    const [request, init] = make();
    const clone = vi.spyOn(request as Request, 'clone');
    await send(request, init);

    expect(clone).toHaveBeenCalledTimes(copies);
    // The caller's own goes first, copied or not.
    expect(given[0]?.[0]).toBe(request);
  });

  it.each<[string, (request: Request) => unknown]>([
    ['was used', (request) => request.text()],
    ['is being read', (request) => request.body?.getReader()],
  ])('whose body %s is for fetch to refuse: it is handed on (C15)', async (_, spoil) => {
    const { send, given } = recorded();
    const request = new Request(url, post);
    await spoil(request);

    expect((await send(request)).status).toBe(200);
    expect(given.map(([input]) => input)).toEqual([request]);
    expect(given[0]?.[0]).toBe(request);
  });

  it('whose body was used before is not sent again when it is refused (C15)', async () => {
    const engine = createFakeEngine({
      replace: vi.fn(async () => holding({ headers: { Authorization: 'Bearer 2' } })),
    });
    const { send, given } = recorded(engine, 401);
    const request = new Request(url, post);
    await request.text();

    expect((await send(request)).status).toBe(401);
    expect(given).toHaveLength(1);
    expect(engine.diagnose).toHaveBeenCalledWith('body-not-replayable', expect.stringContaining('POST'));
  });
});

describe('a signal of the caller', () => {
  it('has no listener of ours left when the wait is over (C19)', async () => {
    const engine = createFakeEngine({ ready: () => undefined, obtain: async () => holding() });
    const { send } = recorded(engine);
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await send(url, { signal });

    expect(added).toHaveBeenCalledTimes(1);
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });
});
