import { type Backend, createSession, memoryStore } from 'latchkey';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld, holdRefresh } from '../support/world.ts';

describe('restoring', () => {
  it('makes requests wait for it, and then send the stored token', async () => {
    const store = memoryStore();
    await createWorld({ store }).session.signIn(ALICE);
    const { session, api, seen } = createWorld({ store });
    expect(session.getState()).toEqual({ status: 'restoring' });
    await api.get('/early').catch(() => {});
    expect(seen[0]?.authorization).toMatch(/^Bearer eyJ/);
  });

  it('a session that expired and cannot be renewed says so in the state, and tells no event', async () => {
    const store = memoryStore();
    const first = createWorld({ store });
    await first.session.signInWithTokens({ accessToken: 'opaque', lifetime: 1000 });
    first.session.dispose();
    await first.clock.advance(5000);
    const { session, events } = createWorld({ store, clock: first.clock });
    await session.ready;
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'expired' });
    expect(store.load('default')).toBeUndefined();
    expect(events).toEqual([]);
  });

  describe('with verify', () => {
    async function restoredWith(
      verify: Backend['verify'],
      refresh?: Backend['refresh'],
    ): Promise<ReturnType<typeof createWorld>> {
      const store = memoryStore();
      const first = createWorld({ store });
      await first.session.signIn(ALICE);
      first.session.dispose();
      const backend = { ...first.backend, verify, ...(refresh && { refresh }) } as Backend;
      const session = createSession({ backend, store, clock: first.clock, restore: 'verify' });
      return { ...first, session: session as never };
    }

    it('takes a session that the server accepts', async () => {
      const { session, backend } = await restoredWith(async () => 'accepted');
      await session.ready;
      expect(session.getState().status).toBe('signed-in');
      expect(backend.calls.refresh).toBe(0);
    });

    it('refreshes one whose access token is refused', async () => {
      const { session, backend } = await restoredWith(async () => 'refused');
      await session.ready;
      expect(session.getState().status).toBe('signed-in');
      expect(backend.calls.refresh).toBe(1);
    });

    it('ends one that the server rejects altogether, before anything was shown', async () => {
      const { session, backend } = await restoredWith(async () => 'refused');
      backend.revokeAll();
      const told = vi.fn();
      session.on('signed-out', told);
      await session.ready;
      expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
      expect(told).not.toHaveBeenCalled();
    });

    it('trusts what is stored when the server does not answer, in bounded time (C42)', async () => {
      for (const verify of [() => Promise.reject(new Error('down')), () => new Promise<'accepted'>(() => {})]) {
        const { session, clock } = await restoredWith(verify);
        await clock.advance(10_000);
        await session.ready;
        expect(session.getState().status).toBe('signed-in');
      }
    });
  });
});

describe('dispose', () => {
  it('is idempotent, and leaves no timer behind (C48)', async () => {
    const { session, clock } = createWorld();
    await session.signInWithTokens({ accessToken: 'opaque', lifetime: 60_000 });
    expect(clock.pending()).toBe(1);
    session.dispose();
    session.dispose();
    expect(clock.pending()).toBe(0);
  });

  it('tells nobody anything any more, and signs nobody out (C48)', async () => {
    const store = memoryStore();
    const { session, events } = createWorld({ store });
    await session.signIn(ALICE);
    session.dispose();
    await session.signOut();
    expect(events).toEqual(['signed-in']);
  });

  it('lets no late answer be written, and leaves no waiter hanging (C48)', async () => {
    const store = memoryStore();
    const { session, backend, clock, api } = createWorld({ store });
    await session.signIn(ALICE);
    const stored = store.load('default');
    const answer = holdRefresh(backend);
    await clock.advance(300_000);
    const waiting = expect(api.get('/x')).rejects.toMatchObject({ code: 'auth-unavailable' });
    await clock.advance(0);
    session.dispose();
    await waiting;
    answer();
    await clock.advance(0);
    expect(store.load('default')).toBe(stored);
    expect(clock.pending()).toBe(0);
    await expect(session.getAccessToken()).rejects.toMatchObject({ code: 'auth-unavailable' });
    await expect(session.signIn(ALICE)).rejects.toMatchObject({ code: 'auth-unavailable' });
    await expect(session.reloadUser()).rejects.toMatchObject({ code: 'auth-unavailable' });
  });
});

describe('two sessions', () => {
  it('of different names share nothing (C6)', async () => {
    const store = memoryStore();
    const [one, two] = [createWorld({ store, name: 'one' }), createWorld({ store, name: 'two' })];
    await one.session.signIn(ALICE);
    await two.session.ready;
    expect(two.session.getState()).toEqual({ status: 'signed-out' });
    await two.session.signIn({ username: 'bob', password: 'right' });
    await one.session.signOut();
    expect(two.session.getState().status).toBe('signed-in');
    expect(two.events).toEqual(['signed-in']);
  });
});
