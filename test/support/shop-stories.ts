import axios from 'axios';
import { type Session, SignedOutError } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import type { FakeBackend, FakeCredentials } from 'latchkey/testing';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { shopHandlers, type Visit } from './msw-server.ts';
import { ALICE, API, BOB, createWorld, type World } from './world.ts';

/** A client as a story uses it: what it answers is status and data, whichever client it is. */
export interface ShopClient {
  get(path: string, options?: { readonly signal?: AbortSignal }): Promise<{ status: number; data: unknown }>;
  post(path: string, data: unknown): Promise<{ status: number; data: unknown }>;
}

/** Axios with one of its own adapters. */
export function axiosClient(session: Session<FakeCredentials>, adapter: 'xhr' | 'http' | 'fetch'): ShopClient {
  const api = axios.create({ baseURL: API, adapter, validateStatus: () => true });
  attachSession(api, session);
  return api;
}

/** The platform's fetch. */
export function fetchClient(session: Session<FakeCredentials>): ShopClient {
  const send = createAuthorizedFetch(session, { resourceServers: [API] });
  const read = async (response: Response) => {
    const text = await response.text();
    return { status: response.status, data: text.startsWith('<') || text === 'news' ? text : JSON.parse(text) };
  };
  return {
    get: async (path, options) => read(await send(API + path, options)),
    post: async (path, data) =>
      read(
        await send(API + path, {
          method: 'POST',
          body: JSON.stringify(data),
          headers: { 'Content-Type': 'application/json' },
        }),
      ),
  };
}

/** The same story for every client, over handlers that stand where the network would. */
export function tellShopStories(createClient: (session: Session<FakeCredentials>) => ShopClient): void {
  const server = setupServer();
  const visits: Visit[] = [];
  let world: World;
  let backend: FakeBackend;
  let client: ShopClient;

  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => server.close());
  beforeEach(() => {
    world = createWorld();
    ({ backend } = world);
    client = createClient(world.session);
    visits.length = 0;
    server.use(...shopHandlers(API, backend, visits));
  });
  afterEach(() => server.resetHandlers());

  it('visits, signs in, orders, and orders again after the token expired (C2)', async () => {
    const { session, clock } = world;
    expect((await client.get('/orders')).status).toBe(401);
    await session.signIn(ALICE);
    expect(await client.get('/orders')).toMatchObject({ status: 200, data: [{ id: 1 }] });
    await clock.advance(300_000);
    expect(await client.post('/orders', { item: 'ß' })).toMatchObject({ status: 201, data: { item: 'ß' } });

    expect(visits.map(({ authorization }) => backend.accepts(authorization ?? ''))).toEqual([false, false, true]);
    expect(visits).toHaveLength(3);
    expect(backend.calls.refresh).toBe(1);
  });

  it('sends 100 requests whose token the server forgot, and sees no 401 (C1, C14)', async () => {
    await world.session.signIn(ALICE);
    backend.expireAll();
    const orders = Array.from({ length: 100 }, (_, id) => client.post('/orders', { id }));
    const replies = await Promise.all(orders);

    expect(replies.map(({ status }) => status)).toEqual(Array(100).fill(201));
    expect(replies.map(({ data }) => data)).toEqual(Array.from({ length: 100 }, (_, id) => ({ id })));
    expect([backend.calls.refresh, visits.length]).toEqual([1, 200]);
    expect(visits.every(({ body }) => body !== '')).toBe(true);
  });

  it('shows a failing server for what it is, and stays signed in (C24)', async () => {
    await world.session.signIn(ALICE);
    expect(await client.get('/closed')).toMatchObject({ status: 503, data: '<h1>503</h1>' });

    expect([visits.length, backend.calls.refresh]).toEqual([1, 0]);
    expect(world.session.getState().status).toBe('signed-in');
  });

  it('hands on the refusal when the session is over, and says so once (C9)', async () => {
    await world.session.signIn(ALICE);
    backend.revokeAll();
    const replies = await Promise.all([client.get('/orders'), client.get('/orders')]);

    expect(replies.map(({ status, data }) => [status, data])).toEqual([
      [401, { detail: 'no' }],
      [401, { detail: 'no' }],
    ]);
    expect(world.events).toEqual(['signed-in', 'signed-out:refresh-rejected']);
  });

  it('leaves the page while requests wait: they end with it, and nothing is sent as the next user (C19, C35)', async () => {
    const { session, clock } = world;
    await session.signIn(ALICE);
    await clock.advance(300_000);
    backend.onRefresh(() => new Promise(() => {}));
    const controller = new AbortController();
    const aborted = client.get('/orders', { signal: controller.signal }).catch(({ name }: Error) => name);
    const left = client.get('/orders').catch((error: unknown) => error);
    await clock.advance(0);
    controller.abort();
    expect(await aborted).toMatch(/^(AbortError|CanceledError)$/);
    await session.signOut();
    expect(await left).toBeInstanceOf(SignedOutError);
    await session.signIn(BOB);

    expect((await client.get('/orders')).status).toBe(200);
    expect(visits).toHaveLength(1);
  });
}
