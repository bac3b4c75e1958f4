// @vitest-environment node
import type { BackendContext, SessionRecord } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type SimTab, type TabsWorld, type TabsWorldOptions } from '../../support/tabs.ts';
import {
  ask,
  hold,
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

const SETTLE = 5000;

/** A page that goes away while its refresh is at one of its steps. */
async function diesAt(
  step: string,
  options: TabsWorldOptions = {},
): Promise<{ world: TabsWorld; one: SimTab; two: SimTab }> {
  const world = createTabsWorld(options);
  const [one, two] = await openTabs(world, 2);
  await world.advance(LIFE);
  const release = hold(world, one, step);
  void outcome(one.api.get('/x'));
  await world.settle();
  one.crash();
  release();
  await world.settle();
  return { world, one, two };
}

describe('the journal', () => {
  it('has an entry before anything is sent, and none once it was answered (ROT-4)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const { sessionId } = tab.record() ?? {};
    let before: unknown;
    world.server.onSend(() => {
      before = structuredClone(rowOf(world, sessionId)?.attempt);
    });
    await world.until(tab.session.refresh());
    expect(before).toMatchObject({ generation: 1, sentAt: world.clock.now(), tab: rowOf(world, sessionId)?.tab });
    const [epoch, signedInAt, tabName] = [expect.any(Number), expect.any(Number), expect.any(String)];
    expect(rowOf(world, sessionId)).toEqual({ generation: 2, epoch, signedInAt, tab: tabName });
  });

  it('is closed by an answer that is no verdict, and stays open after none (ROT-4)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const { sessionId } = tab.record() ?? {};
    world.server.faults.push({ status: 503 }, 'lose-response');
    await world.until(outcome(tab.session.refresh()));
    expect(rowOf(world, sessionId)?.attempt).toBeUndefined();
    // The first failure holds the next refresh back for a second at most.
    await world.advance(1000);
    await world.until(outcome(tab.session.refresh()));
    expect(world.server.sent).toHaveLength(2);
    expect(rowOf(world, sessionId)?.attempt).toMatchObject({ generation: 1 });
  });
});

describe('a page that is reloaded, or dies, in the middle of a refresh', () => {
  it('before its request arrived costs nothing: the next one waits until it cannot arrive any more (C33, P1, N3)', async () => {
    const world = createTabsWorld();
    const one = await openTab(world);
    await world.advance(LIFE);
    world.server.faults.push('lose-request');
    void outcome(one.api.get('/x'));
    const release = hold(world, one, 'refresh');
    await world.settle();
    const page = one.reload();
    release();
    const asked = outcome(page.api.get('/y'));
    await world.advance(SETTLE - 100);
    expect(world.server.sent).toHaveLength(1);
    expect(await world.until(asked)).toBe(200);
    expect(world.server.sent).toHaveLength(2);
    expect(page.events).toEqual(['refreshed']);
  });

  it('after its token was spent is told the honest reason, and the trace says what may have happened (C33, N2, ROT-12)', async () => {
    const { world, two } = await diesAt('refresh answer');
    expect(await ask(world, two)).toBe('signed-out:refresh-rejected');
    expect(two.events).toEqual(['signed-out:refresh-rejected']);
    const trace = two.session.trace();
    expect(trace.find(({ step }) => step === 'refresh-sent')?.detail).toContain('once more');
    expect(trace.find(({ step }) => step === 'refresh-rejected')?.detail).toContain('lost');
    expect(mostPresented(world)).toBe(2);
  });

  it('goes on where the server takes the last token once more (N2)', async () => {
    const { world, two } = await diesAt('refresh answer', { server: { reuse: 'grace' } });
    expect(await ask(world, two)).toBe(200);
    expect(userOf(two)).toBe('alice');
    expect(world.server.sent).toHaveLength(2);
  });

  it('between the save and the commit has left the new tokens in the store: they are committed, nothing is sent (S7)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const { sessionId } = one.record() ?? {};
    two.freeze();
    await world.until(one.session.refresh());
    // The transaction that would have said so was undone, and the page that would have known is gone.
    const row = rowOf(world, sessionId);
    const attempt = { generation: 1, sentAt: world.clock.now(), tab: row?.tab as string };
    world.fence.rows.set(`row:${sessionId}`, { epoch: row?.epoch, tab: row?.tab, generation: 1, attempt });
    one.crash();
    two.thaw();
    expect(await world.until(outcome(two.session.refresh()))).toBe('done');
    expect(two.record()?.generation).toBe(2);
    expect(rowOf(world, sessionId)).toMatchObject({ generation: 2 });
    expect(rowOf(world, sessionId)?.attempt).toBeUndefined();
    const page = await load(world);
    expect(await ask(world, page)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
  });

  it('before it sent anything costs the others nothing but the wait (L1)', async () => {
    const { world, two } = await diesAt('fence answer');
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
  });
});

