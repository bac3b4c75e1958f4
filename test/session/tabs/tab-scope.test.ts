// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type SimTab, type TabsWorld } from '../../support/tabs.ts';
import { ALICE, BOB } from '../../support/world.ts';
import { ask, headOf, hold, LIFE, load, mostPresented, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';

/** One tab for each user; each has a session of its own. */
async function openUsers(
  world: TabsWorld,
  ...users: readonly (typeof ALICE)[]
): Promise<[SimTab, SimTab, ...SimTab[]]> {
  const tabs: SimTab[] = [];
  for (const user of users) {
    const tab = await load(world);
    await world.until(tab.session.signIn(user));
    tabs.push(tab);
  }
  await world.settle();
  for (const { events } of tabs) events.length = 0;
  return tabs as [SimTab, SimTab, ...SimTab[]];
}

const subjectOf = (world: TabsWorld): unknown => {
  const [, payload = ''] = (world.seen.at(-1)?.authorization ?? '').split('.');
  return JSON.parse(atob(payload)).sub;
};

describe('a store of one tab', () => {
  it('makes each tab a session of its own: no tab follows, and nobody is told of another’s sign-in', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const empty = await load(world);
    const [one, two] = await openUsers(world, ALICE, BOB);
    expect([empty, one, two].map(userOf)).toEqual([undefined, 'alice', 'bob']);
    expect([...empty.events, ...one.events, ...two.events]).toEqual([]);
    expect(headOf(world)?.sessionId).toBeUndefined();
    for (const [tab, name] of [
      [one, 'alice'],
      [two, 'bob'],
    ] as const) {
      expect(await ask(world, tab)).toBe(200);
      expect(subjectOf(world)).toBe(name);
    }
  });

  it('lets tabs refresh side by side: they have different locks (C6)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = await openUsers(world, ALICE, BOB);
    await world.advance(LIFE);
    const release = world.clock.hold(({ kind }) => kind === 'refresh answer');
    const asked = [one, two].map((tab) => outcome(tab.api.get('/x')));
    await world.settle();
    expect(world.server.sent).toHaveLength(2);
    release();
    expect(await world.until(Promise.all(asked))).toEqual([200, 200]);
  });

  it('whose session the server rejects ends in its own tab alone (I5)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = await openUsers(world, ALICE, BOB);
    await world.advance(LIFE);
    world.server.revokeAll();
    expect(await ask(world, one)).toBe('signed-out:refresh-rejected');
    await world.settle();
    expect(one.slot.text).toBeUndefined();
    expect(two.events).toEqual([]);
    expect(userOf(two)).toBe('bob');
    expect(headOf(world)).toBeUndefined();
  });

  it('ends with the sign-out of any tab of the name, in each once (OUT-6)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two, three] = await openUsers(world, ALICE, BOB, ALICE);
    await world.until(one.session.signOut());
    await world.settle();
    expect(one.events).toEqual(['signed-out:user']);
    expect(two.events).toEqual(['signed-out:other-tab']);
    expect(three?.events).toEqual(['signed-out:other-tab']);
    expect([one, two, three].map((tab) => tab?.slot.text)).toEqual([undefined, undefined, undefined]);
    expect(headOf(world)).toMatchObject({ epoch: 1, reason: 'user' });
  });

  it('keeps nothing of a refresh that a sign-out of its name has overtaken, even unheard of (OUT-4, I3)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = await openUsers(world, ALICE, BOB);
    const before = one.slot.text;
    const release = hold(world, one, 'refresh answer');
    const refreshing = outcome(one.session.refresh());
    await world.settle();
    world.channel.lose(5);
    await world.until(two.session.signOut());
    release();
    expect(await world.until(refreshing)).toBe('signed-out:other-tab');
    await world.settle();
    expect(before).toContain('refresh-1-alice');
    expect(one.slot.text).toBeUndefined();
    expect(one.events).toEqual(['signed-out:other-tab']);
    expect(world.server.takes('refresh-3-alice')).toBe(false);
  });

  it('that signs in after that is not ended by it, nor are the others signed in by it', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = await openUsers(world, ALICE, BOB);
    await world.until(one.session.signOut());
    await world.settle();
    await world.until(one.session.signIn(ALICE));
    await world.settle();
    one.wake();
    two.wake();
    await world.settle();
    expect([one, two].map(userOf)).toEqual(['alice', undefined]);
    expect(await ask(world, one)).toBe(200);
  });

  it('that slept through the sign-out of its name is signed out as it loads, and its record is removed', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = await openUsers(world, ALICE, BOB);
    const { slot } = two;
    two.close();
    expect(slot.text).toBeDefined();
    await world.until(one.session.signOut());
    const page = await load(world, { slot });
    expect(stateOf(page).status).toBe('signed-out');
    expect(page.events).toEqual([]);
    expect(slot.text).toBeUndefined();
  });

  it('survives a reload, without a word', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one] = await openUsers(world, ALICE, BOB);
    const page = one.reload();
    await world.until(page.session.ready);
    expect(userOf(page)).toBe('alice');
    expect(page.events).toEqual([]);
    expect(world.server.sent).toEqual([]);
  });

  it('whose row the fence has lost is added again as it loads, and as it runs', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = await openUsers(world, ALICE, BOB);
    world.fence.clear();
    two.wake();
    const page = one.reload();
    await world.until(page.session.ready);
    await world.settle();
    expect([page, two].map(userOf)).toEqual(['alice', 'bob']);
    for (const tab of [page, two]) expect(rowOf(world, tab.record()?.sessionId)).toMatchObject({ generation: 1 });
  });
});

