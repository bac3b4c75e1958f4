// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type TabsWorldOptions } from '../../support/tabs.ts';
import { BOB } from '../../support/world.ts';
import { ask, countOf, hold, LIFE, mostPresented, openTabs, outcome, stateOf } from './open-tabs.ts';
import { createShelf } from './shelf.ts';

/** Two tabs of which the second one hears nothing: no message, and no event of the store. */
async function deaf(options: TabsWorldOptions = {}) {
  const world = createTabsWorld(options);
  const shelf = createShelf();
  const [one, two] = await openTabs(world, 2, () => ({ store: shelf.view().store }));
  world.channel.lose(Number.POSITIVE_INFINITY);
  return { world, shelf, one, two };
}

const API = 'https://api.example.com/x';

describe('a request right after a wake-up', () => {
  it.each(['axios', 'fetch', 'token'] as const)(
    'never carries the token of a session that was signed out meanwhile (%s) (OUT-6, OUT-7, P2)',
    async (way) => {
      const { world, one, two } = await deaf();
      await world.until(one.session.signOut());
      await world.settle();
      expect(stateOf(two).status).toBe('signed-in');
      two.wake();
      const asked = { axios: () => two.api.get('/x'), fetch: () => two.fetch(API), token: two.session.getAccessToken };
      expect(await world.until(outcome(asked[way]()))).toBe('signed-out:other-tab');
      expect(world.seen).toEqual([]);
      expect(two.events).toEqual(['signed-out:other-tab']);
    },
  );

  it('is rejected after the app was told that it is signed out, and not before (OUT-7, P2)', async () => {
    const { world, one, two } = await deaf();
    await world.until(one.session.signOut());
    two.wake();
    const order: string[] = [];
    two.session.on('signed-out', () => order.push('event'));
    const asked = two.api.get('/x').catch(() => order.push('request'));
    await world.until(asked);
    expect(order).toEqual(['event', 'request']);
  });

  it('never runs as somebody else who has signed in meanwhile (SES-1, SES-4)', async () => {
    const { world, one, two } = await deaf();
    await world.until(one.session.signIn(BOB));
    two.wake();
    expect(await ask(world, two)).toBe('signed-out:user-switched');
    expect(world.seen).toEqual([]);
  });

  it('uses the generation that another tab got meanwhile, not the old one (P3, N15)', async () => {
    const { world, one, two } = await deaf();
    await world.until(one.session.refresh());
    expect(two.record()?.generation).toBe(1);
    two.wake();
    expect(await ask(world, two)).toBe(200);
    expect(two.record()?.generation).toBe(2);
    expect(world.seen).toHaveLength(1);
    expect(world.seen[0]?.authorization).toBe(`Bearer ${one.record()?.tokens.accessToken}`);
    expect(world.server.sent).toHaveLength(1);
  });

  it('waits for no longer than the fence takes, and what comes later waits for nothing', async () => {
    const { world, two } = await deaf();
    const release = hold(world, two, 'fence answer');
    two.wake();
    const early = outcome(two.api.get('/early'));
    await world.settle();
    expect(world.seen).toEqual([]);
    release();
    expect(await world.until(early)).toBe(200);
    const reads = countOf(world, 'fence read', two);
    expect(await ask(world, two)).toBe(200);
    expect(countOf(world, 'fence read', two)).toBe(reads);
  });

  it('is not sent with an old token either when it wakes again while it still looks', async () => {
    const { world, one, two } = await deaf();
    const release = hold(world, two, 'fence answer');
    two.wake();
    await world.settle();
    await world.until(one.session.signOut());
    two.wake();
    const asked = outcome(two.api.get('/x'));
    release();
    expect(await world.until(asked)).toBe('signed-out:other-tab');
    expect(world.seen).toEqual([]);
  });
});

