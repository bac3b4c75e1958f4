// @vitest-environment node
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';
import { generationOf, openWorld, outcome, stepsOf, userOf } from './fault-world.ts';
import * as faults from './faults.ts';

const MINUTE = 60_000;
const refused = faults.answer(401, { detail: 'Given token not valid for any token type', code: 'token_not_valid' });

describe('a network', () => {
  it.each([
    [300_000, 0.5, 15_000],
    [300_000, 1, 30_000],
    [100_000, 0.5, 5000],
  ])(
    'that is back after 10 minutes, for tokens of %i ms, is asked after a time of its own (draw %d: %i ms) (N12)',
    async (lifetime, draw, wait) => {
      const clock = createFakeClock();
      const world = await openWorld({ clock, lifetime });
      world.is.online = false;
      world.is.visible = true;
      await clock.advance(10 * MINUTE);
      expect(world.server.count('refresh')).toBe(0);
      world.draw = draw;
      world.is.online = true;
      world.wake(true);
      await clock.advance(wait - 1);
      expect(world.server.count('refresh')).toBe(0);
      await clock.advance(1);
      await world.server.arrival('refresh', 1);
      expect(await outcome(world.api.get('/x'))).toBe(200);
      expect(world.server.count('refresh')).toBe(1);
    },
  );

  it('that is back is asked at once where a request waits for it (N12)', async () => {
    const world = await openWorld();
    world.draw = 1;
    world.is.online = false;
    await world.expire();
    const waiting = outcome(world.api.get('/x'));
    world.is.online = true;
    world.wake(true);
    expect(await waiting).toBe(200);
    expect([world.server.count('refresh'), world.events]).toEqual([1, ['refreshed']]);
  });

  it('whose API refuses good tokens costs one refresh and one retry each, and is no loop (N13)', async () => {
    const world = await openWorld();
    const { api, server } = world;
    world.draw = 1;
    server.every('api', refused);
    expect(await outcome(api.get('/1'))).toBe(401);
    expect([server.count('refresh'), server.count('api')]).toEqual([1, 2]);
    for (let request = 2; request <= 6; request += 1) expect(await outcome(api.get(`/${request}`))).toBe(401);
    expect(server.count('refresh')).toBe(3);
    expect(server.count('api')).toBe(2 + 2 + 2 + 3);
    expect(world.events).toEqual(['refreshed', 'refreshed', 'refreshed', 'diagnostic:refresh-loop']);
    expect(userOf(world)).toBe('alice');

    // Whoever mends the server finds everybody still signed in.
    server.every('api', undefined);
    expect(await outcome(api.get('/mended'))).toBe(200);
  });

  it('whose API refuses a good token once, as a replica that lags, costs one refresh (N13)', async () => {
    const world = await openWorld();
    world.server.next('api', refused);
    expect(await outcome(world.fetch(`${world.server.urls.api}/x`))).toBe(200);
    expect([world.server.count('refresh'), world.server.count('api'), world.events]).toEqual([1, 2, ['refreshed']]);
  });

  it('that answers 20 requests with 401 gets 1 refresh and 20 more, which settle as they are answered (N14)', async () => {
    const world = await openWorld();
    const { server, api } = world;
    server.issuer.rollOver();
    const all = faults.held();
    server.next('api', ...Array.from({ length: 20 }, () => all));
    const settled: number[] = [];
    const requests = Array.from({ length: 20 }, (_, index) =>
      api.get(`/${index}`).then(({ status }) => {
        settled.push(index);
        return status;
      }),
    );
    await server.arrival('api', 20);
    const retries = Array.from({ length: 20 }, () => faults.held());
    server.next('api', ...retries);
    await all.release();
    await server.arrival('api', 40);
    expect(server.count('refresh')).toBe(1);
    // The last that came is answered first.
    const order = server.seen
      .filter(({ endpoint }) => endpoint === 'api')
      .slice(20)
      .map(({ path }) => Number(path.slice(1)));
    for (const [place, index] of [...order.entries()].reverse()) {
      await retries[place]?.release();
      await requests[index];
    }
    expect(settled).toEqual(order.reverse());
    expect(server.count('api')).toBe(40);
    expect(server.seen.slice(-20).every(({ generation }) => generation === 2)).toBe(true);
  });

  it('that refuses an old token after the rotation gets the new one, and no refresh (N15)', async () => {
    const world = await openWorld();
    const late = faults.held(refused);
    world.server.next('api', late);
    const request = outcome(world.api.get('/late'));
    await world.server.arrival('api', 1);
    await world.session.refresh();
    await late.release();
    expect(await request).toBe(200);
    expect(world.server.count('refresh')).toBe(1);
    expect(world.server.seen.filter(({ endpoint }) => endpoint === 'api').map((one) => one.generation)).toEqual([1, 2]);
  });

  it('that is slow does not keep a request that its caller aborts, which is never sent; the refresh goes on (N16)', async () => {
    const world = await openWorld();
    await world.expire();
    const slow = faults.held();
    world.server.next('refresh', slow);
    const controller = new AbortController();
    const { signal } = controller;
    const requests = [world.api.get('/a', { signal }), world.fetch(`${world.server.urls.api}/b`, { signal })];
    const stays = outcome(world.api.get('/stays'));
    await world.server.arrival('refresh', 1);
    controller.abort();
    const names = await Promise.all(
      requests.map((request) => (request as Promise<unknown>).catch((error) => error.name)),
    );
    expect(names).toEqual(['CanceledError', 'AbortError']);
    await slow.release();
    expect(await stays).toBe(200);
    expect([world.server.count('refresh'), world.server.count('api'), world.events]).toEqual([1, 1, ['refreshed']]);
  });

  it.each([
    ['had not arrived', faults.lostRequest],
    ['was answered', faults.lostAnswer],
  ])(
    'whose refresh %s when its page went away is no error, and the next page sends it again (N17)',
    async (_, fault) => {
      const clock = createFakeClock();
      const world = await openWorld({ clock, reuse: { grace: 30_000 }, patience: 10_000 });
      await world.expire();
      const gone = faults.held(fault);
      world.server.next('refresh', gone);
      const left = outcome(world.api.get('/left'));
      await world.server.arrival('refresh', 1);
      world.session.dispose();
      await gone.release();
      expect([await left, world.events]).toEqual(['auth-unavailable', []]);

      const next = world.openPage();
      const request = outcome(next.api.get('/next'));
      // Not before what was sent can hardly be under way any more.
      await clock.advance(4999);
      expect(world.server.count('refresh')).toBe(1);
      await clock.advance(1);
      expect(await request).toBe(200);
      expect(stepsOf(next)).toContain('refresh-sent 1, once more');
      expect([world.server.count('refresh'), next.events]).toEqual([2, ['refreshed']]);
    },
  );

  it('whose server sends no new refresh token leaves the one that is there (N18)', async () => {
    const world = await openWorld();
    world.server.issuer.isRotating = false;
    await world.session.refresh();
    await world.session.refresh();
    expect(generationOf(world)).toBe(3);
    expect(world.server.seen.filter(({ endpoint }) => endpoint === 'refresh').map((one) => one.generation)).toEqual([
      1, 1,
    ]);
    expect(world.events).toEqual(['refreshed', 'refreshed']);
  });

  it.each([1000, 2000, 3000, 5000])(
    'whose tokens live %i ms is asked at most once per half of that, and requests go through (N19)',
    async (lifetime) => {
      const clock = createFakeClock();
      const world = await openWorld({ clock, lifetime });
      world.is.visible = true;
      for (let time = 0; time < 20_000; time += 250) {
        expect(await outcome(world.api.get('/x'))).toBe(200);
        // Whatever is refreshed in the background is done before time goes on.
        await world.session.getAccessToken();
        await clock.advance(250);
      }
      const times = world.server.seen.filter(({ endpoint }) => endpoint === 'refresh').map(({ at }) => at);
      expect(times.length).toBeGreaterThan(2);
      for (const [index, at] of times.slice(1).entries()) {
        expect(at - (times[index] as number)).toBeGreaterThanOrEqual(Math.min(5000, lifetime / 2));
      }
      expect(world.events.filter((event) => event !== 'refreshed')).toEqual([]);
    },
  );

  it.each([
    ['dead on arrival', { exp: 1 }],
    ['of no lifetime', { iat: 1, exp: 1 }],
  ])('whose tokens are %s is asked thrice, and the app is told what to mend (N19)', async (_, claims) => {
    const world = await openWorld();
    world.draw = 1;
    world.server.issuer.claims = claims;
    world.server.issuer.rollOver();
    for (let request = 0; request < 6; request += 1) expect(await outcome(world.api.get('/x'))).toBe(401);
    expect(world.server.count('refresh')).toBeLessThanOrEqual(4);
    expect(world.events).toContain('diagnostic:refresh-loop');
    expect(userOf(world)).toBe('alice');
  });

  it('whose server changes its key gets one refresh of each client, however many requests it has under way (B8)', async () => {
    const first = await openWorld();
    const { server } = first;
    const worlds = [first, ...(await Promise.all(Array.from({ length: 7 }, () => openWorld({ server }))))];
    server.issuer.rollOver();
    const requests = worlds.flatMap(({ api }) =>
      Array.from({ length: 10 }, (_, index) => outcome(api.get(`/${index}`))),
    );
    expect(new Set(await Promise.all(requests))).toEqual(new Set([200]));
    expect([server.count('refresh'), server.count('api')]).toEqual([8, 160]);
    for (const { events } of worlds) expect(events).toEqual(['refreshed']);
  });
});
