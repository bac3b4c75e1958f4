// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { closeAttempt, openAttempt } from '../../src/session/attempt.ts';
import { type Core, createCore } from '../../src/session/core.ts';
import { changeFacts, type Facts, readFacts, writeSession } from '../../src/session/facts.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { decodeRecord, type SessionRecord } from '../../src/token/session-record.ts';
import { createLonePage } from '../support/lone-page.ts';
import { createTabsWorld, type SimTab, type TabsWorld } from '../support/tabs.ts';
import { createPage } from '../support/tabs-schedule.ts';
import { ALICE, BOB } from '../support/world.ts';

/** Two tabs in which alice is signed in, with a store of them both. */
async function twoTabs(): Promise<{ world: TabsWorld; one: SimTab; other: SimTab; first: SessionRecord }> {
  const world = createTabsWorld();
  const [one, other] = [world.openTab(), world.openTab()];
  await one.session.signIn(ALICE);
  await world.settle();
  return { world, one, other, first: one.record() as SessionRecord };
}

/** Writes into the store as a page does that knows nothing of the fence, and holds what the tab wants to do about it. */
async function spoilStore(world: TabsWorld, tab: SimTab, record: SessionRecord): Promise<() => void> {
  const release = world.clock.hold(({ kind, page }) => kind === 'fence update' && page === tab.page);
  void world.stores.origin(createPage('stranger')).save('default', record);
  await world.settle();
  return release;
}

describe('a tab that puts back what the fence names', () => {
  it('puts nothing into a store that was emptied meanwhile (S4)', async () => {
    const { world, one, other, first } = await twoTabs();
    other.close();
    const release = await spoilStore(world, one, { ...first, sessionId: 'strange' });
    world.stores.clear();
    release();
    await world.advance(1000);
    expect(world.stores.current()).toBeUndefined();
    expect(one.events.at(-1)).toBe('signed-out:storage-cleared');
  });

  it('puts nothing over what somebody has signed in with meanwhile (I3)', async () => {
    const { world, one, other, first } = await twoTabs();
    const release = await spoilStore(world, one, { ...first, sessionId: 'strange' });
    await other.session.signIn(BOB);
    const writers = new Set<string>();
    world.stores.onWrite(({ name }) => writers.add(name));
    release();
    await world.settle();
    expect([...writers]).toEqual([]);
    expect(world.stores.current()).toMatchObject({ subject: 'bob' });
  });
});

describe('a sign-out', () => {
  it('empties the store of what another tab saved before it was in the fence, and has it revoked (I3, OUT-4)', async () => {
    const { world, one, other } = await twoTabs();
    const answer = world.clock.hold(({ kind }) => kind === 'refresh answer');
    void other.session.refresh().catch(() => {});
    await world.settle();
    const release = world.clock.hold(({ kind, page }) => kind === 'fence update' && page === one.page);
    void one.session.signOut();
    answer();
    await world.settle();
    const { refreshToken } = world.stores.current()?.tokens ?? {};
    expect(world.server.takes(refreshToken)).toBe(true);
    release();
    await world.settle();
    expect(world.stores.current()).toBeUndefined();
    expect(world.server.takes(refreshToken)).toBe(false);
  });
});

describe('a tab that follows another', () => {
  it('takes nothing but what it has asked for (EVT-4)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const one = world.openTab();
    await one.session.signIn(ALICE);
    const forged = { ...(one.record() as SessionRecord), sessionId: 'strange' };
    const stranger = world.channel.viewOf(createPage('stranger'));
    stranger.listen((message) => {
      const { version, type, nonce } = message as { version: number; type: string; nonce: string };
      if (type === 'ask') stranger.post({ version, type: 'give', nonce, record: forged });
    });
    const release = world.clock.hold(({ kind, page }) => kind === 'message' && page === one.page);
    const other = world.openTab();
    await world.settle();
    release();
    await world.until(other.session.ready);
    expect(other.record()).toEqual(one.record());
  });

  it('shows nobody once it is disposed of (C48)', async () => {
    const world = createTabsWorld();
    const [one, other] = [world.openTab(), world.openTab()];
    await other.session.ready;
    const release = world.clock.hold(({ kind, page }) => kind === 'fence answer' && page === other.page);
    await one.session.signIn(ALICE);
    await world.settle();
    other.session.dispose();
    release();
    await world.settle();
    expect(other.session.getState()).toEqual({ status: 'signed-out' });
  });
});

