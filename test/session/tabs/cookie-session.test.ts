// @vitest-environment node
import { createSession, memoryStore, sharedMemoryStore, type TokenStore } from 'latchkey';
import { describe, expect, it } from 'vitest';
import type { SimTab } from '../../support/tabs.ts';
import { ALICE, BOB } from '../../support/world.ts';
import { type CookieWorld, createCookieWorld, openCookieTab, signedInByCookie } from './cookie-world.ts';
import { headOf, hold, LIFE, outcome, rowOf, stateOf, userOf } from './open-tabs.ts';
import { createShelf } from './shelf.ts';

const SETTLE = 5000;

/** A refresh of a page that went away, and whose answer has not come yet; what it gives lets it come. */
async function leftRefresh(world: CookieWorld, tab: SimTab): Promise<() => void> {
  const release = hold(world, tab, 'cookie refresh answer');
  void outcome(tab.session.refresh());
  await world.settle();
  tab.crash();
  return release;
}

describe('a sign-out of a cookie session', () => {
  it('shows the log-out view the access token of the session that ends, if there is one', async () => {
    const shown: (string | undefined)[] = [];
    const session = createSession<object>({
      backend: {
        credential: 'cookie',
        signIn: async () => ({ accessToken: 'of-alice' }),
        revoke: async ({ tokens }) => void shown.push(tokens.accessToken),
      },
      store: memoryStore(),
    });
    await session.signIn({});
    await session.signOut();
    await session.signOut();
    session.dispose();
    expect(shown[0]).toBe('of-alice');
  });

  it('is pending from its own first moment until the log-out was answered', async () => {
    const world = createCookieWorld();
    const tab = await signedInByCookie(world);
    const release = hold(world, tab, 'cookie log-out answer');
    const signingOut = tab.session.signOut();
    expect(stateOf(tab)).toEqual({ status: 'signed-out', reason: 'user' });
    await world.settle();
    expect(headOf(world)).toMatchObject({ reason: 'user', pending: { kind: 'sign-out' } });
    expect(headOf(world)?.sessionId).toBeUndefined();
    expect(world.locks.isInside(tab.page, 'latchkey.1:default')).toBe(true);
    release();
    await world.until(signingOut);
    expect(headOf(world)?.pending).toBeUndefined();
    expect(world.jar()).toBeUndefined();
  });

  it('whose page is gone is finished by whoever signs in next, before that is sent', async () => {
    const world = createCookieWorld();
    const one = await signedInByCookie(world);
    const two = await openCookieTab(world);
    const release = hold(world, one, 'lock asked');
    void one.session.signOut();
    await world.settle();
    one.crash();
    release();
    expect(headOf(world)?.pending).toMatchObject({ kind: 'sign-out' });
    expect(await world.until(outcome(two.session.signIn(BOB)))).toBe('done');
    expect(world.log).toEqual(['log-out alice', 'sign-in bob']);
    expect(world.jar()).toBe('bob');
    expect(userOf(two)).toBe('bob');
  });

  it('whose page is gone is finished by a page that only loads, and that is signed out', async () => {
    const world = createCookieWorld();
    const one = await signedInByCookie(world);
    const release = hold(world, one, 'lock asked');
    void one.session.signOut();
    await world.settle();
    one.crash();
    release();
    const page = await openCookieTab(world);
    expect(world.log).toEqual(['log-out alice']);
    expect(world.jar()).toBeUndefined();
    expect(stateOf(page).status).toBe('signed-out');
    expect(page.events).toEqual([]);
    await openCookieTab(world);
    expect(world.log).toEqual(['log-out alice']);
  });

  it('that did not reach the server is tried again by the next page, and nothing is restored meanwhile', async () => {
    const world = createCookieWorld();
    const tab = await signedInByCookie(world);
    world.losing = 1;
    await world.until(tab.session.signOut());
    expect(tab.events).toContain('diagnostic:revoke-failed');
    expect(world.jar()).toBe('alice');
    const page = await openCookieTab(world);
    expect(stateOf(page).status).toBe('signed-out');
    expect(world.log).toEqual(['log-out alice']);
    expect(world.jar()).toBeUndefined();
  });

  it('comes after a refresh that is under way, and takes what that one brings with it (C34)', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    const release = hold(world, one, 'cookie refresh answer');
    const refreshing = outcome(one.session.refresh());
    await world.settle();
    const signingOut = two.session.signOut();
    await world.settle();
    expect(world.log).toEqual(['refresh alice']);
    release();
    expect(await world.until(refreshing)).toBe('signed-out:other-tab');
    await world.until(signingOut);
    expect(world.log).toEqual(['refresh alice', 'log-out alice']);
    expect(world.jar()).toBeUndefined();
    expect(one.events).toEqual(['signed-out:other-tab']);
  });
});

