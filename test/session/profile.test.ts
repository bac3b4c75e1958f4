import { describe, expect, it, vi } from 'vitest';
import { createTabsWorld } from '../support/tabs.ts';
import { ALICE, BOB, createWorld } from '../support/world.ts';

interface Profile {
  readonly name: string;
}

/** A profile endpoint that answers when it is told to. */
function createProfiles() {
  const waiting: { resolve(profile: Profile): void; reject(error: unknown): void; signal: AbortSignal }[] = [];
  const loadUser = vi.fn(
    ({ signal }: { signal: AbortSignal }) =>
      new Promise<Profile>((resolve, reject) => waiting.push({ resolve, reject, signal })),
  );
  return { loadUser, waiting };
}

function failing(status: number): Error {
  return Object.assign(new Error('no'), { response: { status } });
}

describe('a session that loads its user', () => {
  it('gives the profile to whoever signs in, and shows it in the state', async () => {
    const { session } = createWorld({ loadUser: async () => ({ name: 'Alice' }) } as never);
    expect(await session.signIn(ALICE)).toEqual({ name: 'Alice' });
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { name: 'Alice' } });
  });

  it('has the claims and a client that is attached to the session', async () => {
    const world = createWorld({
      loadUser: async ({ claims }: { claims: { sub: string } }) => {
        const { data } = await world.api.get('/me');
        return { name: claims.sub, from: data.url };
      },
    } as never);
    expect(await world.session.signIn(ALICE)).toEqual({ name: 'alice', from: 'https://api.example.com/me' });
    expect(world.seen[0]?.authorization).toMatch(/^Bearer /);
  });

  it('is signed in without a user until the profile is there, also after a reload', async () => {
    const { loadUser, waiting } = createProfiles();
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE);
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: undefined });
    waiting[0]?.resolve({ name: 'Alice' });
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { name: 'Alice' } });
  });

  it('never shows the profile of the user before, however late it comes', async () => {
    const { loadUser, waiting } = createProfiles();
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE).catch(() => {});
    await clock.advance(0);
    void session.signIn(BOB).catch(() => {});
    await clock.advance(0);
    expect(waiting[0]?.signal.aborted).toBe(true);
    waiting[0]?.resolve({ name: 'Alice' });
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: undefined });
    waiting[1]?.resolve({ name: 'Bob' });
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ user: { name: 'Bob' } });
  });

  it('keeps the profile over refreshes, and loads it again when the app refreshes', async () => {
    let version = 1;
    const loadUser = vi.fn(async () => ({ name: `Alice ${version}` }));
    const { session, api, clock } = createWorld({ loadUser } as never);
    await session.signIn(ALICE);
    await clock.advance(290_000);
    await api.get('/a');
    await clock.advance(0);
    expect(loadUser).toHaveBeenCalledTimes(1);
    expect(session.getState()).toMatchObject({ user: { name: 'Alice 1' } });
    version = 2;
    await session.refresh();
    expect(session.getState()).toMatchObject({ user: { name: 'Alice 2' } });
  });

  it('goes on asking after a failure, tells the app, and stays signed in (I5)', async () => {
    const loadUser = vi.fn(async () => ({ name: 'Alice' }));
    loadUser.mockRejectedValueOnce(failing(503)).mockRejectedValueOnce(new TypeError('fetch failed'));
    const { session, clock, events } = createWorld({ loadUser } as never);
    void session.signIn(ALICE);
    await clock.advance(20_000);
    expect(loadUser).toHaveBeenCalledTimes(3);
    expect(events.filter((event) => event === 'diagnostic:user-not-loaded')).toHaveLength(2);
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { name: 'Alice' } });
  });

  it.each([403, 404])('asks no more after a %i, which another try will not change', async (status) => {
    const loadUser = vi.fn().mockRejectedValue(failing(status));
    const { session, clock } = createWorld({ loadUser } as never);
    expect(await session.signIn(ALICE)).toBeUndefined();
    await clock.advance(600_000);
    expect(loadUser).toHaveBeenCalledTimes(1);
    expect(session.getState().status).toBe('signed-in');
  });

  it('keeps the profile while the same user signs in once more, until the new one is there', async () => {
    const { loadUser, waiting } = createProfiles();
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE);
    await clock.advance(0);
    waiting[0]?.resolve({ name: 'Alice' });
    await clock.advance(0);
    void session.signIn(ALICE);
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ user: { name: 'Alice' } });
    waiting[1]?.resolve({ name: 'Alice II' });
    await clock.advance(0);
    expect(session.getState()).toMatchObject({ user: { name: 'Alice II' } });
  });

  it.each([401, 408, 425, 429, 500])('asks again after a %i, which may be over soon', async (status) => {
    const loadUser = vi.fn(async () => ({ name: 'Alice' }));
    loadUser.mockRejectedValueOnce(failing(status));
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE);
    await clock.advance(1000);
    expect(loadUser).toHaveBeenCalledTimes(2);
  });

  it('lets a sign-in go on after the patience of a request, when the profile hangs', async () => {
    const { loadUser } = createProfiles();
    const { session, clock } = createWorld({ loadUser } as never);
    const signedIn = session.signIn(ALICE);
    await clock.advance(10_001);
    expect(await signedIn).toBeUndefined();
  });

  it('stops asking with the session, and with dispose (C48)', async () => {
    const { loadUser, waiting } = createProfiles();
    const { session, clock } = createWorld({ loadUser } as never);
    void session.signIn(ALICE).catch(() => {});
    await clock.advance(0);
    await session.signOut();
    expect(waiting[0]?.signal.aborted).toBe(true);
    void session.signIn(ALICE).catch(() => {});
    await clock.advance(0);
    session.dispose();
    expect(waiting[1]?.signal.aborted).toBe(true);
  });

  it('has no token of what loadUser threw in a diagnostic (LOG-1)', async () => {
    const texts: string[] = [];
    const loadUser = vi.fn(async () => ({ name: 'Alice' }));
    const { session, clock } = createWorld({ loadUser } as never);
    session.on('diagnostic', ({ message }) => texts.push(message));
    loadUser.mockImplementationOnce(async () => {
      throw new Error(`GET /me with ${await session.getAccessToken()}`);
    });
    void session.signIn(ALICE);
    await clock.advance(5000);
    expect(texts.join()).toMatch(/loadUser failed/);
    expect(texts.join()).not.toContain(await session.getAccessToken());
  });

  it('that is reloaded in one tab is reloaded in all', async () => {
    let version = 1;
    const loadUser = async () => ({ name: `Alice ${version}` });
    const world = createTabsWorld({ session: { loadUser } as never });
    const one = world.openTab();
    await world.until(one.session.signIn(ALICE));
    const two = world.openTab();
    await world.until(two.session.ready);
    await world.settle();
    version = 2;
    expect(await world.until(one.session.reloadUser())).toEqual({ name: 'Alice 2' });
    await world.settle();
    expect(two.session.getState()).toMatchObject({ user: { name: 'Alice 2' } });
  });
});

