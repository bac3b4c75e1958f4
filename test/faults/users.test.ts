// @vitest-environment node
import { describe, expect, it } from 'vitest';
import type { Head } from '../../src/session/facts.ts';
import { ALICE, BOB, type FaultWorld, openWorld, outcome, userOf } from './fault-world.ts';
import * as faults from './faults.ts';

async function epochOf({ fence }: FaultWorld): Promise<number> {
  return ((await fence.read(['head:default'])).get('head:default') as Head).epoch;
}

/** Which generations of whose refresh tokens were made worthless. */
function revoked({ server }: FaultWorld): string[] {
  return server.seen
    .filter(({ endpoint }) => endpoint === 'blacklist')
    .map(({ user, generation }) => `${user} ${generation}`);
}

describe('a user', () => {
  it('who signs in twice at once is signed in once, as who they said last (U1)', async () => {
    const world = await openWorld();
    await world.session.signOut();
    world.events.length = 0;
    const before = await epochOf(world);
    const slow = faults.held();
    world.server.next('token', slow);
    const first = outcome(world.session.signIn(ALICE));
    await world.server.arrival('token', 2);
    expect(await outcome(world.session.signIn(BOB))).toBe('done');
    await slow.release();
    expect(await first).toBe('session-changed');
    expect([userOf(world), (await epochOf(world)) - before, world.events]).toEqual(['bob', 1, ['signed-in']]);
    expect(await outcome(world.api.get('/x'))).toBe(200);
    expect(world.server.seen.at(-1)?.user).toBe('bob');
  });

  it('who signs out during a sign-in is signed out, and what came too late is made worthless (U1)', async () => {
    const world = await openWorld();
    await world.session.signOut();
    const slow = faults.held();
    world.server.next('token', slow);
    const signIn = outcome(world.session.signIn(BOB));
    await world.server.arrival('token', 2);
    await world.session.signOut();
    await slow.release();
    expect(await signIn).toBe('signed-out:user');
    await world.server.arrival('blacklist', 2);
    expect([world.session.getState().status, revoked(world), world.store.load('default')]).toEqual([
      'signed-out',
      ['alice 1', 'bob 1'],
      undefined,
    ]);
  });

  it('who signs out while 10 requests wait for a refresh sends none of them, and the new tokens are made worthless (U2)', async () => {
    const world = await openWorld({ reuse: { grace: 30_000 } });
    await world.expire();
    const slow = faults.held();
    world.server.next('refresh', slow);
    const requests = Array.from({ length: 10 }, (_, index) => outcome(world.api.get(`/${index}`)));
    await world.server.arrival('refresh', 1);
    const signOut = world.session.signOut();
    expect(new Set(await Promise.all(requests))).toEqual(new Set(['signed-out:user']));
    await slow.release();
    await signOut;
    await world.server.arrival('blacklist', 2);
    expect(revoked(world)).toEqual(['alice 1', 'alice 2']);
    expect([world.server.count('api'), world.store.load('default'), world.events]).toEqual([
      0,
      undefined,
      ['signed-out:user'],
    ]);
  });

  it('who comes after another within 50 ms gets nothing of theirs, nor loses anything to them (U3)', async () => {
    const world = await openWorld();
    const late = faults.held();
    const lateRefusal = faults.held(faults.answer(401, { detail: 'Given token not valid for any token type' }));
    world.server.next('api', late, lateRefusal);
    const theirs = [outcome(world.api.get('/theirs')), outcome(world.fetch(`${world.server.urls.api}/theirs`))];
    await world.server.arrival('api', 2);
    await world.session.signOut();
    await world.session.signIn(BOB);
    const state = world.session.getState();
    await late.release();
    await lateRefusal.release();
    expect(await Promise.all(theirs)).toEqual(['signed-out:user', 'signed-out:user']);
    expect(await outcome(world.api.get('/mine'))).toBe(200);
    expect(world.session.getState()).toBe(state);
    expect([userOf(world), world.server.count('refresh'), world.server.seen.at(-1)?.user]).toEqual(['bob', 0, 'bob']);
    expect(world.events).toEqual(['signed-out:user', 'signed-in']);
  });

  it('who denies a step-up fails the request that demanded it, and nothing else (U4)', async () => {
    const asked: unknown[] = [];
    const world = await openWorld({
      async onStepUp(stepUp) {
        asked.push(stepUp.acrValues);
        throw new Error('not now');
      },
    });
    world.server.next(
      'api',
      faults.answer(
        401,
        {},
        {
          'WWW-Authenticate': 'Bearer error="insufficient_user_authentication", acr_values="phr"',
        },
      ),
    );
    const demanding = await outcome(world.api.get('/transfer'));
    expect(demanding).toBe('step-up-cancelled');
    expect(await outcome(world.api.get('/balance'))).toBe(200);
    expect([asked, world.server.count('refresh'), userOf(world), world.events]).toEqual([[['phr']], 0, 'alice', []]);
  });

  it('who signs out offline and closes the browser finds nobody signed in, and nothing left to do (U5)', async () => {
    const world = await openWorld();
    await world.server.down('auth');
    world.is.online = false;
    const signOut = world.session.signOut();
    expect(world.session.getState()).toEqual({ status: 'signed-out', reason: 'user' });
    await signOut;
    world.session.dispose();
    await world.server.up('auth');

    const next = world.openPage();
    await next.session.ready;
    expect(next.session.getState()).toEqual({ status: 'signed-out' });
    // Bare, as of any visitor.
    expect(await outcome(next.api.get('/x'))).toBe(401);
    expect([world.server.count('blacklist'), world.server.count('refresh'), next.events]).toEqual([0, 0, []]);
  });
});
