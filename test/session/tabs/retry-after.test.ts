// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE } from '../../support/world.ts';
import { ask, LIFE, load, mostPresented, openTabs, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';

const WAIT = 30_000;

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
    await world.advance(WAIT);
    expect(await ask(world, page)).toBe(200);
  });

  it('tells every caller for how long, in every tab', async () => {
    const { world, two } = await askedToWait();
    await world.advance(10_000);
    const error = await world.until(two.session.refresh().catch((cause) => cause));
    expect(error).toMatchObject({ code: 'auth-unavailable', retryAfter: WAIT - 10_000 });
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
    expect(row).toMatchObject({ retryAt: world.clock.now() + WAIT });
    expect(row?.attempt).toBeUndefined();
  });

  it('holds nobody back for longer than an hour, and a device whose clock is set back not at all (T4)', async () => {
    const { world, two } = await askedToWait();
    world.clock.stepClock(-2 * 3600_000);
    expect(await ask(world, two)).toBe(200);
  });
});

describe('a server that gives no verdict', () => {
  it.each([
    ['500', { status: 500 }],
    ['502', { status: 502 }],
    ['429 without a time', { status: 429 }],
    ['a request that was lost', 'lose-request'],
  ] as const)(
    '(%s) ends the session in no tab, and is asked again by the next that needs it (C24, N1, N4)',
    async (_, fault) => {
      const world = createTabsWorld();
      const [one, two] = await openTabs(world, 2);
      await world.advance(LIFE);
      world.server.faults.push(fault, fault, fault);
      for (const tab of [one, two, one]) expect(await ask(world, tab)).toBe('auth-unavailable');
      expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
      expect(await ask(world, two)).toBe(200);
      expect(await ask(world, one)).toBe(200);
      expect([...one.events, ...two.events].filter((event) => event.startsWith('signed'))).toEqual([]);
    },
  );
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
