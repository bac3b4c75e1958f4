// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { Head } from '../../../src/session/facts.ts';
import { createTabsWorld, type SimTab, type TabsWorld } from '../../support/tabs.ts';
import type { Page } from '../../support/tabs-schedule.ts';
import { ALICE, BOB } from '../../support/world.ts';
import {
  ask,
  headOf,
  LIFE,
  load,
  mostPresented,
  openTab,
  openTabs,
  outcome,
  rowOf,
  stateOf,
  userOf,
} from './open-tabs.ts';

/** Writes a record into localStorage as some script would, outside of everything. */
function plant(world: TabsWorld, record: unknown): void {
  const nobody = { name: 'script', onGone() {} } as unknown as Page;
  world.stores.origin(nobody).save('default', record as never);
}

const recordOf = (tab: SimTab): NonNullable<ReturnType<SimTab['record']>> => {
  const record = tab.record();
  if (!record) throw new Error('Nobody is signed in.');
  return record;
};

describe('a stored session of which the fence has never heard', () => {
  it('is taken up, and named by the fence from then on; nothing is told and nothing is asked (first run, upgrade)', async () => {
    const world = createTabsWorld();
    const before = await openTab(world);
    const { sessionId } = recordOf(before);
    before.close();
    world.fence.clear();
    const tab = await load(world);
    expect(userOf(tab)).toBe('alice');
    expect(tab.events).toEqual([]);
    expect(headOf(world)).toMatchObject({ sessionId, subject: 'alice' });
    expect(rowOf(world, sessionId)).toMatchObject({ generation: 1 });
    expect(world.server.sent).toEqual([]);
  });

  it('is added once, by the first of several pages that load at the same moment', async () => {
    const world = createTabsWorld();
    (await openTab(world)).close();
    world.fence.clear();
    const tabs = Array.from({ length: 5 }, () => world.openTab());
    await world.settle();
    expect(tabs.map(userOf)).toEqual(Array(5).fill('alice'));
    expect(headOf(world)?.epoch).toBe(1);
  });
});

describe('a fence that somebody clears while tabs run', () => {
  it.each(['origin', 'tab', 'slow'] as const)(
    'during a refresh loses nothing of it: its tokens are kept, and no server is told that they are worth nothing (I5) (%s)',
    async (store) => {
      const world = createTabsWorld({ store });
      const tab = await openTab(world);
      world.server.onSend(() => {
        if (world.server.sent.length === 0) world.fence.clear();
      });
      expect(await world.until(outcome(tab.session.refresh()))).toBe('done');
      await world.advance(LIFE);
      expect(await ask(world, tab)).toBe(200);
      expect(world.server.sent).toHaveLength(2);
      expect(tab.events).toEqual(['refreshed', 'refreshed']);
    },
  );

  it('is told again by them what they saw last, so that there still is one refresh for all (I1)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const { sessionId } = recordOf(one);
    world.fence.clear();
    two.wake();
    await world.settle();
    expect(headOf(world)).toMatchObject({ sessionId });
    await world.advance(LIFE);
    expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
    expect(world.server.sent).toHaveLength(1);
    expect([...one.events, ...two.events]).toEqual(['refreshed']);
  });

  it('is told the newest at last, also when a tab that was behind is the first to speak (I10, ROT-3)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    two.freeze();
    await world.advance(LIFE);
    expect(await ask(world, one)).toBe(200);
    world.fence.clear();
    two.thaw();
    expect(await ask(world, two)).toBe(200);
    expect(rowOf(world, recordOf(one).sessionId)).toMatchObject({ generation: 2 });
    await world.advance(LIFE);
    expect(await ask(world, two)).toBe(200);
    expect(mostPresented(world)).toBe(1);
  });

  it('still carries a sign-out to every tab afterwards (I3)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    world.fence.clear();
    await world.until(one.session.signOut());
    await world.settle();
    expect(two.events).toEqual(['signed-out:other-tab']);
    expect(world.stores.current()).toBeUndefined();
  });
});

