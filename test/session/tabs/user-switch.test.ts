// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createTabsWorld } from '../../support/tabs.ts';
import { ALICE, BOB } from '../../support/world.ts';
import { ask, headOf, hold, LIFE, load, openTab, openTabs, outcome, stateOf, userOf } from './open-tabs.ts';

describe('another tab signs in as the same user', () => {
  it('and nobody is told: the new session is taken up, and requests go on (C38)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const before = two.record()?.sessionId;
    const release = hold(world, two, 'request answer');
    const asked = outcome(two.api.get('/under-way'));
    await world.settle();
    await world.until(one.session.signIn(ALICE));
    await world.settle();
    release();
    expect(await world.until(asked)).toBe(200);
    expect(two.record()?.sessionId).toBe(one.record()?.sessionId);
    expect(two.record()?.sessionId).not.toBe(before);
    expect([...one.events, ...two.events]).toEqual([]);
    expect(await ask(world, two)).toBe(200);
  });

  it('while this one waits for a refresh of the old session: it goes on with the new one', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, two, 'refresh answer');
    const asked = outcome(two.api.get('/x'));
    await world.settle();
    await world.until(one.session.signIn(ALICE));
    await world.settle();
    expect(await world.until(asked)).toBe(200);
    release();
    await world.settle();
    expect(world.stores.current()?.sessionId).toBe(one.record()?.sessionId);
    expect([...one.events, ...two.events]).toEqual([]);
  });
});

describe('another tab signs in as somebody else', () => {
  it('is a switch of the user here: one event, and the other’s tokens are never taken up (SES-4)', async () => {
    const world = createTabsWorld();
    const [one, two, three] = await openTabs(world, 3);
    await world.until(one.session.signIn(BOB));
    await world.settle();
    expect(one.events).toEqual(['signed-out:user-switched', 'signed-in']);
    for (const tab of [two, three]) {
      tab?.wake();
      await world.settle();
      expect(tab?.events).toEqual(['signed-out:user-switched']);
      expect(tab && stateOf(tab)).toEqual({ status: 'signed-out', reason: 'user-switched' });
    }
    expect(await ask(world, two)).toBe(401);
    expect(world.seen.at(-1)?.authorization).toBeUndefined();
    expect(userOf(one)).toBe('bob');
  });

  it('rejects what waits here for a refresh of the first user, and sends none of it (C35, SES-1)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.advance(LIFE);
    const release = hold(world, two, 'refresh answer');
    const asked = Promise.all([1, 2, 3].map((id) => outcome(two.api.post(`/${id}`, {}))));
    await world.settle();
    await world.until(one.session.signIn(BOB));
    await world.settle();
    expect(await world.until(asked)).toEqual(Array(3).fill('signed-out:user-switched'));
    expect(world.seen).toEqual([]);
    release();
    await world.settle();
    expect(world.stores.current()?.subject).toBe('bob');
    expect(headOf(world)).toMatchObject({ subject: 'bob' });
    expect(two.events).toEqual(['signed-out:user-switched']);
  });

  it('rejects what is under way here, and the late answer of the first user reaches nobody (C35, OUT-5, U3)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    const release = hold(world, two, 'request answer');
    const asked = [outcome(two.api.get('/axios')), outcome(two.fetch('https://api.example.com/fetch'))];
    await world.settle();
    await world.until(one.session.signIn(BOB));
    await world.settle();
    release();
    expect(await world.until(Promise.all(asked))).toEqual(Array(2).fill('signed-out:user-switched'));
  });

  it('in this very tab: requests of the first user are told that the session changed (SES-1, C35)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    await world.advance(LIFE);
    const release = hold(world, tab, 'refresh answer');
    const asked = outcome(tab.api.get('/x'));
    await world.settle();
    await world.until(tab.session.signIn(BOB));
    expect(await world.until(asked)).toBe('session-changed');
    expect(world.seen).toEqual([]);
    expect(await ask(world, tab)).toBe(200);
    release();
    await world.settle();
    expect(userOf(tab)).toBe('bob');
  });

  it.each([
    ['nobody knows', ALICE, undefined],
    ['is known, where nobody knows this one’s', undefined, ALICE],
    ['nobody knows, where nobody knows this one’s', undefined, undefined],
  ])('whose name %s is a switch, too: nobody can say that it is the same one', async (_, first, second) => {
    const world = createTabsWorld();
    const [one, two] = [await load(world), await load(world)];
    for (const user of [first, second]) {
      const opaque = { accessToken: 'opaque', refreshToken: 'opaque-too' };
      await world.until(user ? one.session.signIn(user) : one.session.signInWithTokens(opaque));
      await world.settle();
    }
    expect(two.events).toEqual(['signed-in', 'signed-out:user-switched']);
    expect(one.events).toEqual(['signed-in', 'signed-out:user-switched', 'signed-in']);
  });
});

