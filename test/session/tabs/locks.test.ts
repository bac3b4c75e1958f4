// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ask, countOf, hold, LIFE, mostPresented, openTabs, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';

/** The longest that a lease keeps the others waiting whose page is gone, in milliseconds. */
const LEASE = 45_000;

describe('without Web Locks', () => {
  it('one tab refreshes for all (L5, ROT-1)', async () => {
    const world = createTabsWorld({ lock: 'lease' });
    const tabs = await openTabs(world, 3);
    for (let round = 0; round < 3; round += 1) {
      await world.advance(LIFE);
      const asked = tabs.map((tab) => outcome(tab.api.get('/x')));
      expect(await world.until(Promise.all(asked))).toEqual([200, 200, 200]);
    }
    expect(world.server.sent).toHaveLength(3);
    expect(mostPresented(world)).toBe(1);
    expect([...world.fence.rows.keys()].filter((key) => key.startsWith('lease:'))).toEqual([]);
  });

  it('a page that went away in the middle costs the others one lease, and nobody the session (L1, L5)', async () => {
    const world = createTabsWorld({ lock: 'lease' });
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    world.server.faults.push('lose-request');
    const release = hold(world, one, 'refresh');
    void outcome(one.api.get('/x'));
    await world.settle();
    expect(world.server.sent).toHaveLength(1);
    one.crash();
    release();
    expect(await ask(world, two)).toBe('auth-unavailable');
    expect(world.server.sent).toHaveLength(1);
    await world.advance(LEASE);
    expect(await ask(world, two)).toBe(200);
    expect(two.events.filter((event) => !event.startsWith('diagnostic'))).toEqual(['refreshed']);
  });

  it('a page that was frozen past its lease, before it sent, sends nothing when it thaws (L3, P4, I2)', async () => {
    const world = createTabsWorld({ lock: 'lease' });
    const [one, two] = await openTabs(world, 2);
    const { sessionId } = two.record() ?? {};
    await world.advance(LIFE);
    // It has the lease, and its attempt is written down: once it hears of that, it would send.
    const release = world.clock.hold(
      ({ page, kind }) => page === one.page && kind === 'fence answer' && !!rowOf(world, sessionId)?.attempt,
    );
    void outcome(one.api.get('/1'));
    await world.settle();
    one.freeze();
    release();
    await world.advance(LEASE + 6000);
    expect(world.server.sent).toEqual([]);
    expect(await ask(world, two)).toBe(200);
    one.thaw();
    await world.advance(1000);
    expect(await ask(world, one)).toBe(200);
    expect(world.server.sent.map(({ page }) => page)).toEqual([two.page]);
    expect(one.record()?.generation).toBe(2);
  });

  it('the waiting looks at the lease about once a second, and not without end (L9)', async () => {
    const world = createTabsWorld({ lock: 'lease' });
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    world.server.faults.push('slow');
    // Answers come when they must, and not before.
    const release = hold(world, one, 'refresh answer');
    void outcome(one.api.get('/1'));
    await world.settle();
    const before = countOf(world, 'fence update', two);
    const late = outcome(two.api.get('/2'));
    await world.advance(20_000);
    expect(countOf(world, 'fence update', two) - before).toBeLessThan(30);
    release();
    expect(await world.until(late)).toBe('auth-unavailable');
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
  });
});

