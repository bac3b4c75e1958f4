// @vitest-environment node
import { type SessionState, sharedMemoryStore } from 'latchkey';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { createTabLock } from '../../src/platform/lock.ts';
import { adopt } from '../../src/session/adopt.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { changeFacts, type Row, writeSession } from '../../src/session/facts.ts';
import { watchLimits } from '../../src/session/limits.ts';
import { newRecord } from '../../src/session/new-record.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { createLonePage } from '../support/lone-page.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, createWorld } from '../support/world.ts';
import { countOf, openTab, openTabs, rowOf, sessionOf, stateOf } from './tabs/open-tabs.ts';

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;
/** From when on what the user does is written down for other tabs. */
const WRITTEN = IDLE / 20;

describe('what the user does', () => {
  it('is nothing where nobody is signed in', async () => {
    const { session, clock } = createWorld({ idleTimeout: IDLE });
    await session.ready;
    await clock.advance(IDLE / 2);
    expect(() => session.extend()).not.toThrow();
  });

  it('is written down for the other tabs no more often than each 20th of the time-out', async () => {
    const world = createTabsWorld({ session: { idleTimeout: IDLE } });
    const [tab] = await openTabs(world, 1);
    await world.advance(WRITTEN - 1 - (world.clock.now() - (rowOf(world, sessionOf(tab))?.activeAt ?? 0)));
    const before = countOf(world, 'fence update');
    tab.session.extend();
    await world.settle();
    expect(countOf(world, 'fence update')).toBe(before);
    await world.advance(1);
    tab.session.extend();
    await world.settle();
    expect(countOf(world, 'fence update')).toBe(before + 1);
    expect(rowOf(world, sessionOf(tab))).toMatchObject({ activeAt: world.clock.now() });
  });

  it('is no message to the other tabs while nobody was told of an end', async () => {
    const world = createTabsWorld({ session: { idleTimeout: IDLE } });
    const [one, two] = await openTabs(world, 2);
    await world.advance(IDLE / 2);
    const before = countOf(world, 'message', two);
    one.session.extend();
    await world.settle();
    expect(countOf(world, 'message', two)).toBe(before);
  });

  it('at the very moment at which the session ends comes too late', async () => {
    const { session, clock } = createWorld({ idleTimeout: IDLE });
    await session.signIn(ALICE);
    await clock.advance(0);
    clock.step(IDLE);
    session.extend();
    await clock.advance(0);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
  });

  it('writes nothing into a fence that was cleared, nor of a session that was replaced', async () => {
    const world = createTabsWorld({ session: { idleTimeout: IDLE } });
    const [one, two] = await openTabs(world, 2);
    const sessionId = sessionOf(two);
    const row = rowOf(world, sessionId);
    two.freeze();
    await world.advance(IDLE / 2);
    await world.until(one.session.signIn(ALICE));
    world.fence.rows.set(`row:${sessionId}`, row);
    two.page.thaw();
    two.session.extend();
    await world.settle();
    expect(rowOf(world, sessionId)).toEqual(row);
    world.fence.rows.delete(`row:${sessionOf(one)}`);
    await world.advance(WRITTEN);
    one.session.extend();
    await world.settle();
    expect(rowOf(world, sessionOf(one))).toBeUndefined();
  });
});

describe('a session that the user was told the end of', () => {
  it('leaves nothing of it to the next one: who signs in is shown no end', async () => {
    const { session, clock, events } = createWorld({ idleTimeout: IDLE });
    await session.signIn(ALICE);
    await clock.advance(IDLE - 30_000);
    expect(events).toContain('expiring:idle');
    await session.signOut();
    await clock.advance(0);
    const shown: SessionState<unknown>[] = [];
    session.subscribe(() => shown.push(session.getState()));
    await session.signIn(ALICE);
    expect(shown[0]).toMatchObject({ status: 'signed-in', endsAt: undefined });
  });

  it('is told the later one when the user turns out to have been there in another tab', async () => {
    const idleTimeout = 50_000;
    const world = createTabsWorld({ session: { idleTimeout } });
    const tab = await openTab(world);
    const ends: unknown[] = [];
    tab.session.on('expiring', (event) => ends.push(event));
    const sessionId = sessionOf(tab);
    await world.advance(42_000);
    const row = rowOf(world, sessionId) as Row & { activeAt: number };
    const { activeAt } = row;
    world.fence.rows.set(`row:${sessionId}`, { ...row, activeAt: activeAt + 500 });
    tab.wake();
    await world.settle();
    const at = activeAt + idleTimeout;
    expect(ends).toEqual([at, at + 500].map((time) => ({ cause: 'idle', at: time })));
    expect(stateOf(tab)).toMatchObject({ endsAt: at + 500 });
  });
});

