// @vitest-environment node
import { inspect } from 'node:util';
import { AuthError, StepUpCancelledError } from 'latchkey';
import { describe, expect, it, vi } from 'vitest';
import { asking, bank, codeOf, DEMAND, type OnStepUp, turns } from '../support/bank.ts';
import { ALICE, BOB } from '../support/world.ts';

describe.each(['axios', 'fetch'] as const)('a step-up of %s', (client) => {
  it('rejects, with a cause that holds no token, when the user does not (HTTP-5, LOG-1)', async () => {
    const world = await bank(async () => {
      const token = await world.session.getAccessToken();
      throw Object.assign(new Error(`closed with ${token}`), { config: { token } });
    });
    const error = await world.clients[client]('/transfer').catch((reason) => reason);

    expect(error).toBeInstanceOf(StepUpCancelledError);
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ code: 'step-up-cancelled', name: 'StepUpCancelledError' });
    expect(error.message).toMatch(/start the request again/);
    expect(error.cause.message).toBe('closed with [redacted]');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(await world.session.getAccessToken());
    expect(world.seen).toHaveLength(1);
    // The session is as good as before, and the next request asks again.
    expect((await world.clients[client]('/balance')).status).toBe(200);
  });

  it('survives a handler that throws at once, or gives no reason or no promise (HTTP-5)', async () => {
    let handler: () => unknown = () => {
      throw new TypeError('of the app');
    };
    const world = await bank((() => handler()) as OnStepUp);
    expect(await world.clients[client]('/transfer').catch(({ code, cause }) => [code, cause.message])).toEqual([
      'step-up-cancelled',
      'of the app',
    ]);
    handler = () => Promise.reject();
    expect(await world.clients[client]('/transfer').catch(({ code, cause }) => [code, cause])).toEqual([
      'step-up-cancelled',
      undefined,
    ]);
    handler = () => {
      world.proved.add(world.seen.at(-1)?.authorization);
    };
    expect((await world.clients[client]('/transfer')).status).toBe(200);
  });

  it('leaves at its own signal, and takes the prompt back when nobody else waits (HTTP-5)', async () => {
    const { onStepUp, calls, settles } = asking();
    const world = await bank(onStepUp);
    const [first, second] = [new AbortController(), new AbortController()];
    const outcomes = [first, second].map(({ signal }) => world.clients[client]('/transfer', { signal }).catch(codeOf));
    await turns();
    first.abort();
    expect(await outcomes[0]).toBe(client === 'axios' ? 'ERR_CANCELED' : 20);
    expect(calls[0]?.signal.aborted).toBe(false);
    second.abort();
    await outcomes[1];
    await turns();
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true]);
    // Whoever comes now is not told of what was given up.
    const next = world.clients[client]('/transfer');
    await turns();
    expect(calls).toHaveLength(2);
    settles[0]?.reject(new Error('given up'));
    await world.prove();
    settles[1]?.resolve();
    expect((await next).status).toBe(200);
    expect(calls[1]?.signal.aborted).toBe(false);
  });

  it('asks the user nothing when it was aborted before it could (HTTP-5)', async () => {
    const { onStepUp, calls } = asking();
    const world = await bank(onStepUp);
    const controller = new AbortController();
    world.bankOf.refusal = () => {
      queueMicrotask(() => controller.abort());
      return Response.json({}, { status: 401, headers: { 'WWW-Authenticate': DEMAND } });
    };
    await expect(world.clients[client]('/transfer', { signal: controller.signal })).rejects.toBeInstanceOf(Error);
    await turns();

    expect(calls).toEqual([]);
  });

  it('ends with its session, which takes the prompt back (HTTP-5, C35)', async () => {
    const { onStepUp, calls, settles } = asking();
    const world = await bank(onStepUp);
    const outcome = world.clients[client]('/transfer').catch(codeOf);
    await turns();
    await world.session.signOut();

    expect(await outcome).toBe('signed-out');
    await turns();
    expect(calls[0]?.signal.aborted).toBe(true);
    settles[0]?.resolve();
    await turns();
    expect(world.paths()).toEqual(['/transfer']);
  });

  it('goes on when the handler signs the same user in, and never as another (HTTP-5, SES-1)', async () => {
    let who = ALICE;
    const world = await bank(() => world.prove(who));
    expect((await world.clients[client]('/transfer')).status).toBe(200);
    world.proved.clear();
    who = BOB;

    expect(await world.clients[client]('/transfer').catch(codeOf)).toBe('session-changed');
    expect(world.seen).toHaveLength(3);
    expect(world.events).toEqual(['signed-in', 'signed-out:user-switched', 'signed-in']);
  });

  it('is disturbed by nothing when the handler never settles and the session is disposed of (HTTP-5, C48)', async () => {
    const world = await bank(() => new Promise(() => {}));
    const outcome = world.clients[client]('/transfer').catch(codeOf);
    await turns();
    world.session.dispose();

    expect(await outcome).toBe('auth-unavailable');
    await world.clock.advance(60_000);
    expect(world.clock.pending()).toBe(0);
  });

  it('with a body that is a stream is not sent again, and the answer is handed on (HTTP-5, HTTP-7)', async () => {
    const { onStepUp, calls } = asking();
    const world = await bank(onStepUp);
    const body = new Blob(['once']).stream();

    expect((await world.clients[client]('/transfer', { method: 'POST', body })).status).toBe(401);
    expect(world.seen.map(({ body: sent }) => sent)).toEqual(['once']);
    expect(calls).toEqual([]);
    expect(world.events).toEqual(['signed-in', 'diagnostic:body-not-replayable']);
  });

  it('is never sent a third time: after a refresh its demand is handed on, and after a step-up its refusal (HTTP-7, I14)', async () => {
    const handler = vi.fn(async () => {});
    const world = await bank(handler);
    world.backend.expireAll();
    expect((await world.clients[client]('/transfer')).status).toBe(401);
    expect([world.seen.length, world.backend.calls.refresh, handler.mock.calls.length]).toEqual([2, 1, 0]);

    handler.mockImplementation(async () => world.backend.expireAll());
    expect(await world.clients[client]('/transfer')).toEqual({ status: 401, body: { detail: 'expired' } });
    expect([world.seen.length, world.backend.calls.refresh, handler.mock.calls.length]).toEqual([4, 1, 1]);
  });
});

describe('a time-out of axios', () => {
  it('ends the wait for the user, as it would end anything else (HTTP-5)', async () => {
    const { onStepUp, calls } = asking();
    const world = await bank(onStepUp);
    const outcome = world.clients.axios('/transfer', { timeout: 1000 }).catch(codeOf);
    await turns();
    await world.clock.advance(1000);

    expect(await outcome).toBe('ECONNABORTED');
    await turns();
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true]);
  });
});
