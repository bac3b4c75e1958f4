import axios from 'axios';
import { type Backend, createSession, customStore, memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, API, createWorld, holdRefresh } from '../support/world.ts';

/** An asynchronous store that tells of every write, its own session's too, as an extension's storage does. */
function tellingStore(): { store: TokenStore; kept: Map<string, SessionRecord> } {
  const kept = new Map<string, SessionRecord>();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const store = customStore({
    load: async (name) => kept.get(name),
    save: async (name, record) => {
      kept.set(name, record);
      tell();
    },
    clear: async (name) => {
      kept.delete(name);
      tell();
    },
    subscribe(_, listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  return { store, kept };
}

describe('a store that tells of every write', () => {
  it('does not mistake a refresh of this tab for that of another', async () => {
    const { store, kept } = tellingStore();
    const { session, backend, events } = createWorld({ store });
    await session.signIn(ALICE);
    for (let round = 0; round < 3; round += 1) await session.refresh();
    expect(kept.get('default')?.generation).toBe(4);
    expect(backend.calls.revoke).toBe(0);
    expect(events.filter((event) => event.startsWith('signed'))).toEqual(['signed-in']);
  });

  it('does not sign out whoever signs in after a sign-out', async () => {
    const { store, kept } = tellingStore();
    const { session, clock, events } = createWorld({ store });
    await session.signIn(ALICE);
    const out = session.signOut();
    await session.signIn({ username: 'bob', password: 'right' });
    await out;
    await clock.advance(0);
    expect(events).toEqual(['signed-in', 'signed-out:user', 'signed-in']);
    expect(kept.get('default')?.subject).toBe('bob');
  });

  it('that cannot be listened to is a diagnostic, and no error (C42)', async () => {
    const store: TokenStore = {
      ...memoryStore(),
      subscribe() {
        throw new Error('no events here');
      },
    };
    const { session, clock, events } = createWorld({ store });
    await session.signIn(ALICE);
    await clock.advance(0);
    expect(events).toEqual(['diagnostic:store-failed', 'signed-in']);
    expect(() => session.dispose()).not.toThrow();
  });
});

describe('the subject', () => {
  it('that a sign-in names is not compared with what a token calls the user', async () => {
    const { session, backend, events } = createWorld();
    const tokens = await backend.signIn?.(ALICE, {} as never);
    await session.signInWithTokens({ ...tokens, subject: 'user-17' });
    await session.refresh();
    expect(events).toEqual(['signed-in', 'refreshed']);
  });
});

describe('a device clock that was set back', () => {
  it('does not end a stored session that cannot be renewed (C44)', async () => {
    const store = memoryStore();
    const clock = createFakeClock();
    const first = createSession({ backend: {}, store, clock });
    await first.signInWithTokens({ accessToken: 'opaque', lifetime: 60_000 });
    first.dispose();
    clock.step(-5000);
    const second = createSession({ backend: {}, store, clock });
    await second.ready;
    expect(second.getState().status).toBe('signed-in');
  });
});

describe('dispose during a refresh', () => {
  it.each([
    ['synchronous', memoryStore],
    ['asynchronous', () => tellingStore().store],
  ])('signs nobody out: a %s store keeps its record, and nothing is revoked', async (_, makeStore) => {
    const store = makeStore();
    const { session, backend, clock } = createWorld({ store });
    await session.signIn(ALICE);
    const answer = holdRefresh(backend);
    const refreshing = expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(0);
    session.dispose();
    await refreshing;
    answer();
    await clock.advance(0);
    expect(await store.load('default')).toMatchObject({ generation: 1 });
    expect(backend.calls.revoke).toBe(0);
    expect(clock.pending()).toBe(0);
  });
});

describe('a sign-in', () => {
  it('stands when a later one comes to nothing', async () => {
    const { store } = tellingStore();
    const { session } = createWorld({ store });
    const first = session.signIn(ALICE);
    const second = session.signIn({ ...ALICE, password: 'no' });
    await expect(second).rejects.toMatchObject({ code: 'sign-in-rejected' });
    const [result] = await Promise.allSettled([first]);
    expect(session.getState().status).toBe(result?.status === 'fulfilled' ? 'signed-in' : 'signed-out');
  });
});

describe('a pause after a refusal to answer', () => {
  it('ends with its session', async () => {
    const { session, backend, clock, api } = createWorld({ refreshWindow: { fraction: 0.5 } });
    await session.signIn(ALICE);
    const { AuthUnavailableError } = await import('latchkey');
    backend.onRefresh(async () => {
      throw new AuthUnavailableError('busy', { retryAfter: 3600_000 });
    });
    await session.refresh().catch(() => {});
    backend.onRefresh(undefined);
    await session.signOut();
    await session.signIn(ALICE);
    await clock.advance(200_000);
    await api.get('/x');
    await clock.advance(0);
    expect(backend.calls.refresh).toBe(2);
  });
});

describe('restore with verify', () => {
  it('ends a session that the server refuses and nothing can renew', async () => {
    const store = memoryStore();
    const backend: Backend = { verify: async () => 'refused' };
    const first = createSession({ backend: {}, store });
    await first.signInWithTokens({ accessToken: 'opaque' });
    const second = createSession({ backend, store, restore: 'verify' });
    await second.ready;
    expect(second.getState()).toEqual({ status: 'signed-out', reason: 'expired' });
  });
});

describe('signing out during a restore', () => {
  it('revokes what a slow store held', async () => {
    const { store } = tellingStore();
    const first = createWorld({ store });
    await first.session.signIn(ALICE);
    const second = createSession({ backend: first.backend, store, clock: first.clock });
    await second.signOut();
    await vi.waitFor(() => expect(first.backend.calls.revoke).toBe(1));
  });
});

describe('getAccessToken', () => {
  it('refreshes ahead of expiry, as requests do', async () => {
    const { session, backend, clock } = createWorld({ refreshWindow: { fraction: 0.5 } });
    await session.signIn(ALICE);
    await clock.advance(200_000);
    await session.getAccessToken();
    await clock.advance(0);
    expect(backend.calls.refresh).toBe(1);
  });
});

describe('a token without an issue time', () => {
  it('that was nearly dead when it was handed over does not shorten the life of those after it (C10)', async () => {
    const { session, backend, clock } = createWorld();
    const encode = (claims: object): string => `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, '')}.x`;
    const expiresIn = (time: number): string => encode({ sub: 'alice', exp: (clock.now() + time) / 1000 });
    backend.refresh = async () => ({ accessToken: expiresIn(300_000), refreshToken: 'r' });
    await session.signInWithTokens({ accessToken: expiresIn(2000), refreshToken: 'r' });
    await session.refresh();
    expect(session.getState()).toMatchObject({ tokenExpiresAt: clock.now() + 300_000 });
  });
});

describe('a server that closes an account', () => {
  it('ends the session that it speaks of, and not the one that the same user has opened since', async () => {
    const { session, backend, clock, events, adapter } = createWorld();
    await session.signIn(ALICE);
    let answer = (): void => {};
    const api = axios.create({
      baseURL: API,
      adapter: async (config) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return adapter(config);
      },
    });
    attachSession(api, session, {
      judge: ({ status }) => (status === 401 ? { ended: 'account-disabled' } : undefined),
    });
    backend.expireAll();
    const late = expect(api.get('/late')).rejects.toMatchObject({ response: { status: 401 } });
    await clock.advance(0);
    await session.signIn(ALICE);
    answer();
    await late;
    expect(session.getState().status).toBe('signed-in');
    expect(events).toEqual(['signed-in']);
  });
});
