// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session } from 'latchkey';
import type { ComponentType } from 'react';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Mounted, mount } from '../react/mount.tsx';
import { ALICE, BOB } from './api.ts';
import { createMswApi } from './msw-api.ts';
import { writeRecipe } from './recipe.ts';
import { standAlone } from './stand-alone.ts';

/** What the React Compiler makes of it, in short: a component renders again only for what it reads itself. */
const MEMOISED = {
  "from 'latchkey/react';": "from 'latchkey/react';\nimport { memo } from 'react';",
  'function Orders() {': 'const Orders = memo(OrdersOf);\nfunction OrdersOf() {',
};

const api = createMswApi();
let session: Session<typeof ALICE>;
let page: Mounted;

beforeAll(() => api.server.listen({ onUnhandledRequest: 'error' }));
afterAll(() => api.server.close());
beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  api.auth.reset();
  api.received.length = 0;
});
afterEach(async () => {
  standAlone(false);
  await page.unmount();
  session.dispose();
});

describe.each(['tanstack-query', 'swr'])('docs/recipes/%s.md', (name) => {
  let block: Awaited<ReturnType<typeof writeRecipe>>;
  let get: (path: string, signal?: AbortSignal) => Promise<unknown>;
  let kept: () => number;

  beforeAll(async () => {
    block = await writeRecipe(name, MEMOISED);
  });
  beforeEach(async () => {
    const module = await block('api.ts');
    ({ session, get } = module as { session: typeof session; get: typeof get });
    const { queryClient, caches } = module as {
      queryClient?: { getQueryCache(): { getAll(): readonly unknown[] } };
      caches?: Set<Map<string, unknown>>;
    };
    kept = () =>
      queryClient
        ? queryClient.getQueryCache().getAll().length
        : [...(caches ?? [])].reduce((n, map) => n + map.size, 0);
    const { App } = (await block('app.tsx')) as { App: ComponentType };
    page = await mount(<App />);
    standAlone(true);
    await vi.waitFor(() => expect(page.text()).toBe('Please sign in.'));
  });

  it('shows the next user nothing of the one before, though the page stays (OUT-8)', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of alice'));
    const seen: string[] = [];
    const watch = new MutationObserver(() => seen.push(page.text()));
    watch.observe(page.element, { subtree: true, childList: true, characterData: true });
    await session.signIn(BOB);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of bob'));
    watch.disconnect();
    expect(seen).not.toContain('a lamp of alice');
    expect(api.received.map(({ line }) => line)).toEqual(['GET /orders/', 'GET /orders/']);
  });

  it('keeps nothing in memory when the user signs out (OUT-8)', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of alice'));
    expect(kept()).toBeGreaterThan(0);
    await session.signOut();
    await vi.waitFor(() => expect(page.text()).toBe('Please sign in.'));
    expect(kept()).toBe(0);
  });

  it('shows what it has while tokens are refreshed, and fetches nothing anew', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of alice'));
    await session.refresh();
    expect(page.text()).toBe('a lamp of alice');
    expect(api.received).toHaveLength(1);
  });

  it('sends twenty queries on a dead token once more, after one refresh (C1)', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of alice'));
    api.auth.expireAll();
    const { signal } = new AbortController();
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('/orders/', signal)));
    expect(answers).toEqual(Array(20).fill(['a lamp of alice']));
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received).toHaveLength(1 + 40);
  });

  it('does not send a query again that the server refused, nor one whose user is gone', async () => {
    const { mayRetry, retryDelay } = (await block('retry.ts')) as {
      mayRetry: (failures: number, error: unknown) => boolean;
      retryDelay: (failures: number, error?: unknown) => number;
    };
    const { AuthUnavailableError, SessionChangedError, SignedOutError } = await import('latchkey');
    await session.signIn(ALICE);
    const { signal } = new AbortController();
    const refused = await get('/never/', signal).catch((error: Error) => error);
    const down = await get('/outage/', signal).catch((error: Error) => error);
    expect(refused).toMatchObject({ status: 401 });
    for (const error of [refused, new SignedOutError('user'), new SessionChangedError()]) {
      expect(mayRetry(0, error)).toBe(false);
    }
    expect([0, 2, 3].map((failures) => mayRetry(failures, down))).toEqual([true, true, false]);
    expect(mayRetry(2, new TypeError('Failed to fetch'))).toBe(true);
    const unavailable = new AuthUnavailableError('later', { retryAfter: 7000 });
    expect([mayRetry(4, unavailable), mayRetry(5, unavailable), retryDelay(0, unavailable)]).toEqual([
      true,
      false,
      7000,
    ]);
    expect(retryDelay(20)).toBeLessThanOrEqual(60_000);
  });

  it('stops a query of a user who signs out, and does not try again', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of alice'));
    api.auth.expireAll();
    api.auth.delay(50);
    const { signal } = new AbortController();
    const left = get('/orders/', signal).catch((error: Error) => error);
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    await session.signOut();
    expect(await left).toMatchObject({ code: 'signed-out' });
    expect(api.received.filter(({ status }) => status !== 200)).toHaveLength(1);
  });
});
