// @vitest-environment node
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { Session } from 'latchkey';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE } from './api.ts';
import { type ApiServer, startApi } from './api-server.ts';
import { standAsPage } from './node-page.ts';
import { SERVER, writeRecipe } from './recipe.ts';

type Handler = ReturnType<typeof createHTTPHandler>;
interface Trpc {
  readonly news: { query(input?: undefined, options?: { signal: AbortSignal }): Promise<string> };
  readonly orders: { query(input?: undefined, options?: { signal: AbortSignal }): Promise<string[]> };
}

let api: ApiServer;
let handler: Handler;
let block: Awaited<ReturnType<typeof writeRecipe>>;
let session: Session<typeof ALICE>;
let trpc: Trpc;

beforeAll(async () => {
  api = await startApi({}, (request, response) => {
    if (!request.url?.startsWith('/trpc/')) return false;
    handler(request, response);
    return true;
  });
  block = await writeRecipe('trpc', { [SERVER]: api.origin });
  // The server of the page asks it who sends a token.
  const verify = 'export const verify = async (header) => globalThis.verifyToken(header);';
  await writeFile(join(import.meta.dirname, '../.blocks/recipes/trpc/verify.ts'), verify);
});
afterAll(() => api.close());
beforeEach(async () => {
  standAsPage();
  vi.stubGlobal(
    'verifyToken',
    (authorization: string) => api.auth.userOf(new Request(api.origin, { headers: { authorization } }))?.username,
  );
  vi.resetModules();
  api.auth.reset();
  api.received.length = 0;
  const { appRouter: router, createContext } = (await block('server.ts')) as never;
  handler = createHTTPHandler({ router, createContext, basePath: '/trpc/' });
  ({ session, trpc } = (await block('client.ts')) as unknown as { session: typeof session; trpc: Trpc });
  await session.signIn(ALICE);
});
afterEach(() => session.dispose());

describe('docs/recipes/trpc.md', () => {
  it('sends a batch of twenty on a dead token once more, after one refresh (C1)', async () => {
    api.auth.expireAll();
    const answers = await Promise.all(Array.from({ length: 20 }, () => trpc.orders.query()));
    expect(answers).toEqual(Array(20).fill(['an order of alice']));
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received.map(({ status }) => status)).toEqual([401, 200]);
  });

  it('does so when one of the batch is public, and the rest could have been answered', async () => {
    api.auth.expireAll();
    expect(await Promise.all([trpc.news.query(), trpc.orders.query()])).toEqual(['news', ['an order of alice']]);
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received.map(({ status }) => status)).toEqual([401, 200]);
  });

  it('answers a guest, whose token is none, and refuses them alone what is for users', async () => {
    await session.signOut();
    expect(await trpc.news.query()).toBe('news');
    await expect(trpc.orders.query()).rejects.toMatchObject({ data: { code: 'UNAUTHORIZED' } });
    expect(api.auth.calls.refresh).toBe(0);
  });

  it('gives the error of a session that ended as the cause', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const left = trpc.orders.query().catch((error: Error) => error);
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    await session.signOut();
    expect(await left).toMatchObject({ cause: { code: 'signed-out', reason: 'user' } });
  });

  it('lets go of a query that is aborted while it waits, and refreshes all the same (C19)', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const controller = new AbortController();
    const left = trpc.orders.query(undefined, { signal: controller.signal }).catch((error: Error) => error);
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    controller.abort();
    expect(await left).toMatchObject({ cause: { name: 'AbortError' } });
    expect(await trpc.orders.query()).toEqual(['an order of alice']);
    expect(api.auth.calls.refresh).toBe(1);
  });

  it('leaves another server bare (C20)', async () => {
    const elsewhere = await startApi({}, (request, response) => {
      response.end(JSON.stringify({ result: { data: request.headers.authorization ?? 'bare' } }));
      return true;
    });
    const authorizedFetch = createAuthorizedFetch(session, { resourceServers: [api.origin] });
    const links = [
      httpBatchLink({
        url: elsewhere.origin,
        fetch: (url, init) => authorizedFetch(url, init as RequestInit),
      }),
    ];
    const client = createTRPCClient({ links }) as TRPCClient<never> as unknown as Trpc;
    await client.news.query().catch(() => {});
    expect(elsewhere.received.map(({ authorization }) => authorization)).toEqual([undefined]);
    await elsewhere.close();
  });
});
