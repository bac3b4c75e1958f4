// @vitest-environment node
import axios, { type CancelToken } from 'axios';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, API, BOB, createWorld, holdRefresh } from '../support/world.ts';

const LIFETIME = 300_000;

/** What the types of axios do not say of a CancelToken. */
type Subscribable = CancelToken & Record<'subscribe' | 'unsubscribe', (listener: () => void) => void>;

describe('a request and the life of its session', () => {
  it('ends typed when the session is disposed of while it waits, and nothing stays armed (C9, C48)', async () => {
    const { api, fetch, session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(LIFETIME);
    const finish = holdRefresh(backend);
    const waiting = [api.get('/1'), fetch(`${API}/2`)].map((request) => request.catch(({ code }) => code));
    await clock.advance(0);
    session.dispose();
    finish();
    await clock.advance(10_000);

    expect(await Promise.all(waiting)).toEqual(['auth-unavailable', 'auth-unavailable']);
    await expect(api.get('/3')).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(30_000);
    expect(clock.pending()).toBe(0);
  });

  it('never runs as the next user, however late an interceptor of the app lets it go (C35)', async () => {
    const { session, adapter, seen } = createWorld();
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const api = axios.create({ baseURL: API, adapter });
    api.interceptors.request.use((config) => gate.then(() => config));
    attachSession(api, session);
    await session.signIn(ALICE);
    const late = expect(api.get('/')).rejects.toMatchObject({ code: 'session-changed' });
    await Promise.resolve();
    await Promise.resolve();
    await session.signIn(BOB);
    letGo();
    await late;

    expect(seen).toEqual([]);
  });

  it('begun while nobody was signed in runs as whoever is when it is sent (C35)', async () => {
    const { session, adapter, backend, seen } = createWorld();
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const api = axios.create({ baseURL: API, adapter });
    api.interceptors.request.use((config) => gate.then(() => config));
    attachSession(api, session);
    await session.ready;
    const late = api.get('/');
    await session.signIn(ALICE);
    letGo();

    expect((await late).status).toBe(200);
    expect(backend.accepts(seen[0]?.authorization)).toBe(true);
  });

  it('leaves no listener on a signal that outlives it (C19)', async () => {
    const { api, fetch, session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    backend.expireAll();
    const { signal } = new AbortController();
    const source = axios.CancelToken.source();
    const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    const [subscribe, unsubscribe] = [
      vi.spyOn(source.token as Subscribable, 'subscribe'),
      vi.spyOn(source.token as Subscribable, 'unsubscribe'),
    ];
    for (let round = 0; round < 10; round += 1) {
      // Tokens that are refused at once, one after another, would be a loop (ROT-11).
      await clock.advance(5000);
      backend.expireAll();
      await Promise.all([api.get('/', { signal, cancelToken: source.token }), fetch(`${API}/`)]);
    }

    expect(add).toHaveBeenCalled();
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
    expect(unsubscribe).toHaveBeenCalledTimes(subscribe.mock.calls.length);
  });

  it('keeps no second copy of a body that goes to another server (C15)', async () => {
    const { session, serve } = createWorld();
    const send = createAuthorizedFetch(session, { resourceServers: [API], fetch: serve });
    await session.signIn(ALICE);
    const [own, other] = [API, 'https://other.example'].map((origin) => {
      const request = new Request(`${origin}/`, { method: 'POST', body: 'x' });
      return { request, clone: vi.spyOn(request, 'clone') };
    });
    for (const sent of [own, other]) await send(sent?.request as Request);

    expect([own?.clone.mock.calls.length, other?.clone.mock.calls.length]).toEqual([1, 0]);
  });

  it('takes a time-out written as a text, as axios does (C19)', async () => {
    const { api, session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(LIFETIME);
    backend.onRefresh(() => new Promise(() => {}));
    const failed = expect(api.get('/', { timeout: '900' as never })).rejects.toMatchObject({ code: 'ECONNABORTED' });
    await clock.advance(900);

    await failed;
  });
});
