// @vitest-environment node
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import { type FaultWorld, type FaultWorldOptions, openWorld, outcome, userOf } from './fault-world.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3600_000, 24 * 3600_000];

/** A world whose clock stands still until it is moved, and that can sleep: time passes, and timers are late by as much. */
async function openStill(
  options: FaultWorldOptions = {},
): Promise<FaultWorld & { sleep(time: number): void; step(time: number): void }> {
  const fake = createFakeClock();
  let slept = 0;
  const clock = {
    ...fake,
    now: () => fake.now() + slept,
    monotonic: () => fake.monotonic() + slept,
  };
  const world = await openWorld({ ...options, clock });
  return Object.assign(world, {
    sleep(time: number) {
      slept += time;
    },
    /** Sets the clock of the device; that of the server goes on as before. */
    step(time: number) {
      fake.step(time);
      world.skew -= time;
    },
  });
}

/** The statuses of so many requests, one every few milliseconds. */
async function ask({ api, session, clock }: FaultWorld, count: number, pause: number): Promise<Set<number | string>> {
  const statuses = new Set<number | string>();
  for (let index = 0; index < count; index += 1) {
    statuses.add(await outcome(api.get(`/${index}`)));
    await session.getAccessToken();
    await clock.advance(pause);
  }
  return statuses;
}

const refreshes = ({ server }: FaultWorld): number => server.count('refresh');
/** How often the API saw a token that it had to refuse: each of those requests came twice. */
const refusals = ({ server }: FaultWorld, requests: number): number => server.count('api') - requests;

