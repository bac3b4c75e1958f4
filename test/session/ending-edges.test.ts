import axios from 'axios';
import { type AuthUnavailableError, memoryStore, RefreshRejectedError, type SessionRecord } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { describe, expect, it } from 'vitest';
import type { Core } from '../../src/session/core.ts';
import { coreOf } from '../../src/session/core-of.ts';
import { end, release } from '../../src/session/ending.ts';
import { unavailable } from '../../src/session/give-up.ts';
import type { Held } from '../../src/session/held.ts';
import { encodeRecord } from '../../src/token/session-record.ts';
import { createTabsWorld, type SimTab, type TabsWorld } from '../support/tabs.ts';
import { createCookieWorld, openCookieTab, signedInByCookie } from './tabs/cookie-world.ts';
import { ask, countOf, hold, LIFE, openTab, openTabs, outcome, rowOf, stateOf, userOf } from './tabs/open-tabs.ts';
import { createShelf } from './tabs/shelf.ts';

/** What the engine has of a tab in which somebody is signed in. */
function inside({ session }: SimTab): { readonly core: Core; readonly held: Held; readonly record: SessionRecord } {
  const core = coreOf(session);
  if (!core?.held) throw new Error('Nobody is signed in.');
  return { core, held: core.held, record: core.held.record };
}

const releaseIn = async (
  world: TabsWorld,
  tab: SimTab,
  ...how: ['cleared' | 'left', 'expired' | 'storage-cleared']
) => {
  const { core, record } = inside(tab);
  const told = await world.until(release(core, core.epoch, record, ...how));
  await world.settle();
  return told;
};
const endIn = async (world: TabsWorld, tab: SimTab): Promise<void> => {
  const { core, held } = inside(tab);
  await world.until(end(core, core.epoch, held, 'expired'));
  await world.settle();
};

describe('what a store has when its session ends', () => {
  it.each(['origin', 'slow'] as const)('is left alone where the end says so (%s)', async (store) => {
    const world = createTabsWorld({ store });
    const tab = await openTab(world);
    const { record } = inside(tab);
    expect(await releaseIn(world, tab, 'left', 'storage-cleared')).toBe('storage-cleared');
    expect(world.stores.current()).toMatchObject({ sessionId: record.sessionId });
  });

  it.each([
    ['origin', 'shared'],
    ['slow', 'shared'],
    ['origin', 'none'],
    ['slow', 'none'],
  ] as const)('is gone with it (%s store, fence %s)', async (store, fence) => {
    const world = createTabsWorld({ store, fence });
    const tab = await openTab(world);
    await endIn(world, tab);
    expect(stateOf(tab)).toEqual({ status: 'signed-out', reason: 'expired' });
    expect(world.stores.current()).toBeUndefined();
  });

  it.each([
    ['stays where the store says more than the fence: somebody may have signed in there', 'none'],
    ['goes where the fence knows better', 'shared'],
  ] as const)('but is of another session %s', async (_, fence) => {
    const world = createTabsWorld({ fence });
    const shelf = createShelf();
    const tab = await openTab(world, { store: shelf.view().store });
    const other = encodeRecord({ ...inside(tab).record, sessionId: 'another', subject: 'bob' });
    shelf.text = other;
    expect(await releaseIn(world, tab, 'cleared', 'expired')).toBe('expired');
    expect(shelf.text).toBe(fence === 'none' ? other : undefined);
  });
});

