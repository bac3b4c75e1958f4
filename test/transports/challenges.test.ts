// @vitest-environment node
import type { StepUp } from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { asking, bank, DEMAND, DEMANDED, turns } from '../support/bank.ts';
import { API } from '../support/world.ts';

afterEach(() => vi.unstubAllGlobals());

describe.each(['axios', 'fetch'] as const)('a challenge to %s', (client) => {
  it('is understood through several challenges, and not by what stands in a text (HTTP-3)', async () => {
    for (const [header, isDemand] of [
      ['Negotiate abc==, bearer ERROR=insufficient_user_authentication', true],
      ['Bearer error="insufficient_user\\_authentication"', true],
      ['Bearer error="invalid_token", error_description="not insufficient_user_authentication"', false],
      ['Bearer error="invalid_token", error_description="\\", error=\\"insufficient_user_authentication\\""', false],
      ['Basic error="insufficient_user_authentication"', false],
      ['Bearer error="insufficient_user_authentication", error="invalid_token"', false],
      ['Bearer error="insufficient_user_authentication', false],
    ] as const) {
      const handler = vi.fn(async () => {});
      const world = await bank(handler);
      world.bankOf.refusal = () => Response.json({}, { status: 401, headers: { 'WWW-Authenticate': header } });
      await world.clients[client]('/transfer');
      expect([handler.mock.calls.length, world.backend.calls.refresh]).toEqual(isDemand ? [1, 0] : [0, 1]);
    }
  });
});