describe('a duplicated tab', () => {
  it('shares the session of the first one: both stay signed in, and no token is sent twice (C41, P7)', async () => {
    const world = createTabsWorld({ store: 'tab', server: { reuse: 'ends-family' } });
    const [one] = await openUsers(world, ALICE);
    const two = one.duplicate();
    await world.until(two.session.ready);
    expect(two.events).toEqual([]);
    expect(two.record()?.sessionId).toBe(one.record()?.sessionId);
    for (let round = 0; round < 6; round += 1) {
      await world.advance(LIFE);
      const first = round % 2 ? [one, two] : [two, one];
      expect(await Promise.all(first.map((tab) => ask(world, tab)))).toEqual([200, 200]);
      expect(two.slot.text).toBe(one.slot.text);
    }
    expect(world.server.sent).toHaveLength(6);
    expect(mostPresented(world)).toBe(1);
  });

  it('that missed a refresh is handed the newest record by its sibling when it needs one (S9, EVT-5)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one] = await openUsers(world, ALICE);
    const two = one.duplicate();
    await world.until(two.session.ready);
    await world.advance(LIFE);
    world.channel.lose(1);
    expect(await ask(world, one)).toBe(200);
    expect(two.record()?.generation).toBe(1);
    expect(await ask(world, two)).toBe(200);
    expect(two.record()?.generation).toBe(2);
    expect(world.server.sent).toHaveLength(1);
  });

  it('that was discarded and comes back asks its sibling before anything else (P7, C41)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one] = await openUsers(world, ALICE);
    const two = one.duplicate();
    await world.until(two.session.ready);
    const { slot } = two;
    two.close();
    await world.advance(LIFE);
    expect(await ask(world, one)).toBe(200);
    const back = await load(world, { slot });
    expect(userOf(back)).toBe('alice');
    expect(back.record()?.generation).toBe(2);
    expect(back.events).toEqual([]);
    expect(slot.text).toBe(one.slot.text);
    expect(world.server.sent).toHaveLength(1);
  });

  it('whose newest holder is gone says so, and sends no spent token (ROT-3)', async () => {
    const world = createTabsWorld({ store: 'tab', server: { reuse: 'ends-family' } });
    const [one] = await openUsers(world, ALICE);
    const two = one.duplicate();
    await world.until(two.session.ready);
    await world.advance(LIFE);
    world.channel.lose(1);
    expect(await ask(world, one)).toBe(200);
    one.close();
    expect(await ask(world, two)).toBe('signed-out:storage-cleared');
    expect(two.events).toEqual(['signed-out:storage-cleared']);
    expect(mostPresented(world)).toBe(1);
  });

  it('in which somebody signs in anew leaves the first one as it is', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one] = await openUsers(world, ALICE);
    const two = one.duplicate();
    await world.until(two.session.ready);
    await world.until(two.session.signIn(BOB));
    await world.settle();
    one.wake();
    await world.settle();
    expect([one, two].map(userOf)).toEqual(['alice', 'bob']);
    expect(one.events).toEqual([]);
    expect(two.events).toEqual(['signed-out:user-switched', 'signed-in']);
  });
});