describe('a refresh', () => {
  it('is shared by those of one session only: the next user has a refresh of their own (SES-2)', async () => {
    const world = createTabsWorld();
    const tab = await openTab(world);
    const release = hold(world, tab, 'refresh answer');
    const first = outcome(tab.session.refresh());
    await world.settle();
    await world.until(tab.session.signIn(BOB));
    const second = outcome(tab.session.refresh());
    release();
    expect(await world.until(first)).toBe('session-changed');
    expect(await world.until(second)).toBe('done');
    expect(world.server.sent.map(({ record }) => record.subject)).toEqual(['alice', 'bob']);
    expect(userOf(tab)).toBe('bob');
  });

  it('that gives somebody else’s tokens ends the session everywhere, and has them revoked (SES-3)', async () => {
    const world = createTabsWorld();
    const revoked: unknown[] = [];
    const tokenOf = (sub: string): string => `e30.${btoa(JSON.stringify({ sub })).replace(/=+$/, '')}.sim`;
    const one = world.openTab({
      backend: {
        signIn: async () => ({ accessToken: tokenOf('alice'), refreshToken: 'a' }),
        refresh: async () => ({ accessToken: tokenOf('bob'), refreshToken: 'b' }),
        revoke: async ({ tokens }) => void revoked.push(tokens.refreshToken),
      },
    });
    const two = world.openTab();
    await world.until(one.session.signIn(ALICE));
    await world.settle();
    expect(userOf(two)).toBe('alice');
    expect(await world.until(outcome(one.session.refresh()))).toBe('signed-out:user-switched');
    await world.settle();
    expect(one.events.at(-1)).toBe('signed-out:user-switched');
    expect(two.events.at(-1)).toBe('signed-out:user-switched');
    expect(revoked).toContain('b');
    expect(world.stores.current()).toBeUndefined();
  });
});

describe('a tab that shows its sign-in form', () => {
  it('follows the sign-in of another tab, with one event (C38)', async () => {
    const world = createTabsWorld();
    const [form, other] = [await load(world), await load(world)];
    await world.until(other.session.signIn(ALICE));
    await world.settle();
    form.wake();
    await world.settle();
    expect(form.events).toEqual(['signed-in']);
    expect(userOf(form)).toBe('alice');
    expect(await ask(world, form)).toBe(200);
  });

  it('after a sign-out anywhere follows the next sign-in, of whomever, with one event', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    await world.until(one.session.signOut());
    await world.settle();
    await world.until(two.session.signIn(BOB));
    await world.settle();
    expect(one.events).toEqual(['signed-out:user', 'signed-in']);
    expect(two.events).toEqual(['signed-out:other-tab', 'signed-in']);
  });

  it('and is loaded again when somebody is signed in tells nobody anything (C38)', async () => {
    const world = createTabsWorld();
    await openTab(world);
    const page = await load(world);
    page.wake();
    await world.settle();
    expect(userOf(page)).toBe('alice');
    expect(page.events).toEqual([]);
  });

  it('sees no sign-in in refocus, refresh and restore (C38)', async () => {
    const world = createTabsWorld();
    const [one, two] = await openTabs(world, 2);
    for (const tab of [one, two]) tab.wake();
    await world.until(one.session.refresh());
    await world.settle();
    expect([...one.events, ...two.events]).toEqual(['refreshed']);
  });
});