describe('a page that comes back after it was frozen', () => {
  it('catches up before its first request, whatever it missed (C36, P2)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    two.freeze();
    await world.until(one.session.signOut());
    await world.advance(60_000);
    two.thaw();
    const asked = outcome(two.api.get('/x'));
    expect(await world.until(asked)).toMatch(/^signed-out|^401/);
    expect(world.seen.map(({ authorization }) => authorization).filter(Boolean)).toEqual([]);
    expect(two.events).toEqual(['signed-out:other-tab']);
  });

  it('in the middle of its refresh commits it, if nothing has changed (P4, N9)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    const refreshing = outcome(one.session.refresh());
    await world.settle();
    one.freeze();
    release();
    await world.advance(5000);
    one.thaw();
    expect(await world.until(refreshing)).toBe('done');
    expect(await ask(world, two)).toBe(200);
    expect(mostPresented(world)).toBe(1);
  });

  it('in the middle of its refresh throws its answer away, if somebody signed out meanwhile (P4, OUT-4)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    const refreshing = outcome(one.session.refresh());
    await world.settle();
    one.freeze();
    await world.until(two.session.signOut());
    release();
    await world.advance(5000);
    one.thaw();
    expect(await world.until(refreshing)).toBe('signed-out:other-tab');
    await world.settle();
    expect(world.stores.current()).toBeUndefined();
    expect(one.events).toEqual(['signed-out:other-tab']);
    expect(world.server.takes('refresh-2-alice')).toBe(false);
  });

  it('hears of two ends and a sign-in as of one end: what it shows now (EVT-2)', async () => {
    const { world, one, two } = await deaf();
    await world.until(one.session.signOut());
    await world.until(one.session.signIn(BOB));
    await world.until(one.session.signOut());
    two.wake();
    await world.settle();
    expect(two.events).toEqual(['signed-out:other-tab']);
  });
});

describe('fifty tabs that wake at once', () => {
  const TABS = 50;

  it('make one refresh; 49 adopt, and the fence is read a few times each (L9, C1)', async () => {
    const world = createTabsWorld();
    const tabs = await openTabs(world, TABS);
    await world.advance(LIFE);
    const [reads, updates] = [countOf(world, 'fence read'), countOf(world, 'fence update')];
    for (const tab of tabs) tab.wake();
    const asked = tabs.map((tab) => outcome(tab.api.get('/x')));
    expect(await world.until(Promise.all(asked))).toEqual(Array(TABS).fill(200));
    expect(world.server.sent).toHaveLength(1);
    expect(tabs.filter(({ events }) => events.includes('refreshed'))).toHaveLength(1);
    expect(tabs.filter(({ session }) => session.trace().at(-1)?.step === 'adopted')).toHaveLength(TABS - 1);
    // A look as it wakes, and one for each hint that there is something new: the store's, and the message.
    expect(countOf(world, 'fence read') - reads).toBeLessThanOrEqual(4 * TABS);
    // Only the one that refreshes writes.
    expect(countOf(world, 'fence update') - updates).toBeLessThanOrEqual(4);
  });

  it('do not look at the fence, nor at the store, while they wait for the one that refreshes (L9)', async () => {
    const world = createTabsWorld();
    const tabs = await openTabs(world, TABS);
    await world.advance(LIFE);
    const release = hold(world, tabs[0], 'refresh answer');
    const refreshing = tabs.map((tab) => outcome(tab.session.refresh()));
    await world.settle();
    const before = world.clock.log.length;
    await world.advance(25_000);
    expect(world.clock.log.length - before).toBe(0);
    release();
    expect(await world.until(Promise.all(refreshing))).toEqual(Array(TABS).fill('done'));
    expect(world.server.sent).toHaveLength(1);
  });

  it('with the memory of all tabs ask the one that has it, and fifty do not answer (L9, EVT-5)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const tabs = await openTabs(world, TABS);
    await world.advance(LIFE);
    const asked = tabs.map((tab) => outcome(tab.api.get('/x')));
    expect(await world.until(Promise.all(asked))).toEqual(Array(TABS).fill(200));
    expect(world.server.sent).toHaveLength(1);
    const given = tabs.flatMap(({ session }) => session.trace()).filter(({ step }) => step === 'record-given');
    // Each asks once as it opens, and once for the new generation.
    expect(given.length).toBeLessThanOrEqual(2 * TABS);
  });
});
