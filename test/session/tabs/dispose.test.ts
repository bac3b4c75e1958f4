// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type TabsWorldOptions } from '../../support/tabs.ts';
import { ask, hold, LIFE, openTab, openTabs, outcome, stateOf, userOf } from './open-tabs.ts';
import { createShelf } from './shelf.ts';

const NOTHING = { timers: 0, messages: 0, storage: 0, wakes: 0, locks: 0 };

const WORLDS: readonly (readonly [string, TabsWorldOptions])[] = [
  ['localStorage', {}],
  ['an app’s own store', { store: 'slow' }],
  ['sessionStorage', { store: 'tab' }],
  ['the memory of all tabs', { store: 'handed' }],
  ['a lease', { lock: 'lease' }],
];

describe('disposing of one session among several tabs', () => {
  it.each(WORLDS)(
    'leaves no timer, listener or lock of it, with %s; the others go on (C48, I15)',
    async (_, options) => {
      const world = createTabsWorld(options);
      const [one, two] = await openTabs(world, 2);
      one.session.dispose();
      await world.settle();
      expect(one.remains()).toEqual(NOTHING);
      if (options.store === 'tab') return;
      await world.advance(LIFE);
      expect(await ask(world, two)).toBe(200);
      expect(one.events).toEqual([]);
      expect(userOf(two)).toBe('alice');
    },
  );

  it.each([
    ['while it waits for the lock', 'refresh answer', 'one'],
    ['while it refreshes', 'refresh answer', 'two'],
    ['while it reads the fence', 'fence answer', 'two'],
    ['while it asks for the lock', 'lock asked', 'two'],
  ] as const)('%s ends that, tells whoever waits, and hinders nobody (C48)', async (_, step, whose) => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, whose === 'one' ? one : two, step);
    const first = whose === 'one' ? outcome(one.api.get('/1')) : undefined;
    await world.settle();
    const asked = outcome(two.api.get('/2'));
    await world.settle();
    two.session.dispose();
    expect(await asked).toBe('auth-unavailable');
    release();
    await world.settle();
    expect(two.remains()).toEqual(NOTHING);
    expect(two.events).toEqual([]);
    expect(await first).toBe(whose === 'one' ? 200 : undefined);
    expect(stateOf(one).status).toBe('signed-in');
  });

  it('while it waits for a store that lags keeps neither the timer nor the lock (C48)', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const views = [shelf.view(), shelf.view()] as const;
    const [one, two] = await openTabs(world, 2, (index) => ({ store: views[index]?.store as never }));
    await world.advance(LIFE);
    views[1].stop();
    world.channel.lose(2);
    await ask(world, one);
    const asked = outcome(two.api.get('/x'));
    await world.settle();
    expect(two.remains()).toMatchObject({ locks: 1 });
    two.session.dispose();
    expect(await asked).toBe('auth-unavailable');
    await world.settle();
    expect(two.remains()).toEqual(NOTHING);
  });

  it('while it waits for what a page that is gone has left keeps neither the timer nor the lock (C48)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    void outcome(one.api.get('/x'));
    await world.settle();
    one.crash();
    release();
    const asked = outcome(two.api.get('/x'));
    // Past the wait for the store, and in the wait for the answer.
    await world.advance(3000);
    expect(two.remains()).toMatchObject({ locks: 1 });
    two.session.dispose();
    expect(await asked).toBe('auth-unavailable');
    await world.settle();
    expect(two.remains()).toEqual(NOTHING);
  });

  it('while it looks whether the store stays empty keeps no timer, and ends nothing (C48)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    world.stores.clear();
    await world.settle();
    tab.session.dispose();
    await world.settle();
    expect(tab.remains()).toEqual(NOTHING);
    expect(tab.events).toEqual([]);
  });

  it('while it asks its siblings ends that at once (C48)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = await openTab(world);
    const page = world.openTab();
    const release = hold(world, page, 'message');
    await world.settle();
    expect(page.remains().timers).toBeGreaterThan(0);
    page.session.dispose();
    await world.settle();
    expect(page.remains()).toEqual(NOTHING);
    release();
    await world.settle();
    expect(userOf(page)).toBeUndefined();
    expect(userOf(one)).toBe('alice');
  });

  it('hears and says nothing any more: no look, no answer to who asks (C48)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const [one, two] = await openTabs(world, 2);
    one.session.dispose();
    const before = one.session.trace().length;
    one.wake();
    await world.until(two.session.refresh());
    await world.until(two.session.signOut());
    await world.settle();
    expect(one.session.trace()).toHaveLength(before);
    expect(one.events).toEqual([]);
  });

  it('twice is as good as once, and signs nobody out in any tab (C48)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    one.session.dispose();
    one.session.dispose();
    await world.settle();
    expect(userOf(two)).toBe('alice');
    expect(world.stores.current()?.subject).toBe('alice');
  });
});
