// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { BOB } from '../../support/world.ts';
import { ask, LIFE, openTab, openTabs, outcome } from './open-tabs.ts';

describe('the rows of the fence', () => {
  it.each(['origin', 'slow', 'tab', 'handed'] as const)(
    'hold no token and no password, whatever has happened, with a store like %s (STO-11)',
    async (store) => {
      const world = createTabsWorld({ store });
      const written = vi.spyOn(world.fence.rows, 'set');
      const [one, two] = await openTabs(world, 2);
      world.server.faults.push({ status: 503, retryAfter: 1000 }, 'lose-request');
      for (let time = 0; time < 4; time += 1) {
        await world.until(outcome(one.session.refresh()));
        await world.advance(2000);
      }
      await world.until(two.session.signIn(BOB));
      await world.until(outcome(two.session.refresh()));
      await world.until(two.session.signOut());
      expect(written.mock.calls.length).toBeGreaterThan(5);
      const all = JSON.stringify(written.mock.calls);
      for (const secret of ['refresh-1', 'refresh-2', 'refresh-3', 'e30.', '.sim', 'right', 'Bearer'])
        expect(all).not.toContain(secret);
    },
  );
});

describe('trace()', () => {
  it('tells what the tabs did, in each of them, and holds no token (LOG-1)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.until(one.session.refresh());
    await world.settle();
    two.wake();
    world.server.revokeAll();
    await world.advance(LIFE);
    await ask(world, two);
    await world.settle();
    const steps = (tab: typeof one): string[] => tab.session.trace().map(({ step }) => step);
    expect(steps(one)).toEqual(['signed-in', 'refresh-sent', 'refresh-committed', 'signed-out']);
    expect(steps(two)).toEqual(['adopted', 'adopted', 'woken', 'refresh-sent', 'refresh-rejected', 'signed-out']);
    const told = JSON.stringify([one, two].map(({ session }) => session.trace()));
    for (const secret of ['refresh-1', 'refresh-2', 'e30.', '.sim', 'alice']) expect(told).not.toContain(secret);
  });

  it('keeps the last 100 entries, as a copy that nobody can change', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    for (let time = 0; time < 120; time += 1) tab.wake();
    const trace = tab.session.trace();
    expect(trace).toHaveLength(100);
    expect(tab.session.trace()).not.toBe(trace);
    expect(trace.every(Object.isFrozen)).toBe(true);
  });
});
