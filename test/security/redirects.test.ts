// @vitest-environment node
import axios, { type AxiosAdapter } from 'axios';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalServer, startServer } from '../backends/local-server.ts';
import { ALICE, API, createWorld, type World } from '../support/world.ts';

const EVIL = 'https://evil.example/x';
let world: World;
const servers: LocalServer[] = [];

beforeEach(async () => {
  world = createWorld();
  await world.session.signIn(ALICE);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A 401 that came, after a redirect, from somewhere else. */
function answeredBy(url: string, body: object = {}): Response {
  return Object.defineProperty(Response.json(body, { status: 401 }), 'url', { value: url });
}

describe('an answer from a server that is not listed, after a redirect', () => {
  it.each([EVIL, 'http://api.example.com/x', 'https://api.example.com.evil.example/x'])(
    'by fetch of %s refreshes nothing, and ends nothing (RED-2)',
    async (url) => {
      for (const body of [{}, { code: 'user_inactive' }]) {
        const send: typeof fetch = async () => answeredBy(url, body);
        const authorized = createAuthorizedFetch(world.session, {
          resourceServers: [API],
          fetch: send,
          judge: () => ({ ended: 'provider' }),
        });
        expect((await authorized(`${API}/x`)).status).toBe(401);
      }
      expect(world.backend.calls.refresh).toBe(0);
      expect(world.session.getState().status).toBe('signed-in');
    },
  );

  it.each(['responseURL', 'res'])(
    'by axios, told by its %s, refreshes nothing, and ends nothing (RED-2)',
    async (by) => {
      const request = by === 'res' ? { res: { responseUrl: EVIL } } : { responseURL: EVIL };
      const adapter: AxiosAdapter = async (config) => {
        const response = { status: 401, statusText: '', headers: {}, config, request, data: '{}' };
        throw new axios.AxiosError('refused', 'ERR_BAD_REQUEST', config, request, response);
      };
      const api = axios.create({ baseURL: API, adapter });
      attachSession(api, world.session, { judge: () => ({ ended: 'provider' }) });
      await expect(api.get('/x')).rejects.toMatchObject({ response: { status: 401 } });
      expect(world.backend.calls.refresh).toBe(0);
      expect(world.session.getState().status).toBe('signed-in');
    },
  );

  it('is heard when it is still the listed server’s own (RED-2)', async () => {
    let calls = 0;
    const send: typeof fetch = async () => {
      calls += 1;
      return calls === 1 ? answeredBy(`${API}/elsewhere`) : Response.json({});
    };
    const authorized = createAuthorizedFetch(world.session, { resourceServers: [API], fetch: send });
    expect((await authorized(`${API}/x`)).status).toBe(200);
    expect(world.backend.calls.refresh).toBe(1);
  });

  it.each(['http', 'fetch'] as const)(
    'never shows that server the token: axios by %s, and fetch (RED-2, RED-3)',
    async (adapter) => {
      const thief = await startServer((response) => response.writeHead(401).end('{"code":"user_inactive"}'));
      const server = await startServer((response) => response.writeHead(302, { Location: `${thief.url}/x` }).end());
      servers.push(thief, server);
      const api = axios.create({ baseURL: server.url, adapter });
      attachSession(api, world.session);
      await expect(api.get('/x')).rejects.toMatchObject({ response: { status: 401 } });
      const authorized = createAuthorizedFetch(world.session, { resourceServers: [server.url] });
      expect((await authorized(`${server.url}/x`)).status).toBe(401);
      expect(server.got.map(({ headers }) => typeof headers.authorization)).toEqual(['string', 'string']);
      expect(thief.got.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
      expect(world.backend.calls.refresh).toBe(0);
      expect(world.session.getState().status).toBe('signed-in');
    },
  );
});

describe('what carries a token', () => {
  it('is the Authorization header, which browsers drop on a redirect elsewhere, and no header of our own (RED-3)', async () => {
    const names: string[][] = [];
    const send: typeof fetch = async (_, init) => {
      names.push(Object.keys(init?.headers ?? {}));
      return Response.json({});
    };
    await createAuthorizedFetch(world.session, { resourceServers: [API], fetch: send })(`${API}/x`);
    expect(names).toEqual([['Authorization']]);
  });
});