describe('sessionStorage', () => {
  it('keeps a new sign-in whose transaction nobody has heard of yet, whatever an older refresh brings (I3)', async () => {
    const world = createTabsWorld({ store: 'tab' });
    const tab = world.openTab();
    await tab.session.signIn(ALICE);
    const answer = world.clock.hold(({ kind }) => kind === 'refresh answer');
    void tab.session.refresh().catch(() => {});
    await world.settle();
    const hear = world.clock.hold(({ kind }) => kind === 'sign-in answer');
    void tab.session.signIn(BOB).catch(() => {});
    await world.settle();
    hear();
    // Until bob's record is in the store, and this tab still holds alice's.
    const release = world.clock.hold(({ kind }) => kind === 'fence commit' || kind === 'fence answer');
    await world.settle();
    answer();
    await world.settle();
    release();
    await world.settle();
    expect(decodeRecord(tab.slot.text).record).toMatchObject({ subject: 'bob' });
  });
});

describe('a slow store', () => {
  it('is not set back to a generation that another tab has replaced (I10)', async () => {
    const world = createTabsWorld({ store: 'slow' });
    const [one, other] = [world.openTab(), world.openTab()];
    await other.session.ready;
    const release = world.clock.hold(({ kind, page }) => kind === 'lock asked' && page === one.page);
    void one.session.signIn(ALICE);
    await world.advance(3000);
    await world.until(other.session.refresh());
    expect(world.stores.current()).toMatchObject({ generation: 2 });
    release();
    await world.settle();
    expect(world.stores.current()).toMatchObject({ generation: 2 });
  });
});

describe('a transaction that runs twice', () => {
  it('does not take the attempt for one of another tab when it opens one (ROT-12)', async () => {
    const { world, one } = await twoTabs();
    world.fence.repeatNext();
    await one.session.refresh();
    expect(one.session.trace()).toContainEqual(expect.objectContaining({ step: 'refresh-sent', detail: '1' }));
  });

  it('keeps what it has committed, and does not have it revoked', async () => {
    const { world, one } = await twoTabs();
    world.server.onSend(() => world.fence.repeatNext());
    await one.session.refresh();
    await world.settle();
    expect(world.server.takes(one.record()?.tokens.refreshToken)).toBe(true);
    expect(one.events).toContain('refreshed');
  });
});

describe('what is written down of a refresh', () => {
  const record = { sessionId: 's', generation: 1, subject: 'alice', tokens: {} } as SessionRecord;

  async function coreWith(change: (facts: Facts) => void): Promise<Core> {
    const world = createTabsWorld();
    const page = createPage('one');
    const clock = world.clock.clockOf(page);
    const { backendOf } = world.server;
    const options = { backend: backendOf(page) as never, store: world.stores.origin(page), clock };
    const core = createCore(normalizeOptions(options), createLonePage(clock));
    await changeFacts(core, record, (facts) => {
      writeSession(core, record, facts);
      change(facts);
    });
    return core;
  }

  it('is nothing where a newer generation is known, whoever has lost the lock (I2, L6)', async () => {
    const core = await coreWith((facts) => {
      facts.row = { generation: 2, epoch: 0, tab: 'another' };
    });
    await expect(openAttempt(core, core.epoch, record)).rejects.toMatchObject({ code: 'auth-unavailable' });
  });

  it('is nothing where the session has ended, whoever has lost the lock (I3, L6)', async () => {
    const core = await coreWith((facts) => {
      facts.head = { epoch: 2, reason: 'user' };
    });
    await expect(openAttempt(core, core.epoch, record)).rejects.toMatchObject({ code: 'auth-unavailable' });
  });

  it('is left alone by every other tab (ROT-4)', async () => {
    const attempt = { generation: 1, sentAt: 1, tab: 'another' };
    const core = await coreWith((facts) => {
      facts.row = { generation: 1, epoch: 0, attempt };
    });
    await closeAttempt(core, record, true, undefined);
    expect((await readFacts(core, record)).row?.attempt).toEqual(attempt);
  });
});