describe('a refresh that was sent', () => {
  it('goes on when every caller has gone away, and all tabs have what it brings (ROT-5)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    const controller = new AbortController();
    const asked = outcome(one.api.get('/x', { signal: controller.signal }));
    await world.settle();
    controller.abort();
    expect(await asked).toBe('ERR_CANCELED');
    release();
    await world.settle();
    expect(world.server.sent).toHaveLength(1);
    expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
    expect(world.server.sent).toHaveLength(1);
  });

  it('and is answered after 25 seconds still commits, for all tabs (C32, N9)', async () => {
    const world = createTabsWorld({ isManual: true });
    const one = world.openTab();
    const two = world.openTab();
    await world.settle();
    await world.until(one.session.signIn({ username: 'alice', password: 'right' }));
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    const refreshing = outcome(one.session.refresh());
    world.server.faults.push('slow');
    await world.advance(24_000);
    release();
    expect(await world.until(refreshing)).toBe('done');
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
  });

  it('and never answered is given up after 30 seconds, and the next one is sent under the lock, once (N8, ROT-3)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    world.server.faults.push('hang');
    const first = outcome(one.session.refresh());
    await world.settle();
    const second = outcome(two.session.refresh());
    await world.advance(29_000);
    expect(world.server.sent).toHaveLength(1);
    expect(await world.until(first)).toBe('auth-unavailable');
    await world.until(second);
    expect(world.server.sent).toHaveLength(2);
    expect(stateOf(one)).toEqual(stateOf(two));
  });

  it('without a new refresh token keeps the old one, in the store and in every tab (ROT-2, C31)', async () => {
    const world = createTabsWorld({ server: { reuse: 'no-rotation' } });
    const [one, two] = await openTabs(world, 2);
    const before = one.record()?.tokens.refreshToken;
    for (const tab of [one, two, one]) await world.until(tab.session.refresh());
    await world.settle();
    expect(world.stores.current()?.tokens.refreshToken).toBe(before);
    expect([one, two].map((tab) => tab.record()?.generation)).toEqual([4, 4]);
  });

  it('replaces the old one before any waiter goes on (ROT-2)', async () => {
    const world = createTabsWorld();
    const [one] = await openTabs(world, 1);
    const { sessionId } = one.record() ?? {};
    const refreshing = one.session.refresh().then(() => ({
      generation: rowOf(world, sessionId)?.generation,
      stored: world.stores.current()?.generation,
    }));
    expect(await world.until(refreshing)).toEqual({ generation: 2, stored: 2 });
  });
});

describe('a rejection', () => {
  it('ends nothing when another tab has a newer token after all: it is taken up (C28, ROT-6)', async () => {
    const world = createTabsWorld({ server: { reuse: 'rejects' } });
    const [one, two] = await openTabs(world, 2);
    const { sessionId } = one.record() ?? {};
    const release = hold(world, one, 'refresh answer');
    const refreshing = outcome(one.session.refresh());
    await world.settle();
    // As where a lease ran out, or foreign code stole the lock: another one was faster.
    const newer = { ...one.record(), generation: 2 } as never;
    world.fence.rows.set(`row:${sessionId}`, { ...rowOf(world, sessionId), generation: 2, attempt: undefined });
    world.stores.origin(two.page).save('default', newer);
    world.server.revokeAll();
    release();
    expect(await world.until(refreshing)).not.toMatch(/^signed-out/);
    await world.settle();
    expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
    expect([...one.events, ...two.events].filter((event) => event.startsWith('signed'))).toEqual([]);
  });

  it('while the access token lives keeps all tabs signed in until it dies, and then ends each once (C27, ROT-7)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    // The server has blacklisted the refresh token only.
    const { refreshToken } = one.record()?.tokens ?? {};
    const context = { signal: new AbortController().signal } as BackendContext;
    const record = { tokens: { refreshToken } } as SessionRecord;
    await world.until(
      world.server.backendOf(two.page).revoke?.(record, context, { everywhere: false }) as Promise<void>,
    );
    await world.until(outcome(one.session.refresh()));
    await world.settle();
    expect(one.events).toEqual(['expiring:refresh-rejected']);
    expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
    await world.advance(LIFE);
    for (const tab of [one, two]) tab.wake();
    await world.settle();
    expect([one, two].map((tab) => stateOf(tab).status)).toEqual(['signed-out', 'signed-out']);
    for (const tab of [one, two]) {
      expect(tab.events.filter((event) => event.startsWith('signed-out'))).toHaveLength(1);
    }
    expect(world.stores.current()).toBeUndefined();
  });
});
