// @vitest-environment node
import { createAuthorizedFetch } from 'latchkey/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EchoServer, startEchoServer } from '../support/echo-server.ts';
import { ALICE, createWorld, type World } from '../support/world.ts';

let world: World;
let server: EchoServer;
let send: typeof fetch;

beforeEach(async () => {
  world = createWorld();
  server = await startEchoServer((authorization) => world.backend.accepts(authorization));
  send = createAuthorizedFetch(world.session, { resourceServers: [server.origin] });
  await world.session.signIn(ALICE);
});
afterEach(() => server.close());

const sent = () => server.received.map(({ method, headers, body }) => [method, headers['x-app'], body.toString()]);

describe('the init of fetch', () => {
  it.each(['refused', 'expired'] as const)(
    'is read when fetch is called, and may be reused at once: %s (C5, C14)',
    async (kind) => {
      if (kind === 'refused') world.backend.expireAll();
      else await world.clock.advance(300_000);
      const init: RequestInit = { method: 'POST', body: 'first', headers: { 'X-App': 'first' } };
      const headers = new Headers({ 'X-App': 'third' });
      const requests = [send(`${server.origin}/1`, init)];
      init.body = 'second';
      Object.assign(init.headers as object, { 'X-App': 'second' });
      requests.push(send(`${server.origin}/2`, init));
      requests.push(send(`${server.origin}/3`, { method: 'POST', body: 'third', headers }));
      headers.set('X-App', 'fourth');
      init.body = null;
      init.headers = {};

      expect((await Promise.all(requests)).map(({ status }) => status)).toEqual([200, 200, 200]);
      const expected = ['first', 'second', 'third'].map((text) => ['POST', text, text]);
      expect(new Set(sent().map(String))).toEqual(new Set(expected.map(String)));
      expect(sent()).toHaveLength(kind === 'refused' ? 6 : 3);
    },
  );

  it('may be a Request, as the platform allows (C16)', async () => {
    world.backend.expireAll();
    const template = new Request(`${server.origin}/other`, { method: 'PUT', body: 'x', headers: { 'X-App': '1' } });

    expect((await send(`${server.origin}/a`, template)).status).toBe(200);
    expect(sent()).toEqual([
      ['PUT', '1', 'x'],
      ['PUT', '1', 'x'],
    ]);
    expect(server.received.map(({ url }) => url)).toEqual(['/a', '/a']);
  });

  it('may have its members on a prototype, as the platform allows (C16)', async () => {
    class Template {
      get method() {
        return 'POST';
      }
      get body() {
        return 'x';
      }
      get headers() {
        return { 'X-App': '1' };
      }
    }
    world.backend.expireAll();
    await send(`${server.origin}/a`, new Template());
    await send(new Request(`${server.origin}/b`), new Template());

    expect(sent()).toEqual([0, 1, 2].map(() => ['POST', '1', 'x']));
  });

  it('may have no prototype (C16)', async () => {
    await send(`${server.origin}/a`, Object.assign(Object.create(null), { method: 'POST', body: 'x' }));

    expect(sent()).toEqual([['POST', undefined, 'x']]);
  });

  it('may be null, and wrong ones reject and never throw (C16)', async () => {
    expect((await send(`${server.origin}/a`, null as never)).status).toBe(200);
    class Wrong {
      method = 'GET';
      body = 'x';
    }
    const outcome = send(`${server.origin}/a`, new Wrong());

    await expect(outcome).rejects.toThrow(TypeError);
  });
});
