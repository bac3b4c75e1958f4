// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session, SessionState } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { type Accessor, createEffect, createRoot, type Resource } from 'solid-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB } from './api.ts';
import { createMswApi } from './msw-api.ts';
import { SERVER, writeRecipe } from './recipe.ts';

// Node is given the half for servers, where nothing is reactive: this is the one for browsers.
vi.mock('solid-js', () => import('solid-js/dist/solid.js' as 'solid-js'));

const api = createMswApi();
let block: Awaited<ReturnType<typeof writeRecipe>>;
let session: Session<typeof ALICE>;
let states: string[];
let ids: (string | undefined)[];
let orders: Resource<readonly string[] | undefined>;
let seen: (readonly string[] | undefined)[];
let dispose: () => void;

beforeAll(async () => {
  api.server.listen({ onUnhandledRequest: 'error' });
  block = await writeRecipe('solid');
});
afterAll(() => api.server.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  api.auth.reset();
  api.received.length = 0;
  states = [];
  ids = [];
  seen = [];
  const module = (await block('session.ts')) as {
    session: typeof session;
    sessionState: Accessor<SessionState>;
    userId: Accessor<string | undefined>;
  };
  session = module.session;
  const { createOrders } = (await block('orders.ts')) as { createOrders: () => typeof orders };
  createRoot((end) => {
    dispose = end;
    createEffect(() => states.push(module.sessionState().status));
    createEffect(() => ids.push(module.userId()));
    orders = createOrders();
    createEffect(() => seen.push(orders()));
  });
  await session.ready;
  states.length = 0;
});
afterEach(() => {
  dispose();
  session.dispose();
});

describe('docs/recipes/solid.md', () => {
  it('is a signal of the state, and one of the user that a refresh does not change', async () => {
    await session.signIn(ALICE);
    await session.refresh();
    await session.signOut();
    expect(states).toEqual(['signed-in', 'signed-in', 'signed-out']);
    expect(ids).toEqual([undefined, expect.any(String), undefined]);
  });

  it('fetches for each user anew, and shows the next one nothing of the one before (OUT-8)', async () => {
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(orders()).toEqual(['a lamp of alice']));
    await session.refresh();
    expect(orders()).toEqual(['a lamp of alice']);
    await session.signIn(BOB);
    expect(orders()).toBeUndefined();
    await vi.waitFor(() => expect(orders()).toEqual(['a lamp of bob']));
    await session.signOut();
    expect(orders()).toBeUndefined();
    expect(seen).toEqual([undefined, ['a lamp of alice'], undefined, ['a lamp of bob'], undefined]);
    expect(api.received).toHaveLength(2);
  });

  it('drops an answer that comes after the user has signed out (C35)', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const late = http.get(`${SERVER}/orders/`, () => gate.then(() => HttpResponse.json(['late'])), { once: true });
    api.server.use(late);
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(late.isUsed).toBe(true));
    await session.signOut();
    open();
    await session.signIn(BOB);
    await vi.waitFor(() => expect(orders()).toEqual(['a lamp of bob']));
    expect(seen.flat()).not.toContain('late');
  });
});
