// @vitest-environment node
import type { Session } from 'latchkey';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE } from './api.ts';
import { type ApiServer, startApi } from './api-server.ts';
import { standAsPage } from './node-page.ts';
import { SERVER, writeRecipe } from './recipe.ts';

/** One of the clients, as its users call it. */
interface Client {
  get(path: string, signal?: AbortSignal): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  /** With a URL of another server. */
  getFrom(origin: string): Promise<unknown>;
  /** What an answer of 401 is: an error with a status, or a result with one. */
  statusOf(path: string): Promise<number>;
}

type Any = (...args: never[]) => never;
type Loaded = Readonly<Record<string, Record<string, Any> & Any>>;

/** How each client of the page is called. */
const CLIENTS: Readonly<Record<string, (module: Loaded) => Client>> = {
  openapi: ({ client }) => {
    const api = client as never as import('openapi-fetch').Client<Record<string, never>>;
    const get = api.GET as unknown as (path: string, init?: object) => Promise<{ data?: unknown; response: Response }>;
    const post = api.POST as unknown as typeof get;
    return {
      get: async (path, signal) => (await get(path, { signal })).data,
      post: async (path, body) => (await post(path, { body })).data,
      getFrom: async (origin) => (await get('/open/', { baseUrl: origin })).data,
      statusOf: async (path) => (await get(path)).response.status,
    };
  },
  ky: ({ api }) => {
    const ky = api as never as import('ky').KyInstance;
    return {
      get: (path, signal) => ky.get(path.slice(1), signal ? { signal } : {}).json(),
      post: (path, json) => ky.post(path.slice(1), { json }).json(),
      getFrom: (origin) => ky.get(`${origin}/open/`, { prefixUrl: '' }).json(),
      statusOf: (path) =>
        ky.get(path.slice(1)).then(
          () => 200,
          ({ response }) => response.status,
        ),
    };
  },
  ofetch: ({ api }) => {
    const ofetch = api as never as import('ofetch').$Fetch;
    return {
      get: (path, signal) => ofetch(path, signal ? { signal } : {}),
      post: (path, body) => ofetch(path, { method: 'POST', body }),
      getFrom: (origin) => ofetch(`${origin}/open/`, { baseURL: '' }),
      statusOf: (path) =>
        ofetch(path).then(
          () => 200,
          ({ status }) => status,
        ),
    };
  },
  wretch: ({ api }) => {
    const wretch = api as never as import('wretch').Wretch;
    return {
      get: (path, signal) => (signal ? wretch.options({ signal }) : wretch).url(path).get().json(),
      post: (path, body) => wretch.url(path).post(body).json(),
      getFrom: (origin) => wretch.url(`${origin}/open/`, true).get().json(),
      statusOf: (path) =>
        wretch
          .url(path)
          .get()
          .res()
          .then(
            () => 200,
            ({ status }) => status,
          ),
    };
  },
};

let api: ApiServer;
let elsewhere: ApiServer;
let block: Awaited<ReturnType<typeof writeRecipe>>;
let session: Session<typeof ALICE>;

beforeAll(async () => {
  [api, elsewhere] = await Promise.all([startApi(), startApi()]);
  block = await writeRecipe('fetch-clients', { [SERVER]: api.origin });
});
afterAll(() => Promise.all([api.close(), elsewhere.close()]));
beforeEach(() => {
  standAsPage();
  vi.resetModules();
  api.auth.reset();
  api.received.length = 0;
});
afterEach(() => session.dispose());

describe.each(Object.entries(CLIENTS))('docs/recipes/fetch-clients.md: %s', (file, use) => {
  let client: Client;

  beforeEach(async () => {
    client = use((await block(`${file}.ts`)) as Loaded);
    ({ session } = (await block('session.ts')) as { session: typeof session });
    await session.signIn(ALICE);
  });

  it('sends twenty queries on a dead token once more, after one refresh (C1)', async () => {
    api.auth.expireAll();
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.get('/orders/')));
    expect(answers).toEqual(Array(20).fill(['a lamp of alice']));
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received.map(({ status }) => status).sort()).toEqual([...Array(20).fill(200), ...Array(20).fill(401)]);
  });

  it('sends a body once more as it was (C14)', async () => {
    api.auth.expireAll();
    expect(await client.post('/orders/', { what: 'a chair' })).toEqual(['{"what":"a chair"} of alice']);
    expect(api.received.map(({ status }) => status)).toEqual([401, 200]);
  });

  it('hands on a second refusal as it is, without a third try (C4)', async () => {
    expect(await client.statusOf('/never/')).toBe(401);
    expect(api.received.map(({ status }) => status)).toEqual([401, 401]);
    expect(api.auth.calls.refresh).toBe(1);
  });

  it('leaves another server bare (C20)', async () => {
    expect(await client.getFrom(elsewhere.origin)).toBe('bare');
    expect(await client.get('/open/')).toMatch(/^Bearer ey/);
  });

  it('lets go of a query that is aborted while it waits, and refreshes for the others (C19)', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const controller = new AbortController();
    const left = client.get('/orders/', controller.signal).catch((error: Error) => error);
    const others = client.get('/orders/');
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    controller.abort();
    const error = (await left) as Error;
    expect([error.name, (error.cause as Error | undefined)?.name]).toContain('AbortError');
    expect(await others).toEqual(['a lamp of alice']);
    api.auth.delay(0);
  });

  it('does not try again for a user who has signed out', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const left = client.get('/orders/').catch((error: Error) => error);
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    await session.signOut();
    expect(await left).toMatchObject({ code: 'signed-out', reason: 'user' });
    expect(api.received.map(({ line }) => line)).toEqual(['GET /orders/']);
    api.auth.delay(0);
  });
});
