import { createSession, memoryStore, RefreshRejectedError } from 'latchkey';
import { createFakeBackend, createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { ALICE, API, BOB, createWorld } from '../support/world.ts';

const TYPES = ['signed-in', 'refreshed', 'refresh-failed', 'expiring', 'signed-out', 'diagnostic'] as const;

describe('an event', () => {
  it('has its facts and nothing else: no token, no record, no claim that is secret (EVT-1)', async () => {
    const world = createWorld();
    const keys: Record<string, string[]> = {};
    for (const type of TYPES) world.session.on(type, (event) => Object.assign(keys, { [type]: Object.keys(event) }));
    await world.session.signIn(ALICE);
    await world.session.refresh();
    world.backend.onRefresh(() => Promise.reject(new TypeError('offline')));
    await world.session.refresh().catch(() => undefined);
    // The first failure holds the next refresh back for a second at most.
    await world.clock.advance(1000);
    world.backend.onRefresh(() => Promise.reject(new RefreshRejectedError()));
    await world.session.refresh().catch(() => undefined);
    await world.fetch('https://evil.example/x');
    await world.session.signOut();
    expect(keys).toEqual({
      'signed-in': ['user'],
      refreshed: ['tokenExpiresAt'],
      'refresh-failed': ['error', 'retryAt'],
      expiring: ['cause', 'at'],
      'signed-out': ['reason'],
      diagnostic: ['code', 'message'],
    });
  });

  it.each([
    ['signing out twice', (world: World) => [world.session.signOut(), world.session.signOut()], 'user'],
    ['three 401s of a dead session', threeRefusals, 'refresh-rejected'],
    ['a sign-in as somebody else', (world: World) => [world.session.signIn(BOB)], 'user-switched'],
    [
      'a sign-out while a refresh is rejected',
      (world: World) => {
        world.backend.revokeAll();
        return [world.session.refresh().catch(() => undefined), world.session.signOut()];
      },
      'user',
    ],
  ])('of a session’s end is told once, with its reason: %s (EVT-2)', async (_, end, reason) => {
    const world = createWorld();
    await world.session.signIn(ALICE);
    await Promise.all(end(world));
    expect(world.events.filter((event) => event.startsWith('signed-out'))).toEqual([`signed-out:${reason}`]);
  });

  it.each(TYPES.filter((type) => type !== 'diagnostic'))(
    'of type %s may be heard by one that throws, one that never settles and one that waits for the session (EVT-3)',
    async (type) => {
      const world = createWorld();
      const heard: string[] = [];
      world.session.on(type, () => {
        throw new Error('no');
      });
      world.session.on(type, () => new Promise(() => {}) as never);
      world.session.on(type, async () => {
        await world.session.getAccessToken().catch(() => undefined);
        heard.push('waited');
      });
      world.session.on(type, () => void heard.push('last'));
      await world.session.signIn(ALICE);
      await world.session.refresh();
      world.backend.onRefresh(() => Promise.reject(new TypeError('offline')));
      await world.session.refresh().catch(() => undefined);
      world.backend.onRefresh(undefined);
      world.backend.revokeAll();
      // The first failure holds the next refresh back for a second at most.
      await world.clock.advance(1000);
      await world.session.refresh().catch(() => undefined);
      await world.clock.advance(300_000);
      expect(heard).toContain('last');
      expect(heard).toContain('waited');
      expect(world.session.getState().status).toBe('signed-out');
      expect(world.clock.pending()).toBe(0);
    },
  );

  it('is told outside of the work that it tells of: a listener that never returns to the loop of promises holds up no request (EVT-3)', async () => {
    const world = createWorld();
    await world.session.signIn(ALICE);
    world.session.on('refreshed', () => new Promise(() => {}) as never);
    world.backend.expireAll();
    const answers = await Promise.all([world.api.get('/a'), world.fetch(`${API}/b`), world.api.get('/c')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it('is not told on a first visit, nor when nobody was signed in (EVT-2)', async () => {
    const events: string[] = [];
    const session = createSession({ backend: createFakeBackend(), store: memoryStore(), clock: createFakeClock() });
    for (const type of TYPES) session.on(type, () => events.push(type));
    await session.ready;
    await session.signOut();
    expect(events).toEqual([]);
  });
});

type World = ReturnType<typeof createWorld>;

function threeRefusals(world: World): Promise<unknown>[] {
  world.backend.revokeAll();
  return ['/a', '/b', '/c'].map((path) => world.api.get(path).catch(() => undefined));
}
