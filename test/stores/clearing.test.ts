// @vitest-environment-options { "url": "https://app.example/" }
import { cookieStore, localStorageStore, memoryStore, sessionStorageStore, type TokenStore } from 'latchkey';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';
import { createStorage } from './storage.ts';

const KEY = 'latchkey.1.default';

afterEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

function storageEvent(key: string | null): void {
  window.dispatchEvent(new StorageEvent('storage', { key }));
}

describe('a store that is emptied from outside', () => {
  it.each([
    ['the key is removed', () => localStorage.removeItem(KEY), KEY],
    ['the value is emptied', () => localStorage.setItem(KEY, ''), KEY],
    ['everything is cleared', () => localStorage.clear(), null],
  ])('ends the session once, with its reason, when %s (C40, S4)', async (_, empty, key) => {
    const { session, events, clock } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    empty();
    storageEvent(key);
    storageEvent(key);
    await clock.advance(0);
    storageEvent(key);
    await clock.advance(600_000);

    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'storage-cleared' });
    expect(events).toEqual(['signed-in', 'signed-out:storage-cleared']);
  });

  it.each([
    ['localStorage', () => localStorageStore(), () => localStorage.clear()],
    ['sessionStorage', () => sessionStorageStore(), () => sessionStorage.clear()],
    [
      'memory',
      (
        (store) => () =>
          store
      )(memoryStore()),
      undefined,
    ],
  ] as const)('is seen at the next refresh, without an event (%s) (C40)', async (_, createStore, empty) => {
    const store: TokenStore = createStore();
    const { session, api, events, clock, backend } = createWorld({ store });
    await session.signIn(ALICE);
    if (empty) empty();
    else void store.clear('default');
    expect(await api.get(`${API}/me`)).toMatchObject({ status: 200 });
    await clock.advance(300_000);

    const ended = expect(api.get(`${API}/me`)).rejects.toMatchObject({ reason: 'storage-cleared' });
    await clock.advance(300);
    await ended;
    expect(backend.calls.refresh).toBe(0);
    expect(events).toEqual(['signed-in', 'signed-out:storage-cleared']);
  });

  it('is nobody’s end when another key was written, or ours as it was (S8)', async () => {
    const { session, events, clock } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    localStorage.setItem('cart', '3 apples');
    for (const key of ['cart', KEY, null]) storageEvent(key);
    await clock.advance(0);
    expect(events).toEqual(['signed-in']);
  });

  it('says nothing while nobody is signed in, nor after the session was disposed', async () => {
    const first = createWorld({ store: localStorageStore() });
    await first.session.ready;
    storageEvent(null);
    await first.clock.advance(0);
    await first.session.signIn(ALICE);
    first.session.dispose();
    localStorage.clear();
    storageEvent(null);
    await first.clock.advance(0);
    expect(first.events).toEqual(['signed-in']);
  });
});

describe('a sign-out', () => {
  it('removes the value, and looks whether it is gone (STO-7)', async () => {
    const storage = createStorage();
    vi.stubGlobal('localStorage', storage);
    const { session, events } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    vi.mocked(storage.getItem).mockClear();
    await session.signOut();
    expect(storage.removeItem).toHaveBeenCalledWith(KEY);
    expect(storage.getItem).toHaveBeenCalledWith(KEY);
    expect(storage.length).toBe(0);
    expect(events).toEqual(['signed-in', 'signed-out:user']);
  });

  it('overwrites the value where removing it throws, and says so (STO-7)', async () => {
    const storage = createStorage({
      removeItem() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
    vi.stubGlobal('localStorage', storage);
    const { session, events } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    await session.signOut();
    expect(storage.getItem(KEY)).toBe('');
    expect(events).toEqual(['signed-in', 'signed-out:user', 'diagnostic:store-failed']);

    const reloaded = createWorld({ store: localStorageStore() });
    await reloaded.session.ready;
    expect(reloaded.session.getState()).toEqual({ status: 'signed-out' });
    expect(reloaded.events).toEqual([]);
  });

  it('overwrites the value where removing it is taken and forgotten (STO-7)', async () => {
    const storage = createStorage();
    vi.mocked(storage.removeItem).mockImplementation(() => {});
    vi.stubGlobal('sessionStorage', storage);
    const { session, events } = createWorld({ store: sessionStorageStore() });
    await session.signIn(ALICE);
    await session.signOut();
    expect(storage.getItem(KEY)).toBe('');
    expect(events).toEqual(['signed-in', 'signed-out:user']);
  });

  it('says so when the value stays whatever it does, and is signed out all the same (STO-7)', async () => {
    let isLocked = false;
    const text = { value: null as string | null };
    const storage = createStorage({
      getItem: () => text.value,
      setItem(_, value) {
        if (!isLocked) text.value = value;
      },
    });
    vi.stubGlobal('localStorage', storage);
    const { session, events } = createWorld({ store: localStorageStore() });
    await session.signIn(ALICE);
    isLocked = true;
    await session.signOut();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(events).toEqual(['signed-in', 'signed-out:user', 'diagnostic:store-failed']);
  });
});

describe.each([
  ['localStorageStore', localStorageStore],
  ['sessionStorageStore', sessionStorageStore],
  ['cookieStore', cookieStore],
])('maxAge of %s', (_, createStore) => {
  const record = {
    version: 1,
    sessionId: 'a-session',
    generation: 1,
    subject: undefined,
    remember: undefined,
    tokens: {
      accessToken: 'opaque',
      refreshToken: undefined,
      tokenType: 'Bearer',
      scope: undefined,
      lifetime: undefined,
    },
  } as const;
  const written = (age: number) => ({ ...record, receivedAt: Date.now() - age });

  it('removes a record that lay longer than that, instead of loading it (STO-8)', () => {
    createStore().save('aged', written(60_001));
    expect(createStore({ maxAge: 60_000 }).load('aged')).toBeUndefined();
    expect(createStore().load('aged')).toBeUndefined();
  });

  it('leaves a younger one, and any without a limit (STO-8)', () => {
    createStore().save('young', written(50_000));
    expect(createStore({ maxAge: 60_000 }).load('young')).toContain('a-session');
    createStore().save('old', written(10 * 365 * 24 * 3600_000));
    expect(createStore().load('old')).toContain('a-session');
    for (const name of ['young', 'old']) createStore().clear(name);
  });

  it.each([0, -1, Number.NaN, '60000', null])('refuses %j', (maxAge) => {
    expect(() => createStore({ maxAge: maxAge as never })).toThrow(/maxAge must be a positive number of milliseconds/);
  });
});
