// @vitest-environment node
import type { SessionOptions } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { createTabsWorld, type SimTab, type TabsWorld } from '../support/tabs.ts';
import { ALICE, createWorld, type World } from '../support/world.ts';

const MINUTE = 60_000;
const IDLE = 30 * MINUTE;

/** Two tabs of one session with limits. */
async function twoTabs(limits: Pick<SessionOptions, 'idleTimeout' | 'maxAge'>, store?: 'tab') {
  const world = createTabsWorld({ session: limits, server: { lifetime: 5 * MINUTE }, ...(store && { store }) });
  const one = world.openTab();
  await world.until(one.session.signIn(ALICE));
  const two = world.openTab();
  await world.until(two.session.ready);
  await world.settle();
  return { world, one, two };
}

function lastOf({ events }: SimTab): string | undefined {
  return events.at(-1);
}

/** Lets a user be busy in a tab, who does something each minute. */
async function work(world: TabsWorld, tab: SimTab, time: number): Promise<void> {
  for (let past = 0; past < time; past += MINUTE) {
    tab.session.extend();
    await world.advance(MINUTE);
  }
}

describe('an idle time-out', () => {
  it('warns once and then ends the session once, in all tabs (C43)', async () => {
    const { world, one, two } = await twoTabs({ idleTimeout: IDLE });
    one.session.extend();
    const since = world.clock.now();
    await world.advance(IDLE - 90_000);
    expect([lastOf(one), lastOf(two)].some((event) => event?.startsWith('expiring'))).toBe(false);
    await world.advance(40_000);
    for (const { events, session } of [one, two]) {
      expect(events.filter((event) => event === 'expiring:idle')).toHaveLength(1);
      expect(session.getState()).toMatchObject({ status: 'signed-in', endsAt: since + IDLE });
    }
    await world.advance(2 * MINUTE);
    for (const { events, session } of [one, two]) {
      expect(events.filter((event) => event === 'signed-out:idle')).toHaveLength(1);
      expect(events.filter((event) => event === 'expiring:idle')).toHaveLength(1);
      expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
    }
  });

  it('makes the tokens worthless on the server as well (C43)', async () => {
    const { backend, clock, session } = createWorld({ idleTimeout: IDLE });
    await session.signIn(ALICE);
    await clock.advance(IDLE + 1);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
    expect(backend.calls.revoke).toBe(1);
  });

  it('counts what the user does in any tab (C43)', async () => {
    const { world, one, two } = await twoTabs({ idleTimeout: IDLE });
    await work(world, one, 2 * IDLE);
    expect(two.session.getState()).toMatchObject({ status: 'signed-in', endsAt: undefined });
    expect(two.events).not.toContain('expiring:idle');
    await world.advance(IDLE);
    expect(lastOf(two)).toBe('signed-out:idle');
  });

  it('counts neither requests nor refreshes (C43, HRD-9)', async () => {
    const { world, one } = await twoTabs({ idleTimeout: IDLE });
    for (let past = 0; past < IDLE; past += MINUTE) {
      await world.until(one.api.get('/poll').catch(() => {}));
      await world.advance(MINUTE);
    }
    expect(one.events.filter((event) => event === 'refreshed').length).toBeGreaterThan(2);
    expect(lastOf(one)).toBe('signed-out:idle');
  });

  it('is taken back by the user after the warning, in the tab that warned and in all others (C43)', async () => {
    const { world, one, two } = await twoTabs({ idleTimeout: IDLE });
    await world.advance(IDLE - 30_000);
    expect([lastOf(one), lastOf(two)]).toEqual(['expiring:idle', 'expiring:idle']);
    two.session.extend();
    await world.advance(1000);
    for (const { session } of [one, two]) expect(session.getState()).toMatchObject({ endsAt: undefined });
    await world.advance(MINUTE);
    for (const { session } of [one, two]) expect(session.getState().status).toBe('signed-in');
    await world.advance(IDLE);
    for (const { events } of [one, two]) expect(events.filter((event) => event === 'expiring:idle')).toHaveLength(2);
  });

  it('is not undone by a user who comes back too late', async () => {
    const { world, one } = await twoTabs({ idleTimeout: IDLE });
    one.freeze();
    await world.advance(IDLE + MINUTE);
    one.session.extend();
    one.thaw();
    await world.settle();
    expect(lastOf(one)).toBe('signed-out:idle');
  });

  it.each([
    ['the timer did not come in time', () => {}],
    ['the user came back before the timer', ({ session }: World) => session.extend()],
  ])('ends at the request where %s, though the token lives (T1, T2)', async (_, comeBack) => {
    const world = createWorld({ idleTimeout: IDLE, backendOptions: { lifetime: 10 * IDLE } });
    const { clock, session, api, seen } = world;
    await session.signIn(ALICE);
    // The machine slept: the wall clock went on, and no timer fired.
    clock.step(IDLE + MINUTE);
    comeBack(world);
    await expect(api.get('/late')).rejects.toMatchObject({ code: 'signed-out', reason: 'idle' });
    expect(seen).toEqual([]);
  });

  it('counts on over a reload, and says why nobody is signed in (C43)', async () => {
    const { world, one, two } = await twoTabs({ idleTimeout: IDLE });
    two.close();
    one.close();
    await world.advance(IDLE + MINUTE);
    const later = world.openTab();
    await world.until(later.session.ready);
    expect(later.session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
    expect(later.events).toEqual([]);
  });

  it('goes on from what the user did last before a reload, and not from the reload (C43)', async () => {
    const { world, one } = await twoTabs({ idleTimeout: IDLE });
    await work(world, one, IDLE);
    const again = one.reload();
    await world.until(again.session.ready);
    expect(again.session.getState().status).toBe('signed-in');
    await world.advance(IDLE);
    expect(lastOf(again)).toBe('signed-out:idle');
  });

  it('begins with the sign-in, however long the form was looked at before', async () => {
    const { clock, session } = createWorld({ idleTimeout: IDLE });
    await clock.advance(2 * IDLE);
    await session.signIn(ALICE);
    await clock.advance(IDLE - MINUTE);
    expect(session.getState().status).toBe('signed-in');
    await clock.advance(MINUTE + 1);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
  });

  it('is not begun anew by a refresh, not even for the next visit (C43)', async () => {
    const { world, one, two } = await twoTabs({ idleTimeout: IDLE });
    two.close();
    await world.advance(IDLE / 2);
    await world.until(one.session.refresh());
    one.close();
    await world.advance(IDLE / 2 + MINUTE);
    const later = world.openTab();
    await world.until(later.session.ready);
    expect(later.session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
  });

  it('ends each session by itself where each tab has its own', async () => {
    const world = createTabsWorld({ store: 'tab', session: { idleTimeout: IDLE }, server: { lifetime: 5 * MINUTE } });
    const [one, two] = [world.openTab(), world.openTab()];
    await world.until(one.session.signIn(ALICE));
    await world.until(two.session.signIn(ALICE));
    await work(world, two, IDLE + 2 * MINUTE);
    expect(one.session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
    expect(two.session.getState().status).toBe('signed-in');
  });
});

describe('a maximum age', () => {
  it('ends the session however busy the user is, after one warning (C43)', async () => {
    const { world, one, two } = await twoTabs({ maxAge: 2 * IDLE });
    await work(world, one, 2 * IDLE - 3 * MINUTE);
    expect(one.session.getState().status).toBe('signed-in');
    await work(world, one, 4 * MINUTE);
    for (const { events, session } of [one, two]) {
      expect(events.filter((event) => event === 'expiring:max-age')).toHaveLength(1);
      expect(session.getState()).toEqual({ status: 'signed-out', reason: 'max-age' });
    }
  });

  it('is shown in the state from the first moment, and survives refreshes and reloads (C43)', async () => {
    const { world, one } = await twoTabs({ maxAge: 2 * IDLE });
    const { endsAt } = one.session.getState() as { endsAt?: number };
    await world.advance(IDLE);
    await world.until(one.session.refresh());
    const again = one.reload();
    await world.until(again.session.ready);
    expect(again.session.getState()).toMatchObject({ status: 'signed-in', endsAt });
    await world.advance(IDLE);
    expect(lastOf(again)).toBe('signed-out:max-age');
  });

  it('is over at the next visit (C43)', async () => {
    const { world, one, two } = await twoTabs({ maxAge: IDLE });
    two.close();
    one.close();
    await world.advance(IDLE + 1);
    const later = world.openTab();
    await world.until(later.session.ready);
    expect(later.session.getState()).toEqual({ status: 'signed-out', reason: 'max-age' });
  });
});

describe('both limits', () => {
  it.each([
    [{ idleTimeout: IDLE, maxAge: 2 * IDLE }, 'idle'],
    [{ idleTimeout: 2 * IDLE, maxAge: IDLE }, 'max-age'],
  ] as const)('end the session at the nearer one: %o', async (limits, reason) => {
    const { clock, session } = createWorld(limits);
    await session.signIn(ALICE);
    await clock.advance(IDLE + 1);
    expect(session.getState()).toEqual({ status: 'signed-out', reason });
  });

  it('are told of in their last fifth, where they are short', async () => {
    const { clock, session, events } = createWorld({ maxAge: 50_000 });
    await session.signIn(ALICE);
    await clock.advance(39_900);
    expect(events).toEqual(['signed-in']);
    await clock.advance(200);
    expect(events).toEqual(['signed-in', 'expiring:max-age']);
  });
});

describe('limits', () => {
  it('leave nothing behind after dispose (C48, I15)', async () => {
    const { clock, session } = createWorld({ idleTimeout: IDLE, maxAge: IDLE });
    await session.signIn(ALICE);
    session.dispose();
    await clock.advance(0);
    expect(clock.pending()).toBe(0);
  });

  it.each([{ idleTimeout: 0 }, { idleTimeout: '30 min' }, { maxAge: -1 }, { maxAge: Number.NaN }])(
    'that make no sense are a TypeError that names the option: %o',
    (options) => {
      expect(() => createWorld(options as never)).toThrow(
        new RegExp(`${Object.keys(options)[0]}.*milliseconds above 0`),
      );
    },
  );
});
