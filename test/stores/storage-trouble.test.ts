import { createSession, customStore, localStorageStore, sessionStorageStore } from 'latchkey';
import { createFakeBackend } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, API, BOB, createWorld } from '../support/world.ts';
import { createStorage, denyStorage, quotaExceeded } from './storage.ts';

const KEY = 'latchkey.1.default';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  localStorage.clear();
  sessionStorage.clear();
});

describe('a session', () => {
  it('has no store by default: choosing one is the decision of the app (STO-1)', () => {
    const options = { backend: createFakeBackend() };
    expect(() => createSession(options as never)).toThrow(/store is no token store; choose where tokens live/);
    expect([localStorage.length, sessionStorage.length]).toEqual([0, 0]);
  });

  it('is one value under one key, replaced by a single write at each refresh (STO-3)', async () => {
    const storage = createStorage();
    vi.stubGlobal('localStorage', storage);
    const { session } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    await session.refresh();

    expect(vi.mocked(storage.setItem).mock.calls.map(([key]) => key)).toEqual([KEY, KEY]);
    expect(storage.length).toBe(1);
    expect(storage.removeItem).not.toHaveBeenCalled();
    expect(JSON.parse(storage.getItem(KEY) ?? '')).toMatchObject({
      generation: 2,
      subject: 'alice',
      tokens: { accessToken: await session.getAccessToken(), refreshToken: 'refresh-2-alice' },
    });
  });

  it('keeps to its own key, by library, form and name, and never clears what is not its own (STO-6)', async () => {
    localStorage.setItem('cart', '3 apples');
    localStorage.setItem(`${KEY}.other`, 'not ours either');
    const clear = vi.spyOn(Storage.prototype, 'clear');
    const { session } = createWorld({ store: localStorageStore(), name: 'admin' });
    await session.signIn(ALICE);
    expect(Object.keys(localStorage)).toEqual(['cart', `${KEY}.other`, 'latchkey.1.admin']);
    await session.signOut();
    expect(Object.keys(localStorage)).toEqual(['cart', `${KEY}.other`]);
    expect(clear).not.toHaveBeenCalled();
  });
});

describe.each([
  ['localStorage', localStorageStore],
  ['sessionStorage', sessionStorageStore],
] as const)('a session whose %s', (area, createStore) => {
  it('is denied works on in memory, and says so once (STO-5, S2)', async () => {
    denyStorage(area);
    const { session, api, clock, events, backend } = createWorld({ store: createStore() });
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });

    await session.signIn(ALICE);
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    await clock.advance(300_000);
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    expect(backend.calls.refresh).toBe(1);
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in', 'refreshed']);
  });

  it('is denied still signs out, and says that nothing could be removed', async () => {
    denyStorage(area);
    const { session, events, backend } = createWorld({ store: createStore() });
    await session.signIn(ALICE);
    await session.signOut();
    expect(backend.calls.revoke).toBe(1);
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in', 'signed-out:user', 'diagnostic:store-failed']);
  });

  it('is full keeps the value before, and works on in memory (STO-3, S1)', async () => {
    let isFull = false;
    const storage = createStorage({
      setItem() {
        if (isFull) throw quotaExceeded();
      },
    });
    vi.stubGlobal(area, storage);
    const { session, api, events } = createWorld({ store: createStore() });
    await session.signIn(ALICE);
    const before = storage.getItem(KEY);
    expect(before).toContain('refresh-1-alice');

    isFull = true;
    await session.refresh();
    await session.refresh();
    expect(storage.getItem(KEY)).toBe(before);
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    expect(events).toEqual(['signed-in', 'diagnostic:store-failed', 'refreshed', 'refreshed']);

    isFull = false;
    await session.refresh();
    expect(storage.getItem(KEY)).toContain('refresh-4-alice');
  });

  it('is full again after it had room is told of again (S1)', async () => {
    let isFull = true;
    vi.stubGlobal(
      area,
      createStorage({
        setItem() {
          if (isFull) throw quotaExceeded();
        },
      }),
    );
    const { session, events } = createWorld({ store: createStore() });
    await session.signIn(ALICE);
    isFull = false;
    await session.refresh();
    isFull = true;
    await session.refresh();
    expect(events.filter((event) => event === 'diagnostic:store-failed')).toHaveLength(2);
  });

  it('is full does not keep the user before for the next reload (STO-3, SES-4)', async () => {
    let isFull = false;
    const storage = createStorage({
      setItem() {
        if (isFull) throw quotaExceeded();
      },
    });
    vi.stubGlobal(area, storage);
    const { session } = createWorld({ store: createStore() });
    await session.signIn(ALICE);
    isFull = true;
    await session.signIn(BOB);
    await session.refresh();
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'bob' } });

    const reloaded = createWorld({ store: createStore() });
    await reloaded.session.ready;
    expect(reloaded.session.getState()).toEqual({ status: 'signed-out' });
  });

  it('takes what is written and drops it works on in memory, and says so once (S3)', async () => {
    vi.stubGlobal(area, createStorage({ getItem: () => null }));
    const { session, api, events } = createWorld({ store: createStore() });
    await session.signIn(ALICE);
    await session.refresh();
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in', 'refreshed']);
  });

  it('does not exist, as on a server, is signed out without a word', async () => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, area);
    Reflect.deleteProperty(globalThis, area);
    try {
      const { session, events } = createWorld({ store: createStore() });
      await session.ready;
      await session.signOut();
      expect(session.getState()).toEqual({ status: 'signed-out' });
      expect(events).toEqual([]);
    } finally {
      Object.defineProperty(globalThis, area, descriptor ?? {});
    }
  });
});

describe('a session whose own store', () => {
  const denied = (): never => {
    throw new Error('the vault is locked');
  };
  const never = (): Promise<never> => new Promise(() => {});

  it.each([
    ['throws', { load: denied, save: denied, clear: denied }],
    ['rejects', { load: async () => denied(), save: async () => denied(), clear: async () => denied() }],
    ['never answers', { load: never, save: never, clear: never }],
  ])('%s is restored in bounded time, signs in, refreshes and signs out (C42, S11)', async (_, functions) => {
    const { session, clock, events, backend } = createWorld({ store: customStore(functions) });
    let isReady = false;
    void session.ready.then(() => {
      isReady = true;
    });
    await clock.advance(2000);
    expect(isReady).toBe(true);
    expect(session.getState()).toEqual({ status: 'signed-out' });

    const signedIn = session.signIn(ALICE);
    await clock.advance(2000);
    expect(await signedIn).toMatchObject({ sub: 'alice' });
    const refreshed = session.refresh();
    await clock.advance(4000);
    await refreshed;
    expect(backend.calls.refresh).toBe(1);
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in', 'refreshed']);

    const signedOut = session.signOut();
    await clock.advance(4000);
    await signedOut;
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(events.slice(3)).toEqual(['signed-out:user', 'diagnostic:store-failed']);
  });

  it('never answers is restored after 2 seconds, and not before (S11)', async () => {
    const { session, clock, events } = createWorld({
      store: customStore({ load: never, save() {}, clear() {} }),
    });
    await clock.advance(1999);
    expect(session.getState()).toEqual({ status: 'restoring' });
    await clock.advance(1);
    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(events).toEqual(['diagnostic:store-failed']);
  });
});