describe('Web Locks', () => {
  it.each(['crash', 'close'] as const)(
    'are free at once when the page inside goes away by a %s, and the next one goes on (L1, L2)',
    async (go) => {
      const world = createTabsWorld();
      const [one, two] = await openTabs(world, 2);
      await world.advance(LIFE);
      world.server.faults.push('lose-request');
      const release = hold(world, one, 'refresh');
      void outcome(one.api.get('/1'));
      const asked = outcome(two.api.get('/2'));
      await world.settle();
      expect(world.locks.count(two.page)).toBe(1);
      one[go]();
      release();
      expect(await world.until(asked)).toBe(200);
      expect(userOf(two)).toBe('alice');
      expect(world.server.sent).toHaveLength(2);
    },
  );

  it('of a frozen page are never stolen: others use what still lives, and are told to come again (L3, L4)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE - 60_000);
    const release = hold(world, one, 'refresh answer');
    const first = outcome(one.session.refresh());
    await world.settle();
    one.freeze();
    release();
    expect(await ask(world, two)).toBe(200);
    await world.advance(60_000);
    expect(await ask(world, two)).toBe('auth-unavailable');
    await world.advance(60_000);
    expect(await ask(world, two)).toBe('auth-unavailable');
    expect(stateOf(two).status).toBe('signed-in');
    expect(world.server.sent).toHaveLength(1);
    one.thaw();
    expect(await world.until(first)).toBe('done');
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
    expect([...one.events, ...two.events].filter((event) => event.startsWith('signed'))).toEqual([]);
  });

  it('whose page is blocked for 9 seconds only make the others wait for it (L4)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const asked = outcome(one.api.get('/1'));
    const release = hold(world, one, 'refresh answer');
    await world.settle();
    expect(world.server.sent).toHaveLength(1);
    one.freeze();
    release();
    const late = outcome(two.api.get('/2'));
    await world.advance(9000);
    one.page.thaw();
    expect(await world.until(asked)).toBe(200);
    expect(await world.until(late)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
  });

  it('that foreign code steals let two send at most, and one commit: the other throws its tokens away (L6)', async () => {
    const world = createTabsWorld({ server: { reuse: 'grace' } });
    const [one] = await openTabs(world, 1);
    vi.spyOn(world.locks, 'viewOf').mockReturnValue({
      request: async (_: string, ...rest: unknown[]) => (rest.at(-1) as LockGrantedCallback<void>)({} as Lock),
      query: async () => ({}),
    } as unknown as LockManager);
    const two = world.openTab();
    await world.until(two.session.ready);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    const first = outcome(one.api.get('/1'));
    await world.settle();
    const second = outcome(two.api.get('/2'));
    await world.advance(6000);
    expect(await world.until(second)).toBe(200);
    release();
    expect(await world.until(first)).toBe(200);
    await world.settle();
    expect(world.server.sent).toHaveLength(2);
    expect([one, two].map((tab) => tab.record()?.generation)).toEqual([2, 2]);
    expect(one.record()).toEqual(two.record());
    expect(world.stores.current()?.tokens).toEqual(two.record()?.tokens);
    expect(world.server.takes(two.record()?.tokens.refreshToken)).toBe(true);
    expect(one.events).toEqual([]);
  });

  it('that never call back cost a refresh, not the session, and no other tab anything (L7)', async () => {
    const world = createTabsWorld();
    const [one] = await openTabs(world, 1);
    vi.spyOn(world.locks, 'viewOf').mockReturnValueOnce({
      request: () => new Promise(() => {}),
      query: async () => ({}),
    } as unknown as LockManager);
    const two = world.openTab();
    await world.until(two.session.ready);
    await world.advance(LIFE);
    expect(await ask(world, two)).toBe('auth-unavailable');
    await world.advance(LEASE);
    expect(await ask(world, two)).toBe('auth-unavailable');
    expect(stateOf(two).status).toBe('signed-in');
    expect(await ask(world, one)).toBe(200);
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
  });
});

describe('a lock name', () => {
  it('is that of one session name: two names do not wait for each other (C6)', async () => {
    const world = createTabsWorld();
    const [one] = await openTabs(world, 1);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    void outcome(one.api.get('/1'));
    await world.settle();
    expect(world.locks.isInside(one.page, 'latchkey.1:default')).toBe(true);
    expect(world.locks.isInside(one.page, 'latchkey.1:other')).toBe(false);
    release();
    await world.settle();
    expect(world.locks.count(one.page)).toBe(0);
  });
});