describe('the end of a session', () => {
  it('whose facts somebody has cleared at that moment is none: what is not known has not ended', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    world.fence.clear();
    expect(await releaseIn(world, tab, 'cleared', 'expired')).toBeUndefined();
    expect(world.stores.current()?.subject).toBe('alice');
  });

  it('is one all the same where its name is all that the fence has kept', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    world.fence.rows.delete(`row:${inside(tab).record.sessionId}`);
    expect(await releaseIn(world, tab, 'cleared', 'expired')).toBe('expired');
  });

  it('by its maximum age is told as that, also after the server has rejected its refresh token (C43)', async () => {
    const world = createTabsWorld({ session: { maxAge: 200_000 } });
    const tab = await openTab(world);
    world.server.revokeAll();
    await world.until(outcome(tab.session.refresh()));
    await world.advance(200_000);
    expect(tab.events.at(-1)).toBe('signed-out:max-age');
  });

  it('by its expiry is told as the rejection before, by a tab that has only heard of that (ROT-7)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    world.server.revokeAll();
    await world.until(outcome(one.session.refresh()));
    await world.settle();
    one.crash();
    await world.advance(LIFE);
    expect(two.events).toEqual(['expiring:refresh-rejected', 'signed-out:refresh-rejected']);
  });

  it('is told to the other tabs by the one that ended it', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const [one, two] = await openTabs(world, 2);
    await endIn(world, one);
    expect(two.events).toEqual(['signed-out:expired']);
  });

  it('is told by that one alone, and once: those who hear of it do not tell it again', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const [one] = await openTabs(world, 3);
    const before = countOf(world, 'message');
    await world.until(one.session.signOut());
    await world.settle();
    expect(world.tabs.map((tab) => stateOf(tab).status)).toEqual(['signed-out', 'signed-out', 'signed-out']);
    expect(countOf(world, 'message') - before).toBe(2);
  });

  it('waits for nobody’s turn where no cookie has to be logged out', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const before = countOf(world, 'lock granted', tab);
    await endIn(world, tab);
    expect(countOf(world, 'lock granted', tab)).toBe(before);
  });

  it('of a cookie logs out this device alone, and no other (OUT-4)', async () => {
    const world = createTabsWorld();
    const revocations: unknown[] = [];
    const backend = {
      credential: 'cookie' as const,
      signIn: async () => ({ accessToken: 'opaque' }),
      refresh: async () => {
        throw new RefreshRejectedError();
      },
      revoke: async (...[, , why]: readonly unknown[]) => void revocations.push(why),
    };
    const tab = await openTab(world, { store: memoryStore(), backend });
    await endIn(world, tab);
    expect(revocations).toEqual([{ everywhere: false, isReplaced: false }]);
  });

  it('that another tab has brought about is not logged out by whoever comes late: that is the other’s to do', async () => {
    const world = createCookieWorld();
    const late = await signedInByCookie(world);
    const other = await openCookieTab(world);
    world.log.length = 0;
    world.losing = 1;
    world.channel.lose(9);
    await world.until(other.session.signOut());
    expect(await releaseIn(world, late, 'cleared', 'expired')).toBeUndefined();
    expect(world.log).toEqual([]);
  });
});

describe('a tab that falls behind', () => {
  it('and cannot renew is not ended by the expiry of what it has: a tab that sleeps may have newer tokens (I5)', async () => {
    const world = createTabsWorld({ store: 'handed' });
    const tab = world.openTab();
    await world.until(tab.session.signInWithTokens({ accessToken: 'opaque', lifetime: 300_000 }));
    const { sessionId } = inside(tab).record;
    world.fence.rows.set(`row:${sessionId}`, { ...rowOf(world, sessionId), generation: 2, tab: 'asleep' });
    tab.events.length = 0;
    await world.advance(LIFE + 2000);
    expect(await ask(world, tab)).toBe('auth-unavailable');
    expect([stateOf(tab).status, tab.events]).toEqual(['signed-in', []]);
  });

  it('because its store lags has what another tab wrote a moment after the store shows it (S9)', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const views = [shelf.view(), shelf.view()] as const;
    const [one, two] = await openTabs(world, 2, (index) => ({ store: views[index]?.store as never }));
    views[1].stop();
    await world.until(one.session.refresh());
    await world.settle();
    expect(two.record()?.generation).toBe(1);
    views[1].go();
    await world.advance(200);
    expect(two.record()?.generation).toBe(2);
  });
});

describe('a refresh without a verdict', () => {
  it('is noted as the one that opens the breaker where it is the third in a row, and at no other (C26)', async () => {
    const world = createTabsWorld({ server: { lifetime: 3600_000 } });
    const tab = await openTab(world);
    const opened: number[] = [];
    for (let failures = 1; failures <= 4; failures += 1) {
      world.server.faults.push({ status: 503 });
      expect(await world.until(outcome(tab.session.refresh()))).toBe('auth-unavailable');
      if (tab.session.trace().at(-1)?.step === 'breaker-opened') opened.push(failures);
      await world.advance(400_000);
    }
    expect(world.server.sent).toHaveLength(4);
    expect(opened).toEqual([3]);
  });

  it('tells what the server said also where the databases were cleared meanwhile, and names no time to come again', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const told: unknown[] = [];
    tab.session.on('refresh-failed', ({ retryAt }) => told.push(retryAt));
    world.server.faults.push({ status: 503 });
    const letGo = hold(world, tab, 'refresh answer');
    const asked = tab.session.refresh().catch((error: AuthUnavailableError) => error);
    await world.settle();
    world.fence.clear();
    letGo();
    const error = await world.until(asked);
    expect(error).toMatchObject({ code: 'auth-unavailable', status: 503 });
    expect((error as AuthUnavailableError).retryAfter).toBeUndefined();
    expect(told).toEqual([undefined]);
    expect(userOf(tab)).toBe('alice');
  });

  it('because something failed here keeps what that was, for the app’s own reports', () => {
    const cause = new DOMException('gone', 'InvalidStateError');
    expect(unavailable(cause)).toMatchObject({ code: 'auth-unavailable', cause });
  });
});

describe('a client that is given something else for a session', () => {
  it.each([undefined, {}])('says so at once (%j)', (session) => {
    expect(() => attachSession(axios.create(), session as never)).toThrow(
      new TypeError('The session must be one that createSession() gave.'),
    );
  });
});
