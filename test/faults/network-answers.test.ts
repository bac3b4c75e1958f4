// @vitest-environment node
import { Window } from 'happy-dom';
import { createFakeClock } from 'latchkey/testing';
import { describe, expect, it, vi } from 'vitest';
import type { Fault } from './fault-server.ts';
import { generationOf, openWorld, outcome, stepsOf, userOf } from './fault-world.ts';
import * as faults from './faults.ts';

describe('a network', () => {
  it('that answers 200 with the page of a captive portal commits nothing, and is waited through (N6)', async () => {
    const world = await openWorld();
    world.server.next('refresh', faults.html, faults.html);
    expect(await outcome(world.session.refresh())).toMatch(/^(token-response|auth-unavailable)$/);
    expect(generationOf(world)).toBe(1);
    await world.expire();
    expect(await outcome(world.api.get('/x'))).toBe(200);
    expect(world.server.count('refresh')).toBe(3);
    expect(world.events).toEqual(['refresh-failed', 'refresh-failed', 'refreshed']);
  });

  it.each<[string, Fault]>([
    ['{}', faults.answer(200, {})],
    ['null', faults.answer(200, null)],
    ['[]', faults.answer(200, [])],
    ['half of its JSON', faults.answer(200, '{"access": "ey')],
    ['nothing', faults.answer(200, '')],
  ])('that answers 200 with %s commits nothing, and signs nobody out (N7)', async (_, fault) => {
    const world = await openWorld();
    world.server.next('refresh', fault);
    expect(await outcome(world.session.refresh())).toMatch(/^(token-response|auth-unavailable)$/);
    expect([generationOf(world), userOf(world)]).toEqual([1, 'alice']);
    await world.clock.advance(1000);
    await world.session.refresh();
    expect(generationOf(world)).toBe(2);
  });

  it('that answers 200 with 50 megabytes is hung up on (N7)', async () => {
    const world = await openWorld();
    const fault = faults.huge(50_000_000);
    world.server.next('refresh', fault);
    expect(await outcome(world.session.refresh())).toBe('auth-unavailable');
    expect(fault.written).toBeLessThan(20_000_000);
    expect([generationOf(world), userOf(world)]).toEqual([1, 'alice']);
  });

  it('that hangs is given up after 30 seconds, and frees the lock for the next refresh (N8)', async () => {
    const clock = createFakeClock();
    const world = await openWorld({ clock });
    world.server.next('refresh', faults.hang);
    const hung = outcome(world.session.refresh());
    await world.server.arrival('refresh', 1);
    await clock.advance(29_999);
    const joined = outcome(world.session.refresh());
    await clock.advance(1);
    expect(await Promise.all([hung, joined])).toEqual(['auth-unavailable', 'auth-unavailable']);
    await clock.advance(1000);
    await world.session.refresh();
    expect(stepsOf(world).filter((step) => step.startsWith('refresh-sent'))).toEqual([
      'refresh-sent 1',
      'refresh-sent 1, once more',
    ]);
    expect([generationOf(world), userOf(world)]).toEqual([2, 'alice']);
  });

  it('that answers after 25 seconds commits: who gave up before stays rejected, who waits gets it (N9)', async () => {
    const clock = createFakeClock();
    const world = await openWorld({ clock, patience: 10_000 });
    await world.expire();
    const slow = faults.held();
    world.server.next('refresh', slow);
    const early = outcome(world.api.get('/early'));
    await world.server.arrival('refresh', 1);
    await clock.advance(20_000);
    expect(await early).toBe('auth-unavailable');
    const late = outcome(world.api.get('/late'));
    await clock.advance(5000);
    await slow.release();
    expect(await late).toBe(200);
    expect(world.server.seen.filter(({ endpoint }) => endpoint === 'api').map(({ path }) => path)).toEqual(['/late']);
    expect([world.server.count('refresh'), generationOf(world)]).toEqual([1, 2]);
  });

  it('that sends the refresh on to another origin gets no second request (N10)', async () => {
    const world = await openWorld();
    world.server.every('refresh', faults.redirect);
    expect(await outcome(world.session.refresh())).toBe('auth-unavailable');
    expect([world.server.count('refresh'), world.server.count('elsewhere'), userOf(world)]).toEqual([1, 0, 'alice']);
  });

  it('that fails the preflight of a refresh looks like any other failure, and the message names CORS (N11)', async () => {
    const world = await openWorld();
    const page = new Window({ url: 'http://localhost:3000/' });
    vi.stubGlobal('fetch', (input: string, init: object) => page.fetch(input, init as never));
    expect(await outcome(world.session.refresh())).toBe('auth-unavailable');
    expect([world.server.count('preflight'), world.server.count('refresh')]).toEqual([1, 0]);
    expect(world.failures).toEqual([expect.stringContaining('CORS')]);
    expect(userOf(world)).toBe('alice');
    await page.happyDOM.close();
  });
});