describe('a session without loadUser', () => {
  it('shows new claims after a refresh, and after reloadUser', async () => {
    const { session, backend } = createWorld();
    const before = await session.signIn(ALICE);
    const after = await session.reloadUser();
    expect(backend.calls.refresh).toBe(1);
    expect(after).toMatchObject({ sub: 'alice' });
    expect(after.jti).not.toBe(before.jti);
  });
});

describe('onClear', () => {
  it('is called before signed-out is told, once for each end, with its reason (OUT-8)', async () => {
    const calls: string[] = [];
    const { session, backend } = createWorld({ onClear: (reason) => void calls.push(`clear ${reason}`) });
    session.on('signed-out', ({ reason }) => calls.push(`signed-out ${reason}`));
    await session.signIn(ALICE);
    await session.signOut();
    await session.signIn(ALICE);
    await session.signIn(BOB);
    backend.revokeAll();
    await session.refresh().catch(() => {});
    expect(calls).toEqual(['clear user', 'signed-out user', 'clear user-switched', 'signed-out user-switched']);
  });

  it('that throws, or rejects, changes nothing', async () => {
    const thrown = vi.fn();
    vi.stubGlobal('reportError', thrown);
    const { session, events } = createWorld({
      onClear: async () => {
        throw new Error('the cache is gone');
      },
    });
    const told: string[] = [];
    session.on('diagnostic', ({ message }) => told.push(message));
    await session.signIn(ALICE);
    await session.signOut();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(events).toContain('signed-out:user');
    expect(thrown).toHaveBeenCalledTimes(1);
    expect(told).toEqual(['onClear threw.']);
  });
});
