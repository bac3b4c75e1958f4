import { IDBDatabase } from 'fake-indexeddb';
import { createSession, localStorageStore, type Session } from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE } from '../../support/world.ts';
import { ask, LIFE, mostPresented, openTabs, outcome, stateOf, userOf } from './open-tabs.ts';
import { createShelf } from './shelf.ts';

const sessions: Session<never>[] = [];

afterEach(() => {
  for (const session of sessions.splice(0)) session.dispose();
  localStorage.clear();
});

/** A session on the page itself, with what the browser offers. */
function createOnPage() {
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now() });
  const session = createSession({ backend, clock, store: localStorageStore(), name: 'on-page' });
  sessions.push(session as never);
  const diagnostics: string[] = [];
  session.on('diagnostic', ({ code }) => diagnostics.push(code));
  return { clock, backend, session, diagnostics };
}

describe('without IndexedDB', () => {
  it('a page says so once, and works by itself (tabs-uncoordinated)', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const { session, backend, diagnostics } = createOnPage();
    await session.signIn(ALICE);
    await session.refresh();
    expect(backend.calls.refresh).toBe(1);
    expect(diagnostics).toEqual(['tabs-uncoordinated']);
    expect(session.trace().filter(({ step }) => step === 'degraded')).toHaveLength(1);
  });

  it('a tab whose old token is rejected reads the store again, takes what another tab has, and ends nothing (C28)', async () => {
    const world = createTabsWorld({ fence: 'none' });
    const shelf = createShelf();
    const views = [shelf.view(), shelf.view()] as const;
    const [one, two] = await openTabs(world, 2, (index) => ({ store: views[index]?.store as never }));
    two.wake();
    await world.settle();
    expect(userOf(two)).toBe('alice');
    two.events.length = 0;
    await world.advance(LIFE);
    views[1].stop();
    expect(await ask(world, one)).toBe(200);
    world.server.onReject(() => views[1].go());
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(2);
    expect(two.events).toEqual([]);
    expect(two.record()?.generation).toBe(2);
  });

  it('whoever had to wait at the lock lets the store catch up for 250 milliseconds, and sends nothing old', async () => {
    const world = createTabsWorld({ fence: 'none' });
    const shelf = createShelf();
    const views = [shelf.view(), shelf.view()] as const;
    const [one, two] = await openTabs(world, 2, (index) => ({ store: views[index]?.store as never }));
    two.wake();
    await world.settle();
    await world.advance(LIFE);
    views[1].stop();
    world.server.onSend(() => world.clock.setTimer(() => views[1].go(), 200));
    const asked = [outcome(one.api.get('/1')), outcome(two.api.get('/2'))];
    expect(await world.until(Promise.all(asked))).toEqual([200, 200]);
    expect(mostPresented(world)).toBe(1);
    expect(world.server.sent).toHaveLength(1);
  });

  it('whoever did not have to wait at the lock sends at once', async () => {
    const world = createTabsWorld({ fence: 'none' });
    const [one] = await openTabs(world, 1);
    await world.advance(LIFE);
    const asked = outcome(one.api.get('/x'));
    await world.settle();
    expect(world.server.sent).toHaveLength(1);
    expect(await asked).toBe(200);
  });

  it('still lets one tab at a time refresh, and a sign-out reach the others (ROT-1, C36)', async () => {
    const world = createTabsWorld({ fence: 'none' });
    const tabs = await openTabs(world, 3);
    await world.advance(LIFE);
    expect(await Promise.all(tabs.map((tab) => ask(world, tab)))).toEqual([200, 200, 200]);
    expect(world.server.sent).toHaveLength(1);
    await world.until(tabs[0].session.signOut());
    await world.advance(1000);
    expect(tabs.map(userOf)).toEqual([undefined, undefined, undefined]);
    expect(tabs[1].events.filter((event) => event.startsWith('signed-out'))).toHaveLength(1);
  });
});

describe('IndexedDB that does not answer', () => {
  it('is given up after two tries of 2 seconds: diagnostic, trace, and the session works (C42, S6, S11)', async () => {
    // It opens for ever.
    vi.stubGlobal('indexedDB', { open: () => ({}) });
    const { clock, session, backend, diagnostics } = createOnPage();
    await clock.advance(3900);
    expect(diagnostics).toEqual([]);
    await clock.advance(200);
    await session.ready;
    expect(diagnostics).toEqual(['tabs-uncoordinated']);
    expect(session.trace().map(({ step }) => step)).toContain('degraded');
    await session.signIn(ALICE);
    await clock.advance(LIFE);
    expect(backend.accepts(`Bearer ${await session.getAccessToken()}`)).toBe(true);
    expect(backend.calls.refresh).toBe(1);
    expect(diagnostics).toHaveLength(1);
  });

  it('later on, in the middle of a session, costs no session and no token (S6)', async () => {
    const { clock, session, backend, diagnostics } = createOnPage();
    await session.signIn(ALICE);
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
      throw new DOMException('The connection is closing.', 'InvalidStateError');
    });
    await clock.advance(LIFE);
    expect(backend.accepts(`Bearer ${await session.getAccessToken()}`)).toBe(true);
    expect(diagnostics).toEqual(['tabs-uncoordinated']);
    expect(session.getState().status).toBe('signed-in');
    await session.signOut();
    expect(localStorage).toHaveLength(0);
  });

  it('once only, as when the browser closed it, is not even a diagnostic (S6)', async () => {
    const { session, backend, diagnostics } = createOnPage();
    await session.signIn(ALICE);
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementationOnce(() => {
      throw new DOMException('The connection is closing.', 'InvalidStateError');
    });
    await session.refresh();
    expect(backend.calls.refresh).toBe(1);
    expect(diagnostics).toEqual([]);
  });
});

describe('a store that fails while several tabs share it', () => {
  it('keeps the session in the memory of the tab that refreshed, and the others ask it (S1, S7)', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const store = shelf.view().store;
    let isFull = false;
    const full = {
      ...store,
      save(name: string, record: never) {
        if (isFull) throw new DOMException('full', 'QuotaExceededError');
        return store.save(name, record);
      },
    };
    const [one, two] = await openTabs(world, 2, (index) => ({ store: index ? shelf.view().store : full }));
    isFull = true;
    await world.advance(LIFE);
    expect(await ask(world, one)).toBe(200);
    expect(one.events).toContain('diagnostic:store-failed');
    expect(await ask(world, two)).toBe(200);
    expect(stateOf(one).status).toBe('signed-in');
    expect(world.server.sent).toHaveLength(1);
  });
});
