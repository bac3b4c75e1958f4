// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE } from '../../support/world.ts';
import { ask, LIFE, load, mostPresented, openTabs, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';

const WAIT = 30_000;
/** What a server asks for is the least; clients spread over as long again (HRD-3). */
const LONGEST = 2 * WAIT;

/** Two tabs whose token has died, and a server that has just asked the first one to wait. */
async function askedToWait(status = 503) {
  const world = createTabsWorld();
  const [one, two] = await openTabs(world, 2);
  await world.advance(LIFE);
  world.server.faults.push({ status, retryAfter: WAIT });
  expect(await ask(world, one)).toBe('auth-unavailable');
  return { world, one, two };
}

describe('a server that asks to wait', () => {
  it.each([503, 429])(
    'with status %d is asked by no tab before that, whatever the number of callers (C26)',
    async (status) => {
      const { world, one, two } = await askedToWait(status);
      for (let second = 0; second < 29; second += 7) {
        const asked = [one, two].flatMap((tab) => [1, 2, 3].map((id) => outcome(tab.api.get(`/${id}`))));
        expect(await world.until(Promise.all(asked))).toEqual(Array(6).fill('auth-unavailable'));
        await world.advance(7000);
      }
      expect(world.server.sent).toHaveLength(1);
      expect(world.seen).toEqual([]);
      await world.advance(WAIT);
      expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
      expect(world.server.sent).toHaveLength(2);
    },
  );

  it('is not asked by a page that is loaded, or loaded again, either (C26)', async () => {
    const { world, one } = await askedToWait();
    const [again, page] = [one.reload(), await load(world)];
    await world.until(again.session.ready);
    expect([again, page].map(userOf)).toEqual(['alice', 'alice']);
    for (const tab of [again, page]) expect(await ask(world, tab)).toBe('auth-unavailable');
    expect(world.server.sent).toHaveLength(1);
    await world.advance(LONGEST);
    expect(await ask(world, page)).toBe(200);
    expect(world.server.sent).toHaveLength(2);
  });

  it('tells every caller for how long, in every tab: no less than was asked for, and up to as long again (HRD-3)', async () => {
    const { world, one, two } = await askedToWait();
    const { retryAt = 0 } = rowOf(world, one.record()?.sessionId)?.breaker ?? {};
    await world.advance(10_000);
    const retryAfter = retryAt - world.clock.now();
    expect(retryAfter).toBeGreaterThanOrEqual(WAIT - 10_000);
    expect(retryAfter).toBeLessThanOrEqual(LONGEST - 10_000);
    const asked = [one, two].flatMap(({ api, session }) => [api.get('/'), session.refresh(), session.getAccessToken()]);
    for (const error of await world.until(Promise.all(asked.map((work) => work.catch((cause) => cause))))) {
      expect(error).toMatchObject({ code: 'auth-unavailable', retryAfter });
    }
    expect(world.server.sent).toHaveLength(1);
  });

  it('does not hold a new sign-in back, nor the refresh of the new session (C26)', async () => {
    const { world, two } = await askedToWait();
    await world.until(two.session.signIn(ALICE));
    await world.until(two.session.refresh());
    expect(two.record()?.generation).toBe(2);
    expect(await ask(world, two)).toBe(200);
  });

  it('is known to all by the fence: the row says until when (HRD-3)', async () => {
    const { world, one } = await askedToWait();
    const row = rowOf(world, one.record()?.sessionId);
    expect(row?.breaker).toMatchObject({ failures: 1, isFirm: true, failedAt: [expect.any(Number)] });
    const { retryAt = 0, failedAt = [] } = row?.breaker ?? {};
    expect(retryAt).toBeGreaterThanOrEqual((failedAt[0] ?? 0) + WAIT);
    expect(retryAt).toBeLessThanOrEqual((failedAt[0] ?? 0) + LONGEST);
    expect(row?.attempt).toBeUndefined();
  });

  it('holds nobody back for longer than an hour, and a device whose clock is set back not at all (T4)', async () => {
    const { world, two } = await askedToWait();
    world.clock.stepClock(-2 * 3600_000);
    expect(await ask(world, two)).toBe(200);
  });
});

describe.each([
  ['500', { status: 500 }],
  ['502', { status: 502 }],
  ['429 without a time', { status: 429 }],
  ['a request that was lost', 'lose-request'],
] as const)('a server that gives no verdict (%s)', (_, fault) => {
  it('ends the session in no tab, and is asked again by the next that needs it, once the breaker lets it (C24, N1, N4)', async () => {
    // Nobody waits for the next refresh, so that each failure is somebody's.
    const world = createTabsWorld({ session: { patience: 1 } });
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    world.server.faults.push(fault, fault, fault);
    for (const [index, tab] of [one, two, one].entries()) {
      expect(await ask(world, tab)).toBe('auth-unavailable');
      expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual(Array(2).fill('auth-unavailable'));
      expect(world.server.sent).toHaveLength(index + 1);
      // Longer than the third failure in a row may hold the next refresh back, and than a lost one may be under way.
      await world.advance(5000);
    }
    expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
    expect(await ask(world, two)).toBe(200);
    expect(await ask(world, one)).toBe(200);
    expect(world.server.sent).toHaveLength(4);
    expect([...one.events, ...two.events].filter((event) => event.startsWith('signed'))).toEqual([]);
  });

  it('for a few seconds costs a request that waits nothing but the time, in no tab (C24, N1)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    // Nobody knows what became of one that was lost: another tab is to wait for `settleTime` after each.
    const count = fault === 'lose-request' ? 1 : 2;
    world.server.faults.push(...Array(count).fill(fault));
    const asked = [one, two].map((tab) => outcome(tab.api.get('/x')));
    expect(await world.until(Promise.all(asked))).toEqual([200, 200]);
    expect(world.server.sent).toHaveLength(count + 1);
    expect(rowOf(world, one.record()?.sessionId)?.breaker).toMatchObject({ failures: 0, retryAt: 0 });
  });
});

describe('a laptop that wakes before its network is up', () => {
  it('signs nobody out in any tab, and all recover without a reload (C29, C30, T2)', async () => {
    const world = createTabsWorld();
    const tabs = await openTabs(world, 5);
    for (const tab of tabs) tab.freeze();
    await world.advance(8 * 3600_000);
    world.server.faults.push(...Array(5).fill('lose-request'));
    for (const tab of tabs) tab.thaw();
    const asked = tabs.map((tab) => outcome(tab.api.get('/x')));
    expect(new Set(await world.until(Promise.all(asked)))).toEqual(new Set(['auth-unavailable']));
    expect(tabs.map((tab) => stateOf(tab).status)).toEqual(Array(5).fill('signed-in'));
    world.server.faults.length = 0;
    for (const tab of tabs) tab.wake();
    for (const tab of tabs) expect(await ask(world, tab)).toBe(200);
    expect(tabs.flatMap(({ events }) => events).filter((event) => event.startsWith('signed'))).toEqual([]);
    expect(world.server.sent.filter(({ outcome: made }) => made === 'rotated')).toHaveLength(1);
  });

  it('finds the next token by whichever tab is first, and sends none twice', async () => {
    const world = createTabsWorld();
    const tabs = await openTabs(world, 3);
    await world.advance(8 * 3600_000);
    for (const tab of tabs) tab.wake();
    const asked = tabs.map((tab) => outcome(tab.api.get('/x')));
    expect(await world.until(Promise.all(asked))).toEqual([200, 200, 200]);
    expect(mostPresented(world)).toBe(1);
  });
});
