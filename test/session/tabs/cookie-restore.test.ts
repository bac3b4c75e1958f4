// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { ALICE } from '../../support/world.ts';
import { createCookieWorld, openCookieTab, signedInByCookie } from './cookie-world.ts';
import { countOf, headOf, rowOf, stateOf, userOf } from './open-tabs.ts';

describe('a page with nothing but the cookie', () => {
  it('is signed in by one refresh, if the fence names a session, and no event says that anybody signed in', async () => {
    const world = createCookieWorld();
    (await signedInByCookie(world)).close();
    const page = await openCookieTab(world);
    expect(world.log).toEqual(['refresh alice']);
    expect(userOf(page)).toBe('alice');
    expect(page.events).not.toContain('signed-in');
    expect(rowOf(world, headOf(world)?.sessionId)).toMatchObject({ generation: 2 });
  });

  it('takes the copy of a tab that lives, without a request', async () => {
    const world = createCookieWorld();
    await signedInByCookie(world);
    const page = await openCookieTab(world);
    expect(world.log).toEqual([]);
    expect(userOf(page)).toBe('alice');
    expect(page.events).toEqual([]);
  });

  it('asks nothing where nobody is signed in, whatever the jar may hold', async () => {
    const world = createCookieWorld();
    const first = await openCookieTab(world);
    await world.until(first.session.signIn(ALICE));
    world.fence.rows.set('head:default', { epoch: 2, reason: 'user' });
    first.close();
    world.log.length = 0;
    const page = await openCookieTab(world);
    expect(stateOf(page).status).toBe('signed-out');
    expect(world.jar()).toBe('alice');
    world.fence.clear();
    await openCookieTab(world);
    expect(world.log).toEqual([]);
  });

  it('and whose cookie is dead is signed out by the one refresh, and does not ask again', async () => {
    const world = createCookieWorld();
    const first = await signedInByCookie(world);
    first.close();
    const head = headOf(world);
    const other = await openCookieTab(world);
    await world.until(other.session.signOut());
    other.close();
    world.fence.rows.set('head:default', head);
    world.fence.rows.set(`row:${head?.sessionId}`, { generation: 1, epoch: 0 });
    world.log.length = 0;
    const page = await openCookieTab(world);
    // Whatever is left in the jar is taken out of it.
    const log = ['refresh nobody', 'log-out nobody'];
    expect(world.log).toEqual(log);
    expect(stateOf(page)).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
    expect(page.events).toEqual([]);
    await openCookieTab(world);
    expect(world.log).toEqual(log);
  });

  it('of five that load at once makes one refresh for all of them (C2, I1)', async () => {
    const world = createCookieWorld();
    (await signedInByCookie(world)).close();
    const pages = Array.from({ length: 5 }, () => world.open());
    await world.until(Promise.all(pages.map(({ session }) => session.ready)));
    expect(world.log).toEqual(['refresh alice']);
    expect(pages.map(userOf)).toEqual(Array(5).fill('alice'));
    expect(countOf(world, 'cookie refresh')).toBe(1);
  });
});
