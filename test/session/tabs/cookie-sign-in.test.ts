// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { SimTab } from '../../support/tabs.ts';
import { ALICE, BOB } from '../../support/world.ts';
import { type CookieWorld, createCookieWorld } from './cookie-world.ts';
import { headOf, hold, outcome, stateOf, userOf } from './open-tabs.ts';

/** What a page that went away can have left on its way for, in milliseconds. */
const SETTLE = 5000;

async function openReady(world: CookieWorld): Promise<SimTab> {
  const tab = world.open();
  await world.until(tab.session.ready);
  return tab;
}

/** A tab in which Alice is signed in. */
async function signedIn(world: CookieWorld): Promise<SimTab> {
  const tab = await openReady(world);
  await world.until(tab.session.signIn(ALICE));
  await world.settle();
  tab.events.length = 0;
  return tab;
}

describe('a sign-in that sets a cookie', () => {
  it('is sent, answered and committed under the lock, and pending until then', async () => {
    const world = createCookieWorld();
    const tab = await openReady(world);
    const release = hold(world, tab, 'cookie sign-in answer');
    const signingIn = tab.session.signIn(ALICE);
    await world.settle();
    expect(world.locks.isInside(tab.page, 'latchkey.1:default')).toBe(true);
    expect(headOf(world)?.pending).toMatchObject({ kind: 'sign-in' });
    expect(world.log).toEqual(['sign-in alice']);
    release();
    await world.until(signingIn);
    expect(headOf(world)).toMatchObject({ subject: 'alice' });
    expect(headOf(world)?.pending).toBeUndefined();
    expect(world.locks.isInside(tab.page, 'latchkey.1:')).toBe(false);
  });

  it('is not sent while that of another tab is under way; the later one is who is signed in, everywhere', async () => {
    const world = createCookieWorld();
    const [one, two] = [await openReady(world), await openReady(world)];
    const release = hold(world, one, 'cookie sign-in answer');
    const first = outcome(one.session.signIn(ALICE));
    await world.settle();
    const second = outcome(two.session.signIn(BOB));
    await world.settle();
    expect(world.log).toEqual(['sign-in alice']);
    release();
    expect(await world.until(Promise.all([first, second]))).toEqual(['done', 'done']);
    await world.settle();
    expect(world.log).toEqual(['sign-in alice', 'sign-in bob']);
    expect(world.jar()).toBe('bob');
    expect(userOf(two)).toBe('bob');
    expect(stateOf(one)).toEqual({ status: 'signed-out', reason: 'user-switched' });
  });

  it('that the server refuses is pending no longer, and leaves whoever is signed in alone', async () => {
    const world = createCookieWorld();
    const tab = await signedIn(world);
    expect(await world.until(outcome(tab.session.signIn({ ...ALICE, password: 'wrong' })))).toBe('sign-in-rejected');
    expect(headOf(world)?.pending).toBeUndefined();
    expect(userOf(tab)).toBe('alice');
    await openReady(world);
    expect(world.log).toEqual(['sign-in alice', 'sign-in alice']);
  });

  it('that a sign-out of the same tab overtakes logs out before it lets go of the lock (OUT-10)', async () => {
    const world = createCookieWorld();
    const tab = await openReady(world);
    const release = hold(world, tab, 'cookie sign-in answer');
    const signingIn = outcome(tab.session.signIn(ALICE));
    await world.settle();
    const signingOut = tab.session.signOut();
    await world.settle();
    const hang = hold(world, tab, 'cookie log-out');
    release();
    await world.settle();
    expect(world.jar()).toBe('alice');
    expect(world.locks.isInside(tab.page, 'latchkey.1:')).toBe(true);
    hang();
    expect(await world.until(signingIn)).toBe('signed-out:user');
    await world.until(signingOut);
    expect(world.jar()).toBeUndefined();
    expect(world.log).toEqual(['sign-in alice', 'log-out alice']);
    expect(headOf(world)?.pending).toBeUndefined();
    expect(stateOf(tab).status).toBe('signed-out');
  });

  it('that a sign-out of another tab overtakes is not stored, and its cookie is gone before the next turn', async () => {
    const world = createCookieWorld();
    const one = await openReady(world);
    const two = await openReady(world);
    const release = hold(world, one, 'cookie sign-in answer');
    const signingIn = outcome(one.session.signIn(ALICE));
    await world.settle();
    const signingOut = two.session.signOut();
    const next = outcome(two.session.signIn(BOB));
    await world.settle();
    release();
    expect(await world.until(signingIn)).toMatch(/^(signed-out|session-changed)/);
    await world.until(signingOut);
    expect(await world.until(next)).toBe('done');
    expect(world.log).toEqual(['sign-in alice', 'log-out alice', 'sign-in bob']);
    expect(world.jar()).toBe('bob');
    expect(userOf(two)).toBe('bob');
  });

  it('whose page is gone is ended and logged out by whoever has the lock next, once it must have been answered', async () => {
    const world = createCookieWorld();
    const one = await openReady(world);
    const two = await openReady(world);
    const release = hold(world, one, 'cookie sign-in answer');
    void outcome(one.session.signIn(ALICE));
    await world.settle();
    one.crash();
    const next = outcome(two.session.signIn(BOB));
    await world.advance(SETTLE - 100);
    expect(world.log).toEqual(['sign-in alice']);
    release();
    expect(await world.until(next)).toBe('done');
    expect(world.log).toEqual(['sign-in alice', 'log-out alice', 'sign-in bob']);
    expect(world.jar()).toBe('bob');
  });

  it('whose page is gone is ended and logged out by a page that only loads, too, which then is signed out', async () => {
    const world = createCookieWorld();
    const one = await openReady(world);
    const release = hold(world, one, 'cookie sign-in answer');
    void outcome(one.session.signIn(ALICE));
    await world.settle();
    one.crash();
    release();
    await world.settle();
    expect(world.jar()).toBe('alice');
    const page = await openReady(world);
    expect(world.jar()).toBeUndefined();
    expect(stateOf(page).status).toBe('signed-out');
    expect(page.events).toEqual([]);
    expect(headOf(world)?.pending).toBeUndefined();
    expect(world.log).toEqual(['sign-in alice', 'log-out alice']);
  });

  it('as another user, whose page is gone, ends the session of whoever was signed in: the jar is not theirs', async () => {
    const world = createCookieWorld();
    const one = await signedIn(world);
    const two = await openReady(world);
    expect(userOf(two)).toBe('alice');
    const release = hold(world, two, 'cookie sign-in answer');
    void outcome(two.session.signIn(BOB));
    await world.settle();
    two.crash();
    release();
    expect(await world.until(outcome(one.session.refresh()))).not.toBe('done');
    await world.advance(SETTLE);
    expect(one.events.filter((event) => event.startsWith('signed'))).toEqual(['signed-out:user-switched']);
    await openReady(world);
    expect(world.jar()).toBeUndefined();
    expect(world.log).not.toContain('refresh bob');
  });

  it('that nobody answered is settled by its own tab before the next one (C24)', async () => {
    const world = createCookieWorld();
    const tab = await openReady(world);
    const release = hold(world, tab, 'cookie sign-in answer');
    const first = outcome(tab.session.signIn(ALICE));
    await world.advance(30_000);
    expect(await world.until(first)).toBe('auth-unavailable');
    release();
    expect(await world.until(outcome(tab.session.signIn(BOB)))).toBe('done');
    expect(world.jar()).toBe('bob');
    expect(world.log).toEqual(['sign-in alice', 'log-out alice', 'sign-in bob']);
  });
});
