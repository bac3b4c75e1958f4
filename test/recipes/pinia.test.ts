// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session } from 'latchkey';
import { defineStore, type Pinia } from 'pinia';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createApp } from 'vue';
import { ALICE, BOB } from './api.ts';
import { createMswApi } from './msw-api.ts';
import { writeRecipe } from './recipe.ts';

interface Orders {
  readonly orders: readonly string[];
  readonly problem: string;
  load(): Promise<void>;
}

const api = createMswApi();
let block: Awaited<ReturnType<typeof writeRecipe>>;
let session: Session<typeof ALICE>;
let pinia: Pinia;
let orders: Orders;

beforeAll(async () => {
  api.server.listen({ onUnhandledRequest: 'error' });
  block = await writeRecipe('pinia');
});
afterAll(() => api.server.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  api.auth.reset();
  api.received.length = 0;
  ({ pinia } = (await block('stores.ts')) as { pinia: Pinia });
  ({ session } = (await block('session.ts')) as { session: typeof session });
  const { useOrders } = (await block('orders.ts')) as { useOrders: (pinia: Pinia) => Orders };
  createApp({ render: () => undefined }).use(pinia);
  orders = useOrders(pinia);
  await session.signIn(ALICE);
});
afterEach(() => session.dispose());

describe('docs/recipes/pinia.md', () => {
  it('loads twenty times on a dead token with one refresh (C1)', async () => {
    api.auth.expireAll();
    await Promise.all(Array.from({ length: 20 }, () => orders.load()));
    expect(orders.orders).toEqual(['a lamp of alice']);
    expect(api.auth.calls.refresh).toBe(1);
    expect(api.received).toHaveLength(40);
  });

  it('empties every store, of either kind, for the next user and for nobody (OUT-8)', async () => {
    const useCart = defineStore('cart', {
      state: () => ({ goods: [] as string[], note: undefined as string | undefined }),
    });
    const cart = useCart(pinia);
    const fill = async (): Promise<void> => {
      await orders.load();
      cart.goods.push('a lamp');
      cart.note = 'secret';
    };
    await fill();
    expect(JSON.stringify(pinia.state.value)).toContain('a lamp of alice');
    await session.refresh();
    expect(orders.orders).toEqual(['a lamp of alice']);
    const empty = { orders: { orders: [], problem: '' }, cart: { goods: [] } };
    await session.signIn(BOB);
    expect(JSON.parse(JSON.stringify(pinia.state.value))).toEqual(empty);
    await fill();
    await session.signOut();
    expect(JSON.parse(JSON.stringify(pinia.state.value))).toEqual(empty);
    // What a store was at the start is not what the last user left in it.
    await session.signIn(ALICE);
    await fill();
    await session.signOut();
    expect(cart.goods).toEqual([]);
  });

  it('stores neither an answer nor a problem for a user who has signed out', async () => {
    api.auth.expireAll();
    api.auth.delay(50);
    const loading = orders.load();
    await vi.waitFor(() => expect(api.auth.calls.refresh).toBe(1));
    await session.signOut();
    await loading;
    expect(orders).toMatchObject({ orders: [], problem: '' });
    api.auth.delay(0);
    await orders.load(); // bare, and so refused
    expect(orders).toMatchObject({ orders: [], problem: 'Your orders cannot be shown now.' });
  });
});
