import { cookieStore, customStore, localStorageStore, memoryStore, rememberStore, sessionStorageStore } from 'latchkey';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB, createWorld } from '../support/world.ts';
import { denyStorage } from './storage.ts';

const KEY = 'latchkey.1.default';

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
  sessionStorage.clear();
});

/** What is left when the browser is closed and opened again. */
async function restart(): Promise<string> {
  sessionStorage.clear();
  return reload();
}

async function reload(): Promise<string> {
  const { session, clock } = createWorld({ store: rememberStore() });
  // Other tabs, of which there are none, are given a moment to hand over what is not to be remembered.
  await clock.advance(1000);
  await session.ready;
  const state = session.getState();
  session.dispose();
  return state.status === 'signed-in' ? String(state.user.sub) : state.status;
}

function places(): readonly string[] {
  return [localStorage.getItem(KEY) && 'local', sessionStorage.getItem(KEY) && 'session'].filter(
    (place) => place !== null,
  );
}

describe('rememberStore', () => {
  it('keeps a user who wants to be remembered over a restart of the browser', async () => {
    const { session } = createWorld({ store: rememberStore() });
    await session.signIn(ALICE, { remember: true });
    expect(places()).toEqual(['local']);
    expect(await reload()).toBe('alice');
    expect(await restart()).toBe('alice');
  });

  it.each([{ remember: false }, {}, undefined])(
    'keeps anybody else over a reload, not over a restart (%j)',
    async (options) => {
      const { session } = createWorld({ store: rememberStore() });
      await session.signIn(ALICE, options);
      expect(places()).toEqual(['session']);
      expect(await reload()).toBe('alice');
      expect(await restart()).toBe('signed-out');
    },
  );

  it.each([
    [true, 'local'],
    [false, 'session'],
  ])('keeps the place over refreshes, in this page and the next (remember: %j)', async (remember, place) => {
    const { session } = createWorld({ store: rememberStore() });
    await session.signIn(ALICE, { remember });
    await session.refresh();
    expect(places()).toEqual([place]);

    const next = createWorld({ store: rememberStore() });
    await next.session.ready;
    next.backend.refresh = async () => ({ accessToken: 'next-access', refreshToken: 'next-refresh' });
    await next.session.refresh();
    expect(places()).toEqual([place]);
    expect(await next.session.getAccessToken()).toBe('next-access');
  });

  it.each([
    [true, false, 'session'],
    [false, true, 'local'],
  ])('leaves no copy behind when a user signs in again the other way (%j, then %j)', async (first, second, place) => {
    const { session } = createWorld({ store: rememberStore() });
    await session.signIn(ALICE, { remember: first });
    await session.signIn(BOB, { remember: second });
    expect(places()).toEqual([place]);
    expect(await reload()).toBe('bob');
    await session.signOut();
    expect(places()).toEqual([]);
  });

  it('also remembers tokens that were got elsewhere', async () => {
    const { session } = createWorld({ store: rememberStore() });
    await session.signInWithTokens({ accessToken: 'a', subject: 'carol' }, { remember: true });
    expect(places()).toEqual(['local']);
  });

  it('clears both places on a sign-out, whatever they hold, also when one of them is denied (STO-7)', async () => {
    localStorage.setItem(KEY, 'left by somebody');
    const { session, events } = createWorld({ store: rememberStore() });
    await session.signIn(ALICE);
    expect(places()).toEqual(['session']);

    localStorage.setItem(KEY, 'left by somebody');
    await session.signOut();
    expect(places()).toEqual([]);

    await session.signIn(ALICE);
    denyStorage('localStorage');
    await session.signOut();
    expect(sessionStorage.length).toBe(0);
    expect(events.at(-1)).toBe('diagnostic:store-failed');
  });

  it('finds the session of the temporary store where the persistent one is denied or damaged (STO-5)', async () => {
    const { session } = createWorld({ store: rememberStore() });
    await session.signIn(ALICE);
    localStorage.setItem(KEY, '{"version":');
    expect(await reload()).toBe('alice');
    denyStorage('localStorage');
    expect(await reload()).toBe('alice');
  });

  it('ends a remembered session when its storage is cleared from outside (C40)', async () => {
    const { session, events, clock } = createWorld({ store: rememberStore() });
    await session.signIn(ALICE, { remember: true });
    localStorage.clear();
    window.dispatchEvent(new StorageEvent('storage', { key: null }));
    await clock.advance(300);
    expect(events).toEqual(['signed-in', 'signed-out:storage-cleared']);
  });

  it('takes two stores of one’s own, told apart by who they are for', async () => {
    const store = rememberStore({ persistent: sessionStorageStore(), temporary: memoryStore() });
    const { session } = createWorld({ store });
    await session.signIn(ALICE, { remember: true });
    expect(places()).toEqual(['session']);
    await session.signIn(ALICE);
    expect(places()).toEqual([]);
    expect([store.scope, rememberStore().scope]).toEqual(['tab', 'origin']);
  });

  it('refuses an asynchronous store, by name', () => {
    const store = customStore({ load() {}, save() {}, clear() {} });
    for (const options of [{ persistent: store }, { temporary: store }]) {
      expect(() => rememberStore(options)).toThrow(/rememberStore: both stores must be synchronous/);
    }
    expect(() => rememberStore({ persistent: localStorageStore(), temporary: cookieStore() })).not.toThrow();
  });
});
