import { customStore, memoryStore } from 'latchkey';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld, holdRefresh } from '../support/world.ts';

describe('signing out', () => {
  it('has its effect before anything is awaited: state, store, token (OUT-1)', async () => {
    const store = memoryStore();
    const { session, events } = createWorld({ store });
    await session.signIn(ALICE);
    const done = session.signOut();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(store.load('default')).toBeUndefined();
    expect(events).toEqual(['signed-in', 'signed-out:user']);
    await expect(session.getAccessToken()).rejects.toMatchObject({ code: 'signed-out' });
    await done;
  });

  it('revokes the session on the server', async () => {
    const { session, backend } = createWorld();
    await session.signIn(ALICE);
    const token = await session.getAccessToken();
    await session.signOut();
    expect(backend.calls.revoke).toBe(1);
    expect(backend.accepts(`Bearer ${token}`)).toBe(false);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('500')), 'diagnostic:revoke-failed'],
    [
      'throws',
      () => {
        throw new Error('bug');
      },
      'diagnostic:revoke-failed',
    ],
    ['never answers', () => new Promise<void>(() => {}), 'diagnostic:revoke-failed'],
  ])('stands when the revocation %s, and never rejects (C37)', async (_, revoke, diagnostic) => {
    const { session, backend, clock, events } = createWorld();
    await session.signIn(ALICE);
    backend.revoke = revoke;
    const done = session.signOut();
    await clock.advance(5000);
    await expect(done).resolves.toBeUndefined();
    expect(events).toEqual(['signed-in', 'signed-out:user', diagnostic]);
    expect(session.getState().status).toBe('signed-out');
  });

  it.each([
    ['null', null],
    ['the event of a click', { type: 'click' }],
    ['an object that inherits everywhere (PPL-1)', Object.create({ everywhere: true })],
  ])('happens here whatever is handed to it: %s', async (_, options) => {
    const { session, backend } = createWorld();
    await session.signIn(ALICE);
    const asked = vi.spyOn(backend, 'revoke');
    await session.signOut(options);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    expect(asked.mock.calls.map(([, , why]) => why.everywhere)).toEqual([false]);
  });

  it('works with a token that has expired (C37)', async () => {
    const { session, backend, clock } = createWorld();
    await session.signIn(ALICE);
    await clock.advance(300_000);
    await session.signOut();
    expect(backend.calls).toMatchObject({ refresh: 0, revoke: 1 });
  });

  it('twice, or when nobody is signed in, is one sign-out and one event at most (EVT-2)', async () => {
    const { session, events } = createWorld();
    await session.ready;
    await session.signOut();
    expect(events).toEqual([]);
    expect(session.getState()).toEqual({ status: 'signed-out' });
    await session.signIn(ALICE);
    await Promise.all([session.signOut(), session.signOut()]);
    expect(events).toEqual(['signed-in', 'signed-out:user']);
  });

  it('during a refresh: the late tokens are not stored, not announced, and revoked (C34)', async () => {
    const store = memoryStore();
    const { session, backend, clock, events } = createWorld({ store });
    await session.signIn(ALICE);
    const answer = holdRefresh(backend);
    await clock.advance(300_000);
    const waiting = session.getAccessToken();
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'signed-out', reason: 'user' });
    await clock.advance(0);
    // The revocation of the old token must not spoil the answer that is under way.
    backend.revoke = vi.fn(async () => {});
    void session.signOut();
    await rejected;
    answer();
    await clock.advance(0);
    expect(store.load('default')).toBeUndefined();
    expect(events).toEqual(['signed-in', 'signed-out:user']);
    expect(
      vi.mocked(backend.revoke as NonNullable<typeof backend.revoke>).mock.calls.map(([record]) => record.generation),
    ).toEqual([1, 2]);
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
  });

  it('with ten requests queued for a refresh rejects all ten and sends none (U2)', async () => {
    const { session, backend, clock, api, seen } = createWorld();
    await session.signIn(ALICE);
    backend.onRefresh(() => new Promise(() => {}));
    await clock.advance(300_000);
    const queued = Promise.allSettled(Array.from({ length: 10 }, (_, index) => api.get(`/${index}`)));
    await clock.advance(0);
    void session.signOut();
    for (const result of await queued) expect(result).toMatchObject({ reason: { code: 'signed-out', reason: 'user' } });
    expect(seen).toEqual([]);
  });

  it('while the stored session is still being restored leaves nothing of it', async () => {
    const kept = new Map<string, unknown>();
    const store = customStore({
      load: async (name) => kept.get(name),
      save: async (name, record) => {
        kept.set(name, record);
      },
      clear: async (name) => {
        kept.delete(name);
      },
    });
    const first = createWorld({ store });
    await first.session.signIn(ALICE);
    expect(kept.size).toBe(1);
    const second = createWorld({ store });
    await second.session.signOut();
    await second.session.ready;
    expect(kept.size).toBe(0);
    expect(second.session.getState().status).toBe('signed-out');
    expect(second.events).toEqual([]);
  });

  it('during the save of an asynchronous store is not undone by it (I3)', async () => {
    const kept = new Map<string, unknown>();
    let finishSave = (): void => {};
    const store = customStore({
      load: async (name) => kept.get(name),
      save: (name, record) =>
        new Promise<void>((resolve) => {
          finishSave = () => {
            kept.set(name, record);
            resolve();
          };
        }),
      clear: async (name) => {
        kept.delete(name);
      },
    });
    const { session, clock } = createWorld({ store });
    const signingIn = session.signIn(ALICE);
    const overtaken = expect(signingIn).rejects.toMatchObject({ code: 'signed-out' });
    await clock.advance(0);
    const out = session.signOut();
    await clock.advance(0);
    finishSave();
    await Promise.all([overtaken, out]);
    await clock.advance(0);
    expect(kept.size).toBe(0);
    expect(session.getState().status).toBe('signed-out');
  });
});
