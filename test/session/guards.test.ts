import { customStore, memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB, createWorld, holdRefresh } from '../support/world.ts';

describe('signing in', () => {
  it('overtaken while an asynchronous store still saves is rejected, and not as the next user (U1)', async () => {
    const saves: (() => void)[] = [];
    const save = (): Promise<void> => new Promise((resolve) => saves.push(resolve));
    const store = customStore({ load: () => undefined, save, clear() {} });
    const { session, clock } = createWorld({ store });
    const alice = expect(session.signIn(ALICE)).rejects.toMatchObject({ code: 'session-changed' });
    await clock.advance(0);
    const bob = session.signIn(BOB);
    await clock.advance(0);
    for (let turn = 0; turn < 3; turn += 1) {
      for (const done of saves) done();
      await clock.advance(0);
    }
    await alice;
    expect((await bob).sub).toBe('bob');
  });
});

describe('signing out', () => {
  it('revokes what the store shows, too, and nothing twice (OUT-4)', async () => {
    const store = memoryStore();
    const { session, backend } = createWorld({ store });
    await session.signIn(ALICE);
    void store.save('default', { ...(store.load('default') as SessionRecord), generation: 2 });
    await session.signOut();
    expect(backend.calls.revoke).toBe(2);
  });
});

describe('a store that somebody else writes, where tabs have no database to agree by', () => {
  beforeEach(() => {
    vi.stubGlobal('indexedDB', undefined);
  });

  function sharedStore(): TokenStore & { write(record: SessionRecord | undefined): void } {
    const memory = memoryStore();
    let tell = (): void => {};
    return {
      ...memory,
      scope: 'origin',
      subscribe(_name, listener) {
        tell = listener;
        return () => {};
      },
      write(record) {
        if (record) void memory.save('default', record);
        else void memory.clear('default');
        tell();
      },
    };
  }

  it('and empties ends the session, and says why', async () => {
    const store = sharedStore();
    const { session, events, clock } = createWorld({ store });
    await session.signIn(ALICE);
    store.write(undefined);
    await clock.advance(300);
    await vi.waitFor(() =>
      expect(events).toEqual(['diagnostic:tabs-uncoordinated', 'signed-in', 'signed-out:storage-cleared']),
    );
  });

  it('with another user’s session ends this one, and leaves theirs (SES-4)', async () => {
    const store = sharedStore();
    const { session, events } = createWorld({ store });
    await session.signIn(ALICE);
    const theirs = { ...(store.load('default') as SessionRecord), sessionId: 'theirs', subject: 'bob' };
    store.write(theirs);
    await vi.waitFor(() =>
      expect(events).toEqual(['diagnostic:tabs-uncoordinated', 'signed-in', 'signed-out:user-switched']),
    );
    expect(store.load('default')).toBe(theirs);
  });

  it('with another session of the same user is taken up without a word; of nobody known it is not (SES-4)', async () => {
    const store = sharedStore();
    const { session, events } = createWorld({ store });
    await session.signIn(ALICE);
    const mine = store.load('default') as SessionRecord;
    const tokens = { ...mine.tokens, accessToken: 'theirs' };
    store.write({ ...mine, sessionId: 'second', tokens });
    await vi.waitFor(async () => expect(await session.getAccessToken()).toBe('theirs'));
    expect(events).toEqual(['diagnostic:tabs-uncoordinated', 'signed-in']);
    store.write({ ...mine, sessionId: 'third', subject: undefined });
    await vi.waitFor(() =>
      expect(events).toEqual(['diagnostic:tabs-uncoordinated', 'signed-in', 'signed-out:user-switched']),
    );
  });

  it('is not taken for the same user because nobody knows who either is (SES-4)', async () => {
    const store = sharedStore();
    const { session, events } = createWorld({ store });
    await session.signInWithTokens({ accessToken: 'opaque' });
    store.write({ ...(store.load('default') as SessionRecord), sessionId: 'theirs' });
    await vi.waitFor(() =>
      expect(events).toEqual(['diagnostic:tabs-uncoordinated', 'signed-in', 'signed-out:user-switched']),
    );
  });
});

describe('a disposed session', () => {
  it('lets no sign-in that was under way be installed, and waits for none (C48)', async () => {
    const store = memoryStore();
    const { session, backend } = createWorld({ store });
    const signingIn = expect(session.signIn(ALICE)).rejects.toMatchObject({ code: 'auth-unavailable' });
    session.dispose();
    await signingIn;
    expect(store.load('default')).toBeUndefined();
    expect(backend.calls.revoke).toBe(0);
  });

  it('takes up nothing that was still being restored (C48)', async () => {
    const store = memoryStore();
    await createWorld({ store }).session.signIn(ALICE);
    const { session } = createWorld({ store: customStore(store) });
    session.dispose();
    await session.ready;
    expect(session.getState()).toEqual({ status: 'restoring' });
  });
});

describe('signing in while a refresh is under way', () => {
  it('as the same user is not ended by the rejection of the older token (C34)', async () => {
    const { session, backend, clock, events } = createWorld();
    await session.signIn(ALICE);
    const answer = holdRefresh(backend);
    await clock.advance(300_000);
    const refreshed = session.refresh();
    await clock.advance(0);
    backend.revokeAll();
    await session.signIn(ALICE);
    answer();
    await refreshed;
    expect(session.getState().status).toBe('signed-in');
    expect(events.filter((event) => event.startsWith('signed'))).toEqual(['signed-in']);
  });
});

describe('a token', () => {
  it('is as old as the clock says that has it older: the other one stood still (T5)', async () => {
    const { session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    clock.step(300_000);
    await session.getAccessToken();
    expect(backend.calls.refresh).toBe(1);
  });

  it('is sent by nobody while the server is still asked whether it is good (C42)', async () => {
    const store = memoryStore();
    await createWorld({ store }).session.signIn(ALICE);
    const { api, backend, clock, seen } = createWorld({ store, restore: 'verify' });
    backend.onRefresh(() => new Promise(() => {}));
    await clock.advance(0);
    void api.get('/early').catch(() => {});
    await clock.advance(0);
    expect(seen).toEqual([]);
  });
});

describe('a backend', () => {
  it('that hangs in a refresh is told of, and its session stays (ROT-5)', async () => {
    const { session, backend, clock, events } = createWorld();
    await session.signIn(ALICE);
    const armed = clock.pending();
    backend.onRefresh(() => new Promise(() => {}));
    const hanging = expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(29_999);
    expect(events).toEqual(['signed-in']);
    await clock.advance(1);
    await hanging;
    expect([...events].sort()).toEqual(['diagnostic:refresh-stuck', 'refresh-failed', 'signed-in']);
    expect(session.getState().status).toBe('signed-in');
    // The next refresh ahead of expiry, as before, and nothing else.
    expect([armed, clock.pending()]).toEqual([1, 1]);
  });
});
