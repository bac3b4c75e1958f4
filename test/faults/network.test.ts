// @vitest-environment node
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { type FaultWorld, generationOf, openWorld, outcome, stepsOf, userOf } from './fault-world.ts';
import * as faults from './faults.ts';

/** What a refresh that gives no verdict throws. */
type Unavailable = { readonly code: string; readonly retryAfter: number | undefined };
const failure = (work: Promise<unknown>): Promise<Unavailable> =>
  work.then(
    () => expect.fail('It worked.'),
    (error) => error,
  );

const FAR = 3600_000;

async function goOffline({ is }: FaultWorld): Promise<void> {
  is.online = false;
}

describe('a network', () => {
  it.each([
    ['refuses connections', ({ server }: FaultWorld) => server.down('auth'), 0],
    ['is off, as the device says', goOffline, 0],
    ['breaks each connection', async ({ server }: FaultWorld) => server.every('refresh', faults.lostRequest), 1],
  ])(
    'that %s signs nobody out: a live token works on, and who has none waits as long as they may (N1)',
    async (_, fail, least) => {
      const world = await openWorld();
      const { api, server, clock } = world;
      await fail(world);
      await clock.advance(297_000);
      expect(await outcome(api.get('/live'))).toBe(200);
      await clock.advance(3000);
      const byFetch = world.fetch(`${server.urls.api}/b`);
      const waiting = [api.get('/a'), byFetch, api.get('/c', { timeout: 50 })].map(outcome);
      expect(await Promise.all(waiting)).toEqual(['auth-unavailable', 'auth-unavailable', 'ECONNABORTED']);
      expect(server.count('refresh')).toBeGreaterThanOrEqual(least);
      expect([server.count('api'), userOf(world)]).toEqual([1, 'alice']);
      expect(world.events.filter((event) => event.startsWith('signed-out'))).toEqual([]);

      await server.up('auth');
      world.is.online = true;
      server.every('refresh', undefined);
      await clock.advance(FAR);
      const before = server.count('refresh');
      expect(await outcome(api.get('/again'))).toBe(200);
      expect(server.count('refresh') - before).toBe(1);
    },
  );

  it('that is off, as the device says, is no reason to tell the app of a refresh that is stuck (N1)', async () => {
    const world = await openWorld({ patience: 100 });
    await goOffline(world);
    await world.expire();
    expect(await outcome(world.api.get('/x'))).toBe('auth-unavailable');
    expect(world.events).toEqual([]);
  });

  it.each([
    ['before the body', faults.lostAnswer],
    ['in the middle of the body', faults.halfAnswer],
    ['by an end that nobody notices', faults.truncated],
  ])('that loses the answer %s costs nothing where the server has grace for the last token (N2)', async (_, fault) => {
    const world = await openWorld({ reuse: { grace: 30_000 } });
    await world.expire();
    world.server.next('refresh', fault);
    expect(await outcome(world.api.get('/x'))).toBe(200);
    expect(world.server.seen.filter(({ endpoint }) => endpoint === 'refresh').map((one) => one.generation)).toEqual([
      1, 1,
    ]);
    expect(stepsOf(world).filter((step) => step.startsWith('refresh-sent'))).toEqual([
      'refresh-sent 1',
      'refresh-sent 1, once more',
    ]);
    expect(world.events).toEqual(['refresh-failed', 'refreshed']);
  });

  it.each(['fork', 'family'] as const)(
    'that loses the answer ends the session where the server has none (%s), and the trace says why (N2)',
    async (reuse) => {
      const world = await openWorld({ reuse });
      await world.expire();
      world.server.next('refresh', faults.lostAnswer);
      expect(await outcome(world.api.get('/x'))).toBe('signed-out:refresh-rejected');
      expect(world.server.count('refresh')).toBe(2);
      expect(world.events).toEqual(['refresh-failed', 'signed-out:refresh-rejected']);
      expect(stepsOf(world)).toContainEqual(expect.stringMatching(/^refresh-rejected .*may have been lost/));
    },
  );

  // Node never sends a POST again by itself, as Chromium and Firefox do when a kept-alive connection dies, so the server
  // plays it: it gets one refresh twice, and the page sees the second answer.
  it.each([
    [{ grace: 30_000 }, 200, ['refreshed']],
    ['family', 'signed-out:refresh-rejected', ['signed-out:refresh-rejected']],
  ] as const)(
    'that presents one refresh twice, over %j, is survived with a grace window only (N2b)',
    async (reuse, came, events) => {
      const world = await openWorld({ reuse });
      await world.expire();
      world.server.next('refresh', faults.sentTwice);
      expect(await outcome(world.api.get('/x'))).toBe(came);
      expect(world.server.count('refresh')).toBe(1);
      expect(world.events).toEqual(events);
    },
  );

  it.each(['fork', 'family'] as const)(
    'that loses the request costs nothing (%s): the same token is good (N3)',
    async (reuse) => {
      const world = await openWorld({ reuse });
      await world.expire();
      world.server.next('refresh', faults.lostRequest);
      expect(await outcome(world.api.get('/x'))).toBe(200);
      expect(world.server.count('refresh')).toBe(2);
      expect(generationOf(world)).toBe(2);
      expect(world.events).toEqual(['refresh-failed', 'refreshed']);
    },
  );

  it.each([500, 502, 503, 504])(
    'that answers %i backs off with full jitter, opens the breaker, and signs nobody out (N4)',
    async (status) => {
      const clock = createFakeClock();
      const world = await openWorld({ clock });
      const { session, server } = world;
      server.every('refresh', faults.busy(status));
      const waits: unknown[] = [];
      for (let failures = 1; failures <= 12; failures += 1) {
        world.draw = 1;
        const { code, retryAfter } = await failure(session.refresh());
        waits.push(retryAfter);
        // Held back: this one is not sent.
        expect(await failure(session.refresh())).toMatchObject({ code, retryAfter });
        expect(server.count('refresh')).toBe(failures);
        await clock.advance(retryAfter ?? 0);
      }
      expect(waits.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 100].map((seconds) => seconds * 1000));
      const spans = server.seen.filter(({ endpoint }) => endpoint === 'refresh').map(({ at }) => at);
      expect((spans[10] as number) - (spans[0] as number)).toBeGreaterThanOrEqual(600_000);
      expect(stepsOf(world)).toContain('breaker-opened 3');
      world.draw = 0;
      expect((await failure(session.refresh())).retryAfter).toBe(0);
      expect(userOf(world)).toBe('alice');

      server.every('refresh', undefined);
      await session.refresh();
      expect(generationOf(world)).toBe(2);
      expect(world.events.filter((event) => event.startsWith('signed-out'))).toEqual([]);
    },
  );

  it('that answers 503 to most refreshes is asked 10 times in 10 minutes in vain, also where some succeed (N4, HRD-6)', async () => {
    const world = await openWorld({ clock: createFakeClock() });
    world.draw = 0;
    const nine = Array.from({ length: 9 }, () => faults.busy(503));
    world.server.next('refresh', ...nine, faults.none, ...nine);
    for (let refresh = 0; refresh < 19; refresh += 1) await outcome(world.session.refresh());
    expect(world.server.count('refresh')).toBe(11);
  });

  const inHalfAMinute = new Date(Date.UTC(2030, 0, 1) + 30_000).toUTCString();
  it.each([
    [429, '30', 45_000],
    [503, '30', 45_000],
    [503, inHalfAMinute, 45_000],
    [429, '1000000000', 3600_000],
    [503, 'soon', 500],
    [503, '-5', 500],
    [429, '1e9', 500],
    [429, undefined, 500],
  ])(
    'that answers %i with Retry-After: %s is asked again after that and half as much, by a draw of a half (N5)',
    async (status, header, wait) => {
      const clock = createFakeClock();
      const world = await openWorld({ clock });
      world.draw = 0.5;
      world.server.next('refresh', faults.busy(status, header));
      expect((await failure(world.session.refresh())).retryAfter).toBe(wait);
      await clock.advance(wait - 1);
      expect((await failure(world.session.refresh())).retryAfter).toBe(1);
      // A reload knows it as well, and so does another tab.
      const next = world.openPage();
      await next.session.ready;
      expect((await failure(next.session.refresh())).retryAfter).toBe(1);
      expect(world.server.count('refresh')).toBe(1);
      await clock.advance(1);
      await world.session.refresh();
      expect(world.server.count('refresh')).toBe(2);
      expect(userOf(world)).toBe('alice');
    },
  );
});