describe('cookie sessions that end and begin', () => {
  it('in two tabs at once log out once (OUT-2)', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    await world.until(Promise.all([one.session.signOut(), two.session.signOut()]));
    await world.settle();
    expect(world.log).toEqual(['log-out alice']);
    expect(world.jar()).toBeUndefined();
    expect(headOf(world)?.pending).toBeUndefined();
  });

  it('in one breath log out first, and sign in then (OUT-10)', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    const signingOut = one.session.signOut();
    const signingIn = outcome(one.session.signIn(BOB));
    await world.until(signingOut);
    expect(await world.until(signingIn)).toBe('done');
    await world.settle();
    expect(world.log).toEqual(['log-out alice', 'sign-in bob']);
    expect(world.jar()).toBe('bob');
    expect([one, two].map(userOf)).toEqual(['bob', 'bob']);
  });

  it('one over the other never send a request of the first user with the cookie of the second (SES-1)', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    const release = hold(world, two, 'cookie refresh answer');
    const refreshing = outcome(two.session.refresh());
    await world.settle();
    const signingIn = outcome(one.session.signIn(BOB));
    await world.settle();
    expect(world.log).toEqual(['refresh alice']);
    release();
    expect(await world.until(Promise.all([refreshing, signingIn]))).toEqual(['done', 'done']);
    await world.settle();
    expect(world.log).toEqual(['refresh alice', 'sign-in bob']);
    expect([one, two].map(userOf)).toEqual(['bob', undefined]);
    expect(await world.until(outcome(two.session.refresh()))).toMatch(/^signed-out/);
    expect(world.log).toHaveLength(2);
  });
});

describe('while a refresh of a page that is gone may still be answered', () => {
  it('nobody refreshes; then the newest cookie is used (C33, P1)', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    const release = await leftRefresh(world, one);
    const refreshing = outcome(two.session.refresh());
    await world.advance(SETTLE - 500);
    expect(world.log).toEqual(['refresh alice']);
    release();
    expect(await world.until(refreshing)).toBe('done');
    expect(world.log).toEqual(['refresh alice', 'refresh alice']);
    expect(userOf(two)).toBe('alice');
  });

  it('nobody signs in: the late cookie would take the place of the new one', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    const release = await leftRefresh(world, one);
    const signingIn = outcome(two.session.signIn(BOB));
    await world.advance(SETTLE - 500);
    expect(world.log).toEqual(['refresh alice']);
    release();
    expect(await world.until(signingIn)).toBe('done');
    expect(world.jar()).toBe('bob');
  });

  it('nobody logs out: the late cookie would bring the session back', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    const release = await leftRefresh(world, one);
    const signingOut = two.session.signOut();
    expect(stateOf(two).status).toBe('signed-out');
    await world.advance(SETTLE - 500);
    expect(world.log).toEqual(['refresh alice']);
    release();
    await world.until(signingOut);
    expect(world.jar()).toBeUndefined();
    expect(world.log).toEqual(['refresh alice', 'log-out alice']);
  });
});

function createShared(): () => TokenStore {
  const shelf = createShelf();
  return () => shelf.view().store;
}

describe('tabs of one cookie session', () => {
  it('take each other’s newest copy, and refresh once for all', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    await world.advance(LIFE);
    const tokens = await world.until(Promise.all([one.session.getAccessToken(), two.session.getAccessToken()]));
    expect(tokens[0]).toBe(tokens[1]);
    expect(world.log).toEqual(['refresh alice']);
  });

  it('refresh with the jar’s newest where the newest copy is in no tab (ROT-3)', async () => {
    const world = createCookieWorld();
    const [one, two] = [await signedInByCookie(world), await openCookieTab(world)];
    world.channel.lose(1);
    await world.until(one.session.refresh());
    world.channel.lose(0);
    one.close();
    await world.advance(LIFE);
    expect(await world.until(outcome(two.session.getAccessToken()))).toBe('done');
    expect(world.log).toEqual(['refresh alice', 'refresh alice']);
    expect(rowOf(world, headOf(world)?.sessionId)).toMatchObject({ generation: 3 });
  });

  it.each([
    ['the memory of all tabs', () => sharedMemoryStore],
    ['a store of all tabs', createShared],
  ])('end with one sign-out, with %s as well (C36)', async (_, createStore) => {
    const world = createCookieWorld();
    const store = createStore();
    const [one, two] = [await openCookieTab(world, store()), await openCookieTab(world, store())];
    await world.until(one.session.signIn(ALICE));
    await world.settle();
    expect(userOf(two)).toBe('alice');
    await world.until(two.session.signOut());
    await world.settle();
    expect(one.events.at(-1)).toBe('signed-out:other-tab');
    expect(world.jar()).toBeUndefined();
  });

  it('that ends while a sign-in is under way leaves the jar to whom the fence names in the end', async () => {
    const world = createCookieWorld();
    const shelf = createShelf();
    const [one, two] = [await openCookieTab(world, shelf.view().store), await openCookieTab(world, shelf.view().store)];
    await world.until(one.session.signIn(ALICE));
    await world.settle();
    const release = hold(world, one, 'cookie sign-in answer');
    const signingIn = outcome(one.session.signIn(BOB));
    await world.settle();
    shelf.text = undefined;
    two.wake();
    await world.advance(1000);
    expect(two.events.at(-1)).toBe('signed-out:storage-cleared');
    release();
    await world.until(signingIn);
    await world.settle();
    expect(world.jar()).toBe(headOf(world)?.subject);
    expect(userOf(one)).toBe(world.jar());
  });
});
