import axios from 'axios';
import { createSession, memoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ALICE, API, createWorld, type World, type WorldOptions } from '../support/world.ts';

const LIFETIME = 300_000;

/** A world whose `backend.refresh` is another one; the rest of the backend stays. */
function worldWith(
  refresh: (world: World) => Promise<unknown>,
  endpoints: readonly string[] = [],
  options: WorldOptions = {},
): World {
  const world = createWorld(options);
  // The session's backend is this very object, so what is put on it is what the session calls.
  Object.assign(world.backend, {
    endpoints,
    refresh: () => {
      world.backend.calls.refresh += 1;
      return refresh(world);
    },
  });
  return world;
}

/** Tokens that the fake resource server takes, asked for through the app's own client. */
async function newTokens({ backend }: World) {
  const tokens = await backend.signIn?.(ALICE, undefined as never);
  return { ...tokens };
}

describe('a refresh that goes wrong', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ['before an await', false],
    ['after an await', true],
  ])('may call its declared endpoint through the attached client itself, %s (C7)', async (_, isLate) => {
    const world = worldWith(
      async (self) => {
        if (isLate) await Promise.resolve();
        await self.api.post('/auth/refresh', { a: 1 }, { validateStatus: () => true });
        return newTokens(self);
      },
      [`${API}/auth/refresh`],
    );
    await world.session.signIn(ALICE);
    await world.clock.advance(LIFETIME);

    expect((await world.api.get('/me')).status).toBe(200);
    expect(world.seen.map(({ url, authorization }) => [url, authorization === undefined])).toEqual([
      [`${API}/auth/refresh`, true],
      [`${API}/me`, false],
    ]);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it('says so when it waits for itself on a URL that it did not declare, and leaves the client usable (C7)', async () => {
    let isSelfish = true;
    const world = worldWith(async (self) => {
      if (isSelfish) await self.api.post('/auth/refresh');
      return newTokens(self);
    });
    await world.session.signIn(ALICE);
    await world.clock.advance(LIFETIME);
    const waiting = expect(world.api.get('/me')).rejects.toMatchObject({ code: 'auth-unavailable' });
    await world.clock.advance(30_000);

    await waiting;
    expect(world.events).toContain('diagnostic:refresh-stuck');
    expect(world.session.getState().status).toBe('signed-in');
    isSelfish = false;
    // The first failure, after 10 seconds, held the next refresh back for a second at most.
    expect((await world.api.get('/me')).status).toBe(200);
  });

  it.each([
    [
      'throws at once',
      () => {
        throw new Error('at once');
      },
    ],
    ['gives no promise and no tokens', () => 'nonsense' as never],
    ['gives nothing', () => undefined as never],
    ['never settles', () => new Promise<never>(() => {})],
  ])('leaves the client usable when it %s (C8)', async (_, misbehave: () => Promise<never>) => {
    let misbehaves = true;
    const world = worldWith((self) => (misbehaves ? misbehave() : newTokens(self)));
    await world.session.signIn(ALICE);
    await world.clock.advance(LIFETIME);
    const waiting = expect(world.api.get('/me')).rejects.toMatchObject({ code: 'auth-unavailable' });
    await world.clock.advance(30_000);
    await waiting;
    misbehaves = false;
    // Longer than any backoff of tokens with this life.
    await world.clock.advance(LIFETIME / 3);

    expect((await world.api.get('/me')).status).toBe(200);
    expect(world.events).not.toContain('signed-out:refresh-rejected');
  });

  it('rejects every waiter that has no patience for the next with a typed error that keeps its cause, and none hangs (C9)', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const cause = new TypeError('Failed to fetch');
    const world = worldWith(() => Promise.reject(cause), [], { patience: 400 });
    await world.session.signIn(ALICE);
    await world.clock.advance(LIFETIME);
    const waiters = [0, 1, 2].flatMap((index) => [world.api.get(`/${index}`), world.fetch(`${API}/${index}`)]);
    const outcomes = await Promise.allSettled(waiters);

    for (const outcome of outcomes) {
      const reason = { code: 'auth-unavailable', cause, retryAfter: 500 };
      expect(outcome).toMatchObject({ status: 'rejected', reason });
      expect(axios.isCancel('reason' in outcome ? outcome.reason : undefined)).toBe(false);
    }
    expect(world.backend.calls.refresh).toBe(1);
    expect(world.seen).toHaveLength(0);
  });

  it('gives every refused request the server’s own refusal when the refresh fails for longer than it waits (C9)', async () => {
    const world = worldWith(() => Promise.reject(new TypeError('Failed to fetch')));
    await world.session.signIn(ALICE);
    world.backend.expireAll();
    const outcomes = Promise.allSettled([world.api.get('/0'), world.api.get('/1')]);
    const fetched = world.fetch(`${API}/2`);
    await world.clock.advance(10_000);

    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: { isAxiosError: true, status: 401 } });
    expect((await fetched).status).toBe(401);
    // None is sent twice with the same token.
    expect(world.seen).toHaveLength(3);
    expect(world.session.getState().status).toBe('signed-in');
  });

  it('does not refresh on every request when the token lives shorter than the window (C10)', async () => {
    const world = createWorld({ refreshWindow: 60_000, backendOptions: { lifetime: 20_000 } });
    await world.session.signIn(ALICE);
    for (let request = 0; request < 50; request += 1) await world.api.get('/');
    expect(world.backend.calls.refresh).toBe(0);
    for (let second = 0; second < 20; second += 1) {
      await world.clock.advance(1000);
      await world.api.get('/');
    }

    expect(world.backend.calls.refresh).toBeLessThanOrEqual(4);
    expect(world.seen.every(({ authorization }) => authorization !== undefined)).toBe(true);
  });

  it.each([
    ['30 days', 30],
    ['10 years', 3650],
  ])('fires no timer at once for an expiry in %s (C11)', async (_, days) => {
    // Not the one that the database of the tests works by.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
    const delays: number[] = [];
    const setTimer = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((callback: () => void, delay: number) => {
      delays.push(delay);
      return setTimer(callback, delay);
    }) as typeof setTimeout);
    const lifetime = days * 86_400_000;
    const refresh = vi.fn();
    // Without a refresh token the session arms a timer for its end; with one, requests look at the time.
    for (const refreshToken of [undefined, 'r']) {
      const session = createSession({ backend: { refresh }, store: memoryStore(), name: `long-${days}` });
      await session.signInWithTokens({ accessToken: 'opaque', lifetime, ...(refreshToken && { refreshToken }) });
      const api = axios.create({ baseURL: API, adapter: async (config) => reply(config) });
      attachSession(api, session);
      await vi.advanceTimersByTimeAsync(60_000);
      await api.get('/');
      expect(session.getState().status).toBe('signed-in');
      session.dispose();
    }

    expect(refresh).not.toHaveBeenCalled();
    expect(delays.every((delay) => delay <= 2 ** 31 - 1)).toBe(true);
  });
});

function reply(config: Parameters<typeof axios.getUri>[0]) {
  return { status: 200, statusText: '', headers: {}, config: config as never, data: '' };
}
