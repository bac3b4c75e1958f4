// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { catchUp } from '../../src/session/catch-up.ts';
import type { Core } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { createTabsWorld, type SimTab } from '../support/tabs.ts';
import { ALICE, BOB } from '../support/world.ts';
import { headOf, hold, look, openTab, openTabs, rowOf, sessionOf, userOf } from './tabs/open-tabs.ts';
import { createShelf } from './tabs/shelf.ts';

const LOCKED = { isLocked: true };

/** Tabs on a store of which the second one's view can be stopped; no tab hears of what another one does. */
async function deafTabs() {
  const world = createTabsWorld();
  const shelf = createShelf();
  const views = [shelf.view(), shelf.view(), shelf.view()] as const;
  const [one, two, three] = await openTabs(world, 3, (index) => ({ store: views[index]?.store as never }));
  world.channel.lose(1000);
  return { world, shelf, view: views[1], one, two, three: three as SimTab };
}

/** The second tab lags behind what the first one refreshed and took with it; the third one sleeps. */
async function newestIsGone() {
  const tabs = await deafTabs();
  const { world, view, one, three } = tabs;
  view.stop();
  await world.until(one.session.refresh());
  one.close();
  three.freeze();
  return tabs;
}

describe('a tab that nobody can give the newest generation to', () => {
  it('stays signed in after a mere look: the store that it sees may only be late (I5)', async () => {
    const { world, two } = await newestIsGone();
    expect(await world.until(look(two))).toBe('nothing');
    expect(userOf(two)).toBe('alice');
  });

  it('is signed out by a mere look once the store stays empty (C40)', async () => {
    const { world, shelf, view, two } = await newestIsGone();
    shelf.text = undefined;
    view.go();
    expect(await world.until(look(two))).toBe('storage-cleared');
  });

  it('is not signed out where the fence is emptied while it looks: what is not known has not ended', async () => {
    const { world, two } = await newestIsGone();
    const found = look(two, LOCKED);
    await world.advance(1000);
    world.fence.clear();
    expect(await world.until(found)).toBe('nothing');
    expect(userOf(two)).toBe('alice');
  });

  it('says that another user took its place, if that is so by the time that it gives up (SES-4)', async () => {
    const { world, two, three } = await newestIsGone();
    const found = look(two, LOCKED);
    await world.advance(1000);
    three.thaw();
    await world.until(three.session.signIn(BOB));
    expect(await world.until(found)).toBe('user-switched');
  });
});

describe('a tab whose user has signed in anew in another tab', () => {
  it('takes the newest of that session, and no older one that its store still shows (ROT-3)', async () => {
    const { world, view, one, two } = await deafTabs();
    await world.until(one.session.signIn(ALICE));
    view.stop();
    await world.until(one.session.refresh());
    world.channel.lose(0);
    expect(await world.until(look(two))).toBe('generation 2');
    expect(sessionOf(two)).toBe(sessionOf(one));
  });

  it('takes what the store has of it, where the fence knows no more than its name', async () => {
    const { world, one, two } = await deafTabs();
    await world.until(one.session.signIn(ALICE));
    world.fence.rows.delete(`row:${sessionOf(one)}`);
    expect(await world.until(look(two))).toBe('generation 1');
    expect(sessionOf(two)).toBe(sessionOf(one));
  });

  /** The new session is in nobody's reach. */
  async function newSessionIsGone() {
    const tabs = await deafTabs();
    const { world, view, one } = tabs;
    view.stop();
    await world.until(one.session.signIn(ALICE));
    one.close();
    return tabs;
  }

  it('is signed out when nobody can give it that session', async () => {
    const { world, two } = await newSessionIsGone();
    expect(await world.until(look(two))).toBe('storage-cleared');
    expect(two.events).toEqual(['signed-out:storage-cleared']);
  });

  it('is not signed out where the fence is emptied while it looks for that session', async () => {
    const { world, two } = await newSessionIsGone();
    const found = look(two);
    await world.advance(1000);
    world.fence.clear();
    expect(await world.until(found)).toBe('nothing');
    expect(userOf(two)).toBe('alice');
  });

  it('takes a third session that has replaced that one meanwhile', async () => {
    const { world, view, two, three } = await newSessionIsGone();
    const found = look(two);
    await world.advance(1000);
    await world.until(three.session.signIn(ALICE));
    view.go();
    expect(await world.until(found)).toBe('generation 1');
    expect(sessionOf(two)).toBe(sessionOf(three));
  });

  it('tells of no end where none is near, though that session cannot be renewed', async () => {
    const { world, one, two } = await deafTabs();
    const { accessToken } = one.record()?.tokens ?? {};
    await world.until(one.session.signInWithTokens({ accessToken }));
    expect(await world.until(look(two))).toBe('generation 1');
    expect(sessionOf(two)).toBe(sessionOf(one));
    expect(two.events).toEqual([]);
  });
});

