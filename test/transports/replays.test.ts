// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { bank, codeOf, hold, turns } from '../support/bank.ts';
import { ALICE } from '../support/world.ts';

describe.each(['axios', 'fetch'] as const)('a refusal of %s', (client) => {
  it.each([400, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503])(
    'is status 401 and no other: %i is handed on, once sent and never refreshed (HTTP-1)',
    async (status) => {
      const world = await bank();
      world.bankOf.refusal = () => Response.json({ code: 'token_not_valid' }, { status });
      expect((await world.clients[client]('/transfer')).status).toBe(status);
      expect([world.seen.length, world.backend.calls.refresh]).toEqual([1, 0]);
    },
  );

  it('is sent once more and no oftener, and costs no refresh when its token is not the current one any more (HTTP-1, HTTP-7)', async () => {
    const world = await bank();
    world.bankOf.refusal = () => Response.json({}, { status: 401 });
    expect((await world.clients[client]('/transfer')).status).toBe(401);
    expect([world.seen.length, world.backend.calls.refresh]).toEqual([2, 1]);

    world.bankOf.refusal = () => Response.json({ detail: 'expired' }, { status: 401 });
    const release = hold(world.bankOf);
    const refused = world.clients[client]('/transfer');
    await turns();
    await world.session.refresh();
    world.proved.add(`Bearer ${await world.session.getAccessToken()}`);
    release();
    expect((await refused).status).toBe(200);
    expect([world.seen.length, world.backend.calls.refresh]).toEqual([4, 2]);
  });

  it('is not sent again when the connection breaks: nobody knows what became of it (HTTP-7)', async () => {
    const world = await bank(async () => {});
    world.bankOf.isDown = true;
    await expect(world.clients[client]('/transfer', { method: 'POST', body: 'x' })).rejects.toBeInstanceOf(Error);

    expect(world.seen).toHaveLength(1);
    expect(world.backend.calls.refresh).toBe(0);
  });

  it('is never sent again without a token when the refresh, or the step-up, ends the session (HTTP-8)', async () => {
    const world = await bank(async () => await world.session.signOut());
    expect(await world.clients[client]('/transfer').catch(codeOf)).toBe('signed-out');
    await world.session.signIn(ALICE);
    world.backend.revokeAll();
    // The refusal that the server gave, or that the session is over: what it is not is an anonymous answer.
    const outcome = await world.clients[client]('/transfer').then(({ status }) => status, codeOf);

    expect([401, 'signed-out']).toContain(outcome);
    expect(world.seen.map(({ authorization }) => typeof authorization)).toEqual(['string', 'string']);
  });
});

describe('axios', () => {
  it('transforms a request once, and its interceptors see one answer, however often it is sent (HTTP-7)', async () => {
    const world = await bank(async () => await world.prove());
    const log: string[] = [];
    world.api.interceptors.response.use((response) => {
      log.push(`answer ${response.status}`);
      return response;
    });
    await world.api.post(
      '/transfer',
      { a: 1 },
      {
        transformRequest: (data) => {
          log.push('transform');
          return JSON.stringify(data);
        },
      },
    );

    expect(log).toEqual(['transform', 'answer 200']);
    expect(world.seen.map(({ body }) => body)).toEqual(Array(2).fill('{"a":1}'));
  });
});