describe.each(['axios', 'fetch'] as const)('an answer of 403 to %s', (client) => {
  it('is never refreshed, and told as an event where a scope is missing (HTTP-2)', async () => {
    const world = await bank(async () => {});
    for (const [header, scope] of [
      ['Bearer error="insufficient_scope", scope="transfer read"', 'transfer read'],
      ['DPoP algs="ES256", error=insufficient_scope', undefined],
      // No scope that RFC 6749 knows.
      ['Bearer error="insufficient_scope", scope="a\\"b"', undefined],
    ] as const) {
      world.bankOf.refusal = () => Response.json({ own: 1 }, { status: 403, headers: { 'WWW-Authenticate': header } });
      expect(await world.clients[client]('/transfer?account=secret')).toEqual({ status: 403, body: { own: 1 } });
      expect(world.scopes.at(-1)).toEqual({ scope, url: `${API}/transfer` });
    }
    world.bankOf.refusal = () => Response.json({}, { status: 403, headers: { 'WWW-Authenticate': 'Bearer' } });
    expect((await world.clients[client]('/transfer')).status).toBe(403);

    expect(world.scopes).toHaveLength(3);
    expect([world.seen.length, world.backend.calls.refresh]).toEqual([4, 0]);
    expect(world.events).toEqual(['signed-in']);
  });

  it('asks for no step-up, and a 401 tells no missing scope: each has its status (HTTP-2)', async () => {
    const { onStepUp, calls } = asking();
    const world = await bank(onStepUp);
    world.bankOf.refusal = () => Response.json({}, { status: 403, headers: { 'WWW-Authenticate': DEMAND } });
    expect((await world.clients[client]('/transfer')).status).toBe(403);
    world.bankOf.refusal = () =>
      Response.json({}, { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' } });
    expect((await world.clients[client]('/transfer')).status).toBe(401);

    expect([calls, world.scopes]).toEqual([[], []]);
  });

  it('may be a refusal to a backend that says so, but not where a scope is missing (HTTP-2)', async () => {
    const world = await bank();
    Object.assign(world.backend, {
      judge: ({ status }: { status: number }) => (status === 403 ? 'refused' : 'accepted'),
    });
    world.bankOf.refusal = () => new Response(null, { status: 403 });
    await world.clients[client]('/transfer').catch(() => {});
    expect(world.backend.calls.refresh).toBe(1);
    world.bankOf.refusal = () =>
      Response.json({}, { status: 403, headers: { 'WWW-Authenticate': 'Bearer error="insufficient_scope"' } });
    await world.clients[client]('/transfer');

    expect(world.backend.calls.refresh).toBe(1);
    expect(world.scopes).toEqual([{ scope: undefined, url: `${API}/transfer` }]);
  });
});

describe.each(['axios', 'fetch'] as const)('an answer to %s whose challenge CORS hides', (client) => {
  const BODY = { acr_values: 'urn:mfa urn:key', max_age: 300, scope: 'transfer read' };
  const PAGE = { location: { href: 'https://app.example.com/', origin: 'https://app.example.com' } };

  it.each(['error', 'code'])(
    'is understood by the %s in its body, and the app is told once what to expose (HTTP-4)',
    async (name) => {
      vi.stubGlobal('location', PAGE.location);
      const asked: StepUp[] = [];
      const world = await bank(async (stepUp) => {
        asked.push(stepUp);
      });
      for (let round = 0; round < 2; round += 1) {
        world.bankOf.refusal = () =>
          Response.json({ ...BODY, [name]: 'insufficient_user_authentication' }, { status: 401 });
        await world.clients[client]('/transfer');
        world.bankOf.refusal = () => Response.json({ [name]: 'insufficient_scope', scope: 'write' }, { status: 403 });
        expect((await world.clients[client]('/transfer')).body).toEqual({
          [name]: 'insufficient_scope',
          scope: 'write',
        });
      }

      expect(asked).toEqual([DEMANDED, DEMANDED]);
      expect(world.scopes).toEqual(Array(2).fill({ scope: 'write', url: `${API}/transfer` }));
      expect(world.backend.calls.refresh).toBe(0);
      expect(world.messages).toEqual([
        expect.stringMatching(/^challenge-hidden: .*Access-Control-Expose-Headers: WWW-Authenticate/),
      ]);
    },
  );

  it.each<[string, string | undefined]>([
    ['there is no page, so nothing is hidden', undefined],
    ['the page is of the same origin', `${API}/app`],
  ])('is told of to nobody when %s (HTTP-4)', async (_, href) => {
    if (href) vi.stubGlobal('location', { href, origin: API });
    const world = await bank(async () => {});
    world.bankOf.refusal = () => Response.json({ error: 'insufficient_scope' }, { status: 403 });
    await world.clients[client]('/transfer');

    expect([world.scopes.length, world.messages.length]).toEqual([1, 0]);
  });

  it('is nothing but a refusal when its body names neither, is no JSON, or has them elsewhere (HTTP-4)', async () => {
    vi.stubGlobal('location', PAGE.location);
    const { onStepUp, calls } = asking();
    const json = { 'Content-Type': 'application/json' };
    const bodies: (() => Response)[] = [
      () => Response.json({ error: 'invalid_token' }, { status: 401 }),
      () => Response.json({ detail: 'insufficient_user_authentication' }, { status: 401 }),
      () => Response.json(['insufficient_user_authentication'], { status: 401 }),
      () => new Response('{"error":"insufficient_user', { status: 401, headers: json }),
      () => new Response('{"error":"insufficient_user_authentication"}', { status: 401 }),
      () => new Response('null', { status: 401, headers: json }),
    ];
    for (const refusal of bodies) {
      const world = await bank(onStepUp);
      world.bankOf.refusal = refusal;
      await world.clients[client]('/transfer').catch(() => {});
      expect([world.backend.calls.refresh, calls, world.scopes, world.messages]).toEqual([1, [], [], []]);
    }
  });

  it('is heard by a backend that reads bodies, too, from the same reading (HTTP-4, C25)', async () => {
    const { judge } = simpleJwt({ baseUrl: `${API}/auth` });
    const world = await bank(async () => await world.prove());
    Object.assign(world.backend, { judge });
    const clone = vi.spyOn(Response.prototype, 'clone');
    world.bankOf.refusal = () => Response.json({ code: 'insufficient_user_authentication' }, { status: 401 });
    expect((await world.clients[client]('/transfer')).status).toBe(200);
    world.proved.clear();
    world.bankOf.refusal = () => Response.json({ code: 'user_inactive' }, { status: 401 });
    expect((await world.clients[client]('/transfer')).status).toBe(401);

    expect(world.backend.calls.refresh).toBe(0);
    expect(world.events).toEqual(['signed-in', 'signed-out:account-disabled']);
    expect(clone).toHaveBeenCalledTimes(client === 'fetch' ? 2 : 0);
  });

  it('does not wait for a body that never ends: it is refreshed as before (HTTP-4, C9)', async () => {
    const world = await bank();
    let isFirst = true;
    const send = createAuthorizedFetch(world.session, {
      resourceServers: [API],
      fetch: async (...given) => {
        const answer = await world.serve(...given);
        if (!isFirst) return answer;
        isFirst = false;
        const never = new ReadableStream({ pull: () => new Promise(() => {}) });
        return new Response(never, { status: 401, headers: { 'Content-Type': 'application/json' } });
      },
    });
    const going = send(`${API}/balance`);
    await turns();
    await world.clock.advance(1000);

    expect((await going).status).toBe(200);
    expect(world.backend.calls.refresh).toBe(1);
  });
});

describe('an answer from a server that is not listed, after a redirect', () => {
  it('asks the user nothing, and tells nothing (HTTP-1, RED-2)', async () => {
    const { onStepUp, calls } = asking();
    const world = await bank(onStepUp);
    let status = 401;
    const send = createAuthorizedFetch(world.session, {
      resourceServers: [API],
      fetch: async () => {
        const header = status === 401 ? DEMAND : 'Bearer error="insufficient_scope"';
        const answer = Response.json({}, { status, headers: { 'WWW-Authenticate': header } });
        return Object.defineProperty(answer, 'url', { value: 'https://evil.example/x' });
      },
    });
    expect((await send(`${API}/transfer`)).status).toBe(401);
    status = 403;
    expect((await send(`${API}/transfer`)).status).toBe(403);

    expect([calls, world.scopes, world.backend.calls.refresh]).toEqual([[], [], 0]);
  });
});