describe('time', () => {
  it('that a hidden page lets pass costs no refresh, and its next request one (T1)', async () => {
    const world = await openStill();
    for (let minute = 0; minute < 20; minute += 1) await world.clock.advance(MINUTE);
    expect(refreshes(world)).toBe(0);
    expect(await outcome(world.api.get('/x'))).toBe(200);
    expect([refreshes(world), refusals(world, 1)]).toEqual([1, 0]);
  });

  it('that throttled timers do not notice is noticed by the request, and the late timer asks no more (T1)', async () => {
    const world = await openStill();
    world.is.visible = true;
    world.sleep(6 * MINUTE);
    expect(await outcome(world.api.get('/x'))).toBe(200);
    await world.clock.advance(MINUTE);
    expect(await outcome(world.api.get('/y'))).toBe(200);
    expect([refreshes(world), refusals(world, 2), world.events]).toEqual([1, 0, ['refreshed']]);
  });

  it.each(['with a request at once', 'without one'])(
    'slept through for 8 hours is made up for by one refresh, %s (T2)',
    async (how) => {
      const world = await openStill();
      world.draw = 0.5;
      world.is.visible = true;
      world.sleep(8 * HOUR);
      world.wake();
      if (how === 'with a request at once') expect(await outcome(world.api.get('/x'))).toBe(200);
      // Whatever timers are late fall due now.
      await world.clock.advance(MINUTE);
      await vi.waitFor(() => expect(refreshes(world)).toBe(1), 500);
      expect(await outcome(world.api.get('/y'))).toBe(200);
      await world.clock.advance(MINUTE);
      expect([refreshes(world), world.events]).toEqual([1, ['refreshed']]);
    },
  );

  it.each([-DAY, DAY])(
    'that is wrong on the device by a day (%i ms) is no reason for a refresh, nor for a loop (T3)',
    async (skew) => {
      const world = await openStill({ skew });
      expect(await ask(world, 10, 10_000)).toEqual(new Set([200]));
      expect([refreshes(world), refusals(world, 10)]).toEqual([0, 0]);
      const next = world.openPage();
      for (let index = 0; index < 5; index += 1) expect(await outcome(next.api.get('/x'))).toBe(200);
      expect(refreshes(world)).toBeLessThanOrEqual(1);
      await world.clock.advance(5 * MINUTE);
      expect(await outcome(next.api.get('/y'))).toBe(200);
      expect(refusals(world, 16)).toBe(0);
    },
  );

  it('that is set forward by a day costs one refresh, and each load after it one at most (T3)', async () => {
    const world = await openStill();
    world.step(DAY);
    expect(await ask(world, 5, 1000)).toEqual(new Set([200]));
    expect(refreshes(world)).toBe(1);
    world.step(-DAY);
    for (let load = 1; load <= 3; load += 1) {
      const page = world.openPage();
      for (let index = 0; index < 3; index += 1) expect(await outcome(page.api.get('/x'))).toBe(200);
      page.session.dispose();
      expect(refreshes(world)).toBeLessThanOrEqual(1 + load);
    }
    expect(userOf(world)).toBe('alice');
  });

  it('that is set back by an hour makes no token live longer (T4)', async () => {
    const world = await openStill();
    world.step(-HOUR);
    expect(await ask(world, 4, 60_000)).toEqual(new Set([200]));
    await world.clock.advance(MINUTE);
    expect(await ask(world, 2, 1000)).toEqual(new Set([200]));
    expect([refreshes(world), refusals(world, 6)]).toEqual([1, 0]);
    world.step(-HOUR);
    const next = world.openPage();
    expect(await outcome(next.api.get('/x'))).toBe(200);
    expect(refreshes(world)).toBeLessThanOrEqual(2);
    expect(userOf(next)).toBe('alice');
  });

  it('that is set back by an hour holds no refresh back for that hour (T4)', async () => {
    const world = await openStill();
    world.server.next('refresh', ({ send }) => send({ status: 503, body: 'Busy.' }));
    expect(await outcome(world.session.refresh())).toBe('auth-unavailable');
    await world.clock.advance(MINUTE);
    world.step(-HOUR);
    expect(await outcome(world.session.refresh())).toBe('done');
  });

  it('that passes while the monotonic clock stands still makes tokens old all the same (T5)', async () => {
    const world = await openStill();
    world.step(5 * MINUTE);
    world.skew = 0;
    expect(await outcome(world.api.get('/x'))).toBe(200);
    expect([refreshes(world), refusals(world, 1)]).toEqual([1, 0]);
  });

  it('that passes while the wall clock stands still does so, too (T5)', async () => {
    const world = await openStill();
    world.sleep(5 * MINUTE);
    world.step(-5 * MINUTE);
    expect(await outcome(world.api.get('/x'))).toBe(200);
    expect([refreshes(world), refusals(world, 1)]).toEqual([1, 0]);
  });

  it.each([
    ['10 years', {}, 10 * 365 * DAY],
    ['milliseconds', { exp: Date.UTC(2040, 0, 1) }, undefined],
    ['text', { exp: '1893456300' }, undefined],
    ['no number', { exp: null }, undefined],
    ['before its issue', { iat: 4_000_000_000 }, undefined],
  ])('of expiry in %s is no reason for a refresh, and the server’s refusal is (T6)', async (_, claims, lifetime) => {
    const world = await openStill({ claims, ...(lifetime && { lifetime }) });
    world.is.visible = true;
    const next = world.openPage();
    next.is.visible = true;
    expect(await outcome(next.api.get('/x'))).toBe(200);
    await world.clock.advance(4 * MINUTE);
    expect(await outcome(next.api.get('/x'))).toBe(200);
    expect(refreshes(world)).toBe(0);
    world.server.issuer.rollOver();
    expect(await outcome(next.api.get('/x'))).toBe(200);
    expect([refreshes(world), refusals(world, 3), next.events]).toEqual([1, 1, ['refreshed']]);
  });

  it('of 10 years is longer than any timer of the platform, and none fires at once (T6)', async () => {
    const world = await openWorld({ lifetime: 10 * 365 * DAY });
    world.is.visible = true;
    const next = world.openPage();
    next.is.visible = true;
    await next.session.ready;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([world.server.count('refresh'), next.events]).toEqual([0, []]);
  });

  it('of 10 seconds with a window of 60 is enough for every request, and for a refresh per 5 seconds (T7)', async () => {
    const world = await openStill({ lifetime: 10_000, refreshWindow: 60_000 });
    world.is.visible = true;
    expect(await ask(world, 60, 1000)).toEqual(new Set([200]));
    expect(refreshes(world)).toBeGreaterThan(5);
    expect(refreshes(world)).toBeLessThanOrEqual(12);
    expect(refusals(world, 60)).toBe(0);
  });
});
