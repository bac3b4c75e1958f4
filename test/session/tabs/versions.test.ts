// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { encodeRecord } from '../../../src/token/session-record.ts';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE } from '../../support/world.ts';
import { ask, headOf, LIFE, load, openTabs, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';
import { createShelf } from './shelf.ts';

/** What a release to come might write. */
const NEWER = JSON.stringify({
  version: 2,
  session: { id: 'x', tokens: [{ kind: 'access', value: 'from-the-future' }] },
});

/** A shelf on which a newer release has put its record, while a tab of this one has a session. */
async function withNewer() {
  const world = createTabsWorld();
  const shelf = createShelf();
  const store = (): { store: ReturnType<typeof shelf.view>['store'] } => ({ store: shelf.view().store });
  const [one, two] = await openTabs(world, 2, store);
  shelf.text = NEWER;
  return { world, shelf, store, one, two };
}

describe('a record of a newer release', () => {
  it('is left alone by a page that loads: a visitor, a diagnostic, and nothing written (V1, STO-2)', async () => {
    const { world, shelf, store } = await withNewer();
    const page = await load(world, store());
    expect(stateOf(page)).toEqual({ status: 'signed-out' });
    expect(page.events).toContain('diagnostic:record-ignored');
    expect(page.events.filter((event) => event.startsWith('signed'))).toEqual([]);
    page.wake();
    await world.settle();
    expect(shelf.text).toBe(NEWER);
  });

  it('is left alone where the fence knows of no session at all, too (V1)', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    shelf.text = NEWER;
    const page = await load(world, { store: shelf.view().store });
    expect(stateOf(page)).toEqual({ status: 'signed-out' });
    expect(shelf.text).toBe(NEWER);
    expect(headOf(world)).toBeUndefined();
  });

  it('signs nobody out who is signed in, whatever wakes them (V1, I5)', async () => {
    const { world, shelf, one, two } = await withNewer();
    for (const tab of [one, two]) tab.wake();
    await world.settle();
    expect([one, two].map(userOf)).toEqual(['alice', 'alice']);
    expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
    expect([...one.events, ...two.events].filter((event) => event.startsWith('signed'))).toEqual([]);
    expect(shelf.text).toBe(NEWER);
  });

  it('is not written over by a refresh; the other tabs get the new tokens from the one that has them (V1)', async () => {
    const { world, shelf, one, two } = await withNewer();
    await world.advance(LIFE);
    expect(await ask(world, one)).toBe(200);
    expect(await ask(world, two)).toBe(200);
    expect(world.server.sent).toHaveLength(1);
    expect(shelf.text).toBe(NEWER);
    const tokens = await Promise.all([one, two].map(({ session }) => session.getAccessToken()));
    expect(tokens[0]).toBe(tokens[1]);
    expect(world.server.accepts(`Bearer ${tokens[0]}`)).toBe(true);
  });

  it('is not removed by the end of a session of this release that the user did not end (V1)', async () => {
    const { world, shelf, one, two } = await withNewer();
    await world.advance(LIFE);
    world.server.revokeAll();
    expect(await ask(world, one)).toBe('signed-out:refresh-rejected');
    await world.advance(1000);
    expect(userOf(two)).toBeUndefined();
    expect(shelf.text).toBe(NEWER);
  });

  it('is replaced by the user’s own sign-in, and by nothing less', async () => {
    const { world, shelf, one } = await withNewer();
    await world.until(one.session.signIn(ALICE));
    expect(shelf.record()).toMatchObject({ subject: 'alice', generation: 1 });
  });
});

describe('what a newer release has added to a record that this one can read', () => {
  it('is still there after a refresh (V4)', async () => {
    const world = createTabsWorld();
    const shelf = createShelf();
    const [one, two] = await openTabs(world, 2, () => ({ store: shelf.view().store }));
    const { tokens, ...record } = JSON.parse(encodeRecord(one.record() as never));
    one.close();
    two.close();
    shelf.text = JSON.stringify({ ...record, device: 'blue', tokens: { ...tokens, idToken: 'kept-as-well' } });
    const page = await load(world, { store: shelf.view().store });
    expect(userOf(page)).toBe('alice');
    await world.until(page.session.refresh());
    expect(JSON.parse(shelf.text)).toMatchObject({ generation: 2, device: 'blue' });
  });

  it('hurts nobody in the fence, whose rows may have more in them, too (V4)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const { sessionId } = one.record() ?? {};
    world.fence.rows.set('head:default', { ...headOf(world), colour: 'blue' });
    world.fence.rows.set(`row:${sessionId}`, { ...rowOf(world, sessionId), colour: 'blue' });
    world.fence.rows.set('schema', { version: 7 });
    await world.advance(LIFE);
    expect(await Promise.all([ask(world, one), ask(world, two)])).toEqual([200, 200]);
    expect(headOf(world)).toMatchObject({ colour: 'blue' });
    expect(world.fence.rows.get('schema')).toEqual({ version: 7 });
    await world.until(one.session.signOut());
    await world.settle();
    expect([one, two].map(userOf)).toEqual([undefined, undefined]);
    expect(world.fence.rows.get('schema')).toEqual({ version: 7 });
  });
});

describe('an answer that is no new token', () => {
  /** As a service worker gives it that answers a refresh from its cache. */
  async function cached() {
    const world = createTabsWorld();
    let isCached = false;
    const [one, two] = await openTabs(world, 2, () => ({
      backend: {
        signIn: async () => ({
          accessToken: 'access-1',
          refreshToken: 'refresh-1',
          subject: 'alice',
          lifetime: 300_000,
        }),
        refresh: async () =>
          isCached
            ? { accessToken: 'access-1', refreshToken: 'refresh-1', lifetime: 300_000 }
            : { accessToken: 'access-2', refreshToken: 'refresh-2', lifetime: 300_000 },
      },
    }));
    return {
      world,
      one,
      two,
      cache(on: boolean) {
        isCached = on;
      },
    };
  }

  it('but the same tokens again is malformed: nothing is committed, the session stays, no tab is told (P6)', async () => {
    const { world, one, two, cache } = await cached();
    cache(true);
    await world.advance(LIFE);
    expect(await world.until(outcome(one.session.refresh()))).toBe('token-response');
    expect([one, two].map((tab) => stateOf(tab).status)).toEqual(['signed-in', 'signed-in']);
    expect(world.stores.current()).toMatchObject({ generation: 1 });
    expect(rowOf(world, headOf(world)?.sessionId)).toMatchObject({ generation: 1 });
    expect([...one.events, ...two.events]).toEqual(['refresh-failed']);
  });

  it('costs nothing once the cache lets go (P6)', async () => {
    const { world, one, two, cache } = await cached();
    cache(true);
    await world.until(outcome(one.session.refresh()));
    cache(false);
    expect(await world.until(outcome(two.session.refresh()))).toBe('done');
    expect(await world.until(one.session.getAccessToken())).toBe('access-2');
  });

  it('is known by its access token, also where the server never rotates the refresh token (P6)', async () => {
    const world = createTabsWorld();
    const [one] = await openTabs(world, 1, () => ({
      backend: {
        signIn: async () => ({
          accessToken: 'access-1',
          refreshToken: 'refresh-1',
          subject: 'alice',
          lifetime: 300_000,
        }),
        refresh: async () => ({ accessToken: 'access-1', lifetime: 300_000 }),
      },
    }));
    await world.advance(LIFE);
    expect(await world.until(outcome(one.session.refresh()))).toBe('token-response');
    expect(world.stores.current()).toMatchObject({ generation: 1 });
  });
});
