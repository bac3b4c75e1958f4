import axios, { type AxiosAdapter } from 'axios';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it } from 'vitest';
import { ALICE, API, BOB, createWorld } from '../support/world.ts';

const LIFETIME = 300_000;

describe('one refresh for everybody', () => {
  it.each([1, 5, 1000])('lets %i parallel 401s share one refresh (C1)', async (count) => {
    const { session, backend, api, seen } = createWorld();
    await session.signIn(ALICE);
    backend.expireAll();
    const replies = await Promise.all(Array.from({ length: count }, (_, index) => api.get(`/item/${index}`)));

    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(backend.calls.refresh).toBe(1);
    expect(seen.length + backend.calls.refresh).toBe(2 * count + 1);
  });

  it('lets 1,000 parallel 401s of fetch share one refresh (C1)', async () => {
    const { session, backend, fetch, seen } = createWorld();
    await session.signIn(ALICE);
    backend.expireAll();
    const replies = await Promise.all(Array.from({ length: 1000 }, (_, index) => fetch(`${API}/item/${index}`)));

    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(backend.calls.refresh).toBe(1);
    expect(seen).toHaveLength(2000);
  });

  it('gives each caller the answer to its own request (C1)', async () => {
    const { session, backend, api } = createWorld();
    await session.signIn(ALICE);
    backend.expireAll();
    const replies = await Promise.all([0, 1, 2, 3].map((index) => api.get(`/item/${index}`)));

    expect(replies.map(({ data }) => data.url)).toEqual([0, 1, 2, 3].map((index) => `${API}/item/${index}`));
  });

  it.each([50, 1000])(
    'refreshes once for %i callers with an expired token, and nobody sees a 401 (C2)',
    async (count) => {
      const { session, backend, api, fetch, clock, seen } = createWorld();
      await session.signIn(ALICE);
      await clock.advance(LIFETIME);
      const send = (index: number) => (index % 2 === 0 ? api.get(`/${index}`) : fetch(`${API}/${index}`));
      const replies = await Promise.all(Array.from({ length: count }, (_, index) => send(index)));

      expect(replies.every(({ status }) => status === 200)).toBe(true);
      expect(backend.calls.refresh).toBe(1);
      expect(seen.length + backend.calls.refresh).toBe(count + 1);
    },
  );

  it('sends a request again with the current token when its 401 was for an older one, without a refresh (C3)', async () => {
    const { session, backend, api, fetch, seen, hold } = createWorld();
    await session.signIn(ALICE);
    backend.expireAll();
    const release = hold();
    const late = [api.get('/late'), fetch(`${API}/late`)];
    await session.refresh();
    expect(backend.calls.refresh).toBe(1);
    release();
    const replies = await Promise.all(late);

    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(backend.calls.refresh).toBe(1);
    expect(seen).toHaveLength(4);
  });

  it('hands the second 401 to the caller: one refresh, two sends, still signed in (C4)', async () => {
    const { session, backend, seen, events } = createWorld();
    const api = axios.create({ baseURL: API, adapter: refuse() });
    attachSession(api, session);
    await session.signIn(ALICE);

    await expect(api.get('/')).rejects.toMatchObject({ isAxiosError: true, status: 401 });
    expect(backend.calls.refresh).toBe(1);
    expect(session.getState().status).toBe('signed-in');
    expect(events).toEqual(['signed-in', 'refreshed']);
    expect(seen).toEqual([]);
  });

  it('hands the second 401 of fetch to the caller as well (C4)', async () => {
    const { session, backend } = createWorld();
    let sends = 0;
    const authorized = createAuthorizedFetch(session, {
      resourceServers: [API],
      fetch: async () => {
        sends += 1;
        return Response.json({ no: sends }, { status: 401 });
      },
    });
    await session.signIn(ALICE);
    const reply = await authorized(`${API}/`);

    expect(await reply.json()).toEqual({ no: 2 });
    expect(sends).toBe(2);
    expect(backend.calls.refresh).toBe(1);
    expect(session.getState().status).toBe('signed-in');
  });

  it('gives every call its own second chance, also when the app reuses one config object (C5)', async () => {
    const { session, backend, api, seen } = createWorld();
    await session.signIn(ALICE);
    const config = { url: '/same', headers: { 'X-App': '1' } };
    for (let round = 1; round <= 3; round += 1) {
      backend.expireAll();
      expect((await api(config)).status).toBe(200);
      expect(backend.calls.refresh).toBe(round);
    }
    expect(seen).toHaveLength(6);
    expect(config).toEqual({ url: '/same', headers: { 'X-App': '1' } });
  });

  it('shares one refresh among several axios instances and fetch (C6)', async () => {
    const { session, backend, api, fetch, adapter } = createWorld();
    const other = axios.create({ baseURL: API, adapter });
    attachSession(other, session);
    await session.signIn(ALICE);
    backend.expireAll();
    await Promise.all([api.get('/1'), other.get('/2'), fetch(`${API}/3`), api.get('/4'), other.get('/5')]);

    expect(backend.calls.refresh).toBe(1);
  });

  it('shares nothing between two sessions (C6)', async () => {
    const [alice, bob] = [createWorld(), createWorld({ name: 'other' })];
    await Promise.all([alice.session.signIn(ALICE), bob.session.signIn(BOB)]);
    alice.backend.expireAll();
    await Promise.all([alice.api.get('/'), bob.api.get('/')]);

    expect([alice.backend.calls.refresh, bob.backend.calls.refresh]).toEqual([1, 0]);
    expect(bob.seen).toHaveLength(1);
    const [, current] = alice.seen;
    expect(bob.backend.accepts(current?.authorization)).toBe(false);
  });
});

/** A resource server that refuses whatever it gets. */
function refuse(): AxiosAdapter {
  return async (config) => {
    const response = { status: 401, statusText: '', headers: {}, config, request: {}, data: '{}' };
    throw new axios.AxiosError('refused', axios.AxiosError.ERR_BAD_REQUEST, config, {}, response);
  };
}
