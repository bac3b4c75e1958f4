// @vitest-environment node
import { type SessionRecord, SignedOutError, sharedMemoryStore } from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { createTabLock } from '../../src/platform/lock.ts';
import { begin, type Core, createCore, setState } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { engineOf } from '../../src/session/engine.ts';
import { changeFacts, writeEnd, writeSession } from '../../src/session/facts.ts';
import { hold as take, turn } from '../../src/session/holder.ts';
import { newRecord } from '../../src/session/new-record.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { watch } from '../../src/session/reconcile.ts';
import { announce } from '../../src/session/tabs.ts';
import { createLonePage } from '../support/lone-page.ts';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, createWorld } from '../support/world.ts';
import { ask, hold, openTab, openTabs, outcome, stateOf, userOf } from './tabs/open-tabs.ts';
import { createShelf } from './tabs/shelf.ts';

describe('a page that was woken', () => {
  it('has its token at hand again once it has looked', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    tab.wake();
    expect(engineOf(tab.session).ready()).toBeUndefined();
    await world.settle();
    expect(engineOf(tab.session).ready()).toBeDefined();
  });

  it('twice lets requests wait for 3 seconds since the second time, where the fence hangs (OUT-6)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    hold(world, tab, 'fence read');
    tab.wake();
    await world.advance(1000);
    tab.wake();
    await world.advance(2500);
    void tab.api.get('/x');
    await world.advance(400);
    expect(world.seen).toEqual([]);
    await world.advance(200);
    expect(world.seen).toHaveLength(1);
  });
});

describe('a page that hears from another tab', () => {
  it('sends its requests at once, though it has a look', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    hold(world, two, 'fence read');
    announce(coreOf(one.session) as Core);
    await world.settle();
    expect(await ask(world, two)).toBe(200);
    expect(world.clock.monotonic()).toBeLessThan(3000);
  });

  it('sends nothing that it has just restored until it has had a look', async () => {
    const world = createTabsWorld({ session: { restore: 'verify' } });
    const one = await openTab(world);
    let accept = (): void => {};
    const verdict = new Promise<'accepted'>((resolve) => {
      accept = () => resolve('accepted');
    });
    const two = world.openTab({ backend: { refresh: async () => ({}), verify: () => verdict } });
    await world.settle();
    const asked = outcome(two.api.get('/x'));
    await world.until(one.session.signOut());
    await world.settle();
    const release = hold(world, two, 'fence read');
    accept();
    await world.settle();
    expect(userOf(two)).toBe('alice');
    expect(world.seen).toEqual([]);
    release();
    expect(await world.until(asked)).toBe('signed-out:other-tab');
    expect(world.seen).toEqual([]);
  });
});

describe('a session that was disposed of', () => {
  it('looks at nothing any more, though it was woken before', async () => {
    const load = vi.fn(() => undefined);
    const store = { scope: 'origin', synchronous: true, load, save() {}, clear() {} } as const;
    const { session, clock } = createWorld({ store });
    await session.ready;
    session.dispose();
    load.mockClear();
    await (coreOf(session) as Core).look();
    await clock.advance(0);
    expect(load).not.toHaveBeenCalled();
  });
});

describe('a tab that shows its sign-in form', () => {
  it('follows a sign-in in another tab that its store is late to show, and says who it is', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const views = [shelf.view(), shelf.view()] as const;
    const [one, two] = await openTabs(world, 2, (index) => ({ store: views[index]?.store as never }));
    await world.until(one.session.signOut());
    await world.settle();
    const signedIn = vi.fn();
    two.session.on('signed-in', signedIn);
    views[1].stop();
    await world.until(one.session.signIn(ALICE));
    await world.advance(3000);
    expect(userOf(two)).toBe('alice');
    expect(signedIn).toHaveBeenCalledExactlyOnceWith({ user: expect.objectContaining({ sub: 'alice' }) });
  });

  it('follows nobody where each tab has a session of its own', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const [one, two] = [await openTab(world), await openTab(world)];
    await world.until(two.session.signOut());
    await world.until(one.session.signIn(ALICE));
    two.slot.text = one.slot.text;
    two.wake();
    await world.settle();
    expect(stateOf(two)).toEqual({ status: 'signed-out', reason: 'user' });
  });

  /** A tab that finds a sign-in of another one; something happens just before it is sure that it still counts. */
  async function following(before: (core: Core, theirs: SessionRecord) => unknown) {
    const clock = createFakeClock();
    const page = createLonePage(clock);
    const backend = createFakeBackend();
    const options = normalizeOptions({ backend, store: sharedMemoryStore(), clock } as never);
    let reads = 0;
    const read: typeof page.fence.read = async (keys) => {
      reads += 1;
      if (reads === 2) await before(core, theirs);
      return page.fence.read(keys);
    };
    const lock = createTabLock(clock, new Map());
    const core = createCore(options, { ...page, lock, fence: { ...page.fence, read } });
    const theirs = newRecord({ accessToken: 'theirs', refreshToken: 'r', subject: 'alice' }, { backend, now: 0 });
    watch(core);
    setState(core, { status: 'signed-out' });
    await changeFacts(core, theirs, (facts) => writeSession(core, theirs, facts));
    core.keeper.now?.save(theirs);
    const told: string[] = [];
    core.events.on('signed-in', () => told.push('signed-in'));
    await core.look();
    expect(reads).toBeGreaterThanOrEqual(2);
    return { core, theirs, told };
  }

  it('follows what it finds', async () => {
    const { core, theirs, told } = await following(() => {});
    expect(core.held?.record).toEqual(theirs);
    expect(told).toEqual(['signed-in']);
  });

  it.each<[string, (core: Core, theirs: SessionRecord) => unknown]>([
    [
      'the session has ended meanwhile',
      (core, theirs) => changeFacts(core, theirs, (facts) => writeEnd(core, facts, 'user')),
    ],
    ['the user has begun to sign in here meanwhile', (core) => begin(core, new SignedOutError())],
    ['the user has signed out here meanwhile', (core) => turn(core, new SignedOutError('user'))],
    [
      'it was disposed of meanwhile',
      (core) => {
        core.epoch.over = new SignedOutError();
      },
    ],
  ])('follows nobody where %s', async (_, before) => {
    const { core, told } = await following(before);
    expect(core.held).toBeUndefined();
    expect(core.state).toEqual({ status: 'signed-out' });
    expect(told).toEqual([]);
  });

  it('keeps the session that was begun here meanwhile', async () => {
    const mine = newRecord({ accessToken: 'mine', refreshToken: 'r' }, { backend: {}, now: 0 });
    const { core, told } = await following((one) => take(one, mine));
    expect(core.held?.record).toEqual(mine);
    expect(told).toEqual([]);
  });

  it('says nothing of a sign-in that the app has answered with a sign-out', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.until(one.session.signOut());
    await world.settle();
    two.events.length = 0;
    two.session.subscribe(() => {
      if (stateOf(two).status === 'signed-in') void two.session.signOut();
    });
    await world.until(one.session.signIn(ALICE));
    await world.advance(1000);
    expect(stateOf(two)).toEqual({ status: 'signed-out', reason: 'user' });
    expect(two.events).toEqual(['signed-out:user']);
  });
});
