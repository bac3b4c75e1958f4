// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE } from '../../support/world.ts';
import { ask, headOf, hold, LIFE, load, openTab, openTabs, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';

describe('a sign-out in one tab', () => {
  it.each(['origin', 'slow', 'handed'] as const)(
    'reaches all the others, one event each, with a reason, and leaves nothing in a store like %s (C36, OUT-6)',
    async (store) => {
      const world = createTabsWorld({ store });
      const tabs = await openTabs(world, 4);
      await world.until(tabs[2]?.session.signOut() as Promise<void>);
      await world.advance(1000);
      expect(tabs.map(({ events }) => events.filter((event) => event.startsWith('signed')))).toEqual([
        ['signed-out:other-tab'],
        ['signed-out:other-tab'],
        ['signed-out:user'],
        ['signed-out:other-tab'],
      ]);
      for (const tab of tabs) tab.wake();
      await world.advance(1000);
      expect(tabs.map(({ events }) => events.filter((event) => event.startsWith('signed')).length)).toEqual([
        1, 1, 1, 1,
      ]);
      expect(world.stores.current()).toBeUndefined();
      expect(stateOf(await load(world)).status).toBe('signed-out');
    },
  );

  it('while another one refreshes: what comes late is not stored, not announced, and revoked (C34, OUT-4)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    const waiting = outcome(one.api.get('/x'));
    await world.settle();
    await world.until(two.session.signOut());
    await world.settle();
    expect(await waiting).toBe('signed-out:other-tab');
    release();
    await world.settle();
    expect(one.events).toEqual(['signed-out:other-tab']);
    expect(world.stores.current()).toBeUndefined();
    expect(headOf(world)?.sessionId).toBeUndefined();
    expect(world.server.takes('refresh-2-alice')).toBe(false);
    expect(world.seen).toEqual([]);
  });

  it('between the answer of a refresh and its commit in another one leaves nothing of it, either (OUT-4, I3)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const { sessionId } = one.record() ?? {};
    const release = world.clock.hold(
      ({ page, kind }) => page === one.page && kind === 'fence update' && world.server.sent[0]?.isOpen === false,
    );
    const waiting = outcome(one.api.get('/x'));
    await world.settle();
    expect(world.server.sent[0]?.isOpen).toBe(false);
    await world.until(two.session.signOut());
    release();
    await world.settle();
    expect(await waiting).toBe('signed-out:other-tab');
    expect(world.stores.current()).toBeUndefined();
    expect(rowOf(world, sessionId)).toBeUndefined();
    expect(world.server.takes('refresh-2-alice')).toBe(false);
  });

  it('rejects what waits in the others, and nothing of that is sent (U2, C36)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, two, 'refresh answer');
    const queued = Promise.all(Array.from({ length: 10 }, (_, id) => outcome(two.api.get(`/${id}`))));
    await world.settle();
    await world.until(one.session.signOut());
    await world.settle();
    expect(await queued).toEqual(Array(10).fill('signed-out:other-tab'));
    expect(world.seen).toEqual([]);
    release();
  });

  it('rejects what is under way in the others, even if its answer comes (OUT-5)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const release = hold(world, two, 'request answer');
    const asked = [outcome(two.api.get('/axios')), outcome(two.fetch('https://api.example.com/fetch'))];
    await world.settle();
    await world.until(one.session.signOut());
    await world.settle();
    release();
    expect(await Promise.all(asked)).toEqual(Array(2).fill('signed-out:other-tab'));
  });

  it('whose message is lost is found in the store’s event alone, and the other way round (OUT-6)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    world.channel.lose(10);
    await world.until(one.session.signOut());
    await world.settle();
    expect(two.events).toEqual(['signed-out:other-tab']);
    world.channel.lose(0);
    const deaf = createTabsWorld({ store: 'handed' });
    const [three, four] = await openTabs(deaf, 2);
    await deaf.until(three.session.signOut());
    await deaf.settle();
    expect(four.events).toEqual(['signed-out:other-tab']);
  });

  it('does not wait for a refresh of another tab, nor of a frozen one (OUT-1)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, one, 'refresh answer');
    void outcome(one.api.get('/x'));
    await world.settle();
    one.freeze();
    const signingOut = two.session.signOut();
    expect(stateOf(two)).toEqual({ status: 'signed-out', reason: 'user' });
    await world.settle();
    await signingOut;
    expect(world.stores.current()).toBeUndefined();
    release();
    one.thaw();
    await world.settle();
    expect(stateOf(one)).toEqual({ status: 'signed-out', reason: 'other-tab' });
    expect(world.stores.current()).toBeUndefined();
  });

  it('during the sign-in of another one: the later of the two wins, and never both (OUT-10, U1)', async () => {
    for (const isOutFirst of [true, false]) {
      const world = createTabsWorld();
      const [one, two] = await openTabs(world, 2);
      // A page's own transactions keep their order.
      const release = hold(world, one, 'fence update', 'fence read');
      const releaseTwo = hold(world, two, 'fence update', 'fence read');
      const signingIn = outcome(one.session.signIn(ALICE));
      const signingOut = two.session.signOut();
      await world.settle();
      for (const next of isOutFirst ? [releaseTwo, release] : [release, releaseTwo]) {
        next();
        await world.settle();
      }
      await world.until(signingIn);
      await world.until(signingOut);
      await world.advance(1000);
      expect([one, two].map(userOf)).toEqual(isOutFirst ? ['alice', 'alice'] : [undefined, undefined]);
      expect(headOf(world)?.subject).toBe(isOutFirst ? 'alice' : undefined);
      expect(world.stores.current()?.subject).toBe(isOutFirst ? 'alice' : undefined);
    }
  });

  it('is not undone by what another tab writes into the store afterwards (I3)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const record = one.record();
    await world.until(one.session.signOut());
    await world.settle();
    world.stores.origin(one.page).save('default', record as never);
    await world.settle();
    two.wake();
    await world.settle();
    expect([one, two].map(userOf)).toEqual([undefined, undefined]);
    expect(await ask(world, two)).toBe(401);
    expect(stateOf(await load(world)).status).toBe('signed-out');
  });

  it('revokes the newest record that the store shows, too, where this tab is behind (OUT-2)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    two.freeze();
    await world.until(one.session.refresh());
    two.page.thaw();
    const signingOut = two.session.signOut();
    await world.until(signingOut);
    expect(world.server.takes('refresh-2-alice')).toBe(false);
  });

  it('after it every token of the session is worthless, in whichever tab it was (OUT-2, OUT-3)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const tokens = [tab.record()?.tokens.refreshToken];
    for (let round = 0; round < 3; round += 1) {
      await world.until(tab.session.refresh());
      tokens.push(tab.record()?.tokens.refreshToken);
    }
    await world.until(tab.session.signOut());
    expect(tokens.map((token) => world.server.takes(token))).toEqual([false, false, false, false]);
  });
});
