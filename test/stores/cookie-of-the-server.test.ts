// @vitest-environment-options { "url": "https://app.example/" }
import { cookieStore } from 'latchkey';
import type { FakeBackend } from 'latchkey/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ALICE, API, createWorld } from '../support/world.ts';
import { cookies, restoreCookies, watchCookieWrites, writeCookie } from './cookies.ts';

afterEach(restoreCookies);

describe('cookieStore({ accessTokenFrom })', () => {
  /** The server signs in with a form of its own, and leaves its token in a cookie that script can read. */
  async function serverSignsIn(backend: FakeBackend): Promise<string> {
    const { accessToken = '' } = (await backend.signIn?.(ALICE, {} as never)) ?? {};
    writeCookie(`app_token=${accessToken}; Path=/; Secure`);
    return accessToken;
  }

  it('restores the session from the cookie of the server, and presents its token', async () => {
    const token = await serverSignsIn(createWorld().backend);
    const { session, api, seen, events } = createWorld({ store: cookieStore({ accessTokenFrom: 'app_token' }) });
    await session.ready;
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    await api.get(`${API}/me`).catch(() => {});
    expect(seen[0]?.authorization).toBe(`Bearer ${token}`);
    expect(events).toEqual([]);
  });

  it('writes nothing there itself, and removes the cookie on a sign-out', async () => {
    const { backend } = createWorld();
    const token = await serverSignsIn(backend);
    const { session } = createWorld({ store: cookieStore({ accessTokenFrom: 'app_token' }) });
    const writes = watchCookieWrites();
    await session.signInWithTokens({ accessToken: token });
    expect(writes).toEqual([]);
    expect(cookies()).toEqual([`app_token=${token}`]);

    await session.signOut();
    expect(cookies()).toEqual([]);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
  });

  it('sees the token that the server put there since', async () => {
    const { backend, clock } = createWorld();
    await serverSignsIn(backend);
    const store = cookieStore({ accessTokenFrom: 'app_token' });
    const { session } = createWorld({ store, clock });
    await session.ready;
    await clock.advance(299_000);
    const next = await serverSignsIn(backend);
    await clock.advance(1000);
    expect(store.load('default')).toMatchObject({ tokens: { accessToken: next }, subject: 'alice' });
    session.dispose();
    const reloaded = createWorld({ store, clock }).session;
    await reloaded.ready;
    expect(await reloaded.getAccessToken()).toBe(next);
  });

  it('goes on with the token that the server put there in time, without a reload', async () => {
    const { backend, clock } = createWorld();
    await serverSignsIn(backend);
    const { session, events } = createWorld({ store: cookieStore({ accessTokenFrom: 'app_token' }), clock });
    await session.ready;
    await clock.advance(290_000);
    const next = await serverSignsIn(backend);
    await clock.advance(20_000);
    expect(await session.getAccessToken()).toBe(next);
    expect(events).toEqual([]);
  });

  it('is no session but a diagnostic when the cookie holds what no header may carry (STO-2)', async () => {
    writeCookie('app_token=%C3%A4%0D%0A; Path=/; Secure');
    const { session, events } = createWorld({ store: cookieStore({ accessTokenFrom: 'app_token' }) });
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
    expect(events).toEqual(['diagnostic:store-failed']);
  });
});