describe('a fence that names a session whose store is empty', () => {
  it('at load is a visitor who is signed out, for no reason and without an event; the fence stays', async () => {
    const world = createTabsWorld();
    (await openTab(world)).close();
    world.stores.clear();
    const before = structuredClone(world.fence.rows);
    const tab = await load(world);
    expect(stateOf(tab)).toEqual({ status: 'signed-out' });
    expect(tab.events).toEqual([]);
    expect(world.fence.rows).toEqual(before);
  });

  it.each([
    ['the store', (world: TabsWorld) => world.stores.clear()],
    ['the store and the fence', (world: TabsWorld) => world.clearSiteData()],
  ])('while tabs run, after somebody cleared %s, ends the session once in each (C40, S4)', async (_, clear) => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    clear(world);
    await world.advance(1000);
    for (const tab of [one, two]) {
      tab.wake();
      await world.advance(1000);
      expect(tab.events).toEqual(['signed-out:storage-cleared']);
    }
    expect(headOf(world)?.sessionId).toBeUndefined();
    expect(await ask(world, one)).toBe(401);
    expect(world.seen.at(-1)?.authorization).toBeUndefined();
  });
});

describe('a record in the store that the head does not name', () => {
  it('is never used, and removed in a transaction of the fence, where nobody is signed in (I3)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const record = recordOf(tab);
    await world.until(tab.session.signOut());
    plant(world, record);
    const writes: (Page | undefined)[] = [];
    world.stores.onWrite(() => writes.push(world.fence.inside()));
    const page = await load(world);
    expect(stateOf(page)).toEqual({ status: 'signed-out' });
    expect(world.stores.current()).toBeUndefined();
    expect(writes).toHaveLength(1);
    expect(writes[0]).toBeDefined();
    expect(await ask(world, page)).toBe(401);
    expect(world.seen.at(-1)?.authorization).toBeUndefined();
  });

  it('is never used where another session is named, and put right by the tab that holds that one (SES-1)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const old = recordOf(one);
    await world.until(one.session.signIn(BOB));
    await world.settle();
    two.close();
    plant(world, old);
    const page = world.openTab();
    await world.until(page.session.ready);
    expect(userOf(page)).toBe('bob');
    one.wake();
    await world.settle();
    expect(world.stores.current()?.sessionId).toBe(headOf(world)?.sessionId);
  });

  it('is not deleted by a page whose view of the store may be old: it may be the good one of another tab (I5)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const old = recordOf(tab);
    await world.until(tab.session.signIn(BOB));
    tab.close();
    plant(world, old);
    const page = await load(world);
    expect(userOf(page)).toBeUndefined();
    expect(world.stores.current()).toMatchObject({ sessionId: old.sessionId });
    expect(headOf(world)).toMatchObject({ subject: 'bob' });
  });

  it('is not written over while an attempt is open: it may be what the server has just given (I10)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const old = recordOf(one);
    await world.until(two.session.refresh());
    await world.settle();
    const row = rowOf(world, old.sessionId);
    const attempt = { generation: 2, sentAt: world.clock.now(), tab: 'gone' };
    world.fence.rows.set(`row:${old.sessionId}`, { ...row, attempt });
    plant(world, old);
    await world.settle();
    expect(world.stores.current()).toMatchObject({ generation: 1 });
    world.fence.rows.set(`row:${old.sessionId}`, row);
    one.wake();
    await world.settle();
    expect(world.stores.current()).toMatchObject({ generation: 2 });
  });
});

describe('the fence', () => {
  it('of a sign-out counts on, and keeps no row of a session that is over', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const { sessionId } = recordOf(tab);
    const { epoch } = headOf(world) as Head;
    await world.until(tab.session.signOut());
    expect(headOf(world)).toEqual({ epoch: epoch + 1, reason: 'user' });
    expect(rowOf(world, sessionId)).toBeUndefined();
    await world.until(tab.session.signIn(ALICE));
    expect(headOf(world)?.epoch).toBe(epoch + 2);
  });
});