describe('what a look found', () => {
  it('is of no use once the same user has signed in here: that session stays (C34)', async () => {
    const { world, one, two } = await deafTabs();
    await world.until(one.session.refresh());
    const core = coreOf(two.session) as Core;
    const settle = await world.until(catchUp(core, core.epoch, false));
    await world.until(two.session.signIn(ALICE));
    const { record } = core.held ?? {};
    expect(settle?.().record).toBe(record);
    expect(core.held?.record).toBe(record);
  });

  it('is used all the same where the fence was emptied meanwhile: what is not known has not ended', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const { store } = shelf.view();
    let loads = 0;
    const load = (name: string): unknown => {
      loads += 1;
      if (loads === 2) world.fence.clear();
      return store.load(name);
    };
    const [one, two] = await openTabs(world, 2, (index) => ({ store: index ? { ...store, load } : store }));
    world.channel.lose(1000);
    await world.until(one.session.refresh());
    loads = 0;
    expect(await world.until(look(two))).toBe('generation 2');
    expect(two.events).toEqual([]);
  });

  it('in the memory of another tab is used as well, where the fence was emptied meanwhile', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const [one, two] = await openTabs(world, 2);
    world.channel.lose(1);
    await world.until(one.session.refresh());
    world.channel.lose(0);
    const release = hold(world, two, 'message');
    const found = look(two);
    await world.settle();
    world.fence.clear();
    release();
    expect(await world.until(found)).toBe('generation 2');
  });

  it('is nothing where the store has the same generation as this tab, and the fence was behind both', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    await world.until(tab.session.refresh());
    const sessionId = sessionOf(tab);
    const attempt = { generation: 1, sentAt: world.clock.now(), tab: 'gone' };
    world.fence.rows.set(`row:${sessionId}`, { ...rowOf(world, sessionId), generation: 1, attempt });
    expect(await world.until(look(tab, LOCKED))).toBe('nothing');
    expect(rowOf(world, sessionId)).toMatchObject({ generation: 2 });
  });
});

describe('a fence that was emptied', () => {
  it('is told once what several tabs hold that look at the same moment', async () => {
    const { world, one, two } = await deafTabs();
    world.fence.clear();
    expect(await world.until(Promise.all([look(one), look(two)]))).toEqual(['nothing', 'nothing']);
    expect(headOf(world)).toMatchObject({ epoch: 1, sessionId: sessionOf(one) });
  });

  it('along with the store ends the session at the first look (C40)', async () => {
    const { world, shelf, one } = await deafTabs();
    world.fence.clear();
    shelf.text = undefined;
    expect(await world.until(look(one))).toBe('storage-cleared');
  });
});

describe('an asynchronous store that is emptied after a sign-out and another sign-in', () => {
  /** So long after the sign-out, in milliseconds by the device's clock. */
  async function emptiedAfter(time: number) {
    const world = createTabsWorld({ store: 'slow' });
    const tab = await openTab(world);
    await world.until(tab.session.signOut());
    await world.until(tab.session.signIn(BOB));
    await world.settle();
    tab.events.length = 0;
    world.clock.stepClock((headOf(world)?.endedAt ?? 0) + time - world.clock.now());
    world.stores.clear();
    await world.advance(1000);
    return { world, tab };
  }

  it.each([0, 4999])('by what may be the clear of the first, %i ms late, is filled again', async (time) => {
    const { world, tab } = await emptiedAfter(time);
    expect(tab.events).toEqual([]);
    expect(world.stores.current()).toMatchObject({ sessionId: sessionOf(tab) });
  });

  it.each([5000, -3600_000])('%i ms after the first is somebody’s wish, and ends the session', async (time) => {
    const { world, tab } = await emptiedAfter(time);
    expect(tab.events).toEqual(['signed-out:storage-cleared']);
    expect(world.stores.current()).toBeUndefined();
  });
});
