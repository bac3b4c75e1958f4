import { memoryStore } from 'latchkey';
import { describe, expect, it, vi } from 'vitest';
import { ALICE, createWorld } from '../support/world.ts';

const TYPES = ['signed-in', 'refreshed', 'refresh-failed', 'expiring', 'signed-out', 'diagnostic'] as const;

describe('signed-in', () => {
  it('is told on a change of identity only: never on a restore, a refresh or a second sign-in (C38)', async () => {
    const store = memoryStore();
    const first = createWorld({ store });
    await first.session.signIn(ALICE);
    await first.session.refresh();
    await first.session.signIn(ALICE);
    expect(first.events.filter((event) => event === 'signed-in')).toHaveLength(1);
    first.session.dispose();
    const restored = createWorld({ store });
    await restored.session.ready;
    expect(restored.session.getState().status).toBe('signed-in');
    expect(restored.events).toEqual([]);
  });
});

describe('signed-out', () => {
  it('is told once for each end, whoever else asks meanwhile, and never on a first visit (C38, EVT-2)', async () => {
    const { session, backend, clock, api, events } = createWorld();
    await session.ready;
    expect(events).toEqual([]);
    await session.signIn(ALICE);
    backend.revokeAll();
    await clock.advance(300_000);
    await Promise.allSettled([api.get('/1'), api.get('/2'), session.getAccessToken(), session.refresh()]);
    await session.signOut();
    expect(events).toEqual(['signed-in', 'signed-out:refresh-rejected']);
  });
});

describe('a listener', () => {
  it.each([undefined, null, 'signed-out'])('that is none is refused at once: %s', (listener) => {
    const { session } = createWorld();
    expect(() => session.on('signed-out', listener as never)).toThrow(new TypeError('A listener must be a function.'));
    expect(() => session.subscribe(listener as never)).toThrow(TypeError);
  });

  it.each(TYPES)('of %s that throws changes nothing for anybody else (C39, EVT-3)', async (type) => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const { session, backend, clock, events } = createWorld();
    const listener = vi.fn(() => {
      throw new Error('bug in the app');
    });
    session.on(type, listener);
    const after = vi.fn();
    session.on(type, after);
    await session.signIn(ALICE);
    await session.refresh();
    backend.onRefresh(async () => {
      throw new Error('down');
    });
    await expect(session.refresh()).rejects.toMatchObject({ code: 'auth-unavailable' });
    backend.onRefresh(undefined);
    backend.revokeAll();
    // The first failure holds the next refresh back for a second at most.
    await clock.advance(1000);
    await session.refresh();
    backend.revoke = () => Promise.reject(new Error('500'));
    await clock.advance(300_000);
    await session.signIn(ALICE);
    await session.signOut();
    expect(listener).toHaveBeenCalled();
    expect(after).toHaveBeenCalledTimes(listener.mock.calls.length);
    // A listener of diagnostics that throws is told to the page, and not to itself for ever.
    expect(reported.length).toBeGreaterThanOrEqual(listener.mock.calls.length - 1);
    expect(events.filter((event) => event.startsWith('signed'))).toEqual([
      'signed-in',
      'signed-out:refresh-rejected',
      'signed-in',
      'signed-out:user',
    ]);
  });

  it('that is async and rejects is told to the page, too', async () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const { session, events } = createWorld();
    session.on('signed-in', async () => {
      throw new Error('later');
    });
    await session.signIn(ALICE);
    await vi.waitFor(() => expect(reported).toHaveBeenCalledOnce());
    expect(events).toContain('diagnostic:listener-failed');
  });

  it('may ask for a token, refresh, sign out or sign in, and wait for it (C39)', async () => {
    const { session, clock, events } = createWorld();
    const done: string[] = [];
    session.on('signed-in', async () => {
      await session.getAccessToken();
      done.push('token');
    });
    const stop = session.on('refreshed', async () => {
      stop();
      await session.getAccessToken();
      await session.refresh();
      await session.signOut();
      done.push('out');
    });
    const again = session.on('signed-out', async () => {
      again();
      await session.signIn(ALICE);
      done.push('in');
    });
    await session.signIn(ALICE);
    await session.refresh();
    await clock.advance(0);
    expect(done.sort()).toEqual(['in', 'out', 'token', 'token']);
    expect(session.getState().status).toBe('signed-in');
    expect(events.filter((event) => event.startsWith('signed'))).toEqual(['signed-in', 'signed-out:user', 'signed-in']);
  });

  it('is called under no lock: one that waits for a refresh does not stop that refresh (EVT-3)', async () => {
    const { session, clock } = createWorld();
    const states: string[] = [];
    session.subscribe(() => {
      states.push(session.getState().status);
      void session.getAccessToken().catch(() => {});
    });
    await session.signIn(ALICE);
    await clock.advance(300_000);
    await session.getAccessToken();
    expect(states).toEqual(['signed-out', 'signed-in', 'signed-in']);
  });

  it('is not told any more once it is taken off, and the same one may be put on twice', async () => {
    const { session } = createWorld();
    const listener = vi.fn();
    const [first, second] = [session.on('signed-in', listener), session.on('signed-in', listener)];
    first();
    first();
    await session.signIn(ALICE);
    expect(listener).toHaveBeenCalledTimes(1);
    second();
    await session.signOut();
    await session.signIn(ALICE);
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe('the state', () => {
  it('is the same object until something changes, and cannot be written to', async () => {
    const { session } = createWorld();
    await session.signIn(ALICE);
    const state = session.getState();
    await session.getAccessToken();
    expect(session.getState()).toBe(state);
    expect(Object.isFrozen(state)).toBe(true);
    await session.refresh();
    expect(session.getState()).not.toBe(state);
  });
});

describe('events', () => {
  it('carry no token (EVT-1)', async () => {
    const { session, backend, clock } = createWorld();
    const told: unknown[] = [];
    for (const type of TYPES) session.on(type, (event) => told.push(event));
    await session.signIn(ALICE);
    const tokens = [await session.getAccessToken()];
    await session.refresh();
    tokens.push(await session.getAccessToken());
    backend.revokeAll();
    await clock.advance(300_000);
    await session.getAccessToken().catch(() => {});
    expect(told.length).toBeGreaterThan(2);
    for (const token of tokens) expect(JSON.stringify(told)).not.toContain(token);
    expect(JSON.stringify(told)).not.toContain('refresh-1');
  });
});
