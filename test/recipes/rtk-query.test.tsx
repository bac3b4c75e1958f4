// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session } from 'latchkey';
import { Provider, type ProviderProps } from 'react-redux';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mount } from '../react/mount.tsx';
import { ALICE, BOB } from './api.ts';
import { createMswApi } from './msw-api.ts';
import { writeRecipe } from './recipe.ts';
import { standAlone } from './stand-alone.ts';

interface Result {
  readonly data?: unknown;
  readonly error?: { readonly status: unknown; readonly error?: string };
}
interface Started extends Promise<Result> {
  abort(): void;
}
interface Shop {
  readonly endpoints: Readonly<
    Record<'orders' | 'order', { initiate(argument?: unknown, options?: { forceRefetch: boolean }): unknown }>
  >;
}
interface Recipe {
  readonly session: Session<typeof ALICE>;
  readonly shop: Shop;
  readonly store: ProviderProps['store'] & { dispatch(action: unknown): Started };
  useOrdersQuery(): { readonly data?: readonly string[]; readonly isError: boolean };
}

const api = createMswApi();
let block: Awaited<ReturnType<typeof writeRecipe>>;
let recipe: Recipe;

beforeAll(async () => {
  api.server.listen({ onUnhandledRequest: 'error' });
  block = await writeRecipe('rtk-query');
});
afterAll(() => api.server.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  api.auth.reset();
  api.received.length = 0;
  recipe = (await block('store.ts')) as unknown as Recipe;
  await recipe.session.signIn(ALICE);
});
afterEach(() => recipe.session.dispose());

const orders = (options?: { forceRefetch: boolean }): Started =>
  recipe.store.dispatch(recipe.shop.endpoints.orders.initiate(undefined, options));
const order = (what: string): Started => recipe.store.dispatch(recipe.shop.endpoints.order.initiate(what));

describe('docs/recipes/rtk-query.md', () => {
  it('sends twenty requests on a dead token once more, after one refresh, bodies as they were (C1, C14)', async () => {
    api.auth.expireAll();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, number) => order(`chair ${number}`)));
    expect(answers.map(({ data }) => data)).toEqual(
      Array.from({ length: 20 }, (_, number) => [`{"what":"chair ${number}"} of alice`]),
    );
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received.map(({ status }) => status).sort()).toEqual([...Array(20).fill(200), ...Array(20).fill(401)]);
  });

  it('shows the next user nothing of the one before, though the page stays (OUT-8)', async () => {
    function Orders() {
      const { data } = recipe.useOrdersQuery();
      return <p>{data?.join(', ') ?? 'One moment …'}</p>;
    }
    const page = await mount(
      <Provider store={recipe.store}>
        <Orders />
      </Provider>,
    );
    standAlone(true);
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of alice'));
    await recipe.session.signIn(BOB);
    await vi.waitFor(() => expect(page.text()).not.toBe('a lamp of alice'));
    await vi.waitFor(() => expect(page.text()).toBe('a lamp of bob'));
    await recipe.session.signOut();
    standAlone(false);
    await page.unmount();
    expect(JSON.stringify(recipe.store.getState())).not.toContain('a lamp');
  });

  it('neither tries again nor stores anything for a user who has signed out', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const left = orders();
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    await recipe.session.signOut();
    expect((await left).data).toBeUndefined();
    expect(api.received).toHaveLength(1);
    expect(JSON.stringify(recipe.store.getState())).not.toContain('a lamp');
  });

  it('tries a query again while the server is down, and a mutation never', async () => {
    const { http, HttpResponse } = await import('msw');
    const down = http.all('https://api.example.com/orders/', ({ request }) => {
      lines.push(request.method);
      return new HttpResponse(null, { status: 503 });
    });
    const lines: string[] = [];
    api.server.use(down);
    expect((await order('a chair')).error).toMatchObject({ status: 503 });
    expect(lines).toEqual(['POST']);
    const query = orders();
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(2), 5000);
    api.server.resetHandlers();
    expect((await query).data).toEqual(['a lamp of alice']);
  });

  it('does not ask a user once more who has cancelled a step-up', async () => {
    const { StepUpCancelledError } = await import('latchkey');
    const fetch = vi.fn(() => Promise.reject(new StepUpCancelledError()));
    vi.stubGlobal('fetch', fetch);
    expect((await orders()).error).toMatchObject({ status: 'FETCH_ERROR' });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('lets go of a query that is aborted while it waits (C19)', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const left = orders({ forceRefetch: true });
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    left.abort();
    expect((await left).data).toBeUndefined();
    api.auth.delay(0);
    expect((await order('a chair')).data).toEqual(['{"what":"a chair"} of alice']);
    expect(api.auth.calls.refresh).toBe(1);
  });
});