describe('a session that is not verified yet', () => {
  it('shows nobody, and tells of no end, though one is near and the user comes back to the page', async () => {
    const session = { idleTimeout: IDLE, restore: 'verify' } as const;
    const world = createTabsWorld({ session, server: { lifetime: 2 * IDLE } });
    const old = await openTab(world);
    old.close();
    await world.advance(IDLE - 30_000);
    const tab = world.openTab({ backend: { refresh: async () => ({}), verify: () => new Promise(() => {}) } });
    await world.settle();
    tab.wake();
    await world.settle();
    expect((coreOf(tab.session) as Core).limitAt).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(stateOf(tab)).toEqual({ status: 'restoring' });
    expect(tab.events).toEqual([]);
  });
});

/** A page that is signed in for 10 minutes at most, whose fence can be answered late. */
async function createPage(credential: 'record' | 'cookie' = 'record') {
  const clock = createFakeClock();
  const revoke = vi.fn(async () => {});
  const backend = { credential, refresh: async () => ({}), revoke };
  const options = normalizeOptions({ backend, store: sharedMemoryStore(), clock, maxAge: 10 * MINUTE } as never);
  const page = { ...createLonePage(clock), lock: createTabLock(clock, new Map()) };
  let before = async (): Promise<void> => {};
  const fence = {
    ...page.fence,
    async read(keys: readonly string[]) {
      await before();
      return page.fence.read(keys);
    },
  };
  const core = createCore(options, { ...page, fence });
  const make = (subject: string) =>
    newRecord({ accessToken: subject, refreshToken: subject, subject }, { backend, now: clock.now() });
  watchLimits(core);
  const record = make('alice');
  await changeFacts(core, record, (facts) => writeSession(core, record, facts));
  adopt(core, record);
  await clock.advance(0);
  return {
    core,
    clock,
    revoke,
    record,
    make,
    /** Happens before the fence answers the next time. */
    beforeAnswer(work: () => unknown) {
      before = async () => {
        before = async () => {};
        await work();
      };
    },
  };
}

describe('a maximum age', () => {
  it('ends no session that has begun while it was looked for what is known of the old one', async () => {
    const { core, clock, make, beforeAnswer } = await createPage();
    clock.step(10 * MINUTE);
    beforeAnswer(async () => {
      const next = make('bob');
      await changeFacts(core, next, (facts) => writeSession(core, next, facts));
      adopt(core, next);
    });
    await core.checkLimits();
    expect(core.held?.record.subject).toBe('bob');
    expect(core.state).toMatchObject({ status: 'signed-in', endsAt: clock.now() + 10 * MINUTE });
  });

  it('ends the session also where the fence knows no more than its name', async () => {
    const { core, clock, record } = await createPage();
    await changeFacts(core, record, (facts) => {
      facts.row = undefined;
    });
    await clock.advance(10 * MINUTE);
    expect(core.state).toEqual({ status: 'signed-out', reason: 'max-age' });
  });

  it('has nothing revoked of a session that has newer tokens in another tab: they would be worthless', async () => {
    const { core, clock, record, revoke } = await createPage();
    await changeFacts(core, record, (facts) => {
      facts.row = { ...(facts.row as Row), generation: 2 };
    });
    await clock.advance(10 * MINUTE);
    expect(core.state.status).toBe('signed-in');
    expect(revoke).not.toHaveBeenCalled();
  });

  it.each(['record', 'cookie'] as const)('has the server told once, where the credential is a %s', async (kind) => {
    const { core, clock, revoke } = await createPage(kind);
    await clock.advance(10 * MINUTE);
    expect(core.state.status).toBe('signed-out');
    expect(revoke).toHaveBeenCalledTimes(1);
  });
});

describe('a limit', () => {
  it('is told of once the session is restored, though the page was woken before (C43)', async () => {
    const session = { idleTimeout: IDLE, restore: 'verify' } as const;
    const world = createTabsWorld({ session, server: { lifetime: 2 * IDLE } });
    (await openTab(world)).close();
    await world.advance(IDLE - MINUTE / 2);
    let accept = (_: 'accepted'): void => {};
    const promise = new Promise<'accepted'>((resolve) => {
      accept = resolve;
    });
    const tab = world.openTab({ backend: { refresh: async () => ({}), verify: () => promise } });
    await world.settle();
    tab.wake();
    await world.settle();
    accept('accepted');
    await world.until(tab.session.ready);
    await world.settle();
    expect(stateOf(tab)).toMatchObject({ status: 'signed-in', endsAt: expect.any(Number) });
    expect(tab.events).toEqual(['expiring:idle']);
  });

  it('ends a session also where the fence was cleared meanwhile (C43)', async () => {
    const world = createTabsWorld({ session: { maxAge: MINUTE } });
    const tab = await openTab(world);
    world.fence.clear();
    await world.advance(MINUTE);
    expect(stateOf(tab)).toEqual({ status: 'signed-out', reason: 'max-age' });
  });
});
