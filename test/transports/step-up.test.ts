// @vitest-environment node
import type { StepUp } from 'latchkey';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expect, it, vi } from 'vitest';
import { asking, bank, DEMAND, DEMANDED, hold, turns } from '../support/bank.ts';
import { API } from '../support/world.ts';

// HTTP-6 (a new nonce for DPoP) has no test: this version has no DPoP.

describe.each(['axios', 'fetch'] as const)('a request of %s whose user has to prove more', (client) => {
  it('waits for the user, never refreshes, and is sent once more with the token that is then in use (HTTP-5)', async () => {
    const asked: unknown[] = [];
    const world = await bank(async (stepUp, { url, signal }) => {
      asked.push(stepUp, url, signal.aborted);
      await world.prove();
    });
    const answer = await world.clients[client]('/transfer?to=secret', { method: 'POST', body: '{"a":1}' });

    expect(answer).toEqual({ status: 200, body: { ok: '/transfer', body: '{"a":1}' } });
    expect(asked).toEqual([DEMANDED, `${API}/transfer`, false]);
    expect(world.seen.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
    expect(world.proved.has(world.seen[1]?.authorization)).toBe(true);
    expect(world.backend.calls.refresh).toBe(0);
    expect(world.events).toEqual(['signed-in']);
  });

  it('is handed the server’s own answer where the app has no onStepUp (HTTP-5)', async () => {
    const world = await bank();

    expect(await world.clients[client]('/transfer')).toEqual({ status: 401, body: { detail: 'no' } });
    expect([world.seen.length, world.backend.calls.refresh]).toEqual([1, 0]);
  });

  it('keeps no other waiting: they go on with the token that there is (HTTP-5)', async () => {
    const { onStepUp, calls, settles } = asking();
    const world = await bank(onStepUp);
    const waiting = world.clients[client]('/transfer');
    await turns();
    const others = await Promise.all([world.clients.axios('/balance'), world.clients.fetch('/balance')]);

    expect(others.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(world.seen.map(({ authorization }) => authorization)).size).toBe(1);
    await world.prove();
    settles[0]?.resolve();
    expect((await waiting).status).toBe(200);
    expect(calls).toHaveLength(1);
  });

  it('shares one prompt with all that need the same, and none with those that need another (HTTP-5)', async () => {
    const { onStepUp, calls, settles } = asking();
    const world = await bank(onStepUp);
    const { clients } = world;
    const same = [clients.axios('/transfer'), clients.fetch('/transfer'), clients[client]('/transfer')];
    await turns();
    world.bankOf.refusal = () =>
      new Response(null, {
        status: 401,
        headers: { 'WWW-Authenticate': 'DPoP error=insufficient_user_authentication, max_age=0' },
      });
    const other = clients[client]('/transfer');
    await turns();
    same.push(clients[client]('/transfer'));
    world.bankOf.refusal = () => Response.json({}, { status: 401, headers: { 'WWW-Authenticate': DEMAND } });
    same.push(clients[client]('/transfer'));
    await turns();

    expect(calls.map(({ stepUp }) => stepUp)).toEqual([DEMANDED, { maxAge: 0 }]);
    await world.prove();
    for (const { resolve } of settles) resolve();
    const answers = await Promise.all([...same, other]);
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect(calls).toHaveLength(2);
  });

  it('does not ask again for what was sent before the user had proved it (HTTP-5)', async () => {
    const handler = vi.fn(async () => await world.prove());
    const world = await bank(handler);
    const release = hold(world.bankOf);
    const waiting = world.clients[client]('/transfer');
    await turns();
    world.bankOf.gate = Promise.resolve();
    expect((await world.clients[client]('/transfer')).status).toBe(200);
    release();

    expect((await waiting).status).toBe(200);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it('is handed the answer when the same is demanded again, or another: it does not loop (HTTP-5)', async () => {
    const handler = vi.fn(async () => {});
    const world = await bank(handler);
    expect((await world.clients[client]('/transfer')).status).toBe(401);
    expect([handler.mock.calls.length, world.seen.length]).toEqual([1, 2]);

    handler.mockImplementation(async () => {
      world.bankOf.refusal = () =>
        Response.json(
          {},
          { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication"' } },
        );
    });
    expect((await world.clients[client]('/transfer')).status).toBe(401);
    expect([handler.mock.calls.length, world.seen.length]).toEqual([2, 4]);
    expect(world.backend.calls.refresh).toBe(0);
  });

  it('waits longer than the session’s patience, for as long as the user types (HTTP-5)', async () => {
    const { onStepUp, settles } = asking();
    const world = await bank(onStepUp, { patience: 50 });
    const waiting = world.clients[client]('/transfer');
    await turns();
    await world.clock.advance(200_000);
    await world.prove();
    settles[0]?.resolve();

    expect((await waiting).status).toBe(200);
    expect(world.events.filter((event) => event.startsWith('diagnostic'))).toEqual([]);
  });

  it('gets a fresh token first when the one in use has expired meanwhile (HTTP-5)', async () => {
    const { onStepUp, settles } = asking();
    const world = await bank(onStepUp, { refreshWindow: 0 });
    const waiting = world.clients[client]('/transfer');
    await turns();
    await world.clock.advance(300_000);
    const before = world.seen.length;
    world.backend.accepts = () => true;
    world.proved.has = () => true;
    settles[0]?.resolve();

    expect((await waiting).status).toBe(200);
    expect(world.seen.length).toBe(before + 1);
    expect(world.seen.at(-1)?.authorization).not.toBe(world.seen[0]?.authorization);
  });

  it('is told apart from others of the same token that are refused: they refresh, it asks (HTTP-5)', async () => {
    const { onStepUp, calls, settles } = asking();
    const world = await bank(onStepUp);
    const demanded = world.bankOf.refusal;
    const expired = () => Response.json({ detail: 'expired' }, { status: 401 });
    const answers = [expired, expired, demanded];
    world.bankOf.refusal = () => (answers.shift() ?? demanded)();
    world.backend.onRefresh(() => new Promise(() => {}));
    const all = [1, 2, 3].map(() => world.clients[client]('/transfer'));
    await vi.waitFor(() => expect([calls.length, world.backend.calls.refresh, world.seen.length]).toEqual([1, 1, 3]));
    expect(new Set(world.seen.map(({ authorization }) => authorization)).size).toBe(1);
    await world.prove();
    settles[0]?.resolve();
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(calls).toHaveLength(1);
  });
});

describe('a judge of the app', () => {
  it('has the first word: it may see a step-up elsewhere, or none (HTTP-5)', async () => {
    const asked: StepUp[] = [];
    const world = await bank(async (stepUp) => {
      asked.push(stepUp);
      await world.prove();
    });
    const send = createAuthorizedFetch(world.session, {
      resourceServers: [API],
      fetch: world.serve,
      judge: ({ status }) => (status === 419 ? { stepUp: { acrValues: ['otp'] } } : 'accepted'),
    });
    world.bankOf.refusal = () => new Response(null, { status: 419 });
    expect((await send(`${API}/transfer`)).status).toBe(200);
    world.proved.clear();
    world.bankOf.refusal = () => Response.json({}, { status: 401, headers: { 'WWW-Authenticate': DEMAND } });
    expect((await send(`${API}/transfer`)).status).toBe(401);

    expect(asked).toEqual([{ acrValues: ['otp'] }]);
  });

  it('of the backend may ask for one, too (HTTP-5)', async () => {
    const world = await bank(async () => await world.prove());
    Object.assign(world.backend, { judge: async () => ({ stepUp: {} }) });
    world.bankOf.refusal = () => new Response(null, { status: 428 });

    expect((await world.clients.axios('/transfer')).status).toBe(200);
  });
});
