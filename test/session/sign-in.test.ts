import {
  createSession,
  customStore,
  memoryStore,
  RefreshRejectedError,
  type SessionRecord,
  SignInRejectedError,
} from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, BOB, createWorld, holdRefresh } from '../support/world.ts';

describe('signing in', () => {
  it('gives the user and shows it in the state', async () => {
    const { session } = createWorld();
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out' });
    const user = await session.signIn(ALICE);
    expect(user.sub).toBe('alice');
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
  });

  it('with a wrong password throws SignInRejectedError and changes nothing', async () => {
    const { session, events } = createWorld();
    await session.signIn(ALICE);
    const before = session.getState();
    await expect(session.signIn({ ...ALICE, password: 'no' })).rejects.toBeInstanceOf(SignInRejectedError);
    expect(session.getState()).toBe(before);
    expect(events).toEqual(['signed-in']);
  });

  it('without a verdict throws AuthUnavailableError, also when the server never answers', async () => {
    const clock = createFakeClock();
    const backend = createFakeBackend();
    const session = createSession({ backend, store: memoryStore(), clock });
    backend.signIn = () => new Promise(() => {});
    const hanging = expect(session.signIn(ALICE)).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(30_000);
    await hanging;
    backend.signIn = () => {
      throw new RangeError('bug');
    };
    await expect(session.signIn(ALICE)).rejects.toMatchObject({ code: 'auth-unavailable', cause: { message: 'bug' } });
  });

  it('with an answer that has no tokens throws TokenResponseError', async () => {
    const { session, backend } = createWorld();
    backend.signIn = async () => ({});
    await expect(session.signIn(ALICE)).rejects.toMatchObject({ code: 'token-response' });
    await expect(session.signInWithTokens({ accessToken: 'x', tokenType: 'DPoP' })).rejects.toMatchObject({
      code: 'token-response',
    });
    await session.ready;
    expect(session.getState().status).toBe('signed-out');
  });

  it('that fails during the restore leaves the stored session as it was', async () => {
    const store = memoryStore();
    const { session, backend, clock } = createWorld({ store });
    await session.signIn(ALICE);
    const restored = createSession({ backend, store, clock });
    await expect(restored.signIn({ ...ALICE, password: 'no' })).rejects.toBeInstanceOf(SignInRejectedError);
    await restored.ready;
    expect(restored.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
  });

  it('is not there where the backend has none, and the error names what to call instead', async () => {
    const session = createSession({ backend: {}, store: memoryStore() });
    await expect(session.signIn(undefined as never)).rejects.toThrow(/signInWithTokens/);
  });

  it('twice at once: the later one wins, and the tokens of the earlier one are revoked (U1)', async () => {
    const { session, backend, events } = createWorld();
    const results = await Promise.allSettled([session.signIn(ALICE), session.signIn(BOB)]);
    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'session-changed' } },
      { status: 'fulfilled', value: { sub: 'bob' } },
    ]);
    expect(events).toEqual(['signed-in']);
    await vi.waitFor(() => expect(backend.calls.revoke).toBe(1));
  });

  it('overtaken by a sign-out is rejected, stores nothing and revokes its tokens (OUT-10)', async () => {
    const store = memoryStore();
    const { session, backend, events } = createWorld({ store });
    const signingIn = session.signIn(ALICE);
    await session.signOut();
    await expect(signingIn).rejects.toMatchObject({ code: 'signed-out', reason: 'user' });
    expect(store.load('default')).toBeUndefined();
    expect(events).toEqual([]);
    await vi.waitFor(() => expect(backend.calls.revoke).toBe(1));
  });
});

describe('another user signing in', () => {
  it('ends the first session, tells so, and revokes it (SES-4)', async () => {
    const { session, backend, events } = createWorld();
    await session.signIn(ALICE);
    const token = await session.getAccessToken();
    await session.signIn(BOB);
    expect(events).toEqual(['signed-in', 'signed-out:user-switched', 'signed-in']);
    await vi.waitFor(() => expect(backend.accepts(`Bearer ${token}`)).toBe(false));
  });

  it('rejects what the first one had waiting or under way, and never runs it as the second (C35)', async () => {
    const { session, backend, clock, api, seen, hold } = createWorld();
    await session.signIn(ALICE);
    const release = hold();
    const underWay = api.get('/under-way');
    await clock.advance(0);
    backend.onRefresh(() => new Promise(() => {}));
    backend.expireAll();
    await clock.advance(300_000);
    const waiting = api.post('/waiting', { for: 'alice' });
    const expectations = [
      expect(underWay).rejects.toMatchObject({ code: 'session-changed' }),
      expect(waiting).rejects.toMatchObject({ code: 'session-changed' }),
    ];
    await clock.advance(0);
    await session.signIn(BOB);
    release();
    await Promise.all(expectations);
    expect(seen.map(({ url }) => url)).toEqual(['https://api.example.com/under-way']);
  });
});

describe('the same user signing in again', () => {
  it('is no change of identity: no event, and what waits goes on (C38)', async () => {
    const { session, backend, clock, api, events } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(300_000);
    const answer = holdRefresh(backend);
    const waiting = api.get('/waiting');
    await clock.advance(0);
    await session.signIn(ALICE);
    answer();
    expect((await waiting).status).toBe(200);
    expect((await api.get('/next')).status).toBe(200);
    expect(events.filter((event) => event.startsWith('signed'))).toEqual(['signed-in']);
  });

  it('with tokens got elsewhere keeps the session, too', async () => {
    const { session, backend, events } = createWorld();
    await session.signIn(ALICE);
    await session.signInWithTokens((await backend.signIn?.(ALICE, {} as never)) ?? {});
    expect(events).toEqual(['signed-in']);
  });
});

describe('a slow store', () => {
  it('that still shows the older session of the same user does not bring it back', async () => {
    const kept = new Map<string, SessionRecord>();
    const store = customStore({
      load: async (name) => kept.get(name),
      save: async (name, record) => void kept.set(name, record),
      clear: async (name) => void kept.delete(name),
    });
    const { session, backend, clock } = createWorld({ store });
    await session.signIn(ALICE);
    let reject = (): void => {};
    backend.onRefresh(
      () =>
        new Promise((_, fail) => {
          reject = () => fail(new RefreshRejectedError());
        }),
    );
    const refreshing = session.refresh().catch(() => {});
    await clock.advance(0);
    // The new session waits with its save for the refresh of the old one, which holds the lock.
    const again = session.signIn(ALICE);
    await clock.advance(0);
    reject();
    await Promise.all([refreshing, again]);
    backend.onRefresh(undefined);
    await session.refresh();
    expect(kept.get('default')).toMatchObject({ generation: 2, subject: 'alice' });
    expect(session.getState().status).toBe('signed-in');
  });
});
