import { localStorageStore } from 'latchkey';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStorage, denyStorage, quotaExceeded } from '../stores/storage.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, API, createWorld, type World, type WorldOptions } from '../support/world.ts';
import { outcome } from './fault-world.ts';

const KEY = 'latchkey.1.default';
const LIFE = 300_001;

/** A page, signed in, that keeps its session in localStorage; its API, its server and its clock are in memory. */
async function openPage(options: WorldOptions = {}): Promise<World> {
  const world = createWorld({ store: localStorageStore(), ...options });
  await world.session.signIn(ALICE);
  world.events.length = 0;
  return world;
}

const works = ({ api }: World): Promise<number | string> => outcome(api.get(`${API}/x`));
const statusOf = ({ session }: World): string => session.getState().status;

/** Lets time pass that a database of the test's own takes, too. */
async function pass({ clock }: World, time: number): Promise<void> {
  for (let rest = time; rest > 0; rest -= 250) await clock.advance(Math.min(rest, 250));
}

beforeEach(() => localStorage.clear());
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('storage', () => {
  it('that is full when the token was rotated loses neither the session nor the refresh token (S1, ROT-8)', async () => {
    let isFull = false;
    const setItem = (): void => {
      if (isFull) throw quotaExceeded();
    };
    vi.stubGlobal('localStorage', createStorage({ setItem }));
    const world = await openPage();
    isFull = true;
    await world.session.refresh();
    await world.session.refresh();
    expect(await works(world)).toBe(200);
    isFull = false;
    await world.session.refresh();
    expect(localStorage.getItem(KEY)).toContain('refresh-4-alice');
    expect(world.events).toEqual(['diagnostic:store-failed', 'refreshed', 'refreshed', 'refreshed']);
  });

  it('that throws at the very touch leaves a session in memory, and says so once (S2)', async () => {
    denyStorage('localStorage');
    const world = createWorld({ store: localStorageStore() });
    await world.session.signIn(ALICE);
    await world.clock.advance(LIFE);
    expect([await works(world), await works(world), world.backend.calls.refresh]).toEqual([200, 200, 1]);
    expect(world.events).toEqual(['diagnostic:store-failed', 'signed-in', 'refreshed']);
  });

  it('that takes what is written and drops it leaves a session in memory, and says so once (S3)', async () => {
    vi.stubGlobal('localStorage', createStorage({ getItem: () => null }));
    const world = createWorld({ store: localStorageStore() });
    await world.session.signIn(ALICE);
    await world.clock.advance(LIFE);
    expect([await works(world), await works(world), world.backend.calls.refresh]).toEqual([200, 200, 1]);
    expect(world.events).toEqual(['diagnostic:store-failed', 'signed-in', 'refreshed']);
  });

  it.each([
    ['everything', () => localStorage.clear(), null],
    ['the one key', () => localStorage.removeItem(KEY), KEY],
  ])('of which somebody else clears %s ends the session once, as storage-cleared (S4)', async (_, clear, key) => {
    const world = await openPage();
    clear();
    window.dispatchEvent(new StorageEvent('storage', { key }));
    await pass(world, 1000);
    window.dispatchEvent(new Event('focus'));
    await pass(world, 1000);
    expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'storage-cleared' });
    expect([world.events, world.backend.calls.refresh]).toEqual([['signed-out:storage-cleared'], 0]);
  });

  it('that is cleared with all data of the site ends the session once in each tab, as storage-cleared (S4)', async () => {
    const world = createTabsWorld();
    const tabs = [world.openTab(), world.openTab()];
    await world.until(tabs[0]?.session.signIn(ALICE) as Promise<unknown>);
    await world.settle();
    world.clearSiteData();
    for (const tab of tabs) tab.wake();
    await world.advance(5000);
    for (const { events } of tabs) expect(events.slice(1)).toEqual(['signed-out:storage-cleared']);
    expect(world.server.sent).toEqual([]);
  });

  const whole = {
    version: 1,
    sessionId: 's',
    generation: 1,
    receivedAt: 1,
    tokens: { accessToken: 'a', tokenType: 'Bearer' },
  };
  it.each([
    'garbage',
    '{"version":1',
    '[]',
    '{}',
    JSON.stringify({ ...whole, generation: -1 }),
    JSON.stringify({ ...whole, receivedAt: 'now' }),
    JSON.stringify({ ...whole, tokens: { accessToken: 7 } }),
    JSON.stringify({ ...whole, tokens: { accessToken: 'a\r\nX-Evil: 1' } }),
    '\u0000'.repeat(1000),
  ])('that has %j is no session, no crash and no loop, and a sign-in writes over it (S5)', async (text) => {
    localStorage.setItem(KEY, text);
    const world = createWorld({ store: localStorageStore() });
    await world.session.ready;
    expect([statusOf(world), world.backend.calls.refresh]).toEqual(['signed-out', 0]);
    expect(world.events.filter((event) => event !== 'diagnostic:record-ignored')).toEqual([]);
    await world.session.signIn(ALICE);
    expect([await works(world), JSON.parse(localStorage.getItem(KEY) ?? '').subject]).toEqual([200, 'alice']);
  });

  it('that gets garbage while the session lives does not disturb it (S5)', async () => {
    const world = await openPage();
    localStorage.setItem(KEY, 'garbage');
    window.dispatchEvent(new StorageEvent('storage', { key: KEY, newValue: 'garbage' }));
    await pass(world, 1000);
    await world.clock.advance(LIFE);
    expect([await works(world), statusOf(world), world.backend.calls.refresh]).toEqual([200, 'signed-in', 1]);
  });

  it('that tells of another key, of the same value, or of a clearing that was not, changes nothing (S8)', async () => {
    const world = await openPage();
    const state = world.session.getState();
    localStorage.setItem('cart', 'apples');
    const value = localStorage.getItem(KEY);
    for (const event of [{ key: 'cart' }, { key: KEY, newValue: value, oldValue: value }, { key: null }]) {
      window.dispatchEvent(new StorageEvent('storage', event));
      await pass(world, 1000);
    }
    expect([world.session.getState(), world.events, world.backend.calls.refresh]).toEqual([state, [], 0]);
  });
});
